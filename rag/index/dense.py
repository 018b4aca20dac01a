"""Vectors on disk and the search for the nearest: FAISS over a memory-mapped matrix."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag._errors import JuzhengError

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

    Search is exact: FAISS's brute-force kernel over the mapped file, which is bound by memory bandwidth.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        size = (folder / VECTORS).stat().st_size
        count = (folder / KEYS).stat().st_size // 8
        if size != count * dimension * 4:
            raise JuzhengError(
                f"{folder / VECTORS} 已损坏：{size:,} 字节，不是 {count:,} 个 {dimension} 维向量；"
                "请运行 juzheng check --repair。(the file is damaged)"
            )
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
        """Return (key, inner product) of the ``limit`` nearest rows, among those ``allowed`` (bool, one a row)."""
        faiss: Any = import_module("faiss")  # its stubs know the C++ signatures only
        count = len(self.keys)
        limit = min(limit, count if allowed is None else int(np.count_nonzero(allowed)))
        if limit < 1:
            return []
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        scores, rows = np.empty((1, limit), np.float32), np.empty((1, limit), np.int64)
        pointers = [faiss.swig_ptr(array) for array in (query, self.vectors, scores, rows)]
        selector = [] if allowed is None else [faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))]
        faiss.knn_inner_product(*pointers[:2], query.shape[1], 1, count, limit, *pointers[2:], *selector)
        return list(zip(self.keys[rows[0]].tolist(), scores[0].tolist(), strict=True))
