"""A sentence of an answer -> the sentences of the sources that carry it, by words and figures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag._figures import Quantity, find_figures, resolve, same
from rag._text import Span, fold, sentences, weight, words
from rag.search.matching import degree
from rag.synthesis.draft import Evidence
from rag.synthesis.llm.sources import Source

# A sentence is carried where its sources have this share of its words, each weighed by what it tells; a sentence whose
# every figure is there may be a looser paraphrase.
_CARRIED = 0.55
_CARRIED_WITH_FIGURES = 0.4
# What a figure is worth beside the words when sentences compete; low, so that a figure of another thing loses to the
# sentence that speaks of this one, and the check then sees that its figure is another.
_FIGURE = 0.35
# Words of the title and the headings: a passage need not repeat its subject.
_CONTEXT = 0.7
# What a mark of the model is worth beside the words: enough to decide between two sources that say the same.
_MARK = 0.1
# Sentences that a claim may rest on, and what each after the first must add.
_MOST = 4
_ADDS = 0.08


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


def attribute(sentence: str, numbers: Sequence[int], lines: Sequence[Line]) -> tuple[Evidence, ...]:
    """Return the evidence for ``sentence``, best first; () where its words are not carried.

    ``numbers`` are the sources it names: they count where others say the same, but do not make evidence. Nothing is
    said here about figures being right; what carries the words best is the evidence, and verification compares.
    """
    figures = find_figures(sentence)
    terms = _terms(sentence, figures)
    scored = sorted(
        ((_score(terms, figures, line) + _MARK * (line.number in numbers), place) for place, line in enumerate(lines)),
        key=lambda pair: (-pair[0], pair[1]),
    )[:12]
    chosen: list[Line] = []
    reached = 0.0
    while len(chosen) < _MOST:
        best, gain = None, 0.0
        for score, place in scored:
            line = lines[place]
            if line in chosen:
                continue
            total = _together(terms, figures, [*chosen, line])
            # Of lines that add alike the one that fits better by itself comes first.
            better = total - reached + (0.05 * score if chosen else score)
            if total - reached >= (_ADDS if chosen else 0) and better > gain:
                best, gain = line, better
        if best is None:
            break
        chosen.append(best)
        reached = _together(terms, figures, chosen)
    if not chosen or not _carried(terms, figures, chosen):
        return ()
    return tuple(line.evidence for line in chosen)


def _carried(terms: Sequence[tuple[str, float]], figures: Sequence[Quantity], lines: Sequence[Line]) -> bool:
    if not terms:
        return bool(figures) and _figure_share(figures, lines) == 1
    share = _word_share(terms, lines)
    every = bool(figures) and _figure_share(figures, lines) == 1
    return share >= (_CARRIED_WITH_FIGURES if every else _CARRIED)


def _score(terms: Sequence[tuple[str, float]], figures: Sequence[Quantity], line: Line) -> float:
    return _together(terms, figures, [line])


def _together(terms: Sequence[tuple[str, float]], figures: Sequence[Quantity], lines: Sequence[Line]) -> float:
    words_carried = _word_share(terms, lines) if terms else 0.0
    return words_carried + (_FIGURE * _figure_share(figures, lines) if figures else 0.0)


def _word_share(terms: Sequence[tuple[str, float]], lines: Sequence[Line]) -> float:
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


def _figure_share(figures: Sequence[Quantity], lines: Sequence[Line]) -> float:
    return sum(any(_carries(figure, line) for line in lines) for figure in figures) / len(figures)


def _carries(figure: Quantity, line: Line) -> bool:
    return any(
        same(figure, other) is not None
        or same(resolve(figure, line.published), resolve(other, line.published)) is not None
        for other in line.figures
    )


def _terms(sentence: str, figures: Sequence[Quantity]) -> list[tuple[str, float]]:
    """Return the words of a sentence, figures left out, each with what it tells."""
    kept = list(fold(sentence))
    for figure in figures:
        kept[figure.span.start : figure.span.end] = " " * len(figure.span)
    said = dict.fromkeys(words("".join(kept), search=False))
    return [(word, weight(word)) for word in said if not _FUNCTION.fullmatch(word)]


def _trimmed(text: str, span: Span) -> Span | None:
    stripped = re.sub(r"^\s+|\s+$", "", span.of(text))
    if not re.search(r"\w", stripped):
        return None
    start = span.start + span.of(text).index(stripped)
    return Span(start, start + len(stripped))
