"""Two runs, paired case by case: what changed, and whether it is more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag._errors import UsageError
from rag.evaluation.run import Item, Run
from rag.evaluation.scoring import METRICS
from rag.evaluation.statistics import holm, mcnemar, paired_interval, permutation

HEADLINE = ("correct", "hit@5", "f1", "cite_covers")
"""The metrics that decide; few, since each one more takes power from the others."""
LEVEL = 0.05

Verdict = Literal["same", "no_difference", "better", "worse", "mixed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric in both runs over the ``n`` cases that have it in both; ``kind`` is empty for all cases.

    ``delta`` is after − before with its 95 % bootstrap interval. ``p`` is McNemar's exact test for a metric of 0 and
    1, a permutation test else. ``significant`` is set for the headline metrics over all cases only, after Holm's
    correction for their number; by kind the p-values are for looking.
    """

    metric: str
    kind: str
    n: int
    before: float
    after: float
    delta: float
    low: float
    high: float
    p: float
    significant: bool = False

    @property
    def worse(self) -> bool:
        """Whether the change is in the direction that is not wanted."""
        return self.delta < 0 if METRICS[self.metric].better == "higher" else self.delta > 0


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that was right before and is not after, or the other way round."""

    before: Item
    after: Item

    @property
    def worse(self) -> bool:
        """Whether it was right before."""
        return bool(self.before.value("correct"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs say of the same cases. ``unpaired`` is the number of cases that are in one only, or changed."""

    before: Run
    after: Run
    paired: int
    unpaired: int
    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]
    verdict: Verdict

    @property
    def exit_code(self) -> int:
        """1 when a headline metric is significantly worse, else 0: for CI."""
        return int(self.verdict in ("worse", "mixed"))


def compare(before: Run, after: Run) -> Comparison:
    """Return the paired comparison of two runs.

    Raises:
        UsageError: the two have no case in common.
    """
    later = {item.case.id: item for item in after.items}
    pairs = [
        (item, later[item.case.id])
        for item in before.items
        if item.case.id in later and later[item.case.id].case == item.case
    ]
    if not pairs:
        raise UsageError(
            f"只比较两次运行共有的题，而 {before.name} 与 {after.name} 没有；请用同一题目文件。(the runs share no case)"
        )
    kinds = ["", *dict.fromkeys(item.case.kind for item, _ in pairs if item.case.kind)]
    found = [
        difference
        for kind in kinds
        for metric in METRICS
        if (difference := _difference(metric, kind, [pair for pair in pairs if kind in ("", pair[0].case.kind)]))
    ]
    differences = _decide(found)
    return Comparison(
        before,
        after,
        paired=len(pairs),
        unpaired=len(before.items) + len(after.items) - 2 * len(pairs),
        differences=tuple(differences),
        flips=tuple(Flip(a, b) for a, b in pairs if a.value("correct") != b.value("correct")),
        verdict=_verdict(pairs, differences),
    )


def _difference(metric: str, kind: str, pairs: Sequence[tuple[Item, Item]]) -> Difference | None:
    values = [
        (a, b)
        for before, after in pairs
        if (a := before.value(metric)) is not None and (b := after.value(metric)) is not None
    ]
    if not values:
        return None
    before, after = zip(*values, strict=True)
    changes = [b - a for a, b in values]
    low, high = paired_interval(changes)
    n = len(values)
    return Difference(
        metric,
        kind,
        n,
        before=sum(before) / n,
        after=sum(after) / n,
        delta=sum(changes) / n,
        low=low,
        high=high,
        p=mcnemar(before, after) if METRICS[metric].binary else permutation(changes),
    )


def _decide(found: Sequence[Difference]) -> list[Difference]:
    family = [index for index, one in enumerate(found) if not one.kind and one.metric in HEADLINE]
    decided = list(found)
    for index, p in zip(family, holm([found[index].p for index in family]), strict=True):
        decided[index] = replace(found[index], significant=p < LEVEL)
    return decided


def _verdict(pairs: Sequence[tuple[Item, Item]], differences: Sequence[Difference]) -> Verdict:
    if all(a.scores == b.scores and (a.seen.error is None) == (b.seen.error is None) for a, b in pairs):
        return "same"
    directions = {one.worse for one in differences if one.significant}
    if not directions:
        return "no_difference"
    if len(directions) == 2:
        return "mixed"
    return "worse" if directions == {True} else "better"
