"""What search and the doors ask of an index, whichever engine holds it."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag._errors import JuzhengError
from rag.articles.article import Article, Skipped
from rag.chunks import Passage
from rag.index.filters import Filter
from rag.index.store import ArticleInfo

Scored = list[tuple[int, float]]


class Index(Protocol):
    """The read side of an index: one generation, immutable, safe to use from several threads.

    Passages are named by the keys that ``keys_of`` makes of their content. Both searches return (key, score), best
    first, and of equal scores the smaller key first; a filter chooses inside the search and changes no score.
    ``tests/index/test_index_contract.py`` says the rest: an engine that passes it can stand behind an Assistant.
    """

    @property
    def generation(self) -> str:
        """A digest of the content: the same corpus, model and chunker give the same one."""
        ...

    @property
    def fingerprint(self) -> str:
        """The embedding model that the vectors are of, as ``Embedder.fingerprint`` names it."""
        ...

    def lexical(self, words: Sequence[str], k: int, where: Filter | None = None) -> Scored:
        """Return the ``k`` best passages by BM25 over ``words``, as ``index_words`` cuts them."""
        ...

    def dense(self, vector: NDArray[np.float32], k: int, where: Filter | None = None) -> Scored:
        """Return the ``k`` best passages by inner product with ``vector``, float32 of shape (dimension,).

        Raises ValueError for a vector of another shape.
        """
        ...

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        """Return the passages of ``keys``, in that order; KeyError where there is none of a key."""
        ...

    def passages_of(self, article_id: str) -> list[Passage]:
        """Return the passages of an article in reading order."""
        ...

    def group(self, key: int) -> tuple[int, ...]:
        """Return the keys of the passages of reprints and near-duplicate articles that say the same, in rising order.

        KeyError where there is no passage of ``key``.
        """
        ...

    def article(self, article_id: str) -> Article:
        """Return an article, text and blocks included; KeyError where there is none of that id."""
        ...

    def articles(self) -> Iterator[ArticleInfo]:
        """Yield what a list of articles shows, by id."""
        ...

    def skipped(self) -> list[Skipped]:
        """Return the files and records that gave no article when they were last read."""
        ...

    def newest(self) -> "Index":
        """Return the newest generation: this very object, or another one to be closed beside it; cheap to ask often.

        Raises JuzhengError where the newest one is of another embedding model, or damaged.
        """
        ...

    def close(self) -> None:
        """Let the generation go; it may then be collected."""
        ...


def require_model(index: Index, fingerprint: str, where: str) -> None:
    """Raise JuzhengError where the vectors of ``index``, found at ``where``, are not of the model ``fingerprint``."""
    if index.fingerprint != fingerprint:
        raise JuzhengError(
            f"索引 {where} 用嵌入模型 {index.fingerprint} 建立，不是 {fingerprint}，向量无从比较；"
            "请改用该模型，或重建索引。(another embedding model)"
        )
