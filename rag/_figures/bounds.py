"""The words around a figure: bounds (约, 超过, 以上), signs, currencies, rises and falls, 同比 and 环比."""

import re
from typing import Literal

from rag._figures.quantity import Bound, Quantity
from rag._figures.units import PREFIXES


def _words(bound: Bound, written: str) -> dict[str, Bound]:
    return dict.fromkeys((word.replace("_", " ") for word in written.split()), bound)


_BEFORE_ZH = (
    _words("about", "约 大约 约为 大概 大致 约合 约占")
    | _words("nearly", "近 将近 接近")
    | _words("over", "超 超过 超过了 超出 逾 突破 突破了 过 高于 大于 多于")
    | _words("under", "不足 不到 不满 未满 低于 少于 小于 未达")
    | _words("at_least", "至少 最少 不少于 不低于 不小于 达到或超过 上")
    | _words("at_most", "最多 至多 不超过 不超 不高于 不多于 不大于 最高不超过")
)
_BEFORE_EN = (
    _words("about", "about around approximately some roughly")
    | _words("nearly", "nearly almost")
    | _words("over", "over more_than exceeding above")
    | _words("under", "under below less_than fewer_than")
    | _words("at_least", "at_least no_less_than not_less_than")
    | _words("at_most", "at_most up_to no_more_than not_more_than")
)
_AFTER = (
    _words("about", "左右 上下")
    | _words("over", "有余 余 多 开外")
    | _words("at_least", "以上")
    | _words("at_most", "以下 以内 之内")
    | _words("exact", "之多")
)
# 签约23个 is no 约23个, 最近3年 no 近3年, 经过3年 no 过3年.
_NOT_AFTER = {
    "约": "签节条合预履集违纽公契",
    "近": "最附靠邻临贴",
    "超": "赶中英",
    "上": "以线网晚早路地海天",
    "过": "经通度渡难",
}


def _longest_first(words: dict[str, Bound]) -> str:
    guarded = sorted(words, key=len, reverse=True)
    return "|".join(f"(?<![{_NOT_AFTER[word]}]){word}" if word in _NOT_AFTER else word for word in guarded)


_BEFORE = re.compile(rf"(?:(?P<zh>{_longest_first(_BEFORE_ZH)})|(?i:\b(?P<en>{_longest_first(_BEFORE_EN)}))\s)\s?\Z")
_BEHIND = re.compile(r"\s?(?:以[上下内]|左右)|之[内多]|上下|有余|余(?!额)|多(?!\w)|多(?=的|以?来)|开外")
# The longest bound word, and the windows in which bounds and verbs are looked for, in characters.
_REACH, _CLAUSE_REACH = 14, 16
_PREFIX = re.compile(
    rf"(?:(?P<currency>{'|'.join(re.escape(sign) for sign in sorted(PREFIXES, key=len, reverse=True))})\s?)?"
    r"(?P<minus>负|零下|(?<![A-Za-z\d])[-−])?\Z"
)
_RISE = "增长|增加(?!值)|增幅|增速|上升|上涨|上调|提高|提升|涨幅|升幅|涨|净增|新增|多增|扩大|攀升|增至|增(?!加?值)|升"
_FALL = "下降|减少|降低|降幅|下跌|下调|下滑|跌幅|缩短|缩减|减幅|收窄|回落|萎缩|缩小|少增|减|降|跌"
_RISE_EN = r"\b(?:increase|rose|grew|rise|rising|up|growth|gain)\w*"
_FALL_EN = r"\b(?:decrease|fell|fall|declin|drop|down|reduc)\w*"
_VERB = re.compile(rf".*(?:(?P<rise>{_RISE}|{_RISE_EN})|(?P<fall>{_FALL}|{_FALL_EN}))")
_NOUN_BEHIND = re.compile(r"的(?:同比|环比)?(?:(?P<rise>增长|增幅|增速|涨幅|升幅)|(?P<fall>降幅|跌幅|下降|减幅))")
_BASIS = re.compile(r".*(同比|环比)")
_CLAUSE = re.compile(r".*[，。；！？,;\n（(]")
_LISTED = re.compile(r"[、和及与]|\s?and\s|以及|,\s?")


def bound_before(text: str, floor: int, start: int) -> tuple[int, Bound] | None:
    """Return where a bound word that ends at ``start`` begins, not before ``floor``, and what it says."""
    match = _BEFORE.search(text, max(floor, start - _REACH), start)
    if match is None:
        return None
    return match.start(), _BEFORE_ZH[match["zh"]] if match["zh"] else _BEFORE_EN[match["en"].lower()]


def bound_behind(text: str, end: int) -> tuple[int, Bound] | None:
    """Return where a bound word that begins at ``end`` ends, and what it says."""
    match = _BEHIND.match(text, end)
    return match and (match.end(), _AFTER[match[0].lstrip()])


def prefix_before(text: str, floor: int, start: int) -> tuple[int, str, bool] | None:
    """Return where a currency sign or a minus before ``start`` begins, the currency, and whether there is a minus."""
    match = _PREFIX.search(text, max(floor, start - 5), start)
    if match is None or match.start() == start:
        return None
    return match.start(), PREFIXES.get(match["currency"] or "", ""), bool(match["minus"])


def movement(
    text: str, floor: int, start: int, end: int, unit: str, last: Quantity | None
) -> tuple[Literal[-1, 0, 1], str]:
    """Return whether the words around ``text[start:end]`` say a rise (1) or a fall (-1), and 同比, 环比 or "".

    In a list (分别增长6.6%、10.8%) the next figure moves as the ``last`` one does.
    """
    before = text[max(floor, start - _CLAUSE_REACH) : start]
    if (
        last is not None
        and last.value is not None
        and last.unit == unit
        and len(before) <= 3
        and _LISTED.fullmatch(before)
    ):
        return last.direction, last.basis
    if clause := _CLAUSE.match(before):
        before = before[clause.end() :]
    direction: Literal[-1, 0, 1] = 0
    if said := _VERB.match(before) or _NOUN_BEHIND.match(text, end):
        direction = 1 if said["rise"] else -1
    basis = _BASIS.match(before)
    return direction, basis[1] if basis else ""
