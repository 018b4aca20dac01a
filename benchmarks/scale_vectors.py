"""Dense search alone over millions of vectors made from real ones: speed, recall, memory, disk.

    python benchmarks/scale_vectors.py [--millions 1] [--work build/scale] [--exact 20]

The vectors of ``scale.py build`` are each repeated with noise of their own, at a cosine of 0.8: as many neighbourhoods
as the corpus has, each filled up. Questions are the beginnings of real passages, embedded: no vector is a question's.
Recall is the share of the ten exactly nearest that are found. Prints a JSON line and keeps it as ``scale.py`` does.
"""

import argparse
import os
import shutil
import time
from pathlib import Path

import numpy as np
from measuring import peak, quantiles, say, size_of
from scale import questions_of

from rag.embeddings import load_embedder
from rag.index import approximate, open_index
from rag.index.dense import KEYS, VECTORS, Dense

_BLOCK = 65_536
_NOISE = 0.75  # length of what is added to a unit vector: a cosine of 0.8


def write_vectors(real: np.ndarray, folder: Path, count: int) -> None:
    """Write ``count`` vectors around ``real`` ones, a block at a time."""
    draw = np.random.default_rng(0)
    dimension = real.shape[1]
    with (folder / VECTORS).open("wb") as file:
        for start in range(0, count, _BLOCK):
            size = min(_BLOCK, count - start)
            noise = draw.standard_normal((size, dimension), np.float32) * np.float32(_NOISE / dimension**0.5)
            block = real[draw.integers(len(real), size=size)] + noise
            file.write((block / np.linalg.norm(block, axis=1, keepdims=True)).tobytes())
    np.arange(count, dtype="<i8").tofile(folder / KEYS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("build/scale"))
    parser.add_argument("--millions", type=float, default=1.0)
    parser.add_argument("--exact", type=int, default=20, help="questions that exact search is timed with")
    options = parser.parse_args()
    embedder = load_embedder()
    with open_index(options.work / "index", embedder=embedder) as index:
        real = np.array(index.vectors.vectors)
        queries = embedder.embed(questions_of(index, 100), "query")
    folder, count = options.work / "vectors", int(options.millions * 1_000_000)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_vectors(real, folder, count)
    started, before = time.perf_counter(), time.process_time()
    plain = Dense(folder, embedder.dimension)
    made = approximate.write(folder, plain.vectors, None)
    built, processor = time.perf_counter() - started, time.process_time() - before
    lists = Dense(folder, embedder.dimension, made)
    for query in queries[:5]:
        lists.search(query, 10)  # the lists are mapped: the first questions fetch them
    found, exact, recall = [], [], []
    for number, query in enumerate(queries):
        started = time.perf_counter()
        near = {key for key, _ in lists.search(query, 10)}
        found.append(time.perf_counter() - started)
        if number < options.exact:
            started = time.perf_counter()
            best = {key for key, _ in plain.search(query, 10)}
            exact.append(time.perf_counter() - started)
            recall.append(len(near & best) / 10)
    say(
        options.work,
        what="vectors",
        vectors=count,
        lists=made.lists,
        probes=made.probes,
        recall_in_manifest=made.recall,
        recall=round(float(np.mean(recall)), 4),
        build_seconds=round(built, 1),
        build_processor_seconds=round(processor, 1),
        disk=size_of(folder),
        peak_memory=peak(),
        load=os.getloadavg()[0],
        approximate=quantiles(found),
        exact=quantiles(exact),
    )
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
