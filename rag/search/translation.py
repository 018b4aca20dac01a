"""English words -> the Chinese words they stand for, so that an English question meets Chinese articles."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

from rag._resources import WEIGHTS
from rag._text import words


@cache
def _by_hand() -> dict[str, tuple[str, ...]]:
    """Return the glossary of statistics and administration; an underscore in it joins the words of a phrase."""
    with Path(__file__).with_name("glossary.txt").open(encoding="utf-8") as lines:
        rows = [line.split() for line in lines]
    return {english.replace("_", " "): tuple(chinese) for english, *chinese in rows}


def _table(name: str) -> dict[str, tuple[str, ...]]:
    with (WEIGHTS / name).open(encoding="utf-8") as lines:
        rows = [line.rstrip("\n").partition("\t") for line in lines]
    return {english: tuple(chinese.split(" ")) for english, _, chinese in rows}


@cache
def _learned() -> dict[str, tuple[str, ...]]:
    """Return what sentence pairs taught (``training/glosses.py``)."""
    return _table("glosses.txt")


@cache
def _dictionary() -> dict[str, tuple[str, ...]]:
    """Return what CC-CEDICT says, of words that the news has (``training/dictionary.py``)."""
    return _table("dictionary.txt")


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


def by_hand(word: str) -> tuple[str, ...]:
    """Return the Chinese words that the glossary written by hand has for a word, by its stem if need be."""
    return _looked_up(word, _by_hand())


def glosses(word: str) -> tuple[str, ...]:
    """Return the Chinese words for a lower-case English word or phrase, the likeliest first; () where none is known.

    A form that the glossary lacks is looked up by its stem (companies -> company, started -> start), then among what
    was learned, then in the dictionary.
    """
    first = by_hand(word)
    learned = _learned().get(word, ()) if first else _looked_up(word, _learned())
    return tuple(dict.fromkeys([*first, *learned, *_looked_up(word, _dictionary())]))


@cache
def _reverse() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[tuple[int, str]]] = {}
    for place, known in enumerate((_by_hand(), _learned())):
        for english, chinese in known.items():
            # What was learned is less sure, the more so the later it comes.
            for rank, word in enumerate(chinese if place == 0 else chinese[:1]):
                table.setdefault(word, []).append((10 * place + rank, english))
    return {word: tuple(dict.fromkeys(english for _, english in sorted(found))) for word, found in table.items()}


def english_of(word: str) -> tuple[str, ...]:
    """Return the English words that a Chinese word is the translation of; () where none is known."""
    return _reverse().get(word, ())


@lru_cache(maxsize=512)
def pinyin(text: str) -> str:
    """Return how Chinese ``text`` sounds, as names are written in English: 济南 is jinan."""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text, errors="ignore"))


def sounds_in(word: str, text: str) -> bool:
    """Tell whether a Latin word is how Chinese ``text`` says a name in pinyin: jinan in 济南市.

    Four letters at least: shorter ones sound in any text.
    """
    return len(word) >= 4 and word in pinyin(text)


_HAN, _LATIN = re.compile(r"[㐀-鿿]"), re.compile(r"[a-z]")


@lru_cache(maxsize=20_000)
def is_english(text: str) -> bool:
    """Tell whether folded text is in English, a few Chinese words in it notwithstanding."""
    return len(_LATIN.findall(text)) > 2 * len(_HAN.findall(text))


@lru_cache(maxsize=100_000)
def said_in_english(word: str, text: str) -> float:
    """Return in [0, 0.85] how far folded English ``text`` has a Chinese word: its translation, its sound, its parts.

    A character alone (总, 新) is often not said in English at all: that it is absent tells little.
    """
    if word.isascii():
        return 0.85 * (re.search(rf"\b{re.escape(word)}\b", text) is not None)
    if any(re.search(rf"\b{re.escape(other)}", text) for other in english_of(word)):
        return 0.85
    if len(word) == 1:
        return 0.5
    if re.search(rf"\b{pinyin(word)}\b", text):
        return 0.85
    # 岚县 of Qinglan County: dictionaries cut names anywhere.
    if english_of(word[-1]) and pinyin(word[:-1]) in text:
        return said_in_english(word[-1], text)
    parts = [part for part in words(word, search=False) if part != word]
    parts = parts or [part for part in words(word) if part != word]
    return sum(said_in_english(part, text) * len(part) for part in parts) / max(sum(map(len, parts)), len(word))


def expand(said: Sequence[str]) -> list[str]:
    """Return words and what they are in the other language, Chinese for English and English for Chinese."""
    return [
        *said,
        *(other for word in said for other in (glosses(word)[:2] if word.isascii() else english_of(word)[:3])),
    ]
