"""Answer -> HTML: [n] marks as buttons, figures marked as checked or not, conflicts, refusals, sources.

All functions take the answer as a record, the JSON form of the contract, so that an answer of today and one from
the history look alike. Every text from a model or an article passes ``escape``.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from itertools import permutations
from typing import Any

from rag.search import Hit
from rag.search.measures import Language
from rag.search.query import language_of
from rag.ui.language import Say
from rag.ui.markup import row_html, table_html
from rag.verification import Answer, wording

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
    parts = []
    if record["refused"]:
        parts += _refusal(record, turn, say)
    else:
        short, rest = _split(record)
        # Where there are several figures, the table is the short answer.
        if record["conflicts"]:
            parts.append(_conflicts(record, turn, say))
        elif short:
            parts.append(f'<p class="short">{_marked(record, short, turn, say)}</p>')
        parts.append(f'<div class="text">{_marked(record, rest, turn, say)}</div>')
    if record["notice"]:
        parts.append(f'<p class="aside" role="note">{escape(record["notice"])}</p>')
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


def reason_of(record: Record, say: Say) -> str:
    """Return in words, and in the language of the page, why an answer was refused."""
    language: Language = "zh" if say("zh", "en") == "zh" else "en"
    return wording.refusal(record["reason"] or "not_in_corpus", language)


def _refusal(record: Record, turn: int, say: Say) -> list[str]:
    """Why there is no answer, in the language of the page, and apart from it what is there instead."""
    heading = say("资料里没有答案", "The corpus does not say")
    parts = [f'<div class="refusal"><strong>{heading}</strong><p>{reason_of(record, say)}</p></div>']
    # The answer's own text says the reason too, in the language of the question.
    language = language_of(record["question"])
    rest = record["text"].removeprefix(wording.refusal(record["reason"] or "not_in_corpus", language))
    if rest := rest.removeprefix(wording.instead(language)).strip():
        instead = say("资料里与此有关的：", "What the corpus has instead:")
        parts.append(f'<h3>{instead}</h3><div class="text">{_marked(record, rest, turn, say)}</div>')
    return parts


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
    # No line breaks between a mark and what it closes, nor between it and the stop that ends its sentence.
    return _MARKED_AND_STOP.sub(r'<span class="nobr">\g<0></span>', "".join(html)).replace("\n", "<br>")


# The last figure or character, but no half of an escaped one; the marks; a stop.
_MARKED_AND_STOP = re.compile(
    r'(?:<span class="figure[^>]*>[^<]*</span>|[^<>&;\s])?(?:<button type="button" class="cite"[^>]*>\d+</button>)+'
    r"[。，；、：！？,.;]?"
)


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
    """A figure with its mark; what the source says is shown when it is pointed at, and a click opens the source."""
    quotes = {citation["number"]: citation["quote"] for citation in record["citations"]}
    tip = say(*STATUSES[figure["status"]])
    if figure["citation"] in quotes:
        tip += say("：", ": ") + "“" + _around(quotes[figure["citation"]], figure["text"], 80) + "”"
    key = figure["text"] in record["short"]
    attributes = f' data-tip="{escape(tip)}"'
    if figure["citation"] is not None and turn is not None:
        attributes += f' data-event="cite" data-turn="{turn}" data-number="{figure["citation"]}"'
    # By keyboard and to a screen reader only what tells more than that all is well: a sentence may hold ten figures.
    if key or figure["status"] != "exact":
        attributes += f' role="button" tabindex="0" aria-label="{escape(figure["text"])} {escape(tip)}"'
    return f'<span class="figure {figure["status"]}{" key" if key else ""}"{attributes}>{escape(figure["text"])}</span>'


def figures_checked(record: Record, say: Say) -> str:
    """Return in words how many figures of the answer were checked, and how many are in no source; "" without any."""
    bad = sum(figure["status"] == "unsupported" for figure in record["figures"])
    good = len(record["figures"]) - bad
    parts = []
    if good:
        parts.append(say(f"✓ {good} 个数字已核对", f"✓ {good} figure{'s' * (good > 1)} checked"))
    if bad:
        parts.append(say(f"⚠ {bad} 个数字未核实", f"⚠ {bad} not verified"))
    return " · ".join(parts)


def _conflicts(record: Record, turn: int, say: Say) -> str:
    citations = {citation["number"]: citation for citation in record["citations"]}
    columns = (say("数值", "Value"), say("所指时期", "Period"), say("发表", "Published"), say("来源", "Source"))
    rows = []
    for side in record["conflicts"]:
        cited = [citations[number] for number in side["citations"] if number in citations]
        published = " / ".join(dict.fromkeys(citation["published"] or "—" for citation in cited))
        sources = "".join(
            f"<div>{escape(citation['title'] or citation['source'])} {_mark(citation['number'], turn, say)}</div>"
            for citation in cited
        )
        before = say("此前", "before") if side.get("replaced") else "—"
        cells = (f"<b>{escape(side['text'])}</b>", escape(side["period"] or before), escape(published or "—"), sources)
        rows.append(row_html(columns, cells))
    # A period that begins as another does is not apart from it: 2024年, 2024年6月.
    periods = [side["period"] or "" for side in record["conflicts"]]
    differ = not any(one.startswith(other) for one, other in permutations(periods, 2))
    if any(side.get("replaced") for side in record["conflicts"]):
        heading = say("已更正或调整", "Corrected or changed since")
    else:
        heading = say("各时期的数字", "By period") if differ else say("各来源说法不同", "The sources differ")
    return table_html(columns, rows, f"conflicts {'periods' if differ else 'sources'}", heading)


def _cited(record: Record, turn: int, say: Say) -> str:
    heading = say("出处", "Sources")
    said = "".join(re.sub(r"\[\d+\]", "", record["text"]).split())
    items = "".join(
        f'<li><button type="button" class="source" data-event="cite" data-turn="{turn}"'
        f' data-number="{citation["number"]}"><span class="number">{citation["number"]}</span>'
        f'<span class="about"><span class="title">{escape(citation["title"] or citation["source"])}</span>'
        f'<span class="meta">{escape(_meta(citation, say))}</span></span>'
        # What stands above word for word is not said twice.
        f"{'' if ''.join(citation['quote'].split()).rstrip('。；，') in said else _quote(citation['quote'], 120)}"
        f"</button></li>"
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
            f"按词第 {hit['lexical'] or '—'} · 按义第 {hit['dense'] or '—'}",
            f"by words {hit['lexical'] or '—'} · by meaning {hit['dense'] or '—'}",
        )
        items.append(
            f'<li><button type="button" class="source" data-event="hit" data-turn="{turn}" data-number="{number}">'
            f'<span class="about"><span class="title">{escape(hit["title"] or hit["source"])}</span>'
            f'<span class="meta">{escape(_meta(hit, say))} · {ranks}</span></span>'
            f"{_quote(_untitled(hit), 90)}</button></li>"
        )
    if not items:
        return ""
    summary = say(f"另有 {len(items)} 段检索到而未引用", f"{len(items)} more found, not cited")
    return f'<details class="retrieved"><summary>{summary}</summary><ul>{"".join(items)}</ul></details>'


def _meta(entry: Record, say: Say) -> str:
    return f"{entry['source']} · {entry['published'] or say('日期不详', 'no date')}"


def _quote(text: str, length: int) -> str:
    return f"<q>{escape(_shortened(text, length))}</q>"


def _untitled(hit: Record) -> str:
    """Return the text of a passage that was found, without the title that stands above it."""
    return str(hit["text"]).strip().removeprefix(str(hit["title"])).strip() or str(hit["text"])


def _shortened(text: str, length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def _around(text: str, words: str, length: int) -> str:
    """Return about ``length`` characters of ``text`` around ``words``, its beginning where they are not in it."""
    text = " ".join(text.split())
    start = max(0, text.find(words) - length // 3)
    start = max(0, min(start, len(text) - length))
    return ("…" if start else "") + _shortened(text[start:], length)
