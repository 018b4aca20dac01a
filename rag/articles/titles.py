"""The title of an article, from its first lines."""

import re
from collections.abc import Sequence

from rag._text import join
from rag.articles.article import Block
from rag.articles.furniture import is_byline

_SHORTEST = 5  # characters; shorter lines above a title name a section of the paper
_LEAD = 8  # blocks: where a title may stand
_DAY = r"\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?"
_OFFICE = r"\S{2,14}(?:(?<![格布结大全开])局|队|厅|政府|办公室|委员会)"
# What stands above a title as a title does, and is none.
_ABOVE = re.compile(
    "|".join(
        (
            r"\S{1,14}(?:\s*[>»›]\s*\S{1,14})+",  # 首页 > 政务公开 > 数据发布
            r"[^\s|]{2,4}(?:[\s|]+[^\s|]{2,4}){5,}",  # 首页 新闻 政务 县区 房产 | 登录 注册
            rf"(?:[^\s\d]{{1,8}}\s+)*{_DAY}讯?(?:[（(].*)?(?:\s+\S{{1,8}})*",  # 衡川晚报 2024年7月18日 03版 城事
            r"[^\s:：]{2,6}[:：]\S+(?:\s+[^\s:：]{2,6}[:：]\S+)+",  # 证券简称：… 公告编号：…
            rf"{_OFFICE}(?:\s+{_OFFICE})+",  # 衡川市统计局 国家统计局衡川调查队
        )
    )
)


def find_title(text: str, blocks: Sequence[Block]) -> str:
    """Return the words of the title among the first ``blocks``, or nothing where no line is one.

    A heading marked as the highest is the title; else the last heading above the byline, for the lines above the
    title announce it; else the first heading that is no mere section name. A path or a bar of navigation, the head of
    a newspaper's page, and a line of offices are none of these.
    """
    lead: list[tuple[str, int]] = []  # words and level of the mark, 0 for none
    level, byline = 0, False
    for block in blocks[:_LEAD]:
        words = join(text, block.spans)
        if block.role == "heading" and not _ABOVE.fullmatch(words.strip()):
            lead.append((words, level))
        elif block.role == "furniture":
            byline = byline or (bool(lead) and is_byline(words))
        if block.role == "body" or byline:
            break
        level = len(words) if words.strip("#") == "" else 0
    titles = [words for words, level in lead if level == 1] or [
        words for words, _ in lead if len(words) >= _SHORTEST and not words.startswith(("—", "–", "("))
    ]
    if not titles:
        return lead[0][0] if lead else ""
    return titles[-1] if byline and not any(level == 1 for _, level in lead) else titles[0]
