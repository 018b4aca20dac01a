"""Text as all stages see it: spans, folding, words and sentences. A leaf: it imports no stage."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, ``start`` included and ``end`` not, in some text."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the characters of ``text`` that the span covers."""
        return text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Tell whether the two spans share at least one character."""
        return self.start < other.end and other.start < self.end


def join(text: str, spans: "tuple[Span, ...] | list[Span]") -> str:
    """Return the characters of ``text`` under ``spans``, in the order given."""
    return "".join(text[span.start : span.end] for span in spans)


@cache
def _t2s() -> "OpenCC":
    from opencc import OpenCC

    return OpenCC("t2s")


@cache
def _fold_char(char: str) -> str:
    """Fold one character to one character: width, case and script; what would grow stays as it is."""
    folded = unicodedata.normalize("NFKC", char).lower()
    if len(folded) != 1:
        return char
    return str(_t2s().convert(folded)) if "㐀" <= folded <= "鿿" else folded


def whole(text: str) -> str:
    """Return ``text`` with the halves of a character (surrogates) joined, and a half on its own as U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def fold(text: str) -> str:
    """Return ``text`` in half width, lower case and simplified characters, one character for each character.

    Offsets into the result are offsets into ``text``: characters whose folded form has another length
    (ligatures, ㎡) are left alone.
    """
    return "".join(map(_fold_char, text))


_HAS_WORD = re.compile(r"\w")


def words(text: str, *, search: bool = True) -> list[str]:
    """Return the words of folded ``text``, Chinese ones by jieba's dictionary; punctuation is dropped.

    With ``search`` long words also give their parts (轨道交通 -> 轨道, 交通, 轨道交通), as an index wants.
    """
    import rjieba

    cut = rjieba.cut_for_search if search else rjieba.cut
    return [word for word in cut(fold(text)) if _HAS_WORD.search(word)]


_UNSEEN = 10.5  # above the weight of any word in the table


@cache
def _weights() -> dict[str, float]:
    table: dict[str, float] = {}
    with (Path(__file__).parent / "_weights" / "words.txt").open(encoding="utf-8") as lines:
        for line in lines:
            weight, _, group = line.rstrip("\n").partition("\t")
            table.update(dict.fromkeys(group.split(" "), float(weight)))
    return table


def weight(word: str) -> float:
    """Return how much a folded word tells: its inverse document frequency (natural log) in 130,000 news articles."""
    return _weights().get(word, _UNSEEN)


# A sentence ends at 。！？；… with the closing quotes after it, at ! ? ; or an English full stop before a space, and at
# a line break. The trap is the figure: 96.5亿元 has no sentence end in it, so a bare . or , never counts; nor does a
# line break between two lower-case Latin words, where an English line was wrapped.
_CLOSING = r"[”’」』）》)\"']*"
_SENTENCE_END = re.compile(
    rf"(?:[。！？；…]|[!?;](?=[\s㐀-鿿“”’「」『』（）《)\"']|$))+{_CLOSING}\s*"
    rf"|(?<!\b[A-Z])(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bNo)(?<=[\w)%])\.{_CLOSING}(?:\s+(?=[A-Z“\"])|\s*$)"
    r"|(?<![a-z,])\n\s*|(?<=[a-z,])\n\s*(?![a-z])"
)


def sentences(text: str) -> Iterator[Span]:
    """Yield the sentences of ``text`` as spans that cover it without gap or overlap (trap: nothing may be lost)."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield Span(start, match.end())
        start = match.end()
    if start < len(text):
        yield Span(start, len(text))
