"""How long the first token takes from a model's server to the caller, and whether many streams at once all end well.

    python benchmarks/first_token.py              # 50 streams at once, and 20 one after the other

The server is a process of its own, the scripted one of the tests. It sends its first token 0.2 s after the request, and
the clock that both share says when. Printed are the milliseconds from there to the caller of ``Assistant.stream``, and
the CPU seconds of an answer; wall-clock times are of this machine, with whatever else it does.
"""

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/synthesis/llm"))

from scripted_server import Reply, serve  # type: ignore[import-not-found]

from rag import Answer, Assistant, Settings

QUESTION = "中央活力区总投资多少"
SAID = "中央活力区总投资约520亿元[1]。\n简答：约520亿元"


def main() -> None:
    """Ask one after the other, then all at once, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=50, help="asked at once")
    arguments = parser.parse_args()
    here, there = multiprocessing.Pipe()
    multiprocessing.Process(target=_serve, args=(there,), daemon=True).start()
    settings = Settings(llm=f"openai-like:scripted@{here.recv()}")
    with tempfile.TemporaryDirectory() as folder, Assistant.build("corpus", folder, settings) as assistant:
        _ask(assistant)  # models are loaded
        for name, count, workers in (("one after the other", 20, 1), ("at once", arguments.streams, arguments.streams)):
            here.send(count)
            here.recv()
            cpu = time.process_time()
            with ThreadPoolExecutor(workers) as pool:
                seen, answers = zip(*pool.map(lambda _: _ask(assistant), range(count)), strict=True)
            cpu = time.process_time() - cpu
            # The n-th token sent is not always the n-th received: compared are the sorted times.
            late = [1000 * (got - sent) for got, sent in zip(sorted(seen), sorted(here.recv()), strict=True)]
            failed = sum(answer.engine != "scripted" for answer in answers)
            print(
                f"{count} {name}: first token after {statistics.median(late):.1f} ms (median; "
                f"{sorted(late)[int(0.9 * count)]:.1f} ms the slowest tenth, {max(late):.1f} ms the slowest); "
                f"{failed} failed; {cpu / count:.3f} CPU seconds an answer"
            )


def _ask(assistant: Assistant) -> tuple[float, Answer]:
    pieces = assistant.stream(QUESTION)
    next(pieces)
    seen = time.monotonic()
    *_, answer = pieces
    assert isinstance(answer, Answer)
    return seen, answer


def _serve(pipe: Connection) -> None:
    with serve([Reply(SAID, hold=0.2, wait=0.02)]) as scripted:
        pipe.send(scripted.url)
        while True:
            count = pipe.recv()
            scripted.plays(Reply(SAID, hold=0.2, wait=0.02))
            pipe.send(None)
            while len(scripted.first) < count:
                time.sleep(0.01)
            pipe.send(scripted.first)


if __name__ == "__main__":
    main()
