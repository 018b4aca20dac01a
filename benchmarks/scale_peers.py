"""LlamaIndex's own FAISS and BM25 stack beside ours, on as much of the corpus as it holds; the frame, not the model.

    pip install llama-index-vector-stores-faiss llama-index-retrievers-bm25
    python benchmarks/scale_peers.py [--articles 4000 16000 63668] [--seconds 900] [--work build/scale_peers]

Both get the same articles and our encoder. Theirs is put together as their documentation does: ``SentenceSplitter``
(512 tokens), ``VectorStoreIndex`` over ``FaissVectorStore`` (inner product), ``BM25Retriever``, and
``QueryFusionRetriever`` (reciprocal rank) over both; kept with ``persist``, and a hundred articles more are added with
``insert_nodes``, BM25 made anew because it takes none. Ours is the whole index, and its two searches fused in the same
way. Each runs in a process of its own, and a size that takes longer than ``--seconds`` is the last. Prints JSON lines;
``processor`` are seconds of all threads and helpers, which say the same on a machine in use.
"""

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import peak, processor_seconds, quantiles, say, size_of, timed
from scale import altered, articles, write_corpus, write_more

from rag.embeddings import load_embedder

Search = Callable[[str], object]


def ours(options: argparse.Namespace, folder: Path) -> tuple[Search, Callable[[], Search], int]:
    """Build our index; return its search, what adds a hundred articles, and how many passages there are."""
    from rag.index import index_words, open_index
    from rag.search.fusion import reciprocal_rank_fusion
    from rag.workflow import build

    corpus = folder / "corpus"
    write_corpus(options.data, corpus, options.articles[0], 1)
    build(corpus, folder / "index")
    embedder = load_embedder()

    def searching() -> Search:
        index = open_index(folder / "index", embedder=embedder)

        def search(question: str) -> object:
            lexical = index.lexical(index_words(question), 50)
            dense = index.dense(embedder.embed([question], "query")[0], 50)
            fused = reciprocal_rank_fusion([[key for key, _ in lexical], [key for key, _ in dense]], weights=[1, 1])
            return index.passages([key for key, _ in fused[:10]])

        return search

    def add() -> Search:
        write_more(options.data, corpus)
        build(corpus, folder / "index")
        return searching()

    with open_index(folder / "index", embedder=embedder) as opened:
        return searching(), add, opened.manifest.passages


def llamaindex(options: argparse.Namespace, folder: Path) -> tuple[Search, Callable[[], Search], int]:
    """Build LlamaIndex's stack; return as ``ours`` does."""
    import faiss
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.retrievers.bm25 import BM25Retriever
    from llama_index.vector_stores.faiss import FaissVectorStore

    embedder = load_embedder()

    class Ours(BaseEmbedding):  # type: ignore[misc]
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return embedder.embed(texts, "passage").tolist()  # type: ignore[no-any-return]

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return embedder.embed([query], "query")[0].tolist()  # type: ignore[no-any-return]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    def nodes_of(records: list[dict[str, str]]) -> list[Any]:
        documents = [Document(text=record["text"], metadata={"id": record["id"]}) for record in records]
        return SentenceSplitter(chunk_size=512).get_nodes_from_documents(documents)  # type: ignore[no-any-return]

    nodes = nodes_of(list(articles(options.data, options.articles[0])))
    store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(embedder.dimension))
    model = Ours(embed_batch_size=1024)
    index = VectorStoreIndex(nodes, storage_context=StorageContext.from_defaults(vector_store=store), embed_model=model)

    def searching() -> Search:
        bm25 = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=50)
        bm25.persist(str(folder / "bm25"))
        index.storage_context.persist(str(folder / "index"))
        both = [index.as_retriever(similarity_top_k=50), bm25]
        fusion = QueryFusionRetriever(
            both, llm=MockLLM(), num_queries=1, mode="reciprocal_rerank", similarity_top_k=10, use_async=False
        )
        return fusion.retrieve  # type: ignore[no-any-return]

    def add() -> Search:
        more = nodes_of([altered(record, 99) for record in articles(options.data, 100)])
        index.insert_nodes(more)
        nodes.extend(more)
        return searching()

    return searching(), add, len(nodes)


def measure(options: argparse.Namespace) -> None:
    """Build one system, ask it, add to it, and say what it took."""
    folder = options.work / options.system
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.perf_counter()
    search, add, passages = {"ours": ours, "llamaindex": llamaindex}[options.system](options, folder)
    built = {"build_processor": round(processor_seconds(), 1), "build_seconds": round(time.perf_counter() - started, 1)}
    questions = [record["text"].strip()[:24] for record in articles(options.data, 200)]
    search(questions[0])
    before = processor_seconds()
    times, _ = timed(search, questions, 1)
    asked = {"query_processor_ms": round(1000 * (processor_seconds() - before) / len(questions), 2)}
    memory = peak()
    disk = sum(size_of(part) for part in (folder / "index", folder / "bm25") if part.exists())
    before, started = processor_seconds(), time.perf_counter()
    add()(questions[0])
    say(
        options.work,
        what="peers",
        system=options.system,
        articles=options.articles[0],
        passages=passages,
        **built,
        peak_memory=memory,
        disk=disk,
        **asked,
        **quantiles(times),
        add_100_processor=round(processor_seconds() - before, 2),
        add_100_seconds=round(time.perf_counter() - started, 2),
    )
    shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("build/scale_peers"))
    parser.add_argument("--articles", type=int, nargs="+", default=[4000, 16_000, 63_668])
    parser.add_argument("--seconds", type=int, default=900, help="the longest that one system may take for one size")
    parser.add_argument("--system", choices=["ours", "llamaindex"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.system:
        measure(options)
        return
    given_up: set[str] = set()
    for count in options.articles:
        for system in ("llamaindex", "ours"):
            if system in given_up:
                continue
            command = [sys.executable, __file__, "--data", str(options.data), "--work", str(options.work)]
            try:
                subprocess.run(
                    [*command, "--system", system, "--articles", str(count)], check=True, timeout=options.seconds
                )
            except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
                given_up.add(system)
                say(options.work, what="peers", system=system, articles=count, given_up=str(error)[-200:])


if __name__ == "__main__":
    main()
