"""An index kept in memory, every answer worked out by arithmetic: what the others are compared with.

No FAISS, tantivy or SQLite: all vectors and all words are gone through for each question, in float64.
"""

import fnmatch
import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pytest
from indexed_corpus import Corpus, read
from numpy.typing import NDArray

from rag._text import fold
from rag.articles.article import Article, Skipped
from rag.chunks import Passage
from rag.index import ArticleInfo, Filter, Index, Scored, index_words, keys_of
from rag.index.duplicates import say_the_same, shingles, signature_of
from rag.index.lexical import HEAD_WEIGHT


class ReferenceIndex:
    """The articles of a corpus folder as an ``Index``: of two with one id the file that sorts first keeps it."""

    def __init__(self, corpus: Corpus) -> None:
        self.fingerprint = corpus.embedder.fingerprint
        self._skipped: list[Skipped] = []
        self._articles: dict[str, tuple[Article, str]] = {}
        for file in corpus.files():
            for item in read(file):
                if isinstance(item, Skipped):
                    self._skipped.append(item)
                elif item.id in self._articles:
                    self._skipped.append(Skipped(item.source, f"{item.id} is taken"))
                else:
                    self._articles[item.id] = item, file.source
        self._passages: dict[str, dict[int, Passage]] = {}
        for id_, (article, _) in self._articles.items():
            cut = corpus.chunk(article)
            self._passages[id_] = dict(zip(keys_of(cut), cut, strict=True))
        self._by_key = {key: passage for some in self._passages.values() for key, passage in some.items()}
        texts = [f"{passage.context}\n{passage.text}" for passage in self._by_key.values()]
        vectors = corpus.embedder.embed(texts, "passage")
        self._vectors = dict(zip(self._by_key, vectors.astype(np.float64), strict=True))
        self._dimension = corpus.embedder.dimension
        self._words = {key: index_words(passage.text) for key, passage in self._by_key.items()}
        self._heads = {key: index_words(passage.context) for key, passage in self._by_key.items()}
        content = repr([self._articles[id_] for id_ in sorted(self._articles)])
        self.generation = hashlib.sha256(content.encode()).hexdigest()

    def lexical(self, words: Sequence[str], k: int, where: Filter | None = None) -> Scored:
        scores = {
            key: bm25(self._words, words, key) + HEAD_WEIGHT * bm25(self._heads, words, key) for key in self._by_key
        }
        return self._best({key: score for key, score in scores.items() if score > 0}, k, where)

    def dense(self, vector: NDArray[np.float32], k: int, where: Filter | None = None) -> Scored:
        if vector.shape != (self._dimension,):
            raise ValueError(f"a vector has the shape ({self._dimension},), not {vector.shape}")
        return self._best({key: float(row @ vector) for key, row in self._vectors.items()}, k, where)

    def _best(self, scores: dict[int, float], k: int, where: Filter | None) -> Scored:
        admitted = [(-score, key) for key, score in scores.items() if where is None or admits(where, self._by_key[key])]
        return [(key, -score) for score, key in sorted(admitted)[:k]]

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        return [self._by_key[key] for key in keys]

    def passages_of(self, article_id: str) -> list[Passage]:
        return list(self._passages.get(article_id, {}).values())

    def group(self, key: int) -> tuple[int, ...]:
        passage = self._by_key[key]
        return tuple(
            sorted(
                other
                for id_ in self._family(passage.article_id)
                for other, its in self._passages[id_].items()
                if say_the_same(shingles(passage.text), shingles(its.text))
            )
        )

    def _family(self, article_id: str) -> set[str]:
        """Return the ids of the other articles that are linked to one by pairs of alike signatures."""
        signed = {id_: np.frombuffer(signature_of(article), "<u4") for id_, (article, _) in self._articles.items()}
        alike = [
            {one, other}
            for one, other in combinations(signed, 2)
            if len(signed[one]) and len(signed[other]) and np.mean(signed[one] == signed[other]) >= 0.7
        ]
        family = {article_id}
        while more := {id_ for pair in alike if pair & family for id_ in pair} - family:
            family |= more
        return family - {article_id}

    def article(self, article_id: str) -> Article:
        return self._articles[article_id][0]

    def articles(self) -> Iterator[ArticleInfo]:
        for id_, (article, file) in sorted(self._articles.items()):
            published = article.published.date if article.published else None
            characters, passages = len(article.text), len(self._passages[id_])
            yield ArticleInfo(id_, article.source, article.title, published, file, characters, passages, article.tags)

    def skipped(self) -> list[Skipped]:
        return self._skipped

    def newest(self) -> Index:
        return self

    def close(self) -> None:
        """Nothing is held."""


def bm25(documents: dict[int, list[str]], query: Sequence[str], key: int) -> float:
    """Return the BM25 score (k1 1.2, b 0.75) of one document; lengths up to 40 are not rounded by tantivy."""
    average = sum(map(len, documents.values())) / len(documents)
    counts = Counter(documents[key])
    score = 0.0
    for word in dict.fromkeys(query):
        frequency = sum(word in document for document in documents.values())
        idf = math.log(1 + (len(documents) - frequency + 0.5) / (frequency + 0.5))
        norm = 1.2 * (0.25 + 0.75 * len(documents[key]) / average) if average else 1.2
        score += idf * 2.2 * counts[word] / (counts[word] + norm) if counts[word] else 0.0
    return score


def admits(where: Filter, passage: Passage) -> bool:
    """Tell whether a filter admits a passage; partial dates are compared as their first and last day."""
    if where.since or where.until or where.as_of:
        if passage.published is None:
            return False
        first, last = (passage.published + "-01-01")[:10], (passage.published + "-99-99")[:10]
        for date, day, early in ((where.since, last, True), (where.until, first, False), (where.as_of, last, False)):
            if date and (day < (date + "-01-01")[:10] if early else day > (date + "-99-99")[:10]):
                return False
    if not set(map(fold, where.tags)) <= set(map(fold, passage.tags)):
        return False
    return not where.sources or any(
        passage.source == name or fnmatch.fnmatchcase(passage.source, name) for name in where.sources
    )


def assert_same(found: Scored, wanted: Scored, tolerance: float) -> None:
    """Assert equal scores, and equal keys where scores are apart: engines add in other orders and precisions."""
    scores = [score for _, score in wanted]
    np.testing.assert_allclose([score for _, score in found], scores, rtol=tolerance, atol=1e-6)
    for place, (key, score) in enumerate(found, 1):
        near = {other for other, its in wanted if its == pytest.approx(score, rel=2 * tolerance, abs=2e-6)}
        # At the cut another of equal score may stand in for it.
        assert key in near or score == pytest.approx(scores[-1], rel=2 * tolerance, abs=2e-6), f"rank {place}"
