"""Readers and writers at the same time, in one process and in several."""

import fcntl
import shutil
import subprocess
import sys
import threading

import pytest
from indexed_corpus import Corpus, HashingEmbedder, article, current_folder, fill, flip
from reference_index import ReferenceIndex, assert_same

from rag._errors import JuzhengError
from rag.index import check_index, newest_generation


def test_a_second_writer_is_told_who_is_writing(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    hold = "import sys, pathlib; from rag.index import generations\n"
    hold += "with generations.writing(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(corpus.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        corpus.remove("00.txt")
        with pytest.raises(JuzhengError, match=rf"pid {other.pid}\b"):
            corpus.build()
        other.kill()
        other.wait()
        # the lock went with the process, though its file still names it
        assert str(other.pid) in (corpus.path / "writer.lock").read_text(encoding="utf-8")
        assert corpus.build().removed == 1


def test_a_reader_keeps_its_generation_while_others_are_published(corpus: Corpus) -> None:
    fill(corpus)
    first = corpus.build()
    with corpus.open() as index:
        held = index.folder
        for number in range(3):
            corpus.remove(f"{number:02}.txt")
            corpus.build()
            assert len(index.lexical(["投资"], 99)) == len(index.dense(index.vectors.vectors[0], 99)) == 12
            assert index.article(f"{number:02}.txt").id == f"{number:02}.txt"
        assert index.generation == first.generation != newest_generation(corpus.path)
        assert len(list(held.parent.iterdir())) == 2, "the generations in between are collected"
    corpus.remove("03.txt")
    corpus.build()
    assert not held.exists()


def test_an_open_reader_takes_up_a_repair(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(corpus)
    corpus.build()
    monkeypatch.setattr("rag.index.reader._SMALL", 0)  # as a large index: its checksums are not computed at open
    flip(current_folder(corpus) / "vectors.f32")
    with corpus.open() as damaged:
        assert damaged.newest() is damaged
        check_index(corpus.path, embedder=corpus.embedder, repair=True)
        with damaged.newest() as sound:
            assert sound.generation == damaged.generation, "what it says is the same"
            query = corpus.embedder.embed(["第5号项目"], "query")[0]
            assert_same(sound.dense(query, 99), ReferenceIndex(corpus).dense(query, 99), 1e-5)
            assert sound.newest() is sound
        assert damaged.folder.exists(), "a reader keeps what it holds"
    assert corpus.build().unchanged == 12
    assert not damaged.folder.exists()


def test_an_open_reader_takes_up_an_index_that_was_deleted_and_built_again(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    with corpus.open() as old:
        shutil.rmtree(corpus.path)
        assert old.newest() is old, "there is no other yet"
        corpus.remove("00.txt")
        corpus.build()
        with old.newest() as new:
            assert (new.name, new.manifest.articles) == (old.name, 11)
        corpus.embedder = HashingEmbedder(dimension=16, fingerprint="other-1")
        corpus.build()
        with pytest.raises(JuzhengError, match=r"other-1.*hashing-1"):
            old.newest()


def test_readers_open_while_generations_are_published_and_collected(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    faults: list[BaseException] = []
    done = threading.Event()

    def keep_opening() -> None:
        while not done.is_set():
            try:
                with corpus.open() as index:
                    assert len(index.lexical(["投资"], 99)) == index.manifest.passages
                    newest_generation(corpus.path)
            except BaseException as error:  # whatever it is, the test shall show it
                faults.append(error)
                return

    readers = [threading.Thread(target=keep_opening) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(12):
        corpus.write(f"{number:02}.txt", article("改", f"第{number}次修改，总投资{number}亿元。"))
        corpus.build()
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []


def test_a_stopped_process_keeps_no_reader_waiting(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    lock = current_folder(corpus) / "lexical" / ".tantivy-meta.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # as tantivy does while it opens an index
        with corpus.open() as index:
            assert len(index.lexical(["投资"], 3)) == 3


def test_a_reader_writes_nothing(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    before = {file: file.stat().st_mtime_ns for file in corpus.path.rglob("*")}
    with corpus.open() as index:
        index.lexical(["投资"], 3)
        index.article("00.txt")
    assert {file: file.stat().st_mtime_ns for file in corpus.path.rglob("*")} == before
