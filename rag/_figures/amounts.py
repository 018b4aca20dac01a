"""Amounts: numbers with their units, ranges, shares, ordinals; each read at a place of the text, without its bounds."""

import re
from dataclasses import dataclass
from fractions import Fraction

from rag._figures.bounds import bound_before, bound_behind
from rag._figures.numerals import HAN_DIGITS, LONGEST, NUMERAL, SCALES, Number, read_number
from rag._figures.quantity import Kind
from rag._figures.units import MEASURES, UNITS, Unit


@dataclass(frozen=True, slots=True)
class Amount:
    """What was read up to ``end``, in base units; ``more`` where the numeral says 余 or 多."""

    end: int
    kind: Kind
    unit: str
    value: Fraction
    high: Fraction | None = None
    place: Fraction = Fraction(1)
    more: bool = False
    rises: bool = False


# Where to go on from, and the amount if there is one.
Read = tuple[int, Amount | None]

# 大 of 三大产业, not of 三大队; Latin units end where the word ends.
_NOT_BEFORE = {
    "大": "(?![队学会厅型小])",
    "团": "(?![队体])",
    "任": "(?!期)",
    "连": "(?![续接])",
    "晚": "(?![间上报会宴餐饭点年熟稻霞])",
}
UNIT = "|".join(
    re.escape(name) + ("(?![A-Za-z])" if name[-1].isascii() and name[-1].isalpha() else _NOT_BEFORE.get(name, ""))
    for name in sorted(UNITS, key=len, reverse=True)
)
_TO = r"\s?(?:—|–|-|―|~|～|至|到)+\s?"
_AMOUNT = re.compile(
    rf"(?P<n>{NUMERAL})(?:(?P<low_unit>{UNIT})?{_TO}(?P<high>{NUMERAL}))?"
    rf"(?:个(?P<vague>[多半])(?P<period>月|小时|世纪|星期)|(?:\s|-(?=[a-z]))?(?P<unit>{UNIT})(?:/每?(?P<per>{UNIT}))?)?"
    r"(?P<half>半(?![数径岛年天小期]))?"
)
_DURATION = "|".join(sorted((name for name, unit in UNITS.items() if unit.kind == "duration"), key=len, reverse=True))
_REST = re.compile(rf"[零又]?(?P<n>{NUMERAL})(?P<unit>{_DURATION})")
_SECONDS = re.compile(r"[零又]?\d{1,2}(?:\.\d+)?秒")
_ALONE = re.compile(rf"(?P<n>{NUMERAL})(?:\s?(?P<unit>{UNIT}))?")
_FRACTION = re.compile(rf"(?P<below>{NUMERAL})分之(?P<above>{NUMERAL})")
_SLASHED = re.compile(rf"(\d{{1,2}})/(\d{{1,3}})(?![\d/.]|\s?(?:{UNIT}))")
_ORDINAL = re.compile(rf"第(?P<n>{NUMERAL})(?P<unit>{UNIT}|个[月年]|)")
_HALF = re.compile(r"半(?P<unit>年|个月|个多月|小时|个小时|个世纪)|一半|半数|(?<=过)半(?![程夜径])")
_DOUBLED = re.compile(r"翻了?([一两二三四1-9])?番")
_PERIODS = {"月": "个月", "小时": "小时", "世纪": "个世纪", "星期": "周"}

# Serial numbers, telephones, versions, hot lines, 3+3: digits that count nothing.
_NOISE = re.compile(
    r"0\d{2,3}-\d{7,8}|1[3-9]\d{9}(?!\d)|[48]00-\d{3,4}-\d{3,4}|\d{5,6}(?=热线|平台|客服|电话|网)|1[12]\d(?=报警|急救|电话|指挥)"
    r"|\d++(?:\.\d++){2,}|\d\.0(?=版|时代|产业|阶段|战略|模式|行动|计划|工程)|(?<=工业)\d\.0(?!\d)|\d++(?:\s?\+\s?[\dN]++)+|\d++\s?[×xX]\s?(?=\d)"
    r"|\d++号-\d++|\d++-\d++-[\d-]++|\d++(?:\.\d++)?(?:[A-Z][A-Za-z]*+\d*+|[DGKdgk](?![A-Za-z])|[a-z]++\d++)"
)
_LABELLED = re.compile(
    r"(?:电话|热线|传真|邮编|邮政编码|编号|号码|许可证|证号|账号|微信号?|QQ|ICP备?|网安备|字第|ISBN|ISSN|波音|空客)\W{0,2}\Z"
)
# 周记(01458.HK): what a share is traded under.
_CODE = re.compile(r"\d{5,6}(?:\.[A-Za-z]{2})?[)）]")
_LIST_NUMBER = re.compile(r"\d{1,2}(?:[、．)）]|\.\s)")
# 十 of 十分 and 二 of 二维码 count nothing, though a classifier seems to follow.
_IDIOM = re.compile(
    "一带一路|三农|万一|十分(?!之|钟)|十字|十足|三位一体|五花八门|四面八方|三番五次|五台|六盘|七台河|三门[峡县湾]|三轮|两轮|四轮|八路|九州"
    "|四处(?!口袋|景)|三国演义|五角大楼|八角|三分地|二元[化论结对制经]|一元化|两[面手边侧国党军省市县地区会岸院制]|四十不惑|千万(?![元吨人家户千])|万[千万]"
    "|[百千]年|百分(?!之)|一二三四|[三四]部曲|[一两三四]位数|二十四节气|三角|十[一二三四五六七八九]大|二十大"
    "|(?<=这)两天|(?<=最后)一公里|[二三四五六]环(?!节|境|保)|(?<=[新每上下])一[届期批代]"
)
_ENGLISH_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_ORDINAL_IDIOM = re.compile("第三方|第一时间|第三世界|第一线|第一书记|第一夫人|第[一二三]产业")
_NAMED = re.compile(r"(?:星期|礼拜|周|统|万|唯|同)\Z")


def read_digits(text: str, at: int) -> Read:
    """Read what begins with the digit ``text[at]``."""
    match = _AMOUNT.match(text, at)
    assert match is not None  # NUMERAL matches any digit
    end = match.end("n")
    if (noise := _NOISE.match(text, at)) and not (match["unit"] and match.end() >= noise.end()):
        return noise.end(), None
    if text.startswith("分之", end) and (fraction := _FRACTION.match(text, at)):
        return _fraction(fraction)
    if text.startswith("/", end) and (slashed := _SLASHED.match(text, at)) and int(slashed[1]) < int(slashed[2]):
        share = Fraction(int(slashed[1]) * 100, int(slashed[2]))
        return slashed.end(), Amount(slashed.end(), "share", "%", share, place=share)
    # 歼-20 and 波音757-300 are names; 增长-2% has a unit.
    if at >= 2 and text[at - 1] == "-" and not match["unit"] and (text[at - 2].isdigit() or text[at - 2] >= "\u4e00"):
        return end, None
    if end - at >= 8 and text[at:end].isdigit() and not match["unit"]:
        return end, None
    if _ENGLISH_ORDINAL.match(text, end):
        return end, None
    if _LABELLED.search(text, max(0, at - 8), at) or (
        (at == 0 or text[at - 1] == "\n") and _LIST_NUMBER.match(text, at)
    ):
        return end, None
    if at and text[at - 1] in "(（" and _CODE.match(text, at):
        return end, None
    number = read_number(match["n"]) if end - at <= LONGEST else None
    return (end, None) if number is None else _amount(text, match, number)


def read_han(text: str, at: int, floor: int, indefinite: bool) -> Read:
    """Read what begins with the Chinese numeral ``text[at]``; most such characters are parts of words."""
    if idiom := _IDIOM.match(text, at):
        return idiom.end(), None
    if half := _HALF.match(text, at):
        return _half(half)
    match = _AMOUNT.match(text, at)
    if match is None:
        return at + 1, None
    run, end = match["n"], match.end("n")
    if text.startswith("分之", end) and (fraction := _FRACTION.match(text, at)):
        return _fraction(fraction)
    number = read_number(run)
    if number is None and text.startswith("季度", end):
        return end - 1, None  # 三一季度 of 超频三: the quarter is told by its last character
    if number is None or run in "零〇":
        return end, None
    unit = UNITS.get(match["unit"] or "")
    if unit is None and match["vague"] is None:
        return _amount(text, match, number) if _stands_alone(text, at, floor, match, number) else (end, None)
    if run[0] in "百千万亿":
        # 百余家, 近百家, 百万元 count; 百家 is many
        counts = any(char in run for char in "余多几") or (
            unit is not None and unit.kind in MEASURES and (len(run) > 1 or unit.kind == "money")
        )
        if not (counts or bound_before(text, floor, at) or bound_behind(text, match.end())):
            return end, None
    elif run == "一" and not match["high"] and unit is not None and unit.kind in ("count", "duration"):
        # 一个, 一家, 一年 are as much as an article; 一小时, 一个月 and 一年半 are measured
        measured = (
            match["half"]
            or (unit.kind == "duration" and match["unit"] not in ("年", "天", "日", "周", "分"))
            or bound_behind(text, match.end())
        )
        if not measured and (not indefinite or _NAMED.search(text, max(0, at - 2), at)):
            return match.end(), None
    elif len(run) == 1 and (_NAMED.search(text, max(0, at - 2), at) or (at and text[at - 1] in "“‘《「")):
        return end, None
    return _amount(text, match, number)


def _stands_alone(text: str, at: int, floor: int, match: re.Match[str], number: Number) -> bool:
    """三千二百万 is a number by itself; 三, 十五 and 百 are parts of words."""
    run = match["n"]
    scaled = number.value >= 100 and any(c in SCALES for c in run) and any(c in HAN_DIGITS for c in run)
    positional = len(run) >= 4 and all(char in HAN_DIGITS for char in run)
    vague = run[0] in "数几" or "几" in run
    led = run[0] in "百千万亿" and bound_before(text, floor, at) is not None
    return bool(scaled or positional or vague or led or (match["high"] and number.value >= 100))


def _amount(text: str, match: re.Match[str], number: Number) -> Read:
    written, end = match["unit"], match.end()
    unit = UNITS[written] if written else Unit("number", "")
    value, high, place, more = number.value, number.high, number.place, number.more
    if match["period"]:
        # 三个多月, 两个半小时
        unit = UNITS[_PERIODS[match["period"]]]
        more = more or match["vague"] == "多"
        if match["vague"] == "半":
            value, place = value + Fraction(1, 2), Fraction(1, 2)
    # 60亿度 of current; 38度 of anything else
    if written == "度" and value >= 10**4:
        unit = UNITS["千瓦时"]
    # 3分20秒 is a time, 9.77分 a mark
    if written == "分" and not _SECONDS.match(text, end):
        unit = Unit("count", "分")
    low_factor = unit.factor
    if match["high"]:
        upper = read_number(match["high"])
        low_unit = UNITS.get(match["low_unit"] or "")
        shared = _scale_of(match["high"])
        # 10至12万: the scale belongs to both ends, unless the lower has one of its own.
        if upper and not low_unit and shared > 1 and _scale_of(match["n"]) == 1 and value * shared < upper.value:
            value, place = value * shared, place * shared
        if low_unit is not None:
            low_factor = low_unit.factor
        if (
            upper is None
            or (low_unit is not None and low_unit.base != unit.base)
            or value * low_factor >= upper.value * unit.factor
        ):
            return _alone(text, match.start(), number)
        high = upper.value
    if match["half"] and unit.kind in ("duration", "multiple", "count"):
        value, place = value + Fraction(1, 2), Fraction(1, 2)
    elif match["half"]:
        end = match.start("half")
    if low_factor != 1:
        value *= low_factor
    if unit.factor != 1:
        place *= unit.factor
        high = None if high is None else high * unit.factor
    if unit.kind == "duration" and high is None and not (match["per"] or match["half"] or match["period"] or more):
        end, value, place = _with_rest(text, end, unit, value, place)
    base = f"{unit.base}/{match['per']}" if match["per"] else unit.base
    return end, Amount(end, unit.kind, base, value, high, place, more)


def _with_rest(text: str, end: int, unit: Unit, value: Fraction, place: Fraction) -> tuple[int, Fraction, Fraction]:
    """Return where a duration ends, its value and place, with the smaller units behind: 1年零4个月, 2小时30分钟."""
    while (match := _REST.match(text, end)) and (number := read_number(match["n"])):
        smaller = UNITS[match["unit"]]
        if smaller.base != unit.base or smaller.factor >= unit.factor:
            break
        unit, end, place = smaller, match.end(), number.place * smaller.factor
        value += number.value * smaller.factor
    return end, value, place


def _alone(text: str, at: int, number: Number) -> Read:
    """Two numbers with a dash between that are no range (5-3): read the first alone."""
    match = _ALONE.match(text, at)
    assert match is not None
    unit = UNITS[match["unit"]] if match["unit"] else Unit("number", "")
    value, place = number.value * unit.factor, number.place * unit.factor
    return match.end(), Amount(match.end(), unit.kind, unit.base, value, number.high, place, number.more)


def _scale_of(numeral: str) -> int:
    scale = 1
    for char in reversed(numeral.rstrip("余多来")):
        if char not in SCALES:
            break
        scale *= SCALES[char]
    return scale


def _fraction(match: re.Match[str]) -> Read:
    below, above = read_number(match["below"]), read_number(match["above"])
    if below is None or above is None or not below.value:
        return match.end(), None
    value, place = above.value * 100 / below.value, above.place * 100 / below.value
    return match.end(), Amount(match.end(), "share", "%", value, place=place)


def _half(match: re.Match[str]) -> Read:
    if match["unit"] is None:
        return match.end(), Amount(match.end(), "share", "%", Fraction(50), place=Fraction(10))
    unit = UNITS[match["unit"].replace("多", "")]
    half = unit.factor / 2
    return match.end(), Amount(match.end(), unit.kind, unit.base, half, place=half)


def read_ordinal(text: str, at: int) -> Read:
    """Read 第三, 第34届, 第1号 at 第."""
    if idiom := _ORDINAL_IDIOM.match(text, at):
        return idiom.end(), None
    match = _ORDINAL.match(text, at)
    if match is None or (number := read_number(match["n"])) is None:
        return at + 1, None
    unit = UNITS.get(match["unit"])
    # 第12年 and 第12个月 count places, not time.
    base = match["unit"] if unit is None or unit.kind == "duration" else unit.base
    return match.end(), Amount(match.end(), "ordinal", base, number.value)


def read_doubled(text: str, at: int) -> Read:
    """Read 翻一番 (twice as much), 翻两番 (four times) at 翻."""
    match = _DOUBLED.match(text, at)
    if match is None or (times := read_number(match[1] or "一")) is None:
        return at + 1, None
    return match.end(), Amount(match.end(), "multiple", "番", Fraction(2 ** int(times.value)), rises=True)
