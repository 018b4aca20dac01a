"""Numerals, in digits, in Chinese characters and mixed: their pattern, and their exact value."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
ENGLISH_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12} | {
    "mn": 10**6, "bn": 10**9, "tn": 10**12
}  # fmt: skip

# Possessive quantifiers keep a run of ten million digits linear.
DIGITS = r"(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++)(?:\.\d++)?"
# 千 of 千瓦, 千米 and 百 of 百分点 belong to the unit.
_SCALE = r"(?:[十百千]?万亿|[十百千]?[万亿]|[百千](?![瓦米克卡伏赫帕焦牛分兆]))"
_LAI = r"来(?=[个年天岁人家名])"
MIXED = (
    rf"{DIGITS}(?:\s?[余多几]?{_SCALE}(?:{DIGITS}{_SCALE})*+|\s?(?i:{'|'.join(ENGLISH_SCALES)})(?![A-Za-z]))?"
    rf"(?:[余多]|{_LAI})?"
)
_HAN_SCALE = r"(?:[十万亿]|[百千](?![瓦米克卡伏赫帕焦牛兆]))"
HAN = (
    rf"(?:[数几](?=[十百千万亿]))?(?:[零〇一二两三四五六七八九]|{_HAN_SCALE})++"
    rf"(?:点[零〇一二三四五六七八九]++{_HAN_SCALE}*+)?(?:[余多几]{_HAN_SCALE}*+|{_LAI})?"
)
NUMERAL = rf"(?:{MIXED}|{HAN})"

# Longer runs are no numbers: serial numbers, noise.
LONGEST = 40

_PART = re.compile(rf"({DIGITS})\s?([余多几]?)([十百千万亿]*)")
_ENGLISH = re.compile(rf"({DIGITS})\s?([A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Number:
    """A numeral's value; ``high`` where it is vague (数百: 200 to 900), ``more`` where it says 余 or 多."""

    value: Fraction
    place: Fraction
    high: Fraction | None = None
    more: bool = False


@lru_cache(maxsize=8192)
def read_number(text: str) -> Number | None:
    """Return the value of a numeral that ``NUMERAL`` matched, None where it is not well formed (亿亿, 三二百)."""
    if len(text) > LONGEST:
        return None
    return _read_digits(text) if text[0].isdecimal() else _read_han(text)


def _read_digits(text: str) -> Number | None:
    if (english := _ENGLISH.match(text)) is not None:
        scale = ENGLISH_SCALES[english[2].lower()]
        value, place = _decimal(english[1])
        return Number(value * scale, place * scale)
    total, place, last = Fraction(0), Fraction(1), None
    for digits, _, scales in _PART.findall(text):
        scale = 1
        for char in scales:
            scale *= SCALES[char]
        if last is not None and scale >= last:
            return None
        value, place = _decimal(digits)
        total, place, last = total + value * scale, place * scale, scale
    return Number(total, place, more=any(char in text for char in "余多来几"))


def _decimal(digits: str) -> tuple[Fraction, Fraction]:
    digits = digits.replace(",", "")
    whole, _, decimals = digits.partition(".")
    if not decimals:
        return Fraction(int(whole)), Fraction(1)
    place = 10 ** len(decimals)
    return Fraction(int(whole + decimals), place), Fraction(1, place)


def _read_han(text: str) -> Number | None:
    more = any(char in text for char in "余多来")
    # 十几 and 几十: the digit that is not said is any from 1 or 2 to 9.
    if text[0] in "数几":
        value = _integer("一" + text[1:].rstrip("余多来"))
        return None if value is None else Number(value[0] * 2, value[0], high=value[0] * 9)
    if text.endswith("几") or "几" in text:
        head, _, tail = text.partition("几")
        low, high = _integer(head + "一" + tail), _integer(head + "九" + tail)
        return None if low is None or high is None else Number(low[0], low[1], high=high[0])
    plain = text.replace("余", "").replace("多", "").replace("来", "")
    # 三四百, 两三: two neighbouring digits are a range.
    if len(plain) >= 2 and plain[0] in HAN_DIGITS and plain[1] in HAN_DIGITS:
        first, second = HAN_DIGITS[plain[0]], HAN_DIGITS[plain[1]]
        if 0 < first < 9 and second == first + 1 and (len(plain) == 2 or plain[2] in SCALES):
            low, high = _integer(plain[0] + plain[2:]), _integer(plain[1:])
            return None if low is None or high is None else Number(low[0], low[1], high=high[0], more=more)
    whole, dot, decimals = plain.partition("点")
    value = _integer(whole)
    if value is None:
        return None
    if dot:
        digits = decimals.rstrip("十百千万亿")
        scale = 1
        for char in decimals[len(digits) :]:
            scale *= SCALES[char]
        place = Fraction(1, 10 ** len(digits))
        decimal = int("".join(str(HAN_DIGITS[char]) for char in digits)) * place
        return Number((value[0] + decimal) * scale, place * scale, more=more)
    return Number(value[0], value[1], more=more)


_LADDER = ("亿", "万", "千", "百", "十")


def _integer(text: str) -> tuple[Fraction, Fraction] | None:
    """Value and last place of 三千二百万, 二〇二五, 一百二, 十亿; None where it is not well formed (亿亿, 三二百)."""
    if all(char in HAN_DIGITS for char in text):
        if len(text) == 2 and text[0] not in "零〇":
            return None
        return Fraction(int("".join(str(HAN_DIGITS[char]) for char in text))), Fraction(1)
    read = _rung(text, 0)
    return None if read is None else (Fraction(read[0]), Fraction(read[1]))


def _rung(text: str, rung: int) -> tuple[int, int] | None:
    """Read ``text`` by the scales from ``_LADDER[rung]`` down: what stands before a scale times it, and the rest."""
    while rung < len(_LADDER) and _LADDER[rung] not in text:
        rung += 1
    if rung == len(_LADDER):
        text = text.lstrip("零〇")
        return (HAN_DIGITS[text], 1) if text in HAN_DIGITS else None
    scale = SCALES[_LADDER[rung]]
    head, _, tail = text.rpartition(_LADDER[rung])
    # Before 亿 and 万 stands a whole number, before 千, 百 and 十 one digit; 十 and a leading scale stand for one.
    low = (1, 1) if not head else _rung(head, rung + 1)
    if low is None or (rung >= 2 and low[0] > 9):
        return None
    if not tail:
        return low[0] * scale, low[1] * scale
    # 一百二 and 三万五 leave the last scale out.
    if len(tail) == 1 and tail in HAN_DIGITS and scale > 10 and HAN_DIGITS[tail]:
        return low[0] * scale + HAN_DIGITS[tail] * scale // 10, scale // 10
    rest = _rung(tail, rung + 1)
    if rest is None or rest[0] >= scale or tail[0] in "百千万亿":
        return None
    return low[0] * scale + rest[0], rest[1]
