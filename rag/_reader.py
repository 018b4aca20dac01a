"""Reads passages for a question: where the answer stands, whether there is one, and how well a passage fits.

A leaf: it imports no stage. It runs the reader in the package by onnxruntime, tokenizers and numpy alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one passage.

    ``score`` says how well the passage fits the question (a logit, comparable between passages of one question);
    ``answerable`` is the calibrated probability that it holds the answer; ``start`` and ``end`` give for each
    character of the passage's text the logit that the answer begins, or ends (inclusive), with it.
    """

    score: float
    answerable: float
    start: Scores
    end: Scores


class Reader(Protocol):
    """Anything that reads passages for a question."""

    @property
    def name(self) -> str: ...

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return one reading a passage, in their order."""
        ...


def spans(reading: Reading, k: int = 5, longest: int = 60) -> list[tuple[int, int, float]]:
    """Return the ``k`` best answer spans as (start, end, score), best first, ``end`` exclusive.

    ``score`` is the sum of the logits at both ends; no span is longer than ``longest`` characters.
    """
    length = len(reading.start)
    if not length:
        return []
    starts = np.argsort(-reading.start, kind="stable")[: 4 * k]
    found: list[tuple[int, int, float]] = []
    for start in map(int, starts):
        stop = min(length, start + longest)
        ends = np.argsort(-reading.end[start:stop], kind="stable")[:k] + start
        found += [(start, int(end) + 1, float(reading.start[start] + reading.end[end])) for end in ends]
    return sorted(found, key=lambda span: (-span[2], span[0], span[1]))[:k]


def load_reader(name: str = "embedded") -> Reader:
    """Return the reader ``name``; "embedded" is the one in the package."""
    raise NotImplementedError(name)
