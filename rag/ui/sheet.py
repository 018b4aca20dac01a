"""The sheet beside the chat: what a source is, and its text with the quote marked."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from rag._text import Span
from rag.articles import Article
from rag.ui.language import Say
from rag.ui.sources import Mark, original_html, place_of


def sheet_html(
    article: Article, marks: Sequence[Mark], say: Say, window: Span | None = None, *, steps: bool = False
) -> str:
    """Return the article with ``marks`` under a head that says what it is; ``steps`` adds buttons between citations."""
    active = next((mark for mark in marks if mark.active and mark.spans), None)
    number = f'<span class="number">{active.number}</span>' if active and active.number else ""
    tools = ""
    if steps:
        before, behind = say("上一处引用", "previous citation"), say("下一处引用", "next citation")
        tools = (
            f'<button type="button" data-step="-1" aria-label="{before}">←</button>'
            f'<button type="button" data-step="1" aria-label="{behind}">→</button>'
        )
    facts = facts_html(article, say)
    if active:
        facts += " · " + place_of(article, active.spans[0].start, say)
    title = number + escape(article.title or article.source)
    return frame_html(title, facts, original_html(article, marks, say, window), say, tools)


def facts_html(article: Article, say: Say) -> str:
    """Return the article's file and date, with what the date was read from."""
    if not article.published:
        return f"{escape(article.source)} · {say('日期不详', 'no date')}"
    basis = escape(f"{say('依据：', 'from: ')}{article.published.basis}")
    return f'{escape(article.source)} · <time title="{basis}">{escape(article.published.date)}</time>'


def empty_sheet(cited: Mapping[str, Any], why: str, quote: str, say: Say) -> str:
    """Return the sheet of a source that is not there as it was: what was quoted, and why there is no more."""
    body = f'<p class="notice" role="alert">{escape(why)}</p><blockquote>{escape(quote)}</blockquote>'
    return frame_html(escape(cited["title"] or cited["source"]), escape(cited["source"]), body, say)


def frame_html(title: str, facts: str, body: str, say: Say, tools: str = "") -> str:
    """Return a sheet; ``title``, ``facts``, ``body`` and the buttons ``tools`` are HTML."""
    close = say("关闭原文", "close the source")
    return (
        f'<aside class="sheet" aria-label="{say("原文", "Source")}"><header><div><h2>{title}</h2><p>{facts}</p></div>'
        f'<div class="tools">{tools}<button type="button" data-close aria-label="{close}">✕</button></div>'
        f'</header><div class="body" tabindex="0">{body}</div></aside>'
    )
