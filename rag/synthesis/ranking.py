"""How likely a candidate is the answer: its clues, weighed by a learned model and by rules."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from rag._resources import WEIGHTS
from rag._text import fold
from rag.search.matching import Term
from rag.search.query import Part, Query
from rag.search.translation import is_english
from rag.synthesis.candidates import Candidate
from rag.synthesis.clues import FEATURES, Vector, features
from rag.synthesis.rules import by_rules

GROUPS = {"figure": "figure", "duration": "figure", "date": "date", "statement": "sentence", "reason": "sentence"}
GROUPS |= {"definition": "sentence"}  # all others are phrases


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its features and the probability that it is the answer."""

    candidate: Candidate
    features: Vector
    score: float
    probability: float


def group_of(part: Part) -> str:
    """Return which of the learned models judges the candidates of ``part``."""
    return GROUPS.get(part.asks, "phrase")


@dataclass(frozen=True, slots=True)
class Model:
    """A small network: ``direct`` · x + ``output`` · tanh(``hidden`` x + ``shift``) for the features x of a candidate.

    Shapes: direct (n,), hidden (units, n), shift and output (units,), n = len(FEATURES).
    """

    direct: Sequence[float]
    hidden: Sequence[Sequence[float]]
    shift: Sequence[float]
    output: Sequence[float]

    def scores(self, rows: Vector) -> Vector:
        """Return the scores, (candidates,), of features, (candidates, n)."""
        bent = np.tanh(rows @ np.asarray(self.hidden).T + np.asarray(self.shift))
        return np.asarray(rows @ np.asarray(self.direct) + bent @ np.asarray(self.output))

    def to_dict(self) -> dict[str, Any]:
        """Return the network as plain lists, weights of the features by name, to four decimals."""
        return {
            "direct": {name: round(value, 4) for name, value in zip(FEATURES, self.direct, strict=True)},
            "hidden": [[round(value, 4) for value in row] for row in self.hidden],
            "shift": [round(value, 4) for value in self.shift],
            "output": [round(value, 4) for value in self.output],
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "Model":
        """Return the network that ``to_dict`` wrote."""
        direct = [stored["direct"][name] for name in FEATURES]
        return cls(direct, stored["hidden"], stored["shift"], stored["output"])


@cache
def _models() -> dict[str, Model]:
    stored = json.loads((WEIGHTS / "ranker.json").read_text(encoding="utf-8"))
    return {group: Model.from_dict(entry["model"]) for group, entry in stored.items()}


def rank(
    query: Query,
    part: Part,
    terms: Sequence[Term],
    found: Sequence[Candidate],
    heirs: Sequence[tuple[Candidate, Candidate]] = (),
) -> list[Scored]:
    """Return the candidates with their probability of being right, the likeliest first, ties in reading order.

    The probabilities and that of "not stated", a null candidate of score 0, sum to 1. Candidates that say the same, in
    several sentences or articles, are right together: each has the sum of their probabilities. Of ``heirs``, pairs of a
    candidate that was taken back and one of ``found``, the second answers at least as well as the first did.
    """
    if not found:
        return []
    everyone = [*found, *(old for old, _ in heirs)]
    best_page = max(candidate.page.reading.score for candidate in everyone)
    rows = np.stack([features(query, part, terms, candidate, best_page) for candidate in everyone])
    scores = _models()[group_of(part)].scores(rows) + by_rules(query, part, everyone, rows)
    if query.language == "zh":
        scores += _ABROAD * np.array([is_english(candidate.page.text) for candidate in everyone])
    for number, (_, heir) in enumerate(heirs, len(found)):
        place = next(place for place, candidate in enumerate(found) if candidate is heir)
        if scores[number] > scores[place]:
            scores[place], rows[place] = scores[number], rows[number]
    rows, scores = rows[: len(found)], scores[: len(found)]
    top = max(float(scores.max()), 0.0)
    chances = np.exp(scores - top) / (np.exp(scores - top).sum() + np.exp(-top))
    together: dict[str, float] = {}
    for candidate, chance in zip(found, chances, strict=True):
        together[_said(candidate)] = together.get(_said(candidate), 0.0) + float(chance)
    scored = [
        Scored(candidate, row, float(score), together[_said(candidate)])
        for candidate, row, score in zip(found, rows, scores, strict=True)
    ]
    # A figure that is told twice is surer than one told once; a person is named again for other reasons.
    worth = [
        item.probability if item.candidate.quantity else float(chance)
        for item, chance in zip(scored, chances, strict=True)
    ]
    return [item for _, item in sorted(zip(worth, scored, strict=True), key=lambda pair: (-pair[0], -pair[1].score))]


# What a candidate in English gains under a question in Chinese: a translation says at most 0.85 of a word, many words
# have none, and the model was fitted on Chinese.
_ABROAD = 1.0


def stated(ranked: Sequence[Scored]) -> float:
    """Return the probability that any of the candidates is right: that the passages say what was asked."""
    return sum({_said(item.candidate): item.probability for item in ranked}.values())


def _said(candidate: Candidate) -> str:
    """Return what a candidate says, the same for the same figure however it is written."""
    quantity = candidate.quantity
    if quantity is None or quantity.value is None:
        return fold(candidate.text)
    return f"{quantity.value}~{quantity.high}{quantity.unit}"
