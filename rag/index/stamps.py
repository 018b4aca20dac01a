"""When a corpus file is known to be unchanged: by its size and times, or else by its bytes."""

import hashlib
import time

from rag.articles.files import CorpusFile
from rag.index.store import Store


def is_known(content: Store, file: CorpusFile) -> bool:
    """Tell whether ``file`` is as it was when it was read for ``content``."""
    record = content.file(file.source)
    if record is None:
        return False
    stamp = stamp_of(file)
    return bool((stamp and stamp == record.stamp) or (record.digest and record.digest == digest_of(file)))


def times_of(file: CorpusFile) -> str:
    """Return what of a file changes when it is written: its size and times; empty where it cannot be told."""
    try:
        stat = file.path.stat()
    except OSError:
        return ""
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"


def stamp_of(file: CorpusFile) -> str:
    """Return by what a file is known to be unchanged without being read; empty where it must be read.

    A file written in the last two seconds, by whatever clock, may be written again within the same tick.
    """
    times = times_of(file)
    return times if times and abs(time.time_ns() - int(times.split()[1])) > 2_000_000_000 else ""


def digest_of(file: CorpusFile) -> str:
    """Return the SHA-256 of a file, in hex; empty where it cannot be read."""
    try:
        with file.path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def size_of(file: CorpusFile) -> int:
    """Return the bytes of a file, 0 where it cannot be told."""
    try:
        return file.path.stat().st_size
    except OSError:
        return 0
