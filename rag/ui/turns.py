"""A conversation -> HTML: turns with their buttons, the one being written, the history, the welcome."""

from collections.abc import Sequence
from html import escape

from rag.ui.answers import answer_html, figures_checked, reason_of
from rag.ui.desk import Options
from rag.ui.export import to_text
from rag.ui.language import Say
from rag.ui.store import Conversation, Turn


def conversation_html(past: Sequence[Turn], conversation: str | None, say: Say) -> str:
    """Return the turns of a conversation."""
    turns = "".join(turn_html(turn, say) for turn in past)
    return f'<div class="turns" role="log" aria-live="off" data-conversation="{conversation or ""}">{turns}</div>'


def turn_html(turn: Turn, say: Say) -> str:
    """Return a question with its answer and the buttons below."""
    record = turn.record
    said = record["short"] or record["text"]
    status = say("回答：", "Answer: ") + said + say("；引用 ", "; sources: ") + str(len(record["citations"]))
    if record["refused"]:
        status = say("资料里没有答案。", "The corpus does not say. ") + reason_of(record, say)
    return (
        f'<article class="turn" data-turn="{turn.id}" data-status="{escape(status)}">'
        f"{_question(turn.question)}"
        f'<div class="answer">{answer_html(record, turn.id, say)}{_foot(turn, say)}</div></article>'
    )


def _question(question: str) -> str:
    return f'<h2 class="asked">{escape(question)}</h2>'


def live_html(question: str, written: str, say: Say) -> str:
    """Return a turn whose answer is being written; not checked yet, so nothing in it is marked."""
    text = (
        f'<div class="text">{escape(written)}</div>'
        if written
        else f'<p class="waiting"><span></span>{say("正在查找并核对…", "searching and checking…")}</p>'
    )
    return (
        f'<div class="turns"><article class="turn live" data-status="{say("正在回答", "answering")}">'
        f'{_question(question)}<div class="answer">{text}</div></article></div>'
    )


def failed_html(question: str, why: str, say: Say) -> str:
    """Return a turn that could not be answered at all, and why."""
    heading = say("没能回答", "No answer")
    notice = f'<p class="notice" role="alert"><strong>{heading}</strong> {escape(why)}</p>'
    return (
        f'<div class="turns"><article class="turn failed" data-status="{escape(why)}">{_question(question)}'
        f'<div class="answer">{notice}</div></article></div>'
    )


def _foot(turn: Turn, say: Say) -> str:
    record = turn.record
    seconds = sum(record["seconds"].values())
    engine = say("内置阅读器", "embedded reader") if record["engine"] == "reader" else escape(record["engine"])
    facts = [engine, say(f"{seconds:.2f} 秒", f"{seconds:.2f} s")]
    if "prompt_tokens" in record.get("details", {}):
        sent, written = record["details"]["prompt_tokens"], record["details"]["completion_tokens"]
        facts.append(say(f"词元 {sent} 入 {written} 出", f"{sent} tokens in, {written} out"))
    if not record["refused"]:
        facts.insert(0, say(f"把握 {record['confidence']:.0%}", f"confidence {record['confidence']:.0%}"))
        facts.insert(0, figures_checked(record, say))
    copy = say("复制回答与出处", "Copy answer with sources")
    buttons = [
        f'<button type="button" class="quiet" data-copy="{escape(to_text(record, say))}" title="{copy}"'
        f' data-done="{say("已复制", "Copied")}">{say("复制", "Copy")}</button>',
        _thumb(turn, 1, say("回答得对", "Good answer")),
        _thumb(turn, -1, say("回答有误", "Wrong answer")),
    ]
    return (
        f'<footer><span class="facts">{"".join(f"<span>{fact}</span>" for fact in facts if fact)}</span>'
        f'<span class="actions">{"".join(buttons)}</span></footer>'
        f"{_feedback(turn, say)}"
    )


_THUMB = (
    '<svg viewBox="0 0 24 24" width="17" height="17" aria-hidden="true" fill="none" stroke="currentColor"'
    ' stroke-width="1.8" stroke-linejoin="round"{flip}><path d="M7 11v9H4v-9zM7 11l4-8c1.7 0 2.8 1.2 2.5 3L13 9.5h5.6'
    'c1.3 0 2.2 1.2 1.9 2.4l-1.6 6.4A2.2 2.2 0 0 1 16.8 20H7"/></svg>'
)


def _thumb(turn: Turn, value: int, label: str) -> str:
    pressed = turn.thumb == value
    flip = ' transform="rotate(180)"' if value < 0 else ""
    return (
        f'<button type="button" class="quiet thumb" data-event="thumb" data-turn="{turn.id}"'
        f' data-value="{0 if pressed else value}" aria-pressed="{str(pressed).lower()}" aria-label="{label}"'
        f' title="{label}">{_THUMB.format(flip=flip)}</button>'
    )


def _feedback(turn: Turn, say: Say) -> str:
    """What a thumb leads to: one click makes a case of evaluation; a wrong answer is corrected first."""
    if turn.saved:
        return (
            f'<p class="feedback">✓ {say("已存为评测题（评测页可运行）", "Saved as a case; run it in Evaluation")}</p>'
        )
    if not turn.thumb:
        return ""
    save = say("存为评测题", "Save as evaluation case")
    if turn.thumb > 0:
        return (
            f'<p class="feedback"><button type="button" class="quiet" data-event="save" data-turn="{turn.id}">'
            f"{save}</button></p>"
        )
    label = say("正确答案（资料里没有则留空）", "The right answer (empty if the corpus does not say)")
    return (
        f'<form class="feedback" data-submit="save" data-turn="{turn.id}">'
        f'<label>{label}<input name="answer" maxlength="200" autocomplete="off"></label>'
        f'<button type="submit" class="quiet">{save}</button></form>'
    )


def history_html(conversations: Sequence[Conversation], current: str | None, say: Say) -> str:
    """Return the visitor's conversations, and what can be done with each."""
    items = "".join(_entry(one, one.id == current, say) for one in conversations)
    empty = "" if items else f'<p class="none">{say("还没有对话。", "No conversation yet.")}</p>'
    return (
        f'<nav aria-label="{say("历史对话", "History")}"><button type="button" class="new" data-event="new">'
        f"＋ {say('新对话', 'New chat')}</button>{empty}<ul>{items}</ul></nav>"
    )


def _entry(conversation: Conversation, current: bool, say: Say) -> str:
    title, number = escape(conversation.title), conversation.id
    rename, delete = say("重命名", "rename"), say("删除", "delete")
    markdown, as_json = say("导出 Markdown", "export Markdown"), say("导出 JSON", "export JSON")
    return (
        f"<li{' class=current' if current else ''}>"
        f'<button type="button" class="open" data-event="open" data-id="{number}"'
        f"{' aria-current=true' if current else ''}>{title}</button>"
        f'<details class="menu"><summary aria-label="{say("操作", "actions")}: {title}">⋯</summary><div>'
        f'<button type="button" data-rename data-id="{number}" data-title="{title}"'
        f' data-label="{say("新名称", "new title")}">{rename}</button>'
        f'<a href="../export/{number}.md?language={say("zh", "en")}" download>{markdown}</a>'
        f'<a href="../export/{number}.json" download>{as_json}</a>'
        f'<button type="button" class="danger" data-event="delete" data-sure="{say("确认删除？", "really delete?")}"'
        f' data-id="{number}">{delete}</button></div></details></li>'
    )


def welcome_html(say: Say) -> str:
    """Return what an empty conversation shows."""
    return (
        f'<div class="welcome"><h2>{say("谁主张，谁举证", "Show the evidence")}</h2>'
        f"<p>{say('每句话都注明出处，每个数字都与原文核对；资料里没有的，就说没有。', _PROMISE)}</p></div>"
    )


def examples_html(questions: Sequence[str], articles: int, say: Say) -> str:
    """Return questions to try, each a button that asks it, and how many ``articles`` there are to ask about."""
    items = "".join(
        f'<li><button type="button" data-example="{escape(question)}">{escape(question)}</button></li>'
        for question in questions
    )
    heading = say("可以这样问", "Questions to try")
    there = say(f"现有 {articles:,} 篇文章", f"{articles:,} article{'s' * (articles > 1)} to ask about")
    if not articles:
        there = say("还没有文章可问：先加入一些", "No article to ask about yet: add some")
    return (
        f'<section class="examples" aria-label="{heading}">{f"<h3>{heading}</h3><ul>{items}</ul>" if items else ""}'
        f'<p><button type="button" class="link" data-tab="1">{there} →</button></p></section>'
    )


_PROMISE = (
    "Every sentence names its source, every figure is checked against it; what the articles do not say is not said."
)


def narrowed_html(options: Options, say: Say) -> str:
    """Return a line that says what the corpus is narrowed to, nothing where it is not."""
    parts = [f"{options.since or '…'} – {options.until or '…'}"] if options.since or options.until else []
    parts += options.tags
    if not parts:
        return ""
    narrowed = "".join(f"<b>{escape(part)}</b>" for part in parts)
    change = f'<button type="button" class="link" data-tab="3">{say("更改", "change")}</button>'
    return f'<p role="note">{say("只用这些文章：", "Only these articles: ")}{narrowed} {change}</p>'
