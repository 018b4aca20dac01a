"""Articles -> passages: whole sentences, packed up to the token budget of the embedding model."""

from dataclasses import dataclass

from rag._text import Span


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article, small enough to embed and to read.

    ``text`` equals the characters of ``spans`` of the article's text, joined (a line break inside a sentence is
    between two spans, so it is not in ``text``). ``heading`` is the nearest heading above; ``title``, ``source``
    and ``published`` are the article's. ``id`` depends on nothing but the article's id and the content.
    """

    id: str
    article_id: str
    spans: tuple[Span, ...]
    text: str
    heading: str
    title: str
    source: str
    published: str | None

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
                piece = Span(span.start + low - offset, span.start + high - offset)
                if found and found[-1].end == piece.start:
                    found[-1] = Span(found[-1].start, piece.end)
                else:
                    found.append(piece)
            offset += len(span)
        return tuple(found)
