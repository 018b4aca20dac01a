"""English words -> the Chinese words they stand for, so that an English question meets Chinese articles."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

from rag._resources import WEIGHTS


@cache
def _by_hand() -> dict[str, tuple[str, ...]]:
    """Return the glossary of statistics and administration; an underscore in it joins the words of a phrase."""
    with Path(__file__).with_name("glossary.txt").open(encoding="utf-8") as lines:
        rows = [line.split() for line in lines]
    return {english.replace("_", " "): tuple(chinese) for english, *chinese in rows}


@cache
def _learned() -> dict[str, tuple[str, ...]]:
    """Return what sentence pairs taught (``training/glosses.py``)."""
    with (WEIGHTS / "glosses.txt").open(encoding="utf-8") as lines:
        rows = [line.rstrip("\n").partition("\t") for line in lines]
    return {english: tuple(chinese.split(" ")) for english, _, chinese in rows}


_STEMS = (
    (r"ies$", "y"),
    (r"(?:es|s)$", ""),
    (r"s$", ""),
    (r"(?:ed|ing)$", ""),
    (r"(?:ed|ing)$", "e"),
    (r"ly$", ""),
)


def _looked_up(word: str, table: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    forms = [word, *(re.sub(pattern, stem, word) for pattern, stem in _STEMS)]
    return next((table[form] for form in forms if form in table), ())


def glosses(word: str) -> tuple[str, ...]:
    """Return the Chinese words for a lower-case English word or phrase, the likeliest first; () where none is known.

    A form that the glossary lacks is looked up by its stem (companies -> company, started -> start), then among what
    was learned.
    """
    by_hand = _looked_up(word, _by_hand())
    return tuple(dict.fromkeys([*by_hand, *(_learned().get(word, ()) if by_hand else _looked_up(word, _learned()))]))


@cache
def _reverse() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for english in dict.fromkeys([*_learned(), *_by_hand()]):
        for word in (_by_hand().get(english, ()) + _learned().get(english, ()))[:2]:
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
