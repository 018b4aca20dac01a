"""The forms of English questions: what is asked, of what, when; and what stands for the interrogative in Chinese."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from rag._figures import find_figures

_MONTHS = re.findall(r"\S+", "january february march april may june july august september october november december")
_NAMED = "|".join((*_MONTHS, *(month[:3] for month in _MONTHS)))
_MONTH = rf"(?P<month>{_NAMED})\b\.?"
_LAST = rf"(?P<last>{_NAMED})\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s*(?:of\s+)?(?P<year>(?:19|20)\d\d))?"
_ORDINALS = {"first": "一", "second": "二", "third": "三", "fourth": "四", "1": "一", "2": "二", "3": "三", "4": "四"}
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_COUNTS |= {"eleven": 11}
_LEAD = r"(?:\b(?:in|on|at|by|during|for|over|from|since|as of|until)\s+)?(?:the\s+end\s+of\s+)?(?:the\s+)?"


def _year(match: re.Match[str]) -> str:
    return f"{match['year']}年" if match["year"] else ""


def _month(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name))


def _half(match: re.Match[str]) -> str:
    return _year(match) + ("上半年" if match["half"] in ("first", "1") else "下半年")


def _quarter(match: re.Match[str]) -> str:
    return f"{_year(match)}{_ORDINALS[match['quarter']]}季度"


def _first(match: re.Match[str]) -> str:
    return _year(match) + (f"1-{_COUNTS[match['count']]}月" if match["unit"] == "months" else "前三季度")


def _months(match: re.Match[str]) -> str:
    return f"{_year(match)}{_month(match['month'])}-{_month(match['last'])}月"


def _date(match: re.Match[str]) -> str:
    return f"{_year(match)}{_month(match['month'])}月{match['day']}日"


def _in_month(match: re.Match[str]) -> str:
    return f"{_year(match)}{_month(match['month'])}月"


_Said = Callable[[re.Match[str]], str]
# What says when, and how Chinese says it; the longest first.
_TIMES: tuple[tuple[re.Pattern[str], _Said], ...] = tuple(
    (re.compile(_LEAD + pattern), said)
    for pattern, said in (
        (rf"(?P<half>first|second)\s+half(?:\s+of)?(?:\s+the\s+year)?{_YEAR}", _half),
        (rf"\bh(?P<half>[12])\b{_YEAR}", _half),
        (rf"first\s+(?P<count>{'|'.join(_COUNTS)})\s+(?P<unit>months|quarters){_YEAR}", _first),
        (rf"(?P<quarter>first|second|third|fourth)\s+quarter{_YEAR}", _quarter),
        (rf"\bq(?P<quarter>[1-4])\b{_YEAR}", _quarter),
        (r"(?P<year>(?:19|20)\d\d)\s+q(?P<quarter>[1-4])\b", _quarter),
        (rf"{_MONTH}\s*(?:-|–|to|through)\s*{_LAST}{_YEAR}", _months),
        (rf"{_MONTH}\s+{_DAY}{_YEAR}\b(?!\d)", _date),
        (rf"{_DAY}\s+{_MONTH}{_YEAR}", _date),
        (rf"\b{_MONTH}{_YEAR}(?!\w)", _in_month),
        (r"last\s+year\b", lambda match: "去年"),
        (r"this\s+year\b", lambda match: "今年"),
        (r"next\s+year\b", lambda match: "明年"),
        (r"(?<![\d.,])(?P<year>(?:19|20)\d\d)\b(?![.,]?\d)", _year),
    )
)
# May is a month with a preposition, a day or a year beside it, else a verb.
_MODAL = re.compile(r"\bmay\b(?!\s+(?:19|20)?\d)(?<!in may)(?<!\d may)")
_LINE = re.compile(rf"\b(?:(?:metro|subway)\s+)?line\s+(?:no\.\s*)?(\d+|{'|'.join(_COUNTS)})\b")
# English turns that Chinese puts the other way round.
_TURNS = (
    (re.compile(r"\bconstruction (of .+?) (?:begin|began|start|started)\b"), r"\1 break ground"),
    (re.compile(r"\bconstruction (of .+?) (?:be )?(?:completed?|finish(?:ed)?|end(?:ed)?)\b"), r"\1 completed"),
    (re.compile(r"\b(?:located|situated|based|held)\b(?=\s*$)"), ""),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b(?! (?:century|floor|grade))"), r"第\1届"),
    # The unit to answer in: the source's own is given.
    (
        re.compile(
            r"(?<!many)(?<!much) in (?:yuan|rmb|(?:us )?dollars|hectares|(?:square )?kilomet(?:er|re)s|tonnes)\b"
        ),
        "",
    ),
)
_UNITS = (
    "yuan|rmb|dollars|usd|hectares|mu|square kilomet(?:er|re)s|square met(?:er|re)s|kilomet(?:er|re)s|km|met(?:er|re)s"
    "|tonnes|tons|years|months|days|hours|minutes"
)
_AUXILIARY = r"(?:be|is|are|was|were|will|did|does|do|has|have|had|would|can|could)"
# A noun phrase, up to the verb or the preposition behind it.
_NOUN = rf"(?P<noun>(?: (?!{_AUXILIARY}\b)[\w&'’-]+)+?)(?= {_AUXILIARY}\b| (?:of|in|at|on|for|by|with|from|to|per)\b|$)"
_PLACE = r"(?P<noun>city|district|county|town|province|country|street|subdistrict)"
# In the order in which they are tried. {noun} is the noun phrase in the interrogative, {size} and {what} hang on it.
_FORMS = tuple(
    (re.compile(pattern), ending)
    for pattern, ending in (
        (r"(?:by )?(?:what|which) (?:percentage|percent|share|proportion|fraction)(?: of)?", "占百分之多少"),
        (r"on (?:what|which) days?(?: of the week)?", "是星期几"),
        (r"(?:in |on )?(?:what|which) (?:year|month|date|day)", "是什么时候"),
        (r"(?:at )?what time", "几点"),
        (rf"how (?:many|much)(?: in)? (?P<noun>{_UNITS})\b", "多少{noun}"),
        (rf"how many{_NOUN}", "多少{noun}"),
        (r"how many", "多少"),
        (rf"how much(?: of)?{_NOUN}", "{noun}多少"),
        (r"(?:by )?how much", "多少"),
        (r"how (?:long|far)(?= (?:is|are|was|were)\b(?!.*\b(?:last|open|closed|valid)\b))", "{size}"),
        (r"how (?:long|soon)", "需要多长时间"),
        (r"how (?:big|large)", "面积多大"),
        (r"how (?:often|frequently)", "多久一次"),
        (r"how (?:old|wide|high|tall|deep|far|heavy|fast)", "{size}"),
        (r"when", "是什么时候"),
        (r"(?:in |at )?(?:what|which) (?:place|position|rank)\b", "排名第几"),
        (rf"(?:in )?(?:what|which) {_PLACE}", "在哪个{noun}"),
        (r"where", "在哪里"),
        (r"who(?:m|se)?(?: is| are| was| were)\b", "是谁"),
        (r"(?:by )?who(?:m|se)?", "由谁{verb}"),
        (r"why", "为什么"),
        (r"how", "如何"),
        (rf"which(?: of the)?{_NOUN}", "有哪些{noun}"),
        (r"which(?: is| are| was| were)\b", "是哪个"),
        (rf"what{_NOUN}", "{noun}是多少"),
        (r"what(?: is| are| was| were)?\b", "{what}"),
        (r"which", "是哪个"),
    )
)
_CLAUSE = re.compile(r"[?;]\s*|,?\s+and\s+(?=(?:how|when|who|what|where|which|why)\b)")


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing asked in English, taken apart. All is lower case, ``times`` and ``ending`` are in Chinese.

    ``before`` stands before the ``interrogative``, ``noun`` in it, ``subject`` behind it and ``predicate`` from the
    next auxiliary on. ``ending`` is what ends the Chinese question, with {noun}, {verb}, {size} or {what} to be filled
    in; "" where nothing is asked but named.
    """

    text: str
    times: str
    before: str
    interrogative: str
    noun: str
    subject: str
    predicate: str
    ending: str


def clauses(folded: str) -> list[Clause]:
    """Return what a folded English question asks, clause by clause."""
    return [_clause(piece) for piece in _CLAUSE.split(folded.strip(" .!?？")) if piece.strip()]


def _clause(text: str) -> Clause:
    text = _LINE.sub(lambda match: f"{_COUNTS.get(match[1], match[1])}号线", text)
    for pattern, turned in _TURNS:
        text = pattern.sub(turned, text)
    times, text = _times(_in_chinese_figures(text))
    for pattern, ending in _FORMS:
        if match := re.search(rf"(?<!\w){pattern.pattern}", text):
            after = re.sub(rf"^\s*{_AUXILIARY}\b", "", text[match.end() :])
            # Where an auxiliary stands later than right behind the interrogative, the verb begins.
            subject, _, predicate = re.sub(rf"\s{_AUXILIARY}(?: been| be)?\s", "|", f" {after} ", count=1).partition(
                "|"
            )
            noun = match.groupdict().get("noun") or ""
            return Clause(text, times, text[: match.start()], match.group(), noun, subject, predicate, ending)
    return Clause(text, times, "", "", "", text, "", "")


def _in_chinese_figures(text: str) -> str:
    """Return ``text`` with its figures in 万 and 亿: 1.5 million kw is 150万千瓦."""
    for figure in reversed(list(find_figures(text))):
        if figure.value is None or not re.search(r"thousand|million|billion", figure.text):
            continue
        value, scale = figure.value, ""
        for size, name in ((10**8, "亿"), (10**4, "万")):
            if value >= size:
                value, scale = value / size, name
                break
        said = f"{float(value):.4f}".rstrip("0").rstrip(".")
        text = f"{text[: figure.span.start]}{said}{scale}{figure.unit}{text[figure.span.end :]}"
    return text


def _times(text: str) -> tuple[str, str]:
    """Return the times that a question names, in Chinese, and the question without them."""
    text = _MODAL.sub(" ", text)
    found: list[tuple[int, str]] = []
    for pattern, said in _TIMES:
        while match := pattern.search(text):
            found.append((match.start(), said(match)))
            text = text[: match.start()] + " " * (len(match.group())) + text[match.end() :]
    return "".join(said for _, said in sorted(found)), re.sub(r"\s+", " ", text).strip()
