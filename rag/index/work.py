"""A build under way: what it has read and embedded so far, kept so that a killed one is taken up, not begun again."""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from rag.embeddings import Embedder
from rag.index import generations, store
from rag.index.dense import Keys, Vectors
from rag.index.derive import embed_passages, fetch
from rag.index.editor import Editor
from rag.index.reader import LocalIndex
from rag.index.store import Store

_STATE, _STAGED = "state.json", "vectors.sqlite"


class Work:
    """The folder ``building`` of an index: a store that becomes the next generation, and vectors by key.

    Vectors are committed before the passages they belong to, and are only a cache: one that is missing is made again.
    """

    def __init__(self, path: Path, base: LocalIndex | None, embedder: Embedder, recipe: str, *, whole: bool) -> None:
        self.folder = path / generations.BUILDING
        self.articles = self.folder / store.NAME
        self._base, self._embedder = base, embedder
        state: dict[str, object] = {
            "format": generations.FORMAT,
            "base": base.name if base else None,
            "fingerprint": embedder.fingerprint,
            "recipe": recipe,
            "whole": whole,
        }
        # Only a build of the whole corpus is taken up: the next addition or removal is about other articles.
        if not whole or _state(path) != state:
            self._begin(state, base if base is not None and base.manifest.recipe == recipe else None)
        with ExitStack() as opened:
            self.store = opened.enter_context(closing(Editor.edit(self.articles)))
            self._staged = opened.enter_context(closing(sqlite3.connect(self.folder / _STAGED)))
            self._staged.execute("PRAGMA journal_mode = WAL")
            self._staged.execute("PRAGMA synchronous = NORMAL")
            self._staged.execute("CREATE TABLE IF NOT EXISTS vectors (key INTEGER PRIMARY KEY, vector BLOB NOT NULL)")
            self._opened = opened.pop_all()

    def _begin(self, state: dict[str, object], kept: LocalIndex | None) -> None:
        """Start from the articles of ``kept``, or from none; vectors that an unfinished build has left stay useful."""
        left = _state(self.folder.parent)
        self.folder.mkdir(exist_ok=True)
        # The state goes first and comes last: a folder without it was killed while it was made.
        (self.folder / _STATE).unlink(missing_ok=True)
        useful = left is not None and left.get("fingerprint") == state["fingerprint"]
        for file in self.folder.iterdir():
            if not (useful and file.name.startswith(_STAGED)):
                file.unlink()
        if kept is None:
            Editor.create(self.articles).close()
        else:
            shutil.copyfile(kept.store.path, self.articles)
        fresh = self.folder / (_STATE + ".new")
        fresh.write_text(json.dumps(state), encoding="utf-8")
        fresh.replace(self.folder / _STATE)

    def stage(self, keys: Sequence[int], vectors: Vectors) -> None:
        """Keep the vectors of ``keys`` for the generation to come."""
        rows = zip(keys, (row.tobytes() for row in np.ascontiguousarray(vectors, "<f4")), strict=True)
        self._staged.executemany("REPLACE INTO vectors VALUES (?, ?)", rows)
        self._staged.commit()

    def missing(self, keys: Sequence[int]) -> list[int]:
        """Return those of ``keys`` that have no vector yet."""
        wanted = np.array(keys, np.int64)
        if self._base is not None:
            wanted = wanted[~self._base.vectors.rows(wanted)[1]]
        marks = ",".join("?" * len(wanted))
        staged = {
            row[0] for row in self._staged.execute(f"SELECT key FROM vectors WHERE key IN ({marks})", wanted.tolist())
        }
        return [key for key in wanted.tolist() if key not in staged]

    def vectors_of(self, content: Store, keys: Keys) -> Vectors:
        """Return the vectors of ``keys``: of the generation before, of this build, or made now."""
        vectors = np.empty((len(keys), self._embedder.dimension), np.float32)
        left = np.ones(len(keys), bool)
        if self._base is not None:
            rows, found = self._base.vectors.rows(keys)
            vectors[found] = self._base.vectors.vectors[rows[found]]
            left &= ~found
        places = {int(key): place for place, key in enumerate(keys) if left[place]}
        wanted = list(places)
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            marks = ",".join("?" * len(some))
            for key, blob in self._staged.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some):
                vectors[places.pop(key)] = np.frombuffer(blob, "<f4")
        if places:
            passages = fetch(content, np.array(list(places), np.int64))
            made = embed_passages(self._embedder, [passage for _, passage in passages])
            for (key, _), vector in zip(passages, made, strict=True):
                vectors[places[key]] = vector
        return vectors

    def close(self) -> None:
        """Close the files; what was committed stays for the next build."""
        self._opened.close()


def _state(path: Path) -> dict[str, object] | None:
    """Return what the unfinished build in the index folder ``path`` set out to do, None where there is none."""
    try:
        state = json.loads((path / generations.BUILDING / _STATE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return state if isinstance(state, dict) else None


def discard(path: Path) -> None:
    """Throw away what an unfinished build has left."""
    shutil.rmtree(path / generations.BUILDING, ignore_errors=True)
