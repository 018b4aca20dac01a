"""A question as it is read: what kind of answer it asks for, its content words, and its periods."""

import re
from dataclasses import dataclass, replace

from rag._figures import Quantity, find_figures
from rag._text import Span, fold
from rag.search.interrogatives import CLASSIFIER, FORMED, NUMERAL, OFFICE, Asks, asked_by, interrogatives
from rag.search.measures import Language, of_metric
from rag.search.names import names_of


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a question asks for; 多少个项目，总投资多少 has two parts.

    ``span`` is the clause of the question, ``focus`` the interrogative words in it. ``noun`` is what is asked for: the
    unit or classifier of a figure (家, 平方公里, 元), 年 where a year is, or the kind of thing (街道, 项目). ``kinds``
    are the kinds of quantity that would answer, the likelier first; empty when any would. Where ``noun`` is a unit
    they are certain, else they are guessed from the metric's name. ``currency`` is the foreign one that the amount is
    asked for in: 美元 in 多少万美金, "" where any money answers.
    """

    asks: Asks
    span: Span
    focus: Span
    noun: str
    kinds: tuple[str, ...]
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, completed from the dialogue before it. Offsets are into ``text``; ``folded`` has the same length.

    ``language`` is that of ``text``, ``reply`` the one to answer in: they differ where an English question was rendered
    in Chinese. ``named`` are names in ``text`` that do not show by what they end in: 星枢 for 星枢科技.
    """

    text: str
    folded: str
    language: Language
    parts: tuple[Part, ...]
    periods: tuple[Quantity, ...]
    reply: Language
    named: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the question speaks of, folded."""
        return (*names_of(self.folded), *self.named)


_CLAUSES = re.compile(r"[^，,；;。？?！!\n]+[，,；;。？?！!\n]*")
_BODY = re.compile(r"(?:单位|机构|部门|[厂承运开供销]商|主承销商|[主承协]办方|[甲乙]方|业主|中标人|发起人|股东)$")
_TITLE = re.compile(r"(?:主题|名称|名字|口号|定位|全称|简称|别名|代号|标语)$")


_HAN = re.compile(r"[㐀-鿿]")
_ENGLISH = re.compile(
    r"\b(?:what|when|where|who|whom|whose|which|why|how|is|are|was|were|did|does|of|the|in|for)\b", re.IGNORECASE
)


def language_of(text: str) -> Language:
    """Return the language of a question: Chinese with a Chinese character, but for names in an English sentence."""
    han = len(_HAN.findall(text))
    english = han and _ENGLISH.search(text) and len(re.findall(r"[A-Za-z]+", text)) > han
    return "zh" if han and not english else "en"


def read_query(text: str) -> Query:
    """Read a question. Never fails: a text without an interrogative asks for what its last words name."""
    folded = fold(text)
    language = language_of(text)
    periods = tuple(quantity for quantity in find_figures(text) if quantity.kind in ("date", "period"))
    parts: list[Part] = []
    for clause in _CLAUSES.finditer(folded):
        span = Span(*clause.span())
        found = interrogatives(folded, span, language)
        for piece, match in _pieces(folded, span, found, language):
            asks, noun, kinds = asked_by(folded, piece, match, language)
            currency = _currency(folded[match.start() : piece.end])
            part = Part(asks, piece, Span(*match.span()), noun, ("money",) if currency else kinds, currency)
            parts += _each(folded, piece, match, part)
    if not parts:
        parts.append(_without_interrogative(folded, periods, language))
    return Query(text, folded, language, _distinct(parts, folded), periods, language)


_HOW_MANY = re.compile(r"(?:多少|几)\s*")


def _currency(asked: str) -> str:
    """Return the foreign currency of what is ``asked`` for (多少亿美元), "" without one."""
    amount = next(iter(find_figures(_HOW_MANY.sub("5", asked, count=1))), None)
    if amount is None or amount.kind != "money" or amount.span.start > 0 or amount.unit == "元":
        return ""
    return amount.unit


def _pieces(
    folded: str, span: Span, found: list[re.Match[str]], language: Language
) -> list[tuple[Span, re.Match[str]]]:
    """Return the interrogatives that count in a clause, each with its piece: 投资多少、产能多少 has two."""
    if not found:
        return []
    if language == "en":
        return [(span, found[0])]
    # In Chinese the last interrogative of a clause is its focus (谁都想知道什么时候…).
    pieces = [(span, found[-1])]
    for match in reversed(found[:-1]):
        later = pieces[0][1]
        comma = folded.find("、", match.end(), later.start())
        if comma < 0 or not match.lastgroup or not {match.lastgroup, later.lastgroup} <= _COUNTING:
            break
        pieces[0] = (Span(comma + 1, pieces[0][0].end), later)
        pieces.insert(0, (Span(span.start, comma + 1), match))
    return pieces


_COUNTING = {"many", "many_noun", "size", "share", "date", "duration", "what"}
_EACH = re.compile(r"(?:各自?|分别)(?:是|为|有|占|达)?$")
_AND = re.compile(r"[和与及、]")


def _each(folded: str, span: Span, match: re.Match[str], part: Part) -> list[Part]:
    """Return the parts of a question for several figures at once (小麦和玉麦各多少), else ``part`` alone."""
    before = folded[span.start : match.start()]
    each = _EACH.search(before)
    conjunctions = list(_AND.finditer(before, 0, each.start())) if each and part.asks == "figure" else []
    if each is None or not conjunctions:
        return [part]
    parts: list[Part] = []
    start = span.start
    for conjunction in conjunctions[-3:]:
        end = span.start + conjunction.start()
        kinds = part.kinds if part.noun or part.currency else of_metric(folded[start:end], "zh") or part.kinds
        parts.append(replace(part, span=Span(start, end), focus=Span(end, end), kinds=kinds))
        start = end + 1
    focus = Span(span.start + each.start(), match.end())
    return [*parts, replace(part, span=Span(start, span.end), focus=focus)]


def _without_interrogative(folded: str, periods: tuple[Quantity, ...], language: Language) -> Part:
    """Read keywords such as 中央活力区 总投资: the last words name a person, a date, a place or a metric.

    The name of a thing alone (中央活力区) asks for any statement on it.
    """
    span = Span(0, len(folded))
    masked = list(folded)
    for period in periods:
        masked[period.span.start : period.span.end] = " " * len(period.span)
    # Character for character: the focus is an offset into the question.
    text = re.sub(r"[^\w%]", " ", "".join(masked)).rstrip()
    focus = Span(len(text), len(folded))
    if language == "en":
        kinds = of_metric(text, language)
        return Part("figure" if kinds else "statement", span, focus, "", kinds)
    if re.search(r"(?:时间|日期|年份|开工日|竣工日|时刻)$", text):
        return Part("date", span, focus, "", ("date", "period", "time"))
    if re.search(r"(?:地址|地点|位置|所在地|四至|范围)$", text):
        return Part("place", span, focus, "", ())
    if formed := FORMED.search(text):
        return Part("which", span, focus, formed["by"], ())
    if OFFICE.search(text):
        return Part("person", span, focus, "", ())
    if body := _BODY.search(text):
        return Part("which", span, focus, body.group(), ())
    if _TITLE.search(text):
        return Part("which", span, focus, "", ())
    if re.search(r"(?:原因|理由)$", text):
        return Part("reason", span, focus, "", ())
    kinds = of_metric(text, language) or next(
        (kinds for token in reversed(text.split()) if (kinds := of_metric(token, language))), ()
    )
    listed = re.search(rf"(?:前{NUMERAL}+名?|{NUMERAL}+大|[的这]{NUMERAL}+{CLASSIFIER})(\w{{0,4}})$", text)
    if listed and not kinds:
        return Part("list", span, focus, listed[1], ())
    if kinds[:1] == ("duration",):
        return Part("duration", span, focus, "", kinds)
    if kinds or _MEASURED.search(text) or (len(text.split()) > 1 and len(text) <= 24):
        return Part("figure", span, focus, "", kinds)
    return Part("statement", span, focus, "", ())


# A word that ends so is measured or counted, whatever it is: 规模, 接驳量, 亩产.
_MEASURED = re.compile(r"(?:规模|目标|[上下]限|能力|强度|[量数额率值价费度]|[产龄速]|合计|企业|机构|床位|项目数?)$")


def _distinct(parts: list[Part], folded: str) -> tuple[Part, ...]:
    """Drop a part that another repeats (是什么，什么是), and keep at most four."""
    seen: dict[tuple[str, str, str], Part] = {}
    for part in parts:
        key = (part.asks, part.noun, folded[part.span.start : part.focus.start].strip())
        seen.setdefault(key, part)
    return tuple(seen.values())[:4]
