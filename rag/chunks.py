"""Articles -> passages: whole sentences, packed up to a budget in tokens of the embedding model."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from rag._text import Span, join, sentences
from rag.articles.article import Article, Block

# What a chunker did is part of an index; a change here that moves boundaries must change this stamp.
CHUNKER = "sentences-1"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article, small enough to embed and to read.

    ``text`` equals the characters of ``spans`` of the article's text, joined (a line break inside a sentence is
    between two spans, so it is not in ``text``). ``heading`` is the nearest heading above; ``title``, ``source``,
    ``published`` and ``tags`` are the article's. ``id`` depends on nothing but the article's id and the content.
    """

    id: str
    article_id: str
    spans: tuple[Span, ...]
    text: str
    heading: str
    title: str
    source: str
    published: str | None
    tags: tuple[str, ...] = ()

    @property
    def context(self) -> str:
        """What travels to the embedding beside ``text``: title, heading and date."""
        return " · ".join(part for part in (self.title, self.heading, self.published) if part)

    def locate(self, start: int, end: int) -> tuple[Span, ...]:
        """Return the spans of the article under ``text[start:end]``, adjoining ones merged."""
        found: list[Span] = []
        offset = 0
        for span in self.spans:
            low, high = max(start, offset), min(end, offset + len(span))
            if low < high:
                found.append(Span(span.start + low - offset, span.start + high - offset))
            offset += len(span)
        return _merge(found)


def chunk(article: Article, *, budget: int, count_tokens: Callable[[str], int]) -> list[Passage]:
    """Cut ``article`` into passages of at most ``budget`` tokens, at ends of sentences.

    Headings and body are kept, in reading order; captions and furniture are not passages. A heading opens a
    passage. A sentence over the budget is cut at its commas, and only where that is not enough inside a clause.
    Nothing is lost: the spans of all passages are the spans of all heading and body blocks. A row of a table is not cut
    from the heads of its columns.

    Raises:
        ValueError: if ``budget`` is not positive.
    """
    if budget < 1:
        raise ValueError(f"a passage's budget is at least 1 token, not {budget}")
    count_tokens = cache(count_tokens)  # a sentence is counted alone, then packed, and may be its whole paragraph
    passages: list[Passage] = []
    heading = ""
    waiting: list[Block] = []  # headings, until the body under them comes
    packed: list[Span] = []
    ends: dict[int, int] = {}  # how many spans were packed when a block ended, and where in the text it does
    used = 0

    def flush() -> None:
        nonlocal used
        if packed:
            passages.append(_passage(article, packed, ends, heading))
        packed.clear()
        ends.clear()
        used = 0

    def pack(block: Block) -> None:
        nonlocal used
        for part in _pieces(article, block.spans, budget, count_tokens):
            tokens = count_tokens(join(article.text, part))
            if packed and used + tokens > budget:
                flush()
            packed.extend(part)
            used += tokens
        # A row of a table may end with a unit, which stands elsewhere.
        ends[len(packed)] = max(span.end for span in block.spans)

    for block in article.blocks:
        if block.role == "heading":
            if not waiting:
                flush()
            waiting.append(block)
            heading = article.read(block).strip()
        elif block.role == "body":
            # A paragraph that does not fit starts a passage of its own, unless the one before it is still short.
            if used > budget / 2 and used + count_tokens(article.read(block)) > budget:
                flush()
            for above in (*waiting, block):
                pack(above)
            waiting.clear()
    for above in waiting:
        pack(above)
    flush()
    return passages


def _pieces(
    article: Article, spans: tuple[Span, ...], budget: int, count_tokens: Callable[[str], int]
) -> Iterator[tuple[Span, ...]]:
    """Yield a block's sentences, those over the budget in parts, as spans of the article."""
    text = join(article.text, spans)
    whole = Passage("", "", spans, text, "", "", "", None)
    for sentence in sentences(text):
        for part in _fit(text, sentence, budget, count_tokens):
            yield whole.locate(part.start, part.end)


_CLAUSE_END = re.compile(r"[，,、：:]+|\s+")


def _fit(text: str, span: Span, budget: int, count_tokens: Callable[[str], int]) -> Iterator[Span]:
    """Yield ``span`` whole if it fits the budget, else in parts that do."""
    if count_tokens(span.of(text)) <= budget:
        yield span
        return
    middle = (span.start + span.end) // 2
    cuts = [match.end() for match in _CLAUSE_END.finditer(text, span.start, span.end) if match.end() < span.end]
    cut = min(cuts, key=lambda offset: abs(offset - middle), default=middle)
    if len(span) < 2:  # a single character is never over a sane budget, but must not recurse
        yield span
        return
    yield from _fit(text, Span(span.start, cut), budget, count_tokens)
    yield from _fit(text, Span(cut, span.end), budget, count_tokens)


def _passage(article: Article, spans: list[Span], ends: dict[int, int], heading: str) -> Passage:
    # The white space behind a block is taken along, so that two blocks do not run together in the text.
    broken: list[Span] = []
    for number, span in enumerate(spans, 1):
        broken.append(span)
        end = ends.get(number)
        if end is not None and number < len(spans) and article.text[end : end + 1].isspace():
            broken.append(Span(end, end + 1))
    merged = _merge(broken)
    text = join(article.text, merged)
    digest = hashlib.blake2b(digest_size=8)
    digest.update(repr((article.id, [(span.start, span.end) for span in merged], text)).encode("utf-8", "replace"))
    return Passage(
        id=digest.hexdigest(),
        article_id=article.id,
        spans=merged,
        text=text,
        heading=heading,
        title=article.title,
        source=article.source,
        published=article.published.date if article.published else None,
        tags=article.tags,
    )


def _merge(spans: list[Span]) -> tuple[Span, ...]:
    """Merge adjoining spans, keeping the reading order."""
    merged: list[Span] = []
    for span in spans:
        if merged and merged[-1].end == span.start:
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return tuple(merged)
