"""The corpus tab: add files, list what is there, read it as the system does, delete; all effective at once."""

import queue
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

import gradio as gr

from rag._errors import JuzhengError
from rag._text import Span
from rag.articles import FORMATS
from rag.index import BuildReport
from rag.ui import lists
from rag.ui.desk import Desk
from rag.ui.language import Say
from rag.ui.script import listener
from rag.ui.sheet import facts_html, frame_html
from rag.ui.sources import legend_html, original_html, reading_html
from rag.workflow import Assistant


def corpus_tab(desk: Desk, say: Say, tab: gr.Tab) -> None:
    """Draw the tab into the page at hand and wire it."""
    assistant = desk.assistant

    def table(find: str, first: int) -> str:
        return lists.articles_html(assistant.articles(), assistant.index.skipped(), find, first, say)

    def add(event: gr.EventData, find: str) -> Iterator[tuple[Any, ...]]:
        """Yield (intake, table) while the uploaded files are read and indexed."""
        files = [(str(file["path"]), str(file["name"])) for file in event.files]
        try:
            for step in _added(assistant, files):
                if isinstance(step, BuildReport):
                    names = [name for _, name in files]
                    yield lists.added_html(names, step.skipped, say), table(find, 0)
                else:
                    yield lists.progress_html(*step, say), gr.skip()
        except JuzhengError as error:
            yield lists.fault_html(str(error), say), gr.skip()

    def turn(event: gr.EventData, find: str) -> str:
        return table(find, int(event.first))

    def remove(event: gr.EventData, find: str, shown: dict[str, Any]) -> tuple[Any, ...]:
        try:
            assistant.remove([event.article])
        except JuzhengError as error:
            return lists.fault_html(str(error), say), gr.skip(), gr.skip()
        gone = shown.get("article") == event.article
        return "", table(find, 0), "" if gone else gr.skip()

    def read(event: gr.EventData) -> tuple[str, dict[str, Any]]:
        shown = {"article": event.article, "view": "reading"}
        return sheet(shown), shown

    def view(event: gr.EventData, shown: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        shown = {**shown, "view": event.view}
        return sheet(shown), shown

    def read_on(event: gr.EventData, shown: dict[str, Any]) -> str:
        return sheet(shown, first=int(event.first))

    def widen(event: gr.EventData, shown: dict[str, Any]) -> str:
        return sheet(shown, window=Span(int(event.start), int(event.end)))

    def sheet(shown: dict[str, Any], first: int = 0, window: Span | None = None) -> str:
        try:
            article = assistant.article(shown["article"])
        except KeyError:
            return ""
        reading = shown["view"] == "reading"
        body = reading_html(article, say, first) if reading else original_html(article, [], say, window)
        views = "".join(
            f'<button type="button" class="quiet" data-event="view" data-view="{name}"'
            f' aria-pressed="{str(name == shown["view"]).lower()}">{label}</button>'
            for name, label in (("reading", say("系统读法", "as read")), ("original", say("原文", "original")))
        )
        head = f'<div class="views">{views}</div>{legend_html(say)}'
        return frame_html(escape(article.title or article.source), facts_html(article, say), head + body, say)

    shown: gr.State = gr.State({})
    with gr.Row(elem_id="corpus", elem_classes="split", equal_height=False):
        with gr.Column(elem_classes="main"):
            drop = gr.HTML(
                lists.drop_html(FORMATS, say),
                elem_id="drop",
                apply_default_css=False,
                js_on_load=listener("received", watch="drop"),
            )
            intake = gr.HTML(elem_id="intake", apply_default_css=False)
            find = gr.Textbox(
                elem_id="find",
                placeholder=say("按标题、文件名、日期或标签筛选", "filter by title, file, date or tag"),
                label=say("筛选", "Filter"),
                show_label=False,
                container=False,
            )
            articles = gr.HTML(
                elem_id="articles", apply_default_css=False, js_on_load=listener("read", "remove", "turn")
            )
        panel = gr.HTML(
            elem_id="reader",
            elem_classes="side",
            apply_default_css=False,
            js_on_load=listener("view", "blocks", "window", watch="source"),
        )

    quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    # One after the other: the list of an older filter must not come after that of a newer one.
    last: dict[str, Any] = {"trigger_mode": "always_last", **quick}
    gr.on([tab.select, find.change], lambda find: table(find, 0), find, articles, **last)
    drop.received(add, find, [intake, articles], show_progress="hidden", concurrency_limit=1, api_visibility="private")
    articles.turn(turn, find, articles, **quick)
    articles.remove(remove, [find, shown], [intake, articles, panel], **quick)
    articles.read(read, None, [panel, shown], **quick)
    panel.view(view, shown, [panel, shown], **quick)
    panel.blocks(read_on, shown, panel, **quick)
    panel.window(widen, shown, panel, **quick)


def _added(assistant: Assistant, files: Sequence[tuple[str, str]]) -> Iterator[tuple[str, int, int] | BuildReport]:
    """Add uploaded ``files``, pairs of where each lies and what it is called, and yield progress and then the report.

    Raises JuzhengError as ``Assistant.add`` does, and where a path is not one of an upload: a request can name any.
    """
    steps: queue.Queue[tuple[str, int, int] | BuildReport | Exception] = queue.Queue()
    with tempfile.TemporaryDirectory(prefix="juzheng-") as folder:
        for path, name in files:
            target = Path(folder, *_parts(name))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(_uploaded(path), target)

        def work() -> None:
            try:
                steps.put(assistant.add([folder], progress=lambda stage, done, total: steps.put((stage, done, total))))
            except Exception as error:  # raised again where it is waited for
                steps.put(error)

        threading.Thread(target=work, daemon=True).start()
        while True:
            step = steps.get()
            if isinstance(step, Exception):
                raise step
            yield step
            if isinstance(step, BuildReport):
                return


def _uploaded(path: str) -> Path:
    from gradio.utils import get_upload_folder

    resolved = Path(path).resolve()
    if not resolved.is_relative_to(Path(get_upload_folder()).resolve()) or not resolved.is_file():
        raise JuzhengError("只能加入刚上传的文件；请重新上传。(not an uploaded file: upload it again)")
    return resolved


def _parts(name: str) -> list[str]:
    """Return the parts of an uploaded file's name below its folder, none of which leads out of it."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    return parts or ["upload"]
