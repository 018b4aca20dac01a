"""English words -> the Chinese words they stand for, so that an English question meets Chinese articles."""

import re
from collections.abc import Sequence
from functools import cache

from rag._resources import WEIGHTS


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    with (WEIGHTS / "glosses.txt").open(encoding="utf-8") as lines:
        for line in lines:
            english, _, chinese = line.rstrip("\n").partition("\t")
            table[english] = tuple(chinese.split(" "))
    return table


def glosses(word: str) -> tuple[str, ...]:
    """Return the Chinese words for a lower-case English word, the likeliest first; () where none is known.

    A form that the table lacks is looked up by its stem (companies -> company, started -> start).
    """
    table = _table()
    if word in table:
        return table[word]
    for pattern, stem in (
        (r"ies$", "y"),
        (r"(?:es|s)$", ""),
        (r"s$", ""),
        (r"(?:ed|ing)$", ""),
        (r"(?:ed|ing)$", "e"),
        (r"ly$", ""),
    ):
        shorter = re.sub(pattern, stem, word)
        if shorter != word and shorter in table:
            return table[shorter]
    return ()


def expand(words: Sequence[str]) -> list[str]:
    """Return ``words`` and the Chinese words for the English ones among them."""
    return [*words, *(chinese for word in words if word.isascii() for chinese in glosses(word)[:2])]
