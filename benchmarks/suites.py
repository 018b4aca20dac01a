"""Public question sets as case files with a corpus beside them, and our scores on them.

    python benchmarks/suites.py cmrc [--data ../shared/data] [--out build/suites] [--sample 500] [--distractors 63668]
    python benchmarks/suites.py cmrc drcd dureader squad xwlb --run --table docs/scores.md

Writes OUT/NAME/cases.jsonl and OUT/NAME/corpus/*.jsonl. Every paragraph of a set is an article, and each question is
asked of all of them, so finding the paragraph is part of the task; ``--distractors`` adds that many web news articles
of 2023. ``--run`` builds an index over the corpus, evaluates, keeps the run in OUT/NAME/run, and prints a table of
the scores; ``--table`` writes it to a file. A run that was interrupted goes on.

Evidence is the sentence that holds the marked answer. A question that a set calls unanswerable is so for its own
paragraph; that no other paragraph answers it is likely, and not checked.
"""

import argparse
import json
import lzma
import random
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rag._text import sentences
from rag.evaluation import Case, Quote, Run, evaluate, load_cases, save_cases
from rag.evaluation.terminal import NOTHING, shown, spread

SEED = 2018
COLUMNS = ("correct", "hit@1", "hit@5", "right", "em", "f1", "cite_covers", "refusal_recall", "over_refusal")


@dataclass(frozen=True, slots=True)
class Suite:
    """A set of span-reading questions; ``origin`` is what a table of scores says of it."""

    file: str
    origin: str


SUITES = {
    "cmrc": Suite("mrc/cmrc_dev", "CMRC 2018 dev"),
    "drcd": Suite("mrc/drcd_dev", "DRCD dev（繁体）"),
    "dureader": Suite("mrc/dureader_robust_dev", "DuReader-robust dev"),
    "squad": Suite("mrc/zh_squad2", "SQuAD 2.0 dev（机器翻译，六成无答案）"),
    "xwlb": Suite("news/xwlb_2025h1", "新闻联播 2025 上半年，近似陷阱"),
}


def records(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield the records of a file of the data folder."""
    path = data / f"{name}.jsonl.xz"
    if not path.is_file():
        sys.exit(f"there is no {path}: give the data folder with --data")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def evidence_of(context: str, start: int) -> str:
    """Return the sentence of ``context`` at ``start``, without the space around it."""
    sentence = next(span for span in sentences(context) if span.start <= start < span.end)
    return sentence.of(context).strip()


def reading_cases(rows: list[dict[str, Any]]) -> tuple[list[Case], list[dict[str, str]]]:
    """Return the cases of a span-reading set and its paragraphs as records of a corpus, each paragraph once."""
    ids: dict[str, str] = {}
    cases = []
    for row in rows:
        source = ids.setdefault(row["context"], f"p{len(ids):05}")
        quotes = dict.fromkeys(evidence_of(row["context"], answer["start"]) for answer in row["answers"])
        answers = tuple(dict.fromkeys(answer["text"] for answer in row["answers"]))
        kind = _kind(answers)
        cases.append(Case(row["id"], row["question"], answers, tuple(Quote(source, quote) for quote in quotes), kind))
    return cases, [{"id": source, "text": context} for context, source in ids.items()]


def _kind(answers: tuple[str, ...]) -> str:
    if not answers:
        return "unanswerable"
    return "figure" if any(char.isdigit() for answer in answers for char in answer) else "text"


def make(name: str, data: Path, folder: Path, sample: int, distractors: int) -> None:
    """Write the cases and the corpus of a suite. The corpus is always whole; ``sample`` draws questions."""
    if name == "xwlb":
        cases = list(load_cases(Path(__file__).parents[1] / "evals" / "xwlb_2025h1.jsonl"))
        corpus = list(records(data, SUITES[name].file))
    else:
        cases, corpus = reading_cases(list(records(data, SUITES[name].file)))
    if 0 < sample < len(cases):
        kept = set(random.Random(SEED).sample(range(len(cases)), sample))
        cases = [case for number, case in enumerate(cases) if number in kept]
    shutil.rmtree(folder / "corpus", ignore_errors=True)
    (folder / "corpus").mkdir(parents=True)
    save_cases(cases, folder / "cases.jsonl")
    _save(folder / "corpus" / f"{name}.jsonl", corpus)
    if distractors:
        _save(folder / "corpus" / "news.jsonl", list(islice(records(data, "news/web_news_2023"), distractors)))
    print(f"{name}: {len(cases)} questions, {len(corpus)} articles + {distractors} news -> {folder}")


def _save(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def run_suite(folder: Path, workers: int) -> Run:
    """Build the index of a suite, evaluate its cases and say how long both took."""
    from rag import Assistant  # here, since making the files needs none of it

    started = time.perf_counter()
    with Assistant.build(folder / "corpus", index=folder / "index") as assistant:
        built = time.perf_counter()
        cases = load_cases(folder / "cases.jsonl")
        run = evaluate(cases, assistant, folder / "run", workers=workers, progress=_progress)
    asked = time.perf_counter()
    print(f"\n{cases.name}: built in {built - started:.0f} s, {len(cases)} questions in {asked - built:.0f} s")
    return run


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done % 100 == 0:
        print(f"\r{done}/{total}", end="", file=sys.stderr, flush=True)


def table(runs: dict[str, Run]) -> str:
    """Return the scores of the runs as a Markdown table, with the interval of each."""
    lines = [
        f"| set | n | errors | {' | '.join(COLUMNS)} | s/question p50 | p95 |",
        "|---" * (len(COLUMNS) + 5) + "|",
    ]
    for name, run in runs.items():
        scores = [run.score(metric) for metric in COLUMNS]
        cells = [
            NOTHING if score.mean is None else f"{shown(score.mean, metric)} <small>{spread(score, metric)}</small>"
            for metric, score in zip(COLUMNS, scores, strict=True)
        ]
        middle, late = run.seconds().get("total", (0.0, 0.0))
        errors = run.score("correct").errors
        lines.append(
            f"| {SUITES[name].origin} | {len(run.items)} | {errors} | {' | '.join(cells)} | {middle:.2f} | {late:.2f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the arguments and make, and where asked run, the suites."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=list(SUITES))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("build/suites"))
    parser.add_argument("--sample", type=int, default=0, help="questions drawn from each set; 0 for all")
    parser.add_argument("--distractors", type=int, default=0, help="news articles added to the corpus")
    parser.add_argument("--run", action="store_true", help="build an index, evaluate, print the scores")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--table", type=Path, help="file for the table of scores")
    arguments = parser.parse_args()

    runs = {}
    for name in arguments.names:
        make(name, arguments.data, arguments.out / name, arguments.sample, arguments.distractors)
        if arguments.run:
            runs[name] = run_suite(arguments.out / name, arguments.workers)
    if runs:
        print(table(runs))
        if arguments.table:
            arguments.table.write_text(table(runs), encoding="utf-8")


if __name__ == "__main__":
    main()
