"""Citation metrics with deterministic support: what a statement cites supports it by the characters a person marked.

The metrics are those of ALCE (Gao et al. 2023, arXiv:2305.14627, section 3.3) and LongCite (Zhang et al. 2024,
arXiv:2409.02897, section 2.2). Both ask a model whether the cited text entails the statement; here it supports a
statement *fully* when it covers an evidence quote, by at least half of its characters, *partly* when it shares any
character with one, else *not*. So a true statement about something else than was asked has no support either.
"""

import re
from collections.abc import Mapping, Sequence

from rag._text import sentences
from rag.evaluation.evidence import Entry, Place

_MARK = re.compile(r"\[(\d+)\]")
_BEHIND = re.compile(r"([。！？；.!?;…”」』）)\s]+)((?:\[\d+\])+)")

Statements = Sequence[tuple[str, tuple[int, ...]]]
"""Each sentence of an answer without its marks, and the numbers of the citations it bears."""


def statements_of(text: str) -> Statements:
    """Return the sentences of an answer that say something, each with the citations it bears as [1] or [1][2].

    Marks behind the full stop belong to the sentence before it.
    """
    text = _BEHIND.sub(r"\2\1", text)
    found = []
    for span in sentences(text):
        sentence = span.of(text)
        said = _MARK.sub("", sentence).strip()
        if re.search(r"\w", said):
            found.append((said, tuple(dict.fromkeys(int(number) for number in _MARK.findall(sentence)))))
    return found


def citation_recall(statements: Statements, cited: Mapping[int, Place], entries: Sequence[Entry]) -> float:
    """Return the mean support of the statements by what each cites together: 1 full, 0.5 partial, 0 none.

    LongCite's citation recall; ALCE's counts partial support as none. A statement without a citation has none.
    """
    if not statements:
        return 0.0
    return sum(_support([cited[n] for n in numbers if n in cited], entries) for _, numbers in statements) / len(
        statements
    )


def citation_precision(statements: Statements, cited: Mapping[int, Place], entries: Sequence[Entry]) -> float:
    """Return the share of the citations, each counted with each statement that bears it, that support at all.

    LongCite's citation precision; ALCE's further lets a citation count only beside a statement that is supported
    fully. 0.0 for an answer that cites nothing.
    """
    borne = [cited[number] for _, numbers in statements for number in numbers if number in cited]
    return sum(_support([place], entries) > 0 for place in borne) / len(borne) if borne else 0.0


def citation_f1(recall: float, precision: float) -> float:
    """Return the harmonic mean of citation recall and precision of one answer, as LongCite reports it."""
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0


def citation_length(quotes: Sequence[str]) -> float:
    """Return the mean length of the quotes (at least one) in characters; LongCite counts tokens."""
    return sum(map(len, quotes)) / len(quotes)


def evidence_covered(cited: Sequence[Place], entries: Sequence[Entry]) -> float:
    """Return 1.0 when the citations together cover at least one entry."""
    return float(any(entry.covered(cited) for entry in entries))


def evidence_recall(cited: Sequence[Place], entries: Sequence[Entry]) -> float:
    """Return the share of the entries that the citations cover; entries may be alternatives, so 0.5 may be enough."""
    return sum(entry.covered(cited) for entry in entries) / len(entries)


def _support(cited: Sequence[Place], entries: Sequence[Entry]) -> float:
    if any(entry.covered(cited) for entry in entries):
        return 1.0
    touched = any(place.overlaps(one) for entry in entries for place in entry.places for one in cited)
    return 0.5 if touched else 0.0
