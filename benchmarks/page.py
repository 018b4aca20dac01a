"""How soon the page is there after its start, and how soon an answer's first words are after Enter.

    python benchmarks/page.py [--corpus corpus] [--starts 3] [--chromium /usr/bin/chromium]

Starts ``juzheng ui`` over an index built before, and beside it, in the same run, the least that the same library can
do: a bare ``gr.ChatInterface`` that echoes. Both are opened in headless Chromium, and what a person would see is timed
there frame by frame: ``server`` from the start until the page's address answers, ``page`` until the box for the
question is drawn; ``question`` from Enter until one's own question stands in the dialogue, ``words`` until the first
words of an answer do, ``done`` until it is whole. The first question after a start is told apart. The browser is open
before the start.

Prints JSON lines: seconds, the least and the median. ``processor`` is CPU seconds of the server alone, which say the
same on a busy machine; ``idle`` is the share of a core that the server takes when nobody asks.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

QUESTIONS = (
    "中央活力区总投资多少",
    "山东未来云谷项目什么时候开工建设？",
    "市中区引进科创私募基金多少家？",
    "中央活力区产业集群项目总占地多少？",
    "39个重点项目总投资多少？",
    "火星基地的总投资是多少？",
)

ECHO = """
import os, sys
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio as gr
page = gr.ChatInterface(lambda message, history: "回声" + message, api_visibility="private")
page.launch(server_port=int(sys.argv[1]), quiet=True)
"""

# Per system: the box, and where the questions and the words of answers stand. A refusal has words of its own, and
# no others where the corpus has nothing instead.
JUZHENG = ("#question textarea", ".turn .asked", ".turn .answer :is(.short, .text, .refusal, .conflicts, .notice)")
PEER = ("textarea", ".message.user", ".message.bot")

# Long past any answer: what is not seen by then is not looked for in the right place.
PATIENCE = 30_000  # ms

TIMED = """([box, asked, words]) => new Promise((done, failed) => {
  const count = (where) => [...document.querySelectorAll(where)].filter((one) => one.textContent.trim()).length;
  const before = [count(asked), count(words)], seen = {};
  document.querySelector(box).addEventListener("keydown", () => {
    const start = performance.now();
    setTimeout(() => failed(`no words of an answer in ${PATIENCE} ms, seen: ${JSON.stringify(seen)}`), PATIENCE);
    const look = () => {
      const now = (performance.now() - start) / 1000;
      if (count(asked) > before[0]) seen.question ??= now;
      if (count(words) > before[1]) seen.words ??= now;
      const writing = document.querySelector(".turn.live, .generating, .pending");
      if (seen.words && !writing) return done({ ...seen, done: now });
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, { once: true, capture: true });
  window.ready = true;
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        index = Path(folder, "index")
        run = [sys.executable, "-m", "rag"]
        subprocess.run([*run, "build", str(options.corpus), "--index", str(index)], check=True, capture_output=True)
        echo = Path(folder, "echo.py")
        echo.write_text(ECHO, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"])
        systems = {
            "juzheng": (lambda port: [*run, "ui", "--index", str(index), "--port", str(port)], JUZHENG),
            "gr.ChatInterface": (lambda port: [sys.executable, str(echo), str(port)], PEER),
        }
        measured: dict[str, list[dict[str, float]]] = {name: [] for name in systems}
        for _ in range(options.starts):
            for name, (command, places) in systems.items():
                measured[name].extend(measure(command, places, browser))
        for name, rows in measured.items():
            for what in dict.fromkeys(key for row in rows for key in row):
                values = [row[what] for row in rows if what in row]
                print(json.dumps({"system": name, "what": what, **summary(values)}, ensure_ascii=False))
        print(json.dumps({"load": os.getloadavg()[0], "processors": len(os.sched_getaffinity(0))}))


def summary(values: Sequence[float]) -> dict[str, float]:
    return {"least": round(min(values), 3), "median": round(statistics.median(values), 3), "n": len(values)}


def measure(command: Any, places: Sequence[str], browser: Any) -> Iterator[dict[str, float]]:
    """Start a server and yield what was measured: the start, the first question, each of the others, and rest."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()  # whoever waits for a page has a browser open
    started = time.perf_counter()
    with running(command(port)) as server:
        while not answers(url):
            time.sleep(0.01)
        seconds = {"server": time.perf_counter() - started}
        page.goto(url, wait_until="commit")
        page.wait_for_selector(places[0])
        yield {**seconds, "page": time.perf_counter() - started, "processor at start": processor_seconds(server.pid)}
        page.wait_for_timeout(2000)  # a person reads and types
        for number, question in enumerate(QUESTIONS):
            before = processor_seconds(server.pid)
            seen = {f"{'first ' if not number else ''}{what}": at for what, at in ask(page, question, places).items()}
            spent = {} if not number else {"processor a question": processor_seconds(server.pid) - before}
            yield {**seen, **spent}
        before = processor_seconds(server.pid)
        page.wait_for_timeout(2000)
        yield {"idle": (processor_seconds(server.pid) - before) / 2}
        context.close()


def ask(page: Page, question: str, places: Sequence[str]) -> dict[str, float]:
    """Ask as a person does, by typing and Enter, and return when what was seen."""
    timed = TIMED.replace("PATIENCE", str(PATIENCE))
    page.evaluate(f"() => {{ window.ready = false; window.timed = ({timed})({json.dumps(places)}) }}")
    page.wait_for_function("window.ready")
    page.fill(places[0], question)
    page.press(places[0], "Enter")
    seen: dict[str, float] = page.evaluate("window.timed")
    page.wait_for_timeout(300)  # a person reads before they ask again
    return seen


@contextmanager
def running(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=60) as response:
            return bool(response.status == 200)
    except (URLError, ConnectionError):
        return False


def processor_seconds(pid: int) -> float:
    """Return the CPU seconds that a process has taken so far, of all its threads (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
