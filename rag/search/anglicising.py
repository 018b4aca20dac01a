"""A Chinese question -> what the reader is asked of English passages: word for word in English, names in pinyin."""

from rag._text import words
from rag.search.matching import asks
from rag.search.names import KIND
from rag.search.query import Part, Query
from rag.search.translation import english_of, pinyin

_INTERROGATIVES = {
    "date": "when",
    "duration": "how long",
    "place": "where",
    "person": "who",
    "reason": "why",
    "which": "which",
    "list": "which",
}


def in_english(query: Query) -> str:
    """Return what a Chinese question asks in English words, the interrogative first and the subject last.

    Only a model reads it: how many kilometers total length of heyuan bay bridge.
    """
    return "; ".join(_part(query, part) for part in query.parts)


def _part(query: Query, part: Part) -> str:
    said = query.folded[: part.focus.start] + " " + query.folded[part.focus.end :]
    for period in query.periods:
        said = said.replace(period.text, " ")
    subject = ""
    for name in query.names:
        if name in said:
            said = said.replace(name, " ")
            subject += f" {_name(name)}"
    noun = english_of(part.noun)[:1] if part.noun else ()
    if part.asks == "figure":
        asked = f"how many {noun[0]}" if noun else "how much"
    else:
        asked = " ".join((_INTERROGATIVES.get(part.asks, "what"), *noun))
    return " ".join(filter(None, (asked, _words(said), "of" if subject else "", subject.strip(), *_times(query)))) + "?"


def _times(query: Query) -> list[str]:
    """Return the years that are asked for."""
    return [f"in {period.start.year}" for period in query.periods if period.start and period.start.year]


def _name(name: str) -> str:
    """Return a name in English: what is its own in pinyin, what says its kind translated."""
    kind = KIND.search(name)
    stem = name[: kind.start()] if kind else name
    return f"{_words(stem) if len(stem) > 3 else pinyin(stem)} {_words(kind.group()) if kind else ''}".strip()


def _words(text: str) -> str:
    return " ".join(_word(word) for word in words(text, search=False) if not asks(word))


def _word(word: str) -> str:
    """Return a word in English: translated, else its parts, else its sound."""
    if word.isascii():
        return word
    if known := english_of(word):
        return known[0]
    parts = [part for part in words(word) if part != word]
    if parts and sum(map(len, parts)) == len(word) and all(map(english_of, parts)):
        return " ".join(english_of(part)[0] for part in parts)
    return pinyin(word)
