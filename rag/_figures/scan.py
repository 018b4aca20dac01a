"""The scan: every figure of a text, in order, in one pass."""

import re
from collections.abc import Iterator
from dataclasses import replace

from rag._figures.amounts import UNIT, Amount, Read, read_digits, read_doubled, read_han, read_ordinal
from rag._figures.bounds import bound_before, bound_behind, movement, prefix_before
from rag._figures.dates import STARTS, match_date
from rag._figures.quantity import Bound, Moment, Quantity
from rag._text import Span

# Width and script of what figures are written with, one character for each character.
_FOLD = str.maketrans(
    "０１２３４５６７８９．％＋－：億萬兩餘約個幾數點張間臺輛戶條項處層頃畝噸顆歲週時鐘棟隻雙場",
    "0123456789.%+-:亿万两余约个几数点张间台辆户条项处层顷亩吨颗岁周时钟栋只双场",
)
# ，separates thousands between full-width digits, and before a unit: 30，000万元, 65，000名.
_FULL_COMMA = re.compile(
    rf"(?<![\d.:：，])(?:[０-９]{{1,3}}(?:，[０-９]{{3}})++|[1-9]\d{{0,2}}(?:，\d{{3}})++(?=(?:\.\d++)?\s?[万亿余多]*+(?:{UNIT})))(?!\d)"
)
# 壹佰贰拾万元整; alone, these characters stand in names (陆, 伍).
_FORMAL = re.compile(r"[壹貳贰叁參肆伍陸陆柒捌玖拾佰仟零万亿]{2,}+")
_FORMAL_FOLD = str.maketrans("壹貳贰叁參肆伍陸陆柒捌玖拾佰仟", "一二二三三四五六六七八九十百千")

_HAN_NUMERAL = "零〇一二两三四五六七八九十百千万亿数几半"
_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_START = re.compile("[" + re.escape("".join(sorted({*STARTS, *_HAN_NUMERAL, *_LATIN, *"第翻["}))) + "]")
# A Latin word with all that clings to it: G104, PM2.5, an address. Its digits name something.
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_./@:=&?%#~+-]*+")
_CURRENCY = re.compile(r"(?:RMB|USD|CNY|EUR|HKD)(?=\s?\d)")
_FOOTNOTE = re.compile(r"\[\d{1,3}(?:\s?[-,–]\s?\d{1,3})*\]")


# A bare number of this size is a year: 亮剑2025, the answer 2022.
_YEARS = range(1950, 2050)


def fold_figures(text: str) -> str:
    """Return ``text`` with digits in half width and numerals simplified, one character for each character."""
    if "，" in text:
        text = _FULL_COMMA.sub(lambda match: match[0].replace("，", ","), text)
    text = text.translate(_FOLD)
    return _FORMAL.sub(_plain_numeral, text) if "元" in text or "圆" in text else text


def _plain_numeral(match: re.Match[str]) -> str:
    money = match.string[match.end() : match.end() + 1] in ("元", "圆")
    return match[0].translate(_FORMAL_FOLD) if money and any(char in "拾佰仟" for char in match[0]) else match[0]


def find_figures(text: str, *, indefinite: bool = False) -> list[Quantity]:
    """Return the figures of ``text`` in order; they do not overlap. Takes time linear in the length of ``text``.

    What only names something stays out: G104, 5G, 工业4.0, 12345热线, serial and telephone numbers, [1], 一带一路.
    So do 一个, 一家 and the like, which Chinese uses as an article, unless ``indefinite``.
    """
    return _with_shared_units(text, list(_scan(text, indefinite)))


_AND = ("、", "和", "及", "与")


def _with_shared_units(text: str, figures: list[Quantity]) -> list[Quantity]:
    """Give the numbers of a list the unit that stands behind the last: 10.57亿、2.4亿、2.94亿人."""
    for at in range(len(figures) - 2, -1, -1):
        figure, after = figures[at], figures[at + 1]
        if (
            figure.kind == "number"
            and figure.text[-1] in "万亿"
            and after.kind in ("count", "money")
            and (after.kind == "count" or after.text.endswith(after.unit))
            and text[figure.span.end : after.span.start] in _AND
        ):
            figures[at] = replace(figure, kind=after.kind, unit=after.unit)
    return figures


def _scan(text: str, indefinite: bool) -> Iterator[Quantity]:
    folded = fold_figures(text)
    last: Quantity | None = None
    at = floor = 0  # nothing before the end of the last figure belongs to the next one
    while (start := _START.search(folded, at)) is not None:
        begin = start.start()
        if (dated := match_date(folded, begin)) is not None and not _clings(folded, begin):
            at, kind, bound, first, final = dated
            if (behind := bound_behind(folded, at)) is not None and behind[1] == "about":
                at, bound = behind
            ahead = first.month is not None and first.year is None and not first.relative and _ahead(folded, begin, at)
            last = Quantity(Span(begin, at), text[begin:at], kind, bound=bound, start=first, end=final, ahead=ahead)
        else:
            at, amount = _read(folded, begin, floor, indefinite)
            if amount is None:
                continue
            last = _with_surroundings(text, folded, begin, amount, floor, last)
            at = last.span.end
        floor = at
        yield last


_PLAN = r"(?:将(?!近)|拟|计划|预计|预估|有望|力争|争取|定于|改期|延期|推迟)"
# 计划9月底完成装修，10月底通车: a plan holds on until something is said to have been done.
_PLANNED = re.compile(rf"{_PLAN}(?:(?!截至|截止|目前|已|累计|实现|同比|下降|增长)[^。；！？\n]){{0,30}}$")
_PLAN_BEHIND = re.compile(rf"[^，,。；！？、\n]{{0,6}}?{_PLAN}")


def _ahead(text: str, begin: int, end: int) -> bool:
    """Whether the words around a date say that it is yet to come."""
    return bool(_PLAN_BEHIND.match(text, end) or _PLANNED.search(text[max(0, begin - 34) : begin]))


def _clings(text: str, at: int) -> bool:
    """Whether the digit at ``at`` belongs to a Latin word before it."""
    return at > 0 and text[at].isdigit() and text[at - 1].isascii() and text[at - 1].isalpha()


def _read(text: str, at: int, floor: int, indefinite: bool) -> Read:
    char = text[at]
    if char.isascii():
        if char.isdigit():
            return read_digits(text, at)
        pattern = _FOOTNOTE if char == "[" else _CURRENCY if _CURRENCY.match(text, at) else _IDENTIFIER
        match = pattern.match(text, at)
        return (match.end() if match else at + 1), None
    if char in _HAN_NUMERAL:
        return read_han(text, at, floor, indefinite)
    if char == "第":
        return read_ordinal(text, at)
    return read_doubled(text, at) if char == "翻" else (at + 1, None)


def _with_surroundings(
    text: str, folded: str, begin: int, amount: Amount, floor: int, last: Quantity | None
) -> Quantity:
    """Widen an amount by its bounds, sign and currency, and note what the words before it say."""
    end, kind, unit, value, high = amount.end, amount.kind, amount.unit, amount.value, amount.high
    bound: Bound = "over" if amount.more else "exact"
    if (behind := bound_behind(folded, end)) is not None:
        end, bound = behind
    at = begin
    if (prefix := prefix_before(folded, floor, begin)) is not None:
        start, currency, minus = prefix
        if not currency or kind in ("number", "money"):
            begin = start
            # 人民币68万美元 is nobody's money: it must not pass for either
            unit = unit if not currency else currency if unit in ("", currency) else f"{currency}{unit}"
            kind = "money" if currency else kind
        if minus:
            value, high = -value, None if high is None else -high
    # 上百 and 过半 are bounded, 上3 and 过3 are not.
    if (before := bound_before(folded, floor, begin)) is not None and (
        folded[before[0] : begin] not in ("上", "过") or folded[at] in "百千万亿半"
    ):
        begin, bound = before
    if kind == "number" and begin == at and end == at + 4 and bound == "exact" and high is None and value in _YEARS:
        year = Moment(int(value))
        return Quantity(Span(begin, end), text[begin:end], "date", start=year, end=year)
    direction, basis = movement(folded, floor, begin, end, unit, last)
    if amount.rises:
        direction = 1
    span = Span(begin, end)
    return Quantity(span, span.of(text), kind, unit, value, high, bound, amount.place, direction, basis)
