"""Answer -> HTML: [n] marks as buttons, a check mark on every figure, conflicts, refusals, sources.

All functions take the answer as a record, the JSON form of the contract, so that an answer of today and one from
the history look alike. Every text from a model or an article passes ``escape``.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from rag.search import Hit
from rag.ui.language import Say
from rag.ui.markup import table_html
from rag.verification import Answer

Record = Mapping[str, Any]


def record_of(answer: Answer) -> dict[str, Any]:
    """Return the answer in the form of the contract, with the passages that were found beside it."""
    return {**answer.to_dict(), "hits": [_hit(hit) for hit in answer.hits]}


def _hit(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "article": passage.article_id,
        "source": passage.source,
        "title": passage.title,
        "published": passage.published,
        "text": passage.text,
        "spans": [[span.start, span.end] for span in passage.spans],
        "lexical": hit.lexical,
        "dense": hit.dense,
        "duplicates": [duplicate.source for duplicate in hit.duplicates],
    }


def answer_html(record: Record, turn: int, say: Say) -> str:
    """Return the answer of turn ``turn`` as HTML, without the buttons below it."""
    if record["refused"]:
        parts = [_refusal(record, turn, say)]
    else:
        short, rest = _split(record)
        parts = [f'<p class="short">{_marked(record, short, turn, say)}</p>'] if short else []
        parts.append(f'<div class="text">{_marked(record, rest, turn, say)}</div>')
    if record["notice"]:
        parts.append(f'<p class="aside" role="note">{escape(record["notice"])}</p>')
    if record["conflicts"]:
        parts.append(_conflicts(record, turn, say))
    if record["citations"]:
        parts.append(_cited(record, turn, say))
    parts.append(_retrieved(record, turn, say))
    return "".join(parts)


def _split(record: Record) -> tuple[str, str]:
    """Return the short answer with its marks, to stand above, and the rest of the text; "" where the text is short."""
    short, text = record["short"].strip(), record["text"]
    if not short:
        return "", text
    opening = re.match(rf"{re.escape(short)}((?:\[\d+\])*)[。.]?\s*", text)
    if opening is None:
        return short, text
    rest = text[opening.end() :]
    return (short + opening[1], rest) if rest else ("", text)


REASONS: dict[str, tuple[str, str]] = {
    "nothing_found": ("没有找到与问题有关的内容。", "Nothing in the corpus is about this."),
    "not_in_corpus": ("语料里没有这个问题的答案。", "The corpus does not say."),
    "other_metric": (
        "语料里有这个对象，但没有所问的指标。",
        "The corpus has this subject, but not the figure that was asked for.",
    ),
    "other_period": (
        "语料里有这个指标，但不是所问的时期。",
        "The corpus has this figure, but for another period.",
    ),
    "other_subject": (
        "语料里有这类指标，但说的是别的对象。",
        "The corpus has this kind of figure, but for another subject.",
    ),
    "unsupported": (
        "找到的内容不足以支持一个回答。",
        "What was found does not support an answer.",
    ),
}


def reason_of(record: Record, say: Say) -> str:
    """Return in words why an answer was refused."""
    return say(*REASONS.get(record["reason"] or "", REASONS["not_in_corpus"]))


def _refusal(record: Record, turn: int, say: Say) -> str:
    """Why there is no answer, and what is there instead; the text says both, where there is one."""
    heading = say("语料没有说", "The corpus does not say")
    text = _marked(record, record["text"], turn, say) if record["text"] else reason_of(record, say)
    return f'<div class="refusal"><strong>{heading}</strong><div class="text">{text}</div></div>'


STATUSES: dict[str, tuple[str, str]] = {
    "exact": ("已核对：出处中有同样的数字", "Checked: the source has this very figure"),
    "converted": ("已核对：换算后与出处相等", "Checked: equal to the source after conversion"),
    "rounded": ("已核对：由出处的数字取整", "Checked: rounded from the source's figure"),
    "unsupported": ("未核实：引用的出处里没有这个数字", "Not verified: no cited source has this figure"),
}


def _marked(record: Record, text: str, turn: int, say: Say) -> str:
    """Escape ``text`` and put in its citation buttons, figure marks and unsupported sentences."""
    html, at = [], 0
    for start, end in _unsupported(record, text):
        html.append(_sentences(record, text[at:start], turn, say))
        warning = say("没有出处支持这句话", "No source supports this sentence")
        html.append(
            f'<span class="unsupported" title="{warning}">{_sentences(record, text[start:end], turn, say)}'
            f'<span class="flag">{warning}</span></span>'
        )
        at = end
    html.append(_sentences(record, text[at:], turn, say))
    return "".join(html)


def _unsupported(record: Record, text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for sentence in record.get("unsupported", ()):
        start = text.find(sentence, at)
        if sentence and start >= 0:
            at = start + len(sentence)
            yield start, at


def _sentences(record: Record, text: str, turn: int, say: Say) -> str:
    """Escape a stretch of the answer, its [n] marks as buttons and its figures marked."""
    known = {citation["number"] for citation in record["citations"]}
    html = []
    # Figures belong to the mark behind them: [1] closes the stretch that it carries.
    for stretch, mark in re.findall(r"(.*?)((?:\[\d+\])+|$)", text, flags=re.DOTALL):
        numbers = [int(number) for number in re.findall(r"\d+", mark)]
        html.append(_figures(stretch, record["figures"], record, turn, say, numbers))
        html.extend(_mark(number, turn, say) if number in known else f"[{number}]" for number in numbers)
    return "".join(html).replace("\n", "<br>")


def _mark(number: int, turn: int, say: Say) -> str:
    label = say(f"出处 {number}", f"Source {number}")
    return (
        f'<button type="button" class="cite" data-event="cite" data-turn="{turn}" data-number="{number}"'
        f' aria-label="{label}">{number}</button>'
    )


def _figures(
    text: str, figures: list[Record], record: Record, turn: int | None, say: Say, numbers: list[int] | None = None
) -> str:
    """Escape ``text`` and mark the figures in it; one that stands inside a longer number is not it."""
    found: dict[int, Record] = {}
    # A figure cited by the marks at hand comes before one of the same words cited elsewhere.
    for figure in sorted(figures, key=lambda one: (one["citation"] not in (numbers or ()), -len(one["text"]))):
        before = r"(?<!\d)(?<!\d[.,])" if figure["text"][:1].isdigit() else ""
        behind = r"(?![.,]?\d)" if figure["text"][-1:].isdigit() else ""
        for match in re.finditer(before + re.escape(figure["text"]) + behind, text):
            if not any(match.start() < at + len(one["text"]) and at < match.end() for at, one in found.items()):
                found[match.start()] = figure
    html, at = [], 0
    for start, figure in sorted(found.items()):
        html.append(escape(text[at:start]))
        html.append(_figure(figure, record, turn, say))
        at = start + len(figure["text"])
    return "".join([*html, escape(text[at:])])


def _figure(figure: Record, record: Record, turn: int | None, say: Say) -> str:
    quotes = {citation["number"]: citation["quote"] for citation in record["citations"]}
    tip = say(*STATUSES[figure["status"]])
    if figure["citation"] in quotes:
        tip += say("：", ": ") + "“" + _shortened(quotes[figure["citation"]], 80) + "”"
    key = " key" if figure["text"] in record["short"] else ""
    cited = figure["citation"] is not None and turn is not None
    action = f' role="button" data-event="cite" data-turn="{turn}" data-number="{figure["citation"]}"' if cited else ""
    return (
        f'<span class="figure {figure["status"]}{key}" tabindex="0"{action} data-tip="{escape(tip)}"'
        f' aria-label="{escape(figure["text"])} {escape(tip)}">{escape(figure["text"])}</span>'
    )


def _conflicts(record: Record, turn: int, say: Say) -> str:
    citations = {citation["number"]: citation for citation in record["citations"]}
    rows = []
    for side in record["conflicts"]:
        cited = [citations[number] for number in side["citations"] if number in citations]
        published = " / ".join(dict.fromkeys(citation["published"] or "—" for citation in cited))
        sources = "".join(
            f"<div>{escape(citation['title'] or citation['source'])} {_mark(citation['number'], turn, say)}</div>"
            for citation in cited
        )
        rows.append(
            f'<tr><td class="value">{escape(side["text"])}</td><td>{escape(side["period"] or "—")}</td>'
            f"<td>{escape(published or '—')}</td><td>{sources}</td></tr>"
        )
    columns = (say("数值", "Value"), say("所指时期", "Period"), say("发表", "Published"), say("来源", "Source"))
    return table_html(columns, rows, "conflicts", say("各来源说法不同", "The sources differ"))


def _cited(record: Record, turn: int, say: Say) -> str:
    heading = say("文中所有", "What is there instead") if record["refused"] else say("出处", "Sources")
    items = "".join(
        f'<li><button type="button" class="source" data-event="cite" data-turn="{turn}"'
        f' data-number="{citation["number"]}"><span class="number">{citation["number"]}</span>'
        f'<span class="about"><span class="title">{escape(citation["title"] or citation["source"])}</span>'
        f'<span class="meta">{escape(_meta(citation, say))}</span></span>'
        f"<q>{escape(_shortened(citation['quote'], 120))}</q></button></li>"
        for citation in record["citations"]
    )
    return f'<section class="cited" aria-label="{heading}"><h3>{heading}</h3><ol>{items}</ol></section>'


def _retrieved(record: Record, turn: int, say: Say) -> str:
    """The passages that were found and not cited, told apart from the sources."""
    cited = [(citation["article"], span) for citation in record["citations"] for span in citation["spans"]]
    items = []
    for number, hit in enumerate(record["hits"]):
        if any(
            article == hit["article"] and low < end and start < high
            for article, (low, high) in cited
            for start, end in hit["spans"]
        ):
            continue
        ranks = say(
            f"词 {hit['lexical'] or '—'} · 向量 {hit['dense'] or '—'}",
            f"words {hit['lexical'] or '—'} · vectors {hit['dense'] or '—'}",
        )
        items.append(
            f'<li><button type="button" class="source" data-event="hit" data-turn="{turn}" data-number="{number}">'
            f'<span class="about"><span class="title">{escape(hit["title"] or hit["source"])}</span>'
            f'<span class="meta">{escape(_meta(hit, say))} · {ranks}</span></span>'
            f"<q>{escape(_shortened(hit['text'], 90))}</q></button></li>"
        )
    if not items:
        return ""
    summary = say(f"还检索到 {len(items)} 段，没有引用", f"{len(items)} more passages found, not cited")
    return f'<details class="retrieved"><summary>{summary}</summary><ul>{"".join(items)}</ul></details>'


def _meta(entry: Record, say: Say) -> str:
    return f"{entry['source']} · {entry['published'] or say('日期不详', 'no date')}"


def _shortened(text: str, length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"
