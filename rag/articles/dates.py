"""When an article was published: from the page, a dateline, the file's name, or the dates of what it tells."""

import re
from collections.abc import Sequence
from datetime import date

from rag._text import fold, join
from rag.articles.article import Block, Published

_FULL = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:[-/.]|年\s?)(\d{1,2})(?:[-/.]|月\s?)(\d{1,2})(?!\d)日?")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:[-/.]|年\s?)(\d{1,2})(?!\d)月?")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")


def read_date(value: str) -> str:
    """Return the ISO date (2023, 2023-02 or 2023-02-17) that a field or a name holds, or nothing."""
    for pattern in (_FULL, _COMPACT, _MONTH, _YEAR):
        for found in pattern.finditer(value):
            parts = [int(part) for part in found.groups()]
            try:
                date(*([*parts, 1, 1])[:3])
            except ValueError:
                continue
            return "-".join([f"{parts[0]:04d}", *(f"{part:02d}" for part in parts[1:])])
    return ""


# Furniture that dates the page, not the article.
_PAGE = re.compile(r"更新|修改|copyright|©|版权|备案|ICP|许可", re.IGNORECASE)
_STATED = re.compile(r"发布|发表|时间|日期|来源|\d:\d")
_LEAD = 12  # blocks: where a page says when it was published
# 济南1月30日讯, IT之家 8 月 16 日消息, 新华社北京2023年1月30日电, 今天（5月29日）
_DATELINE = re.compile(
    r"(?:(?P<year>20\d{2})年\s?)?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日\s?(?:[)）]?\s?(?:讯|电|消息|综合消息|专电)|[)）](?=[，,]|\s|在|上午|下午|晚))"
)
_TODAY = re.compile(r"今[天日晚早]\s?[(（](?:(?P<year>20\d{2})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日")
_DAY = re.compile(
    r"(?:(?P<year>20\d{2})\s?年\s?)?(?<!\d)(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})(?:\s?日)?\s?(?:[至到—~-]\s?(?P<until>\d{1,2}))?\s?日"
)
_TURN = re.compile(r"(?:迎来|走进|进入|迈入|步入)(20\d{2})年?[。，,！!；;]?(?:(\d{1,2})月(?!\d))?")
_SOFAR = re.compile(r"(?<!\d)1\s?[—–~至到-]+\s?(1?\d)\s?月")
_YEARS = re.compile(r"(?<![\d.])(20[0-4]\d)(?:年(?!底|末|前)|(?=[^\d\s.%‰,，。、；年—–~-]))")
_AHEAD = re.compile(
    r"(?:预计|计划|将|拟|力争|争取|有望|确保|到|至|预期|目标|规划|展望|面向|前往|完成|—|-|–|~)[^。；，,]{0,12}$"
)


def find_date(text: str, blocks: Sequence[Block], *, name: str = "", page: str = "") -> Published | None:
    """Return when the article was published as far as it can be known, or nothing.

    ``name`` is the file's name, ``page`` the date that a web page states in its head. A date at which a page was
    updated, or of a licence, is none.
    """
    stated = _stated(text, blocks)
    if stated:
        return stated
    told = fold("\n".join(join(text, block.spans) for block in blocks if block.role != "furniture"))
    date_of_page = read_date(page)
    date_of_name = read_date(name) if len(re.sub(r"\D", "", name)) in (8, 14) else ""
    if date_of_page:
        return Published(date_of_page, f"网页: {page}")
    if date_of_name:
        return Published(date_of_name, f"文件名: {name}")
    return _told(told)


def _stated(text: str, blocks: Sequence[Block]) -> Published | None:
    """Return the date on a line of its own near the title, or in a dateline that names the year."""
    for block in blocks[:_LEAD]:
        words = join(text, block.spans)
        if block.role == "furniture" and _STATED.search(words) and not _PAGE.search(words):
            found = _FULL.search(words)
            if found and read_date(found[0]):
                return Published(read_date(found[0]), words)
    return None


def _told(told: str) -> Published | None:
    """Infer the date from what is told: news tells of what was just before it."""
    years = [
        found for found in _YEARS.finditer(told) if not _AHEAD.search(told, max(0, found.start() - 20), found.start())
    ]
    latest = max(years, key=lambda found: int(found[1]), default=None)
    turn = _TURN.search(told)
    if turn:
        year = int(turn[1])
        if turn[2] and 1 <= int(turn[2]) <= 12:
            return Published(f"{year}-{int(turn[2]):02d}", turn[0])
    found = _TODAY.search(told) or _DATELINE.search(told[:300])
    if found:
        year = int(found["year"] or (latest[1] if latest else 0))
        if year and read_date(f"{year}-{found['month']}-{found['day']}"):
            return Published(read_date(f"{year}-{found['month']}-{found['day']}"), found[0])
    if latest is None:
        return None
    year = int(latest[1])
    days: list[tuple[str, str]] = []
    for found in _DAY.finditer(told):
        if int(found["year"] or year) == year and not _AHEAD.search(told, max(0, found.start() - 20), found.start()):
            iso = read_date(f"{year}-{found['month']}-{found['until'] or found['day']}")
            if iso:
                days.append((iso, found[0]))
    if days:
        iso, words = max(days)
        return Published(iso[:7], f"{words}，{latest[0]}" if latest[0] not in words else words)
    return Published(str(year), _around(told, latest))


def _around(told: str, found: re.Match[str]) -> str:
    return told[found.start() : found.end() + 6].split("\n")[0]
