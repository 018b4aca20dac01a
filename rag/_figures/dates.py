"""Dates, periods and times of day: their pattern, what it says of the calendar, and relative ones resolved."""

import re

from rag._figures.numerals import read_number
from rag._figures.quantity import Bound, Kind, Moment

_HAN = "一二三四五六七八九十"
_RELATIVE_YEARS = {
    "今年": 0,
    "本年度": 0,
    "本年": 0,
    "去年": -1,
    "上年度": -1,
    "上年": -1,
    "前年": -2,
    "明年": 1,
    "后年": 2,
}
_RELATIVE_MONTHS = {"本月": 0, "上个月": -1, "上月": -1, "下个月": 1, "下月": 1}
_RELATIVE_DAYS = {
    "今天": 0, "今日": 0, "今晨": 0, "今晚": 0, "昨天": -1, "昨日": -1, "昨晚": -1,
    "明天": 1, "明日": 1, "明晚": 1, "后天": 2,
}  # fmt: skip
_RELATIVE_WEEKS = {"本周": 0, "上周": -1, "下周": 1}
# (first month, last month) of a part of the year; None where it is only roughly that.
_QUARTERS = {char: 3 * index for index, char in enumerate("一二三四")} | {
    str(index + 1): 3 * index for index in range(4)
}
_ENGLISH_MONTHS = {
    name: index + 1
    for index, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
}  # fmt: skip

_YEAR = r"(?:(?:1[5-9]|20|21)\d\d|[一二][零〇一二三四五六七八九]{3})\s?年度?"
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY = r"(?:[12]\d|3[01]|0?[1-9]|[一二]?十[一二三四五六七八九]?|三十一?|[一二三四五六七八九])"
_TO = r"\s?(?:—|–|-|―|~|～|至|到)+\s?"
_RI = r"日(?![元圆均产内本游])"
_PART = (
    rf"上半年|下半年|前[二两三]个?季度|头[二两三]个?季度|(?:第?[一二三四1-4]{_TO})?第?[一二三四1-4]季度末?|首季度?|全年"
    rf"|前(?:1[01]|[2-9]|[一二两三四五六七八九十]+)个?月|头(?:1[01]|[2-9]|[二两三四五六七八九十]+)个?月|年初(?![一二三四五六七])|年底|年末|年中|年内|初|底|末|中期"
)  # fmt: skip
_CLOCK = r"(?:[01]?\d|2[0-4])(?::[0-5]\d(?::[0-5]\d)?(?!\d)|[时点](?!代|间|尚|评|装|[多余])(?:[0-5]?\d分|半|整)?)"
_HALF = r"凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|晚间|夜间|深夜|晚|夜"


def _point(n: int) -> str:
    """A year, month, day, part of a year or month, and clock, in groups named with ``n``."""
    return (
        rf"(?:(?P<y{n}>{_YEAR}|{'|'.join(_RELATIVE_YEARS)})(?:\s?(?P<p{n}>{_PART}))?|(?P<rm{n}>{'|'.join(_RELATIVE_MONTHS)}))?"
        rf"(?:(?:(?<!半年)(?<!季度)\s?(?:(?P<ma{n}>{_MONTH})(?:月份?)?{_TO})?(?P<m{n}>{_MONTH})\s?月份?(?![球亮])(?:(?P<mp{n}>[上中下]旬|初|底|末|中(?=[，。、；）]))|))?"
        rf"(?:(?<=[月年份])\s?(?:(?P<da{n}>{_DAY})日?{_TO})?(?P<d{n}>{_DAY})(?:{_RI}|(?<=[\d十])号(?![线楼机台院墓公店])))?)"
        rf"(?:\s?(?P<h{n}>{_HALF}))?(?:(?<=[日号午晚晨上间夜])\s?(?P<c{n}>{_CLOCK}))?"
    )


# 今年, 2022年8月, 2023年1—11月, 2月17日至20日, 2024年10月至2025年3月, 去年底
_CALENDAR = re.compile(rf"{_point(1)}(?:{_TO}(?={_YEAR}|{_MONTH}月){_point(2)})?")
_BARE = r"(?:[12]\d|3[01]|0?[1-9]|[一二三]?十[一二三四五六七八九]?)"
_BARE_DAY = re.compile(
    rf"(?:(?P<da>{_BARE})日?{_TO})?(?P<d>{_BARE}){_RI}(?:\s?(?P<h>{_HALF}))?"
    rf"(?:(?<=[日午晚晨上间夜])\s?(?P<c>{_CLOCK}))?"
)
_MONTH_PART = re.compile("月(?P<p>初|底|末)")
_BARE_PART = re.compile(rf"(?P<p>{_PART})(?!度)")
_YEARS = re.compile(
    rf"(?P<a>(?:1[5-9]|20|21)\d\d){_TO}(?P<b>(?:1[5-9]|20|21)\d\d)(?:\s?年度?|(?=赛季|学年|[，。、）)]|\Z))"
)
_ISO = re.compile(
    r"(?P<y>(?:19|20)\d\d)([-/.])(?P<m>1[0-2]|0?[1-9])(?:\2(?P<d>3[01]|[12]\d|0?[1-9]))(?![\d.])|(?P<y2>(?:19|20)\d\d)-(?P<m2>1[0-2]|0[1-9])(?![\d-])"
)
_RELATIVE = re.compile(
    rf"(?P<d>{'|'.join(_RELATIVE_DAYS)})(?!气)|(?P<w>{'|'.join(_RELATIVE_WEEKS)})(?P<wd>[一二三四五六日天末])?(?!期|岁|边)"
)
# 9时30分, 9:30, 八点半; a bare 9点 only behind 上午 and the like, for 130点 is an index.
_SHARP = (
    r"(?:[01]?\d|2[0-4])(?::[0-5]\d(?::[0-5]\d)?(?![\d:])|[时点](?:[0-5]?\d分|半(?!年)|整|许)|时(?![代间尚装])|点钟)"
    r"|[一二两三四五六七八九十]{1,3}点(?:半|钟|整|许|[一三]刻)"
)
_TIME = re.compile(
    rf"(?P<h>{_HALF})\s?(?P<c>{_SHARP}|(?:[01]?\d|2[0-4])点|[一二两三四五六七八九十]{{1,3}}点)|(?P<c2>{_SHARP})"
)
_PLAN = re.compile(
    r"[“\"「]?(?P<n>十[一二三四五六七]?)五[”\"」](?:期间|时期|规划期?|以来|末)?|(?P<n2>十[一二三四五六七]?)五(?:期间|时期|规划|以来|末)"
)
_DECADE = re.compile(
    r"(?:(?P<c>\d\d|上)个?世纪)?(?P<d>[1-9]0|[二三四五六七八九]十|二○)年代(?P<p>[初中末]|中期|末期)?|(?P<c2>1\d|2[01]|二十一|上|本)个?世纪(?![之的])(?P<p2>[初中末])?"
)
_MONTHS = (
    r"(?P<m>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_ENGLISH_LED = re.compile(
    rf"{_MONTHS}(?:\s(?P<d>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?!\d))?(?:,?\s(?P<y>(?:19|20)\d\d)(?!\d))?"
)
_ENGLISH_DAY = re.compile(
    rf"(?P<d>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?\s{_MONTHS}(?![a-z])(?:,?\s(?P<y>(?:19|20)\d\d)(?!\d))?"
)

Dated = tuple[int, Kind, Bound, Moment, Moment]  # end of the match, kind, bound, first and last moment


# Most numbers are no dates, and one look tells.
_MAY_BE_DATE = re.compile(r"\d{1,4}\s?(?:[年月日号时点世个—–―~～至到:/.-]|0?年代|(?:st|nd|rd|th)?\s?[A-Z])")


def match_date(text: str, at: int) -> Dated | None:
    """Return the date, period or time of day that begins at ``text[at]``, None where none does."""
    if text[at].isdigit() and not _MAY_BE_DATE.match(text, at):
        return None
    for read in _READERS.get(text[at], ()):
        if (found := read(text, at)) is not None:
            return found
    return None


def _number(text: str) -> int:
    number = read_number(text)
    return int(number.value) if number else 0


_MINUTES = {"半": 30, "一": 15, "三": 45}


def _clock(text: str | None, half: str | None) -> int | None:
    if not text:
        return None
    hour, minute, second = re.match(r"(.+?)[:时点](\d+|[半一三])?(?::(\d+))?", text).groups()  # type: ignore[union-attr]
    hours = _number(hour) % 24
    if half in ("下午", "傍晚", "晚上", "晚间", "晚") and hours < 12:
        hours += 12
    return hours * 3600 + (_MINUTES.get(minute) or int(minute or 0)) * 60 + int(second or 0)


def _calendar(text: str, at: int) -> Dated | None:
    match = _CALENDAR.match(text, at)
    if match is None or match.end() == at or not (match["y1"] or match["rm1"] or match["m1"]):
        return None
    first = _read_point(match, "1", None)
    last = first
    if match["y2"] or match["m2"]:
        last = _read_point(match, "2", first[0])
    (start, _, bound), (_, end, bound2) = first, last
    kind: Kind = "date" if start == end else "period"
    return match.end(), kind, bound if bound != "exact" else bound2, start, end


def _read_point(match: re.Match[str], n: str, before: Moment | None) -> tuple[Moment, Moment, Bound]:
    year, relative, shift = None, "", 0
    bound: Bound = "exact"
    written = match["y" + n]
    if written in _RELATIVE_YEARS:
        relative, shift = "year", _RELATIVE_YEARS[written]
    elif written:
        digits = written.rstrip("年度 ")
        year = int(digits) if digits.isdecimal() else _number(digits)
    elif match["rm" + n]:
        relative, shift = "month", _RELATIVE_MONTHS[match["rm" + n]]
    elif before is not None:
        year, relative, shift = before.year, before.relative, before.shift
    low = high = None
    if part := match["p" + n]:
        low, high, bound = _part_of_year(part)
    if month := match["m" + n]:
        high = _number(month)
        low = _number(match["ma" + n]) if match["ma" + n] else high
    first_day = last_day = None
    if day := match["d" + n]:
        last_day = _number(day)
        first_day = _number(match["da" + n]) if match["da" + n] else last_day
    elif part := match["mp" + n]:
        bound = "about"
        first_day, last_day = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31)}.get(part, (None, None))
        if first_day is None:
            first_day, last_day = {"初": (1, 5), "中": (13, 17)}.get(part, (27, 31))
    clock = _clock(match["c" + n], match["h" + n])
    start = Moment(year, low, first_day, clock, relative, shift)  # type: ignore[arg-type]
    end = Moment(year, high, last_day, clock, relative, shift)  # type: ignore[arg-type]
    return start, end, bound


def _part_of_year(part: str) -> tuple[int | None, int | None, Bound]:
    if part in ("上半年", "下半年"):
        return (1, 6, "exact") if part == "上半年" else (7, 12, "exact")
    if "季" in part:
        if part[0] in "前头":
            return 1, {"二": 6, "两": 6, "三": 9}[part[1]], "exact"
        if part[0] == "首":
            return 1, 3, "exact"
        quarters = [_QUARTERS[char] for char in part if char in _QUARTERS]
        if part[-1] == "末":
            return quarters[-1] + 3, quarters[-1] + 3, "about"
        return quarters[0] + 1, quarters[-1] + 3, "exact"
    if part[0] in "前头":
        return 1, _number(part[1:].rstrip("个月")), "exact"
    if part in ("全年", "年内"):
        return None, None, "exact"
    if part.endswith("初"):
        return 1, 1, "about"
    if "中" in part:
        return 6, 7, "about"
    return 12, 12, "about"


# 近5日, 连续3日, 前10日 are spans of time.
_SPAN_BEFORE = frozenset("近去续来超足约前后每共达仅历满逾过第内")


def _bare_day(text: str, at: int) -> Dated | None:
    match = _BARE_DAY.match(text, at)
    if match is None or (at and text[at - 1] in _SPAN_BEFORE):
        return None
    day = _number(match["d"])
    clock = _clock(match["c"], match["h"])
    end = Moment(day=day, clock=clock)
    start = Moment(day=_number(match["da"]), clock=clock) if match["da"] else end
    return match.end(), "date" if start == end else "period", "exact", start, end


def _bare_part(text: str, at: int) -> Dated | None:
    match = _BARE_PART.match(text, at)
    if match is None or match["p"] in ("初", "底", "末", "中期", "全年"):
        return None
    if match["p"] == "年内":
        return match.end(), "period", "exact", Moment(relative="year"), Moment(relative="year")
    low, high, bound = _part_of_year(match["p"])
    return match.end(), "period", bound, Moment(month=low), Moment(month=high)


def _month_part(text: str, at: int) -> Dated | None:
    match = _MONTH_PART.match(text, at)
    if match is None:
        return None
    first, last = (1, 5) if match["p"] == "初" else (27, 31)
    return match.end(), "period", "about", Moment(day=first, relative="month"), Moment(day=last, relative="month")


def _years(text: str, at: int) -> Dated | None:
    match = _YEARS.match(text, at)
    return match and (match.end(), "period", "exact", Moment(int(match["a"])), Moment(int(match["b"])))


def _iso(text: str, at: int) -> Dated | None:
    match = _ISO.match(text, at)
    if match is None:
        return None
    moment = Moment(
        int(match["y"] or match["y2"]), int(match["m"] or match["m2"]), int(match["d"]) if match["d"] else None
    )
    return match.end(), "date", "exact", moment, moment


def _relative(text: str, at: int) -> Dated | None:
    match = _RELATIVE.match(text, at)
    if match is None:
        return None
    if match["d"]:
        moment = Moment(relative="day", shift=_RELATIVE_DAYS[match["d"]])
    else:
        weekday = "一二三四五六日".find(match["wd"].replace("天", "日").replace("末", "六")) if match["wd"] else None
        moment = Moment(
            day=None if weekday is None else weekday + 1, relative="week", shift=_RELATIVE_WEEKS[match["w"]]
        )
    return match.end(), "date", "exact", moment, moment


def _time(text: str, at: int) -> Dated | None:
    match = _TIME.match(text, at)
    if match is None:
        return None
    moment = Moment(clock=_clock(match["c"] or match["c2"], match["h"]))
    return match.end(), "time", "exact", moment, moment


def _plan(text: str, at: int) -> Dated | None:
    match = _PLAN.match(text, at)
    if match is None:
        return None
    # The tenth five-year plan (十五) began in 2001.
    first = 1951 + 5 * _number(match["n"] or match["n2"])
    if text[match.end() - 1] == "末":
        return match.end(), "period", "about", Moment(first + 4), Moment(first + 4)
    return match.end(), "period", "exact", Moment(first), Moment(first + 4)


def _decade(text: str, at: int) -> Dated | None:
    match = _DECADE.match(text, at)
    if match is None:
        return None
    century = match["c"] or match["c2"]
    hundred = 1900 if century in (None, "上") else 2000 if century == "本" else (_number(century) - 1) * 100
    part = match["p"] or match["p2"]
    if match["d"]:
        first = hundred + _number(match["d"].replace("○", "十"))
        last = first + 9
    else:
        first, last = hundred + 1, hundred + 100
    return match.end(), "period", "about" if part else "exact", Moment(first), Moment(last)


def _english_led(text: str, at: int) -> Dated | None:
    match = _ENGLISH_LED.match(text, at)
    if match is None or not (match["d"] or match["y"]):
        return None
    return _english(match)


def _english_day(text: str, at: int) -> Dated | None:
    match = _ENGLISH_DAY.match(text, at)
    return match and _english(match)


def _english(match: re.Match[str]) -> Dated:
    year, day = match["y"], match["d"]
    month = _ENGLISH_MONTHS[match["m"][:3].lower()]
    moment = Moment(int(year) if year else None, month, int(day) if day else None)
    return match.end(), "date", "exact", moment, moment


_DIGIT_READERS = (_iso, _years, _calendar, _bare_part, _decade, _english_day, _bare_day, _time)
_READERS = (
    dict.fromkeys("0123456789", _DIGIT_READERS)
    | dict.fromkeys(_HAN + "〇零", (_plan, _calendar, _bare_part, _decade, _bare_day, _time))
    | dict.fromkeys("今去明后", (_calendar, _relative))
    | dict.fromkeys("前上下本", (_calendar, _relative, _bare_part, _decade, _time))
    | dict.fromkeys("昨", (_relative,))
    | dict.fromkeys("月", (_month_part,))
    | dict.fromkeys("头首年第", (_bare_part,))
    | dict.fromkeys("凌清早中傍晚夜深", (_time,))
    | dict.fromkeys('“"「', (_plan,))
    | dict.fromkeys("JFMASOND", (_english_led,))
)
STARTS = "".join(_READERS)
