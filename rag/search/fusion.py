"""Fusing the lists of several retrievers into one."""

from collections.abc import Sequence


def reciprocal_rank_fusion(
    lists: Sequence[Sequence[int]], *, weights: Sequence[float] | None = None, k: int = 60
) -> list[tuple[int, float]]:
    """Return the keys of all lists with their fused scores, best first, ties by key.

    A key scores the sum of weight / (k + rank) over the lists that have it, ranks from 1 (Cormack, Clarke and Büttcher,
    SIGIR 2009). ``weights`` are one a list, 1 where not given.
    """
    scores: dict[int, float] = {}
    for ranked, weight in zip(lists, weights or [1.0] * len(lists), strict=True):
        for rank, key in enumerate(ranked, 1):
            scores[key] = scores.get(key, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
