"""What the benchmarks of the index measure with: time, memory, bytes on the disk, and lines of JSON that keep them."""

import json
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np


def say(work: Path, **facts: Any) -> None:
    """Print facts as one JSON line and keep it in ``work``."""
    line = json.dumps(facts, ensure_ascii=False)
    print(line, flush=True)
    with (work / "results.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def size_of(folder: Path) -> int:
    """Return how many bytes the files below ``folder`` have."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def peak() -> int:
    """Return the most memory that this process and any one of its children have held, in bytes."""
    return 1024 * sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def processor_seconds() -> float:
    """Return the seconds of processor time that this process and its ended children have had."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds."""
    return {f"p{q}": round(float(np.percentile(seconds, q)) * 1000, 2) for q in (50, 95, 99)}


def drop(folder: Path) -> None:
    """Ask the system to forget the files below ``folder``, so that the next reads come from the disk."""
    for file in folder.rglob("*"):
        if file.is_file():
            descriptor = os.open(file, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def timed(ask: Callable[[str], object], questions: list[str], threads: int) -> tuple[list[float], float]:
    """Return the seconds of each question and how many are answered in a second."""

    def one(question: str) -> float:
        started = time.perf_counter()
        ask(question)
        return time.perf_counter() - started

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        seconds = list(pool.map(one, questions))
    return seconds, len(questions) / (time.perf_counter() - started)


def bytes_read() -> int:
    """Return how many bytes this process has had fetched from the disk."""
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counters["read_bytes"])
