"""Builds that are killed, and disks that are full or cannot be written."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import kill_points
import pytest
from indexed_corpus import Corpus, article, fill, read

from rag._errors import JuzhengError
from rag.index import build_index, check_index, newest_generation


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
            assert held_open(corpus.path / "building") == [], "the next build would find itself locked out"
        assert newest_generation(corpus.path) == built.generation
        assert check_index(corpus.path, embedder=corpus.embedder) == []
        (small_disk / "ballast").unlink()
    assert len(said) >= 3
    assert all(str(corpus.path) in one for one in said)
    assert newest_generation(corpus.path) != built.generation
    assert check_index(corpus.path, embedder=corpus.embedder) == []


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
