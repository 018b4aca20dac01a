"""Near-duplicates and reprints: which articles say nearly the same.

MinHash over character shingles (Broder 1997) with banding (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets,
ch. 3); connected pairs form a family. Which passages of a family say the same is compared exactly, when asked.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag._text import fold
from rag.articles.article import Article

_SHINGLE = 5  # characters
_PERMUTATIONS = 64
_BANDS = 16  # of four values each: a pair of Jaccard 0.7 meets in one of them with probability 0.99
_SIMILAR = 0.7  # estimated Jaccard similarity of two articles of a family
_SAME = 0.8  # share of the shorter passage's shingles that the longer one has too
_LONGEST = 50_000  # characters of an article that are compared
_SHORTEST = 20  # shingles; shorter texts are alike by chance
_CROWD = 32  # more articles than this in one bucket are compared with their neighbours only


def shingles(text: str) -> NDArray[np.uint32]:
    """Return the hashes of all runs of five letters or digits of ``text``, sorted and without repeats."""
    plain = "".join(filter(str.isalnum, fold(text)))
    codes = np.frombuffer(plain.encode("utf-32-le"), np.uint32).astype(np.uint64)
    count = len(codes) - _SHINGLE + 1
    if count < 1:
        return np.empty(0, np.uint32)
    hashes = np.zeros(count, np.uint64)
    for offset in range(_SHINGLE):
        hashes = (hashes ^ codes[offset : offset + count]) * np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(29)
    return np.unique((hashes >> np.uint64(32)).astype(np.uint32))


def signature_of(article: Article) -> bytes:
    """Return the MinHash signature of the body of ``article``, empty where the body is too short to compare."""
    body = "".join(article.read(block) for block in article.blocks if block.role == "body")
    found = shingles(body[:_LONGEST])
    if len(found) < _SHORTEST:
        return b""
    sketch = _empty_sketch().copy()
    sketch.update_batch(found.tolist())
    return bytes(sketch.hashvalues.astype("<u4").tobytes())


@cache
def _empty_sketch() -> Any:
    from datasketch import MinHash

    # The values are stored, so the scheme is named: the library's default may change. Shingles are hashes already.
    return MinHash(num_perm=_PERMUTATIONS, seed=1, scheme="affine32", hashfunc=lambda value: value)


def families(signatures: Sequence[bytes]) -> list[int | None]:
    """Return for each signature the position of the first one of its family, None where it is alone."""
    known = [position for position, signature in enumerate(signatures) if signature]
    parent = list(range(len(signatures)))

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    if known:
        values = np.frombuffer(b"".join(signatures[position] for position in known), "<u4").reshape(len(known), -1)
        for one, other in _candidates(values):
            left, right = root(known[one]), root(known[other])
            if left != right and np.mean(values[one] == values[other]) >= _SIMILAR:
                parent[max(left, right)] = min(left, right)
    roots = [root(position) for position in range(len(signatures))]
    sizes = np.bincount(roots, minlength=len(roots)) if roots else np.empty(0, np.int64)
    return [first if sizes[first] > 1 else None for first in roots]


def _candidates(values: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows that agree in all values of one band."""
    width = values.shape[1] // _BANDS
    for band in range(_BANDS):
        # A bucket is a hash of the band's values: two bands in one bucket by chance are told apart when compared.
        bucket = np.zeros(len(values), np.uint64)
        for column in range(band * width, (band + 1) * width):
            bucket = (bucket ^ values[:, column]) * np.uint64(0x9E3779B97F4A7C15)
            bucket ^= bucket >> np.uint64(29)
        order = np.argsort(bucket, kind="stable")
        starts = np.flatnonzero(np.r_[True, bucket[order][1:] != bucket[order][:-1]])
        ends = np.r_[starts[1:], len(order)]
        crowded = ends - starts > 1  # nearly all buckets hold one article
        for start, end in zip(starts[crowded].tolist(), ends[crowded].tolist(), strict=True):
            members = order[start:end].tolist()
            reach = len(members) if len(members) <= _CROWD else 2
            for place, one in enumerate(members):
                for other in members[place + 1 : place + reach]:
                    yield one, other


def say_the_same(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> bool:
    """Tell whether four fifths of the shorter text's ``shingles`` stand in the longer one too."""
    shorter = min(len(one), len(other))
    return shorter > 0 and len(np.intersect1d(one, other, assume_unique=True)) >= _SAME * shorter
