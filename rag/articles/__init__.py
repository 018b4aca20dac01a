"""Stage 1: files -> articles, cleaned by selecting and ordering spans of a text that never changes."""

from rag.articles.article import Article, Block, Precision, Published, Role, Skipped
from rag.articles.files import CorpusFile, find_files
from rag.articles.reading import FORMATS, read_articles

# How articles are read is part of an index; a change of layout or dates must change this stamp.
READER = "blocks-5"

__all__ = [
    "FORMATS",
    "READER",
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
