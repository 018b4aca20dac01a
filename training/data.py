"""Reads the training data: JSON lines, folded, with what is only for development kept apart."""

import json
import lzma
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag._text import fold

# Spans are read in these sets; zh_squad2 is split by paragraph, the rest are used whole.
READING = ("cmrc_train", "drcd_dev", "counterterror_train", "zh_squad2", "cail_dev")
NEWS = ("web_news_2023", "xwlb_2012_2024", "work_reports_1954_2022")
KEPT_BACK = 0.2
ZH_EN_KEPT_BACK = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """A question on a paragraph, both folded; ``answers`` are (start, end) in ``context``, none if it is silent."""

    id: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with a passage that does not belong to it, "" where none is known."""

    item: Question
    rival: str


def records(path: Path, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the records of ``NAME.jsonl.xz``, at most ``limit`` of them."""
    with lzma.open(path.with_name(path.name + ".jsonl.xz"), "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if limit is not None and number >= limit:
                return
            yield json.loads(line)


def questions(data: Path, name: str, limit: int | None = None) -> list[Question]:
    """Return the questions of ``mrc/name``; answers that do not stand where their record says are left out."""
    found = []
    for record in records(data / "mrc" / name, limit):
        context = record["context"]
        spans = tuple(
            (answer["start"], answer["start"] + len(answer["text"]))
            for answer in record["answers"]
            if answer["text"] and context.startswith(answer["text"], answer["start"])
        )
        if spans or not record["answers"]:
            found.append(Question(record["id"], fold(record["question"]), fold(context), spans))
    return found


def kept_back(items: list[Question], share: float = KEPT_BACK, seed: int = 0) -> tuple[list[Question], list[Question]]:
    """Split ``items`` into (train, kept back) so that no paragraph is in both."""
    contexts = sorted({item.context for item in items})
    random.Random(seed).shuffle(contexts)
    held = set(contexts[: round(len(contexts) * share)])
    return [item for item in items if item.context not in held], [item for item in items if item.context in held]


def zh_en(data: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the (zh, en) pairs as (train, kept back): 1,000 pairs, none of whose sides is also in train."""
    pairs = [(fold(record["zh"]), fold(record["en"])) for record in records(data / "pairs" / "zh_en")]
    random.Random(0).shuffle(pairs)
    held: list[tuple[str, str]] = []
    seen: set[str] = set()
    for pair in pairs:
        if len(held) == ZH_EN_KEPT_BACK:
            break
        if not seen.intersection(pair):
            held.append(pair)
            seen.update(pair)
    return [pair for pair in pairs if not seen.intersection(pair)], held


def news(data: Path, name: str, limit: int | None = None) -> Iterator[dict[str, str]]:
    """Yield ``title``, ``brief`` and ``text`` (empty where there is none) of the news of ``news/name``, folded."""
    for record in records(data / "news" / name, limit):
        yield {
            "date": record.get("date", ""),
            **{key: fold(" ".join(record.get(key, "").split())) for key in ("title", "brief", "text")},
        }
