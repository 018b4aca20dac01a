"""How the index behaves at a hundred times the sample's size, and the vectors alone at ten million.

    python benchmarks/scale.py build [--data ../shared/data] [--articles 63668] [--copies 1] [--work build/scale]
    python benchmarks/scale.py query [--work build/scale] [--questions 500]
    python benchmarks/scale.py add [--work build/scale]
    python benchmarks/scale.py vectors [--millions 1] [--work build/scale]
    python benchmarks/scale.py sizes [--data ../shared/data] [--work build/scale] [--plot docs/scale.svg]

``build`` indexes web news of 2023 (CRUD-RAG); with ``--copies`` each article comes several times with every character
of its figures and a third of its sentences altered, so that neither vectors nor words repeat. ``query`` asks for the
beginnings of random articles: each search alone and the whole question, cold (the files dropped from memory as far as
the system lets us) and warm, with 1, 2 and 8 threads. ``add`` adds a hundred articles, deletes them, and builds again.
``vectors`` compares approximate with exact search over random unit vectors gathered in clusters. ``sizes`` builds 1/64
to all of the corpus and shows how the cost of a query grows. Prints JSON lines; times are seconds, sizes bytes.
"""

import argparse
import json
import lzma
import os
import random
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from rag.embeddings import Embedder, load_embedder
from rag.index import LocalIndex, approximate, index_words, open_index
from rag.workflow import Assistant, build

NEWS = "news/web_news_2023.jsonl.xz"


def say(**facts: Any) -> None:
    """Print facts as one JSON line."""
    print(json.dumps(facts, ensure_ascii=False), flush=True)


def articles(data: Path, count: int) -> Iterator[dict[str, str]]:
    """Yield the first ``count`` web news articles."""
    path = data / NEWS
    if not path.is_file():
        sys.exit(f"there is no {path}: give the data folder with --data")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, islice(lines, count))


def altered(article: dict[str, str], copy: int) -> dict[str, str]:
    """Return a copy with other figures and a third of its sentences in another order; copy 0 is the original."""
    if not copy:
        return article
    draw = random.Random(f"{article['id']}-{copy}")
    text = "".join(str(draw.randrange(10)) if char.isdigit() else char for char in article["text"])
    sentences = text.split("。")
    places = draw.sample(range(len(sentences)), len(sentences) // 3)
    for place, other in zip(places, sorted(places), strict=True):
        sentences[place], sentences[other] = sentences[other], sentences[place]
    return {**article, "id": f"{article['id']}-{copy}", "text": "。".join(sentences)}


def write_corpus(data: Path, folder: Path, count: int, copies: int) -> None:
    """Write the corpus as JSON lines, one file a copy."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for copy in range(copies):
        with (folder / f"news-{copy}.jsonl").open("w", encoding="utf-8") as file:
            for article in articles(data, count):
                file.write(json.dumps(altered(article, copy), ensure_ascii=False) + "\n")


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def peak() -> int:
    """Return the most memory that this process and any one of its children have held, in bytes."""
    return 1024 * sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def processor_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def run_build(options: argparse.Namespace) -> None:
    write_corpus(options.data, options.work / "corpus", options.articles, options.copies)
    shutil.rmtree(options.work / "index", ignore_errors=True)
    started = time.perf_counter()
    stages: dict[str, float] = {}
    report = build(
        options.work / "corpus",
        options.work / "index",
        progress=lambda stage, done, total: stages.update({stage: time.perf_counter() - started}),
    )
    with open_index(options.work / "index", embedder=load_embedder()) as index:
        say(
            what="build",
            articles=report.added,
            passages=index.manifest.passages,
            seconds=round(report.seconds, 1),
            stages_end={stage: round(seconds, 1) for stage, seconds in stages.items()},
            processor_seconds=round(processor_seconds(), 1),
            processors=len(os.sched_getaffinity(0)),
            load=os.getloadavg()[1],
            peak_memory=peak(),
            corpus=size_of(options.work / "corpus"),
            disk=size_of(options.work / "index"),
            files={name: size for name, (size, _) in index.manifest.checksums.items() if size > 1 << 20},
        )


def quantiles(seconds: list[float]) -> dict[str, float]:
    return {f"p{q}": round(float(np.percentile(seconds, q)) * 1000, 2) for q in (50, 95, 99)}


def drop(folder: Path) -> None:
    """Ask the system to forget the files below ``folder``, so that the next reads come from the disk."""
    for file in folder.rglob("*"):
        if file.is_file():
            descriptor = os.open(file, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def questions_of(index: LocalIndex, count: int) -> list[str]:
    """Return the first clauses of random passages."""
    keys = np.random.default_rng(0).choice(index.vectors.keys, min(count, len(index.vectors.keys)), replace=False)
    return [passage.text.replace("\n", "")[:24] for passage in index.passages(keys.tolist())]


def timed(ask: Callable[[str], object], questions: list[str], threads: int) -> tuple[list[float], float]:
    """Return the milliseconds of each question and how many are answered in a second."""

    def one(question: str) -> float:
        started = time.perf_counter()
        ask(question)
        return time.perf_counter() - started

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        seconds = list(pool.map(one, questions))
    return seconds, len(questions) / (time.perf_counter() - started)


def searches(index: LocalIndex, embedder: Embedder, questions: list[str]) -> dict[str, Callable[[str], object]]:
    """Return the searches of an index by name; words and vectors of the questions are made before."""
    words = {question: index_words(question) for question in questions}
    vectors = {question: embedder.embed([question], "query")[0] for question in questions}
    return {
        "lexical": lambda question: index.lexical(words[question], 50),
        "dense": lambda question: index.dense(vectors[question], 50),
        "dense+passages": lambda question: index.passages([key for key, _ in index.dense(vectors[question], 50)]),
    }


def run_query(options: argparse.Namespace) -> None:
    embedder = load_embedder()
    folder = options.work / "index"
    with open_index(folder, embedder=embedder) as index:
        questions = questions_of(index, options.questions)
    drop(folder)
    with open_index(folder, embedder=embedder) as index:
        for name, search in searches(index, embedder, questions).items():
            cold, _ = timed(search, questions[:20], 1)
            say(what="query", search=name, state="cold", passages=index.manifest.passages, **quantiles(cold))
            for threads in (1, 2, 8):
                warm, rate = timed(search, questions, threads)
                say(what="query", search=name, state="warm", threads=threads, per_second=round(rate), **quantiles(warm))
    with Assistant.open(folder) as assistant:
        assistant.ask(questions[0])
        for threads in (1, 2, 8):
            warm, rate = timed(assistant.ask, questions[:100], threads)
            say(what="query", search="ask", state="warm", threads=threads, per_second=round(rate, 1), **quantiles(warm))


def run_add(options: argparse.Namespace) -> None:
    new = options.work / "corpus" / "more.jsonl"
    with new.open("w", encoding="utf-8") as file:
        for article in articles(options.data, 100):
            file.write(json.dumps(altered(article, 99), ensure_ascii=False) + "\n")
    for what in ("add", "again", "delete"):
        if what == "delete":
            new.unlink()
        before = processor_seconds()
        report = build(options.work / "corpus", options.work / "index")
        say(
            what=what,
            added=report.added,
            removed=report.removed,
            unchanged=report.unchanged,
            seconds=round(report.seconds, 2),
            processor_seconds=round(processor_seconds() - before, 2),
            load=os.getloadavg()[0],
        )


def run_vectors(options: argparse.Namespace) -> None:
    """Fill a file with vectors around random centres, in blocks, and search it both ways."""
    from rag.index.dense import KEYS, VECTORS, Dense

    folder = options.work / "vectors"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    count, dimension = int(options.millions * 1_000_000), 256
    draw = np.random.default_rng(0)
    centres = draw.standard_normal((count // 100 + 1, dimension), np.float32)
    with (folder / VECTORS).open("wb") as file:
        for start in range(0, count, 65_536):
            size = min(65_536, count - start)
            block = centres[draw.integers(len(centres), size=size)] + draw.standard_normal(
                (size, dimension), np.float32
            )
            file.write((block / np.linalg.norm(block, axis=1, keepdims=True)).tobytes())
    np.arange(count, dtype="<i8").tofile(folder / KEYS)
    plain = Dense(folder, dimension)
    started = time.perf_counter()
    made = approximate.write(folder, plain.vectors, None)
    built = time.perf_counter() - started
    lists = Dense(folder, dimension, made)
    queries = plain.vectors[draw.integers(count, size=100)] + 0.06 * draw.standard_normal((100, dimension), np.float32)
    found, exact, recall = [], [], []
    for query in queries:
        started = time.perf_counter()
        near = {key for key, _ in lists.search(query, 10)}
        found.append(time.perf_counter() - started)
        started = time.perf_counter()
        rows, _ = plain._exact(query, 10, None)
        exact.append(time.perf_counter() - started)
        recall.append(len(near & set(rows.tolist())) / 10)
    say(
        what="vectors",
        vectors=count,
        dimension=dimension,
        lists=made.lists,
        probes=made.probes,
        recall_in_manifest=made.recall,
        recall=round(float(np.mean(recall)), 4),
        build_seconds=round(built, 1),
        disk=size_of(folder),
        peak_memory=peak(),
        approximate=quantiles(found),
        exact=quantiles(exact),
    )
    shutil.rmtree(folder)


def run_sizes(options: argparse.Namespace) -> None:
    embedder = load_embedder()
    points = []
    for share in (64, 16, 4, 1):
        count = options.articles // share
        write_corpus(options.data, options.work / "part", count, 1)
        shutil.rmtree(options.work / "part-index", ignore_errors=True)
        report = build(options.work / "part", options.work / "part-index")
        with open_index(options.work / "part-index", embedder=embedder) as index:
            point: dict[str, float] = {
                "articles": count,
                "passages": index.manifest.passages,
                "build": round(report.seconds, 1),
            }
            questions = questions_of(index, 200)
            for name, search in searches(index, embedder, questions).items():
                timed(search, questions, 1)
                point[name] = quantiles(timed(search, questions, 1)[0])["p50"]
        say(what="sizes", **point)
        points.append(point)
    if options.plot:
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(figsize=(5, 3.2))
        for name in ("lexical", "dense"):
            axes.plot([point["passages"] for point in points], [point[name] for point in points], "o-", label=name)
        axes.set(xscale="log", yscale="log", xlabel="passages", ylabel="ms per query (p50)")
        axes.legend()
        figure.tight_layout()
        figure.savefig(options.plot)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    runs = {"build": run_build, "query": run_query, "add": run_add, "vectors": run_vectors, "sizes": run_sizes}
    parser.add_argument("what", choices=runs)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("build/scale"))
    parser.add_argument("--articles", type=int, default=63_668)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--millions", type=float, default=1.0)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    runs[options.what](options)


if __name__ == "__main__":
    main()
