"""A running page, and somebody who looks at it."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rag.workflow import Assistant


@dataclass(frozen=True)
class Served:
    """A running page: where it is, the assistant behind it, and how to stop it."""

    url: str
    assistant: Assistant
    stop: Callable[[], None]


def serve(assistant: Assistant, users: dict[str, str] | None = None) -> Served:
    """Serve the page of ``assistant`` from a thread, and wait until it answers."""
    import uvicorn

    from rag.ui.server import application

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(application(assistant, users), port=port, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended before it began"
        time.sleep(0.01)

    def stop() -> None:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive(), "the server did not end"

    return Served(f"http://127.0.0.1:{port}", assistant, stop)


@dataclass
class Visitor:
    """One person at a browser of their own; ``requests`` are the addresses their page asked for."""

    page: Any
    requests: list[str]
    errors: list[str]

    def ask(self, question: str) -> Any:
        """Ask, wait for the checked answer, and return its turn."""
        turns = self.page.locator(".turn:not(.live)")
        before = turns.count()
        self.page.fill("#question textarea", question)
        self.page.press("#question textarea", "Enter")
        turns.nth(before).wait_for()
        return turns.nth(before)

    def open(self, tab: str) -> None:
        self.page.get_by_role("tab", name=tab, exact=True).click()
