"""A sentence of an answer -> the sentences of the sources that carry it, by words and figures."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from rag._figures import Quantity, find_figures, resolve, same
from rag._text import Span, fold, sentences, weight, words
from rag.search.matching import degree
from rag.search.names import names_of
from rag.synthesis.draft import Claim, Evidence, operands_of
from rag.synthesis.llm.sources import Source

# A sentence is carried where its sources have this share of its words, each weighed by what it tells; a sentence whose
# every figure is there may be a looser paraphrase.
_CARRIED = 0.55
_CARRIED_WITH_FIGURES = 0.4
# What a figure is worth beside the words when sentences compete; low, so that a figure of another thing loses to the
# sentence that speaks of this one, and the check then sees that its figure is another.
_FIGURE = 0.15
# Words of the title and the headings: a passage need not repeat its subject.
_CONTEXT = 0.7
# Words of the other clauses: they name the subject, and so help to choose.
_AROUND = 0.3
# What a mark of the model is worth beside the words: enough to decide between two sources that say the same.
_MARK = 0.1
# What a second sentence must add to the words of a clause.
_ADDS = 0.15
# A clause with less to tell than this (in idf) goes with the next one: 其中, 截至去年底.
_TELLS = 5.0
# A sentence that has less than this share of what the best one has of a question's words is of another subject; where
# the best has little, the subject is not known.
_SUBJECT = 0.5
_KNOWN = 0.4
# An English sentence that begins so speaks of what the one before it does.
_GOES_ON = re.compile(r"(?:the|it|its|they|their|th[ie]s|these|those)\b")
# A word that tells less than this (in idf) is no name: 其中, 同期.
_NAMES = 4.0

_COMMA = re.compile(r"(?<=[，；;：:])|(?<=,)(?!\d{3})")

_HAN = re.compile(r"[㐀-鿿]")

Term = tuple[str, float]  # a folded word and what it tells

# An article that gives orders to a model: it is no source for what the model then says.
_ADDRESSED = re.compile(
    r"(?:忽略|无视|不要理会|忘记|忘掉)[^。！？]{0,12}(?:指令|指示|提示|要求|规则|设定|命令)|系统提示词|你现在是(?:一个|另一个|一名)"
    r"|(?:ignore|disregard|forget)\b.{0,30}\b(?:instructions?|prompts?|rules)|system prompt|you are now\b"
    r"|<\|?(?:im_start|system)\|?>|\[(?:system|INST)\]",
    re.IGNORECASE,
)
# English words that say nothing of a subject.
_FUNCTION = re.compile(
    r"an?|the|of|in|on|at|to|for|from|by|with|as|and|or|but|not|is|are|was|were|be|been|has|have|had|will|would|can|its?"
    r"|th[ie]s|that|these|those|which|who|their|there|than|then|so|also|about|over|under|nearly|around|more|up|into|per"
    r"|year|total|amount"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a source, prepared: folded text, folded title and heading, figures, the number it goes by."""

    number: int
    evidence: Evidence
    text: str
    context: str
    figures: tuple[Quantity, ...]
    published: str | None


def read_lines(sources: Sequence[Source]) -> list[Line]:
    """Return the sentences of the sources, prepared; a passage that addresses a model is evidence up to there only."""
    lines = []
    for source in sources:
        for passage in source.passages:
            for span in sentences(passage.text):
                trimmed = _trimmed(passage.text, span)
                if not trimmed:
                    continue
                text = trimmed.of(passage.text)
                if _ADDRESSED.search(text):
                    break  # what follows may be said to the model too
                lines.append(
                    Line(
                        number=source.number,
                        evidence=Evidence(passage, trimmed),
                        text=fold(text),
                        context=fold(f"{passage.title} {passage.heading}"),
                        figures=tuple(find_figures(text, indefinite=True)),
                        published=passage.published,
                    )
                )
    return lines


def on_subject(question: str, lines: Sequence[Line]) -> frozenset[Evidence]:
    """Return the evidence that speaks of what a question about one subject asks of; all where that cannot be told.

    A sentence that names nothing itself (至此，三类企业分别有…) speaks of what the last one that does names.
    """
    terms = _terms(question)
    shares = [_word_share(terms, group) for group in _with_subjects(lines)]
    most = max(shares, default=0.0)
    least = _SUBJECT * most if most >= _KNOWN else 0.0
    # Translated words are matched too loosely to tell a subject by.
    told = [bool(_HAN.search(question)) == bool(_HAN.search(line.text)) for line in lines]
    return frozenset(
        line.evidence
        for line, share, same_script in zip(lines, shares, told, strict=True)
        if share >= least or not same_script
    )


def _with_subjects(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield each line with those before it in its source, back to one that names something, where it does not."""
    open_lines = list[Line]()
    for line in lines:
        if open_lines and open_lines[-1].number != line.number:
            open_lines = []
        named = names_of(line.text) if _HAN.search(line.text) else not _GOES_ON.match(line.text)
        open_lines = [line] if named else [*open_lines, line]
        yield open_lines


def attribute(
    claim: Claim, numbers: Sequence[int], lines: Sequence[Line], subject: Collection[Evidence]
) -> tuple[Evidence, ...]:
    """Return the evidence for ``claim``; () where its words are not carried.

    ``numbers`` are the sources it names: they count where others say the same, but do not make evidence. ``subject`` is
    the evidence that speaks of what was asked: a claim that names no subject is of that one. A clause and
    its figures rest on one sentence: a figure of another sentence never fills a gap, for then any figure of a passage
    would be carried. Only a time or an ordinal (5号线) may stand further up, where the sentence has none of its own.
    Whether the figures are right is for verification to say: what carries the words best is the evidence.
    """
    if re.search(r"[？?]\s*$", claim.text):
        return ()  # a question states nothing
    operands = [operands_of(calculation) for calculation in claim.calculations]
    # What the claim says itself; its operands are looked for one by one.
    text, chosen = replace(claim, established=" ".join(operands)).stated, list[Line]()
    everything = _terms(text)
    worked_with = list[Line]()
    for figure in (figure for operand in operands for figure in find_figures(operand)):
        able = [line for line in lines if _carries(figure, line)]
        if not able:
            return ()
        worked_with.append(max(able, key=lambda line: _score(everything, (), line, numbers)))
    clauses = _clauses(text)
    while clauses:
        clause = clauses.pop(0)
        found = _carriers(clause, everything, numbers, lines)
        if not found:
            return ()
        # Who is compared (5号线比4号线) stands where the figures stand that are worked with.
        if not all(
            any(_carries(figure, line) for line in (*found, *(worked_with if figure.kind == "ordinal" else ())))
            for figure in find_figures(clause)
        ):
            if len(parts := _with_figures(clause)) > 1:
                clauses = [*parts, *clauses]  # each may rest on a sentence of its own
                continue
            # Not to be made up for by what the other clauses rest on.
            return tuple(line.evidence for line in found)
        at_home = _is_of(found[0], chosen) if chosen else found[0].evidence in subject
        if not at_home and _has_amount(clause) and not _names(clause, found[0]):
            # What another article says would be said of the subject of the clauses before, or of the question.
            return tuple(line.evidence for line in chosen)
        chosen += found
    chosen += worked_with
    figures = find_figures(text)
    telling = any(value for _, value in everything)
    share = _word_share(everything, chosen) if telling else float(bool(chosen))
    if share < (_CARRIED_WITH_FIGURES if figures or operands else _CARRIED):
        return ()
    return tuple(dict.fromkeys(line.evidence for line in chosen))


def _clauses(text: str) -> list[str]:
    """Cut a sentence at its commas; what tells little goes with the clause that follows it."""
    clauses, waiting = list[str](), ""
    for part in _COMMA.split(text):
        waiting += part
        if sum(value for _, value in _terms(waiting)) >= _TELLS:
            clauses.append(waiting)
            waiting = ""
    if waiting.strip():
        clauses = [*clauses[:-1], clauses[-1] + waiting] if clauses else [waiting]
    return clauses


def _with_figures(clause: str) -> list[str]:
    """Cut a clause at its commas into parts that each have a figure; a time or an ordinal is none, and stays by it."""
    parts = [""]
    for part in _COMMA.split(clause):
        if _has_amount(parts[-1]) and _has_amount(part):
            parts.append("")
        parts[-1] += part
    return parts


def _has_amount(text: str) -> bool:
    return any(figure.kind not in ("date", "period", "time", "ordinal") for figure in find_figures(text))


def _carriers(clause: str, everything: Sequence[Term], numbers: Sequence[int], lines: Sequence[Line]) -> list[Line]:
    """Return the line that carries a clause best, with those that it leans on."""
    if not lines:
        return []
    figures, terms = find_figures(clause), _terms(clause)
    around = [(word, _AROUND * value) for word, value in everything if word not in dict(terms)]
    best = max(lines, key=lambda line: _score([*terms, *around], figures, line, numbers))
    found = [best]
    at = lines.index(best)
    earlier = [line for line in reversed(lines[:at]) if line.number == best.number]
    for figure in figures:
        if not _carries(figure, best) and not any(_alike(figure, other) for other in best.figures):
            found += [line for line in earlier if _carries(figure, line) and _alike(figure, figure)][:1]
    # Nor may a second sentence lend its figures to the subject of the first.
    lacking = [figure for figure in figures if not any(_carries(figure, line) for line in found)]
    others = [line for line in lines if not any(_carries(figure, line) for figure in lacking)]
    if terms and others:
        share = _word_share(terms, found)
        other = max(others, key=lambda line: (_word_share(terms, [*found, line]), line.number == best.number))
        if _word_share(terms, [*found, other]) - share >= _ADDS:
            found.append(other)
    return found


def _is_of(line: Line, others: Sequence[Line]) -> bool:
    """Whether a line is of the article of one of ``others``."""
    return any(line.evidence.passage.article_id == other.evidence.passage.article_id for other in others)


def _names(clause: str, line: Line) -> bool:
    """Whether a clause begins with the subject of the article that ``line`` is of, as its title or heading names it."""
    first = next((word for word, value in _terms(clause) if value >= _NAMES and len(word) > 1), "")
    if first and _degree(first, line.context):
        return True
    there = find_figures(line.context)
    return any(
        figure.kind == "ordinal" and any(same(figure, other) for other in there) for figure in find_figures(clause)
    )


def _alike(figure: Quantity, other: Quantity) -> bool:
    """Whether two figures say when, or which one: only these may be said once for several sentences."""
    times = ("date", "period")
    if figure.kind in times:
        return other.kind in times
    return figure.kind == other.kind == "ordinal" and figure.unit == other.unit


def _score(terms: Sequence[Term], figures: Sequence[Quantity], line: Line, numbers: Sequence[int]) -> float:
    there = sum(_carries(figure, line) for figure in figures) / len(figures) if figures else 0.0
    return _word_share(terms, [line]) + _FIGURE * there + _MARK * (line.number in numbers)


def _word_share(terms: Sequence[Term], lines: Sequence[Line]) -> float:
    total = sum(value for _, value in terms)
    carried = 0.0
    for term, value in terms:
        own = max(_degree(term, line.text) for line in lines)
        carried += value * max(own, _CONTEXT * max(_degree(term, line.context) for line in lines) if own < 1 else 0.0)
    return carried / total if total else 0.0


def _degree(term: str, text: str) -> float:
    """Return how far ``text`` has a word; a Latin one only as a whole word (us is not in sources), or translated."""
    if term.isascii() and term in text and not re.search(rf"(?<![a-z0-9]){re.escape(term)}(?![a-z0-9])", text):
        return 0.0
    return degree(term, text)


def _carries(figure: Quantity, line: Line) -> bool:
    return any(
        same(figure, other) is not None
        or same(resolve(figure, line.published), resolve(other, line.published)) is not None
        for other in line.figures
    )


def _terms(sentence: str) -> list[Term]:
    """Return the words of a sentence, figures left out, each with what it tells."""
    kept = list(fold(sentence))
    for figure in find_figures(sentence):
        kept[figure.span.start : figure.span.end] = " " * len(figure.span)
    said = dict.fromkeys(words("".join(kept), search=False))
    return [(word, weight(word)) for word in said if not _FUNCTION.fullmatch(word)]


def _trimmed(text: str, span: Span) -> Span | None:
    stripped = re.sub(r"^\s+|\s+$", "", span.of(text))
    if not re.search(r"\w", stripped):
        return None
    start = span.start + span.of(text).index(stripped)
    return Span(start, start + len(stripped))
