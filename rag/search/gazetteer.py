"""Provinces, cities and countries by their short names: 天津, which does not end in what names of places end in."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

# Figures are told of it beside those of others; an article on it may leave it out.
_HOME = "中国"
# 北京时间 and 上海证券交易所 speak of no place.
_NO_PLACE = ("时间", "证券", "证券交易所", "银行", "大学")


@cache
def _kin() -> dict[str, frozenset[str]]:
    """Return every place of the list with what it lies in or has in it. A line is a region, then cities of it."""
    kin: dict[str, set[str]] = {}
    with Path(__file__).with_name("gazetteer.txt").open(encoding="utf-8") as lines:
        for region, *cities in map(str.split, lines):
            kin.setdefault(region, set()).update(cities)
            for city in cities:
                kin.setdefault(city, set()).add(region)
    return {place: frozenset(others) for place, others in kin.items()}


@cache
def _pattern() -> re.Pattern[str]:
    places = sorted({*_kin(), _HOME}, key=len, reverse=True)
    first = "".join(sorted({place[0] for place in places}))  # most characters begin no place, which this tells at once
    # 与日本相比 tells of another place than 日本, and 南京路 is in 上海.
    return re.compile(f"(?=[{first}])(?<![与比较同])(?:{'|'.join(places)})(?![东南西北中]?[路街道])")


@lru_cache(maxsize=64)
def places_asked(question: str) -> tuple[str, ...]:
    """Return the places of the list that a folded question speaks of as words of their own."""
    import rjieba

    cut = rjieba.cut(question)
    found = []
    for word, after in zip(cut, [*cut[1:], ""], strict=True):
        place = next((form for form in (word, word[:-1], f"{word}市") if form in _kin()), "")
        if place and (word == place or word[-1] in "市省" or f"{word}市" == place) and after not in _NO_PLACE:
            found.append(place)
    return tuple(found)


# 中新网合肥8月8日电: where it was written, not what it is about.
_DATELINE = re.compile(r" ?\d{1,2}月\d{1,2}日|讯|消息")


def elsewhere(asked: Sequence[str], head: str, text: str) -> bool:
    """Whether a folded passage ``text`` under ``head`` is about other places than ``asked``.

    It is where both have others alone, and where the passage has, of an article that opens with another: no kin of one
    that is asked for, what lies in it or around it, is another.
    """
    if not asked:
        return False
    ours = with_kin(asked)
    there = set(_pattern().findall(text)) - {_HOME}
    if any(place in text for place in ours):
        return False
    mentions = _pattern().finditer(head)
    opened = [m.group() for m in mentions if m.group() != _HOME and not _DATELINE.match(head, m.end())]
    if any(place in head for place in ours):
        return bool(there) and bool(opened) and opened[0] not in ours
    return bool(there or opened)


def with_kin(places: Sequence[str]) -> set[str]:
    """Return ``places`` of the list, what they lie in, and what lies in them."""
    return {place for one in places for place in (one, *_kin()[one])}


def place_before(text: str, start: int, end: int) -> str:
    """Return the last place of the list that folded ``text[start:end]`` has, "" for none."""
    found = _pattern().findall(text, start, end)
    return found[-1] if found else ""
