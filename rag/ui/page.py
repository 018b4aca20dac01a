"""The page in one language: a head, and the tabs under it."""

import gradio as gr

from rag.ui.chat import chat_tab
from rag.ui.corpus import corpus_tab
from rag.ui.desk import Desk
from rag.ui.evaluation import evaluation_tab
from rag.ui.language import Language, speaker
from rag.ui.options import options_tab

# What a machine has; nothing is fetched.
_FONTS = ("-apple-system", "BlinkMacSystemFont", "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei")
_MORE_FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "system-ui", "sans-serif")


def theme() -> gr.themes.Base:
    """Return the theme: fonts of the machine, and colours that page.css defines."""
    return gr.themes.Base(font=[*_FONTS, *_MORE_FONTS], font_mono=["ui-monospace", "Consolas", "monospace"])


def build_page(desk: Desk, language: Language) -> gr.Blocks:
    """Return the page in ``language`` over ``desk``."""
    say = speaker(language)
    other = "en" if language == "zh" else "zh"
    with gr.Blocks(title=say("举证", "Juzheng"), analytics_enabled=False, fill_width=True, fill_height=True) as page:
        gr.HTML(
            f'<header id="head"><h1 class="brand"><b>举证</b> Juzheng</h1><span class="switches">'
            f'<button type="button" data-theme aria-label="{say("切换明暗", "light or dark")}">◐</button>'
            f'<a href="../{other}/" data-language hreflang="{other}" lang="{other}">{say("English", "中文")}</a>'
            f"</span></header>",
            apply_default_css=False,
            elem_id="masthead",
        )
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(say("问答", "Chat"), id="chat"):
                narrowed = chat_tab(desk, say, page)
            with gr.Tab(say("资料", "Corpus"), id="corpus") as corpus:
                corpus_tab(desk, say, corpus)
            with gr.Tab(say("评测", "Evaluation"), id="evaluation") as evaluation:
                evaluation_tab(desk, say, evaluation)
            with gr.Tab(say("设置", "Settings"), id="options") as options:
                options_tab(desk, say, page, options, narrowed)
    return page
