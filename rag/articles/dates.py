"""When an article was published: from the page, a dateline, the file's name, or the dates of what it tells.

A wrong date misleads more than none, so a year named in passing counts only with a second sign that it is the
current one; and the date is cut to what is known.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from rag._figures import find_figures
from rag._text import fold, join
from rag.articles.article import Block, Published

_FULL = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:[-/.]|\s?年\s?)(\d{1,2})(?:[-/.]|\s?月\s?)(\d{1,2})(?!\d)日?")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:[-/.]|\s?年\s?)(\d{1,2})(?!\d)月?")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")


def read_date(value: str) -> str:
    """Return the ISO date (2023, 2023-02 or 2023-02-17) that a field or a name holds, or nothing."""
    for pattern in (_FULL, _COMPACT, _MONTH, _YEAR):
        for found in pattern.finditer(value):
            parts = [int(part) for part in found.groups()]
            if _day(*[*parts, 1, 1][:3]):
                return "-".join([f"{parts[0]:04d}", *(f"{part:02d}" for part in parts[1:])])
    return ""


def _day(year: int, month: int, day: int) -> date | None:
    """Return the day, or nothing where the calendar has none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def find_date(text: str, blocks: Sequence[Block], *, name: str = "", page: str = "") -> Published | None:
    """Return when the article was published as far as it can be known, or nothing.

    ``name`` is the file's name, ``page`` the date that a web page states in its head. The date at which a page was
    updated, or of a licence, is no evidence.
    """
    stated = _stated(text, blocks) or _signed(text)
    if stated:
        return stated
    if read_date(page):
        return Published(read_date(page), f"网页: {page}")
    if any(pattern.search(name) for pattern in (_FULL, _COMPACT)) and len(read_date(name)) == 10:
        return Published(read_date(name), f"文件名: {name}")
    return _told(fold("\n".join(join(text, block.spans) for block in blocks if block.role != "furniture")))


# ---- what the page says of itself

_UPDATED = re.compile(r"更新|修改|copyright|©|版权|备案|ICP|许可", re.IGNORECASE)
_STATED = re.compile(r"发布|发表|时间|日期|来源|\d:\d")
_LEAD = 12  # blocks: where a page says when it was published


def _stated(text: str, blocks: Sequence[Block]) -> Published | None:
    for block in blocks[:_LEAD]:
        words = join(text, block.spans)
        if block.role == "furniture" and _STATED.search(words) and not _UPDATED.search(words):
            found = _FULL.search(words)
            if found and read_date(found[0]):
                return Published(read_date(found[0]), words)
    return None


_SIGNED = 60  # characters: the longest line that is no more than who published what, and when
_HEAD_LINES, _FOOT_LINES = 8, 6
_ENCLOSED = (
    re.compile(r"(?:^|[\s(（:：|,，、》—])$"),
    re.compile(r"^\s*(?:$|[)）\s|,，]|第|印发|发布|通过|上午|下午|\d{1,2}[:：时])"),
)


def _signed(text: str) -> Published | None:
    """Read the line above or below an article that says who published it, and when: 云澜日报　2024年1月9日　第A02版.

    The date stands by itself in a line of its own: one inside a sentence or a title (1月30日签约) is what is told.
    """
    lines = [line.strip() for line in text[:5000].splitlines() if line.strip()][:_HEAD_LINES]
    lines += [line.strip() for line in text[-2000:].splitlines() if line.strip()][: -_FOOT_LINES - 1 : -1]
    months: list[Published] = []
    for line in lines:
        compact = _COMPACT.match(line)
        if compact and len(line) <= _SIGNED and read_date(compact[0]):
            return Published(read_date(compact[0]), line)
        if len(line) > _SIGNED or _UPDATED.search(line) or re.search(r"[。！？；]", line):
            continue
        for quantity in find_figures(line):
            start = quantity.start
            if start is None or start != quantity.end or start.year is None or start.month is None:
                continue
            before, after = line[: quantity.span.start], line[quantity.span.end :]
            # （2024年9月27日…会议通过） and ——2023年1月10日在…会议上 are lines about the document too.
            about = bool(re.fullmatch(r"[(（]|[—-]+", before))
            if about or (_ENCLOSED[0].search(before) and _ENCLOSED[1].match(after)):
                if start.day is not None:
                    return Published(start.iso[:10], line)
                months.append(Published(start.iso[:7], line))
    return months[0] if months else None


# ---- what the article tells

_MONTH_DAY = r"(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日"
# 济南1月30日讯, it之家 8 月 16 日消息, 新华社北京2023年1月30日电
_DATELINE = re.compile(
    rf"(?<!\d)(?:(?P<year>20\d{{2}})\s?年\s?)?{_MONTH_DAY}\s?(?:讯|专?电(?!话|子|影|视)|综合消息|消息)"
)
# 今天（5月29日）
_TODAY = re.compile(rf"今[天日晚早]\s?\((?:(?P<year>20\d{{2}})年)?{_MONTH_DAY}")
_DAYS = re.compile(
    r"(?:(?P<year>20\d{2})\s?年\s?)?(?<!\d)(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日?(?:\s?[至到—~-]\s?(?P<until>\d{1,2}))?\s?日"
)
_AS_OF = re.compile(r"截至\s?(?:(20\d{2})\s?年\s?)?(\d{1,2})\s?月(?:\s?(\d{1,2})\s?日|底|末)")
_TURN = re.compile(
    r"(?:告别|挥别|送别|辞别)\s?20\d{2}年?,?(?:迎来|走进|进入|迈入|步入|喜迎|迎接)\s?(20\d{2})年?(?:\W{0,2}(\d{1,2})月(?!\d))?"
)
_ANY_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)\s?年")
# A year that names an event of its own: 2023年重点项目签约活动, 2023市中消费季; no measure words after a bare number.
_EVENT = re.compile(
    r"(?<![\d《“])(20[0-4]\d)(?:\s?年(?!度的?)[“”㐀-鿿]{0,12}?(?:大会|活动|论坛|峰会|博览会|展会|赛|节|会议|年会|季|观摩|签约|两会|动员|行动|工程|项目|工作)"
    r"|(?<!2000)(?=[㐀-鿿]{2})(?!年|[余多个家名元户万亿人米公平块吨辆项次台套间只条座所千百位届级款字里毫股度点种分件本部英海份财赛]))"
)
_SESSIONS = re.compile(r"(?<!\d)(20[0-4]\d)\s?年?[㐀-鿿]{0,6}[省市区县州]两会")
_SO_FAR = re.compile(r"(?<!\d)1\s?[—–~至到-]+\s?(1?\d)\s?月")
# What follows is to come, or is a goal.
_AHEAD = re.compile(
    r"(?:预计|计划|将|拟|力争|争取|有望|确保|预期|目标|规划|展望|面向|前往|迎接|迎来|筹备|明年|到|(?<!截)至|—|-|–|~)[^。;,]{0,12}$"
)
_DATELINE_REACH = 120  # characters; further down another agency's dateline is quoted
_EXPECTED = re.compile(r"(?:预计|计划|将于|将在|拟于)(1?\d)月[底末中下]")
_ANNIVERSARY = "周年"
_FIRST = 150  # characters: the beginning of an article
_REACH = 20  # characters before a date in which _AHEAD looks
_NEAR = timedelta(days=10)
_ALONE = timedelta(days=15)


def _told(told: str) -> Published | None:
    """Infer the date from what is told: news tells of what was just before it."""
    turn = _TURN.search(told)
    if turn and turn[2] == "1":
        return Published(f"{turn[1]}-01", turn[0])
    today = _TODAY.search(told) or _DATELINE.search(told[:_DATELINE_REACH])
    if today and today["year"] and read_date(today[0]):
        return Published(read_date(today[0][today[0].index(today["year"]) :]), today[0])
    known = _year(told)
    if known is None:
        return None
    year, basis = known
    if today:
        day = _day(year, int(today["month"]), int(today["day"]))
        if day:
            return Published(day.isoformat(), f"{today[0]}；{basis}")
    return _month(told, year, basis) or Published(str(year), basis)


def _past(pattern: re.Pattern[str], told: str) -> Iterator[re.Match[str]]:
    """Yield what ``pattern`` finds of the past, plans and goals left out."""
    for found in pattern.finditer(told):
        if not _AHEAD.search(told, max(0, found.start() - _REACH), found.start()):
            yield found


def _year(told: str) -> tuple[int, str] | None:
    """Return the current year and the words that show it, or nothing where no sign or contrary signs are there.

    Signs: data as of a day in the year, with days named near it; a full date with days of the same weeks named
    without a year; the year's name given to events more than once, or to the yearly sessions.
    """
    years = [int(found[1]) for found in _past(_ANY_YEAR, told)]
    latest = max(years, default=0)
    bare = [(int(found["month"]), int(found["day"])) for found in _past(_DAYS, told) if not found["year"]]
    for found in _AS_OF.finditer(told):
        if found[1] and int(found[1]) >= latest and any(0 <= month - int(found[2]) <= 2 for month, _ in bare):
            return int(found[1]), found[0]
    for found in _past(_FULL, told):
        year, month, day = map(int, found.groups())
        full = _day(year, month, day)
        if full and year >= latest and year >= 2000:
            days = [other for other in (_day(year, *pair) for pair in bare) if other]
            # A single date of the same weeks, far down, may be of another year: a birthday, a term.
            sure = found.start() < _FIRST or years.count(year) > 1
            if days and max(days) - _NEAR <= full <= max(days) and sure and _ANNIVERSARY not in told:
                return year, found[0]
    sessions = _SESSIONS.search(told)
    if sessions and int(sessions[1]) >= latest:
        return int(sessions[1]), sessions[0]
    events = [found for found in _past(_EVENT, told) if int(found[1]) >= latest]
    if events:
        year, count = Counter(int(found[1]) for found in events).most_common(1)[0]
        # From November on, the events named are often those of the next year.
        autumn = any(month >= 11 for month, _ in bare)
        if count > 1 and not autumn and year == max(int(found[1]) for found in events):
            words = [found[0] for found in events if int(found[1]) == year]
            return year, "；".join(dict.fromkeys(words[:2]))
    return None


def _month(told: str, year: int, basis: str) -> Published | None:
    """Return the month of ``year`` that the last days told of, or data so far, show; nothing where they do not."""
    days: list[tuple[date, str]] = []
    for found in _past(_DAYS, told):
        day = _day(int(found["year"] or year), int(found["month"]), int(found["until"] or found["day"]))
        if day and day.year == year:
            days.append((day, found[0]))
    if days:
        days.sort()
        day, words = days[-1]
        # A day far from the others is one to come.
        if len(days) > 1 and day - days[-2][0] > _ALONE:
            return None
        month = day.month
        # What happened, or was counted, on a month's last day is news of that month or of the next.
        if (day + timedelta(days=1)).month != month:
            expected = _EXPECTED.search(told)
            if not expected or int(expected[1]) != month + 1:
                return None
            month, words = month + 1, f"{words}，{expected[0]}"
        return Published(f"{year}-{month:02d}", words if words in basis else f"{words}；{basis}")
    so_far = [int(found[1]) for found in _SO_FAR.finditer(told)]
    if so_far and _SESSIONS.search(told):
        # Local sessions are held from January to March, data of n months are news in the two months after.
        months = {(max(so_far) + later - 1) % 12 + 1 for later in (1, 2)} & {1, 2, 3}
        if len(months) == 1:
            return Published(f"{year}-{months.pop():02d}", f"{basis}；1—{max(so_far)}月")
    return None
