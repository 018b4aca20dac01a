"""A corpus of small text files and a hashing embedder: real files, a real index, no trained model."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag._text import Span, words
from rag.articles.article import Article, Block, Published, Skipped
from rag.articles.files import CorpusFile
from rag.chunks import Passage, chunk
from rag.index import BuildReport, LocalIndex, build_index, generations, open_index


class HashingEmbedder:
    """Sums a random vector for each word, drawn by the word: deterministic, and alike for texts that share words."""

    name = "hashing"
    max_tokens = 512

    def __init__(self, dimension: int = 32, fingerprint: str = "hashing-1") -> None:
        self.dimension = dimension
        self.fingerprint = fingerprint
        self.embedded = 0  # passages

    def count_tokens(self, text: str) -> int:
        return len(text)

    def embed(self, texts: Sequence[str], kind: str) -> NDArray[np.float32]:
        self.embedded += len(texts) if kind == "passage" else 0
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in words(text) or [""]:
                seed = np.frombuffer(word.encode().ljust(4, b"\0"), np.uint8)
                row += np.random.default_rng(seed).standard_normal(self.dimension, dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def read(file: CorpusFile) -> Iterator[Article | Skipped]:
    """Read articles between lines of ``===``: perhaps ``@id`` and ``#tag`` lines, a title, a date or ``-``, text."""
    for number, part in enumerate(file.path.read_text(encoding="utf-8").split("\n===\n")):
        lines = part.split("\n")
        name = file.source if number == 0 else f"{file.source}#{number}"
        if lines[0].startswith("@"):
            name = lines.pop(0)[1:]
        tags = []
        while lines[0].startswith("#"):
            tags.append(lines.pop(0)[1:])
        if len(lines) < 3:
            yield Skipped(f"{file.source}#{number}", "it has no text")
            continue
        text = "\n".join(lines)
        blocks, offset = [], len(lines[0]) + len(lines[1]) + 2
        for paragraph in lines[2:]:
            blocks.append(Block("body", (Span(offset, offset + len(paragraph)),)))
            offset += len(paragraph) + 1
        published = None if lines[1] == "-" else Published(lines[1], "the second line")
        yield Article(name, file.source, lines[0], published, text, tuple(blocks), tags=tuple(tags))


class Corpus:
    """A folder of such files and the index of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "corpus"
        self.path = folder / "index"
        self.folder.mkdir()
        self.embedder = HashingEmbedder()

    def write(self, name: str, *parts: str) -> CorpusFile:
        """Write a file of the corpus; each part is an article."""
        path = self.folder / name
        path.write_text("\n===\n".join(parts), encoding="utf-8")
        return CorpusFile(path, name)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()

    def files(self) -> list[CorpusFile]:
        return [CorpusFile(path, path.name) for path in sorted(self.folder.iterdir())]

    def chunk(self, article: Article) -> list[Passage]:
        return chunk(article, budget=60, count_tokens=self.embedder.count_tokens)

    def build(self, recipe: str = "test-1") -> BuildReport:
        return build_index(self.path, self.files(), embedder=self.embedder, chunk=self.chunk, read=read, recipe=recipe)

    def open(self) -> LocalIndex:
        return open_index(self.path, embedder=self.embedder)


def article(title: str, *paragraphs: str, date: str = "-", id_: str | None = None, tags: tuple[str, ...] = ()) -> str:
    """Return an article as ``read`` wants it."""
    return "\n".join([*([f"@{id_}"] if id_ else []), *(f"#{tag}" for tag in tags), title, date, *paragraphs])


def fill(corpus: Corpus, count: int = 12) -> None:
    for number in range(count):
        corpus.write(
            f"{number:02}.txt", article(f"项目{number}", f"第{number}号项目总投资{number}7亿元。", date="2023-02")
        )


def current_folder(corpus: Corpus) -> Path:
    name = generations.current(corpus.path)
    assert name is not None
    return generations.folder_of(corpus.path, name)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content)


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)
