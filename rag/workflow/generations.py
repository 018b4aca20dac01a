"""The newest generation of an index, held open while it is read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rag._errors import UsageError
from rag.index import Index


class Generations:
    """An index as it is now, for several threads: what another process builds is what the next reader gets."""

    def __init__(self, current: Index) -> None:
        self.current = current
        self._lock = threading.Lock()
        self._readers: dict[int, int] = {}
        self._closed = False

    @contextmanager
    def newest(self) -> Iterator[Index]:
        """Hold the newest generation open while it is read; one that was replaced is closed by its last reader.

        Raises UsageError after ``close``.
        """
        with self._lock:
            if self._closed:
                raise UsageError("索引已经关闭：请重新打开 (the index was closed: open it anew)")
            newest = self.current.newest()
            if newest is not self.current:
                old, self.current = self.current, newest
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
                    if self._closed or index is not self.current:
                        index.close()

    def close(self) -> None:
        """Close the generation that is open, or have its last reader do so: closed under a reader it would crash."""
        with self._lock:
            self._closed = True
            if not self._readers.get(id(self.current)):
                self.current.close()
