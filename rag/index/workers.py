"""Work spread over processes: each runs ``serve`` and answers pickled batches on its standard streams.

Not multiprocessing: its processes run the caller's main module again, or inherit the locks of the caller's threads;
a program that builds an index from the middle of a script, or from a server's thread, must not need to know.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MOST = 8  # processes; the one that feeds them cannot feed more
_WAITING = 2  # batches under way for each process


class Workers(Generic[T, R]):
    """Applies a function to batches, in as many processes as there are processors; a context manager.

    With ``much`` false, with one processor, or with a function that cannot be pickled the work is done here: starting a
    process takes about a second.
    """

    def __init__(self, function: Callable[[T], R], *, much: bool) -> None:
        self._function = function
        self._much = much

    def __enter__(self) -> "Workers[T, R]":
        self._stack = ExitStack()
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._count = min(_processors(), _MOST) if self._much else 1
        try:
            sent = pickle.dumps(self._function)
        except (pickle.PicklingError, AttributeError, TypeError):
            self._count = 1
        if self._count > 1:
            for _ in range(self._count):
                self._idle.put(self._stack.enter_context(_start(sent)))
            # Left in reverse order: the threads end first, then the processes see their input end.
            self._threads = self._stack.enter_context(ThreadPoolExecutor(self._count))
        return self

    def __exit__(self, *fault: object) -> None:
        self._stack.close()

    def map(self, batches: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Yield (batch, result) in the order of ``batches``, of which only a few are taken ahead.

        Raises what the function raises.
        """
        if self._count == 1:
            yield from ((batch, self._function(batch)) for batch in batches)
            return
        waiting: deque[tuple[T, Future[R]]] = deque()
        for batch in batches:
            waiting.append((batch, self._threads.submit(self._ask, batch)))
            if len(waiting) >= self._count * _WAITING:
                first, result = waiting.popleft()
                yield first, result.result()
        while waiting:
            first, result = waiting.popleft()
            yield first, result.result()

    def _ask(self, batch: T) -> R:
        process = self._idle.get()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            pickle.dump(batch, process.stdin)
            process.stdin.flush()
            result, error = pickle.load(process.stdout)
        finally:
            self._idle.put(process)
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start(function: bytes) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    # Each process is one thread: the processes share the processors already.
    environment |= {"OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    process = subprocess.Popen(
        [sys.executable, "-c", "from rag.index.workers import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        process_group=0,  # Ctrl-C is for the caller, who then ends the input
    )
    assert process.stdin is not None
    process.stdin.write(function)
    process.stdin.flush()
    return process


def serve() -> None:
    """Read a function, then batches, from standard input; write (result, error) for each to standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the function prints must not come between the answers
    batches = sys.stdin.buffer
    try:
        function: Callable[[Any], Any] = pickle.load(batches)
    except (EOFError, pickle.UnpicklingError):
        return
    while True:
        try:
            batch = pickle.load(batches)
        except (EOFError, pickle.UnpicklingError):  # the caller is done, or gone in the middle of a word
            return
        try:
            answer: tuple[Any, Exception | None] = function(batch), None
        except Exception as error:  # it is raised again where the batch came from
            answer = None, error
        pickle.dump(answer, answers)
        answers.flush()
