"""The folder of an index: generations side by side, the pointer to the current one, and who may touch what.

    CURRENT                 the name of the current generation, replaced in one atomic step
    writer.lock             held (flock) by the one process that writes
    building/               work of an unfinished build, taken up by the next one
    generations/000001/     immutable; its manifest.json is locked (flock, shared) by every reader

A name is a counter, not a time: a clock set back harms nothing. The locks are the kernel's: they vanish with the
process that held them, however it died.
"""

import fcntl
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from rag._errors import JuzhengError
from rag.index.approximate import Lists
from rag.index.damage import DamagedError, OutdatedError

FORMAT = 2
MANIFEST = "manifest.json"
_CURRENT, _LOCK, _GENERATIONS = "CURRENT", "writer.lock", "generations"
BUILDING = "building"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds.

    ``generation`` is a digest of the content: the same corpus, model and chunker give the same one. ``checksums`` are
    the size in bytes and the SHA-256 of every other file. ``lists`` tells how approximate search was made and how good
    it is; None where search is exact. ``created`` is informative only.
    """

    format: int
    generation: str
    embedding: str
    fingerprint: str
    dimension: int
    recipe: str
    lexical: str
    articles: int
    passages: int
    files: int
    skipped: int
    created: str
    checksums: dict[str, tuple[int, str]]
    lists: Lists | None = None


@contextmanager
def complaining(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into words."""
    try:
        yield
    except sqlite3.Error as error:
        raise _unwritten(path, str(error)) from error
    except PermissionError as error:
        raise JuzhengError(
            f"没有写 {error.filename or path} 的权限；请用 --index 另给一个文件夹。(no permission to write the index)"
        ) from error
    except OSError as error:
        raise _unwritten(path, f"{error.strerror or error} {error.filename or ''}".strip()) from error


def _unwritten(path: Path, why: str) -> JuzhengError:
    return JuzhengError(
        f"索引 {path} 没有写成：{why}；原有的索引完好。请腾出空间或用 --index 另给一个文件夹，再运行一次，会接着做完。"
        "(writing failed, what was there is intact: make room and run it again)"
    )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Hold the lock of the one writer.

    Raises JuzhengError where another process holds it, with who that is and since when.
    """
    path.mkdir(parents=True, exist_ok=True)
    if not (path / _CURRENT).exists() and any(
        item.name not in (_LOCK, BUILDING, _GENERATIONS, _CURRENT + ".new") for item in path.iterdir()
    ):
        raise JuzhengError(
            f"索引文件夹必须是空的或已有索引，{path} 里是别的东西；请另给一个文件夹。(neither empty nor an index)"
        )
    with (path / _LOCK).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise JuzhengError(
                f"索引 {path} 正由另一进程写入（{file.read().strip() or '?'}）；请等它完成，或结束该进程，锁随之解除。"
                "(another process is writing the index)"
            ) from error
        # Whoever wrote this before is gone, or the kernel would not have given the lock.
        file.truncate(0)
        file.write(f"pid {os.getpid()}, {socket.gethostname()}, {time.strftime('%Y-%m-%d %H:%M:%S')}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def folder_of(path: Path, name: str) -> Path:
    """Return the folder of the generation ``name``."""
    return path / _GENERATIONS / name


def current(path: Path) -> str | None:
    """Return the name of the current generation, None where there is none yet."""
    try:
        name = (path / _CURRENT).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    if not (name.isdigit() and folder_of(path, name).is_dir()):
        raise DamagedError(path / _CURRENT, f"其中的 {name!r} 不存在")
    return name


def next_name(path: Path) -> str:
    """Return a name that no generation has had as long as one is left."""
    taken = names(path)
    return f"{int(taken[-1]) + 1 if taken else 1:06d}"


def checksums(folder: Path) -> dict[str, tuple[int, str]]:
    """Return size and SHA-256 of every file below ``folder`` but the manifest and locks."""
    return {
        file.relative_to(folder).as_posix(): (file.stat().st_size, checksum(file))
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != MANIFEST and file.suffix != ".lock"
    }


def checksum(file: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest with a digest of itself."""
    record = asdict(manifest)
    record["digest"] = _digest(record)
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest.

    Raises DamagedError, OutdatedError, or JuzhengError where it is of a newer format.
    """
    file = folder / MANIFEST
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        if record["format"] in range(FORMAT):
            raise OutdatedError(folder.parent.parent, record["format"], FORMAT)
        if record["format"] != FORMAT:
            raise JuzhengError(
                f"索引 {folder.parent.parent} 的格式是 {record['format']}，本版本只读格式 {FORMAT}；"
                "请使用建立它的版本，或用 --index 另给一个文件夹重建。(the index has a newer format)"
            )
        digest = record.pop("digest")
        if digest != _digest(record):
            raise ValueError("与其摘要不符")
        record["checksums"] = {name: (size, sha) for name, (size, sha) in record["checksums"].items()}
        record["lists"] = record.get("lists") and Lists(**record["lists"])
        return Manifest(**record)
    except FileNotFoundError as error:
        raise DamagedError(file, "文件不见了") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(file, str(error)) from error


def publish(path: Path, name: str) -> None:
    """Make the finished generation ``name`` the current one; it is on the disk before it is named."""
    folder = folder_of(path, name)
    for file in [*folder.rglob("*"), folder, folder.parent]:
        _sync(file)
    point(path, name)


def point(path: Path, name: str) -> None:
    """Name ``name`` as the current generation."""
    fresh = path / (_CURRENT + ".new")
    fresh.write_text(name + "\n", encoding="utf-8")
    _sync(fresh)
    fresh.replace(path / _CURRENT)
    _sync(path)


def names(path: Path) -> list[str]:
    """Return the names of all generations, finished or not, the oldest first."""
    return sorted(folder.name for folder in (path / _GENERATIONS).glob("*") if folder.name.isdigit())


def collect(path: Path) -> None:
    """Delete the generations that are not current and that no reader has open.

    Raises JuzhengError where it is not known which one is current.
    """
    keep = current(path)
    for folder in sorted((path / _GENERATIONS).glob("*")):
        if folder.name == keep:
            continue
        try:
            with (folder / MANIFEST).open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Under the lock: a reader that comes now finds the folder gone and takes the newer one.
                shutil.rmtree(folder)
        except FileNotFoundError:  # never finished, so never read
            shutil.rmtree(folder)
        except BlockingIOError:
            continue


def lease(path: Path) -> tuple[str, IO[bytes]]:
    """Return the name of the current generation and an open file that keeps it from being collected.

    Raises JuzhengError where there is no index.
    """
    while True:
        name = current(path)
        if name is None:
            raise JuzhengError(
                f"{path} 里没有索引；请先运行 juzheng build 文件夹 --index {path}。(no index there: build one)"
            )
        manifest = folder_of(path, name) / MANIFEST
        try:
            file = manifest.open("rb")
        except FileNotFoundError as error:
            if current(path) == name:
                raise DamagedError(manifest, "文件不见了") from error
            continue
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            # The folder may have been collected between the two steps.
            if manifest.exists():
                return name, file
        file.close()


def is_newest(path: Path, held: IO[bytes]) -> bool:
    """Tell whether the generation whose lease is ``held`` is the current one, or there is none any more.

    By the file, not by name or content: a repair publishes the same content, sound, under another name, and an index
    that was deleted and built again begins to count anew. The file that is held keeps its number.
    """
    name = current(path)
    if name is None:
        return True
    try:
        return os.path.samestat(os.fstat(held.fileno()), (folder_of(path, name) / MANIFEST).stat())
    except FileNotFoundError:  # collected, or deleted, in between
        return False


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(record: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True, default=list).encode()).hexdigest()
