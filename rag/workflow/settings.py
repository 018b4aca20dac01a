"""What can be set."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be set; each has a value that suits most.

    ``embedding`` and ``reader`` are "embedded" for the models in the package, or the hub name or folder of a
    sentence-transformers bi-encoder or cross-encoder. An index remembers its embedding model and refuses another.
    """

    embedding: str = "embedded"
    reader: str = "embedded"
    passage_tokens: int = 192  # of the embedding model; a model that reads fewer lowers it
    reranked: int = 20  # passages that the reader reads
    hits: int = 8  # passages kept with an answer
    refuse_below: float = 0.5  # probability, that the passages say it at all, under which there is no answer
    llm: str | None = None  # as openai-like:qwen3-32b@http://host:8000/v1; None: the embedded reader answers
    llm_tokens: int = 6000  # of sources in a prompt
    llm_silence: float = 60.0  # seconds that the model may take to the next word

    @classmethod
    def from_environment(cls) -> "Settings":
        """Return the settings with those of JUZHENG_EMBEDDING, JUZHENG_READER and JUZHENG_LLM in place."""
        found = {name: os.environ.get(f"JUZHENG_{name.upper()}") for name in ("embedding", "reader", "llm")}
        return cls(**{name: value for name, value in found.items() if value})  # type: ignore[arg-type]
