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
    facts = [escape(article.source)]
    if article.published:
        basis = escape(f"{say('依据：', 'from: ')}{article.published.basis}")
        facts.append(f'<time title="{basis}">{escape(article.published.date)}</time>')
    else:
        facts.append(say("日期不详", "no date"))
    if active:
        facts.append(place_of(article, active.spans[0].start, say))
    number = f'<span class="number">{active.number}</span>' if active and active.number else ""
    return _sheet(
        number + escape(article.title or article.source),
        " · ".join(facts),
        original_html(article, marks, say, window),
        say,
        steps,
    )


def empty_sheet(cited: Mapping[str, Any], why: str, quote: str, say: Say) -> str:
    """Return the sheet of a source that is not there as it was: what was quoted, and why there is no more."""
    body = f'<p class="notice" role="alert">{escape(why)}</p><blockquote>{escape(quote)}</blockquote>'
    return _sheet(escape(cited["title"] or cited["source"]), escape(cited["source"]), body, say, False)


def _sheet(title: str, facts: str, body: str, say: Say, steps: bool) -> str:
    step = (
        f'<button type="button" data-step="-1" aria-label="{say("上一处引用", "previous citation")}">←</button>'
        f'<button type="button" data-step="1" aria-label="{say("下一处引用", "next citation")}">→</button>'
        if steps
        else ""
    )
    close = say("关闭原文", "close the source")
    return (
        f'<aside class="sheet" aria-label="{say("原文", "Source")}"><header><div><h2>{title}</h2><p>{facts}</p></div>'
        f'<nav>{step}<button type="button" data-close aria-label="{close}">✕</button></nav>'
        f'</header><div class="body" tabindex="0">{body}</div></aside>'
    )
