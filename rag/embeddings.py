"""Texts -> unit vectors: the embedded encoder, or any sentence-transformers model."""

import hashlib
import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from rag._errors import JuzhengError
from rag._resources import WEIGHTS
from rag._text import fold

Vectors = NDArray[np.float32]
Kind = Literal["query", "passage"]

# What models trained with prefixes, but without recorded prompts, were trained on: (part of the name, query, passage).
_PREFIXES = (
    ("e5-", "query: ", "passage: "),
    ("bge-small-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bge-base-zh", "为这个句子生成表示以用于检索相关文章：", ""),
    ("bge-large-zh", "为这个句子生成表示以用于检索相关文章：", ""),
)


class Embedder(Protocol):
    """Anything that turns texts into unit vectors.

    ``fingerprint`` names the weights: two embedders with the same fingerprint give the same vectors.
    """

    @property
    def name(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int:
        """The most tokens of one text that the model reads."""
        ...

    @property
    def fingerprint(self) -> str: ...

    def count_tokens(self, text: str) -> int:
        """Return how many of the model's tokens ``text`` takes."""
        ...

    def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Return float32 rows of length 1, shape (len(texts), dimension)."""
        ...


class EmbeddedEncoder:
    """The encoder in the package: the weighted vectors of a text's pieces, summed and scaled to length 1.

    A static embedding (Model2Vec, WordLlama; ours is trained by ``training/encoder.py``): no order of words, but
    thousands of passages a second on one core. Its leading 64 dimensions are trained to be usable alone.
    """

    name = "embedded"
    # The vector of a longer text says little about any one sentence of it; the sum itself has no limit.
    max_tokens = 512

    def __init__(self, folder: Path = WEIGHTS) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        stored = (folder / "encoder.npz").read_bytes()
        with np.load(folder / "encoder.npz") as arrays:
            self._table: Vectors = arrays["pieces"].astype(np.float32) * arrays["scales"].astype(np.float32)[:, None]
        self.dimension = int(self._table.shape[1])
        self._unknown = 1  # [UNK], by order of the special pieces
        digest = hashlib.sha256(stored)
        digest.update((folder / "tokenizer.json").read_bytes())
        self.fingerprint = f"embedded-{digest.hexdigest()[:16]}"

    def count_tokens(self, text: str) -> int:
        """Return how many pieces ``text`` has."""
        return len(self._tokenizer.encode(fold(text), add_special_tokens=False))

    def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Return float32 rows of length 1; ``kind`` makes no difference, a text without pieces counts as unknown."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), 1024):
            batch = [fold(text) for text in texts[start : start + 1024]]
            for row, encoding in enumerate(self._tokenizer.encode_batch_fast(batch, add_special_tokens=False), start):
                # One text at a time: the sum of a row must not depend on its neighbours.
                vectors[row] = self._table[encoding.ids or [self._unknown]].sum(axis=0)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, by hub name or folder, with the prompts it was trained with."""

    def __init__(self, name_or_folder: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise JuzhengError(
                f'The embedding model {name_or_folder!r} needs sentence-transformers: pip install "juzheng[models]", '
                'or use "embedded".'
            ) from error
        try:
            self._model: Any = SentenceTransformer(name_or_folder)
        except (OSError, ValueError) as error:
            raise JuzhengError(
                f"No sentence-transformers model could be loaded from {name_or_folder!r}: {_first_line(error)} "
                'Give a folder that holds one, a hub name that this machine can reach, or "embedded".'
            ) from error
        self.name = name_or_folder
        # Asked of the model itself: the method that tells it has another name in each major version.
        self.dimension = int(self._model.encode(["1"], show_progress_bar=False).shape[1])
        self._prompts = _prompts(name_or_folder, dict(self._model.prompts))
        # A model without a limit (a static embedding) gets the encoder's; a passage's prompt takes from the room.
        room = min(self._model.max_seq_length or math.inf, EmbeddedEncoder.max_tokens)
        self.max_tokens = int(room) - self.count_tokens(self._prompts["passage"])
        self.fingerprint = f"{Path(name_or_folder).name}-{_digest_of_weights(self._model, self._prompts)}"

    def count_tokens(self, text: str) -> int:
        """Return how many of the model's tokens ``text`` takes, marks at its ends included."""
        return len(self._model.tokenizer.encode(text))

    def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Return float32 rows of length 1; the prompt of ``kind`` stands before each text."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._model.encode(
            list(texts), prompt=self._prompts[kind], normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)


def load_embedder(name: str = "embedded") -> Embedder:
    """Return the embedder ``name``: "embedded", or a sentence-transformers model by hub name or folder.

    Raises JuzhengError where the model, or the package it needs, is not there.
    """
    return _embedded() if name == "embedded" else SentenceTransformerEmbedder(name)


@cache
def _embedded() -> EmbeddedEncoder:
    return EmbeddedEncoder()


def _prompts(name: str, recorded: dict[str, str]) -> dict[str, str]:
    """Return the prompts of a model for "query" and "passage": its own, else those its family is known to want."""
    query = recorded.get("query") or ""
    passage = recorded.get("passage") or recorded.get("document") or ""
    if not query and not passage:
        for part, known_query, known_passage in _PREFIXES:
            if part in name.lower():
                return {"query": known_query, "passage": known_passage}
    return {"query": query, "passage": passage}


def _digest_of_weights(model: Any, prompts: dict[str, str]) -> str:
    """Return a hash over every weight of a torch module and its prompts."""
    digest = hashlib.sha256(json.dumps(prompts, ensure_ascii=False, sort_keys=True).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()[:16]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
