"""Confidence metrics, each value worked out by hand."""

import pytest

from rag.evaluation.metrics.confidence import (
    area_under_risk_coverage,
    expected_calibration_error,
    reliability,
    risk_coverage,
)

JUDGED = [(0.9, True), (0.8, False), (0.4, True), (0.4, False)]


def test_risk_coverage() -> None:
    # Equal confidences are let in together, so the last two make one point.
    assert risk_coverage(JUDGED) == [(0.25, 0.0), (0.5, 0.5), (1.0, 0.5)]
    assert area_under_risk_coverage(JUDGED) == pytest.approx(0.25 * 0.0 + 0.25 * 0.5 + 0.5 * 0.5)
    assert risk_coverage(JUDGED[::-1]) == risk_coverage(JUDGED)


def test_calibration() -> None:
    assert reliability(JUDGED) == [(pytest.approx(0.4), 0.5, 2), (0.8, 0.0, 1), (0.9, 1.0, 1)]
    assert expected_calibration_error(JUDGED) == pytest.approx((2 * 0.1 + 0.8 + 0.1) / 4)
    assert reliability([(1.0, True)]) == [(1.0, 1.0, 1)]


def test_nothing_answered() -> None:
    assert area_under_risk_coverage([]) == expected_calibration_error([]) == 0.0
