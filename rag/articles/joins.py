"""Which paragraph goes on where another was cut by a column, a caption or an inserted block."""

import itertools
import math
import operator
import re
from collections.abc import Iterator, Sequence

from rag.articles.lines import Paragraph, is_closed, is_item, is_row
from rag.articles.seams import continues, crosses

_REACH = 8  # paragraphs, how far below its cut a sentence may go on
_BRIEF_REACH = 4  # the same, for a line that may be whole
_NEARBY = 25  # paragraphs on either side in which the words at a cut may stand uncut
_BRACKETS = 2000  # characters on either side of a cut in which brackets are matched
_SHORT = 32  # characters: a caption or a heading is no longer
_SENTENCE_END = re.compile(r"[。！？；]")
_COMMA = re.compile(r"[，,]")
_PAUSE = re.compile(r"[，、,（(《“‘「『【—-]$")
_CREDIT_END = re.compile(r"[（(【][^（(【）)】]{0,60}(?:记者|通讯员|报道|摄|编辑|来源|作者)[^（(【）)】]{0,60}[）)】]$")
_PAIRS = {"）": "（", ")": "(", "】": "【", "》": "《", "”": "“", "’": "‘", "」": "「", "』": "『"}
_OPENERS = frozenset(_PAIRS.values())

# Weights of the features of a seam, for a paragraph that breaks off and for a short line, which may be a heading or
# a caption: conditional logit (McFadden 1974) on xwlb_2012_2024 cut into columns, `python benchmarks/layout.py --fit`.
LONG = (-0.93, 0.76, 2.0, 3.34, 0.52, 0.1, -2.4, -0.09, -5.54, 2.11, 3.1, 3.12, -3.48, -2.54, 1.29, 3.39)
BRIEF = (-3.39, 0.58, 3.21, 2.31, 0.2, 0.98, -2.69, -0.0, -5.54, -0.91, 6.25, 6.49, -4.03, -0.65, -0.25, 2.17)
# Probability of a join: two halves apart do less harm than a wrong whole, or than a heading in a sentence.
LEAST, LEAST_BRIEF = 0.7, 0.85


def _unmatched(text: str) -> tuple[str, str]:
    """Return the brackets and quotes that ``text`` closes without opening, and those it leaves open."""
    closed, opened = [], []
    for char in text:
        if char in _OPENERS:
            opened.append(char)
        elif char in _PAIRS:
            if _PAIRS[char] in opened:
                opened.remove(_PAIRS[char])
            else:
                closed.append(char)
    return "".join(closed), "".join(opened)


def is_short(paragraph: Paragraph) -> bool:
    """Tell whether ``paragraph`` may be a caption or a heading by its length."""
    return paragraph.size <= _SHORT and len(paragraph.lines) <= 2


def _is_open(paragraph: Paragraph) -> bool:
    """Tell whether ``paragraph`` breaks off in the middle of a sentence."""
    last = paragraph.last
    return paragraph.plain and not (is_closed(last) or is_row(last) or _CREDIT_END.search(last))


def _may_go_on(paragraph: Paragraph) -> bool:
    return paragraph.plain and not (is_item(paragraph.first) or is_row(paragraph.first))


def features(
    parts: Sequence[Paragraph], before: int, after: int, shorts: int, longs: int, opens: int, waiting: bool, nearby: str
) -> tuple[float, ...]:
    """Return what speaks for and against ``after`` going on where ``before`` broke off, one number a weight.

    ``shorts`` and ``longs`` count the short and the other paragraphs between the two, furniture left out; ``opens``
    those that break off as well. ``waiting`` tells whether one above does. ``nearby`` is the text around.
    """
    left, right = parts[before].last, parts[after].first
    opened = _unmatched("".join(line.text for line in parts[before].lines)[-_BRACKETS:])[1]
    closed = _unmatched("".join(line.text for line in parts[after].lines)[:_BRACKETS])[0]
    closes = bool(closed) and _PAIRS[closed[0]] in opened
    return (
        1.0,
        max(-8.0, min(8.0, continues(left, right))),
        crosses(left, right),
        left[-2:] + right[:2] in nearby,
        left[-3:] + right[:2] in nearby or left[-2:] + right[:3] in nearby,
        longs > 0,
        longs,
        shorts,
        opens,
        waiting,
        bool(_PAUSE.search(left)),
        closes,
        bool(closed) and not closes,
        bool(opened) and not closed,
        is_short(parts[after]),
        is_closed(parts[after].last),
    )


def is_brief(paragraph: Paragraph, *, marked: bool) -> bool:
    """Tell whether ``paragraph``, which breaks off, may be whole all the same: a heading or a caption.

    Where headings are ``marked``, a line with a comma is not likely to be one.
    """
    if paragraph.size > _SHORT or _SENTENCE_END.search(paragraph.last):
        return False
    return not (marked and _COMMA.search(paragraph.last))


def candidates(parts: Sequence[Paragraph]) -> Iterator[tuple[int, int, tuple[float, ...]]]:
    """Yield each paragraph that breaks off, each in which it may go on, and the features of the two."""
    for before, paragraph in enumerate(parts):
        if not _is_open(paragraph):
            continue
        nearby = "\n".join(
            line.text for part in parts[max(0, before - _NEARBY) : before + _NEARBY] for line in part.lines
        )
        reach = _REACH if paragraph.size > _SHORT else _BRIEF_REACH
        # A long paragraph above breaks off too: what stands here may be a caption inside its sentence.
        waiting = any(_is_open(other) and not is_short(other) for other in parts[max(0, before - 4) : before])
        shorts = longs = opens = 0
        for after in range(before + 1, len(parts)):
            other = parts[after]
            if other.lines[0].heading or shorts + longs > reach:
                break
            if other.lines[0].furniture:
                continue
            if _may_go_on(other):
                yield before, after, features(parts, before, after, shorts, longs, opens, waiting, nearby)
            if is_short(other):
                shorts += 1
            else:
                longs += 1
                opens += _is_open(other)


def find_joins(parts: Sequence[Paragraph]) -> dict[int, int]:
    """Return for each paragraph that was cut the number of the one in which it goes on.

    The likeliest pairs are taken first; no paragraph goes on twice, nor is the rest of two.
    """
    likely: list[tuple[float, int, int]] = []
    marked = sum(part.lines[0].heading for part in parts) > 1
    for before, pairs in itertools.groupby(candidates(parts), key=operator.itemgetter(0)):
        brief = is_brief(parts[before], marked=marked)
        weights, least = (BRIEF, LEAST_BRIEF) if brief else (LONG, LEAST)
        odds = {after: math.exp(sum(map(operator.mul, weights, found))) for _, after, found in pairs}
        total = 1.0 + sum(odds.values())  # 1 for going on nowhere
        likely += [(value / total, before, after) for after, value in odds.items() if value / total > least]
    joins: dict[int, int] = {}
    taken: set[int] = set()
    for _, before, after in sorted(likely, reverse=True):
        if after not in taken:
            joins[before] = after
            taken.add(after)
    return joins
