"""Comparison: nothing is flagged by chance, and a planted regression is."""

import random
from collections.abc import Collection
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy import stats

from rag._errors import JuzhengError
from rag.evaluation import Cases, Run, compare, evaluate, render_markdown, render_terminal
from rag.evaluation.statistics import holm, interval, mcnemar, permutation

from .conftest import Reply, Scripted, case

SENTENCE = ("a.txt", "新增省级瞪羚企业9家。")
MANY = Cases("many", tuple(case(f"q{number}", ["9家"], SENTENCE) for number in range(500)))


@cache
def all_runs() -> tuple[Run, Run]:
    """Answer 500 cases rightly, and once more wrongly."""
    replies = (Reply(short, [SENTENCE], [SENTENCE]) for short in ("9家", "19家"))
    right, wrong = (evaluate(MANY, Scripted({one.question: reply for one in MANY})) for reply in replies)
    return right, wrong


def run_with(wrong: Collection[int]) -> Run:
    """Return a run in which the cases numbered in ``wrong`` are wrong."""
    items = zip(*(run.items for run in all_runs()), strict=True)
    return replace(all_runs()[0], items=tuple(pair[number in wrong] for number, pair in enumerate(items)))


def test_the_same_run_twice_is_the_same() -> None:
    comparison = compare(run_with({1, 2, 3}), run_with({1, 2, 3}))
    assert comparison.verdict == "same"
    assert comparison.exit_code == 0
    assert not comparison.flips
    assert all(one.delta == 0 and one.p == 1 for one in comparison.differences)


def test_a_planted_regression_of_three_points_is_flagged() -> None:
    before = set(range(0, 500, 5))
    worse = before | set(range(1, 76, 5))
    assert len(worse) - len(before) == 15
    comparison = compare(run_with(before), run_with(worse))
    assert comparison.verdict == "worse"
    assert comparison.exit_code == 1
    assert len(comparison.flips) == 15
    assert all(flip.worse for flip in comparison.flips)
    (correct,) = [one for one in comparison.differences if one.metric == "correct" and not one.kind]
    assert correct.delta == pytest.approx(-0.03)
    assert correct.low < -0.03 < correct.high < 0
    assert "显著变差 · significantly worse · correct -3.0" in render_markdown(comparison)
    assert compare(run_with(worse), run_with(before)).verdict == "better"


def test_twenty_comparisons_of_like_with_like_raise_at_most_two_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    from comparing import flagged, simulated

    # In every pair a twentieth of the answers, of the ranks and of the citations differ.
    first, second = simulated(500, 0.1, 0), simulated(500, 0.1, 1)
    assert 15 <= len(compare(first, second).flips) <= 35
    assert flagged(500, 0.1, 20) <= 2
    # The same machinery sees a loss, so silence is no blindness.
    assert flagged(500, 0.02, 5, lost=0.05) == 5


def test_runs_without_a_common_case_are_not_compared(cases: Cases, replies: dict[str, Reply]) -> None:
    with pytest.raises(JuzhengError, match="share no case"):
        compare(run_with(set()), evaluate(cases, Scripted(replies)))


def test_a_comparison_fits_a_terminal() -> None:
    console = Console(width=80, file=StringIO())
    console.print(render_terminal(compare(run_with(set()), run_with(set(range(30))))))
    text = console.file.getvalue()
    assert "…" not in text
    assert "100.0 → 94.0" in text


def test_flips_are_listed_with_what_was_said(cases: Cases, replies: dict[str, Reply]) -> None:
    before = evaluate(cases, Scripted(replies))
    after = evaluate(cases, Scripted(replies | {"投资": Reply("84亿元"), "交通": Reply("84亿元")}))
    comparison = compare(before, after)
    assert [(flip.after.case.id, flip.worse) for flip in comparison.flips] == [("投资", True), ("交通", False)]
    assert comparison.verdict == "no_difference"
    assert "| 投资 | 投资 | 约520亿元 | 84亿元 |" in render_markdown(comparison)
    assert "1 变错 lost, 1 变对 gained" in render_markdown(comparison)


def test_an_error_after_is_a_loss(cases: Cases, replies: dict[str, Reply]) -> None:
    before = evaluate(cases, Scripted(replies))
    after = evaluate(cases, Scripted(replies | {"投资": Reply(fails=OSError("disk"))}))
    comparison = compare(before, after)
    assert [flip.after.case.id for flip in comparison.flips] == ["投资"]
    assert comparison.paired == 6


def test_statistics_by_hand() -> None:
    # 1 lost, 6 gained: 2 * (C(7,0) + C(7,1)) / 2**7
    assert mcnemar([1, 0, 0, 0, 0, 0, 0, 1], [0, 1, 1, 1, 1, 1, 1, 1]) == pytest.approx(2 * 8 / 128)
    # All four differences of one sign: 2 of 16 assignments are as extreme.
    assert permutation([0.5, 0.2, 0.1, 0.4, 0.0]) == pytest.approx(2 / 16)
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    low, high = interval([1.0] * 45, binary=True)
    assert 0.9 < low < 0.93
    assert high == 1.0
    assert interval([0.5, 0.5], binary=False) == (0.5, 0.5)
    assert interval([1.0] * 45, binary=False) == (low, high)


def test_the_bootstrap_agrees_with_scipy() -> None:
    chance = random.Random(2)
    values = [chance.choice([0.0, 0.25, 1 / 3, 1.0]) for _ in range(400)]
    theirs = stats.bootstrap((values,), np.mean, method="percentile", rng=3).confidence_interval
    assert interval(values, binary=False) == pytest.approx((theirs.low, theirs.high), abs=0.004)


@pytest.mark.parametrize("shift", [0.0, 0.03, 0.06])
def test_the_permutation_agrees_with_scipy_and_is_seeded(shift: float) -> None:
    chance = random.Random(1)
    differences = [round(chance.gauss(shift, 0.5), 1) for _ in range(300)]
    pair = (np.asarray(differences), np.zeros(300))
    theirs = stats.permutation_test(
        pair, lambda one, other, axis: (one - other).mean(axis), permutation_type="samples", n_resamples=2000, rng=3
    )
    assert permutation(differences) == pytest.approx(theirs.pvalue, abs=0.02)
    assert permutation(differences) == permutation(differences)
