"""A question and a passage as the reader's network takes them: characters, their pieces, and what matches what.

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
# In characters. What is read at once is longer than a passage of the index as a rule is.
QUESTION = 100
WINDOW = 960
FEATURES = 11
# Half widths, in characters, of the windows in which the matched part of the question is measured.
_REACHES = (12, 40, 100)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A question and a window of a passage as the network takes them.

    The T characters of [SEP] question [SEP] window: ``chars`` are their ids, ``pieces`` the ids of the pieces that
    they belong to, ``features`` (T, FEATURES) how each matches the other side; ``passage_at`` is where the window
    begins and ``offset`` which character of the passage is its first.
    """

    chars: NDArray[np.int64]
    pieces: NDArray[np.int64]
    features: Floats
    passage_at: int
    offset: int

    @property
    def length(self) -> int:
        """Characters of the window."""
        return len(self.chars) - self.passage_at


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

    def windows(self, question: str, passages: Sequence[str], room: int = WINDOW) -> list[list[Encoded]]:
        """Return for each passage its windows of at most ``room`` characters; consecutive ones share a third.

        ``question`` and ``passages`` are folded texts. Of a question longer than QUESTION characters the end is
        read, where Chinese puts what is asked for.
        """
        question = question[-QUESTION:]
        asked, *read = self._tokenizer.encode_batch([question, *passages], add_special_tokens=False)
        side = self._side(question, asked)
        return [self._split(side, self._side(text, found), room) for text, found in zip(passages, read, strict=True)]

    def _side(self, text: str, encoding: Any) -> "_Side":
        ids = np.asarray(encoding.ids, np.int64)
        starts = np.asarray([start for start, _ in encoding.offsets], np.int64)
        owner = np.searchsorted(starts, np.arange(len(text)), "right") - 1
        # Blanks at the very front, and nothing but blanks, belong to no piece.
        pieces = np.where(owner < 0, UNKNOWN, ids[np.maximum(owner, 0)] if len(ids) else UNKNOWN)
        begins = np.zeros(len(text), bool)
        begins[starts[starts < len(text)]] = True
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)
        says = np.fromiter(map(str.isalnum, text), bool, len(text))
        return _Side(self._char_ids(text), np.where(says, codes, -1), pieces, begins)

    def _split(self, question: "_Side", passage: "_Side", room: int) -> list[Encoded]:
        if len(passage.chars) <= room:
            return [self._encode(question, passage, 0)]
        step = room - room // 3
        return [
            self._encode(question, passage.part(first, first + room), first)
            for first in range(0, len(passage.chars) - room // 3, step)
        ]

    def _encode(self, question: "_Side", passage: "_Side", offset: int) -> Encoded:
        at = len(question.chars) + 2
        separator = np.asarray([SEPARATOR], np.int64)
        chars = np.concatenate([separator, question.chars, separator, passage.chars])
        pieces = np.concatenate([separator, question.pieces, separator, passage.pieces])
        features = np.zeros((len(chars), FEATURES), np.float32)
        # Which characters of each side stand in the other, alone and in runs of two and three.
        for column, length in enumerate((1, 2, 3)):
            ours, theirs = question.grams(length), passage.grams(length)
            # Every one with every one: a question is short, and this is faster than sorting, as np.isin does.
            same = (ours[:, None] == theirs) & (ours >= 0)[:, None]
            features[1 : at - 1, column] = _spread(same.any(1), length, at - 2)
            features[at:, column] = _spread(same.any(0), length, len(chars) - at)
        same = question.pieces[:, None] == passage.pieces
        features[1 : at - 1, 3] = same.any(1)
        features[at:, 3] = same.any(0)
        near, whole = self._density(question, passage)
        features[at:, 4:7] = near.T
        features[:, 7] = whole
        features[:, 8] = self._weights[pieces]
        features[1 : at - 1, 9] = question.begins
        features[at:, 9] = passage.begins
        # Where a piece ends another begins, or the text ends.
        features[:-1, 10] = features[1:, 9]
        features[-1, 10] = 1
        return Encoded(chars, pieces, features, at, offset)

    def _density(self, question: "_Side", passage: "_Side") -> tuple[Floats, float]:
        """Return the weighted share of the question's pairs of characters found near each character, and anywhere."""
        asked = question.grams(2)
        weights = self._weights[question.pieces][: len(asked)]
        keep = asked >= 0
        asked, first = np.unique(asked[keep], return_index=True)
        weights = weights[keep][first]
        length = len(passage.chars)
        near = np.zeros((len(_REACHES), length), np.float32)
        total = float(weights.sum())
        if not total or length < 2:
            return near, 0.0
        found = asked[:, None] == passage.grams(2)[None, :]
        counts = np.zeros((len(asked), length + 1), np.int32)
        np.cumsum(found, axis=1, out=counts[:, 1:length])
        counts[:, length] = counts[:, length - 1]
        share = (weights / total).astype(np.float32)
        place = np.arange(length)
        for row, reach in enumerate(_REACHES):
            high, low = np.minimum(place + reach, length), np.maximum(place - reach, 0)
            near[row] = share @ (counts[:, high] > counts[:, low])
        return near, float(share @ (counts[:, -1] > 0))


@dataclass(frozen=True, slots=True)
class _Side:
    """One side's text: for each character its id, its code (-1 of what is no letter or digit), its piece's id, and
    whether it begins a piece."""

    chars: NDArray[np.int64]
    codes: NDArray[np.int64]
    pieces: NDArray[np.int64]
    begins: NDArray[np.bool_]

    def part(self, start: int, end: int) -> "_Side":
        """Return the characters from ``start`` to ``end``."""
        here = slice(start, end)
        return _Side(self.chars[here], self.codes[here], self.pieces[here], self.begins[here])

    def grams(self, length: int) -> NDArray[np.int64]:
        """Return each run of ``length`` characters as a number, -1 where it holds punctuation or a blank."""
        count = max(len(self.codes) - length + 1, 0)
        packed = np.zeros(count, np.int64)
        broken = np.zeros(count, bool)
        for place in range(length):
            part = self.codes[place : place + count]
            packed = (packed << 21) | np.maximum(part, 0)
            broken |= part < 0
        return np.where(broken, -1, packed)


def _spread(found: NDArray[np.bool_], length: int, total: int) -> NDArray[np.bool_]:
    """Return which of ``total`` characters lie in a run of ``length`` that was found."""
    spread = np.zeros(total, bool)
    for place in range(length):
        spread[place : place + len(found)] |= found[: total - place]
    return spread


def collate(batch: Sequence[Encoded]) -> dict[str, NDArray[Any]]:
    """Return the network's inputs for ``batch``, padded with zeros to its longest window."""
    length = max(len(item.chars) for item in batch)
    inputs: dict[str, NDArray[Any]] = {
        "chars": np.zeros((len(batch), length), np.int64),
        "pieces": np.zeros((len(batch), length), np.int64),
        "features": np.zeros((len(batch), length, FEATURES), np.float32),
        "passage": np.zeros((len(batch), length), bool),
    }
    for row, item in enumerate(batch):
        end = len(item.chars)
        inputs["chars"][row, :end] = item.chars
        inputs["pieces"][row, :end] = item.pieces
        inputs["features"][row, :end] = item.features
        inputs["passage"][row, item.passage_at : end] = True
    return inputs
