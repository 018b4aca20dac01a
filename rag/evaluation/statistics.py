"""Intervals and paired tests, seeded: the same scores give the same numbers."""

from collections.abc import Sequence
from itertools import product

import numpy as np

CONFIDENCE = 0.95
RESAMPLES = 5000
SEED = 20230217


def interval(values: Sequence[float], binary: bool) -> tuple[float, float]:
    """Return the 95 % interval of the mean of ``values`` (at least one).

    Wilson's for shares of yes and no, and where all values are 0 or all are 1, since a bootstrap of 45 out of 45 claims
    to be certain; else a percentile bootstrap over items.
    """
    from scipy import stats

    if binary or set(values) in ({0.0}, {1.0}):
        found = stats.binomtest(int(sum(values)), len(values)).proportion_ci(CONFIDENCE, method="wilson")
        return float(found.low), float(found.high)
    if len(set(values)) == 1:
        return values[0], values[0]
    return _bootstrap(values)


def paired_interval(differences: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the mean of paired differences (at least one)."""
    if len(set(differences)) == 1:
        return differences[0], differences[0]
    return _bootstrap(differences)


def _bootstrap(values: Sequence[float]) -> tuple[float, float]:
    # Drawing n items again is drawing how often each distinct value comes up, and those are few, where
    # scipy.stats.bootstrap would hold every resample in full.
    distinct, counts = np.unique(np.asarray(values), return_counts=True)
    drawn = np.random.default_rng(SEED).multinomial(len(values), counts / len(values), size=RESAMPLES)
    low, high = np.quantile(drawn @ distinct / len(values), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def mcnemar(before: Sequence[float], after: Sequence[float]) -> float:
    """Return the two-sided exact p-value that two sets of 0 and 1 on the same items differ (McNemar 1947)."""
    from scipy import stats

    lost = sum(a > b for a, b in zip(before, after, strict=True))
    gained = sum(a < b for a, b in zip(before, after, strict=True))
    return float(stats.binomtest(lost, lost + gained).pvalue) if lost + gained else 1.0


def permutation(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of the mean paired difference under flips of sign (Fisher's randomisation test).

    Items without a difference say nothing here and are left out; with few others it is exact.
    """
    moved = np.asarray([difference for difference in differences if difference])
    if len(moved) < 2:
        return 1.0
    reached = abs(moved.sum()) * (1 - 1e-9)  # sums in another order differ in their last digits
    if 2 ** len(moved) <= RESAMPLES:
        signs = np.asarray(list(product((-1, 1), repeat=len(moved))))
        return float(np.mean(np.abs(signs @ moved) >= reached))
    # As in the bootstrap: of items that moved equally far, only how many keep their sign is drawn.
    distinct, counts = np.unique(np.abs(moved), return_counts=True)
    kept = np.random.default_rng(SEED).binomial(counts, 0.5, size=(RESAMPLES, len(counts)))
    extreme = np.abs((2 * kept - counts) @ distinct) >= reached
    return float((extreme.sum() + 1) / (RESAMPLES + 1))  # the observed assignment is one of them


def holm(values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for their number (Holm 1979), in the order given."""
    adjusted = [0.0] * len(values)
    highest = 0.0
    for place, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        highest = max(highest, min(1.0, values[index] * (len(values) - place)))
        adjusted[index] = highest
    return adjusted


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of ``values`` (at least one) lies, linear between neighbours."""
    return float(np.quantile(np.asarray(values), share))
