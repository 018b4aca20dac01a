"""How far a stated confidence can be believed.

All functions take one ``(confidence, right)`` pair an answer that was given; refusals are no answers.
"""

from collections.abc import Sequence

Judged = Sequence[tuple[float, bool]]


def risk_coverage(judged: Judged) -> list[tuple[float, float]]:
    """Return (coverage, risk) after each answer, the surest first: which share was answered, which of it wrong.

    El-Yaniv & Wiener 2010. Answers of equal confidence are let in together, so their order cannot matter.
    """
    points: list[tuple[float, float]] = []
    ordered = sorted(judged, key=lambda pair: -pair[0])
    wrong = 0
    for count, (confidence, right) in enumerate(ordered, 1):
        wrong += not right
        if count == len(ordered) or ordered[count][0] != confidence:
            points.append((count / len(ordered), wrong / count))
    return points


def area_under_risk_coverage(judged: Judged) -> float:
    """Return the mean risk over coverage (AURC, Geifman & El-Yaniv 2019), 0.0 best; 0.0 where nothing was answered."""
    area = before = 0.0
    for coverage, risk in risk_coverage(judged):
        area += (coverage - before) * risk
        before = coverage
    return area


def reliability(judged: Judged, bins: int = 10) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share right, count) of each bin of equal width over [0, 1] that is not empty."""
    filled: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in judged:
        filled.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    return [
        (
            sum(confidence for confidence, _ in pairs) / len(pairs),
            sum(right for _, right in pairs) / len(pairs),
            len(pairs),
        )
        for _, pairs in sorted(filled.items())
    ]


def expected_calibration_error(judged: Judged, bins: int = 10) -> float:
    """Return the mean distance of confidence and accuracy over the bins, weighted by count (Guo et al. 2017)."""
    total = len(judged)
    return sum(count * abs(said - right) for said, right, count in reliability(judged, bins)) / total if total else 0.0
