"""Article -> HTML: the original text with the cited characters marked, or the blocks as the system reads them.

An article may be megabytes long, so a window of it is drawn, around the citation; buttons widen it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from rag._text import Span
from rag.articles import Article
from rag.ui.language import Say

WINDOW = 12_000  # characters drawn before and behind what is shown first, and by each button

ROLES: dict[str, tuple[str, str]] = {
    "heading": ("标题", "heading"),
    "body": ("正文", "body"),
    "caption": ("图注", "caption"),
    "furniture": ("版面杂项", "furniture"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Spans of an article to be marked under a citation's number; ``active`` is the one that was asked for.

    ``words`` are what the answer took from it: they stand out in the marked sentence.
    """

    number: int
    spans: tuple[Span, ...]
    active: bool = False
    words: tuple[str, ...] = ()


def original_html(article: Article, marks: Sequence[Mark], say: Say, window: Span | None = None) -> str:
    """Return the article's own text as HTML, its roles as classes and ``marks`` marked.

    ``window`` is the range of characters to draw; without one it lies around the active mark.
    """
    window = _clip(window or _around(article, marks), article)
    cuts = {window.start, window.end}
    for start, end, _ in (roles := _roles(article)):
        cuts.update((start, end))
    for mark in marks:
        for span in mark.spans:
            cuts.update((span.start, span.end))
    starts = [start for start, _, _ in roles]
    edges = sorted(cut for cut in cuts if window.start <= cut <= window.end)

    html = [_more(article, window, before=True, say=say)]
    for start, end in pairwise(edges):
        at = bisect_right(starts, start) - 1
        role = roles[at][2] if at >= 0 and start < roles[at][1] else ""
        html.append(_stretch(article.text[start:end], role, Span(start, end), marks, say))
    html.append(_more(article, window, before=False, say=say))
    return f'<div class="original">{"".join(html)}</div>'


def _stretch(text: str, role: str, span: Span, marks: Sequence[Mark], say: Say) -> str:
    """Return characters that share one role and the same marks."""
    over = [mark for mark in marks if any(part.start <= span.start < part.end for part in mark.spans)]
    if not over:
        return f'<span class="role-{role}">{_quiet(text)}</span>' if role else _quiet(text)
    mark = next((one for one in over if one.active), over[0])
    part = next(number for number, one in enumerate(mark.spans, 1) if one.start <= span.start < one.end)
    ends = span.end == mark.spans[part - 1].end
    html = (
        f'<mark class="{"active" if mark.active else "other"}" data-number="{mark.number}" data-part="{part}">'
        f"{_stressed(text, mark.words)}</mark>"
    )
    if ends and part < len(mark.spans) and not _is_row(mark.spans):
        # The sentence goes on elsewhere: a caption or a column stands in between.
        label = say("原文在此被版面隔开，跳到下一段", "cut by the layout here; go to the next part")
        html += (
            f'<button type="button" class="jump" data-jump="{part + 1}" data-number="{mark.number}"'
            f' aria-label="{label}" title="{label}">⤵</button>'
        )
    return html


def _stressed(text: str, words: Sequence[str]) -> str:
    """Escape ``text``, its occurrences of ``words`` in bold."""
    pattern = "|".join(re.escape(word) for word in sorted(filter(None, words), key=len, reverse=True))
    if not pattern:
        return escape(text)
    parts = re.split(f"({pattern})", text)
    return "".join(f"<b>{escape(part)}</b>" if number % 2 else escape(part) for number, part in enumerate(parts))


def _quiet(text: str) -> str:
    """Escape ``text``; of a run of blank lines one is shown."""
    return re.sub(r"(\n[^\S\n]*\n)((?:[^\S\n]*\n)+)", r'\1<span class="blank">\2</span>', escape(text))


def _around(article: Article, marks: Sequence[Mark]) -> Span:
    active = next((mark for mark in marks if mark.active and mark.spans), None)
    low = min(span.start for span in active.spans) if active else 0
    high = max(span.end for span in active.spans) if active else 0
    return Span(low - WINDOW, max(high, low) + WINDOW)


def _clip(window: Span, article: Article) -> Span:
    """Keep ``window`` inside the text, its ends at line breaks where one is near."""
    start, end = max(0, window.start), min(len(article.text), window.end)
    if start:
        start = article.text.find("\n", start, start + 500) + 1 or start
    if end < len(article.text):
        end = article.text.rfind("\n", max(start, end - 500), end) + 1 or end
    return Span(start, end)


def _more(article: Article, window: Span, *, before: bool, say: Say) -> str:
    left = window.start if before else len(article.text) - window.end
    if not left:
        return ""
    start, end = (window.start - WINDOW, window.end) if before else (window.start, window.end + WINDOW)
    text = (
        say(f"▲ 显示前文（还有 {left:,} 字）", f"▲ show what is before ({left:,} more characters)")
        if before
        else say(f"▼ 显示后文（还有 {left:,} 字）", f"▼ show what follows ({left:,} more characters)")
    )
    return (
        f'<button type="button" class="more" data-event="window" data-start="{max(0, start)}" data-end="{end}"'
        f' data-edge="{"before" if before else "behind"}">{text}</button>'
    )


def _roles(article: Article) -> list[tuple[int, int, str]]:
    """Return (start, end, role) of every span of every block, in the order of the text; heads of tables once."""
    found: list[tuple[int, int, str]] = []
    for span, role in sorted((span, block.role) for block in article.blocks for span in block.spans):
        if not found or span.start >= found[-1][1]:
            found.append((span.start, span.end, role))
    return found


def _is_row(spans: Sequence[Span]) -> bool:
    """Tell whether spans are those of a table's row, which goes back to the heads above it, not of a cut sentence."""
    return any(after.start < before.start for before, after in pairwise(spans))


def reading_html(article: Article, say: Say, first: int = 0) -> str:
    """Return the article as the system reads it from block ``first`` on: blocks in reading order, joins visible."""
    html, drawn, number = [], 0, first
    while number < len(article.blocks) and drawn < WINDOW:
        block = article.blocks[number]
        label = say(*ROLES[block.role])
        html.append(
            f'<p class="role-{block.role}" data-role="{label}">{"".join(_joined(article, block.spans, say))}</p>'
        )
        drawn += sum(len(span) for span in block.spans)
        number += 1
    steps = []
    if first:
        steps.append(_step(0, say("⇤ 回到开头", "⇤ back to the start")))
    if number < len(article.blocks):
        left = len(article.blocks) - number
        steps.append(_step(number, say(f"▼ 接着读（还有 {left:,} 块）", f"▼ read on ({left:,} more blocks)")))
    return f'<div class="reading">{"".join(html)}{"".join(steps)}</div>'


def _step(block: int, text: str) -> str:
    return f'<button type="button" class="more" data-event="blocks" data-first="{block}">{text}</button>'


def _joined(article: Article, spans: Sequence[Span], say: Say) -> Iterator[str]:
    """Yield the spans of a block; between two that were apart on the page stands a visible join, but not in a row."""
    row = _is_row(spans)
    for number, span in enumerate(spans):
        if number and not row:
            between = article.text[spans[number - 1].end : span.start]
            if between.strip():
                label = say("版面把句子断在这里，已接上", "the layout cut the sentence here; it was joined")
                yield f'<span class="join" role="img" aria-label="{label}" title="{label}"></span>'
        yield escape(span.of(article.text))


def legend_html(say: Say) -> str:
    """Return the key to the colours of the roles."""
    items = "".join(f'<span class="role-{role}">{say(*names)}</span>' for role, names in ROLES.items())
    join = say("断句接合处", "joined here")
    return (
        f'<p class="legend" aria-hidden="true">{items}<span class="joined"><span class="join"></span>{join}</span></p>'
    )


def place_of(article: Article, offset: int, say: Say) -> str:
    """Return where ``offset`` is: the page where the format has pages, else the line."""
    if article.pages:
        page = bisect_right(article.pages, offset)
        return say(f"第 {page} 页", f"page {page}")
    line = article.text.count("\n", 0, offset) + 1
    return say(f"第 {line} 行", f"line {line}")
