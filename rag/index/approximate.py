"""Approximate search for corpora whose exact scan takes too long: FAISS inverted lists of 8-bit vectors.

Its candidates are scored again with the full vectors, so scores are exact and only recall is not; recall is measured
when the lists are made, and kept in the manifest. Jégou, Douze, Schmid 2011 (inverted lists); FAISS guidelines.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAME = "lists.faiss"
# Bytes of vectors up to which search is exact: they are read at some 10 GB/s by one thread, so in about 50 ms.
EXACT = 512 << 20
_RECALL = 0.97  # share of the ten nearest that must be found
_QUERIES = 200
# Vectors to train on for each list, and rounds of it. Twice of both takes four times as long, for the same recall
# within a few hundredths either way (150,000 vectors, questions of news); how many lists are searched is chosen by
# recall in any case.
_TRAINING, _ROUNDS = 32, 5
_BLOCK = 65_536

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lists:
    """How the lists were made: ``lists`` of them, trained for ``trained_on`` vectors; of them ``probes`` are searched.

    ``recall`` is the share of the ten exactly nearest vectors found so, over questions drawn near random vectors.
    """

    lists: int
    probes: int
    trained_on: int
    recall: float


def write(folder: Path, vectors: Vectors, base: "tuple[Path, Lists, NDArray[np.int64]] | None") -> Lists:
    """Write the lists of ``vectors`` into ``folder`` and measure their recall.

    ``base`` is the folder of the generation before, how its lists were made, and for each of its rows the row now, -1
    where it is gone. They are carried on until the number of vectors has doubled or halved.
    """
    faiss: Any = import_module("faiss")
    count, dimension = vectors.shape
    if base is not None and base[1].trained_on / 2 <= count <= base[1].trained_on * 2:
        source, made, row_now = base
        index = faiss.read_index(str(source / NAME))
        gone = np.packbits(row_now < 0, bitorder="little")
        index.remove_ids(faiss.IDSelectorBitmap(gone))
        for number in range(made.lists):
            size = index.invlists.list_size(number)
            if size:
                rows = faiss.rev_swig_ptr(index.invlists.get_ids(number), size)
                rows[:] = row_now[rows]
        new = np.ones(count, bool)
        new[row_now[row_now >= 0]] = False
        added, lists, trained_on = np.flatnonzero(new), made.lists, made.trained_on
    else:
        lists, trained_on = max(1, int(4 * count**0.5)), count
        index = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.cp.niter, index.cp.min_points_per_centroid = _ROUNDS, _TRAINING
        some = np.random.default_rng(0).choice(count, min(count, lists * _TRAINING), replace=False)
        index.train(np.ascontiguousarray(vectors[np.sort(some)]))
        added = np.arange(count)
    for start in range(0, len(added), _BLOCK):
        rows = added[start : start + _BLOCK]
        index.add_with_ids(np.ascontiguousarray(vectors[rows]), rows)
    probes, recall = _measure(index, vectors, lists)
    faiss.write_index(index, str(folder / NAME))
    return Lists(lists, probes, trained_on, recall)


def _measure(index: Any, vectors: Vectors, lists: int) -> tuple[int, float]:
    """Return how many lists to search for the recall wanted, and the recall that this gives."""
    faiss: Any = import_module("faiss")
    draw = np.random.default_rng(1)
    near = vectors[np.sort(draw.choice(len(vectors), min(_QUERIES, len(vectors)), replace=False))]
    # As far from the vector it is drawn near as a question is from its passage: a cosine of about 0.7.
    noise = draw.standard_normal(near.shape, np.float32)
    queries = near + noise / np.linalg.norm(noise, axis=1, keepdims=True)
    _, exact = faiss.knn(queries, vectors, 10, metric=faiss.METRIC_INNER_PRODUCT)
    probes = 1
    while True:
        found = [set(candidates(index, query, 10, probes, None).tolist()) for query in queries]
        recall = float(np.mean([len(found[n] & set(exact[n].tolist())) / 10 for n in range(len(queries))]))
        if recall >= _RECALL or probes >= lists:
            return min(probes, lists), round(recall, 4)
        probes *= 2


def candidates(
    index: Any, query: Vectors, limit: int, probes: int, allowed: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """Return rows among which the ``limit`` nearest are likely to be, unordered."""
    faiss: Any = import_module("faiss")
    selector = None if allowed is None else faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
    parameters = faiss.SearchParametersIVF(nprobe=probes, sel=selector)
    # Eight bits a number order neighbours almost as the full vectors do; some more than wanted make up for it.
    _, rows = index.search(query.reshape(1, -1), 2 * limit + 20, params=parameters)
    return rows[0][rows[0] >= 0]  # type: ignore[no-any-return]


def read(folder: Path) -> Any:
    """Open the lists of a generation, mapped."""
    faiss: Any = import_module("faiss")
    return faiss.read_index(str(folder / NAME), faiss.IO_FLAG_MMAP)
