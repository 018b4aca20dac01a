"""The same said in other words: what the check must let through, made on characters, without the grammar.

``RIGHT`` holds the ways: each takes a sentence and a random generator and returns
the new sentence, or None where the sentence gives no occasion for it.
"""

import random
import re
from fractions import Fraction

from figure_alterations import Alter, pick, put


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
    match = pick(rng.choice([_CONVERTIBLE, _OTHER, _CONVERTIBLE]), text, rng)
    if match is None:
        return None
    value, written = Fraction(match[1]) * _SCALES[match[2]], match[3]
    if match.re is _OTHER:
        written, factor = _OTHER_UNITS[written]
        value *= factor
        scale, name = (10**4, "万") if value >= 10**6 else (1, "")
        new = _decimal(value / scale)
        return new and put(text, match.start(), match.end(), new + name + written)
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
    return new and put(text, match.start(), match.end(), new + written)


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


RIGHT: dict[str, Alter] = {"untouched": untouched, "converted": converted, "reworded": reworded}
