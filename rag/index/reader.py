"""Reading one generation of an index."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from rag._errors import JuzhengError
from rag.articles.article import Article, Skipped
from rag.chunks import Passage
from rag.embeddings import Embedder
from rag.index import generations, lexical, store
from rag.index.damage import DamagedError
from rag.index.dense import Dense
from rag.index.duplicates import say_the_same, shingles
from rag.index.filters import Filter
from rag.index.generations import Manifest
from rag.index.protocol import Scored, require_model
from rag.index.store import ArticleInfo, Store


class LocalIndex:
    """One generation in a folder of this machine; an ``Index`` and a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name, self._lease = generations.lease(path)
        self.folder = folder = generations.folder_of(path, self.name)
        try:
            self.manifest = generations.read_manifest(folder)
            verify(folder, self.manifest, thorough=_bytes(self.manifest) <= _SMALL)
            self.store = Store.open(folder / store.NAME)
            self.vectors = Dense(folder, self.manifest.dimension, self.manifest.lists)
            self.words = lexical.Lexical(folder / lexical.NAME)
        except BaseException:
            self._lease.close()
            raise
        self.generation = self.manifest.generation
        self.fingerprint = self.manifest.fingerprint
        self._lock = threading.Lock()
        self._allowed: dict[Filter, NDArray[np.bool_]] = {}

    def __enter__(self) -> "LocalIndex":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.store.close()
        self._lease.close()

    def lexical(self, words: Sequence[str], k: int, where: Filter | None = None) -> Scored:
        sources = self._sources_of(where) if where and where.sources else []
        return _best(lambda limit: self.words.search(words, limit, where, sources), k)

    def dense(self, vector: NDArray[np.float32], k: int, where: Filter | None = None) -> Scored:
        if vector.shape != (self.manifest.dimension,):
            raise ValueError(f"a vector has the shape ({self.manifest.dimension},), not {vector.shape}")
        allowed = None if where is None else self._rows_of(where)
        return _best(lambda limit: self.vectors.search(vector, limit, allowed), k)

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        found: dict[int, Passage] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            found.update(self.store.passages(f"p.key IN ({','.join('?' * len(some))})", some))
        return [found[key] for key in keys]

    def article(self, article_id: str) -> Article:
        article = self.store.article(article_id)
        if article is None:
            raise KeyError(article_id)
        return article

    def articles(self) -> Iterator[ArticleInfo]:
        return self.store.infos()

    def passages_of(self, article_id: str) -> list[Passage]:
        return [passage for _, passage in self.store.passages("a.id = ? ORDER BY p.position", (article_id,))]

    def group(self, key: int) -> tuple[int, ...]:
        rows = self.store.query(
            "SELECT a.family, a.number FROM passages p JOIN articles a ON p.article = a.number WHERE p.key = ?", (key,)
        )
        if not rows:
            raise KeyError(key)
        family, number = rows[0]
        if family is None:
            return ()
        own = shingles(self.passages([key])[0].text)
        others = self.store.passages("a.family = ? AND a.number != ? ORDER BY p.key", (family, number))
        return tuple(other for other, passage in others if say_the_same(own, shingles(passage.text)))

    def skipped(self) -> list[Skipped]:
        return [skipped for record in self.store.files() for skipped in record.skipped]

    def newest(self) -> "LocalIndex":
        return self if generations.is_newest(self._path, self._lease) else _open(self._path, self.fingerprint)

    def _rows_of(self, where: Filter) -> NDArray[np.bool_]:
        """Return which rows a filter admits; the last few filters are remembered."""
        with self._lock:
            allowed = self._allowed.get(where)
        if allowed is None:
            allowed = np.zeros(len(self.vectors.keys), bool)
            for keys in self.store.sorted_keys(where):
                rows, found = self.vectors.rows(np.array(keys, np.int64))
                allowed[rows[found]] = True
            with self._lock:
                if len(self._allowed) >= _REMEMBERED:
                    self._allowed.pop(next(iter(self._allowed)))
                self._allowed[where] = allowed
        return allowed

    def _sources_of(self, where: Filter) -> list[str]:
        condition, parameters = Filter(sources=where.sources).sql()
        return [
            row[0] for row in self.store.query(f"SELECT DISTINCT source FROM articles WHERE {condition}", parameters)
        ]


# An index up to this size (bytes) is compared with its checksums whenever it is opened: that takes some 20 ms.
_SMALL = 32 << 20
_REMEMBERED = 8  # filters
_AT_ONCE = 500  # keys in one query


def open_index(path: Path | str, *, embedder: Embedder) -> LocalIndex:
    """Open the current generation of the index in the folder ``path``.

    Raises JuzhengError where there is no index, where it was built with another embedding model or in another format,
    and where one of its files is damaged.
    """
    return _open(Path(path), embedder.fingerprint)


def _open(path: Path, fingerprint: str) -> LocalIndex:
    try:
        index = LocalIndex(path)
    except OSError as error:
        raise JuzhengError(
            f"索引 {path} 读不出：{error.strerror}（{error.filename}）；请检查路径与权限。(the index cannot be read)"
        ) from error
    try:
        require_model(index, fingerprint, str(path))
    except JuzhengError:
        index.close()
        raise
    return index


def newest_generation(path: Path | str) -> str | None:
    """Return the generation that ``open_index`` would open now, None where there is none; cheap enough to ask often."""
    while True:
        name = generations.current(Path(path))
        if name is None:
            return None
        try:
            return generations.read_manifest(generations.folder_of(Path(path), name)).generation
        except JuzhengError:
            if generations.current(Path(path)) == name:
                raise  # else it was replaced and collected between the two steps


def verify(folder: Path, manifest: Manifest, *, thorough: bool) -> None:
    """Compare the files of a generation with the manifest: their sizes, and if ``thorough`` their checksums.

    Raises DamagedError that names the first file that differs.
    """
    for name, what in differences(folder, manifest, thorough=thorough):
        raise DamagedError(folder / name, what)


def differences(folder: Path, manifest: Manifest, *, thorough: bool) -> Iterator[tuple[str, str]]:
    """Yield (file, what is wrong) for the files of a generation that are not as the manifest says."""
    for name, (size, checksum) in manifest.checksums.items():
        try:
            actual = (folder / name).stat().st_size
            if actual != size:
                yield name, f"{actual:,} 字节，应为 {size:,}"
            elif thorough and generations.checksum(folder / name) != checksum:
                yield name, "内容在写入之后变了"
        except OSError as error:
            yield name, f"读不出（{error.strerror}）"


def _bytes(manifest: Manifest) -> int:
    return sum(size for size, _ in manifest.checksums.values())


def _best(search: Callable[[int], Scored], k: int) -> Scored:
    """Return the ``k`` best of a search, of equal scores the smaller key first.

    The engines cut ties at the limit as they please, so the search is widened until the tie at rank k is complete.
    """
    limit = k + 16
    while True:
        found = search(limit)
        if len(found) < limit or k < 1 or found[-1][1] < found[k - 1][1]:
            return sorted(found, key=lambda hit: (-hit[1], hit[0]))[: max(k, 0)]
        limit *= 4
