"""Articles and passages as rows: how spans and blocks are written, and the digests by which a row is known again.

A passage's key is a digest too, so it is the same in every build and never stands for another text.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence

from rag._text import Span
from rag.articles.article import Article, Block
from rag.chunks import Passage


def digest_of(*parts: object, size: int = 16) -> bytes:
    """Return a BLAKE2b digest of ``parts``; where one ends and the next begins counts."""
    digest = hashlib.blake2b(digest_size=size)
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.digest()


def digest_of_article(article: Article) -> bytes:
    """Return the digest of everything that is kept of ``article``."""
    published = article.published
    return digest_of(
        article.id,
        article.source,
        article.title,
        published.date if published else "",
        published.basis if published else "",
        article.text,
        blocks_json(article.blocks),
        json.dumps(article.pages),
        tags_json(article.tags),
    )


def key_of(passage: Passage, repeat: int = 0) -> int:
    """Return the 63-bit key of what is searched of ``passage``: its text, context, source, tags and article.

    The key is the content, so it is the same in every build and never stands for another text. ``repeat`` counts the
    passages of the article before it that say the very same.
    """
    digest = digest_of(
        passage.article_id,
        passage.source,
        passage.title,
        passage.heading,
        passage.published or "",
        passage.text,
        tags_json(passage.tags),
        repeat,
        size=8,
    )
    return int.from_bytes(digest, "little") >> 1


def keys_of(passages: Sequence[Passage]) -> list[int]:
    """Return the keys of the passages of one article, in order."""
    keys: list[int] = []
    seen: set[int] = set()
    for passage in passages:
        repeat = 0
        while (key := key_of(passage, repeat)) in seen:
            repeat += 1
        seen.add(key)
        keys.append(key)
    return keys


def digest_of_row(key: int, passage: Passage, spans: str) -> bytes:
    """Return the digest of a passage's row and of what it shows of its article's; ``spans`` as they are stored."""
    own = (key, passage.id, passage.article_id, spans, passage.heading, passage.text)
    return digest_of(*own, passage.title, passage.source, passage.published or "", tags_json(passage.tags), size=8)


def spans_json(spans: Iterable[Span]) -> str:
    """Return spans as they are stored: [start, end, start, end, ...]."""
    return json.dumps(_pairs(spans))


def spans_of(stored: str) -> tuple[Span, ...]:
    """Return what ``spans_json`` has stored."""
    return _of_pairs(json.loads(stored))


def blocks_json(blocks: Sequence[Block]) -> str:
    """Return blocks as they are stored: [[role, [start, end, ...]], ...]."""
    return json.dumps([[block.role, _pairs(block.spans)] for block in blocks], separators=(",", ":"))


def blocks_of(stored: str) -> tuple[Block, ...]:
    """Return what ``blocks_json`` has stored."""
    return tuple(Block(role, _of_pairs(pairs)) for role, pairs in json.loads(stored))


def tags_json(tags: Sequence[str]) -> str:
    """Return tags as they are stored: [tag, ...]."""
    return json.dumps(tags, ensure_ascii=False)


def tags_of(stored: str) -> tuple[str, ...]:
    """Return what ``tags_json`` has stored."""
    return tuple(json.loads(stored))


def _pairs(spans: Iterable[Span]) -> list[int]:
    return [offset for span in spans for offset in (span.start, span.end)]


def _of_pairs(pairs: Sequence[int]) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in zip(pairs[::2], pairs[1::2], strict=True))
