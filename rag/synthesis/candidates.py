"""Candidate answers: the figures, dates and phrases of the best passages that could answer a part of a question."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rag._figures import Quantity, find_figures, resolve
from rag._reader import Reading, spans
from rag._text import Span, fold, sentences
from rag.chunks import Passage
from rag.search.hit import Hit
from rag.search.periods import Period, governing
from rag.search.query import Part, Query
from rag.search.retrieval import Found

# What a figure of one kind may be asked for as: 多少 asks for a bare number too.
_COMPATIBLE = {
    "count": ("count", "number"),
    "date": ("date", "period"),
    "period": ("date", "period"),
    "share": ("share", "number", "multiple"),
}
_TIMES = ("date", "period", "duration")


@dataclass(frozen=True, slots=True)
class Page:
    """A passage prepared for reading: folded text of the same length, sentences, figures, the reader's scores."""

    hit: Hit
    rank: int
    text: str
    head: str  # title, heading and opening of the article, folded
    sentences: tuple[Span, ...]
    figures: tuple[Quantity, ...]
    reading: Reading

    @property
    def passage(self) -> Passage:
        return self.hit.passage

    def period_of(self, span: Span) -> Period | None:
        """Return the period that governs the figure at ``span``."""
        return governing(self.passage.text, self.figures, span, self.passage.published, self.head)

    def sentence_at(self, offset: int) -> int:
        """Return the number of the sentence that holds the character at ``offset``."""
        return next((n for n, span in enumerate(self.sentences) if offset < span.end), len(self.sentences) - 1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of a page that may answer; ``quantity`` where it is a figure or a date.

    ``fit`` in [0, 1] says how well its kind or unit is the one asked for; ``neural`` is the reader's span score,
    relative to the best span of all pages (0 is the best, less is worse).
    """

    page: Page
    span: Span
    quantity: Quantity | None
    fit: float
    neural: float

    @property
    def text(self) -> str:
        return self.span.of(self.page.passage.text)


def prepare(found: Found, most: int) -> list[Page]:
    """Prepare the ``most`` best hits for reading."""
    return [
        Page(
            hit,
            rank,
            fold(hit.passage.text),
            fold(f"{hit.passage.title}\n{hit.passage.heading}\n{opening}"),
            tuple(sentences(hit.passage.text)),
            tuple(find_figures(hit.passage.text)),
            reading,
        )
        for rank, (hit, reading, opening) in enumerate(
            zip(found.hits[:most], found.readings[:most], found.openings[:most], strict=True)
        )
    ]


def candidates(query: Query, part: Part, pages: Sequence[Page]) -> list[Candidate]:
    """Return all candidates of all pages for ``part`` of ``query``, in reading order.

    A date that the question names itself (2023年…什么时候举行) is none.
    """
    found: list[tuple[Page, Span, Quantity | None, float]] = []
    for page in pages:
        if part.asks in ("figure", "duration", "date"):
            found += [
                (page, quantity.span, quantity, fit)
                for quantity, fit in _figures(part, page)
                if not _named_already(query, quantity, page.passage.published)
            ]
        elif part.asks in ("statement", "reason", "definition"):
            found += [(page, _trim(page, span), None, 0.5) for span in page.sentences]
        else:
            found += [(page, span, None, fit) for span, fit in _phrases(part, page)]
    best = max((page.reading.start.max() + page.reading.end.max() for page in pages if len(page.text)), default=0.0)
    return [
        Candidate(page, span, quantity, fit, _neural(page, span) - float(best))
        for page, span, quantity, fit in found
        if len(span)
    ]


def _named_already(query: Query, quantity: Quantity, published: str | None) -> bool:
    """Whether a date is one that the question names: 2023年, or 今年 in an article of 2023."""
    iso = resolve(quantity, published).iso
    return bool(iso) and any(iso == named.iso for named in query.periods)


def _figures(part: Part, page: Page) -> Iterator[tuple[Quantity, float]]:
    for quantity in page.figures:
        fit = _fit(part, quantity)
        if fit > 0:
            yield quantity, fit


@cache
def _unit_of(noun: str) -> str:
    """Return the unit that figures with ``noun`` have: 名 and 位 count 人."""
    return next((quantity.unit for quantity in find_figures(f"5{noun}")), noun)


def _fit(part: Part, quantity: Quantity) -> float:
    """Return how well a figure's kind and unit are what is asked for: 1 the very unit, 0 impossible."""
    if part.asks == "date":
        return 1.0 if quantity.kind == "date" else 0.8 if quantity.kind == "period" else 0.0
    if part.asks == "duration":
        return 1.0 if quantity.kind == "duration" else 0.0
    if not part.kinds:
        return 0.5 if quantity.kind not in (*_TIMES, "ordinal") else 0.0
    for place, kind in enumerate(part.kinds):
        if quantity.kind == kind:
            fit = 1.0 - 0.25 * min(place, 2)
            if kind == "count" and part.noun not in ("", "个"):
                # 多少家 asks for 家; 多少个 may be answered in any classifier.
                return fit if quantity.unit == _unit_of(part.noun) else 0.35 if quantity.unit in ("", "个") else 0.2
            return fit
        if quantity.kind in _COMPATIBLE.get(kind, ()):
            return 0.4
    return 0.0


def _phrases(part: Part, page: Page) -> Iterator[tuple[Span, float]]:
    """Yield the reader's spans, and the phrases that end in the noun asked for (哪个街道 -> 杆石桥街道)."""
    seen: set[Span] = set()
    for start, end, _ in spans(page.reading, k=4, longest=90 if part.asks == "list" else 40):
        span = _named_only(part, page.text, _tidy(page.text, Span(start, end)))
        if span not in seen and len(span):
            seen.add(span)
            yield span, 0.6 if part.noun and part.noun in span.of(page.text) else 0.3
    for span in _named(part, page):
        if span not in seen:
            seen.add(span)
            yield span, 0.8
    if part.asks == "list":
        for span in _enumerations(part, page):
            if span not in seen:
                seen.add(span)
                yield span, 1.0
    elif part.noun:
        for match in re.finditer(re.escape(part.noun), page.text):
            span = _phrase_before(page.text, match.end())
            # 西山区青石街道 answers 哪个街道, 青石街道 alone does so better.
            above = list(_ABOVE.finditer(page.text, span.start, span.end - len(part.noun) - 1))
            for within in (span, Span(above[-1].end(), span.end)) if above else (span,):
                if within not in seen and len(within) > len(part.noun):
                    seen.add(within)
                    yield within, 1.0


_TITLED = re.compile(
    r"(?:[省市区县镇乡村局处部厅司院校所厂行队]长|书记|主任|主席|经理|董事长|总裁|馆长|教授|院士|医生|教练"
    r"|代表|委员|负责人|发言人|工程师)"
    r"[：:、 ]?(?P<name>[一-龥·]{2,4}?)"
    r"(?=[，,。；;：:、（(\s]|在|说|表示|致|宣布|出席|主持|介绍|作|率|为|等|同志|任|当选|$)"
)
_PLACED = re.compile(
    r"(?:位于|坐落[于在]|坐落|落户|地处|选址|建在|设在|来到|走进|前往|(?<![现正存])在)"
    r"(?P<place>[^，,。；;、：:]{2,24}?)(?=的|[，,。；;、：:\s]|举行|召开|举办|开工|开幕|奠基|启动|落户|建设|正式|成立|揭牌|发布|$)"
)
_BODY = re.compile(
    r"[\w（）()·]{2,24}?(?:有限责任公司|股份有限公司|有限公司|公司|集团|委员会|管委会|大学|学院|医院|研究院|研究所|银行|协会|联盟"
    r"|中心|[一-龥]{2}局|[一-龥]{2}部|[一-龥]{2}委|[一-龥]{2}厂)(?!长)"
)
_BODIES = re.compile(r"公司|企业|单位|部门|机构|集团|学校|大学|医院|银行|家$")


def _named(part: Part, page: Page) -> Iterator[Span]:
    """Yield the persons, places, bodies or numbered things of a page, as the question asks for one or the other."""
    import rjieba

    text = page.text
    found: list[Span] = []
    if part.asks == "person":
        found += [Span(*match.span("name")) for match in _TITLED.finditer(text)]
    if part.asks == "place":
        found += [Span(*match.span("place")) for match in _PLACED.finditer(text)]
    if part.asks in ("person", "which") and (part.asks == "person" or _BODIES.search(part.noun)):
        for match in _BODY.finditer(text):
            found.append(_phrase_before(text, match.end()))
    if part.asks in ("person", "place"):
        wanted = ("nr",) if part.asks == "person" else ("ns", "nt")
        offset = 0
        for word, tag in rjieba.tag(text):
            if tag.startswith(wanted) and len(word) > 1:
                found.append(Span(offset, offset + len(word)))
            offset += len(word)
    if part.asks == "which":
        found += [quantity.span for quantity in page.figures if quantity.kind == "ordinal"]
    yield from dict.fromkeys(_tidy(text, span) for span in found if len(span))


_ABOVE = re.compile(r"[省市区县镇乡州](?=\w)")
_BREAK = re.compile(r"[，,。；;！!？?：:、“”\"《》\n\s]")
_NOMINAL = re.compile(r"n|s$|j|b|q|a|m$|x|eng|f$|vn|i|l|t$|g|z")


def _named_only(part: Part, text: str, span: Span) -> Span:
    """Return a span as far as the noun asked for: 兴隆街道 of 兴隆街道的平台项目."""
    at = text.find(f"{part.noun}的", span.start, span.end) if part.noun else -1
    return span if at < 0 else Span(span.start, at + len(part.noun))


def _phrase_before(text: str, end: int) -> Span:
    """Return the noun phrase that ends at ``end``: back to punctuation, a verb, a preposition or a particle."""
    import rjieba

    opening = max((match.end() for match in _BREAK.finditer(text, max(0, end - 40), end - 1)), default=max(0, end - 40))
    start = end
    for word, tag in reversed(rjieba.tag(text[opening:end])):
        # A bracket inside the phrase belongs to it: 中国海外集团(华北)区域总部.
        if not (_NOMINAL.match(tag) or word in "()（）·-"):
            break
        start -= len(word)
    return _tidy(text, Span(start, end))


_ITEM = r"[^，,。；;！!？?：:、\n]{1,30}"
_ROW = re.compile(rf"{_ITEM}(?:、{_ITEM})+")
_TAIL = re.compile(r"(?:等(?=\w)|等?[一二两三四五六七八九十\d]+(?:大|个|家|项|条|种|类|所|座|名|位)).*$")
_HEAD = re.compile(
    r"^.*(?:包括|分别是|分别为|即|如|围绕|聚焦|有|是|为|在|以|把|将|对|位于|涵盖|打造|发展|建设|引进)(?=[^、]{2,})"
)


def _enumerations(part: Part, page: Page) -> Iterator[Span]:
    """Yield the items of rows like 甲、乙、丙三大产业, the whole row as one span."""
    for match in _ROW.finditer(page.text):
        row = match.group()
        first, last = row.split("、")[0], row.split("、")[-1]
        # The first item drags the words before it along, the last one the words after it.
        head = _HEAD.match(first)
        start = match.start() + (head.end() if head else 0)
        tail = _TAIL.search(last)
        end = match.end() - (len(last) - (tail.start() if tail else len(last)))
        yield _tidy(page.text, Span(start, end))


def _tidy(text: str, span: Span) -> Span:
    """Drop white space, particles and punctuation at both ends of a phrase."""
    start, end = span.start, span.end
    while start < end and (text[start] in "的了在是于为、，,。；;：:！!？?)）”" or text[start].isspace()):
        start += 1
    while start < end and (text[end - 1] in "的了在是于、，,。；;：:！!？?(（“" or text[end - 1].isspace()):
        end -= 1
    return Span(start, end)


def _trim(page: Page, span: Span) -> Span:
    text = span.of(page.text)
    return Span(span.start + len(text) - len(text.lstrip()), span.start + len(text.rstrip()))


def _neural(page: Page, span: Span) -> float:
    return float(page.reading.start[span.start] + page.reading.end[span.end - 1])
