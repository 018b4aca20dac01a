"""Work in several processes gives what it gives in one."""

import os

import pytest
from indexed_corpus import Corpus, article

from rag.index.workers import Workers


def fill(corpus: Corpus) -> None:
    for number in range(60):
        corpus.write(
            f"{number:03}.txt", article(f"第{number}篇", *(f"第{part}段说明{number}。" * 9 for part in range(9)))
        )


def test_a_build_in_several_processes_is_the_same_build(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(corpus)
    alone = corpus.build()
    with corpus.open() as index:
        hits = index.lexical(["说明", "42"], 20)
    corpus.path = corpus.path.with_name("together")
    monkeypatch.setattr("rag.index.sync._MUCH", 0)
    monkeypatch.setattr("rag.index.derive._SMALL", 0)
    monkeypatch.setattr("rag.index.workers._processors", lambda: 2)
    together = corpus.build()
    assert together.generation == alone.generation
    with corpus.open() as index:
        assert index.lexical(["说明", "42"], 20) == hits


def process_of(number: int) -> tuple[int, int]:
    if number == 99:
        raise ValueError("99 is too much")
    print("what a function prints is not an answer")
    return number, os.getpid()


def test_results_come_in_order_from_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.index.workers._processors", lambda: 2)
    with Workers(process_of, much=True) as workers:
        found = list(workers.map(range(40)))
        assert [batch for batch, _ in found] == [number for _, (number, _) in found] == list(range(40))
        processes = {process for _, (_, process) in found}
        assert os.getpid() not in processes
        with pytest.raises(ValueError, match="99"):
            list(workers.map([98, 99]))
        assert [batch for batch, _ in workers.map([1, 2])] == [1, 2], "a fault ends one batch, not the process"


def test_what_cannot_be_sent_is_done_here() -> None:
    with Workers(lambda number: number + 1, much=True) as workers:
        assert list(workers.map([1, 2])) == [(1, 2), (2, 3)]
