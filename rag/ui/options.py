"""The settings tab: who answers, from which articles, in which language; each visitor has their own."""

from typing import Any

import gradio as gr

from rag._errors import JuzhengError
from rag.ui.desk import Desk, Options, visitor_of
from rag.ui.language import Say
from rag.ui.lists import fault_html
from rag.ui.turns import narrowed_html

_SHOWN = 500  # folders and tags offered; an archive may have thousands of keywords
_READER, _MODEL = "reader", "model"


def options_tab(desk: Desk, say: Say, page: gr.Blocks, tab: gr.Tab, narrowed: gr.HTML) -> None:
    """Draw ``tab`` of ``page`` and wire it; ``narrowed`` is the chat's line about what is left out."""

    def load(request: gr.Request) -> tuple[Any, ...]:
        options = desk.options(visitor_of(request))
        chosen = _MODEL if desk.model and not options.embedded else _READER
        return chosen, options.hits, options.since, options.until

    def offer(request: gr.Request) -> tuple[Any, ...]:
        """Offer the folders and tags that there are now, and say no more of what was saved before."""
        chosen = desk.options(visitor_of(request)).tags
        # One that no article has any more is offered too, so that it can be taken away.
        tags = list(dict.fromkeys([*chosen, *desk.tags()[:_SHOWN]]))
        return gr.Dropdown(choices=tags, value=list(chosen), visible=bool(tags)), ""

    def keep(
        engine: str, hits: float, since: str, until: str, tags: list[str] | None, request: gr.Request
    ) -> tuple[Any, ...]:
        # Where there is no model nobody has chosen against one: a server started with one later uses it.
        embedded = desk.model is not None and engine == _READER
        options = Options(int(hits), since.strip(), until.strip(), tuple(tags or ()), embedded)
        try:
            _ = options.where  # a date that is none is refused here, not at the next question
        except JuzhengError as error:
            return fault_html(str(error), say), gr.skip()
        desk.store.set_options(visitor_of(request), options.record())
        kept = say("已保存，下一个问题起生效。", "Saved; in force from the next question on.")
        return f'<p role="status">✓ {kept}</p>', narrowed_html(options, say)

    with gr.Column(elem_id="options", elem_classes="main"):
        _heading(say("由谁回答", "Who answers"))
        engines = [(say("内置阅读器（离线）", "Embedded reader (offline)"), _READER)]
        engines += [(desk.model, _MODEL)] if desk.model else []
        engine = gr.Radio(
            engines,
            value=_READER,
            label=say("引擎", "Engine"),
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
            buttons=[],
            label=say("保留的段落数", "Passages kept"),
            info=say("与回答一同列出", "with an answer"),
        )
        _heading(say("从哪些文章回答", "From which articles"))
        with gr.Row():
            info = say("年、年-月 或 年-月-日；留空为不限", "year, year-month or year-month-day; empty: no limit")
            since = gr.Textbox(
                label=say("发表不早于", "Published since"), placeholder="2023-01", info=info, max_length=10
            )
            until = gr.Textbox(
                label=say("发表不晚于", "Published until"), placeholder="2023-12", info=info, max_length=10
            )
        tags = gr.Dropdown(
            choices=[],
            value=[],
            multiselect=True,
            label=say("文件夹与标签", "Folders and tags"),
            info=say("只用同时属于所选各项的文章；留空为不限", "only articles in all of them; empty: no limit"),
            elem_id="tags",
        )
        save = gr.Button(say("保存", "Save"), variant="primary", elem_id="keep")
        kept = gr.HTML(elem_id="kept", apply_default_css=False)
        _heading(say("界面语言", "Language"))
        gr.HTML(_languages(say), apply_default_css=False)
        _heading(say("键盘", "Keyboard"))
        gr.HTML(_keys(say), apply_default_css=False)

    quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    page.load(load, None, [engine, hits, since, until], **quick)
    tab.select(offer, None, [tags, kept], **quick)
    save.click(keep, [engine, hits, since, until, tags], [kept, narrowed], **quick)


def _heading(text: str) -> None:
    gr.HTML(f'<h2 class="section">{text}</h2>', apply_default_css=False)


def _languages(say: Say) -> str:
    here = say("zh", "en")
    links = "".join(
        f'<a href="../{language}/" data-language hreflang="{language}" lang="{language}"'
        f"{' aria-current=page' if language == here else ''}>{name}</a>"
        for language, name in (("zh", "中文"), ("en", "English"))
    )
    return f'<p class="languages">{links}</p>'


def _keys(say: Say) -> str:
    keys = (
        ("Enter", say("提问", "ask")),
        ("Shift + Enter", say("换行", "new line")),
        ("/", say("到输入框", "to the question")),
        ("Esc", say("停止回答，或关闭原文", "stop, or close the source")),
        ("← →", say("上一处、下一处引用", "previous and next citation")),
    )
    rows = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{text}</dd>" for key, text in keys)
    return f'<dl class="keys">{rows}</dl>'
