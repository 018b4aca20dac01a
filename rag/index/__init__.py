"""Passages and vectors -> Index: SQLite is the truth, FAISS and the lexical index are derived; see docs/index.md."""

from rag.index.build import BuildReport, add_files, build_index, remove_articles
from rag.index.check import Fault, check_index
from rag.index.filters import Filter
from rag.index.generations import Manifest
from rag.index.lexical import index_words
from rag.index.protocol import Index, Scored, require_model
from rag.index.reader import LocalIndex, newest_generation, open_index
from rag.index.rows import keys_of
from rag.index.store import ArticleInfo

__all__ = [
    "ArticleInfo",
    "BuildReport",
    "Fault",
    "Filter",
    "Index",
    "LocalIndex",
    "Manifest",
    "Scored",
    "add_files",
    "build_index",
    "check_index",
    "index_words",
    "keys_of",
    "newest_generation",
    "open_index",
    "remove_articles",
    "require_model",
]
