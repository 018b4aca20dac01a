"""The two languages of the page: every text stands once, in both, where it is used."""

from collections.abc import Callable
from typing import Literal

Language = Literal["zh", "en"]

Say = Callable[[str, str], str]
"""Takes a text in Chinese and in English, and returns the one of the page's language."""


def speaker(language: Language) -> Say:
    """Return the ``Say`` of ``language``."""
    return (lambda zh, en: zh) if language == "zh" else (lambda zh, en: en)


def preferred(accept_language: str) -> Language:
    """Return the language that a browser's Accept-Language header asks for; Chinese where it asks for neither.

    >>> preferred("en-GB,en;q=0.9,zh;q=0.8"), preferred("fr, zh-TW;q=0.5, en;q=0.1"), preferred("")
    ('en', 'zh', 'zh')
    """
    best: tuple[float, Language] = (0.0, "zh")
    for part in accept_language.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        for language in ("zh", "en"):
            if tag.lower().startswith(language) and weight > best[0]:
                best = (weight, language)
    return best[1]
