"""What the first stage makes: an article whose text never changes, and the blocks to be read."""

from dataclasses import dataclass
from typing import Literal

from rag._text import Span, join

Role = Literal["heading", "body", "caption", "furniture"]
Precision = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class Published:
    """When an article was published: ``date`` is an ISO date cut to what is known (2023, 2023-02, 2023-02-17).

    ``basis`` is the evidence: the words of the text, or the field, file name or page it was read from.
    """

    date: str
    basis: str

    @property
    def precision(self) -> Precision:
        """How much of the date is known."""
        return {4: "year", 7: "month"}.get(len(self.date), "day")  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of an article, in reading order; several spans where a column or a caption cut it."""

    role: Role
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One article. All offsets are character offsets into ``text``.

    ``id`` is unique in an index (a record's own id, else the file's path below the corpus folder); ``source``
    is what a citation names; ``pages`` holds the offset at which each page starts, for a format that has pages;
    ``tags`` are what it is filed under.
    """

    id: str
    source: str
    title: str
    published: Published | None
    text: str
    blocks: tuple[Block, ...]
    pages: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()

    def read(self, block: Block) -> str:
        """Return the characters of ``block``."""
        return join(self.text, block.spans)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or record that gave no article, and why, in words for the user."""

    source: str
    why: str
