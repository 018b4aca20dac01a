"""Make the pictures of the page in docs/screenshots from the sample corpus: ``python docs/screenshots.py``.

Needs Debian's Chromium (apt-get install -y chromium) and ``pip install "juzheng[dev]"``.
"""

import argparse
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from rag.workflow import Assistant

QUESTION = "山东未来云谷项目什么时候开工建设？"
FOLLOW_UP = "预计未来五年营业收入是多少？"
UNANSWERED = "山东未来云谷项目2030年营业收入是多少？"
DISPUTED = "市中区新增省级瞪羚企业多少家？"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}


def main() -> None:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=here.parent / "corpus")
    parser.add_argument("--out", type=Path, default=here / "screenshots")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Assistant.build(arguments.corpus, Path(folder, "index")) as assistant:
        url = serve(assistant)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=arguments.chromium, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
            )
            for name, settings, draw in PICTURES:
                context = browser.new_context(**{"locale": "zh-CN", "viewport": DESKTOP, **settings})
                context.set_default_timeout(120_000)
                page = context.new_page()
                page.goto(url)
                page.wait_for_selector(".welcome")
                draw(page)
                page.wait_for_timeout(500)  # fonts and the drawer's slide
                page.screenshot(path=arguments.out / f"{name}.png")
                context.close()
                print(arguments.out / f"{name}.png")
            browser.close()


def serve(assistant: Assistant) -> str:
    """Serve the page from a thread and return its address."""
    import uvicorn

    from rag.ui.server import application

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(application(assistant), port=port, log_level="error", timeout_graceful_shutdown=1)
    )
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    return f"http://127.0.0.1:{port}"


def ask(page: Any, question: str) -> Any:
    """Ask, and return the turn once it is answered."""
    turns = page.locator(".turn:not(.live)")
    before = turns.count()
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    turns.nth(before).wait_for()
    return turns.nth(before)


def welcome(page: Any) -> None:
    page.wait_for_selector(".examples button")


def source(page: Any) -> None:
    """An answer with its source open."""
    turn = ask(page, QUESTION)
    turn.locator("button.cite").first.click()
    page.wait_for_selector("#source mark.active")


def conflict(page: Any) -> None:
    """An answer that the sources do not agree on."""
    ask(page, DISPUTED).locator("table.conflicts").wait_for()


def dialogue(page: Any) -> None:
    """A refusal, and a follow-up before it."""
    ask(page, QUESTION)
    ask(page, FOLLOW_UP)
    ask(page, UNANSWERED)


def corpus(page: Any) -> None:
    """The list, and an article as the system reads it, at a place where columns were joined."""
    page.get_by_role("tab").nth(1).click()
    page.locator("button.name").first.click()
    page.locator("#reader .join").first.evaluate("join => join.scrollIntoView({ block: 'center' })")


def evaluation(page: Any) -> None:
    """A run of the questions on the sample corpus."""
    page.get_by_role("tab").nth(2).click()
    page.locator("#evaluation input[role=combobox], #evaluation [role=listbox] input").first.click()
    page.get_by_role("option", name="evals/articles.jsonl").click()
    page.click("#run")
    page.wait_for_selector("#result .run", timeout=300_000)


PICTURES = (
    ("welcome", {}, welcome),
    ("source", {}, source),
    ("conflict", {}, conflict),
    ("refusal", {}, dialogue),
    ("dark", {"color_scheme": "dark"}, source),
    ("english", {"locale": "en-US"}, source),
    ("corpus", {}, corpus),
    ("evaluation", {}, evaluation),
    ("phone", {"viewport": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}, dialogue),
    ("phone-source", {"viewport": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}, source),
)


if __name__ == "__main__":
    main()
