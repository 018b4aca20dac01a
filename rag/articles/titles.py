"""The title of an article, from its first lines."""

from collections.abc import Sequence

from rag._text import join
from rag.articles.article import Block
from rag.articles.furniture import is_byline

_SHORTEST = 5  # characters; shorter lines above a title name a section of the paper
_LEAD = 8  # blocks: where a title may stand


def find_title(text: str, blocks: Sequence[Block]) -> str:
    """Return the words of the title among the first ``blocks``, or nothing where no line is one.

    A heading marked as the highest is the title; else the last heading above the byline, for the lines above the
    title announce it; else the first heading that is no mere section name.
    """
    lead: list[tuple[str, int]] = []  # words and level of the mark, 0 for none
    level, byline = 0, False
    for block in blocks[:_LEAD]:
        words = join(text, block.spans)
        if block.role == "heading":
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
