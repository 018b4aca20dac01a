"""Stage 1: files -> articles, cleaned by selecting and ordering spans of a text that never changes."""

from rag.articles.article import Article, Block, Precision, Published, Role, Skipped
from rag.articles.files import CorpusFile, find_files
from rag.articles.reading import FORMATS, read_articles

__all__ = [
    "FORMATS",
    "Article",
    "Block",
    "CorpusFile",
    "Precision",
    "Published",
    "Role",
    "Skipped",
    "find_files",
    "read_articles",
]
