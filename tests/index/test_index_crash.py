"""The index cannot lie: killed builds, full disks, damaged files, several processes at once."""

import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import kill_points
import pytest
from indexed_corpus import Corpus, HashingEmbedder, article, read
from reference_index import ReferenceIndex, assert_same

from rag._errors import JuzhengError
from rag.index import add_files, build_index, check_index, generations, newest_generation, open_index, remove_articles


def fill(corpus: Corpus, count: int = 12) -> None:
    for number in range(count):
        corpus.write(
            f"{number:02}.txt", article(f"项目{number}", f"第{number}号项目总投资{number}7亿元。", date="2023-02")
        )


def current_folder(corpus: Corpus) -> Path:
    name = generations.current(corpus.path)
    assert name is not None
    return generations.folder_of(corpus.path, name)


def test_a_build_killed_at_any_point_leaves_the_old_index_or_the_new_one(ram: Path) -> None:
    found = kill_points.run(ram, points=25, seed=7)
    assert found["old"], "no kill came before the switch"


def test_what_a_killed_build_has_embedded_is_not_embedded_again(corpus: Corpus) -> None:
    fill(corpus)

    def dying_read(file):  # type: ignore[no-untyped-def]
        if file.source == "11.txt":
            raise KeyboardInterrupt
        return read(file)

    for number in range(300):  # more than one batch
        corpus.write(
            f"00-{number:03}.txt", article("长", *(f"第{number}号第{part}段：" + "说明" * 25 for part in range(8)))
        )
    with pytest.raises(KeyboardInterrupt):
        build_index(
            corpus.path, corpus.files(), embedder=corpus.embedder, chunk=corpus.chunk, read=dying_read, recipe="test-1"
        )
    already = corpus.embedder.embedded
    assert already > 500
    report = corpus.build()
    with corpus.open() as index:
        assert corpus.embedder.embedded == index.manifest.passages, "each passage once, over both builds"
        assert report.added == index.manifest.articles == 312
    assert check_index(corpus.path, embedder=corpus.embedder) == []


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content)


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


@pytest.mark.parametrize("damage", [flip, cut])
def test_damage_to_any_file_is_named_and_never_answered_from(corpus: Corpus, tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    fill(corpus)
    built = corpus.build()
    folder = current_folder(corpus)
    files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file() and file.stat().st_size]
    assert {"articles.sqlite", "keys.i64", "vectors.f32", "manifest.json", "lexical/meta.json"} <= set(map(str, files))
    sound = tmp_path / "sound"
    shutil.copytree(corpus.path, sound)
    for file in files:
        shutil.rmtree(corpus.path)
        shutil.copytree(sound, corpus.path)
        damage(folder / file)
        with pytest.raises(JuzhengError) as raised:
            corpus.open()
        assert file.name in str(raised.value)
        faults = check_index(corpus.path, embedder=corpus.embedder)
        assert str(file) in {fault.file for fault in faults}
        if file.name not in ("articles.sqlite", "manifest.json"):
            embedded = corpus.embedder.embedded
            repaired = check_index(corpus.path, embedder=corpus.embedder, repair=True)
            assert all(fault.repaired for fault in repaired)
            assert check_index(corpus.path, embedder=corpus.embedder) == []
            if file.parent.name == "lexical":
                assert corpus.embedder.embedded <= embedded + 4 * 12, "sound vectors are kept"
        report = corpus.build()
        assert (report.generation, report.unchanged + report.added) == (built.generation, 12)
        assert check_index(corpus.path, embedder=corpus.embedder) == []


def test_a_flipped_bit_in_a_text_is_noticed_when_it_is_read(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(corpus)
    corpus.build()
    monkeypatch.setattr("rag.index.reader._SMALL", 0)  # as a large index: its checksums are not computed at open
    file = current_folder(corpus) / "articles.sqlite"
    content = file.read_bytes()
    assert content.count("第5号项目总投资57亿元".encode()) == 2  # in the article and in its passage
    file.write_bytes(content.replace("总投资57亿元".encode(), "总投资97亿元".encode()))
    with corpus.open() as index:
        keys = [key for key, _ in index.lexical(["投资"], 20)]
        with pytest.raises(JuzhengError, match=r"articles\.sqlite"):
            index.passages(keys)
        with pytest.raises(JuzhengError, match=r"articles\.sqlite"):
            index.article("05.txt")
        assert index.article("06.txt").id == "06.txt"
    (fault,) = check_index(corpus.path, embedder=corpus.embedder)
    assert fault.file == "articles.sqlite"
    assert "12 篇文章中 11 篇" in fault.what


def test_vectors_of_other_texts_are_noticed_though_the_checksums_fit(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    folder = current_folder(corpus)
    file = folder / "vectors.f32"
    row = corpus.embedder.dimension * 4
    content = file.read_bytes()
    file.write_bytes(content[row:] + content[:row])  # the classic: every id is one off
    manifest = generations.read_manifest(folder)
    manifest.checksums["vectors.f32"] = (len(content), generations.checksum(file))
    generations.write_manifest(folder, manifest)
    (fault,) = check_index(corpus.path, embedder=corpus.embedder)
    assert fault.file == "vectors.f32"


def test_a_damaged_pointer_is_named_and_repaired(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    for content in (b"", b"0000", b"\xff\xfe\x00"):
        (corpus.path / "CURRENT").write_bytes(content)
        with pytest.raises(JuzhengError, match="CURRENT"):
            corpus.open()
        assert [fault.file for fault in check_index(corpus.path, embedder=corpus.embedder)] == ["CURRENT"]
        assert all(fault.repaired for fault in check_index(corpus.path, embedder=corpus.embedder, repair=True))
        corpus.open().close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty file system of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def held_open(folder: Path) -> list[Path]:
    """Return the files below ``folder`` that this process holds open."""
    held = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the list itself
            held.append(descriptor.readlink())
    return [file for file in held if file.is_relative_to(folder)]


def test_a_full_disk_is_said_and_harms_nothing(corpus: Corpus, small_disk: Path) -> None:
    corpus.path = small_disk / "index"
    fill(corpus)
    built = corpus.build()
    corpus.write("00.txt", article("新的", *(f"第{number}段新的内容。" * 9 for number in range(40))))
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    said = []
    # With more and more room left, now this step of the build fails, now that.
    for room in range(0, free, 20_000):
        (small_disk / "ballast").write_bytes(b"x" * (free - room))
        try:
            corpus.build()
            break
        except JuzhengError as error:
            said.append(str(error))
        assert newest_generation(corpus.path) == built.generation
        assert check_index(corpus.path, embedder=corpus.embedder) == []
        (small_disk / "ballast").unlink()
    assert len(said) >= 3
    assert all(str(corpus.path) in one for one in said)
    assert newest_generation(corpus.path) != built.generation
    assert check_index(corpus.path, embedder=corpus.embedder) == []


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


def test_an_index_of_another_model_is_refused_and_made_anew_by_a_build(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    corpus.embedder = HashingEmbedder(dimension=16, fingerprint="other-1")
    with pytest.raises(JuzhengError, match=r"hashing-1.*other-1"):
        corpus.open()
    with pytest.raises(JuzhengError, match="other-1"):
        check_index(corpus.path, embedder=corpus.embedder)
    with pytest.raises(JuzhengError, match="other-1"):
        remove_articles(corpus.path, ["00.txt"], embedder=corpus.embedder, recipe="test-1")
    assert corpus.build().added == 12
    with corpus.open() as index:
        assert index.vectors.vectors.shape == (12, 16)


def test_an_index_of_a_newer_format_is_refused(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    manifest = current_folder(corpus) / "manifest.json"
    record = json.loads(manifest.read_text(encoding="utf-8"))
    record["format"] = 99
    manifest.write_text(json.dumps(record), encoding="utf-8")
    for refused in (corpus.open, corpus.build, lambda: check_index(corpus.path, embedder=corpus.embedder)):
        with pytest.raises(JuzhengError, match="99"):
            refused()
    assert json.loads(manifest.read_text(encoding="utf-8")) == record, "what a newer version has built is left alone"


def test_an_index_of_an_older_format_is_refused_and_made_anew_by_a_build(corpus: Corpus) -> None:
    fill(corpus)
    built = corpus.build()
    manifest = current_folder(corpus) / "manifest.json"
    manifest.write_text('{"format": 1, "of": "another time"}', encoding="utf-8")
    add = {"embedder": corpus.embedder, "recipe": "test-1"}
    for refused in (
        corpus.open,
        lambda: check_index(corpus.path, embedder=corpus.embedder, repair=True),
        lambda: remove_articles(corpus.path, ["00.txt"], **add),  # type: ignore[arg-type]
    ):
        with pytest.raises(JuzhengError, match=r"1，.*juzheng build"):
            refused()
    report = corpus.build()
    assert (report.generation, report.added) == (built.generation, 12)
    assert report.healed is not None
    assert "older format" in report.healed
    assert check_index(corpus.path, embedder=corpus.embedder) == []


def test_a_folder_of_something_else_is_neither_read_nor_written(corpus: Corpus, tmp_path: Path) -> None:
    fill(corpus)
    other = tmp_path / "photos"
    with pytest.raises(JuzhengError, match="photos"):
        open_index(other, embedder=corpus.embedder)
    assert newest_generation(other) is None
    other.mkdir()
    (other / "holiday.jpg").write_bytes(b"...")
    with pytest.raises(JuzhengError, match="photos"):
        open_index(other, embedder=corpus.embedder)
    with pytest.raises(JuzhengError, match="photos"):
        build_index(other, corpus.files(), embedder=corpus.embedder, chunk=corpus.chunk, read=read)
    assert [file.name for file in other.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("fault", [errno.EACCES, errno.EROFS])
def test_a_folder_that_cannot_be_written_is_said(corpus: Corpus, monkeypatch: pytest.MonkeyPatch, fault: int) -> None:
    # The tests may run as root, whom no mode of a folder stops: the fault is put in at the system's edge.
    fill(corpus)

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(fault, os.strerror(fault), str(corpus.path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(JuzhengError, match="index"):
        corpus.build()


def test_an_index_on_a_read_only_medium_is_read(corpus: Corpus, small_disk: Path) -> None:
    fill(corpus)
    corpus.path = small_disk / "index"
    corpus.build()
    before = {file: file.stat().st_mtime_ns for file in corpus.path.rglob("*")}
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with corpus.open() as index:
        assert len(index.lexical(["投资"], 3)) == 3
        assert index.article("00.txt").id == "00.txt"
    assert check_index(corpus.path, embedder=corpus.embedder) == []
    with pytest.raises(JuzhengError, match="index"):
        corpus.build()
    assert {file: file.stat().st_mtime_ns for file in corpus.path.rglob("*")} == before


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
