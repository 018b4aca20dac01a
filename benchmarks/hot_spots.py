"""Where the time of a build and of an answer goes: py-spy's samples, summed by what is done.

    pip install py-spy
    python benchmarks/hot_spots.py build [--articles 8000] [--data ../shared/data] [--work build/scale]
    python benchmarks/hot_spots.py ask [--threads 1] [--questions 60] [--work build/scale]

``build`` indexes web news of 2023, helpers included; ``ask`` asks an index that ``scale.py build`` made. Samples are
of threads that run, so a share is one of processor time, and each counts for the innermost function of the table below
that it is in. ``ask`` also tells how many processors are busy, and how often a thread holds Python's lock: with all
processors busy more threads cannot answer more, whoever holds the lock.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

PARTS = {
    "build": [
        ("counting tokens for passages", ("count_tokens",)),
        ("embedding", ("embed (rag/embeddings.py", "embed_passages")),
        ("figures as search terms", ("rag/_figures/",)),
        ("cutting words", ("words (rag/_text.py",)),
        ("reading and cleaning", ("rag/articles/",)),
        ("cutting passages, but for counting", ("rag/chunks.py",)),
        ("reprints: signatures", ("signature_of",)),
        ("reprints: families", ("families (",)),
        ("keys and digests", ("rag/index/rows.py",)),
        ("SQLite", ("rag/index/store.py", "rag/index/editor.py")),
        ("tantivy", ("rag/index/lexical.py",)),
        ("checksums", ("checksum",)),
        ("vectors to disk", ("rag/index/dense.py", "rag/index/work.py")),
        ("passing between processes", ("rag/index/workers.py",)),
    ],
    "ask": [
        ("reader: network", ("_run (rag/_reader.py",)),
        ("reader: pieces and features", ("rag/_featurizer.py", "rag/_reader.py")),
        ("dense search", ("rag/index/dense.py",)),
        ("lexical search", ("rag/index/lexical.py",)),
        ("embedding the question", ("rag/embeddings.py",)),
        ("fetching passages", ("rag/index/store.py", "rag/index/reader.py", "rag/index/rows.py")),
        ("folding reprints", ("rag/index/duplicates.py",)),
        ("reading the question, scoring", ("rag/search/",)),
        ("drafting", ("rag/synthesis/",)),
        ("checking", ("rag/verification/",)),
    ],
}


def sampled(command: list[str], *, gil: bool = False) -> Counter[str]:
    """Return how many samples py-spy takes of each stack while ``command`` runs; frames are joined by semicolons."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "stacks"
        spy = ["py-spy", "record", "--format", "raw", "--rate", "50", "--subprocesses", "--nonblocking", "-o", str(out)]
        spy[0] = str(Path(sys.executable).with_name("py-spy"))
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        subprocess.run(
            [*spy, *(["--gil"] if gil else []), "--", sys.executable, *command],
            env=environment,
            check=True,
            stderr=subprocess.DEVNULL,
        )
        stacks: Counter[str] = Counter()
        for line in out.read_text(encoding="utf-8").splitlines():
            stack, _, count = line.rpartition(" ")
            stacks[stack] += int(count)
        return stacks


def part_of(stack: str, parts: list[tuple[str, tuple[str, ...]]]) -> str:
    """Return the part of the innermost frame that belongs to one."""
    for frame in reversed(stack.split(";")):
        for name, marks in parts:
            if any(mark in frame for mark in marks):
                return name
    return "the rest: starting, importing, waiting"


def table(stacks: Counter[str], what: str) -> str:
    """Return the share of each part as a Markdown table, the largest first."""
    shares: Counter[str] = Counter()
    for stack, count in stacks.items():
        shares[part_of(stack, PARTS[what])] += count
    total = shares.total()
    lines = [f"| {name} | {100 * count / total:.0f} % |" for name, count in shares.most_common()]
    return "\n".join([f"| of {total:,} samples | share |", "|---|---|", *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=PARTS)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--work", default="build/scale")
    parser.add_argument("--articles", default="8000")
    parser.add_argument("--questions", default="60")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--stacks", type=Path, help="file for the raw stacks, as flame graphs are made of")
    options = parser.parse_args()
    scale = str(Path(__file__).with_name("scale.py"))
    if options.what == "build":
        with tempfile.TemporaryDirectory() as work:
            command = [scale, "build", "--articles", options.articles, "--data", options.data, "--work", work]
            stacks = sampled(command)
    else:
        command = [scale, "ask", "--questions", options.questions, "--threads", options.threads]
        command += ["--work", options.work]
        stacks = sampled(command)
        held = sampled(command, gil=True).total()
        print(json.dumps({"threads": int(options.threads), "samples": stacks.total(), "holding_the_lock": held}))
    print(table(stacks, options.what))
    if options.stacks:
        options.stacks.write_text("".join(f"{stack} {count}\n" for stack, count in stacks.items()), encoding="utf-8")


if __name__ == "__main__":
    main()
