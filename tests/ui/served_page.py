"""A running page, and somebody who looks at it."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rag.workflow import Assistant

QUESTION = "中央活力区总投资多少"


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

    def faults(self) -> list[str]:
        """What somebody who sees little or nothing would trip over, in what is shown now.

        What axe finds wrong with names, roles and order (WCAG 2.2 AA and its best practice); and every text whose
        contrast with what lies behind it is under 4.5:1, large ones too, in light and in dark.
        """
        from axe_playwright_python.sync_playwright import Axe

        violations = Axe().run(self.page).response["violations"]
        found = [f"{one['id']}: {node['html'][:120]}" for one in violations for node in one["nodes"]]
        for _ in range(2):
            found += self.page.evaluate(CONTRAST)
            self.page.locator("[data-theme]").click()
        return found


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = rgba(getComputedStyle(e).backgroundColor);
      if (color[3] > .95) return color;
    }
    return [255, 255, 255, 1];
  };
  const poor = [];
  let seen = 0;
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || element.closest("[disabled], svg")) continue;
    seen++;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    const name = element.className || element.tagName;
    if (ratio < 4.5) poor.push(`contrast ${ratio.toFixed(2)}: ${name} ${element.textContent.slice(0, 20)}`);
  }
  return seen ? poor : ["no text at all"];
}"""


Visit = Callable[..., Visitor]


def marked(page: Any, panel: str = "#source") -> str:
    """The characters that are marked as quoted on the screen."""
    return "".join(page.locator(f"{panel} mark.active").all_text_contents())
