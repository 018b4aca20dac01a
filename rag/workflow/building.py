"""Files -> index, with the settings that decide what is in it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypedDict

from rag._errors import UsageError
from rag._resources import packaged
from rag.articles import READER, Article, CorpusFile, Skipped, find_files, read_articles
from rag.chunks import CHUNKER, Passage, chunk
from rag.embeddings import Embedder, load_embedder
from rag.index import BuildReport, Fault, build_index, check_index, newest_generation
from rag.workflow.settings import Settings

DEFAULT_INDEX = "juzheng-index"
DEFAULT_CORPUS = "corpus"

Progress = Callable[[str, int, int], None]


class Recipe(TypedDict):
    """How articles become passages and vectors: what an index is built with; ``recipe`` is its name in the index."""

    embedder: Embedder
    chunk: Callable[[Article], list[Passage]]
    read: Callable[[CorpusFile], Iterator[Article | Skipped]]
    recipe: str


def recipe_of(settings: Settings, embedder: Embedder) -> Recipe:
    """Return the recipe that ``settings`` ask for, with the embedder loaded for them."""
    budget = min(settings.passage_tokens, embedder.max_tokens)
    return {
        "embedder": embedder,
        "chunk": partial(chunk, budget=budget, count_tokens=embedder.count_tokens),
        "read": read_articles,
        "recipe": f"{READER} {CHUNKER} {settings.passage_tokens}",
    }


def build(
    corpus: Path | str | Sequence[Path | str],
    index: Path | str = DEFAULT_INDEX,
    settings: Settings | None = None,
    *,
    progress: Progress | None = None,
) -> BuildReport:
    """Make the index equal to the files of ``corpus`` (files or folders), and report what was done.

    Raises JuzhengError where the corpus has no article at all, or the index cannot be written.
    """
    settings = settings or Settings()
    paths = [corpus] if isinstance(corpus, str | Path) else list(corpus)
    files = find_files([Path(path) for path in paths])
    if not files:
        raise UsageError(
            f"{', '.join(map(str, paths))} 里没有可读的文件。支持 .txt .md .html .pdf .docx .jsonl .csv。"
            "(no readable file there)"
        )
    return build_index(index, files, **recipe_of(settings, load_embedder(settings.embedding)), progress=progress)


def exists(index: Path | str) -> bool:
    """Tell whether there is an index in the folder ``index``."""
    return newest_generation(index) is not None


def check(index: Path | str, settings: Settings | None = None, *, repair: bool = False) -> list[Fault]:
    """Verify every checksum, count and id of an index, and return what is wrong; ``repair`` rebuilds what can be."""
    return check_index(index, embedder=load_embedder((settings or Settings()).embedding), repair=repair)


def sample_corpus() -> Path:
    """Return the folder ``corpus`` of the working directory, where there is none the packaged sample."""
    here = Path(DEFAULT_CORPUS)
    return here if here.is_dir() else packaged("corpus")
