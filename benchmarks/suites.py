"""Public question sets over one index with the news behind them, and our scores on them.

    python benchmarks/suites.py --table docs/scores.md                   every set, 300 questions of each
    python benchmarks/suites.py cmrc --sample 0 --distractors 0          all of one set, without the news

Every paragraph of every set is an article of one corpus, OUT/corpus, together with ``--distractors`` web news of 2023,
and each question is asked of all of it: finding the paragraph is part of the task. The cases are in OUT/cases, the runs
in OUT/runs. What is there is not done again: a run that was interrupted goes on, one of another index, sample or
weights starts anew, and a set that is not named keeps its line of the table while its run is of the same index.

Only questions that the models did not learn from are asked: of the translated SQuAD the fifth of the paragraphs that
training/data.py keeps back, of DRCD the part that training/examples.py keeps from the reader (the encoder knows it).

Evidence is the sentence that holds the marked answer. A question that a set calls unanswerable is so for its own
paragraph; that nothing else in the corpus answers it is likely, and not checked.
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

from rag._errors import UsageError
from rag._text import fold, sentences
from rag.evaluation import Case, Cases, Quote, Run, evaluate, load_cases, load_run, save_cases
from rag.evaluation.terminal import NOTHING, shown, spread
from rag.workflow import Assistant

ROOT = Path(__file__).parents[1]
SEED = 2018
COLUMNS = ("correct", "hit@1", "hit@5", "right", "em", "f1", "cite_covers", "refusal_recall", "over_refusal")
NEWS = "news/web_news_2023"


@dataclass(frozen=True, slots=True)
class Suite:
    """A set of questions; ``origin`` is what a table of scores says of it.

    ``kept`` is the share of the paragraphs, and the seed of their choice, whose questions were kept from training;
    None where all were.
    """

    file: str
    origin: str
    kept: tuple[float, int] | None = None


SUITES = {
    "cmrc": Suite("mrc/cmrc_dev", "CMRC 2018 dev"),
    "drcd": Suite("mrc/drcd_dev", "DRCD dev（繁体）", kept=(0.03, 1)),
    "dureader": Suite("mrc/dureader_robust_dev", "DuReader-robust dev"),
    "squad": Suite("mrc/zh_squad2", "SQuAD 2.0 dev（机器翻译，过半无答案）", kept=(0.2, 0)),
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


def reading_cases(name: str, rows: list[dict[str, Any]]) -> tuple[list[Case], list[dict[str, str]]]:
    """Return the cases of a span-reading set and its paragraphs as records of a corpus, each paragraph once."""
    ids: dict[str, str] = {}
    cases = []
    for row in rows:
        source = ids.setdefault(row["context"], f"{name}-{len(ids):05}")
        quotes = dict.fromkeys(evidence_of(row["context"], answer["start"]) for answer in row["answers"])
        answers = tuple(dict.fromkeys(answer["text"] for answer in row["answers"]))
        kind = _kind(answers)
        cases.append(Case(row["id"], row["question"], answers, tuple(Quote(source, quote) for quote in quotes), kind))
    return cases, [{"id": source, "text": context} for context, source in ids.items()]


def _kind(answers: tuple[str, ...]) -> str:
    if not answers:
        return "unanswerable"
    return "figure" if any(char.isdigit() for answer in answers for char in answer) else "text"


def load(name: str, data: Path, sample: int = 0) -> tuple[list[Case], list[dict[str, Any]]]:
    """Return the cases of a suite, a seeded ``sample`` of them where it is not 0, and all its articles as records."""
    rows = list(records(data, SUITES[name].file))
    if name == "xwlb":
        cases, corpus = list(load_cases(ROOT / "evals" / "xwlb_2025h1.jsonl")), rows
    else:
        cases, corpus = reading_cases(name, rows)
        if SUITES[name].kept:
            asked = _kept_back(data, name)
            cases = [case for case, row in zip(cases, rows, strict=True) if fold(row["context"]) in asked]
    if 0 < sample < len(cases):
        drawn = set(random.Random(SEED).sample(range(len(cases)), sample))
        cases = [case for number, case in enumerate(cases) if number in drawn]
    return cases, corpus


def _kept_back(data: Path, name: str) -> set[str]:
    """Return the paragraphs, folded, that training kept back: by its own function."""
    sys.path.insert(0, str(ROOT / "training"))
    from data import kept_back, questions

    kept = SUITES[name].kept
    assert kept is not None
    return {item.context for item in kept_back(questions(data, Path(SUITES[name].file).name), *kept)[1]}


def save_records(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write ``rows`` to ``path`` as JSON lines; a file that holds them already is left alone."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def run_suite(cases: Cases, assistant: Assistant, folder: Path, workers: int) -> Run:
    """Evaluate the cases of a suite, going on with what ``folder`` holds of the same run, and say what it took."""
    started, used = time.perf_counter(), time.process_time()
    try:
        run = evaluate(cases, assistant, folder, workers=workers, progress=_progress)
    except UsageError:  # the folder is of another index, sample or weights
        shutil.rmtree(folder)
        run = evaluate(cases, assistant, folder, workers=workers, progress=_progress)
    took, used = time.perf_counter() - started, time.process_time() - used
    print(f"\r{cases.name}: {len(cases)} questions in {took:.0f} s, {used:.0f} s of processor time", file=sys.stderr)
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
            NOTHING if score.mean is None else f"{shown(score.mean, metric)} ({spread(score, metric)})"
            for metric, score in zip(COLUMNS, scores, strict=True)
        ]
        middle, late = run.seconds().get("total", (0.0, 0.0))
        errors = run.score("correct").errors
        lines.append(
            f"| {SUITES[name].origin} | {len(run.items)} | {errors} | {' | '.join(cells)} | {middle:.2f} | {late:.2f} |"
        )
    return "\n".join(lines) + "\n"


def preface(articles: int, news: int, sample: int, run: Run) -> str:
    """Return what stands above the table: what was asked of what, by which models."""
    weights = " ".join(f"{name} {digest[:8]}" for name, digest in run.about["weights"].items() if name[:6] == "reader")
    return f"""# Scores on public sets

`python benchmarks/suites.py --sample {sample} --distractors {news} --table docs/scores.md` · juzheng
{run.about["versions"]["juzheng"]}, {weights}

One index holds {articles:,} articles: every paragraph of every set, and {news:,} web news of 2023. Each question is
asked of all of it; in parentheses the 95 % interval. `hit@k` wants a passage that covers the sentence of the marked
answer, in its own paragraph: another one that says the same counts as a miss, and so does its citation. `em` and `f1`
are CMRC 2018's. No model learned from a question asked here, but the encoder knows DRCD's paragraphs. What the columns
mean: [evaluation.md](evaluation.md). Seconds are wall time, two questions at once on two cores.

"""


def main() -> None:
    """Read the arguments, build the index, ask, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SUITES)}; all where none is named")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("build/suites"))
    parser.add_argument("--sample", type=int, default=300, help="questions drawn from each set; 0 for all")
    parser.add_argument("--distractors", type=int, default=63668, help="news articles in the corpus")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--table", type=Path, help="file for the table of scores")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(SUITES):
        parser.error(f"a set is one of {', '.join(SUITES)}, not {', '.join(unknown)}")

    out: Path = arguments.out
    for folder in ("corpus", "cases", "runs"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    news = list(islice(records(arguments.data, NEWS), arguments.distractors))
    save_records(out / "corpus" / "news.jsonl", news)
    articles = len(news)
    for name in SUITES:
        cases, corpus = load(name, arguments.data, arguments.sample)
        save_records(out / "corpus" / f"{name}.jsonl", corpus)
        articles += len(corpus)
        if name in (arguments.names or SUITES):
            save_cases(cases, out / "cases" / f"{name}.jsonl")

    started = time.perf_counter()
    with Assistant.build(out / "corpus", index=out / "index") as assistant:
        print(f"{articles} articles indexed in {time.perf_counter() - started:.0f} s", file=sys.stderr)
        runs = {}
        for name in SUITES:
            folder = out / "runs" / name
            if name in (arguments.names or SUITES):
                runs[name] = run_suite(
                    load_cases(out / "cases" / f"{name}.jsonl"), assistant, folder, arguments.workers
                )
            elif (folder / "scores.json").is_file() and load_run(folder).about["index"] == assistant.index.generation:
                runs[name] = load_run(folder)
            if runs:
                text = preface(articles, len(news), arguments.sample, next(iter(runs.values()))) + table(runs)
                if arguments.table:
                    arguments.table.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
