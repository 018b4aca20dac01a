"""Evidence quotes -> places in the corpus, and how much of a place other spans cover.

Everything is measured in characters of the source, never in chunk ids: a change of the chunker changes no case file,
and a quote that a column cut in two is two spans.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, Protocol

from rag._text import Span
from rag.articles.article import Article
from rag.evaluation.cases import Case
from rag.search.hit import Hit
from rag.verification.answer import Answer

COVERED = 0.5
"""A quote counts as covered when at least this share of its characters is."""


class ArticleInfo(Protocol):
    """What the list of articles says of each."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...


class Generation(Protocol):
    """The index as far as a run names it."""

    @property
    def generation(self) -> str: ...


class Assistant(Protocol):
    """What is evaluated: anything that answers, searches and shows its articles."""

    @property
    def settings(self) -> Any: ...
    @property
    def index(self) -> Generation: ...
    def ask(self, question: str) -> Answer: ...
    def search(self, question: str, k: int) -> list[Hit]: ...
    def article(self, article_id: str) -> Article: ...
    def articles(self) -> Iterable[ArticleInfo]: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Characters of one article."""

    article: str
    spans: tuple[Span, ...]

    def coverage(self, by: Iterable["Place"]) -> float:
        """Return the share of the characters of this place, in [0, 1], that the places ``by`` hold together."""
        wanted = {offset for span in self.spans for offset in range(span.start, span.end)}
        held = {
            offset
            for place in by
            if place.article == self.article
            for span in place.spans
            for offset in range(span.start, span.end)
        }
        return len(wanted & held) / len(wanted) if wanted else 0.0

    def overlaps(self, other: "Place") -> bool:
        """Tell whether the two places share at least one character."""
        return self.article == other.article and any(a.overlaps(b) for a in self.spans for b in other.spans)


@dataclass(frozen=True, slots=True)
class Entry:
    """One evidence quote of a case and every place where the corpus holds it; ``places`` is empty where it does not."""

    source: str
    quote: str
    places: tuple[Place, ...]

    def covered(self, by: Sequence[Place]) -> bool:
        """Tell whether ``by`` holds at least half of the quote, at any place where it stands."""
        return any(place.coverage(by) >= COVERED for place in self.places)


class Locator:
    """Finds quotes in the articles of one corpus, each article's text prepared once."""

    def __init__(self, assistant: Assistant, cases: Iterable[Case]) -> None:
        wanted = {quote.source for case in cases for quote in case.evidence}
        self._ids: dict[str, list[str]] = {}
        for info in assistant.articles():
            for name in {info.id, info.source, PurePosixPath(info.source.replace("\\", "/")).name} & wanted:
                self._ids.setdefault(name, []).append(info.id)
        # Cases on one article stand together in a file, so a few prepared texts are enough.
        self._prepared = lru_cache(maxsize=64)(lambda article_id: _readings(assistant.article(article_id)))

    def entries(self, case: Case) -> tuple[Entry, ...]:
        """Return the evidence of ``case`` with its places."""
        return tuple(
            Entry(
                quote.source,
                quote.quote,
                tuple(
                    place for article in self._ids.get(quote.source, ()) for place in self._find(article, quote.quote)
                ),
            )
            for quote in case.evidence
        )

    def faults(self, cases: Iterable[Case]) -> Iterator[str]:
        """Yield, for each evidence quote that the corpus does not hold, which it is and what is missing."""
        for case in cases:
            for entry in self.entries(case):
                if entry.source not in self._ids:
                    yield f"case {case.id}: the corpus has no article {entry.source}"
                elif not entry.places:
                    yield f"case {case.id}: {entry.source} does not hold the quote {entry.quote}"

    def _find(self, article_id: str, quote: str) -> list[Place]:
        wanted, _ = squeeze(quote)
        for text, offsets in self._prepared(article_id):
            found = []
            start = text.find(wanted)
            while wanted and start >= 0:
                found.append(Place(article_id, _spans(offsets[start : start + len(wanted)])))
                start = text.find(wanted, start + 1)
            if found:
                return found
        return []


def squeeze(text: str, offsets: Iterable[int] | None = None) -> tuple[str, list[int]]:
    """Return ``text`` after NFKC without whitespace, and for each character of the result its offset in ``text``.

    With ``offsets`` only those characters are read, in that order.
    """
    kept: list[str] = []
    origin: list[int] = []
    for offset in range(len(text)) if offsets is None else offsets:
        for char in unicodedata.normalize("NFKC", text[offset]):
            if not char.isspace():
                kept.append(char)
                origin.append(offset)
    return "".join(kept), origin


def _readings(article: Article) -> tuple[tuple[str, list[int]], ...]:
    """The text as it stands, then in reading order without furniture: a quote may run on across a caption."""
    order = [
        offset
        for block in article.blocks
        if block.role in ("heading", "body")
        for span in block.spans
        for offset in range(span.start, span.end)
    ]
    return squeeze(article.text), squeeze(article.text, order)


def _spans(offsets: Sequence[int]) -> tuple[Span, ...]:
    """Return the offsets as spans; whitespace between them, which is not evidence, lies in none."""
    spans: list[Span] = []
    for offset in offsets:
        if spans and offset in (spans[-1].end - 1, spans[-1].end):
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, offset + 1))
        else:
            spans.append(Span(offset, offset + 1))
    return tuple(spans)
