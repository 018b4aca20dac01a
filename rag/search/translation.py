"""English words -> the Chinese words they stand for, so that an English question meets Chinese articles."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

from rag._resources import WEIGHTS


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """Return the glossary of statistics and administration written by hand, and below it what sentence pairs taught."""
    table: dict[str, tuple[str, ...]] = {}
    with (WEIGHTS / "glosses.txt").open(encoding="utf-8") as lines:
        for line in lines:
            english, _, chinese = line.rstrip("\n").partition("\t")
            table[english] = tuple(chinese.split(" "))
    with Path(__file__).with_name("glossary.txt").open(encoding="utf-8") as lines:
        for line in lines:
            english, *by_hand = line.split()
            table[english] = tuple(dict.fromkeys([*by_hand, *table.get(english, ())]))
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


@cache
def _reverse() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for english, chinese in _table().items():
        for word in chinese[:2]:
            table.setdefault(word, []).append(english)
    return {word: tuple(english) for word, english in table.items()}


def english_of(word: str) -> tuple[str, ...]:
    """Return the English words that a Chinese word is the translation of; () where none is known."""
    return _reverse().get(word, ())


@lru_cache(maxsize=512)
def _pinyin(text: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text, errors="ignore"))


def sounds_in(word: str, text: str) -> bool:
    """Tell whether a Latin word is how Chinese ``text`` says a name in pinyin: jinan in 济南市.

    Four letters at least: shorter ones sound in any text.
    """
    return len(word) >= 4 and word in _pinyin(text)


def expand(words: Sequence[str]) -> list[str]:
    """Return ``words`` and what they are in the other language, Chinese for English and English for Chinese."""
    return [
        *words,
        *(other for word in words for other in (glosses(word)[:2] if word.isascii() else english_of(word)[:3])),
    ]
