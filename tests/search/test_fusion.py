"""Reciprocal rank fusion, by hand-worked sums."""

import pytest

from rag.search.fusion import reciprocal_rank_fusion


def test_a_passage_in_both_lists_comes_before_one_at_the_top_of_one() -> None:
    fused = reciprocal_rank_fusion([[1, 2], [3, 2]])
    assert [key for key, _ in fused] == [2, 1, 3]
    assert dict(fused)[2] == pytest.approx(2 / 62)
    assert dict(fused)[1] == pytest.approx(1 / 61)


def test_weights_scale_a_list() -> None:
    assert [key for key, _ in reciprocal_rank_fusion([[1], [2]], weights=[1, 2])] == [2, 1]


def test_nothing_fused_is_nothing() -> None:
    assert reciprocal_rank_fusion([[], []]) == []
