"""Pre-training on bare news: a sentence stands for the question, the rest of its article for the passage.

Words of both are hidden or exchanged for others that are used alike, and the network says which character stood in
each hidden place (whole words, as in BERT-wwm, Cui et al. 2021) and which characters were exchanged (ELECTRA, Clark et
al. 2020). A hidden word of the sentence that the passage has is pointed at there (recurring spans, Ram et al. 2021); a
sentence in which nothing was exchanged counts as answerable. Articles say most things twice, in other words, so that
all of it takes comparing both sides.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import rjieba
import torch
from data import NEWS, Question, news
from examples import Corruption, Example, Sizes, crop
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the field's name for it)

from rag._featurizer import Featurizer
from rag._text import sentences

HIDDEN = "▢"  # no piece, so it is UNKNOWN to the network
# Of words: how many are hidden, how many exchanged, in the sentence and in the passage.
_HIDDEN = 0.12
_EXCHANGED_ASKED = 0.15
_EXCHANGED_READ = 0.04
_TRUE = 0.4  # sentences in which nothing is exchanged
_POINTED = 0.5  # sentences of which a word is hidden that the passage has
_LIKE = 8  # words that may stand for another
_SHORTEST, _LONGEST = 12, 80  # characters of a sentence
_LEAST = 80  # characters of what is left of its article
_COMMONEST = 16_000  # pieces, the longer of which are exchanged


class Likes:
    """For words that are pieces, others of as many characters that are used like them, by ``vectors`` (V, D)."""

    def __init__(self, tokenizer: Tokenizer, vectors: NDArray[np.float32]) -> None:
        by_length: dict[int, list[int]] = {}
        pieces = [tokenizer.id_to_token(number) for number in range(min(_COMMONEST, len(vectors)))]
        for number, piece in enumerate(pieces):
            if piece.isalnum() and not piece.isascii():
                by_length.setdefault(len(piece), []).append(number)
        self._others: dict[str, list[str]] = {}
        for numbers in by_length.values():
            units = vectors[numbers] / np.maximum(np.linalg.norm(vectors[numbers], axis=1, keepdims=True), 1e-6)
            count = min(_LIKE, len(numbers) - 1)
            for first in range(0, len(numbers), 2048):
                likeness = units[first : first + 2048] @ units.T
                rows = np.arange(len(likeness))
                likeness[rows, first + rows] = -1
                for row, near in enumerate(np.argpartition(-likeness, count, axis=1)[:, :count] if count else ()):
                    self._others[pieces[numbers[first + row]]] = [pieces[numbers[place]] for place in near]

    def other(self, word: str, rng: random.Random) -> str | None:
        """Return another word, figures of as many digits for figures; None where none is known."""
        if word.isascii():
            if not word.isdigit():
                return None
            other = rng.choice("123456789") + "".join(rng.choice("0123456789") for _ in word[1:])
            if len(word) == 4 and word[:2] in ("19", "20"):
                other = str(int(word) + rng.choice((-3, -2, -1, 1, 2, 3)))
            return other if other != word else None
        return rng.choice(self._others[word]) if word in self._others else None


class Cloze(nn.Module):
    """Names hidden characters, by vectors of all that begin as ``known`` (C, D), and tells which are exchanged."""

    def __init__(self, width: int, known: Tensor) -> None:
        super().__init__()
        self.told = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, known.shape[1]))
        self.known = nn.Parameter(known / known.shape[1] ** 0.5)
        self.bias = nn.Parameter(torch.zeros(len(known)))
        self.exchanged = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, x: Tensor, hidden: Tensor, exchanged: Tensor) -> tuple[Tensor, Tensor]:
        """Return the losses of ``hidden``, the number of each hidden character, and of ``exchanged``; -1 is untold."""
        places = hidden >= 0
        logits = (self.told(x[places]) @ self.known.T + self.bias).float()
        named = F.cross_entropy(logits, hidden[places], reduction="sum") / places.sum().clamp(min=1)
        known = exchanged >= 0
        marks = self.exchanged(x[known])[:, 0].float()
        told = F.binary_cross_entropy_with_logits(marks, exchanged[known].float(), reduction="sum")
        return named, told / known.sum().clamp(min=1)


class News:
    """Articles of ``data``, folded, of which examples are made; a ValueError where there is none long enough.

    ``vectors`` (V, D) are those of the pieces that tell which words are used alike; ``characters`` are the pieces that
    are single characters, whose place in it is the number that ``Corruption.hidden`` gives.
    """

    def __init__(self, data: Path, tokenizer: Tokenizer, vectors: NDArray[np.float32], tiny: bool = False) -> None:
        self._articles: list[tuple[str, str]] = []
        for name in NEWS:
            for item in news(data, name, 100 if tiny else None):
                text = item["text"]
                if len(text) >= _LEAST + _SHORTEST:
                    self._articles.append((item["brief"] or item["title"], text))
        if not self._articles:
            raise ValueError(f"{data}/news has no article of at least {_LEAST + _SHORTEST} characters to pre-train on")
        self._likes = Likes(tokenizer, vectors)
        pieces = [tokenizer.id_to_token(number) for number in range(len(vectors))]
        self.characters = [number for number, piece in enumerate(pieces) if len(piece) == 1]
        self._class = {pieces[number]: place for place, number in enumerate(self.characters)}

    def examples(self, featurizer: Featurizer, rng: random.Random, sizes: Sizes, count: int) -> Iterator[Example]:
        """Yield ``count`` examples, each of an article drawn by ``rng``."""
        while count:
            example = self._example(featurizer, rng, sizes)
            if example is not None:
                count -= 1
                yield example

    def _example(self, featurizer: Featurizer, rng: random.Random, sizes: Sizes) -> Example | None:
        """Return an example made of an article drawn by ``rng``; None where it does not give one."""
        lead, text = rng.choice(self._articles)
        if len(lead) < _SHORTEST or rng.random() < 0.6:
            start = rng.randrange(len(text))
            near = text[max(0, start - 400) : start + 1200]
            found = [s for s in sentences(near) if _SHORTEST <= s.end - s.start <= _LONGEST]
            if not found:
                return None
            said = rng.choice(found)
            lead, text = near[said.start : said.end], near[: said.start] + near[said.end :]
        lead = lead[:_LONGEST]
        passage, _, _ = crop(Question("", lead, text, ()), rng, sizes)
        if len(passage) < _LEAST:
            return None
        true = rng.random() < _TRUE
        asked, read = rjieba.cut(lead), rjieba.cut(passage)
        pointed = None
        if rng.random() < _POINTED:
            recurring = [word for word in asked if len(word) > 1 and word.isalnum() and word in passage]
            pointed = rng.choice(recurring) if recurring else None
        told, marks = self._corrupt(asked, rng, 0.0 if true else _EXCHANGED_ASKED, pointed)
        shown, seen = self._corrupt(read, rng, _EXCHANGED_READ, None)
        encoded = featurizer.windows(told, [shown])[0][0]
        at = encoded.passage_at
        hidden = np.full(len(encoded.chars), -1)
        exchanged = np.full(len(encoded.chars), -1)
        for first, before, after, found_marks in ((1, lead, told, marks), (at, passage, shown, seen)):
            for place in range(min(len(before), len(hidden) - first)):
                if found_marks[place] == 2:
                    hidden[first + place] = self._class.get(before[place], -1)
                else:
                    exchanged[first + place] = before[place] != after[place]
        corruption = Corruption(hidden, exchanged, bool((marks != 1).all()))
        start = shown.find(pointed) if pointed else -1
        first, last = (at + start, at + start + len(pointed) - 1) if pointed and start >= 0 else (-1, -1)
        return Example(encoded, first, last, -1, (0.0, 0.0), corruption)

    def _corrupt(
        self, words: Sequence[str], rng: random.Random, exchange: float, pointed: str | None
    ) -> tuple[str, NDArray[np.int8]]:
        """Return ``words`` corrupted, as one text, and what each character is: 0 as it was, 1 exchanged, 2 hidden."""
        shown: list[str] = []
        marks: list[int] = []
        for word in words:
            chance = rng.random()
            other = None
            if word == pointed or (chance < _HIDDEN and word.isalnum()):
                mark, other = 2, HIDDEN * len(word)
            elif _HIDDEN <= chance < _HIDDEN + exchange:
                mark, other = 1, self._likes.other(word, rng)
            if other is None:
                mark, other = 0, word
            shown.append(other)
            marks += [mark] * len(word)
        return "".join(shown), np.asarray(marks, np.int8)
