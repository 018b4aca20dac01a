"""Retrieval metrics over evidence: the unit found is an evidence quote, not a chunk.

Each function takes the ranks (from 1) at which the entries of a case were first covered, None where an entry was
not; one entry stands for one relevant document, so the values are those of trec_eval (ir_measures R@k, RR@k,
nDCG@k) on that list. A case without entries has no value here and must not be given.
"""

from collections.abc import Sequence
from math import log2

Ranks = Sequence[int | None]


def hit_at(k: int, ranks: Ranks) -> float:
    """Return 1.0 when at least one entry is covered by the first ``k`` passages (ir_measures Success@k)."""
    return float(any(rank is not None and rank <= k for rank in ranks))


def recall_at(k: int, ranks: Ranks) -> float:
    """Return the share of the entries that the first ``k`` passages cover."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def reciprocal_rank_at(k: int, ranks: Ranks) -> float:
    """Return 1 / rank of the first passage that covers an entry, 0.0 beyond ``k``."""
    first = first_rank(ranks)
    return 1 / first if first is not None and first <= k else 0.0


def ndcg_at(k: int, ranks: Ranks) -> float:
    """Return the discounted gain of the entries over that of one entry a rank from the top, gains binary.

    Järvelin & Kekäläinen 2002, as trec_eval computes it. At most 1: one passage that covers two entries at once
    would otherwise do better than the ideal.
    """
    gain = sum(1 / log2(1 + rank) for rank in ranks if rank is not None and rank <= k)
    ideal = sum(1 / log2(1 + rank) for rank in range(1, min(k, len(ranks)) + 1))
    return min(1.0, gain / ideal)


def first_rank(ranks: Ranks) -> int | None:
    """Return the rank of the first passage that covers an entry, None where none does."""
    return min((rank for rank in ranks if rank is not None), default=None)
