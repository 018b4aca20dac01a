"""Citation metrics with deterministic support: a citation supports an answer when it overlaps the evidence.

The definitions are ALCE's (Gao et al. 2023) and LongCite's (Zhang et al. 2024), with the entailment model replaced
by the characters a person marked. An entry is covered when at least half of its characters are.
"""

from collections.abc import Sequence

from rag.evaluation.evidence import Entry, Place


def citation_recall(cited: Sequence[Place], entries: Sequence[Entry]) -> float:
    """Return the share of the entries that the citations cover; entries may be alternatives, so 0.5 may be enough."""
    return sum(entry.covered(cited) for entry in entries) / len(entries)


def citation_covers(cited: Sequence[Place], entries: Sequence[Entry]) -> float:
    """Return 1.0 when the citations cover at least one entry."""
    return float(any(entry.covered(cited) for entry in entries))


def citation_precision(cited: Sequence[Place], entries: Sequence[Entry]) -> float:
    """Return the share of the citations that overlap the evidence; 0.0 for an answer that cites nothing."""
    if not cited:
        return 0.0
    places = [place for entry in entries for place in entry.places]
    return sum(any(citation.overlaps(place) for place in places) for citation in cited) / len(cited)
