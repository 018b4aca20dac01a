"""The chat tab: history, conversation, and the source beside it."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from rag._errors import JuzhengError
from rag._text import Span, join
from rag.ui import turns
from rag.ui.answers import record_of
from rag.ui.desk import Desk, visitor_of
from rag.ui.feedback import case_of, save_case
from rag.ui.language import Say
from rag.ui.script import listener
from rag.ui.sheet import empty_sheet, sheet_html
from rag.ui.sources import Mark
from rag.verification import Answer

_FRAME = 0.05  # seconds between two drawings of what is being written


def chat_tab(desk: Desk, say: Say, page: gr.Blocks) -> gr.HTML:
    """Draw the tab into ``page`` and wire it; return the line that says what the corpus is narrowed to."""
    store = desk.store
    stops: dict[str | None, threading.Event] = {}  # by browser session: what ends the answer being written

    def conversation_html(visitor: str, conversation: str | None) -> tuple[str | None, str]:
        """Return the conversation's id, None where the visitor has none of that id, and what it looks like."""
        past = store.turns(visitor, conversation) if conversation else []
        if not past:
            return None, turns.welcome_html(say)
        return conversation, turns.conversation_html(past, conversation, say)

    def history_html(visitor: str, conversation: str | None) -> str:
        return turns.history_html(store.conversations(visitor), conversation, say)

    def opened(visitor: str, conversation: str | None) -> tuple[str | None, str, str, str, str]:
        """What is shown of a conversation: its id, itself, no turn being written, the history, no source."""
        current, drawn = conversation_html(visitor, conversation)
        return current, drawn, "", history_html(visitor, current), ""

    def load(request: gr.Request) -> tuple[Any, ...]:
        visitor = visitor_of(request)
        return *opened(visitor, request.query_params.get("c")), turns.narrowed_html(desk.options(visitor), say)

    def suggest() -> str:
        return turns.examples_html(desk.examples.questions(), len(desk.assistant.articles()), say)

    def open_conversation(event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        return opened(visitor_of(request), event.id)

    def new_conversation(request: gr.Request) -> tuple[Any, ...]:
        return opened(visitor_of(request), None)

    def rename(event: gr.EventData, conversation: str | None, request: gr.Request) -> str:
        store.rename(visitor_of(request), event.id, event.title)
        return history_html(visitor_of(request), conversation)

    def delete(event: gr.EventData, conversation: str | None, request: gr.Request) -> tuple[Any, ...]:
        store.delete(visitor_of(request), event.id)
        return opened(visitor_of(request), conversation)

    def ask(question: str, conversation: str | None, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Yield (box, conversation's id, conversation, turn being written, history) as the answer comes.

        What was said before is not drawn again meanwhile: what somebody selected or opened there stays as it is.
        """
        visitor, question = visitor_of(request), question.strip()
        still = (gr.skip(), gr.skip(), gr.skip())
        if not question:
            yield *still, gr.skip(), gr.skip()
            return
        options = desk.options(visitor)
        written, drawn, answer = "", 0.0, None
        stop = stops[request.session_hash] = threading.Event()
        yield "", *still[1:], turns.live_html(question, "", say), gr.skip()
        try:
            past = store.turns(visitor, conversation) if conversation else []
            history = [(turn.question, turn.record["text"]) for turn in past]
            for piece in desk.under(options).stream(question, history, where=options.where, stop=stop):
                if isinstance(piece, Answer):
                    answer = piece
                    continue
                written += piece
                if time.monotonic() - drawn > _FRAME:
                    yield *still, turns.live_html(question, written, say), gr.skip()
                    drawn = time.monotonic()
        except JuzhengError as error:
            yield question, *still[1:], turns.failed_html(question, str(error), say), gr.skip()
            return
        finally:
            stops.pop(request.session_hash, None)
        if answer is None:  # stopped: the question goes back to where it can be changed
            yield question, *still[1:], "", gr.skip()
            return
        conversation, _ = store.append(visitor, conversation, record_of(answer))
        yield gr.skip(), *conversation_html(visitor, conversation), "", history_html(visitor, conversation)

    def halt(request: gr.Request) -> None:
        if (stop := stops.get(request.session_hash)) is not None:
            stop.set()

    def redraw(conversation: str | None, request: gr.Request) -> str:
        return conversation_html(visitor_of(request), conversation)[1]

    def cite(event: gr.EventData, request: gr.Request) -> tuple[str, dict[str, Any]]:
        shown = {"turn": int(event.turn), "number": int(event.number)}
        return source(shown, request), shown

    def hit(event: gr.EventData, request: gr.Request) -> tuple[str, dict[str, Any]]:
        shown = {"turn": int(event.turn), "hit": int(event.number)}
        return source(shown, request), shown

    def widen(event: gr.EventData, shown: dict[str, Any], request: gr.Request) -> str:
        return source(shown, request, Span(int(event.start), int(event.end)))

    def source(shown: dict[str, Any], request: gr.Request, window: Span | None = None) -> str:
        """Draw the source of a citation, or of a passage that was found: ``shown`` says which."""
        turn = store.turn(visitor_of(request), shown["turn"])
        if turn is None:
            return ""
        if "hit" in shown:
            cited = turn.record["hits"][shown["hit"]]
            quote, number = cited["text"], 0
            marks = [Mark(0, _spans(cited), active=True)]
        else:
            number = shown["number"]
            cited = next(one for one in turn.record["citations"] if one["number"] == number)
            quote = cited["quote"]
            marks = [
                Mark(one["number"], _spans(one), one["number"] == number, (turn.record["short"],))
                for one in turn.record["citations"]
                if one["article"] == cited["article"]
            ]
        try:
            article = desk.assistant.article(cited["article"])
        except KeyError:
            gone = say(
                "这篇文章已从资料中删除；下面是回答时引用的原文。",
                "This article was deleted from the corpus; below is what was quoted then.",
            )
            return empty_sheet(cited, gone, quote, say)
        if join(article.text, list(_spans(cited))) != quote:
            changed = say(
                "这篇文章在回答之后改过；下面是回答时引用的原文。",
                "This article was changed after the answer; below is what was quoted then.",
            )
            return empty_sheet(cited, changed, quote, say)
        return sheet_html(article, marks, say, window, steps=number > 0)

    def thumb(event: gr.EventData, conversation: str | None, request: gr.Request) -> str:
        store.rate(visitor_of(request), int(event.turn), int(event.value))
        return redraw(conversation, request)

    def save(event: gr.EventData, conversation: str | None, request: gr.Request) -> str:
        """Make a case of an answer: as it is where it was good, else with the visitor's correction."""
        visitor = visitor_of(request)
        turn = store.turn(visitor, int(event.turn))
        if turn is not None:
            correction = event._data.get("answer")
            with desk.lock:
                save_case(case_of(turn, correction), desk.feedback)
            store.mark_saved(visitor, turn.id)
        return redraw(conversation, request)

    current: gr.State = gr.State(None)
    shown: gr.State = gr.State({})
    with gr.Row(elem_id="chat", equal_height=False):
        history = gr.HTML(
            elem_id="history", js_on_load=listener("open", "new", "rename", "delete"), apply_default_css=False
        )
        with gr.Column(elem_id="talk"):
            with gr.Column(elem_id="thread"):
                conversation = gr.HTML(
                    elem_id="conversation",
                    js_on_load=listener("cite", "hit", "thumb", "save", watch="conversation"),
                    apply_default_css=False,
                )
                live = gr.HTML(elem_id="live", js_on_load=listener(watch="conversation"), apply_default_css=False)
                tried = gr.HTML(elem_id="examples", js_on_load=listener(), apply_default_css=False)
            narrowed = gr.HTML(elem_id="narrowed", apply_default_css=False)
            with gr.Row(elem_id="composer"):
                label = say("历史对话", "History")
                gr.HTML(
                    f'<button type="button" class="drawer" data-history aria-label="{label}" aria-expanded="false">'
                    "☰</button>",
                    elem_id="drawer",
                    apply_default_css=False,
                )
                box = gr.Textbox(
                    elem_id="question",
                    placeholder=say("问资料里的事…", "Ask the articles…"),
                    label=say("问题", "Question"),
                    show_label=False,
                    container=False,
                    lines=1,
                    max_lines=6,
                    max_length=2000,
                    autofocus=True,
                )
                stop = gr.Button(say("停止", "Stop"), elem_id="stop", variant="stop", min_width=64, scale=0)
                send = gr.Button(say("提问", "Ask"), elem_id="send", variant="primary", min_width=72, scale=0)
        panel = gr.HTML(elem_id="source", js_on_load=listener("window", watch="source"), apply_default_css=False)

    view = [current, conversation, live, history, panel]
    quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    page.load(load, None, [*view, narrowed], **quick)
    # Apart from the rest: the first time, the questions are tried before they are shown.
    page.load(suggest, None, tried, show_progress="hidden", api_visibility="private")
    gr.on(
        [box.submit, send.click],
        ask,
        [box, current],
        [box, current, conversation, live, history],
        show_progress="hidden",
        concurrency_limit=4,
        api_visibility="private",
    )
    stop.click(halt, None, None, **quick)
    history.open(open_conversation, None, view, **quick)
    history.new(new_conversation, None, view, **quick)
    history.new(suggest, None, tried, show_progress="hidden", api_visibility="private")
    history.rename(rename, current, history, **quick)
    history.delete(delete, current, view, **quick)
    conversation.cite(cite, None, [panel, shown], **quick)
    conversation.hit(hit, None, [panel, shown], **quick)
    conversation.thumb(thumb, current, conversation, **quick)
    conversation.save(save, current, conversation, **quick)
    panel.window(widen, shown, panel, **quick)
    return narrowed


def _spans(record: dict[str, Any]) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in record["spans"])
