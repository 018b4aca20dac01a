"""Retrieval metrics against ir_measures, and by hand."""

import random

import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG

from rag.evaluation.metrics.retrieval import hit_at, ndcg_at, recall_at, reciprocal_rank_at


def test_by_hand() -> None:
    ranks = [None, 2, 7]
    assert hit_at(1, ranks) == 0
    assert hit_at(5, ranks) == 1
    assert recall_at(5, ranks) == pytest.approx(1 / 3)
    assert reciprocal_rank_at(10, ranks) == 0.5
    assert reciprocal_rank_at(10, [11]) == 0
    # 1/log2(3) + 1/log2(8) over 1 + 1/log2(3) + 1/log2(4)
    assert ndcg_at(10, ranks) == pytest.approx((0.63093 + 1 / 3) / (1 + 0.63093 + 0.5), abs=1e-5)


def test_two_entries_in_one_passage_are_no_more_than_ideal() -> None:
    assert ndcg_at(10, [1, 1]) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_ir_measures(seed: int) -> None:
    chance = random.Random(seed)
    entries = chance.randint(1, 6)
    positions = chance.sample(range(1, 21), entries)
    ranks = [rank if chance.random() < 0.8 else None for rank in positions]
    qrels = [ir_measures.Qrel("q", f"e{entry}", 1) for entry in range(entries)]
    by_rank = {rank: f"e{entry}" for entry, rank in enumerate(ranks) if rank is not None}
    run = [ir_measures.ScoredDoc("q", by_rank.get(rank, f"x{rank}"), 100.0 - rank) for rank in range(1, 21)]
    theirs = ir_measures.calc_aggregate([Success @ 5, R @ 5, RR @ 10, nDCG @ 10], qrels, run)
    assert hit_at(5, ranks) == pytest.approx(theirs[Success @ 5])
    assert recall_at(5, ranks) == pytest.approx(theirs[R @ 5])
    assert reciprocal_rank_at(10, ranks) == pytest.approx(theirs[RR @ 10])
    assert ndcg_at(10, ranks) == pytest.approx(theirs[nDCG @ 10])
