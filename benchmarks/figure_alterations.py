"""Sentences altered in one place, and the same said in other words; all of it done on characters, without the grammar.

``ALTERED`` holds what must be caught, ``RIGHT`` what must be let through: each takes a sentence and a random generator
and returns the new sentence, or None where the sentence gives no occasion for it.
"""

import random
import re
from collections.abc import Callable
from fractions import Fraction

from rag.verification import find_figures

Alter = Callable[[str, random.Random], str | None]

DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?")


def _pick(pattern: "re.Pattern[str]", text: str, rng: random.Random) -> "re.Match[str] | None":
    found = list(pattern.finditer(text))
    return rng.choice(found) if found else None


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def digit(text: str, rng: random.Random) -> str | None:
    """Another digit in place of one."""
    if (match := _pick(DIGIT, text, rng)) is None:
        return None
    new = rng.choice([d for d in "123456789" if d != match[0]])
    return _put(text, match.start(), match.end(), new)


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
    match = _pick(pattern, text, rng) or _pick(_UNIT, text, rng)
    # 2025年 is no span of time; its alterations are those of dates
    if match is None or (match["unit"] == "年" and re.search(r"(?:19|20)\d\d$", text[: match.start()])):
        return None
    return _put(text, match.start("unit"), match.end("unit"), rng.choice(_SWAPPED_UNITS[match["unit"]]))


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
    match = _pick(_DIRECTION, text, rng)
    return match and _put(text, match.start(), match.end(), _TURNS[match[0]])


_DATE = re.compile(r"((?:19|20)\d\d)(?=年)|(?<!\d)(1[0-2]|[1-9])(?=月(?!球))|(?<=月)([12]\d|3[01]|[1-9])(?=日)")


def date(text: str, rng: random.Random) -> str | None:
    """Another year, month or day."""
    if (match := _pick(_DATE, text, rng)) is None:
        return None
    top = 2099 if match[1] else 12 if match[2] else 31
    old = int(match[0])
    new = rng.choice([value for value in (old - 1, old + 1, old + 2, old - 2) if 0 < value <= top])
    return _put(text, match.start(), match.end(), str(new))


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
    before, after = _pick(_BOUND, text, rng), _pick(_BOUND_AFTER, text, rng)
    match = rng.choice([found for found in (before, after) if found] or [None])
    if match is None:
        return None
    new = rng.choice((_BOUNDS | _AFTER)[match[0]])
    return None if (match[0], new) in _WEAKER else _put(text, match.start(), match.end(), new)


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
    match = _pick(_PLACE, text, rng)
    if match is None:
        return None
    new = rng.choice([name for name in _PLACES if name not in text])
    return _put(text, match.start(), match.end(), new)


def _same_value(one: str, two: str) -> bool:
    return Fraction(one) == Fraction(two)


# What is right in other words.


def untouched(text: str, rng: random.Random) -> str | None:
    """The sentence itself."""
    return text


_SCALES = {"万": 10**4, "亿": 10**8, "万亿": 10**12, "": 1}
_CONVERTIBLE = re.compile(
    r"(?<![\d.A-Za-z—\-～至到、,，：:])(\d+(?:\.\d+)?)(万亿|亿|万|)(元|美元|人次|人|户|吨|家|千瓦时|平方米|亩|辆)(?![\d—\-～至到/])(?!民币|[多余])"
)
_OTHER_UNITS = {
    "平方公里": ("公顷", 100),
    "公里": ("米", 1000),
    "公顷": ("亩", 15),
    "吨": ("公斤", 1000),
    "小时": ("分钟", 60),
    "亩": ("公顷", Fraction(1, 15)),
}
_OTHER = re.compile(
    r"(?<![\d.A-Za-z—\-～至到、,，：:])(\d+(?:\.\d+)?)(万亿|亿|万|)(平方公里|公里|公顷|吨|小时|亩)(?![\d—\-～至到/])"
)
_HAN = "零一二三四五六七八九"


def converted(text: str, rng: random.Random) -> str | None:
    """The same value at another scale (1.2万 to 12000), in another unit, with separators, full width or in Chinese."""
    match = _pick(rng.choice([_CONVERTIBLE, _OTHER, _CONVERTIBLE]), text, rng)
    if match is None:
        return None
    value, written = Fraction(match[1]) * _SCALES[match[2]], match[3]
    if match.re is _OTHER:
        written, factor = _OTHER_UNITS[written]
        value *= factor
        scale, name = (10**4, "万") if value >= 10**6 else (1, "")
        new = _decimal(value / scale)
        return new and _put(text, match.start(), match.end(), new + name + written)
    way = rng.choice(["scale", "separators", "width", "han"])
    if way == "scale":
        name = rng.choice([name for name in _SCALES if name != match[2]])
        number = _decimal(value / _SCALES[name])
        new = number and len(number) < 16 and number + name
    elif way == "separators":
        new = f"{int(value):,}" if value.denominator == 1 and value < 10**13 else None
    elif way == "width":
        new = (match[1] + match[2]).translate({ord(str(d)): 0xFF10 + d for d in range(10)})
    else:
        whole, _, decimals = match[1].partition(".")
        new = (
            _in_han(int(whole)) + ("点" + "".join(_HAN[int(d)] for d in decimals) if decimals else "") + match[2]
            if 1 < int(whole) < 10**4
            else None
        )
    return new and _put(text, match.start(), match.end(), new + written)


def _decimal(value: Fraction) -> str | None:
    """``value`` in digits, None where it has no short decimal form."""
    for places in range(5):
        if (value * 10**places).denominator == 1:
            return f"{int(value)}" if places == 0 else f"{float(value):.{places}f}"
    return None


def _in_han(value: int) -> str:
    if value >= 10**4:
        return (
            _in_han(value // 10**4)
            + "万"
            + (
                _in_han(value % 10**4)
                if value % 10**4 >= 1000
                else "零" + _in_han(value % 10**4)
                if value % 10**4
                else ""
            )
        )
    text, gap = "", False
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        place = value // power % 10
        if place:
            text += ("零" if gap and text else "") + _HAN[place] + name
        gap = not place
    return text or "零"


_SAME_WORDS = [
    ("超过", "超"),
    ("超", "超过"),
    ("近", "接近"),
    ("约", "大约"),
    ("达到", "达"),
    ("同比增长", "同比上升"),
    ("下降", "减少"),
    ("预计", "预期"),
    ("已经", "已"),
    ("目前", "当前"),
    ("今天", "今日"),
    ("实现", "达成"),
    ("累计", "总计"),
    ("并且", "而且"),
    ("记者", "本台记者"),
    ("逾", "超"),
]
_SOURCE_BOUNDS = ("超过", "超", "近", "约", "逾")
_LEAD = re.compile(r"^.{0,25}?(?:：|显示，|获悉，|介绍，|表示，|了解到，|通报，|报道，)")


def _standing(word: str) -> str:
    """A pattern for ``word`` where it stands for itself: 近 of 近30万, not of 最近."""
    return rf"(?<![最签节条不]){word}(?=\d)" if word in _SOURCE_BOUNDS else word


def reworded(text: str, rng: random.Random) -> str | None:
    """Said otherwise: a clause alone, clauses without the lead, synonyms, 余 for 多, a date in another form."""
    way = rng.choice(["clause", "lead", "synonym", "more", "date", "order", "frame"])
    new = text
    if way == "clause":
        clauses = [
            clause for clause in re.split(r"(?<=[，；。])", text) if re.search(r"\d", clause) and len(clause) > 10
        ]
        new = rng.choice(clauses).rstrip("，；：") if clauses else text
    elif way == "lead":
        new = _LEAD.sub("", text)
    elif way == "synonym":
        fitting = [(a, b) for a, b in _SAME_WORDS if re.search(_standing(a), text)]
        if fitting:
            a, b = rng.choice(fitting)
            new = re.sub(_standing(a), b, text, count=1) if not (a == "超" and "超过" in text) else text
    elif way == "more":
        new = re.sub(r"(?<=\d)多(?=[万亿]?[个家名人项条件户元])", "余", text)
    elif way == "date":
        new = re.sub(
            r"(\d{4})年(\d{1,2})月(\d{1,2})日(?!\d)", lambda m: f"{m[1]}-{int(m[2]):02d}-{int(m[3]):02d}", text
        )
    elif way == "order":
        head, _, tail = text.rstrip("。").rpartition("，")
        new = f"{tail}，{head}。" if head and "、" not in tail and not re.search(r"分别|其中", text) else text
    else:
        new = "根据资料，" + text
    return new if new != text else None


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
RIGHT: dict[str, Alter] = {"untouched": untouched, "converted": converted, "reworded": reworded}
