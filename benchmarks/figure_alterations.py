"""Sentences altered in one place: what the check must catch, made on characters, without the grammar.

``ALTERED`` holds the ways: each takes a sentence and a random generator and returns the new sentence, or None where the
sentence gives no occasion for it.
"""

import random
import re
from collections.abc import Callable
from fractions import Fraction

from rag.verification import find_figures

Alter = Callable[[str, random.Random], str | None]
DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?")


def pick(pattern: "re.Pattern[str]", text: str, rng: random.Random) -> "re.Match[str] | None":
    """Return one of the places where ``pattern`` stands."""
    found = list(pattern.finditer(text))
    return rng.choice(found) if found else None


def put(text: str, start: int, end: int, new: str) -> str:
    """Return ``text`` with ``new`` between ``start`` and ``end``."""
    return text[:start] + new + text[end:]


def digit(text: str, rng: random.Random) -> str | None:
    """Another digit in place of one."""
    if (match := pick(DIGIT, text, rng)) is None:
        return None
    new = rng.choice([d for d in "123456789" if d != match[0]])
    return put(text, match.start(), match.end(), new)


_SWAPPED_UNITS = {
    "万亿": ["亿", "万"],
    "亿": ["万", "万亿"],
    "万": ["亿", ""],
    "美元": ["元", "欧元"],
    "元": ["美元", "欧元"],
    "人次": ["人"],
    "人": ["人次"],
    "%": ["个百分点", "‰"],
    "个百分点": ["%"],
    "公里": ["米", "海里"],
    "米": ["公里", "厘米"],
    "亩": ["公顷"],
    "公顷": ["亩"],
    "吨": ["公斤"],
    "平方公里": ["平方米"],
    "平方米": ["平方公里"],
    "千瓦时": ["千瓦"],
    "千瓦": ["千瓦时", "兆瓦"],
    "倍": ["%"],
    "小时": ["分钟", "天"],
    "天": ["个月"],
    "年": ["个月"],
    "个月": ["年", "天"],
}
_UNIT = re.compile(
    rf"(?<=\d)(?P<more>[多余]?)(?P<unit>{'|'.join(sorted(_SWAPPED_UNITS, key=len, reverse=True))})"
    r"(?![\d月代度底初来])"
)
_SCALED_UNIT = re.compile(
    r"(?<=\d[万亿])(?P<more>[多余]?)(?P<unit>美元|元|人次|人|千瓦时|千瓦|平方公里|平方米|公里|亩|公顷|吨)"
)


def unit(text: str, rng: random.Random) -> str | None:
    """Another unit or scale behind a number: 亿 to 万, 元 to 美元, 人 to 人次, % to 个百分点."""
    pattern = rng.choice([_UNIT, _SCALED_UNIT])
    match = pick(pattern, text, rng) or pick(_UNIT, text, rng)
    # 2025年 is no span of time; its alterations are those of dates
    if match is None or (match["unit"] == "年" and re.search(r"(?:19|20)\d\d$", text[: match.start()])):
        return None
    return put(text, match.start("unit"), match.end("unit"), rng.choice(_SWAPPED_UNITS[match["unit"]]))


_TURNS = {
    "增长": "下降",
    "下降": "增长",
    "增加": "减少",
    "减少": "增加",
    "上升": "下降",
    "上涨": "下跌",
    "下跌": "上涨",
    "提高": "降低",
    "降低": "提高",
    "提升": "下降",
    "回落": "上升",
    "净增": "净减",
    "增幅": "降幅",
    "降幅": "增幅",
    "涨幅": "跌幅",
    "上调": "下调",
    "下调": "上调",
}
_DIRECTION = re.compile(rf"({'|'.join(_TURNS)})(?=[了至到为约近超达]{{0,3}}\d)")


def direction(text: str, rng: random.Random) -> str | None:
    """A rise for a fall, in front of a number."""
    match = pick(_DIRECTION, text, rng)
    return match and put(text, match.start(), match.end(), _TURNS[match[0]])


_DATE = re.compile(r"((?:19|20)\d\d)(?=年)|(?<!\d)(1[0-2]|[1-9])(?=月(?!球))|(?<=月)([12]\d|3[01]|[1-9])(?=日)")


def date(text: str, rng: random.Random) -> str | None:
    """Another year, month or day."""
    if (match := pick(_DATE, text, rng)) is None:
        return None
    top = 2099 if match[1] else 12 if match[2] else 31
    old = int(match[0])
    new = rng.choice([value for value in (old - 1, old + 1, old + 2, old - 2) if 0 < value <= top])
    return put(text, match.start(), match.end(), str(new))


_BOUNDS = {
    "超过": ["不足", "约", "近"],
    "超": ["不足", "近"],
    "突破": ["不足", "接近"],
    "近": ["超", "不足"],
    "约": ["超过", "不足"],
    "逾": ["不足"],
    "达到": ["不足"],
    "达": ["不足"],
    "不足": ["超过"],
    "至少": ["至多"],
    "接近": ["超过"],
}
_WEAKER = {("超过", "约")}  # said of what is over it, 约 is weaker and true
_BOUND = re.compile(rf"(?<!不)({'|'.join(sorted(_BOUNDS, key=len, reverse=True))})(?=\d)")
_BOUND_AFTER = re.compile(
    r"(?<=\d)(多|余)(?=[万亿]?[个家名人项条件户元种座位])|(?<=[%人元万亿年天])(以上|以下|以内|左右)"
)
_AFTER = {"多": [""], "余": [""], "以上": ["以下", ""], "以下": ["以上", ""], "以内": ["以上"], "左右": ["以上"]}


def bound(text: str, rng: random.Random) -> str | None:
    """Another bound: 超过 to 不足, 约 to 超过, 200余家 to 200家."""
    before, after = pick(_BOUND, text, rng), pick(_BOUND_AFTER, text, rng)
    match = rng.choice([found for found in (before, after) if found] or [None])
    if match is None:
        return None
    new = rng.choice((_BOUNDS | _AFTER)[match[0]])
    return None if (match[0], new) in _WEAKER else put(text, match.start(), match.end(), new)


def swap(text: str, rng: random.Random) -> str | None:
    """Two numbers of the sentence in each other's place, each keeping the unit of the place."""
    numbers = list(_NUMBER.finditer(text))
    pairs = [
        (one, two)
        for index, one in enumerate(numbers)
        for two in numbers[index + 1 :]
        if one[0] != two[0] and not _same_value(one[0], two[0])
    ]
    if not pairs:
        return None
    one, two = rng.choice(pairs)
    # 3—5年 for 5—3年 and a month of 31 are no figures that anyone would write
    between = text[one.end() : two.start()]
    if (
        re.fullmatch(r"[—\-~～至到]+", between)
        or re.search(r"^[年月日]", text[one.end() :] + " ")
        or re.search(r"^[年月日]", text[two.end() :] + " ")
    ):
        return None
    return text[: one.start()] + two[0] + between + one[0] + text[two.end() :]


def swap_whole(text: str, rng: random.Random) -> str | None:
    """Two figures of the sentence in each other's place, units and all."""
    figures = [figure for figure in find_figures(text) if figure.kind not in ("date", "period", "time", "ordinal")]
    pairs = [
        (a, b)
        for index, a in enumerate(figures)
        for b in figures[index + 1 :]
        if a.text != b.text and a.unit == b.unit and a.value != b.value
    ]
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    return text[: a.span.start] + b.text + text[a.span.end : b.span.start] + a.text + text[b.span.end :]


_PLACES = re.findall(
    "..", "北京上海天津重庆河北山西辽宁吉林江苏浙江安徽福建江西山东河南湖北湖南广东四川贵州云南陕西甘肃"
)
_PLACE = re.compile(rf"({'|'.join(_PLACES)})(?=[省市])")


def place(text: str, rng: random.Random) -> str | None:
    """Another province or city of the same rank."""
    match = pick(_PLACE, text, rng)
    if match is None:
        return None
    new = rng.choice([name for name in _PLACES if name not in text])
    return put(text, match.start(), match.end(), new)


def _same_value(one: str, two: str) -> bool:
    return Fraction(one) == Fraction(two)


ALTERED: dict[str, Alter] = {
    "digit": digit,
    "unit": unit,
    "direction": direction,
    "date": date,
    "bound": bound,
    "swap numbers": swap,
    "swap figures": swap_whole,
    "place": place,
}
