"""Corrections: 更正 and the like name the figure that was wrong and the one that is right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag._figures import Quantity, same
from rag._text import Span, words
from rag.search.matching import clause
from rag.synthesis.candidates import Candidate, Page
from rag.synthesis.draft import Evidence

_CORRECTS = re.compile(
    r"应?(?:更正|订正|勘正|修正|修订|改正|改)为|应[为是](?=[“「\d])|更正后(?:的|为)|(?:以|准确[的数]\w{0,4}为)(?=[“「\d])"
)
_NOTICE = re.compile(r"更正|订正|勘误|有误|错误|失误|修订|修正|应为|致歉|核实")


@dataclass(frozen=True, slots=True)
class Correction:
    """A figure that a notice on ``page`` takes back, and the one that it puts in its place."""

    page: Page
    wrong: Quantity
    right: Quantity


# A text says what a notice takes back where it has this share of the words around the figure.
_SHARED = 0.6


def corrections(pages: Sequence[Page]) -> list[Correction]:
    """Return the corrections that ``pages`` announce: in “甲1亿元，增长2%”应更正为“甲3亿元，增长4%” there are two."""
    found = []
    for page in pages:
        if not _NOTICE.search(page.text):
            continue
        for marker in _CORRECTS.finditer(page.text):
            number = page.sentence_at(marker.start())
            sentence = page.sentences[number]
            before = _values(page, Span(sentence.start, marker.start()))
            after = _values(page, Span(marker.end(), sentence.end))
            # What is put right follows in the order of what was wrong, unit by unit.
            for right in after:
                wrong = [item for item in before if (item.kind, item.unit) == (right.kind, right.unit)]
                peers = [item for item in after if (item.kind, item.unit) == (right.kind, right.unit)]
                place = len(peers) - peers.index(right)
                if len(wrong) >= place and same(wrong[-place], right) is None:
                    found.append(Correction(page, wrong[-place], right))
    return found


def _values(page: Page, span: Span) -> list[Quantity]:
    return [
        figure
        for figure in page.figures
        if span.start <= figure.span.start and figure.span.end <= span.end and figure.value is not None
    ]


def superseded(candidate: Candidate, known: Sequence[Correction]) -> Correction | None:
    """Return the correction that takes a candidate's figure back, None where none does.

    It is taken back where the notice quotes it, and in every text that the notice is about: one that says the same
    figure and shares the notice's words.
    """
    quantity = candidate.quantity
    if quantity is None or quantity.value is None:
        return None
    for correction in known:
        page = correction.page
        if candidate.page is page:
            if candidate.span == correction.wrong.span:
                return correction
        elif same(quantity, correction.wrong) in ("exact", "converted"):
            noticed = set(words(clause(page.text, correction.wrong.span, fine=True).of(page.text)))
            there = candidate.page.sentences[candidate.page.sentence_at(candidate.span.start)].of(candidate.page.text)
            if sum(word in there for word in noticed) >= _SHARED * len(noticed):
                return correction
    return None


def notice_of(correction: Correction) -> Evidence:
    """Return the sentence that corrects."""
    page = correction.page
    sentence = page.sentences[page.sentence_at(correction.right.span.start)]
    text = sentence.of(page.passage.text)
    start = sentence.start + len(text) - len(text.lstrip())
    return Evidence(page.passage, Span(start, sentence.start + len(text.rstrip())))
