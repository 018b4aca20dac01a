"""Candidate answers: the figures, dates and phrases of the best passages that could answer a part of a question."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rag._figures import Quantity, find_figures, resolve
from rag._reader import Reading
from rag._text import Span, fold, sentences
from rag.chunks import Passage
from rag.search.hit import Hit
from rag.search.measures import CHANGE
from rag.search.periods import Period, governing, period_of
from rag.search.query import Part, Query
from rag.search.retrieval import Found
from rag.search.translation import is_english
from rag.synthesis.phrases import phrases

# What a figure of one kind may be asked for as: 多少 asks for a bare number too.
_COMPATIBLE = {
    "count": ("count", "number"),
    "date": ("date", "period"),
    "period": ("date", "period"),
    "share": ("share", "number", "multiple"),
}
_TIMES = ("date", "period", "duration", "time")
# What 人 counts may be counted otherwise as well.
_PEOPLE = ("人", "人次", "座")


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

    @property
    def sentence(self) -> Span:
        """The sentence of the page that the candidate begins in."""
        return self.page.sentences[self.page.sentence_at(self.span.start)]

    @property
    def period(self) -> Period | None:
        """The period that the candidate is of: a date's own, where it has a month, else the one that governs it."""
        if self.quantity is not None and self.quantity.start is not None and self.quantity.start.month is not None:
            own = period_of(self.quantity, self.page.passage.published)
            if own is not None and own.year is not None:
                return own
        return self.page.period_of(self.span)


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
                for quantity, fit in _figures(query, part, page)
                if not _named_already(query, quantity, page.passage.published)
            ]
        elif part.asks in ("statement", "reason", "definition"):
            found += [(page, _trim(page, span), None, 0.5) for span in page.sentences]
        else:
            found += [
                (page, span, None, fit)
                for span, fit in phrases(query, part, page.text, page.reading)
                if part.asks == "list" or not _is_figure(page, span)
            ]
    best = max((page.reading.start.max() + page.reading.end.max() for page in pages if len(page.text)), default=0.0)
    return [
        Candidate(page, span, quantity, fit, _neural(page, span) - float(best))
        for page, span, quantity, fit in found
        if len(span)
    ]


def _is_figure(page: Page, span: Span) -> bool:
    """Whether a phrase is nothing but a figure, which answers no who, where or which; 5号线 is a name."""
    return any(
        figure.span.start <= span.start and span.end <= figure.span.end and figure.kind != "ordinal"
        for figure in page.figures
    )


def _named_already(query: Query, quantity: Quantity, published: str | None) -> bool:
    """Whether a date is one that the question names: 2023年, or 今年 in an article of 2023."""
    iso = resolve(quantity, published).iso
    return bool(iso) and any(iso == named.iso for named in query.periods)


def _figures(query: Query, part: Part, page: Page) -> Iterator[tuple[Quantity, float]]:
    english = is_english(page.text)
    level = part.kinds[:1] and part.kinds[0] in _LEVELS and not _CHANGE.search(query.folded)
    titles = [Span(*match.span()) for match in _TITLE.finditer(page.text)]
    for quantity in page.figures:
        fit = _fit(part, quantity)
        before = page.text[max(0, quantity.span.start - _RISE) : quantity.span.start]
        if level and _RISES.search(before):
            continue  # 比上年增加40元 is no answer to how much there was
        if part.asks == "date" and any(quantity.span.overlaps(title) for title in titles):
            continue  # a plan for 2015-2025 by its name
        if _FACTOR.search(before) or _BY.match(page.text, quantity.span.end):
            continue  # 6.7mm of 254.3 x 165.8 x 6.7mm
        if english and fit > 0 and part.kinds[:1] == ("count",) and quantity.kind == "number":
            fit = 0.75  # English has no classifiers: 86 routes
        if fit > 0:
            yield quantity, fit


# What is told by a level, and what tells of a change instead, right before a figure.
_LEVELS = ("money", "weight", "area", "length", "volume", "energy", "power")
_RISES = re.compile(r"(?:增加|增长|提高|上升|下降|减少|降低|缩减|回落|多出|上涨|下跌)了(?:近|约|超过?|逾)?\Z")
_RISE = 6  # characters of that, at most
_CHANGE = re.compile(r"[增涨升降减跌差]|提高|回落|多了|少了|变化")
# In 2 x 3 x 4 mm no figure stands for the whole.
_FACTOR, _BY = re.compile(r"\d ?[x×*] ?\Z"), re.compile(r" ?[x×*] ?\d")
# The name of a work, with what stands in brackets in it.
_TITLE = re.compile("《[^《》\n]{1,60}》")


@cache
def _unit_of(noun: str) -> str:
    """Return the unit that figures with ``noun`` have: 名 and 位 count 人."""
    return next((quantity.unit for quantity in find_figures(f"5{noun}")), noun)


def _fit(part: Part, quantity: Quantity) -> float:
    """Return how well a figure's kind and unit are what is asked for: 1 the very unit, 0 impossible."""
    if part.asks in ("date", "duration"):
        return _fit_time(part, quantity)
    if part.currency and quantity.unit != part.currency:
        return 0.0
    if not part.kinds:
        return 0.5 if quantity.kind not in (*_TIMES, "ordinal") else 0.0
    if part.kinds == CHANGE and quantity.kind not in CHANGE[:3] and not quantity.direction:
        return 0.0  # 增加值12亿元 has grown by nothing
    for place, kind in enumerate(part.kinds):
        if quantity.kind == kind:
            fit = 1.0 - 0.25 * min(place, 2)
            if kind == "ordinal" and part.noun and quantity.unit != part.noun:
                return 0.0  # 几级 asks for no 期
            if kind == "count" and part.noun not in ("", "个"):
                # 多少家 asks for 家; 多少个 may be answered in any classifier.
                unit = _unit_of(part.noun)
                if unit in _PEOPLE and quantity.unit in _PEOPLE:
                    return fit if quantity.unit == unit else 0.6
                return fit if quantity.unit == unit else 0.35 if quantity.unit in ("", "个") else 0.2
            return fit
        if quantity.kind in _COMPATIBLE.get(kind, ()):
            return 0.4
    return 0.0


_YEARS = range(1000, 2100)


def _fit_time(part: Part, quantity: Quantity) -> float:
    """Return how well a date, time or span of time is what 什么时候, 几点 or 多久 asks for."""
    if quantity.kind == "date" and quantity.text.isdigit():
        return 0.6 if part.noun == "年" else 0.0  # 和谐使命—2023
    if quantity.kind in part.kinds:
        return 1.0 - 0.2 * part.kinds.index(quantity.kind)
    moment = quantity.start
    if moment is not None and moment.clock is not None and "time" in part.kinds:
        return 0.9
    if part.noun == "年" and quantity.kind == "number" and quantity.value in _YEARS:
        return 0.6  # 生于1889
    return 0.0


def _trim(page: Page, span: Span) -> Span:
    text = span.of(page.text)
    return Span(span.start + len(text) - len(text.lstrip()), span.start + len(text.rstrip()))


def _neural(page: Page, span: Span) -> float:
    return float(page.reading.start[span.start] + page.reading.end[span.end - 1])
