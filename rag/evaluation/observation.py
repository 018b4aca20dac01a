"""What one case brought to light: all that scoring needs, kept as one JSON line a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from rag._text import Span, join
from rag.evaluation.cases import Case
from rag.evaluation.evidence import Assistant, Entry, Locator, Place
from rag.evaluation.judge import Judge, Label, Support
from rag.evaluation.metrics.citations import statements_of
from rag.search.hit import Hit
from rag.verification.answer import Answer

SHOWN = 10
"""Passages of a case that are kept, and within which ranks are counted."""
DEEP = 50
"""How far a second search looks for evidence that was not among an answer's own passages."""
LONGEST_ERROR = 200
"""Characters of an error that are kept: it names a fault, and a log is elsewhere."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found; ``places`` are its characters and those of the duplicates folded into it."""

    source: str
    title: str
    text: str
    places: tuple[Place, ...]
    lexical: int | None
    dense: int | None


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation; ``exact`` tells whether the quote is the characters of the source under its spans."""

    number: int
    source: str
    quote: str
    place: Place
    exact: bool


@dataclass(frozen=True, slots=True)
class Observation:
    """One case as the assistant met it. With ``error`` set, nothing after ``entries`` says anything.

    ``deep_rank`` is the rank of the first evidence in a deeper search, where ``hits`` has none. ``label`` and
    ``support``, one a statement, are the judge's, None where its reply was no label. ``tokens`` are those sent to a
    language model and written by it, None where none answered; ``seconds`` is wall time by stage.
    """

    id: str
    entries: tuple[Entry, ...]
    error: str | None = None
    short: str = ""
    text: str = ""
    refused: bool = False
    reason: str | None = None
    confidence: float = 0.0
    engine: str = ""
    citations: tuple[Cited, ...] = ()
    hits: tuple[Found, ...] = ()
    deep_rank: int | None = None
    judged: bool = False
    label: Label | None = None
    support: tuple[Support | None, ...] = ()
    tokens: tuple[int, int] | None = None
    seconds: tuple[tuple[str, float], ...] = ()

    def rank(self, entry: Entry) -> int | None:
        """Return the rank, from 1, of the first passage that covers ``entry``, None where none does."""
        return next((rank for rank, hit in enumerate(self.hits, 1) if entry.covered(hit.places)), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; ``from_dict`` gives the same observation back."""
        return {
            "id": self.id,
            "error": self.error,
            "short": self.short,
            "text": self.text,
            "refused": self.refused,
            "reason": self.reason,
            "confidence": self.confidence,
            "engine": self.engine,
            "evidence": [
                {"source": entry.source, "quote": entry.quote, "places": _plain(entry.places)} for entry in self.entries
            ],
            "citations": [
                {
                    "number": cited.number,
                    "source": cited.source,
                    "quote": cited.quote,
                    "place": _plain([cited.place])[0],
                    "exact": cited.exact,
                }
                for cited in self.citations
            ],
            "hits": [
                {
                    "source": hit.source,
                    "title": hit.title,
                    "text": hit.text,
                    "places": _plain(hit.places),
                    "lexical": hit.lexical,
                    "dense": hit.dense,
                }
                for hit in self.hits
            ],
            "deep_rank": self.deep_rank,
            "judged": self.judged,
            "label": self.label,
            "support": list(self.support),
            "tokens": self.tokens and list(self.tokens),
            "seconds": dict(self.seconds),
        }

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "Observation":
        """Return the observation that ``to_dict`` wrote. Raises KeyError or TypeError on anything else."""
        return cls(
            id=record["id"],
            entries=tuple(Entry(e["source"], e["quote"], _places(e["places"])) for e in record["evidence"]),
            error=record["error"],
            short=record["short"],
            text=record["text"],
            refused=record["refused"],
            reason=record["reason"],
            confidence=record["confidence"],
            engine=record["engine"],
            citations=tuple(
                Cited(c["number"], c["source"], c["quote"], _places([c["place"]])[0], c["exact"])
                for c in record["citations"]
            ),
            hits=tuple(
                Found(h["source"], h["title"], h["text"], _places(h["places"]), h["lexical"], h["dense"])
                for h in record["hits"]
            ),
            deep_rank=record["deep_rank"],
            judged=record["judged"],
            label=record["label"],
            # Runs kept by version 0.1.0 have neither.
            support=tuple(record.get("support", ())),
            tokens=(record["tokens"][0], record["tokens"][1]) if record.get("tokens") else None,
            seconds=tuple(record["seconds"].items()),
        )


def observe(case: Case, assistant: Assistant, locator: Locator, judge: Judge | None = None) -> Observation:
    """Ask ``case`` and keep what came back. A fault of the assistant is kept as an error, never raised."""
    entries = locator.entries(case)
    try:
        start = perf_counter()
        answer = assistant.ask(case.question)
        total = perf_counter() - start
        hits = _hits(case, assistant, answer, entries)
        cited = tuple(
            Cited(
                citation.number,
                citation.source,
                citation.quote,
                Place(citation.article_id, citation.spans),
                exact=citation.quote == join(assistant.article(citation.article_id).text, citation.spans),
            )
            for citation in answer.citations
        )
        ranks = (rank for rank, hit in enumerate(hits, 1) if any(entry.covered(hit.places) for entry in entries))
        first = next(ranks, None)
        judged = judge is not None and bool(case.answers) and case.scorable
        label: Label | None = "NOT_ATTEMPTED" if judged else None
        support: tuple[Support | None, ...] = ()
        if judge and judged and not answer.refused:
            label = judge.correct(case.question, answer.short, " | ".join(case.answers or ()))
            quotes = {citation.number: citation.quote for citation in answer.citations}
            support = tuple(
                judge.support(case.question, statement, [quotes[number] for number in numbers if number in quotes])
                for statement, numbers in statements_of(answer.text)
            )
    except Exception as error:  # whatever fails is one error of this case, counted and shown
        message = " ".join(f"{type(error).__name__}: {error}".split())
        return Observation(case.id, entries, error=message[:LONGEST_ERROR])
    return Observation(
        id=case.id,
        entries=entries,
        short=answer.short,
        text=answer.text,
        refused=answer.refused,
        reason=answer.reason,
        confidence=round(answer.confidence, 4),  # as precisely as an answer is shown
        engine=answer.engine,
        citations=cited,
        hits=hits[:SHOWN],
        deep_rank=first if first is not None and first > SHOWN else None,
        judged=judged,
        label=label,
        support=support,
        tokens=_tokens(answer),
        seconds=(*answer.seconds.items(), ("total", total)),
    )


def _hits(case: Case, assistant: Assistant, answer: Answer, entries: Sequence[Entry]) -> tuple[Found, ...]:
    """Return the passages of the answer, and where evidence is missing among them those of a deeper search after."""
    hits = tuple(_found(hit) for hit in answer.hits)
    if all(any(entry.covered(hit.places) for hit in hits[:SHOWN]) for entry in entries):
        return hits
    there = {hit.passage.id for hit in answer.hits}
    return (*hits, *(_found(hit) for hit in assistant.search(case.question, DEEP) if hit.passage.id not in there))


def _tokens(answer: Answer) -> tuple[int, int] | None:
    sent, written = answer.details.get("prompt_tokens"), answer.details.get("completion_tokens")
    return (sent, written) if isinstance(sent, int) and isinstance(written, int) else None


def _found(hit: Hit) -> Found:
    passage = hit.passage
    places = tuple(Place(one.article_id, one.spans) for one in (passage, *hit.duplicates))
    return Found(passage.source, passage.title, passage.text, places, hit.lexical, hit.dense)


def _plain(places: Sequence[Place]) -> list[list[Any]]:
    return [[place.article, [[span.start, span.end] for span in place.spans]] for place in places]


def _places(records: list[list[Any]]) -> tuple[Place, ...]:
    return tuple(Place(article, tuple(Span(*span) for span in spans)) for article, spans in records)
