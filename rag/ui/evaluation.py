"""The evaluation tab: run a question file, see what was lost and where, compare two runs."""

import queue
import shutil
import threading
from collections.abc import Iterator
from datetime import datetime
from html import escape
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
from rag.ui.sheet import frame_html, sheet_html
from rag.ui.sources import Mark
from rag.workflow import Assistant

_NAMED = "%Y%m%d-%H%M%S-%f"  # a run's folder begins with when it began; two may begin in one second


class _CancelledError(Exception):
    """The visitor stopped the run."""


def evaluation_tab(desk: Desk, say: Say, tab: gr.Tab) -> None:
    """Draw the tab into the page at hand and wire it."""
    stops: dict[str | None, threading.Event] = {}  # by browser session: what ends the run

    def refreshed(chosen: str | None) -> tuple[Any, ...]:
        """Offer what is there now: (file, run, before, after); the file that was chosen stays chosen."""
        files = _files(desk)
        paths = [path for _, path in files]
        runs, before, after = compared_runs()
        kept = chosen if chosen in paths else paths[0] if paths else None
        return gr.Dropdown(choices=files, value=kept), gr.Dropdown(choices=runs), before, after

    def compared_runs() -> tuple[list[tuple[str, str]], Any, Any]:
        """Return the runs, and what is offered for comparison: the newest with the one before it."""
        runs = _runs(desk)
        newest, before = (runs[0][1] if runs else None), (runs[1][1] if len(runs) > 1 else None)
        return runs, gr.Dropdown(choices=runs, value=before), gr.Dropdown(choices=runs, value=newest)

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
        """Yield (progress, result, run, before, after) while the cases are asked; closed in between, the run stops."""
        still = (gr.skip(), gr.skip(), gr.skip(), gr.skip())
        if not path:
            yield _hint(say("先选或上传一个题目文件。", "Choose or upload a question file first.")), *still
            return
        stopped = stops[request.session_hash] = threading.Event()
        try:
            cases = load_cases(path)
            name = f"{datetime.now():{_NAMED}}-{cases.name}"
            assistant = desk.under(desk.options(visitor_of(request)))
            yield _progress(0, len(cases), say), *still
            for step in _running(cases, assistant, desk.runs / name, stopped):
                if isinstance(step, Run):
                    runs, before, after = compared_runs()
                    yield "", run_html(step, name, say), gr.Dropdown(choices=runs, value=name), before, after
                else:
                    yield _progress(*step, say), *still
        except _CancelledError:
            yield _hint(say("已取消，这次运行没有保存。", "Cancelled; nothing of this run was kept.")), *still
        except JuzhengError as error:
            yield fault_html(str(error), say), *still
        finally:
            stopped.set()
            stops.pop(request.session_hash, None)

    def show(name: str | None) -> str:
        if not name:
            return ""
        try:
            return run_html(load_run(desk.runs / name), name, say)
        except JuzhengError as error:
            return fault_html(str(error), say)

    def halt(request: gr.Request) -> None:
        """Stop the run; its own generator says so: two that draw the progress would overtake each other."""
        if (stopped := stops.get(request.session_hash)) is not None:
            stopped.set()

    def compared(before: str | None, after: str | None) -> str:
        if not before or not after:
            return _hint(say("运行两次之后，在这里比较。", "Run twice, then compare here."))
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
            none = say("这道题没有出处，回答也没有引用。", "The case names no source, and the answer cited none.")
            return frame_html(escape(item.case.question), "", f"<p>{none}</p>", say)
        try:
            article = desk.assistant.article(places[0].article)
        except KeyError:
            gone = say("这篇文章已从资料中删除。", "This article was deleted from the corpus.")
            return frame_html(escape(item.case.question), "", f'<p class="notice" role="alert">{gone}</p>', say)
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
                choices=_runs(desk),
                value=None,
                label=say("看以前的运行", "Show an earlier run"),
                elem_id="runs",
                filterable=False,
            )
            result = gr.HTML(elem_id="result", apply_default_css=False, js_on_load=listener("item"))
            gr.HTML(f'<h2 class="section">{say("比较两次运行", "Compare two runs")}</h2>', apply_default_css=False)
            with gr.Row(elem_classes="controls"):
                before = gr.Dropdown(choices=_runs(desk), value=None, label=say("先前", "Before"), filterable=False)
                after = gr.Dropdown(choices=_runs(desk), value=None, label=say("后来", "After"), filterable=False)
                both = gr.Button(say("比较", "Compare"), elem_id="compare", scale=0, min_width=90)
            difference = gr.HTML(elem_id="difference", apply_default_css=False)
        panel = gr.HTML(
            elem_id="evidence",
            elem_classes="side",
            apply_default_css=False,
            js_on_load=listener("window", watch="source"),
        )

    quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    tab.select(refreshed, file, [file, runs, before, after], **quick)
    other.upload(upload, other, file, **quick)
    start.click(
        run,
        file,
        [progress, result, runs, before, after],
        show_progress="hidden",
        concurrency_limit=1,
        api_visibility="private",
    )
    stop.click(halt, None, None, **quick)
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

    Raises JuzhengError as ``evaluate`` does, and _CancelledError where it was stopped.
    """
    steps: queue.Queue[tuple[int, int] | Run | Exception] = queue.Queue()

    def progress(done: int, total: int) -> None:
        if stopped.is_set():
            raise _CancelledError
        steps.put((done, total))

    def work() -> None:
        try:
            steps.put(evaluate(cases, assistant, folder, progress=progress))
        except _CancelledError as cancelled:
            shutil.rmtree(folder, ignore_errors=True)  # half a run is none to compare with
            steps.put(cancelled)
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


def _runs(desk: Desk) -> list[tuple[str, str]]:
    """Return (label, name) of the runs, newest first."""
    if not desk.runs.is_dir():
        return []
    names = sorted((path.name for path in desk.runs.iterdir() if (path / "run.json").is_file()), reverse=True)
    return [(_label(name), name) for name in names]


def _label(name: str) -> str:
    """Return when a run began and what it asked; the name of its folder where that says no time."""
    when, cases = "-".join(name.split("-")[:3]), "-".join(name.split("-")[3:])
    try:
        return f"{datetime.strptime(when, _NAMED):%Y-%m-%d %H:%M:%S} · {cases}"
    except ValueError:
        return name


def _hint(text: str) -> str:
    return f'<p class="hint" role="status">{text}</p>'
