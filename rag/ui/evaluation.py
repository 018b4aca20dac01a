"""The evaluation tab: run a question file, see what was lost and where, compare two runs."""

import queue
import shutil
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import gradio as gr

from rag._errors import JuzhengError
from rag._text import Span
from rag.evaluation import Cases, Run, compare, evaluate, load_cases, load_run
from rag.ui.desk import Desk, visitor_of
from rag.ui.language import Say
from rag.ui.lists import fault_html
from rag.ui.markup import progress_bar_html
from rag.ui.scores import comparison_html, run_html
from rag.ui.script import listener
from rag.ui.sheet import sheet_html
from rag.ui.sources import Mark
from rag.workflow import Assistant


class _CancelledError(Exception):
    """The visitor stopped the run; what was answered stays in its folder."""


def evaluation_tab(desk: Desk, say: Say, tab: gr.Tab) -> None:
    """Draw the tab into the page at hand and wire it."""

    def refreshed() -> tuple[Any, ...]:
        runs = _runs(desk)
        newest = runs[0] if runs else None
        before = runs[1] if len(runs) > 1 else None
        return (
            gr.Dropdown(choices=_files(desk)),
            gr.Dropdown(choices=runs),
            gr.Dropdown(choices=runs, value=before),
            gr.Dropdown(choices=runs, value=newest),
        )

    def upload(path: str) -> Any:
        """Keep an uploaded question file, once it proved to be one."""
        try:
            load_cases(path)
        except JuzhengError as error:
            raise gr.Error(str(error)) from error
        desk.cases.mkdir(parents=True, exist_ok=True)
        target = desk.cases / Path(path).name
        shutil.copyfile(path, target)
        return gr.Dropdown(choices=_files(desk), value=str(target))

    def run(path: str | None, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Yield (progress, result, chosen run) while the cases are asked; closed in between, the run stops."""
        if not path:
            yield fault_html(say("请先选一个题目文件。", "Choose a question file first."), say), gr.skip(), gr.skip()
            return
        stopped = threading.Event()
        try:
            cases = load_cases(path)
            name = f"{datetime.now():%Y%m%d-%H%M%S}-{cases.name}"
            assistant = desk.under(desk.options(visitor_of(request)))
            yield _progress(0, len(cases), say), "", gr.skip()
            for step in _running(cases, assistant, desk.runs / name, stopped):
                if isinstance(step, Run):
                    yield "", run_html(step, name, say), gr.Dropdown(choices=_runs(desk), value=name)
                else:
                    yield _progress(*step, say), gr.skip(), gr.skip()
        except JuzhengError as error:
            yield fault_html(str(error), say), gr.skip(), gr.skip()
        finally:
            stopped.set()

    def show(name: str | None) -> str:
        if not name:
            return ""
        try:
            return run_html(load_run(desk.runs / name), name, say)
        except JuzhengError as error:
            return fault_html(str(error), say)

    def cancelled() -> str:
        return f"<p>{say('已取消。', 'Cancelled.')}</p>"

    def compared(before: str | None, after: str | None) -> str:
        if not before or not after:
            return fault_html(say("请选两次运行。", "Choose two runs."), say)
        try:
            return comparison_html(compare(load_run(desk.runs / before), load_run(desk.runs / after)), say)
        except JuzhengError as error:
            return fault_html(str(error), say)

    def item(event: gr.EventData) -> tuple[str, dict[str, Any]]:
        shown = {"run": event.run, "item": event.item}
        return source(shown), shown

    def widen(event: gr.EventData, shown: dict[str, Any]) -> str:
        return source(shown, Span(int(event.start), int(event.end)))

    def source(shown: dict[str, Any], window: Span | None = None) -> str:
        """Draw the article of an item's evidence with the evidence marked, and what the answer cited of it."""
        run = load_run(desk.runs / Path(shown["run"]).name)
        item = next(one for one in run.items if one.case.id == shown["item"])
        evidence = [place for entry in item.seen.entries for place in entry.places]
        cited = [citation.place for citation in item.seen.citations]
        places = evidence or cited
        if not places:
            return ""
        article = desk.assistant.article(places[0].article)
        marks = [Mark(0, place.spans, active=True, words=item.case.answers or ()) for place in evidence[:1]]
        marks += [Mark(number, place.spans) for number, place in enumerate(cited, 1) if place.article == article.id]
        return sheet_html(article, marks, say, window)

    shown: gr.State = gr.State({})
    with gr.Row(elem_id="evaluation", elem_classes="split", equal_height=False):
        with gr.Column(elem_classes="main"):
            with gr.Row(elem_classes="controls"):
                file = gr.Dropdown(
                    choices=_files(desk), value=None, label=say("题目文件", "Question file"), filterable=False, scale=3
                )
                other = gr.UploadButton(
                    say("上传题目", "Upload"), file_types=[".jsonl", ".csv", ".xlsx"], scale=0, min_width=110
                )
                start = gr.Button(say("运行", "Run"), variant="primary", elem_id="run", scale=0, min_width=90)
                stop = gr.Button(say("取消", "Cancel"), elem_id="cancel", scale=0, min_width=80)
            progress = gr.HTML(elem_id="running", apply_default_css=False)
            runs = gr.Dropdown(
                choices=_runs(desk), value=None, label=say("看一次运行", "Show a run"), elem_id="runs", filterable=False
            )
            result = gr.HTML(elem_id="result", apply_default_css=False, js_on_load=listener("item"))
            gr.HTML(f'<h2 class="section">{say("比较两次运行", "Compare two runs")}</h2>', apply_default_css=False)
            with gr.Row(elem_classes="controls"):
                before = gr.Dropdown(choices=_runs(desk), value=None, label=say("先", "Before"), filterable=False)
                after = gr.Dropdown(choices=_runs(desk), value=None, label=say("后", "After"), filterable=False)
                both = gr.Button(say("比较", "Compare"), elem_id="compare", scale=0, min_width=90)
            difference = gr.HTML(elem_id="difference", apply_default_css=False)
        panel = gr.HTML(
            elem_id="evidence",
            elem_classes="side",
            apply_default_css=False,
            js_on_load=listener("window", watch="source"),
        )

    quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    tab.select(refreshed, None, [file, runs, before, after], **quick)
    other.upload(upload, other, file, **quick)
    running = start.click(
        run, file, [progress, result, runs], show_progress="hidden", concurrency_limit=1, api_visibility="private"
    )
    stop.click(cancelled, None, progress, cancels=[running], **quick)
    runs.input(show, runs, result, **quick)
    both.click(compared, [before, after], difference, **quick)
    result.item(item, None, [panel, shown], **quick)
    panel.window(widen, shown, panel, **quick)


def _progress(done: int, total: int, say: Say) -> str:
    return progress_bar_html(say(f"已问 {done} / {total} 题", f"{done} of {total} asked"), done, total)


def _running(
    cases: Cases, assistant: Assistant, folder: Path, stopped: threading.Event
) -> Iterator[tuple[int, int] | Run]:
    """Run ``cases`` into ``folder`` and yield (done, total) and then the run; ``stopped`` ends it after a case.

    Raises JuzhengError as ``evaluate`` does.
    """
    steps: queue.Queue[tuple[int, int] | Run | Exception] = queue.Queue()

    def progress(done: int, total: int) -> None:
        if stopped.is_set():
            raise _CancelledError
        steps.put((done, total))

    def work() -> None:
        try:
            steps.put(evaluate(cases, assistant, folder, progress=progress))
        except _CancelledError:
            return
        except Exception as error:  # raised again where it is waited for
            steps.put(error)

    threading.Thread(target=work, daemon=True).start()
    while True:
        step = steps.get()
        if isinstance(step, Exception):
            raise step
        yield step
        if isinstance(step, Run):
            return


def _files(desk: Desk) -> list[tuple[str, str]]:
    """Return (label, path) of the question files: those of evals/, of the feedback, and uploaded ones."""
    found = sorted(Path("evals").glob("**/*.jsonl")) if Path("evals").is_dir() else []
    kept = [desk.feedback] if desk.feedback.is_file() else []
    kept += sorted(desk.cases.glob("*")) if desk.cases.is_dir() else []
    return [(path.as_posix(), str(path)) for path in found] + [(path.name, str(path)) for path in kept]


def _runs(desk: Desk) -> list[str]:
    """Return the names of the runs, newest first."""
    if not desk.runs.is_dir():
        return []
    return sorted((path.name for path in desk.runs.iterdir() if (path / "run.json").is_file()), reverse=True)
