"""Which paragraph goes on where another was cut by a column, a caption or an inserted block."""

import re
from collections.abc import Sequence

from rag.articles.lines import Paragraph, is_closed, is_item, is_row
from rag.articles.seams import continues

_REACH = 8  # paragraphs, how far below its cut a sentence may go on
_SHORT = 32  # characters: a caption or a heading is no longer
_SENTENCE_END = re.compile(r"[。！？；]")
_BEGINS_INSIDE = re.compile(r"[，。、；：！？…,;:!?%％）)】》”’」』]")
_PAUSE = re.compile(r"[，、,（(《“‘「『【—-]$")
_CREDIT_END = re.compile(r"[（(【][^（(【）)】]{0,60}(?:记者|通讯员|报道|摄|编辑|来源|作者)[^（(【）)】]{0,60}[）)】]$")
_PAIRS = {"）": "（", ")": "(", "】": "【", "》": "《", "”": "“", "’": "‘", "」": "「", "』": "『"}
_OPENERS = frozenset(_PAIRS.values())

# Log odds, tuned on xwlb_2012_2024 cut into columns by benchmarks/layout.py; see there for the figures.
_LONG = 2.5  # a paragraph breaks off: headings and captions are not so long
_BRIEF = -4.0  # it may be a heading or a caption
_NEXT = 1.5  # nothing but furniture and short lines between
_PER_SHORT = -0.3  # each short line between
_PER_PARAGRAPH = -1.0  # each paragraph between
_INSIDE = 6.0  # begins with what begins no sentence
_PAUSED = 2.0  # breaks off at a comma
_CLOSES = 4.0  # closes the bracket or quote left open
_LEAVES_OPEN = -2.0
_CLOSES_NOTHING = -3.0
_SHORT_REST = -2.0  # the rest may be a caption or a heading


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


def _score(before: Paragraph, after: Paragraph, shorts: int, longs: int) -> float:
    """Return the log odds that ``after`` goes on where ``before`` broke off, with so many paragraphs between."""
    left, right = before.last, after.first
    odds = max(-8.0, min(8.0, continues(left, right)))
    odds += _LONG if before.size > _SHORT or _SENTENCE_END.search(left) else _BRIEF
    odds += (0.0 if longs else _NEXT) + _PER_SHORT * shorts + _PER_PARAGRAPH * longs
    if _BEGINS_INSIDE.match(right):
        odds += _INSIDE
    if _PAUSE.search(left):
        odds += _PAUSED
    if is_short(after) and not is_closed(after.last):
        odds += _SHORT_REST
    opened = _unmatched("".join(line.text for line in before.lines))[1]
    closed = _unmatched("".join(line.text for line in after.lines))[0]
    if closed and _PAIRS[closed[0]] in opened:
        odds += _CLOSES
    elif closed:
        odds += _CLOSES_NOTHING
    elif opened and opened[-1] != "’":
        odds += _LEAVES_OPEN
    return odds


def find_joins(paragraphs: Sequence[Paragraph]) -> dict[int, int]:
    """Return for each paragraph that was cut the number of the one in which it goes on.

    The likeliest pairs are taken first; no paragraph goes on twice, nor is the rest of two.
    """
    scored: list[tuple[float, int, int]] = []
    for number, paragraph in enumerate(paragraphs):
        if not _is_open(paragraph):
            continue
        shorts = longs = 0
        for other in range(number + 1, len(paragraphs)):
            candidate = paragraphs[other]
            if candidate.lines[0].heading or shorts + longs > _REACH:
                break
            if candidate.lines[0].furniture:
                continue
            if _may_go_on(candidate):
                odds = _score(paragraph, candidate, shorts, longs)
                if odds > 0:
                    scored.append((odds, number, other))
            if is_short(candidate):
                shorts += 1
            else:
                longs += 1
    joins: dict[int, int] = {}
    taken: set[int] = set()
    for _, number, other in sorted(scored, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if number not in joins and other not in taken:
            joins[number] = other
            taken.add(other)
    return joins
