"""An iterator that works in a thread -> an async one."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[threading.Event], Iterator[T]]) -> AsyncIterator[T]:
    """Yield what ``work(stop)`` yields in a thread; ``stop`` is set when the async iterator ends, however it does."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[T] | Exception | None] = asyncio.Queue()
    stop = threading.Event()

    def hand_over(piece: tuple[T] | Exception | None) -> None:
        with suppress(RuntimeError):  # the loop was closed: nobody waits for it any more
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

    def run() -> None:
        try:
            for piece in work(stop):
                hand_over((piece,))
            hand_over(None)
        except Exception as error:  # raised again where it is awaited
            hand_over(error)

    # A thread of its own: the loop's pool has a handful, and a model may be slow.
    threading.Thread(target=run, name="juzheng-answer", daemon=True).start()
    try:
        while (piece := await pieces.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece[0]
    finally:
        stop.set()
