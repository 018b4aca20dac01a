"""How the index behaves at a hundred times the sample's size.

    python benchmarks/scale.py build [--data ../shared/data] [--articles 63668] [--copies 1] [--work build/scale]
    python benchmarks/scale.py query [--work build/scale] [--questions 500]
    python benchmarks/scale.py cold [--work build/scale] [--questions 20]
    python benchmarks/scale.py ask [--work build/scale] [--questions 100] [--threads 1 2 8]
    python benchmarks/scale.py add [--work build/scale]
    python benchmarks/scale.py sizes [--data ../shared/data] [--work build/scale]
    python benchmarks/scale.py plot [--work build/scale] [--plot docs/scale.png]

``build`` indexes web news of 2023 (CRUD-RAG); with ``--copies`` each article comes several times with every character
of its figures and a third of its sentences altered, so that neither vectors nor words repeat. ``query`` asks for the
beginnings of random articles, each search alone, with 1, 2 and 8 threads; ``ask`` asks whole questions and tells how
many processors are busy. ``cold`` opens the index anew for each question, its files dropped from memory, and tells what
was read from the disk. ``add`` adds a hundred articles, deletes them, and builds again. ``sizes`` builds 1/64 to all of
the corpus, or takes the index of ``build`` for all of it; ``plot`` draws cost against size from that and from
``scale_vectors.py``. Prints JSON lines, and adds them to ``results.jsonl`` in ``--work``; times are milliseconds for
queries, else seconds, sizes bytes.
"""

import argparse
import json
import lzma
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from measuring import bytes_read, drop, peak, processor_seconds, quantiles, say, size_of, timed

from rag.embeddings import Embedder, load_embedder
from rag.index import LocalIndex, index_words, open_index
from rag.workflow import Assistant, build

NEWS = "news/web_news_2023.jsonl.xz"


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


def write_more(data: Path, folder: Path) -> Path:
    """Write a file of a hundred articles that are not in the corpus."""
    path = folder / "more.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for article in articles(data, 100):
            file.write(json.dumps(altered(article, 99), ensure_ascii=False) + "\n")
    return path


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
            options.work,
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


def questions_of(index: LocalIndex, count: int) -> list[str]:
    """Return the first clauses of random passages."""
    keys = np.random.default_rng(0).choice(index.vectors.keys, min(count, len(index.vectors.keys)), replace=False)
    return [passage.text.replace("\n", "")[:24] for passage in index.passages(keys.tolist())]


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
    with open_index(options.work / "index", embedder=embedder) as index:
        questions = questions_of(index, options.questions)
        for name, search in searches(index, embedder, questions).items():
            for threads in (1, 2, 8):
                warm, rate = timed(search, questions, threads)
                say(
                    options.work,
                    what="query",
                    search=name,
                    threads=threads,
                    passages=index.manifest.passages,
                    per_second=round(rate),
                    load=os.getloadavg()[0],
                    **quantiles(warm),
                )


def run_cold(options: argparse.Namespace) -> None:
    """Ask each question of an index opened for it, none of whose bytes is in memory."""
    folder = options.work / "index"
    questions = _questions_in(folder, options.questions)
    names = ("open", "lexical", "dense", "dense+passages", "ask")
    _once("ask", folder, questions[0])  # the models are warm
    seconds: dict[str, list[float]] = {name: [] for name in names}
    read: dict[str, list[int]] = {name: [] for name in names}
    for question in questions:
        for name in names:
            drop(folder)
            before = bytes_read()
            seconds[name].append(_once(name, folder, question))
            read[name].append(bytes_read() - before)
    for name, times in seconds.items():
        from_disk = int(np.median(read[name]))
        say(options.work, what="cold", search=name, questions=len(questions), from_disk=from_disk, **quantiles(times))


def _questions_in(folder: Path, count: int) -> list[str]:
    with open_index(folder, embedder=load_embedder()) as index:
        return questions_of(index, count)


def _once(name: str, folder: Path, question: str) -> float:
    """Return the seconds of one search; "open" and "ask" with the opening. Nothing stays mapped."""
    started = time.perf_counter()
    if name == "ask":
        with Assistant.open(folder) as assistant:
            assistant.ask(question)
        return time.perf_counter() - started
    embedder = load_embedder()
    with open_index(folder, embedder=embedder) as index:
        if name != "open":
            search = searches(index, embedder, [question])[name]
            started = time.perf_counter()
            search(question)
    return time.perf_counter() - started


def run_ask(options: argparse.Namespace) -> None:
    with Assistant.open(options.work / "index") as assistant:
        with open_index(options.work / "index", embedder=load_embedder()) as index:
            questions = questions_of(index, options.questions)
        assistant.ask(questions[0])
        for threads in options.threads:
            before, started = processor_seconds(), time.perf_counter()
            warm, rate = timed(assistant.ask, questions, threads)
            wall = time.perf_counter() - started
            say(
                options.work,
                what="ask",
                threads=threads,
                per_second=round(rate, 2),
                processor_ms=round(1000 * (processor_seconds() - before) / len(questions), 1),
                processors_busy=round((processor_seconds() - before) / wall, 2),
                load=os.getloadavg()[0],
                **quantiles(warm),
            )


def run_sizes(options: argparse.Namespace) -> None:
    embedder = load_embedder()
    for share in (64, 16, 4, 1):
        count = options.articles // share
        folder = options.work / "part-index"
        seconds: float | None = None
        if share == 1 and (options.work / "index").is_dir():
            folder = options.work / "index"
        else:
            write_corpus(options.data, options.work / "part", count, 1)
            shutil.rmtree(folder, ignore_errors=True)
            seconds = build(options.work / "part", folder).seconds
        with open_index(folder, embedder=embedder) as index:
            point: dict[str, float] = {"articles": index.manifest.articles, "passages": index.manifest.passages}
            questions = questions_of(index, 200)
            for name, search in searches(index, embedder, questions).items():
                # The least of several runs: the machine may be in use.
                point[name] = min(quantiles(timed(search, questions, 1)[0])["p50"] for _ in range(3))
        with Assistant.open(folder) as assistant:
            point["ask"] = min(quantiles(timed(assistant.ask, questions[:40], 1)[0])["p50"] for _ in range(3))
        disk = size_of(folder)
        say(options.work, what="sizes", build_seconds=seconds and round(seconds, 1), disk=disk, **point)


def run_plot(options: argparse.Namespace) -> None:
    """Draw the newest measurement of each size."""
    import matplotlib.pyplot as plt

    lines = (options.work / "results.jsonl").read_text(encoding="utf-8").splitlines()
    results = [json.loads(line) for line in lines]
    sizes = {result["articles"]: result for result in results if result["what"] == "sizes"}
    vectors = {result["vectors"]: result for result in results if result["what"] == "vectors"}
    figure, axes = plt.subplots(figsize=(6.5, 4))
    points = [sizes[size] for size in sorted(sizes)]
    for name in ("ask", "dense", "lexical"):
        axes.plot([point["passages"] for point in points], [point[name] for point in points], "o-", label=name)
    for way in ("exact", "approximate"):
        axes.plot(sorted(vectors), [vectors[size][way]["p50"] for size in sorted(vectors)], "s--", label=f"{way} alone")
    first = points[0]
    axes.plot(
        [first["passages"], max([*vectors, points[-1]["passages"]])],
        [first["dense"], first["dense"] * max([*vectors, points[-1]["passages"]]) / first["passages"]],
        ":",
        color="grey",
        label="as the corpus grows",
    )
    axes.set(xscale="log", yscale="log", xlabel="passages", ylabel="ms a question, p50, one thread, warm")
    axes.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(options.plot, dpi=120)


def run_add(options: argparse.Namespace) -> None:
    new = write_more(options.data, options.work / "corpus")
    for what in ("add", "again", "delete"):
        if what == "delete":
            new.unlink()
        before = processor_seconds()
        report = build(options.work / "corpus", options.work / "index")
        say(
            options.work,
            what=what,
            added=report.added,
            removed=report.removed,
            unchanged=report.unchanged,
            seconds=round(report.seconds, 2),
            processor_seconds=round(processor_seconds() - before, 2),
            load=os.getloadavg()[0],
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    runs = {
        "build": run_build,
        "query": run_query,
        "cold": run_cold,
        "ask": run_ask,
        "add": run_add,
        "sizes": run_sizes,
        "plot": run_plot,
    }
    parser.add_argument("what", choices=runs)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("build/scale"))
    parser.add_argument("--articles", type=int, default=63_668)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--questions", type=int, help="500; 20 of cold, 100 of ask")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 8])
    parser.add_argument("--plot", type=Path, default=Path("docs/scale.png"))
    options = parser.parse_args()
    options.questions = options.questions or {"cold": 20, "ask": 100}.get(options.what, 500)
    options.work.mkdir(parents=True, exist_ok=True)
    runs[options.what](options)


if __name__ == "__main__":
    main()
