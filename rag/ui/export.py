"""A conversation as a file: Markdown with its sources, or JSON in the form of the contract."""

import json
from collections.abc import Iterator, Sequence

from rag.ui.answers import Record, reason_of
from rag.ui.language import Say
from rag.ui.store import Conversation, Turn


def to_json(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """Return the conversation as JSON; every turn holds the answer as ``Answer.to_dict`` gives it."""
    return json.dumps(
        {
            "title": conversation.title,
            "updated": conversation.updated,
            "turns": [
                {"asked": turn.asked, **{key: value for key, value in turn.record.items() if key != "hits"}}
                for turn in turns
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def to_markdown(conversation: Conversation, turns: Sequence[Turn], say: Say) -> str:
    """Return the conversation as Markdown: each question a heading, each answer with its sources quoted."""
    parts = [f"# {_plain(conversation.title)}"]
    for turn in turns:
        parts.append(f"## {_plain(turn.question)}")
        parts.extend(_answer(turn.record, say))
    return "\n\n".join(parts) + "\n"


def _answer(record: Record, say: Say) -> Iterator[str]:
    if record["refused"]:
        yield f"**{say('资料里没有答案', 'The corpus does not say')}**"
    yield _plain(record["text"] or reason_of(record, say))
    for side in record["conflicts"]:
        marks = "".join(f"[{number}]" for number in side["citations"])
        when = side["period"] or (say("此前", "before") if side.get("replaced") else "—")
        yield f"- {_plain(side['text'])}{say('（', ' (')}{_plain(when)}{say('）', ') ')}{marks}"
    for line in source_lines(record, say):
        yield f"> {_plain(line)}"
    for figure in record["figures"]:
        if figure["status"] == "unsupported":
            warning = say("出处里没有这个数字，未核实", "not in the cited source, not verified")
            yield f"⚠ {_plain(figure['text'])}{say('：', ': ')}{warning}"


def source_lines(record: Record, say: Say) -> Iterator[str]:
    """Yield one line for each citation: number, title, file, date, quote."""
    for citation in record["citations"]:
        published = citation["published"] or say("日期不详", "no date")
        quote = " ".join(citation["quote"].split())
        yield f"[{citation['number']}] {citation['title']} · {citation['source']} · {published}：“{quote}”"


def to_text(record: Record, say: Say) -> str:
    """Return an answer with its sources as plain text, as the copy button gives it."""
    return "\n".join([record["question"], "", record["text"], "", *source_lines(record, say)])


def _plain(text: str) -> str:
    """Escape what Markdown and HTML would take for markup."""
    for char in "\\`*_<>#|":
        text = text.replace(char, "\\" + char)
    return " ".join(text.split())
