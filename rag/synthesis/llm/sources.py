"""Hits -> numbered sources: best first, neighbours of an article as one, within a budget of tokens, none cut."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rag.chunks import Passage
from rag.search.hit import Hit

if TYPE_CHECKING:
    from tiktoken import Encoding

# White space and line ends between two passages that adjoin; more than this is a caption, or another passage.
_GAP = 8


@dataclass(frozen=True, slots=True)
class Source:
    """What one number stands for: passages of one article that adjoin, in reading order."""

    number: int
    passages: tuple[Passage, ...]

    @property
    def text(self) -> str:
        """What the model is shown: where it comes from, then the passages, whole."""
        first = self.passages[0]
        origin = " · ".join(part for part in (first.title, first.heading, first.source, first.published) if part)
        return f"[{self.number}] {origin}\n" + "\n".join(passage.text.strip() for passage in self.passages)


def select_sources(hits: Sequence[Hit], budget: int) -> tuple[Source, ...]:
    """Return numbered sources of at most ``budget`` tokens together; a hit that does not fit whole is left out.

    The best hit is always in. Tokens are those of o200k_base: other vocabularies of today differ by some percent.
    """
    groups: list[list[Passage]] = []
    seen: set[str] = set()
    for hit in hits:
        passage = hit.passage
        if passage.text.strip() in seen:
            continue
        trial = _placed(groups, passage)
        if groups and count_tokens(render(_numbered(trial))) > budget:
            continue
        seen.add(passage.text.strip())
        groups = trial
    return _numbered(groups)


def render(sources: Sequence[Source]) -> str:
    """Return the sources as the model sees them."""
    return "\n\n".join(source.text for source in sources)


def fence_of(sources: Sequence[Source]) -> str:
    """Return the name of the tag around the sources: a digest of them, so that no article can close it."""
    return "sources-" + hashlib.blake2b(render(sources).encode("utf-8", "replace"), digest_size=6).hexdigest()


def count_tokens(text: str) -> int:
    """Return the length of ``text`` in tokens of o200k_base."""
    # A text that holds <|endoftext|> is a text, not a control token.
    return len(_encoding().encode(text, disallowed_special=()))


def _placed(groups: Sequence[list[Passage]], passage: Passage) -> list[list[Passage]]:
    """Return ``groups`` with ``passage`` joined to its neighbours, or as a group of its own, last."""
    placed = [list(group) for group in groups]
    for group in placed:
        if _adjoin(group[-1], passage):
            group.append(passage)
            return placed
        if _adjoin(passage, group[0]):
            group.insert(0, passage)
            return placed
    return [*placed, [passage]]


def _adjoin(one: Passage, other: Passage) -> bool:
    """Whether ``other`` follows ``one`` in its article."""
    return one.article_id == other.article_id and 0 <= other.spans[0].start - one.spans[-1].end <= _GAP


def _numbered(groups: Sequence[Sequence[Passage]]) -> tuple[Source, ...]:
    return tuple(Source(number, tuple(group)) for number, group in enumerate(groups, 1))


@cache
def _encoding() -> "Encoding":
    """Load o200k_base from the copy that llama-index-core ships; tiktoken would fetch it from the net."""
    import tiktoken

    name = "TIKTOKEN_CACHE_DIR"
    kept = os.environ.get(name)
    spec = find_spec("llama_index.core")
    if kept is None and spec is not None and spec.origin:
        os.environ[name] = str(Path(spec.origin).parent / "_static" / "tiktoken_cache")
    try:
        return tiktoken.get_encoding("o200k_base")
    finally:
        if kept is None:
            os.environ.pop(name, None)
