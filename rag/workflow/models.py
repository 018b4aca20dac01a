"""The models that answer, each loaded with the first question that needs it."""

import threading
from typing import TYPE_CHECKING

from rag._reader import Reader, load_reader
from rag.workflow.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from rag.synthesis.llm import Engine


class Models:
    """The reader, and the engine that writes with a language model where one is set; for several threads."""

    def __init__(self, settings: Settings, llm: "LLM | None") -> None:
        """``llm`` is any llama-index LLM, to be used in place of the one that ``settings`` name."""
        self._settings = settings
        self._llm = llm or settings.llm
        self._lock = threading.Lock()
        self._reader: Reader | None = None
        self._engine: Engine | None = None

    @property
    def reader(self) -> Reader:
        """The embedded reader, or the cross-encoder in its place."""
        with self._lock:
            if self._reader is None:
                self._reader = load_reader(self._settings.reader)
            return self._reader

    @property
    def engine(self) -> "Engine | None":
        """The engine that writes with a language model; None where none is set."""
        with self._lock:
            if self._engine is None and self._llm is not None:
                from rag.synthesis.llm import Engine, load_model

                model = load_model(self._llm, silence=self._settings.llm_silence)
                self._engine = Engine(model, self._settings.llm_tokens)
            return self._engine

    def close(self) -> None:
        """Let go of the connections to a language model."""
        with self._lock:
            if self._engine is not None:
                self._engine.model.close()
