"""The encoder's training pairs: two texts of one meaning, as token ids, one named source at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bm25 import BM25
from data import kept_back, news, questions, records, zh_en
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rag._text import fold

MAX_TOKENS = 288
Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Texts as token ids, one after the other: text ``i`` is ``ids[starts[i]:starts[i + 1]]``."""

    ids: Ids
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, index: int) -> Ids:
        return self.ids[self.starts[index] : self.starts[index + 1]]


def encode(tokenizer: Tokenizer, texts: Iterable[str], max_tokens: int | None = MAX_TOKENS) -> Ragged:
    """Tokenize ``texts``, each cut to ``max_tokens`` and never empty."""
    arrays: list[Ids] = []
    batch: list[str] = []

    def flush() -> None:
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            arrays.append(np.asarray(encoding.ids[:max_tokens] or [1], np.int32))
        batch.clear()

    for text in texts:
        batch.append(text)
        if len(batch) == 2048:
            flush()
    flush()
    starts = np.concatenate([[0], np.cumsum([len(array) for array in arrays])])
    return Ragged(np.concatenate(arrays), starts)


@dataclass(frozen=True, slots=True)
class Source:
    """Aligned pairs; where ``right`` is None the pairs are made on the fly: a sentence and what stands around it."""

    name: str
    left: Ragged
    right: Ragged | None
    share: float  # of the batches, relative to the other sources
    hard: NDArray[np.int32] | None = None  # for each left the index of a right that only looks right, -1 for none


def sources(data: Path, tokenizer: Tokenizer, tiny: bool = False) -> list[Source]:
    """Return every source of training pairs; ``tiny`` takes a few hundred records of each."""
    limit = 400 if tiny else None
    found: list[Source] = []

    def add(name: str, share: float, pairs: Iterable[tuple[str, str]], *, mined: int = 0) -> None:
        kept = [(left, right) for left, right in pairs if left and right]
        left, right = (encode(tokenizer, side) for side in zip(*kept, strict=True))
        found.append(Source(name, left, right, share, mine(kept, mined) if mined else None))

    broadcasts = [item for item in news(data, "xwlb_2012_2024", limit) if len(item["text"]) > 30]
    # The opening formula stands in every item and tells nothing apart.
    bodies = [item["text"].partition(":")[2][:600] or item["text"][:600] for item in broadcasts]
    add("title", 5, ((item["title"], body) for item, body in zip(broadcasts, bodies, strict=True)), mined=20_000)
    add("brief", 1, ((item["brief"], body) for item, body in zip(broadcasts, bodies, strict=True)))
    reading = [
        item for name in ("cmrc_train", "counterterror_train", "drcd_dev") for item in questions(data, name, limit)
    ]
    reading += [item for item in kept_back(questions(data, "zh_squad2", limit))[0] if item.answers]
    add("question", 2.5, ((item.question, around(item.context, item.answers[0][0])) for item in reading), mined=30_000)
    add(
        "headline",
        0.5,
        ((fold(r["query"]), fold(r["passage"])) for r in records(data / "pairs" / "finance_headlines", limit)),
    )
    statutes = list(records(data / "pairs" / "statutes_train", limit))
    add("statute", 0.3, ((fold(r["query"]), fold(r["title"] + " " + r["passage"])) for r in statutes), mined=3_000)
    add("zh_en", 3, zh_en(data)[0][:limit])
    web = (item["text"][:1500] for item in news(data, "web_news_2023", limit))
    found.append(Source("web", encode(tokenizer, web, 700), None, 3))
    found.append(Source("broadcast", encode(tokenizer, bodies, 400), None, 1))
    return found


def mine(pairs: list[tuple[str, str]], most: int, seed: int = 0) -> NDArray[np.int32]:
    """Return for at most ``most`` of ``pairs`` the right side that BM25 ranks high for the left one and is not its own.

    One of the best five at random; -1 for a pair without. A right side whose own left is the same text is no negative:
    broadcasts of one title, the questions of one paragraph.
    """
    rng = np.random.default_rng(seed)
    texts = list(dict.fromkeys(right for _, right in pairs))
    place = {text: i for i, text in enumerate(texts)}
    first = {right: i for i, (_, right) in reversed(list(enumerate(pairs)))}
    asked: dict[str, set[int]] = {}
    for left, right in pairs:
        asked.setdefault(left, set()).add(place[right])
    index = BM25(texts)
    hard = np.full(len(pairs), -1, np.int32)
    for i in rng.permutation(len(pairs))[:most]:
        left, _ = pairs[i]
        near = [row for row in index.rank(left, 8) if row not in asked[left]][:5]
        if near:
            hard[i] = first[texts[int(rng.choice(near))]]
    return hard


def around(context: str, position: int, width: int = 500) -> str:
    """Return ``width`` characters of ``context`` with ``position`` inside."""
    start = max(0, min(position - width // 2, len(context) - width))
    return context[start : start + width]


def windows(document: Ids, ends: Ids, rng: np.random.Generator, reach: int = 110) -> tuple[Ids, Ids]:
    """Return a random sentence of ``document`` and the tokens around it, the sentence left out (inverse cloze task).

    ``ends`` are the ids of the pieces that end a sentence.
    """
    cuts = np.flatnonzero(np.isin(document, ends)) + 1
    bounds = np.unique(np.concatenate([[0], cuts, [len(document)]]))
    index = int(rng.integers(len(bounds) - 1))
    start, end = int(bounds[index]), min(int(bounds[index + 1]), int(bounds[index]) + 60)
    before, after = document[max(0, start - reach) : start], document[end : end + reach]
    rest = np.concatenate([before, after])
    if len(rest) < 8:
        half = len(document) // 2
        return document[:half], document[half:]
    return document[start:end], rest
