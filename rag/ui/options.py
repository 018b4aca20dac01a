"""The settings tab: engine, passages, period; each visitor has their own."""

from typing import Any

import gradio as gr

from rag._errors import JuzhengError
from rag.ui.desk import Desk, Options, visitor_of
from rag.ui.language import Say
from rag.ui.lists import fault_html
from rag.ui.turns import narrowed_html

EMBEDDED = "embedded"


def options_tab(desk: Desk, say: Say, page: gr.Blocks, narrowed: gr.HTML) -> None:
    """Draw the tab into ``page`` and wire it; ``narrowed`` is the chat's line about the period."""

    def load(request: gr.Request) -> tuple[Any, ...]:
        options = desk.options(visitor_of(request))
        return options.engine or EMBEDDED, options.hits, options.since, options.until

    def keep(engine: str, hits: float, since: str, until: str, request: gr.Request) -> tuple[Any, ...]:
        engine = "" if engine == EMBEDDED or engine not in desk.engines else engine
        options = Options(hits=int(hits), since=since.strip(), until=until.strip(), engine=engine)
        try:
            _ = options.where  # a date that is none is refused here, not at the next question
        except JuzhengError as error:
            return fault_html(str(error), say), gr.skip()
        desk.store.set_options(visitor_of(request), options.record())
        kept = say("已保存，下一个问题起生效。", "Saved; in force from the next question on.")
        return f'<p role="status">✓ {kept}</p>', narrowed_html(options, say)

    with gr.Column(elem_id="options", elem_classes="main"):
        engines = [(say("内置阅读器（离线）", "embedded reader (offline)"), EMBEDDED)]
        engines += [(name, name) for name in desk.engines]
        engine = gr.Radio(
            engines,
            value=EMBEDDED,
            label=say("由谁回答", "Engine"),
            info=say(
                "语言模型在启动时以环境变量 JUZHENG_LLM 指定；它的回答同样逐句逐数核对。",
                "A language model is named at the start by JUZHENG_LLM; its answers pass the same checks.",
            ),
        )
        hits = gr.Slider(
            1,
            20,
            step=1,
            value=8,
            label=say("保留的段落数", "Passages kept"),
            info=say("与回答一同列出", "with an answer"),
        )
        with gr.Row():
            info = say("年、年-月 或 年-月-日；留空为不限", "year, year-month or year-month-day; empty: no limit")
            since = gr.Textbox(
                label=say("发表不早于", "Published since"), placeholder="2023-01", info=info, max_length=10
            )
            until = gr.Textbox(
                label=say("发表不晚于", "Published until"), placeholder="2023-12", info=info, max_length=10
            )
        save = gr.Button(say("保存", "Save"), variant="primary", elem_id="keep")
        kept = gr.HTML(elem_id="kept", apply_default_css=False)
        gr.HTML(_keys(say), apply_default_css=False)

    quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    page.load(load, None, [engine, hits, since, until], **quick)
    save.click(keep, [engine, hits, since, until], [kept, narrowed], **quick)


def _keys(say: Say) -> str:
    keys = (
        ("Enter", say("提问", "ask")),
        ("Shift + Enter", say("换行", "new line")),
        ("/", say("到输入框", "to the question")),
        ("Esc", say("停止回答，或关闭原文", "stop, or close the source")),
        ("← →", say("上一处、下一处引用", "previous and next citation")),
    )
    rows = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{text}</dd>" for key, text in keys)
    return f'<h2 class="section">{say("键盘", "Keyboard")}</h2><dl class="keys">{rows}</dl>'
