"""Approximate search: measured recall, exact scores, filters, and lists that are carried on."""

import numpy as np
import pytest
from indexed_corpus import Corpus, article

from rag.index import Filter, LocalIndex, check_index
from rag.index.approximate import NAME


@pytest.fixture
def big(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """An index of 600 passages that takes itself for one of a million."""
    for number in range(600):
        corpus.write(
            f"{number:03}.txt",
            article(f"项目{number}", f"第{number * 7919 % 601}号项目在{number % 17}区。", date="2023"),
        )
    monkeypatch.setattr("rag.index.approximate.EXACT", 0)
    corpus.build()
    return corpus


def recall(corpus: Corpus, index: LocalIndex) -> float:
    """Return the share of the exact ten nearest that search finds; check that each score is exact."""
    keys, vectors = np.array(index.vectors.keys), np.array(index.vectors.vectors)
    found = 0
    for number in range(50):
        query = corpus.embedder.embed([f"第{number}号项目"], "query")[0]
        exact = vectors @ query
        hits = index.dense(query, 10)
        best = set(keys[np.argsort(-exact)[:10]].tolist())
        found += len(best & {key for key, _ in hits})
        for key, score in hits:
            assert score == pytest.approx(exact[np.searchsorted(keys, key)], abs=1e-5)
        assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
    return found / 500


def test_recall_is_measured_and_kept_in_the_manifest(big: Corpus) -> None:
    with big.open() as index:
        lists = index.manifest.lists
        assert lists is not None
        assert lists.recall >= 0.97
        assert lists.probes < lists.lists, "not all lists are searched"
        assert recall(big, index) >= 0.9
    assert check_index(big.path, embedder=big.embedder) == []


def test_lists_are_carried_on_when_articles_come_and_go(big: Corpus) -> None:
    with big.open() as index:
        trained_on = index.manifest.lists.trained_on if index.manifest.lists else 0
    for number in range(0, 600, 3):
        big.remove(f"{number:03}.txt")
    for number in range(100):
        big.write(f"new-{number}.txt", article("新", f"新建第{number}号项目。"))
    big.build()
    with big.open() as index:
        assert index.manifest.lists is not None
        assert index.manifest.lists.trained_on == trained_on == 600
        assert recall(big, index) >= 0.9
        query = big.embedder.embed(["新建第77号项目"], "query")[0]
        assert "new-77.txt" in {passage.article_id for passage in index.passages([k for k, _ in index.dense(query, 5)])}
        everything = index.dense(query, 500)
        assert {key for key, _ in everything} <= set(index.vectors.keys.tolist())
    for number in range(1, 600):
        if number % 3:
            big.remove(f"{number:03}.txt")
    big.build()
    with big.open() as index:
        assert index.manifest.lists is not None
        assert index.manifest.lists.trained_on == 100, "halved: trained anew"


def test_a_filter_acts_inside_approximate_search(big: Corpus) -> None:
    with big.open() as index:
        query = big.embedder.embed(["第5号项目"], "query")[0]
        hits = index.dense(query, 5, Filter(sources=("00*.txt",)))
        assert len(hits) == 5
        assert all(passage.source.startswith("00") for passage in index.passages([key for key, _ in hits]))


def test_damaged_lists_are_named_and_made_anew(big: Corpus) -> None:
    with big.open() as index:
        file = index.folder / NAME
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    assert [fault.file for fault in check_index(big.path, embedder=big.embedder)] == [NAME]
    check_index(big.path, embedder=big.embedder, repair=True)
    assert check_index(big.path, embedder=big.embedder) == []
