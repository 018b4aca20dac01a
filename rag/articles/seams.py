"""Does one line go on where another broke off? Character statistics of Chinese news decide."""

import lzma
import math
import re
from functools import cache
from pathlib import Path

from rag._text import fold

NGRAMS = Path(__file__).with_name("ngrams.txt.xz")
LEVELS = "".join(map(chr, range(33, 127)))  # one character per half power of two of a count
_RARE = 0.25  # what backing off to a shorter context costs (stupid backoff, Brants et al. 2007, has 0.4)

_CLASSES = (
    (re.compile(r"\d"), "0"),
    (re.compile(r"[a-z]"), "a"),
    (re.compile(r"\s"), ""),
    (re.compile(r"['\"“”‘’「」『』]"), "”"),
)


def symbols(text: str) -> str:
    """Return ``text`` as the statistics see it: folded, one symbol for all digits, letters and quotes, no spaces."""
    text = fold(text)
    for pattern, symbol in _CLASSES:
        text = pattern.sub(symbol, text)
    return text


@cache
def _counts() -> tuple[dict[str, float], float]:
    """Return the counts of the n-grams, and their number of characters."""
    counts: dict[str, float] = {}
    for line in lzma.decompress(NGRAMS.read_bytes()).decode().split("\n"):
        counts[line[1:].replace("¶", "\n")] = 2 ** ((ord(line[0]) - 33) / 2)
    return counts, sum(count for gram, count in counts.items() if len(gram) == 1)


def _probability(symbol: str, context: str) -> float:
    """Return the probability of ``symbol`` after the one or two symbols of ``context``."""
    counts, total = _counts()
    weight = 1.0
    for start in range(len(context)):
        seen = counts.get(context[start:] + symbol)
        if seen:
            return weight * min(1.0, seen / counts.get(context[start:], seen))
        weight *= _RARE
    return weight * counts.get(symbol, 1.0) / total


def continues(before: str, after: str) -> float:
    """Return how much likelier ``after`` is as a continuation of ``before`` than as a beginning, as a log ratio.

    Above 0 it is likelier that the two belong together. Only the two characters on either side count.
    """
    left, right = symbols(before[-8:])[-2:], symbols(after[:8])[:2]
    if not left or not right:
        return 0.0
    ratio = 0.0
    for offset, symbol in enumerate(right):
        joined = _probability(symbol, (left + right[:offset])[-2:])
        # A paragraph begins as those of the news do, or as a sentence does.
        begun = sum(_probability(symbol, start + right[:offset]) for start in "\n。") / 2
        ratio += math.log(joined / begun)
    return ratio


def stops(before: str) -> float:
    """Return the log probability that a paragraph, a heading above all, ends with ``before``."""
    left = symbols(before[-8:])[-2:]
    return math.log(_probability("\n", left)) if left else 0.0


def crosses(before: str, after: str) -> bool:
    """Tell whether a word of the dictionary stands across the seam, as 华北 does in 海外集团(华|北)区域."""
    import rjieba

    left, right = before[-8:], after[:8]
    end = 0
    for word in rjieba.cut(left + right, False):
        if end < len(left) < end + len(word):
            return True
        end += len(word)
    return False
