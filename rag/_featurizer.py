"""A question and a passage as the reader's network takes them: pieces, characters, and how each matches the other side.

A leaf: it imports no stage. Training and the package share it, so that their inputs cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Floats = NDArray[np.float32]

# The special pieces, by their order in the tokenizer; 0 pads.
UNKNOWN, SEPARATOR = 1, 2
QUESTION_TOKENS = 60
WINDOW_TOKENS = 320
FEATURES = 9
# Half widths, in characters, of the windows in which the matched part of the question is measured.
_REACHES = (12, 40, 100)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question and a window of a passage as the network takes them.

    ``pieces`` are the T token ids of [SEP] question [SEP] window; ``features`` (T, FEATURES) say how each piece
    matches the other side; ``chars`` are the ids of the window's C characters and ``owner`` the place in ``pieces``
    of the piece each belongs to; ``passage_at`` is where the window's pieces begin and ``offset`` which character
    of the passage is the window's first.
    """

    pieces: NDArray[np.int64]
    features: Floats
    chars: NDArray[np.int64]
    owner: NDArray[np.int64]
    passage_at: int
    offset: int


class Featurizer:
    """Makes the network's input.

    ``weights`` holds for each piece how much it tells (the length of its vector in the encoder).
    """

    def __init__(self, tokenizer: "Tokenizer", weights: Floats) -> None:
        self._tokenizer = tokenizer
        self._weights = weights
        self._ids: dict[str, int] = {}

    def _char_ids(self, text: str) -> NDArray[np.int64]:
        """Return the id of each character as a piece of its own; UNKNOWN where it is none."""
        known = self._ids
        for char in set(text) - known.keys():
            found = self._tokenizer.token_to_id(char)
            known[char] = UNKNOWN if found is None else int(found)
        return np.fromiter((known[char] for char in text), np.int64, len(text))

    def windows(self, question: str, passages: Sequence[str], room: int = WINDOW_TOKENS) -> list[list[Encoded]]:
        """Return for each passage its windows of at most ``room`` pieces; consecutive ones share a third.

        ``question`` and ``passages`` are folded texts. Of a question longer than QUESTION_TOKENS pieces the end is
        read, where Chinese puts what is asked for.
        """
        asked, *read = self._tokenizer.encode_batch([question, *passages], add_special_tokens=False)
        side = _Side(
            np.asarray(asked.ids[-QUESTION_TOKENS:], np.int64),
            np.asarray([start for start, _ in asked.offsets[-QUESTION_TOKENS:]], np.int64),
            question,
        )
        return [self._split(side, text, encoding, room) for text, encoding in zip(passages, read, strict=True)]

    def _split(self, question: "_Side", text: str, encoding: Any, room: int) -> list[Encoded]:
        ids = np.asarray(encoding.ids, np.int64)
        starts = np.asarray([start for start, _ in encoding.offsets], np.int64)
        if len(ids) <= room:
            return [self._encode(question, ids, starts, text, 0)]
        made = []
        step = room - room // 3
        for first in range(0, len(ids) - room // 3, step):
            last = min(first + room, len(ids))
            begin = int(starts[first]) if first else 0
            end = int(starts[last]) if last < len(ids) else len(text)
            made.append(self._encode(question, ids[first:last], starts[first:last] - begin, text[begin:end], begin))
        return made

    def _encode(
        self, question: "_Side", ids: NDArray[np.int64], starts: NDArray[np.int64], text: str, offset: int
    ) -> Encoded:
        passage = _Side(ids, starts, text)
        passage_at = len(question.ids) + 2
        separator = np.asarray([SEPARATOR], np.int64)
        pieces = np.concatenate([separator, question.ids, separator, ids])
        features = np.zeros((len(pieces), FEATURES), np.float32)
        # Which characters of each side stand in the other, alone and in runs of two and three.
        for column, length in enumerate((1, 2, 3)):
            ours, theirs = question.grams(length), passage.grams(length)
            features[1 : passage_at - 1, column] = question.pooled(_spread(np.isin(ours, theirs) & (ours >= 0), length))
            features[passage_at:, column] = passage.pooled(_spread(np.isin(theirs, ours) & (theirs >= 0), length))
        features[1 : passage_at - 1, 3] = np.isin(question.ids, ids)
        features[passage_at:, 3] = np.isin(ids, question.ids)
        near, whole = self._density(question, passage)
        features[passage_at:, 4:7] = np.stack([passage.pooled(row) for row in near], axis=1)
        features[:, 7] = whole
        features[:, 8] = self._weights[pieces]
        # A blank passage has characters but no piece; they go to the separator before it.
        owner = np.minimum(passage.owners() + passage_at, len(pieces) - 1)
        return Encoded(pieces, features, self._char_ids(text), owner, passage_at, offset)

    def _density(self, question: "_Side", passage: "_Side") -> tuple[Floats, float]:
        """Return the weighted share of the question's pairs of characters found near each character, and anywhere."""
        asked = question.grams(2)
        weights = self._weights[question.ids][question.owners()[: len(asked)]] if len(question.ids) else np.zeros(0)
        keep = asked >= 0
        asked, first = np.unique(asked[keep], return_index=True)
        weights = weights[keep][first]
        length = len(passage.text)
        near = np.zeros((len(_REACHES), length), np.float32)
        total = float(weights.sum())
        if not total or length < 2:
            return near, 0.0
        found = asked[:, None] == passage.grams(2)[None, :]
        counts = np.zeros((len(asked), length + 1), np.int32)
        np.cumsum(found, axis=1, out=counts[:, 1 : found.shape[1] + 1])
        counts[:, found.shape[1] + 1 :] = counts[:, found.shape[1] : found.shape[1] + 1]
        share = (weights / total).astype(np.float32)
        place = np.arange(length)
        for row, reach in enumerate(_REACHES):
            high, low = np.minimum(place + reach, length), np.maximum(place - reach, 0)
            near[row] = share @ (counts[:, high] > counts[:, low])
        return near, float(share @ (counts[:, -1] > 0))


class _Side:
    """One side's text with its pieces: ids, and the character each piece starts at."""

    def __init__(self, ids: NDArray[np.int64], starts: NDArray[np.int64], text: str) -> None:
        self.ids = ids
        self.starts = starts
        self.text = text
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)
        says = np.fromiter(map(str.isalnum, text), bool, len(text))
        self._codes = np.where(says, codes, -1)

    def grams(self, length: int) -> NDArray[np.int64]:
        """Return each run of ``length`` characters as a number, -1 where it holds punctuation or a blank."""
        count = max(len(self._codes) - length + 1, 0)
        packed = np.zeros(count, np.int64)
        broken = np.zeros(count, bool)
        for place in range(length):
            part = self._codes[place : place + count]
            packed = (packed << 21) | np.maximum(part, 0)
            broken |= part < 0
        return np.where(broken, -1, packed)

    def owners(self) -> NDArray[np.int64]:
        """Return for each character the index of its piece."""
        return np.clip(np.searchsorted(self.starts, np.arange(len(self.text)), "right") - 1, 0, None)

    def pooled(self, values: NDArray[Any]) -> Floats:
        """Return the mean of per-character ``values`` over each piece's characters."""
        if not len(self.ids):
            return np.zeros(0, np.float32)
        sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
        ends = np.append(self.starts[1:], len(self.text))
        means: Floats = ((sums[ends] - sums[self.starts]) / np.maximum(ends - self.starts, 1)).astype(np.float32)
        return means


def _spread(found: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Return which characters lie in a run of ``length`` that was found."""
    spread = np.zeros(len(found) + length - 1, bool)
    for place in range(length):
        spread[place : place + len(found)] |= found
    return spread


def collate(batch: Sequence[Encoded]) -> dict[str, NDArray[Any]]:
    """Return the network's inputs for ``batch``, padded with zeros to its longest window."""
    length = max(len(item.pieces) for item in batch)
    chars = max(max(len(item.chars) for item in batch), 1)
    inputs: dict[str, NDArray[Any]] = {
        "pieces": np.zeros((len(batch), length), np.int64),
        "features": np.zeros((len(batch), length, FEATURES), np.float32),
        "segment": np.zeros((len(batch), length), np.int64),
        "chars": np.zeros((len(batch), chars), np.int64),
        "owner": np.zeros((len(batch), chars), np.int64),
    }
    for row, item in enumerate(batch):
        inputs["pieces"][row, : len(item.pieces)] = item.pieces
        inputs["features"][row, : len(item.pieces)] = item.features
        inputs["segment"][row, item.passage_at :] = 1
        inputs["chars"][row, : len(item.chars)] = item.chars
        inputs["owner"][row, : len(item.chars)] = item.owner
    return inputs
