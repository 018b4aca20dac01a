"""What all tabs share: the assistant under a visitor's options, and the folder of what the page keeps."""

import threading
from collections import Counter
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
    """What a visitor may set.

    Dates are partial ISO dates, "" for no limit; ``tags`` are folders and tags, of which an article must have all.
    ``embedded`` says that the embedded reader is to answer although the server has a language model.
    """

    hits: int = 8
    since: str = ""
    until: str = ""
    tags: tuple[str, ...] = ()
    embedded: bool = False

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Options":
        """Return the options kept in ``record``; what it does not know is left at its default."""
        known = {name: record[name] for name in cls.__slots__ if name in record}
        return cls(**{**known, "tags": tuple(known.get("tags", ()))})

    def record(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def where(self) -> Filter | None:
        """The filter for period and tags; None where there is none. Raises JuzhengError for a date that is none."""
        if not (self.since or self.until or self.tags):
            return None
        return Filter(since=self.since or None, until=self.until or None, tags=self.tags)


class Desk:
    """The assistant, what visitors did, and the folder that holds it, beside the index: ``<index>-page``."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.folder = assistant.path.with_name(assistant.path.name + "-page")
        self.store = Store(self.folder / "visitors.sqlite")
        self.examples = Examples(assistant)
        self.lock = threading.Lock()  # over files of the folder

    @property
    def model(self) -> str | None:
        """The language model that a visitor may choose, None where there is none.

        Only what the server was started with: an address typed by a visitor would be sent the owner's key.
        """
        return self.assistant.settings.llm

    def tags(self) -> list[str]:
        """Return the folders and tags of the articles, those of most articles first."""
        counted = Counter(tag for info in self.assistant.articles() for tag in info.tags)
        return [tag for tag, _ in counted.most_common()]

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
        return Options.of({"hits": self.assistant.settings.hits, **self.store.options(visitor)})

    def under(self, options: Options) -> Assistant:
        """Return the assistant under ``options``; it shares the index and the models, and needs no closing."""
        return self.assistant.under(hits=options.hits, embedded=options.embedded)


def visitor_of(request: "gr.Request") -> str:
    """Return who sent a request, as the server found out (see server.py)."""
    return str(request.request.state.visitor)
