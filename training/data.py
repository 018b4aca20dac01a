"""Reads the training data: JSON lines, folded, with what is only for development kept apart."""

import hashlib
import json
import lzma
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag._text import fold

# Spans are read in these sets; zh_squad2 is split by paragraph, the rest are used whole.
READING = ("cmrc_train", "drcd_dev", "counterterror_train", "zh_squad2", "cail_dev")
NEWS = ("web_news_2023", "xwlb_2012_2024", "work_reports_1954_2022")
# The questions written for this project on passages of these data.
OWN = Path(__file__).parent / "questions" / "passages.jsonl"
KEPT_BACK = 0.2
_HELD = 0.03  # of each reading set, by paragraph, to choose checkpoints by
Habit = tuple[float, float]
# How many answers before and after one in the file tell the habit of who marked it.
_NEIGHBOURS = 40
# How often an answer ends in punctuation, and how often it repeats words of the question, where answers are marked
# barely: in counterterror_train, and much the same in the other sets but cmrc_train.
_BARE: Habit = (0.01, 0.23)
ZH_EN_KEPT_BACK = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """A question on a paragraph, both folded; ``answers`` are (start, end) in ``context``, none if it is silent.

    ``habit`` says how much more often than elsewhere who marked them takes in the full stop, and words of the question;
    ``trap`` is what a careless reader would answer where there is no answer, None where that is not known.
    """

    id: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...]
    habit: Habit = (0.0, 0.0)
    trap: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with a passage that does not belong to it, "" where none is known.

    Its ``twins`` are questions on its own passage that the same answer is wrong for.
    """

    item: Question
    rival: str
    twins: tuple[Question, ...] = ()


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
    return with_habits(found) if name == "cmrc_train" else found


def reading(data: Path, name: str, limit: int | None = None) -> tuple[list[Question], list[Question]]:
    """Return the questions of one of ``READING`` as (train, kept back); a fifth of zh_squad2 is in neither."""
    items = questions(data, name, limit)
    return kept_back(kept_back(items)[0] if name == "zh_squad2" else items, _HELD, seed=1)


def generated(path: Path) -> tuple[list[Asked], list[Question]]:
    """Return what ``generate.py`` made as (train, kept back): about 600 questions, spread over all articles."""
    made = []
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            spans = tuple((start, end) for start, end in record["answers"])
            made.append(Asked(Question(record["id"], record["question"], record["context"], spans), record["rival"]))
    held = [asked.item for asked in made[:: max(2, len(made) // 600)]]
    seen = {item.context for item in held}
    return [asked for asked in made if asked.item.context not in seen], held


def own_questions(data: Path, path: Path = OWN) -> tuple[list[Question], list[Question]]:
    """Return the questions of ``path``, on passages of the training data, as (train, kept back).

    A record names its ``text`` in a ``set`` by a hash, the passage in it by ``low`` and ``high``, and where in that the
    ``answer`` to each question starts and ends, or else, where it does not say, the ``trap``. What is on other texts
    is left out.
    """
    passages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    wanted = {(passage["set"], passage["text"]) for passage in passages}
    texts = {}
    for name in sorted({name for name, _ in wanted}):
        for text in _texts(data, name):
            key = name, digest(text)
            if key in wanted:
                texts[key] = text
    found: tuple[list[Question], list[Question]] = [], []
    for number, passage in enumerate(passages):
        text = texts.get((passage["set"], passage["text"]))
        for place, asked in enumerate(passage["questions"] if text else ()):
            spans = (tuple(asked["answer"]),) if asked["answer"] else ()
            trap = None if spans else tuple(asked["trap"])
            context = text[passage["low"] : passage["high"]]
            item = Question(f"own{number}-{place}", fold(asked["question"]), context, spans, trap=trap)
            found[passage["kept_back"]].append(item)
    return found


def twins(items: list[Question]) -> dict[str, tuple[Question, ...]]:
    """Return by the id of each answered question those on its passage that its answer would be the trap of, if any."""
    misses: dict[str, list[Question]] = {}
    for item in items:
        if item.trap:
            misses.setdefault(item.context, []).append(item)
    found = {}
    for item in items:
        for start, end in item.answers:
            near = misses.get(item.context, ())
            if tempted := tuple(miss for miss in near if miss.trap and start < miss.trap[1] and miss.trap[0] < end):
                found[item.id] = tempted
    return found


def digest(text: str) -> str:
    """Return what a folded text is named by in a file that does not hold it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _texts(data: Path, name: str) -> Iterator[str]:
    kind, _, part = name.partition("/")
    if kind == "news":
        yield from (item["text"] for item in news(data, part))
    else:
        yield from (fold(record["context"]) for record in records(data / name))


def with_habits(items: list[Question]) -> list[Question]:
    """Return ``items``, all answered, with the habits of who marked them, who show in what stands near in the file.

    CMRC-train was marked by many hands, a few hundred questions at a stretch: some mark 1973年, some 于1973年设立。
    The answers on an item's own paragraph do not count for it.
    """
    marks = np.array([_generous(item) for item in items], float).reshape(-1, 2)
    contexts = np.array([item.context for item in items])
    habits = []
    for place in range(len(items)):
        near = slice(max(0, place - _NEIGHBOURS), place + _NEIGHBOURS + 1)
        others = marks[near][contexts[near] != contexts[place]]
        habits.append(np.maximum(others.mean(0) - _BARE, 0) if len(others) else (0.0, 0.0))
    return [replace(item, habit=(float(stop), float(words))) for item, (stop, words) in zip(items, habits, strict=True)]


def _generous(item: Question) -> tuple[bool, bool]:
    """Return whether the answer ends in punctuation, and whether it has two characters in a row of the question."""
    start, end = item.answers[0]
    said = item.context[start:end]
    pairs = (item.question[at : at + 2] for at in range(len(item.question) - 1))
    return said[-1] in "。,;!?", any(pair.isalnum() and pair in said for pair in pairs)


def kept_back(items: list[Question], share: float = KEPT_BACK, seed: int = 0) -> tuple[list[Question], list[Question]]:
    """Split ``items`` into (train, kept back) so that no paragraph is in both."""
    contexts = sorted({item.context for item in items})
    random.Random(seed).shuffle(contexts)
    held = set(contexts[: round(len(contexts) * share)])
    return [item for item in items if item.context not in held], [item for item in items if item.context in held]


def sample(items: list[Question], count: int) -> list[Question]:
    """Return ``count`` of ``items``, all where it is 0, the same ones each time."""
    return items if not count or count >= len(items) else random.Random(0).sample(items, count)


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
