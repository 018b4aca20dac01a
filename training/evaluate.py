"""Prints how good the models in the package are, beside BM25 over the same data, as one table.

    python training/evaluate.py --data ../shared/data

The dev sets are those that ../shared/data/README.md keeps from training. ``--questions`` takes an even sample of each
set; the default takes what two cores do in about five minutes, ``--questions 0`` takes all.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from bm25 import BM25
from data import Question, kept_back, news, own_questions, questions, sample, twins, zh_en
from rich.console import Console
from rich.table import Table
from scoring import auroc, calibration_error, exact, overlap

from rag import Assistant
from rag._reader import EmbeddedReader, spans
from rag._resources import WEIGHTS
from rag.embeddings import load_embedder

Row = tuple[str, str, str, str]  # what, floor, bar, measured


def retrieval(data: Path, name: str, count: int, bar: str) -> list[Row]:
    """Return hit@1 of BM25, of the encoder and of the package's whole search, reader included."""
    embedder = load_embedder()
    items = questions(data, name)
    paragraphs = sorted({item.context for item in items})
    index, vectors = BM25(paragraphs), embedder.embed(paragraphs, "passage")
    hits: dict[str, list[bool]] = {"BM25": [], "encoder": [], "whole": [], "five": []}
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "paragraphs.jsonl"
        records = (json.dumps({"id": str(i), "text": text}) for i, text in enumerate(paragraphs))
        corpus.write_text("\n".join(records) + "\n", encoding="utf-8")
        with Assistant.build(corpus, index=Path(folder) / "index") as assistant:
            for item in sample(items, count):
                right = paragraphs.index(item.context)
                dense = vectors @ embedder.embed([item.question], "query")[0]
                found = assistant.search(item.question, k=5)
                ids = [hit.passage.article_id for hit in found]
                hits["BM25"].append(int(index.scores(item.question).argmax()) == right)
                hits["encoder"].append(int(dense.argmax()) == right)
                hits["whole"].append(ids[:1] == [str(right)])
                hits["five"].append(str(right) in ids)
    score = {key: float(np.mean(found)) for key, found in hits.items()}
    what = f"{name} as retrieval, {len(paragraphs)} paragraphs: hit@1 of the whole search"
    return [
        (what, f"BM25 {score['BM25']:.3f}", bar, f"{score['whole']:.3f}"),
        (
            "    hit@5 of the whole search; hit@1 of the encoder alone",
            "",
            "",
            f"{score['five']:.3f}; {score['encoder']:.3f}",
        ),
    ]


def titles(data: Path) -> list[Row]:
    """Return hit@1 of title -> text by the encoder, over all items and over those whose title is their own."""
    embedder = load_embedder()
    items = [item for item in news(data, "xwlb_2025h1") if item["title"] and item["text"]]
    texts = [item["text"] for item in items]
    named = [item["title"] for item in items]
    scores = embedder.embed(named, "query") @ embedder.embed(texts, "passage").T
    right = scores.argmax(1) == np.arange(len(items))
    unique = np.asarray([named.count(title) == 1 for title in named])
    index = BM25(texts)
    chosen = sorted(random.Random(0).sample(range(len(items)), 500))
    floor = np.asarray([index.scores(named[i]).argmax() == i for i in chosen])
    own = unique[chosen]
    return [
        ("xwlb_2025h1 title -> text, encoder alone, hit@1", f"BM25 {floor.mean():.3f}", "0.90", f"{right.mean():.3f}"),
        (
            f"    the {unique.sum()} titles borne by one item",
            f"BM25 {floor[own].mean():.3f}",
            "",
            f"{right[unique].mean():.3f}",
        ),
    ]


def translations(data: Path) -> list[Row]:
    """Return hit@1 of en -> zh on the pairs kept back."""
    embedder = load_embedder()
    held = zh_en(data)[1]
    chinese = [zh for zh, _ in held]
    nearest = embedder.embed([en for _, en in held], "query") @ embedder.embed(chinese, "passage").T
    right = np.mean([chinese[found] == chinese[i] for i, found in enumerate(nearest.argmax(1))])
    return [("zh_en, 1,000 pairs kept back, encoder alone, en -> zh hit@1", "", "0.60", f"{right:.3f}")]


def reading(reader: EmbeddedReader, data: Path, count: int) -> list[Row]:
    """Return F1 and EM of CMRC-dev, all answers and those with digits."""
    f1, em, digits = [], [], []
    for item in sample(questions(data, "cmrc_dev"), count):
        found = reader.read(item.question, [item.context])[0]
        start, end, _ = spans(found, 1)[0]
        answers = [item.context[low:high] for low, high in item.answers]
        f1.append(max(overlap(item.context[start:end], answer) for answer in answers))
        em.append(max(exact(item.context[start:end], answer) for answer in answers))
        digits.append(any(char.isdigit() for char in answers[0]))
    with_digits = np.asarray(f1)[np.asarray(digits)]
    return [
        (
            f"CMRC-dev reading, {len(f1)} questions, F1 / EM",
            "",
            "72 / 50",
            f"{100 * np.mean(f1):.1f} / {100 * np.mean(em):.1f}",
        ),
        ("    answers with digits, F1", "", "82", f"{100 * with_digits.mean():.1f}"),
    ]


def answerability(reader: EmbeddedReader, data: Path, count: int) -> list[Row]:
    """Return AUROC and calibration error of ``answerable`` on what is kept back of zh_squad2 and of our own.

    Of our own also how often a question is ahead of its twins, which the manner of asking does not tell from it.
    """

    @cache
    def answerable(item: Question) -> float:
        return reader.read(item.question, [item.context])[0].answerable

    rows: list[Row] = []
    own = own_questions(data)[1]
    for name, bar, held in (
        ("zh_squad2", "0.75", sample(kept_back(questions(data, "zh_squad2"))[1], count)),
        ("our own questions", "", sample(own, count)),
    ):
        labels = [bool(item.answers) for item in held]
        given = [answerable(item) for item in held]
        shared = [len(set(item.question) & set(item.context)) / len(set(item.question)) for item in held]
        rows += [
            (
                f"{name} kept back, {len(held)} questions: answerable, AUROC",
                f"shared characters {auroc(labels, shared):.3f}",
                bar,
                f"{auroc(labels, given):.3f}",
            ),
            ("    expected calibration error", "", "", f"{calibration_error(labels, given):.3f}"),
        ]
    near = twins(own)
    told = [item for item in own if item.id in near]
    ahead = [np.mean([answerable(item) > answerable(twin) for twin in near[item.id]]) for item in sample(told, count)]
    return [*rows, ("    of two alike the one with an answer is ahead", "", "", f"{np.mean(ahead):.3f}")]


def speed(reader: EmbeddedReader, data: Path) -> list[Row]:
    """Return the time to read 20 passages of 300 characters (median of ten), and passages embedded a second."""
    embedder = load_embedder()
    texts = [item["text"][:300] for item in news(data, "xwlb_2025h1", 600) if len(item["text"]) >= 300]
    taken = []
    for round_ in range(11):
        began = time.perf_counter()
        reader.read("今年新增就业多少万人?", texts[20 * round_ : 20 * round_ + 20])
        taken.append(time.perf_counter() - began)
    began = time.perf_counter()
    embedder.embed(texts * 5, "passage")
    pace = 5 * len(texts) / (time.perf_counter() - began)
    return [
        ("20 passages of 300 characters reranked and read", "", "< 250 ms", f"{1000 * np.median(taken[1:]):.0f} ms"),
        ("    passages of 300 characters embedded a second", "", "2,000", f"{pace:,.0f}"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--questions", type=int, default=400, help="of each set; 0 takes all")
    parser.add_argument("--only", nargs="*", help="some of: cmrc dureader titles translations reading answerable speed")
    parser.add_argument(
        "--weights", type=Path, default=WEIGHTS, help="of the reader, for reading, answerable and speed"
    )
    arguments = parser.parse_args()
    reader = EmbeddedReader(arguments.weights)
    data, count = arguments.data, arguments.questions
    parts: dict[str, Callable[[], list[Row]]] = {
        "cmrc": lambda: retrieval(data, "cmrc_dev", count, "0.95"),
        "dureader": lambda: retrieval(data, "dureader_robust_dev", count, "floor + 0.05"),
        "titles": lambda: titles(data),
        "translations": lambda: translations(data),
        "reading": lambda: reading(reader, data, count),
        "answerable": lambda: answerability(reader, data, count),
        "speed": lambda: speed(reader, data),
    }
    table = Table("what", "floor", "bar", "measured")
    for name, part in parts.items():
        if not arguments.only or name in arguments.only:
            for row in part():
                table.add_row(*row)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
