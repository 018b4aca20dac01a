"""BM25 over rjieba words: the floor that every model is measured against, and the miner of hard negatives."""

import numpy as np
from scipy import sparse

from rag._text import words

K1, B = 1.2, 0.75


class BM25:
    """Okapi BM25 over ``texts`` (Robertson and Zaragoza 2009)."""

    def __init__(self, texts: list[str]) -> None:
        self._vocabulary: dict[str, int] = {}
        rows, columns = [], []
        lengths = np.zeros(len(texts))
        for row, text in enumerate(texts):
            found = [self._vocabulary.setdefault(word, len(self._vocabulary)) for word in words(text)]
            lengths[row] = len(found)
            rows += [row] * len(found)
            columns += found
        shape = (len(texts), max(len(self._vocabulary), 1))
        counts = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape)
        counts.sum_duplicates()
        documents = np.bincount(counts.indices, minlength=shape[1])
        idf = np.log1p((len(texts) - documents + 0.5) / (documents + 0.5))
        norms = K1 * (1 - B + B * lengths / max(lengths.mean(), 1))
        row_of = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
        counts.data = idf[counts.indices] * counts.data * (K1 + 1) / (counts.data + norms[row_of])
        self._weights = counts.tocsc()

    def scores(self, query: str) -> np.ndarray:
        """Return the score of every text for ``query``."""
        known = [self._vocabulary[word] for word in words(query) if word in self._vocabulary]
        return np.asarray(self._weights[:, known].sum(1)).ravel() if known else np.zeros(self._weights.shape[0])

    def rank(self, query: str, k: int) -> list[int]:
        """Return the ``k`` best texts, best first."""
        scores = self.scores(query)
        best = np.argpartition(-scores, min(k, len(scores) - 1))[:k]
        return [int(i) for i in best[np.argsort(-scores[best], kind="stable")]]
