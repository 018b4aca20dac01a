"""The scan: every figure of a text, in order, in one pass."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from rag._figures.dates import STARTS, match_date
from rag._figures.numerals import HAN_DIGITS, LONGEST, NUMERAL, SCALES, Number, read_number
from rag._figures.quantity import Bound, Quantity
from rag._figures.units import PREFIXES, UNITS, Unit
from rag._text import Span

# Width and script of what figures are written with, one character for each character.
_FOLD = str.maketrans(
    "０１２３４５６７８９．％＋－：億萬兩餘約個幾數點張間臺輛戶條項處層壹貳叁參肆伍陸柒捌玖拾佰仟億〡年",
    "0123456789.%+-:亿万两余约个几数点张间台辆户条项处层壹贰叁叁肆伍陆柒捌玖拾佰仟亿〡年",
)
_FULL_COMMA = re.compile(r"(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")
# 壹佰贰拾万元整; single characters of these stand in names (陆, 伍) and stay.
_FORMAL = re.compile(r"[壹贰叁肆伍陆柒捌玖拾佰仟零万亿]{2,}+")
_FORMAL_FOLD = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")

_HAN_NUMERAL = "零〇一二两三四五六七八九十百千万亿数几"
_START = re.compile(
    f"[{re.escape(''.join(sorted(set(STARTS + _HAN_NUMERAL + '第半翻A-Za-z['))).replace('A-Za-z', ''))}A-Za-z]"
)


def _longest_first(names: "list[str]") -> str:
    return "|".join(
        re.escape(name) + ("(?![A-Za-z])" if name[-1].isascii() and name[-1].isalpha() else "")
        for name in sorted(names, key=len, reverse=True)
    )


_UNIT = f"(?:{_longest_first(list(UNITS))})"
_TO = r"\s?(?:—|–|-|―|~|～|至|到)+\s?"
_PER = f"(?:/(?:每)?{_UNIT})?"
_AFTER = r"(?:以上|以下|以内|之内|之多|左右|上下|有余|余(?!额)|多(?!\w)|多(?=的|以来)|开外)"
_QUANTITY = re.compile(
    rf"(?P<n>{NUMERAL})(?:(?P<ulow>{_UNIT})?{_TO}(?P<high>{NUMERAL}))?"
    rf"(?:(?P<vague>个[多半](?:月|小时|世纪|星期))|\s?(?P<unit>{_UNIT}){_PER})?(?P<half>半(?![数径岛年天小期]))?(?P<after>{_AFTER})?"
)
_FRACTION = re.compile(rf"(?P<low>{NUMERAL})分之(?P<high>{NUMERAL})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,3})(?![\d/])")
_ORDINAL = re.compile(rf"第(?P<n>{NUMERAL})(?P<unit>{_UNIT}|个[月年]|)")
_HALF = re.compile(r"(?P<n>半)(?P<unit>年|个月|个多月|小时|个小时|个世纪|数|天)|一半|过半")
_DOUBLED = re.compile(r"翻(?:了)?([一两二三四1-9])?番")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_./@:=&?%#~+-]*+")
_CURRENCY_NEXT = re.compile(r"(?:RMB|USD|CNY|EUR|HKD)(?=\s?\d)")
_BRACKETED = re.compile(r"\[\d{1,3}(?:\s?[-,–]\s?\d{1,3})*\]|【\d{1,3}】")
# Serial numbers, telephones, versions, hot lines, sums of digits: digits that count nothing.
_NOISE = re.compile(
    r"0\d{2,3}-\d{7,8}|1[3-9]\d{9}(?!\d)|[48]00-\d{3,4}-\d{3,4}|\d{5,6}(?=热线|平台|客服|电话|网)|1[12]\d(?=报警|急救|电话|指挥)"
    r"|\d++(?:\.\d++){2,}|\d\.0(?=版|时代|[^\d%\w]|产业|阶段|战略|模式|\Z)|\d++(?:\s?\+\s?[\dN]++)+|\d++\s?[×xX]\s?(?=\d)|\d++号-\d++|\d++-\d++-[\d-]++"
    r"|\d++(?:\.\d++)?(?:[A-Z][A-Za-z]*+\d*+|[DGKdgk](?![A-Za-z])|[a-z]++\d++)"
)
_LABELLED = re.compile(
    r"(?:电话|热线|传真|邮编|邮政编码|编号|号码|许可证|证号|账号|微信号?|QQ|ICP备?|网安备|字第|ISBN|ISSN)[^\w\d]{0,2}$"
)
_IDIOM = re.compile(
    r"一带一路|三农|万一|十分(?!之|钟)|十字|十足|三位一体|五花八门|四面八方|三番五次|五台|六盘|七台河|三门[峡县湾]|三轮|两轮|四轮|八路|九州|四处(?!口袋|景)"
    r"|三国演义|第三方|第一时间|第三世界|第一线|第一书记|第一夫人|五角大楼|八角|三分地|二元|一元化|两面|两手|两边|两侧|两国|两党|两军|两省|两市|两县|两地|两区|两会|两岸"
    r"|两院|两制|三家村|四十不惑|千万(?!元|[吨人家户千])|万千|万万|百年|千年|千瓦|百分(?!之)|三亚|一二三四|四部曲|三部曲|第[一二三]产业"
)
_BEFORE_ONE = re.compile(r"(?:星期|礼拜|周|统|万|唯|同)$")
_STRONG = frozenset(
    {"money", "area", "length", "weight", "volume", "energy", "power", "temperature", "share", "points", "multiple"}
)

_BOUNDS: dict[str, Bound] = {
    "约": "about", "大约": "about", "约为": "about", "大概": "about", "大致": "about", "约合": "about", "约占": "about",
    "近": "nearly", "将近": "nearly", "接近": "nearly", "超": "over", "超过": "over", "超出": "over", "逾": "over", "突破": "over", "过": "over",
    "高于": "over", "大于": "over", "多于": "over", "不足": "under", "不到": "under", "不满": "under", "未满": "under", "低于": "under",
    "少于": "under", "小于": "under", "未达": "under", "至少": "at_least", "最少": "at_least", "不少于": "at_least", "不低于": "at_least", "上": "at_least",
    "不小于": "at_least", "最多": "at_most", "至多": "at_most", "不超过": "at_most", "不超": "at_most", "不高于": "at_most", "不多于": "at_most",
    "不大于": "at_most", "最高不超过": "at_most", "超过了": "over", "突破了": "over", "达到或超过": "at_least",
    "about": "about", "around": "about", "approximately": "about", "some": "about", "roughly": "about", "nearly": "nearly", "almost": "nearly",
    "over": "over", "more than": "over", "exceeding": "over", "above": "over", "less than": "under", "under": "under", "below": "under",
    "fewer than": "under", "at least": "at_least", "no less than": "at_least", "not less than": "at_least", "at most": "at_most", "up to": "at_most",
    "no more than": "at_most", "not more than": "at_most",
}  # fmt: skip
_BEFORE = re.compile(
    rf"(?:(?P<cny>{'|'.join(re.escape(p) for p in sorted(PREFIXES, key=len, reverse=True))})\s?)?(?P<minus>[-−]|负|零下)?$"
)
_BOUND_BEFORE = re.compile(
    rf"(?:(?i:\b(?P<en>{'|'.join(sorted((w for w in _BOUNDS if w.isascii()), key=len, reverse=True))}))\s|(?P<zh>{'|'.join(sorted((w for w in _BOUNDS if not w.isascii()), key=len, reverse=True))}))\s?$"
)
_AFTER_BOUNDS: dict[str, Bound] = {
    "以上": "at_least", "以下": "at_most", "以内": "at_most", "之内": "at_most", "之多": "exact", "左右": "about", "上下": "about",
    "有余": "over", "余": "over", "多": "over", "开外": "over",
}  # fmt: skip
_RISE = "增长|增加|增幅|增速|上升|上涨|上调|提高|提升|涨幅|升幅|涨|净增|新增|多增|扩大|攀升|增至|增|升"
_FALL = "下降|减少|降低|降幅|下跌|下调|下滑|跌幅|缩短|缩减|减幅|收窄|回落|萎缩|缩小|少增|减|降|跌"
_DIRECTION = re.compile(
    rf".*(?:(?P<rise>{_RISE}|\b(?:increase|rose|grew|rise|up|growth|gain)\w*)|(?P<fall>{_FALL}|\b(?:decrease|fell|declin|drop|down|reduc|cut)\w*))"
)
_DIRECTION_AFTER = re.compile(r"的(?:同比|环比)?(?:(?P<rise>增长|增幅|增速|涨幅|升幅)|(?P<fall>降幅|跌幅|下降|减幅))")
_BASIS = re.compile(r".*(同比|环比)")
_CLAUSE = re.compile(r".*[，。；！？,;\n（(]")
_LISTED = re.compile(r"[、和及与]|\s?and\s|以及|,\s?")


def fold_figures(text: str) -> str:
    """Return ``text`` with digits in half width and numerals simplified, one character for each character."""
    if "，" in text:
        text = _FULL_COMMA.sub(",", text)
    text = text.translate(_FOLD)
    return _FORMAL.sub(_plain_numeral, text) if "元" in text or "圆" in text else text


def _plain_numeral(match: re.Match[str]) -> str:
    money = match.string[match.end() : match.end() + 1] in ("元", "圆")
    return match[0].translate(_FORMAL_FOLD) if money and any(char in "拾佰仟" for char in match[0]) else match[0]


def find_figures(text: str, *, indefinite: bool = False) -> list[Quantity]:
    """Return the figures of ``text`` in order; they do not overlap. Takes time linear in ``text``.

    What only names something stays out: G104, 5G, 工业4.0, 12345热线, serial and telephone numbers, [1], 一带一路.
    So do 一个, 一家 and the like, which Chinese uses as an article, unless ``indefinite``.
    """
    return list(_scan(text, indefinite))


def _scan(text: str, indefinite: bool) -> Iterator[Quantity]:
    folded = fold_figures(text)
    at, last = 0, None
    free = 0  # the end of the last figure: bound words are looked for no further back
    while (start := _START.search(folded, at)) is not None:
        begin = start.start()
        end, found = _read_at(folded, begin, free, indefinite)
        if found is not None:
            last = _finish(text, folded, found, last)
            yield last
            free = end
        at = end


def _read_at(text: str, at: int, free: int, indefinite: bool) -> tuple[int, Quantity | None]:
    """Read what begins at ``at``: where to go on from, and the figure if there is one."""
    char = text[at]
    if char == "[":
        bracketed = _BRACKETED.match(text, at)
        return (bracketed.end() if bracketed else at + 1), None
    if (dated := match_date(text, at)) is not None and _date_stands(text, at, dated[0]):
        end, kind, bound, first, last = dated
        return end, Quantity(Span(at, end), "", kind, bound=bound, start=first, end=last)
    if char.isascii() and char.isalpha():
        if _CURRENCY_NEXT.match(text, at):
            return at + 3, None
        return _IDENTIFIER.match(text, at).end(), None  # type: ignore[union-attr]
    if char.isascii() and char.isdigit():
        return _read_digits(text, at, free)
    if idiom := _IDIOM.match(text, at):
        return idiom.end(), None
    if char == "第":
        return _read_ordinal(text, at)
    if char in "半过一" and (half := _HALF.match(text, at)):
        return _read_half(text, at, half, free)
    if char == "翻":
        return _read_doubled(text, at)
    if char in _HAN_NUMERAL:
        return _read_han(text, at, free, indefinite)
    return at + 1, None


def _date_stands(text: str, at: int, end: int) -> bool:
    """Digits after a letter are part of a name (海301 is not, G104 is)."""
    return not (at and text[at].isdigit() and text[at - 1].isascii() and text[at - 1].isalnum())


def _read_digits(text: str, at: int, free: int) -> tuple[int, Quantity | None]:
    if noise := _NOISE.match(text, at):
        unit = _QUANTITY.match(text, at)
        if not (unit and unit["unit"] and unit.end() >= noise.end()):
            return noise.end(), None
    if fraction := _FRACTION.match(text, at):
        return _read_fraction(text, at, fraction, free)
    if (slashed := _SLASHED.match(text, at)) and int(slashed[1]) < int(slashed[2]):
        share = Fraction(int(slashed[1]) * 100, int(slashed[2]))
        return slashed.end(), Quantity(Span(at, slashed.end()), "", "share", "%", share, place=share)
    match = _QUANTITY.match(text, at)
    assert match is not None  # NUMERAL matches any digit
    end = match.end("n")
    if end - at > LONGEST or (end - at >= 8 and text[at:end].isdigit() and not match["unit"]):
        return end, None
    if _LABELLED.search(text, max(0, at - 8), at):
        return end, None
    # 1. and 2、 at the head of a line number the line.
    if (at == 0 or text[at - 1] == "\n") and re.match(r"\d{1,2}(?:[、．)）]|\.\s)", text[at : at + 4]):
        return end, None
    number = read_number(match["n"])
    if number is None:
        return end, None
    return _quantity(text, at, match, number, free)


def _read_han(text: str, at: int, free: int, indefinite: bool) -> tuple[int, Quantity | None]:
    match = _FRACTION.match(text, at)
    if match is not None:
        return _read_fraction(text, at, match, free)
    match = _QUANTITY.match(text, at)
    if match is None:
        return at + 1, None
    run = match["n"]
    end = match.end("n")
    number = read_number(run)
    if number is None:
        return end, None
    unit = UNITS.get(match["unit"] or "")
    head = text[max(0, at - 2) : at]
    if unit is None and match["vague"] is None:
        # 三千二百万 is a number by itself; 三, 十五 and 百 are parts of words.
        plain = (
            sum(char in "十百千万亿" for char in run) >= 1
            and sum(char in HAN_DIGITS for char in run) >= 1
            and number.value >= 100
        )
        positional = len(run) >= 4 and all(char in HAN_DIGITS for char in run)
        ranged = match["high"] and number.value >= 100
        vague = run[0] in "数几" or "几" in run
        led = run[0] in "百千万亿" and _BOUND_BEFORE.search(text, max(free, at - 5), at)
        if not (plain or positional or ranged or vague or led):
            return end, None
    elif (
        run[0] in "百千万亿"
        and not (
            "余" in run
            or "多" in run
            or "几" in run
            or (unit and unit.kind in _STRONG and (len(run) > 1 or unit.kind == "money"))
        )
        and not _BOUND_BEFORE.search(text, max(free, at - 5), at)
    ):
        return end, None
    elif (
        run == "一"
        and not match["high"]
        and unit is not None
        and not (unit.kind in _STRONG or unit.kind == "ordinal" or match["unit"] in ("个月", "小时", "个小时", "分钟"))
    ):
        if (not indefinite and not match["half"]) or _BEFORE_ONE.search(head):
            return match.end(), None
    elif len(run) == 1 and (_BEFORE_ONE.search(head) or (head[-1:] in "“‘《「" and head)):
        return end, None
    return _quantity(text, at, match, number, free)


def _quantity(text: str, at: int, match: re.Match[str], number: Number, free: int) -> tuple[int, Quantity | None]:
    written = match["unit"]
    unit = UNITS[written] if written else Unit("number", "")
    if match["vague"]:
        # 三个多月, 两个半小时
        unit = {"月": UNITS["个月"], "时": UNITS["小时"], "纪": UNITS["个世纪"], "期": UNITS["周"]}[match["vague"][-1]]
        if match["vague"][1] == "多":
            number = Number(number.value, number.place, number.high, more=True)
        else:
            number = Number(number.value + Fraction(1, 2), Fraction(1, 2))
    end = match.end()
    # 60亿度 of current; 38度 of anything
    if written == "度" and number.value >= 10**4:
        unit = UNITS["千瓦时"]
    value, high, place = number.value, number.high, number.place
    if match["high"]:
        upper = read_number(match["high"])
        if upper is None or (match["ulow"] and match["ulow"] != written and UNITS[match["ulow"]].base != unit.base):
            return _single(text, at, match, number, free)
        # 10至12万: the scale belongs to both ends, unless the lower has one of its own.
        shared = _scale_of(match["high"])
        if shared > 1 and _scale_of(match["n"]) == 1 and value * shared < upper.value and not match["ulow"]:
            value, place = value * shared, place * shared
        high = upper.value
        if value > high and not match["ulow"]:
            return _single(text, at, match, number, free)
    factor = unit.factor
    low_factor = UNITS[match["ulow"]].factor if match["ulow"] and match["high"] else factor
    base, kind = unit.base, unit.kind
    if match["half"] and kind in ("duration", "multiple", "count"):
        value, place = value + Fraction(1, 2), Fraction(1, 2)
    elif match["half"]:
        end = match.start("half")
    value, place = value * low_factor, place * factor
    high = None if high is None else high * factor
    per = text[match.end("unit") : end] if written else ""
    if per.startswith("/"):
        divisor = per[1:].removeprefix("每")
        for name in sorted(UNITS, key=len, reverse=True):
            if divisor.startswith(name):
                base = f"{base}/{name}"
                break
    bound: Bound = "over" if number.more else "exact"
    if match["after"] and end == match.end():
        bound = _AFTER_BOUNDS[match["after"]]
    begin = at
    before = _BEFORE.search(text, max(free, at - 5), at)
    if before is not None and before.end() > before.start():
        if before["cny"]:
            base, kind = (PREFIXES[before["cny"]], "money") if kind in ("number", "money") else (base, kind)
            if kind == "money":
                begin = before.start()
        if before["minus"] and not (
            before["minus"] in "-−"
            and text[max(0, before.start() - 1)].isascii()
            and text[max(0, before.start() - 1)].isalnum()
        ):
            begin = min(begin, before.start("minus"))
            value, high = -value, None if high is None else -high
    # 近两年, 过三年: no bound but time past
    if (word := _BOUND_BEFORE.search(text, max(free, begin - 14), begin)) is not None:
        said = _BOUNDS[(word["en"] or word["zh"]).lower()]
        vague = kind == "duration" and word["zh"] in ("过", "上", "近") and number.value < 100 and word["zh"] != "近"
        lone_up = word["zh"] in ("上", "过") and match["n"][0] not in "百千万亿"
        if not (vague or lone_up):
            begin, bound = word.start(), said if bound in ("exact", "over") else bound
    return end, Quantity(Span(begin, end), "", kind, base, value, high, bound, place)


def _single(text: str, at: int, match: re.Match[str], number: Number, free: int) -> tuple[int, Quantity | None]:
    """Two numbers with a dash between that are no range: read the first alone."""
    alone = re.match(
        rf"(?P<n>{NUMERAL})(?P<ulow>)(?P<high>)\s?(?P<unit>{_UNIT})?(?P<vague>)(?P<half>)(?P<after>)",
        text[at : match.end()],
    )
    assert alone is not None
    unit = UNITS[alone["unit"]] if alone["unit"] else Unit("number", "")
    end = at + alone.end()
    value, place = number.value * unit.factor, number.place * unit.factor
    return end, Quantity(
        Span(at, end), "", unit.kind, unit.base, value, number.high, "over" if number.more else "exact", place
    )


def _scale_of(numeral: str) -> int:
    scale = 1
    for char in reversed(numeral.rstrip("余多来")):
        if char not in SCALES:
            break
        scale *= SCALES[char]
    return scale


def _read_fraction(text: str, at: int, match: re.Match[str], free: int) -> tuple[int, Quantity | None]:
    below, above = read_number(match["low"]), read_number(match["high"])
    if below is None or above is None or not below.value:
        return match.end(), None
    value, place = above.value * 100 / below.value, above.place * 100 / below.value
    begin, end = at, match.end()
    bound: Bound = "exact"
    if word := _BOUND_BEFORE.search(text, max(free, at - 14), at):
        begin, bound = word.start(), _BOUNDS[(word["en"] or word["zh"]).lower()]
    if after := re.compile(_AFTER).match(text, end):
        end, bound = after.end(), _AFTER_BOUNDS[after[0]]
    return end, Quantity(Span(begin, end), "", "share", "%", value, None, bound, place)


def _read_ordinal(text: str, at: int) -> tuple[int, Quantity | None]:
    match = _ORDINAL.match(text, at)
    if match is None or (number := read_number(match["n"])) is None:
        return at + 1, None
    # 第12年 and 第12个月 count places, not time
    unit = (
        UNITS[match["unit"]].base if match["unit"] in UNITS and "年" not in UNITS[match["unit"]].base else match["unit"]
    )
    return match.end(), Quantity(Span(at, match.end()), "", "ordinal", unit, number.value)


def _read_half(text: str, at: int, match: re.Match[str], free: int) -> tuple[int, Quantity | None]:
    half = Fraction(1, 2)
    if match["n"] and match["unit"] not in ("数", "天"):
        unit = UNITS[match["unit"].replace("多", "")]
        return match.end(), Quantity(
            Span(at, match.end()), "", unit.kind, unit.base, half * unit.factor, place=half * unit.factor
        )
    if match["unit"] == "天":
        return match.end(), None
    return match.end(), Quantity(Span(at, match.end()), "", "share", "%", Fraction(50), place=Fraction(10))


def _read_doubled(text: str, at: int) -> tuple[int, Quantity | None]:
    match = _DOUBLED.match(text, at)
    if match is None:
        return at + 1, None
    times = read_number(match[1] or "一")
    assert times is not None
    return match.end(), Quantity(
        Span(at, match.end()), "", "multiple", "番", Fraction(2 ** int(times.value)), direction=1
    )


def _finish(text: str, folded: str, found: Quantity, last: Quantity | None) -> Quantity:
    """Add the characters, and what the words around say: a rise or a fall, 同比 or 环比."""
    span = found.span
    direction: Literal[-1, 0, 1] = found.direction
    basis = ""
    if found.start is None and found.kind != "ordinal":
        floor = last.span.end if last else 0
        before = folded[max(floor, span.start - 16) : span.start]
        # 分别增长6.6%、10.8%: the second rises with the first
        if (
            last is not None
            and last.start is None
            and span.start - floor <= 2
            and last.unit == found.unit
            and _LISTED.fullmatch(before)
        ):
            direction, basis = last.direction, last.basis
        else:
            if clause := _CLAUSE.match(before):
                before = before[clause.end() :]
            if (said := _DIRECTION.match(before)) or (said := _DIRECTION_AFTER.match(folded, span.end)):
                direction = 1 if said["rise"] else -1
            if said := _BASIS.match(before):
                basis = said[1]
    return Quantity(
        span, text[span.start : span.end], found.kind, found.unit, found.value, found.high, found.bound, found.place,
        direction, basis, found.start, found.end,
    )  # fmt: skip
