"""The newest generation of an index, held open while it is read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.embeddings import Embedder
from rag.index import LocalIndex, newest_generation, open_index


class Generations:
    """An index as it is now, for several threads: what another process builds is what the next reader gets."""

    def __init__(self, path: Path, embedder: Embedder) -> None:
        """Open the index in the folder ``path``; raises JuzhengError where there is none, or it does not fit."""
        self.path = path
        self._embedder = embedder
        self._lock = threading.Lock()
        self._readers: dict[int, int] = {}
        self.current = open_index(path, embedder=embedder)

    @contextmanager
    def newest(self) -> Iterator[LocalIndex]:
        """Hold the newest generation open while it is read; one that was replaced is closed by its last reader."""
        with self._lock:
            if newest_generation(self.path) not in (None, self.current.generation):
                old, self.current = self.current, open_index(self.path, embedder=self._embedder)
                if not self._readers.get(id(old)):
                    old.close()
            index = self.current
            self._readers[id(index)] = self._readers.get(id(index), 0) + 1
        try:
            yield index
        finally:
            with self._lock:
                self._readers[id(index)] -= 1
                if not self._readers[id(index)]:
                    del self._readers[id(index)]
                    if index is not self.current:
                        index.close()

    def close(self) -> None:
        """Close the generation that is open."""
        self.current.close()
