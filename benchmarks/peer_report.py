"""What peers.py has measured, as tables and a plot: of this run, or of earlier ones on the same corpus."""

import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peer_systems import SYSTEMS, Found, Record, lines_of

MEASURES = ("hit@1", "hit@5", "article@1")
MARKS = ("<!-- peers -->", "<!-- /peers -->")
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


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file of JSON lines."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def digest(folder: Path) -> str:
    """Return a digest of corpus and questions: results of others are not put in one table."""
    both = (folder / "records.jsonl").read_bytes() + (folder / "questions.jsonl").read_bytes()
    return hashlib.sha256(both).hexdigest()


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


HEAD = (
    ("", ""),
    ("version", "版本"),
    ("CMRC hit@1 / @5", "CMRC 首位 / 前五命中"),
    ("right article first", "首位即该文"),
    ("near-miss hit@1 / @5", "近似陷阱 首位 / 前五"),
    ("index, s", "建索引，秒"),
    ("question p50 / p95, ms", "每问 p50 / p95，毫秒"),
    ("peak MiB", "内存峰值 MiB"),
    ("lines", "代码行"),
)


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

    questions = list(lines(folder / "questions.jsonl"))
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
    rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for one in found:
        cells = []
        for hits in one.hits.values():
            low, high = interval(hits, binary=True)
            cells.append(f"{100 * sum(hits) / len(hits):.1f} ({100 * low:.0f}–{100 * high:.0f})")
        middle, late = (1000 * seconds for seconds in one.seconds)
        cells += [f"{one.characters:.0f}", f"{one.build_seconds:.1f}", f"{middle:.1f}", f"{late:.1f}"]
        cells += [f"{one.peak_bytes / 2**20:.0f}", str(one.lines)]
        rows.append(f"| {one.name} | {one.version} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def short_table(found: Sequence[Result], language: str) -> str:
    """Return what a README shows of the results, as a Markdown table with its head in ``language``, zh or en."""
    head = [both[("en", "zh").index(language)] for both in HEAD]
    rows = [f"| {' | '.join(head)} |", "|---|---|" + "---:|" * (len(head) - 2)]
    for one in found:
        share = {key: f"{100 * sum(hits) / len(hits):.1f}" for key, hits in one.hits.items()}
        middle, late = (1000 * seconds for seconds in one.seconds)
        cells = [
            one.name,
            one.version,
            f"{share['cmrc', 'hit@1']} / {share['cmrc', 'hit@5']}",
            share["cmrc", "article@1"],
            f"{share['near_miss', 'hit@1']} / {share['near_miss', 'hit@5']}",
            f"{one.build_seconds:.0f}",
            " / ".join(f"{ms:.0f}" if ms >= 10 else f"{ms:.1f}" for ms in (middle, late)),
            f"{one.peak_bytes / 2**20:.0f}",
            str(one.lines),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def into_readme(found: Sequence[Result], path: Path) -> None:
    """Put the short table between the two marks of a README, in the language that its name says."""
    before, mark, rest = path.read_text(encoding="utf-8").partition(f"{MARKS[0]}\n")
    _, end, after = rest.partition(MARKS[1])
    if not mark or not end:
        sys.exit(f"{path} has no {MARKS[0]} … {MARKS[1]}: put them where the table is to stand")
    language = "zh" if path.name.endswith(".zh.md") else "en"
    path.write_text(before + mark + short_table(found, language) + end + after, encoding="utf-8")


def plot(found: Sequence[Result], path: Path) -> None:
    """Draw article@1 with its interval and hit@5 of each system, a panel a set, and the time of a question."""
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
            hits = one.hits[of, "article@1"]
            low, high = interval(hits, binary=True)
            panel.plot([100 * low, 100 * high], [row, row], color=colour, linewidth=3, alpha=0.45)
            panel.plot(100 * sum(hits) / len(hits), row, "o", color=colour)
            deeper = one.hits[of, "hit@5"]
            panel.plot(100 * sum(deeper) / len(deeper), row, "|", color=colour, markersize=11, markeredgewidth=2)
        panel.set(
            title=f"{title}, {len(found[0].hits[of, 'hit@1'])} questions",
            xlim=(0, 101),
            xlabel="● right article first  | evidence in top 5, %",
        )
    for row, one, colour in zip(rows, found, colours, strict=True):
        low, high = (1000 * seconds for seconds in one.seconds)
        axes[2].plot([low, high], [row, row], color=colour, linewidth=3, alpha=0.45)
        axes[2].plot(low, row, "o", color=colour)
    axes[2].set(title="a question, processor time", xscale="log", xlabel="● p50 — p95, ms")
    axes[2].xaxis.set_major_formatter("{x:g}")
    axes[0].set_yticks(list(rows), [one.name for one in found])
    axes[0].invert_yaxis()
    for panel in axes:
        panel.grid(axis="x", color="#dfe3e9")
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.tick_params(axis="y", length=0)
    figure.savefig(path, dpi=110)
    plt.close(figure)
