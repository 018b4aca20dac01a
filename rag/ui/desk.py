"""What all tabs share: the assistant under a visitor's options, and the folder of what the page keeps."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.index import Filter
from rag.ui.examples import Examples
from rag.ui.store import Store
from rag.workflow import Assistant

if TYPE_CHECKING:
    import gradio as gr


@dataclass(frozen=True, slots=True)
class Options:
    """What a visitor may set; dates are partial ISO dates, "" for no limit; ``engine`` is an LLM, "" for the reader."""

    hits: int = 8
    since: str = ""
    until: str = ""
    engine: str = ""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Options":
        """Return the options kept in ``record``; what it does not know is left at its default."""
        return cls(**{name: record[name] for name in cls.__slots__ if name in record})

    def record(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def where(self) -> Filter | None:
        """The filter for the period; None where there is none. Raises JuzhengError for a date that is none."""
        return Filter(since=self.since or None, until=self.until or None) if self.since or self.until else None


class Desk:
    """The assistant, what visitors did, and the folder that holds it, beside the index: ``<index>-page``."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.folder = assistant.path.with_name(assistant.path.name + "-page")
        self.store = Store(self.folder / "visitors.sqlite")
        self.examples = Examples(assistant)
        self.lock = threading.Lock()  # over files of the folder

    @property
    def engines(self) -> list[str]:
        """The language models a visitor may choose.

        Only what the server was started with: an address typed by a visitor would be sent the owner's key.
        """
        return [self.assistant.settings.llm] if self.assistant.settings.llm else []

    @property
    def feedback(self) -> Path:
        """The case file that saved answers are appended to."""
        return self.folder / "feedback.jsonl"

    @property
    def cases(self) -> Path:
        """The folder of uploaded question files."""
        return self.folder / "cases"

    @property
    def runs(self) -> Path:
        """The folder of evaluation runs, one folder each."""
        return self.folder / "runs"

    def options(self, visitor: str) -> Options:
        """Return what ``visitor`` has set."""
        settings = self.assistant.settings
        return Options.of({"hits": settings.hits, "engine": settings.llm or "", **self.store.options(visitor)})

    def under(self, options: Options) -> Assistant:
        """Return the assistant under ``options``; it shares the index and the models, and needs no closing."""
        return self.assistant.under(hits=options.hits, embedded=options.engine not in self.engines)


def visitor_of(request: "gr.Request") -> str:
    """Return who sent a request, as the server found out (see server.py)."""
    return str(request.request.state.visitor)
