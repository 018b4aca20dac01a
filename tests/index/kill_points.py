"""Kill builds and repairs at random points and see what is left: `python tests/index/kill_points.py --points 300`.

Half of the kills come at a random time, half at a random step of the build that touches the file system (audit
events of Python: files opened for writing, linked, renamed, deleted; folders made). Each is a SIGKILL to
a process of its own.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from indexed_corpus import Corpus, article, read

from rag._errors import JuzhengError
from rag.articles.article import Article
from rag.index import check_index, generations, newest_generation

_STEPS = (
    "os.rename",
    "os.link",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.truncate",
    "sqlite3.connect",
    "shutil.copyfile",
)


def change(corpus: Corpus, draw: random.Random) -> None:
    """Write, rewrite and delete some files of the corpus."""
    for _ in range(draw.randint(1, 6)):
        name = f"{draw.randrange(25):02}.txt"
        if draw.random() < 0.3 and (corpus.folder / name).exists():
            corpus.remove(name)
        else:
            sentences = [
                f"第{draw.randrange(10**6)}号项目总投资{draw.randrange(100)}亿元。" for _ in range(draw.randint(1, 9))
            ]
            parts = [article(f"项目{part}", *sentences) for part in range(draw.choice((1, 1, 3)))]
            corpus.write(name, *parts)


def killed(work: Callable[[], object], *, after: float | None = None, step: int | None = None) -> bool:
    """Work in a child process and kill it ``after`` seconds or at its n-th ``step``; return whether it was killed."""
    child = os.fork()
    if not child:
        if step is not None:
            _die_at(step)
        work()
        os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _die_at(step: int) -> None:
    left = step

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or event in _STEPS:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def what_is_left(corpus: Corpus, before: str | None) -> str:
    """Check the index after a kill, complete the build, check again; return "old", "new" or "none" for what was there.

    Raises AssertionError where the index is neither the old nor the new one, or is not sound.
    """
    left = newest_generation(corpus.path)
    if left is not None:
        faults = check_index(corpus.path, embedder=corpus.embedder)
        assert not faults, [str(fault) for fault in faults]
    report = corpus.build()
    assert left in (before, report.generation), "the index is of neither corpus"
    assert check_index(corpus.path, embedder=corpus.embedder) == []
    wanted = {item.id: item for file in corpus.files() for item in read(file) if isinstance(item, Article)}
    with corpus.open() as index:
        assert {info.id for info in index.articles()} == set(wanted)
        for id_, item in wanted.items():
            assert index.article(id_) == item
            assert index.passages_of(id_) == corpus.chunk(item)
    rest = {path.name for path in corpus.path.iterdir()}
    assert rest == {"CURRENT", "generations", "writer.lock"}, rest
    assert len(list((corpus.path / "generations").iterdir())) == 1
    return "none" if left is None else "new" if left == report.generation and left != before else "old"


def damage(corpus: Corpus, draw: random.Random) -> None:
    """Flip a bit of a file that is derived from the articles."""
    name = generations.current(corpus.path)  # beside it an older one may wait to be collected
    assert name is not None
    folder = generations.folder_of(corpus.path, name)
    files = [file for file in folder.rglob("*") if file.is_file() and file.stat().st_size]
    file = draw.choice(sorted(file for file in files if file.name not in ("manifest.json", "articles.sqlite")))
    content = bytearray(file.read_bytes())
    content[draw.randrange(len(content))] ^= 0x10
    file.write_bytes(content)


def what_is_repaired(corpus: Corpus, before: str) -> None:
    """Check after a killed repair that the content is what it was, and that the next repair completes it.

    Raises AssertionError where it is not.
    """
    assert newest_generation(corpus.path) == before
    faults = check_index(corpus.path, embedder=corpus.embedder, repair=True)
    assert all(fault.repaired for fault in faults)
    assert check_index(corpus.path, embedder=corpus.embedder) == []


def run(folder: Path, points: int, seed: int) -> Counter[str]:
    """Kill ``points`` builds of a changing corpus; return how often the old, the new or no index was left.

    One in eight is the repair of a damaged index.
    """
    draw = random.Random(seed)
    found: Counter[str] = Counter()
    corpus = Corpus(folder)
    change(corpus, draw)
    corpus.build()
    lasts, steps = 0.3, 40  # of a build: first guesses, drawn near to what is seen
    while sum(found.values()) < points:
        if draw.random() < 0.1:  # begin again: kill a first build, too
            folder = folder / "next"
            folder.mkdir()
            corpus = Corpus(folder)
        before = newest_generation(corpus.path) if corpus.path.exists() else None
        work: Callable[[], object] = corpus.build
        repair = before is not None and draw.random() < 0.125
        if repair:
            damage(corpus, draw)
            work = partial(check_index, corpus.path, embedder=corpus.embedder, repair=True)
        else:
            change(corpus, draw)
        if draw.random() < 0.5:
            dead = killed(work, step=draw.randrange(steps))
            steps = max(4, steps + (1 if dead else -3))
        else:
            dead = killed(work, after=draw.uniform(0, lasts))
            lasts = lasts * 1.1 if dead else 0.5 * lasts
        if repair:
            assert before is not None
            what_is_repaired(corpus, before)
        left = "repair" if repair else what_is_left(corpus, before)
        if dead:
            found[left] += 1
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder if not given")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
            print(dict(run(Path(scratch), options.points, options.seed)))
    except JuzhengError as error:
        sys.exit(str(error))
