"""Names in pinyin -> the characters by which the corpus writes them: canglang -> 沧浪, where an article says 沧浪市."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import product

from rag._text import fold
from rag.index import Index

Syllables = tuple[str, ...]

# Spellings looked up for one name: all of two syllables, most of three (zi-ling-tong 8,000, shi-ji-yi 300,000).
_MOST = 12_000
# Passages in which the characters of a name are looked for.
_PASSAGES = 20
_LONGEST = 5  # syllables


@cache
def _sounds() -> dict[str, frozenset[str]]:
    """Return the syllables, without tones, of the characters of GB 2312: all that names are commonly made of."""
    from pypinyin import Style, pinyin

    chars = "".join(
        bytes((row, column)).decode("gb2312", errors="ignore")
        for row in range(0xB0, 0xF8)
        for column in range(0xA1, 0xFF)
    )
    return {
        char: frozenset(sound.replace("ü", "v") for sound in pinyin(char, style=Style.NORMAL, heteronym=True)[0])
        for char in chars
    }


@cache
def _characters() -> dict[str, str]:
    """Return the characters that are read as each syllable."""
    table: dict[str, list[str]] = {}
    for char, sounds in _sounds().items():
        for sound in sounds:
            table.setdefault(sound, []).append(char)
    return {sound: "".join(chars) for sound, chars in table.items()}


@lru_cache(maxsize=512)
def syllables(name: str) -> tuple[Syllables, ...]:
    """Return the ways to read a lower-case Latin word as 2 to 5 syllables, () for none: dian-liang, chang'an."""
    readings: list[Syllables] = [()]
    for piece in re.split(r"['’\-–]", name):
        readings = [(*reading, *more) for reading in readings for more in _split(piece)]
    return tuple(reading for reading in readings if 2 <= len(reading) <= _LONGEST)


def _split(piece: str) -> Iterator[Syllables]:
    if not piece:
        yield ()
    for size in range(1, min(len(piece), 6) + 1):
        if piece[:size] in _characters():
            for rest in _split(piece[size:]):
                yield (piece[:size], *rest)


def characters(name: str) -> str:
    """Return the characters that some syllable of a name may stand for."""
    return "".join(
        dict.fromkeys(char for reading in syllables(name) for sound in reading for char in _characters()[sound])
    )


def written(name: str, index: Index, context: Sequence[int], endings: Sequence[str] = ()) -> str:
    """Return how the passages of ``index`` write a name given in pinyin, "" where none has such a name.

    Looked for in the passages ``context`` by key, and in those that have a word which sounds so. Where several names
    sound alike, one before one of the words ``endings`` (市 for Canglang City) comes first, then the commonest.
    """
    readings = syllables(name)
    if not readings:
        return ""
    spellings = [spelling for reading in readings for spelling in _spellings(reading)]
    keys = [key for key, _ in index.lexical(spellings, _PASSAGES)]
    pattern = re.compile("|".join("".join(f"[{_characters()[sound]}]" for sound in reading) for reading in readings))
    seen: Counter[str] = Counter()
    for passage in index.passages(list(dict.fromkeys([*keys, *context]))):
        text = fold(f"{passage.title} {passage.heading} {passage.text}")
        for match in pattern.finditer(text):
            seen[match.group()] += 10 if any(text.startswith(ending, match.end()) for ending in endings) else 1
    return max(seen, key=lambda spelling: (seen[spelling], spelling), default="")


@lru_cache(maxsize=4096)
def sound(word: str) -> Syllables:
    """Return how a Chinese word is read, syllable by syllable, without tones."""
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(word))


def sounding(word: str) -> re.Pattern[str]:
    """Return what matches any word that sounds like a Chinese one, tones aside; a rare character matches itself."""
    classes = []
    for char in word:
        same = "".join(dict.fromkeys(c for sound in sorted(_sounds().get(char, ())) for c in _characters()[sound]))
        classes.append(f"[{same or char}]")
    return re.compile("".join(classes))


def _spellings(reading: Syllables) -> Iterator[str]:
    """Yield what a name of these syllables may be indexed under: the whole, or two neighbouring characters of it."""
    for size in {2, min(len(reading), 3)}:
        for start in range(len(reading) - size + 1):
            options = [_characters()[sound] for sound in reading[start : start + size]]
            count = 1
            for option in options:
                count *= len(option)
            if count <= _MOST:
                yield from map("".join, product(*options))
