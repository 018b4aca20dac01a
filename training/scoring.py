"""Scores of readers and rankings: pure functions, as the sources of the dev sets define them."""

import re
from collections.abc import Sequence

import numpy as np

from rag._text import fold

_TOKEN = re.compile(r"[a-z]+|\d+|\w")


def tokens(text: str) -> list[str]:
    """Return the units CMRC 2018 counts: Han characters, Latin words and numbers, punctuation left out."""
    return _TOKEN.findall(fold(text))


def overlap(said: str, answer: str) -> float:
    """Return F1 over the longest common run of units (CMRC 2018's official measure)."""
    one, other = tokens(said), tokens(answer)
    if not one or not other:
        return float(one == other)
    longest = 0
    previous = [0] * (len(other) + 1)
    for unit in one:
        current = [0]
        for place, opposite in enumerate(other):
            current.append(previous[place] + 1 if unit == opposite else 0)
        longest = max(longest, *current)
        previous = current
    return 2 * longest / (len(one) + len(other))


def exact(said: str, answer: str) -> float:
    """Return 1.0 where both are the same but for punctuation, width, case and script."""
    return float(tokens(said) == tokens(answer))


def auroc(labels: Sequence[bool], scores: Sequence[float]) -> float:
    """Return the chance that a true item outscores a false one, ties counting half; 0.5 where one kind is missing."""
    truth = np.asarray(labels, bool)
    values = np.asarray(scores)
    positive, negative = values[truth], np.sort(values[~truth])
    if not len(positive) or not len(negative):
        return 0.5
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
    return float(below.mean() / 2 / len(negative))


def calibration_error(labels: Sequence[bool], probabilities: Sequence[float], bins: int = 10) -> float:
    """Return the expected calibration error over ``bins`` bins of equal width."""
    truth, given = np.asarray(labels, float), np.asarray(probabilities)
    places = np.minimum((given * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(truth[places == b].mean() - given[places == b].mean()) * (places == b).mean() for b in np.unique(places)
        )
    )
