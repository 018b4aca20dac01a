"""From the articles of a generation to the generation: vectors, words, manifest; then the step that publishes it."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from rag.chunks import Passage
from rag.embeddings import Embedder
from rag.index import approximate, dense, generations, lexical, store
from rag.index.approximate import Lists
from rag.index.dense import Dense, Keys, Vectors
from rag.index.generations import FORMAT, Manifest
from rag.index.reader import LocalIndex
from rag.index.rows import digest_of
from rag.index.store import Store

T = TypeVar("T")

# Called with the stage, how much of it is done and how much there is: bytes for "read", passages for "index".
Progress = Callable[[str, int, int], None]

# BM25 counts deleted passages in its statistics until their segment is rewritten. Up to this many passages, an index
# with a deletion is written anew; above, when one passage in so many is a deleted one.
_SMALL = 20_000
_DELETED = 50
_AT_ONCE = 500  # passages fetched in one query


def generation_of(content: Store, fingerprint: str, recipe: str) -> str:
    """Return the name of the content: a digest of the corpus as read, the model, the chunker and the cut of words."""
    return digest_of(FORMAT, fingerprint, recipe, lexical.STAMP, content.content(), size=8).hex()


def embed_passages(embedder: Embedder, passages: Sequence[Passage]) -> Vectors:
    """Return the vectors of ``passages``, float32 rows of shape (n, dimension): context and text are embedded."""
    return embedder.embed([f"{passage.context}\n{passage.text}" for passage in passages], "passage")


def publish(
    path: Path,
    articles: Path,
    *,
    embedding: str,
    fingerprint: str,
    dimension: int,
    recipe: str,
    generation: str,
    base: LocalIndex | None,
    vectors_of: Callable[[Store, Keys], Vectors],
    progress: Progress,
) -> None:
    """Make the generation of the finished store ``articles``, whose content is ``generation``, and switch to it.

    ``vectors_of`` gives the vectors of some keys of the store; ``base`` is a sound generation whose lexical index is
    carried on. A kill at any point leaves the current generation as it was.
    """
    name = generations.next_name(path)
    folder = generations.folder_of(path, name)
    folder.mkdir(parents=True)
    lexical.link_or_copy(articles, folder / store.NAME)
    with closing(Store.open(folder / store.NAME)) as content:
        keys = np.fromiter((key for batch in content.sorted_keys() for key in batch), np.int64)
        dense.write(folder, keys, dimension, lambda block: vectors_of(content, block))
        lists = _write_lists(folder, dimension, base)
        _write_words(folder, content, keys, base, progress)
        manifest = Manifest(
            format=FORMAT,
            generation=generation,
            embedding=embedding,
            fingerprint=fingerprint,
            dimension=dimension,
            recipe=recipe,
            lexical=lexical.STAMP,
            articles=content.count("articles"),
            passages=len(keys),
            files=content.count("files"),
            skipped=sum(len(record.skipped) for record in content.files()),
            created=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            checksums=generations.checksums(folder),
            lists=lists,
        )
    generations.write_manifest(folder, manifest)
    generations.publish(path, name)


def _write_lists(folder: Path, dimension: int, base: LocalIndex | None) -> Lists | None:
    """Write the lists of approximate search where exact search would take too long."""
    written = Dense(folder, dimension)
    if written.vectors.nbytes <= approximate.EXACT:
        return None
    before = None
    if base is not None and base.manifest.lists is not None and base.manifest.dimension == dimension:
        rows, found = written.rows(base.vectors.keys)
        before = base.folder, base.manifest.lists, np.where(found, rows, -1)
    return approximate.write(folder, written.vectors, before)


def _write_words(folder: Path, content: Store, keys: Keys, base: LocalIndex | None, progress: Progress) -> None:
    """Write the lexical index: carried on from ``base`` where that is exact enough, else from nothing."""
    carried: Path | None = None
    added, removed = keys, np.empty(0, np.int64)
    if base is not None and base.manifest.lexical == lexical.STAMP:
        removed = np.setdiff1d(base.vectors.keys, keys, assume_unique=True)
        dead = len(removed) + lexical.deleted(base.folder / lexical.NAME)
        if dead == 0 or (len(keys) > _SMALL and dead * _DELETED < len(keys)):
            carried = base.folder / lexical.NAME
            added = np.setdiff1d(keys, base.vectors.keys, assume_unique=True)
    batches = _batches(content, added if carried else None, len(added), progress)
    lexical.write(
        folder / lexical.NAME, carried, batches, removed.tolist() if carried else [], much=len(added) > _SMALL
    )


def _batches(content: Store, some: Keys | None, total: int, progress: Progress) -> Iterator[lexical.Batch]:
    """Yield (key, passage) of all passages, those of an article together, or only of the keys ``some``, in batches."""
    done = 0
    if some is None:
        batches = batched(content.passages("1 ORDER BY a.id, p.position"), _AT_ONCE)
    else:
        batches = (fetch(content, some[start : start + _AT_ONCE]) for start in range(0, len(some), _AT_ONCE))
    for batch in batches:
        yield batch
        done += len(batch)
        progress("index", done, total)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield ``items`` in lists of ``size``, the last one shorter."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def fetch(content: Store, keys: Keys) -> list[tuple[int, Passage]]:
    """Return (key, passage) for ``keys``, by rising key; those that are not there are left out."""
    marks = ",".join("?" * len(keys))
    return list(content.passages(f"p.key IN ({marks}) ORDER BY p.key", keys.tolist()))
