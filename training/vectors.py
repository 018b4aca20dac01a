"""Makes a vector for each piece of the pieces that stand around it: pieces that are used alike lie near each other.

    python training/vectors.py --data ../shared/data --out checkpoints/vectors.npy

Where the encoder's vectors tell what a text is about, these tell what kind of thing a word names: near 张 lie 刘 and
李, near 2023 other years, near 作家 other callings. Positive pointwise mutual information (contexts to the power of
0.75) with the piece just before, just after, and two or three places off on either side, factored by randomised SVD,
each side weighted by the square root of the singular values (Levy, Goldberg and Dagan 2015).
"""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from data import NEWS, READING, kept_back, news, questions
from scipy.sparse import csr_matrix, hstack
from sklearn.utils.extmath import randomized_svd
from tokenizers import Tokenizer

DIMENSION = 256
REACH = 3
_FARTHEST = 0.7  # what a neighbour three places off weighs beside one two places off


def texts(data: Path, most: int | None) -> Iterator[str]:
    """Yield titles and texts of news, reports and laws, and paragraphs and questions of what may be trained on."""
    for name in (*NEWS, "laws"):
        for item in news(data, name, most):
            yield item["title"]
            yield item["text"]
    for name in READING:
        asked = questions(data, name, most)
        if name == "zh_squad2":
            asked, _ = kept_back(asked)
        yield from (item.question for item in asked)
        yield from sorted({item.context for item in asked})


def sequence(lines: Iterator[str], tokenizer: Tokenizer) -> np.ndarray:
    """Return the pieces of all ``lines`` one after the other, with REACH times -1 between two lines."""
    gap = np.full(REACH, -1, np.int32)
    parts = []
    while batch := list(islice(lines, 10_000)):
        for encoding in tokenizer.encode_batch(batch, add_special_tokens=False):
            parts += [np.asarray(encoding.ids, np.int32), gap]
    return np.concatenate(parts)


def neighbours(pieces: np.ndarray, distance: int, vocabulary: int) -> csr_matrix:
    """Return how often (row, column) stand ``distance`` places apart, the row first; what was seen once is left out."""
    first, second = pieces[:-distance], pieces[distance:]
    pairs = (first.astype(np.int64) * vocabulary + second)[(first >= 0) & (second >= 0)]
    pairs, counts = np.unique(pairs, return_counts=True)
    pairs, counts = pairs[counts > 1], counts[counts > 1]
    return csr_matrix((counts.astype(np.float32), (pairs // vocabulary, pairs % vocabulary)), (vocabulary, vocabulary))


def factor(counts: csr_matrix, dimension: int) -> np.ndarray:
    """Return the rows of ``counts`` as vectors of length 1, zeros where a row is empty."""
    cells = counts.tocoo()
    rows, columns = (np.asarray(counts.sum(axis)).ravel() for axis in (1, 0))
    smoothed = columns**0.75
    told = np.log(cells.data / rows[cells.row] / (smoothed / smoothed.sum())[cells.col])
    keep = told > 0
    information = csr_matrix((told[keep].astype(np.float32), (cells.row[keep], cells.col[keep])), counts.shape)
    left, values, _ = randomized_svd(information, dimension, n_iter=3, random_state=0)
    vectors = left * np.sqrt(values)
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)).astype(np.float32)


def main() -> None:
    """Count, factor and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--tokenizer", type=Path, default=Path("checkpoints/tokenizer.json"))
    parser.add_argument("--out", type=Path, default=Path("checkpoints/vectors.npy"))
    parser.add_argument("--tiny", action="store_true", help="200 records of each source, 32 dimensions")
    arguments = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer))
    size = tokenizer.get_vocab_size()
    pieces = sequence(texts(arguments.data, 200 if arguments.tiny else None), tokenizer)
    beside, second, third = (neighbours(pieces, distance, size) for distance in range(1, REACH + 1))
    off = second + _FARTHEST * third
    vectors = factor(hstack([beside, beside.T, off, off.T]).tocsr(), 32 if arguments.tiny else DIMENSION)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    np.save(arguments.out, vectors)
    known = int((np.abs(vectors).sum(1) > 0).sum())
    print(f"{len(pieces):,} pieces read, {known:,} of {size:,} have a vector -> {arguments.out}")


if __name__ == "__main__":
    main()
