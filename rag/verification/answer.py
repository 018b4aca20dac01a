"""What verification makes: an answer in which every claim and figure is traced, or a refusal that says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from rag._text import Span
from rag.search.hit import Hit

Status = Literal["exact", "converted", "rounded", "computed", "unsupported"]


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact characters that carry a claim: ``quote`` is the article's text under ``spans``, joined."""

    number: int
    article_id: str
    source: str
    title: str
    published: str | None
    quote: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the answer and how its citation carries it; ``citation`` is None where none does.

    ``status`` computed is the result of a calculation that code worked out from figures which are cited themselves.
    ``value`` is in the base unit ``unit`` (520亿元 is 52000000000 元); dates have their ISO form in ``value``.
    """

    text: str
    value: Fraction | str
    unit: str
    kind: str
    status: Status
    citation: int | None


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """One of several figures that sources give for the same thing; reprints are cited together.

    ``replaced`` tells that a later text corrected it, or says that it changed.
    """

    text: str
    period: str | None
    citations: tuple[int, ...]
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a user gets. ``text`` bears [n] marks; ``unsupported`` holds sentences of it that no citation carries.

    ``notice`` is what a user should be told beside the answer, and ``details`` says how it was made (see ``Draft``).
    """

    question: str
    short: str
    text: str
    citations: tuple[Citation, ...]
    figures: tuple[Figure, ...]
    conflicts: tuple[ConflictSide, ...]
    refused: bool
    reason: str | None
    confidence: float
    engine: str
    index: str
    hits: tuple[Hit, ...]
    unsupported: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    notice: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain JSON types, in the form of the contract."""
        return {
            "question": self.question,
            "short": self.short,
            "text": self.text,
            "refused": self.refused,
            "reason": self.reason,
            "confidence": round(self.confidence, 4),
            "engine": self.engine,
            "index": self.index,
            "citations": [
                {
                    "number": citation.number,
                    "source": citation.source,
                    "article": citation.article_id,
                    "title": citation.title,
                    "published": citation.published,
                    "quote": citation.quote,
                    "spans": [[span.start, span.end] for span in citation.spans],
                }
                for citation in self.citations
            ],
            "figures": [
                {
                    "text": figure.text,
                    "value": _plain(figure.value),
                    "unit": figure.unit,
                    "kind": figure.kind,
                    "status": figure.status,
                    "citation": figure.citation,
                }
                for figure in self.figures
            ],
            "conflicts": [
                {
                    "text": side.text,
                    "period": side.period,
                    "citations": list(side.citations),
                    "replaced": side.replaced,
                }
                for side in self.conflicts
            ],
            "unsupported": list(self.unsupported),
            "notice": self.notice,
            "details": dict(self.details),
            "seconds": {stage: round(seconds, 4) for stage, seconds in self.seconds.items()},
        }


def _plain(value: Fraction | str) -> int | float | str:
    if isinstance(value, str):
        return value
    return value.numerator if value.denominator == 1 else float(value)
