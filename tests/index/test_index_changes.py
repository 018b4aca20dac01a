"""What has changed is found out, and nothing else is touched."""

import os
from pathlib import Path

import pytest
from indexed_corpus import Corpus, article, fill, read

from rag.index import add_files, check_index, remove_articles


def test_a_clock_set_back_hides_no_change(corpus: Corpus) -> None:
    fill(corpus)
    for file in corpus.files():
        os.utime(file.path, (2_000_000_000, 2_000_000_000))  # written in 2033
    corpus.build()
    before = corpus.files()[0].path.stat()
    corpus.write("00.txt", article("项目0", "第0号项目总投资99亿元。", date="2023-02"))
    assert corpus.files()[0].path.stat().st_size == before.st_size
    os.utime(corpus.files()[0].path, ns=(before.st_atime_ns, before.st_mtime_ns))  # same size, same time
    assert corpus.build().replaced == 1
    corpus.write("01.txt", article("项目1", "第1号项目总投资98亿元。", date="2023-02"))
    os.utime(corpus.files()[1].path, (1_000_000, 1_000_000))  # and now it is 1970
    assert corpus.build().replaced == 1


def test_articles_are_added_and_removed_without_the_rest_of_the_corpus(corpus: Corpus, tmp_path: Path) -> None:
    fill(corpus)
    corpus.build()
    file = Corpus(tmp_path).write("new.txt", article("新的", "甲虫研究所成立。"))
    added = add_files(corpus.path, [file], embedder=corpus.embedder, chunk=corpus.chunk, read=read, recipe="test-1")
    assert (added.added, added.unchanged) == (1, 12)
    removed = remove_articles(corpus.path, ["new.txt", "03.txt", "nobody"], embedder=corpus.embedder, recipe="test-1")
    assert (removed.removed, removed.unchanged) == (2, 11)
    with corpus.open() as index:
        assert index.lexical(["甲虫"], 5) == []
        with pytest.raises(KeyError):
            index.article("03.txt")
    assert remove_articles(corpus.path, ["nobody"], embedder=corpus.embedder, recipe="test-1").unchanged == 11
    report = corpus.build()
    assert (report.added, report.unchanged) == (1, 11), "the file of 03 is still there, so a build brings it back"
    assert check_index(corpus.path, embedder=corpus.embedder) == []
