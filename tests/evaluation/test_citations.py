"""Citation metrics, each value worked out by hand."""

import pytest

from rag._text import Span
from rag.evaluation.evidence import Entry, Place
from rag.evaluation.metrics.citations import (
    citation_f1,
    citation_length,
    citation_precision,
    citation_recall,
    evidence_covered,
    evidence_recall,
    statements_of,
)

FIRST = Entry("a", "", (Place("a", (Span(0, 10),)),))
SECOND = Entry("b", "", (Place("b", (Span(0, 10),)),))
# 1 covers the first entry, 2 shares two characters with it, 3 is elsewhere, 4 covers the second.
CITED = {
    1: Place("a", (Span(0, 20),)),
    2: Place("a", (Span(8, 40),)),
    3: Place("c", (Span(0, 10),)),
    4: Place("b", (Span(0, 5),)),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("约520亿元[1]。总投资约520亿元[1][2]。", [("约520亿元。", (1,)), ("总投资约520亿元。", (1, 2))]),
        # Marks behind the full stop are of the sentence before it.
        ("约520亿元。[1] 引进9家。[2][3]", [("约520亿元。", (1,)), ("引进9家。", (2, 3))]),
        ("他说“好。”[1]再见[2]", [("他说“好。”", (1,)), ("再见", (2,))]),
        ("没有出处。", [("没有出处。", ())]),
        ("总投资96.5亿元[1]", [("总投资96.5亿元", (1,))]),
        ("[1]。", []),
        ("", []),
    ],
)
def test_statements_bear_their_citations(text: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert statements_of(text) == expected


@pytest.mark.parametrize(
    ("numbers", "recall", "precision"),
    [
        ([(1,)], 1.0, 1.0),
        ([(1,), ()], 0.5, 1.0),
        ([(2,)], 0.5, 1.0),
        ([(1, 3)], 1.0, 0.5),
        ([(1,), (3,)], 0.5, 0.5),
        ([(1,), (4,), (2, 3)], 2.5 / 3, 3 / 4),
        # A number that no citation has cites nothing.
        ([(9,)], 0.0, 0.0),
        ([()], 0.0, 0.0),
        ([], 0.0, 0.0),
    ],
)
def test_recall_and_precision(numbers: list[tuple[int, ...]], recall: float, precision: float) -> None:
    statements = [("s", one) for one in numbers]
    assert citation_recall(statements, CITED, [FIRST, SECOND]) == pytest.approx(recall)
    assert citation_precision(statements, CITED, [FIRST, SECOND]) == pytest.approx(precision)


def test_f1_and_length() -> None:
    assert citation_f1(1.0, 0.5) == pytest.approx(2 / 3)
    assert citation_f1(0.0, 0.0) == 0.0
    assert citation_length(["四个字吗", "二字"]) == 3.0


def test_evidence() -> None:
    cited = [CITED[1], CITED[3]]
    assert evidence_recall(cited, [FIRST, SECOND]) == 0.5
    assert evidence_covered(cited, [FIRST, SECOND]) == 1.0
    assert evidence_covered([CITED[2]], [FIRST, SECOND]) == 0.0
