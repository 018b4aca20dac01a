"""Vectors on disk and the search for the nearest: FAISS over a memory-mapped matrix."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.index import approximate
from rag.index.approximate import Lists
from rag.index.damage import DamagedError

KEYS, VECTORS = "keys.i64", "vectors.f32"
_BLOCK = 16_384  # rows written at a time

Keys = NDArray[np.int64]
Vectors = NDArray[np.float32]


def write(folder: Path, keys: Keys, dimension: int, vectors_of: Callable[[Keys], Vectors]) -> None:
    """Write ``keys`` (sorted) and their vectors, a block at a time, so that memory does not grow with the corpus."""
    with (folder / KEYS).open("wb") as file:
        file.write(keys.astype("<i8").tobytes())
    with (folder / VECTORS).open("wb") as file:
        for start in range(0, len(keys), _BLOCK):
            block = vectors_of(keys[start : start + _BLOCK])
            assert block.shape[1] == dimension
            file.write(np.ascontiguousarray(block, "<f4").tobytes())


class Dense:
    """The vectors of one generation: ``keys`` int64 (n), sorted, and ``vectors`` float32 (n, dimension), unit rows.

    Search is exact, FAISS's brute-force kernel over the mapped file, bound by memory bandwidth; with ``lists`` it is
    approximate where an exact scan would read more than ``approximate.EXACT`` bytes.
    """

    def __init__(self, folder: Path, dimension: int, lists: Lists | None = None) -> None:
        size = (folder / VECTORS).stat().st_size
        count = (folder / KEYS).stat().st_size // 8
        if size != count * dimension * 4:
            raise DamagedError(folder / VECTORS, f"{size:,} 字节，不是 {count:,} 个 {dimension} 维向量")
        self._lists = lists
        self._index = approximate.read(folder) if lists else None
        # numpy maps no empty file
        self.keys: Keys = np.memmap(folder / KEYS, "<i8", "r") if count else np.empty(0, np.int64)
        self.vectors: Vectors = (
            np.memmap(folder / VECTORS, "<f4", "r", shape=(count, dimension))
            if count
            else np.empty((0, dimension), np.float32)
        )

    def rows(self, keys: Keys) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return the row of each key, and whether it is there (where not, the row means nothing)."""
        if not len(self.keys):
            return np.zeros(len(keys), np.intp), np.zeros(len(keys), bool)
        rows = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return rows, self.keys[rows] == keys

    def search(self, vector: Vectors, limit: int, allowed: NDArray[np.bool_] | None = None) -> list[tuple[int, float]]:
        """Return (key, inner product) of the ``limit`` nearest rows, best first; ``allowed`` is a bool for each row."""
        query = np.ascontiguousarray(vector, np.float32)
        count = len(self.keys) if allowed is None else int(np.count_nonzero(allowed))
        limit = min(limit, count)
        if limit < 1:
            return []
        if self._lists is None or count * self.vectors.shape[1] * 4 <= approximate.EXACT:
            rows, scores = self._exact(query, limit, allowed)
        else:
            rows = approximate.candidates(self._index, query, limit, self._lists.probes, allowed)
            scores = self.vectors[rows] @ query
            best = np.argsort(-scores, kind="stable")[:limit]
            rows, scores = rows[best], scores[best]
        return list(zip(self.keys[rows].tolist(), scores.tolist(), strict=True))

    def _exact(
        self, query: Vectors, limit: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        faiss: Any = import_module("faiss")  # its stubs know the C++ signatures only
        scores, rows = np.empty(limit, np.float32), np.empty(limit, np.int64)
        pointers = [faiss.swig_ptr(array) for array in (query, self.vectors, scores, rows)]
        selector = [] if allowed is None else [faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))]
        faiss.knn_inner_product(*pointers[:2], len(query), 1, len(self.keys), limit, *pointers[2:], *selector)
        return rows, scores
