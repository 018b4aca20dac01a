"""Reads passages for a question: where the answer stands, whether there is one, and how well a passage fits.

A leaf: it imports no stage. The reader in the package runs by onnxruntime, tokenizers and numpy alone.
"""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag._errors import JuzhengError
from rag._featurizer import Encoded, Featurizer, collate
from rag._resources import WEIGHTS
from rag._text import fold

Scores = NDArray[np.float32]

# Beyond this many threads the work of one question is too small to be shared out.
_MOST_THREADS = 8
# What a window's score weighs beside its span logits; chosen on questions of CMRC-train kept back (F1 0.566 -> 0.576).
_WINDOW_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one passage.

    ``score`` says how well the passage fits the question (a logit, comparable between passages of one question);
    ``answerable`` is the calibrated probability that it holds the answer; ``start`` and ``end`` give for each
    character of the passage's text the logit that the answer begins, or ends (inclusive), with it.
    """

    score: float
    answerable: float
    start: Scores
    end: Scores


class Reader(Protocol):
    """Anything that reads passages for a question."""

    @property
    def name(self) -> str: ...

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return one reading a passage, in their order."""
        ...


class EmbeddedReader:
    """The reader in the package: a small recurrent network over characters and their pieces (``training/reader.py``).

    Each window is run alone, on a thread of its own: int8 activations are scaled by their batch, so a passage read
    beside others would be read a little differently; and nothing is spent on padding.
    """

    name = "embedded"

    def __init__(self, folder: Path = WEIGHTS, threads: int | None = None) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(folder / "reader.onnx"), options, providers=["CPUExecutionProvider"]
        )
        with np.load(folder / "reader.npz") as arrays:
            weights = arrays["weights"].astype(np.float32)
        self._featurizer = Featurizer(Tokenizer.from_file(str(folder / "tokenizer.json")), weights)
        calibration = json.loads((folder / "config.json").read_text(encoding="utf-8"))["reader"]["calibration"]
        self._slope, self._shift = float(calibration["slope"]), float(calibration["shift"])
        threads = threads or min(
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, _MOST_THREADS
        )
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return one reading a passage, in their order; a long passage is read in windows that overlap by a third."""
        if not passages:
            return []
        windows = self._featurizer.windows(fold(question), [fold(passage) for passage in passages])
        # The longest first: the last to finish is then a short one.
        work = sorted((window for made in windows for window in made), key=lambda window: -window.length)
        done = dict(zip(map(id, work), self._threads.map(self._run, work), strict=True))
        return [
            self._merge(len(passage), made, [done[id(window)] for window in made])
            for passage, made in zip(passages, windows, strict=True)
        ]

    def _run(self, window: Encoded) -> list[Any]:
        outputs: list[Any] = self._session.run(["start", "end", "answerable", "score"], collate([window]))
        return outputs

    def _merge(self, length: int, windows: list[Encoded], outputs: list[list[Any]]) -> Reading:
        """Return one reading of a passage's windows: where two overlap, the one more sure of itself counts."""
        # Logits of spans are trained within a window; between windows the passage score tells which to believe.
        scores = [float(score[0]) for _, _, _, score in outputs]
        start = np.full(length, -np.inf, np.float32)
        end = np.full(length, -np.inf, np.float32)
        for window, score, (starts, ends, _, _) in zip(windows, scores, outputs, strict=True):
            here = slice(window.offset, window.offset + window.length)
            shift = np.float32(_WINDOW_WEIGHT * (score - max(scores)))
            start[here] = np.maximum(start[here], starts[0, window.passage_at :] + shift)
            end[here] = np.maximum(end[here], ends[0, window.passage_at :] + shift)
        logit = max(float(answerable[0]) for _, _, answerable, _ in outputs)
        return Reading(max(scores), float(1 / (1 + np.exp(-(self._slope * logit + self._shift)))), start, end)


class CrossEncoderReader:
    """Any sentence-transformers cross-encoder, by hub name or folder, in place of the embedded reader's passage score.

    A cross-encoder points at no answer: where it stands, and whether there is one, the embedded reader still tells.
    """

    def __init__(self, name_or_folder: str) -> None:
        """Raise JuzhengError where the model, or the package it needs, is not there."""
        try:
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise JuzhengError(
                f'The reader {name_or_folder!r} needs sentence-transformers: pip install "juzheng[models]", '
                'or use "embedded".'
            ) from error
        try:
            self._model: Any = CrossEncoder(name_or_folder)
        except (OSError, ValueError) as error:
            raise JuzhengError(
                f"No cross-encoder could be loaded from {name_or_folder!r}: {type(error).__name__}. "
                'Give a folder that holds one, a hub name that this machine can reach, or "embedded".'
            ) from error
        self.name = name_or_folder
        self._embedded = load_reader()

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return one reading a passage, in their order, its score the cross-encoder's."""
        if not passages:
            return []
        pairs = [(question, passage) for passage in passages]
        scores = np.asarray(self._model.predict(pairs, show_progress_bar=False), np.float32).reshape(len(passages))
        readings = self._embedded.read(question, passages)
        return [replace(reading, score=float(score)) for reading, score in zip(readings, scores, strict=True)]


def spans(reading: Reading, k: int = 5, longest: int = 60) -> list[tuple[int, int, float]]:
    """Return the ``k`` best answer spans as (start, end, score), best first, ``end`` exclusive.

    ``score`` is the sum of the logits at both ends; no span is longer than ``longest`` characters.
    """
    length = len(reading.start)
    found: list[tuple[int, int, float]] = []
    for start in map(int, np.argsort(-reading.start, kind="stable")[: 4 * k]):
        ends = np.argsort(-reading.end[start : min(length, start + longest)], kind="stable")[:k] + start
        found += [(start, int(end) + 1, float(reading.start[start] + reading.end[end])) for end in ends]
    return sorted(found, key=lambda span: (-span[2], span[0], span[1]))[:k]


def load_reader(name: str = "embedded") -> Reader:
    """Return the reader ``name``: "embedded", or a sentence-transformers cross-encoder by hub name or folder.

    Raises JuzhengError where the model, or the package it needs, is not there.
    """
    return _embedded() if name == "embedded" else CrossEncoderReader(name)


@cache
def _embedded() -> EmbeddedReader:
    return EmbeddedReader()
