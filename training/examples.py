"""What the reader is trained on: units of a question with one or two passages, drawn from all sets in given shares."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from altered import Alterations, silence
from bm25 import BM25
from data import READING, Asked, Habit, Question, generated, own_questions, questions, reading, twins
from numpy.typing import NDArray

from rag._featurizer import Encoded, Featurizer
from rag._text import sentences

# Shares of the sets that are written in Chinese, by what they teach; zh_squad2 is machine-translated, CAIL is legal,
# most of our own have no answer.
_WRITTEN = {
    "cmrc_train": 0.24,
    "drcd_dev": 0.08,
    "counterterror_train": 0.07,
    "zh_squad2": 0.18,
    "cail_dev": 0.03,
    "own": 0.4,
}
# Shares of the rest: of what is made of news, and of Japanese, which teaches the form of the task.
_OTHER = {"generated": 0.4, "restated": 0.35, "jaquad_train": 0.25}
# How long windows are, in characters, and how often. What decides stands near the answer, and attention's biases carry
# over to longer windows: most of the training is on short ones, which are cheap, and its end on such as are read.
Sizes = tuple[tuple[tuple[int, int], float], ...]
SHORT: Sizes = (((110, 220), 0.6), ((220, 330), 0.3), ((330, 500), 0.1))
LONG: Sizes = (((110, 220), 0.2), ((220, 330), 0.3), ((330, 580), 0.35), ((580, 960), 0.15))
# Of what people wrote in Chinese, so much is read under other names and figures, so much asks for another thing, and so
# much of the rest has lost the sentence that answers.
_DISGUISED = 0.5
_TWISTED = 0.15
_SILENT = 0.12


@dataclass(frozen=True, slots=True)
class Corruption:
    """What was done to each of the T characters of an example of bare news (``cloze.py``), -1 where that is not asked.

    ``hidden`` (T,) is the number of the character that stood there, ``exchanged`` (T,) whether it is another one now;
    ``true`` says that nothing of the sentence that stands for the question was exchanged.
    """

    hidden: NDArray[np.int64]
    exchanged: NDArray[np.int64]
    true: bool


@dataclass(frozen=True, slots=True)
class Example:
    """One window with its labels: inclusive span ends among ``encoded.chars``, -1 where it holds no answer.

    ``fits`` is 1 where the passage belongs to the question, 0 where it does not, -1 where that is not told;
    ``habit`` is of who marked the answer; ``corruption`` is of one made of bare news.
    """

    encoded: Encoded
    start: int
    end: int
    fits: int
    habit: Habit
    corruption: Corruption | None = None

    @property
    def answerable(self) -> bool:
        """Whether the passage says what the question asks for, or the sentence that stands for one."""
        return self.corruption.true if self.corruption else self.start >= 0


def alterations_of(train: dict[str, list[Asked]]) -> Alterations:
    """Return what alters the sets that people wrote in Chinese."""
    return Alterations(asked.item.context for name in _WRITTEN for asked in train[name])


def load(
    data: Path, made: Path, own: Path, tiny: bool = False
) -> tuple[dict[str, list[Asked]], dict[str, list[Question]]]:
    """Return the training sets by name, with hard negatives mined by BM25, and what is kept back of each."""
    train: dict[str, list[Asked]] = {}
    held: dict[str, list[Question]] = {}
    for name in READING:
        items, held[name] = reading(data, name, 300 if tiny else None)
        train[name] = _with_rivals(items)
    items, held["own"] = own_questions(data, own)
    train["own"] = _with_twins(_with_rivals(items))
    train["jaquad_train"] = [Asked(item, "") for item in questions(data, "jaquad_train", 300 if tiny else None)]
    asked, held["generated"] = generated(made)
    train["generated"] = [each for each in asked if not each.item.id.startswith("restated")]
    train["restated"] = [each for each in asked if each.item.id.startswith("restated")]
    return train, held


def _with_rivals(items: list[Question]) -> list[Asked]:
    contexts = sorted({item.context for item in items})
    index = BM25(contexts)
    rng = random.Random(0)
    asked = []
    for item in items:
        near = [contexts[i] for i in index.rank(item.question, 6) if contexts[i] != item.context]
        asked.append(Asked(item, rng.choice(near[:5]) if near else ""))
    return asked


def _with_twins(items: list[Asked]) -> list[Asked]:
    """Return ``items``, each question that has an answer with its twins, which are not asked alone then."""
    found = twins([asked.item for asked in items])
    met = {twin.id for near in found.values() for twin in near}
    return [replace(asked, twins=found.get(asked.item.id, ())) for asked in items if asked.item.id not in met]


def focus(item: Question) -> tuple[int, int]:
    """Return where in its paragraph the answer stands, or else what is likeliest to be taken for it."""
    if item.answers:
        return item.answers[0]
    if item.trap:
        return item.trap
    asked = {item.question[at : at + 2] for at in range(len(item.question) - 1)}
    text = item.context
    found = max(
        sentences(text),
        key=lambda s: sum(text[at : at + 2] in asked for at in range(s.start, s.end - 1)),
        default=None,
    )
    return (found.start, found.end) if found else (0, 0)


def crop(item: Question, rng: random.Random, sizes: Sizes = SHORT) -> tuple[str, int, int]:
    """Return a window of the paragraph about its focus, and the place of the answer there (-1, -1 without one)."""
    size = rng.randint(*rng.choices([bounds for bounds, _ in sizes], [share for _, share in sizes])[0])
    text = item.context
    start, end = focus(item)
    low, high = max(0, end - size), min(start, max(0, len(text) - size))
    first = rng.randint(min(low, high), max(low, high)) if len(text) > size else 0
    if rng.random() < 0.5:
        # Passages begin with a sentence.
        sentence = text.rfind("。", first, start) + 1
        first = sentence or first
    window = text[first : first + size]
    if not item.answers or end > first + size:
        return window, -1, -1
    return window, start - first, end - first


def pool(
    train: dict[str, list[Asked]],
    alterations: Alterations,
    featurizer: Featurizer,
    number: int,
    *,
    real: float,
    sizes: Sizes,
    size: int,
) -> list[list[Example]]:
    """Return pool ``number`` of ``size`` units; a share ``real`` of them is written by people, in Chinese.

    Of those some are altered: read under other names, or asked for what their passage does not say. A question with
    twins comes with one of them, on the same window.
    """
    rng = random.Random(number)
    shares = {name: real * share for name, share in _WRITTEN.items()}
    shares |= {name: (1 - real) * share for name, share in _OTHER.items()}
    units = []
    for _ in range(size):
        name = rng.choices(list(shares), list(shares.values()))[0]
        asked = rng.choice(train[name])
        twin = rng.choice(asked.twins) if asked.twins else None
        written = name in _WRITTEN and twin is None
        unanswered = None
        if written and asked.item.answers and rng.random() < _TWISTED:
            unanswered = alterations.twist(asked, rng)
        asked = unanswered or asked
        if written and rng.random() < _DISGUISED:
            asked = alterations.disguise(asked, rng)
        if written and asked.item.answers and not unanswered and rng.random() < _SILENT:
            unanswered = silence(asked)
            asked = unanswered or asked
        text, start, end = crop(asked.item, rng, sizes)
        ends = "?？。 " if rng.random() < 0.2 else ""  # of questions, left out at times
        question = asked.item.question.rstrip(ends)
        unit, habit = [], asked.item.habit
        texts = [text]
        if asked.rival and asked.item.answers and not unanswered and twin is None and rng.random() < 0.3:
            texts.append(crop(Question("", question, asked.rival, ()), rng, sizes)[0])
        for number_in_unit, windows in enumerate(featurizer.windows(question, texts)):
            encoded = windows[0]
            if number_in_unit:
                unit.append(Example(encoded, -1, -1, 0, habit))
            elif unanswered:
                unit.append(Example(encoded, -1, -1, -1, habit))
            elif start >= 0 and end <= encoded.length:
                first, last = encoded.passage_at + start, encoded.passage_at + end - 1
                unit.append(Example(encoded, first, last, 1, habit))
            elif not asked.item.answers:
                unit.append(Example(encoded, -1, -1, 0 if asked.item.id.endswith("-without") else -1, habit))
        if unit and twin:
            unit.append(Example(featurizer.windows(twin.question.rstrip(ends), [text])[0][0], -1, -1, -1, habit))
        if unit:
            units.append(unit)
    return units


def batches(units: list[list[Example]], rng: np.random.Generator, most: int) -> Iterator[list[list[Example]]]:
    """Yield batches of units of about one length, of at most ``most`` padded characters, in random order."""

    def length(unit: list[Example]) -> int:
        return max(len(example.encoded.chars) for example in unit)

    ordered = sorted(units, key=length)
    made: list[list[list[Example]]] = [[]]
    rows = 0
    for unit in ordered:
        if rows and (rows + len(unit)) * length(unit) > most:
            made.append([])
            rows = 0
        made[-1].append(unit)
        rows += len(unit)
    for index in rng.permutation(len(made)):
        yield made[int(index)]
