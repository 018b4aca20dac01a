"""The stretch of a passage that carries a candidate: as much of its sentence as says the same without the rest."""

import re
from collections.abc import Sequence

from rag._text import Span
from rag.search.matching import RESPECTIVELY, Term, coverage, metric_of
from rag.search.names import carried
from rag.search.query import Query
from rag.synthesis.candidates import Candidate, Page
from rag.synthesis.draft import Evidence

# A sentence of so many characters is read at a glance, and is cited whole.
_WHOLE = 80
# What a clause must say beside the candidate to stand by itself.
_LEAST = 4
_COMMA = re.compile(r"[，,；;：:](?!\d{3})")


def sentence_of(candidate: Candidate) -> Evidence:
    """Return the whole sentence (or the sentences, for a span across several) around a candidate."""
    page = candidate.page
    return _evidence(page, _sentence(page, candidate.span))


def stretch_of(candidate: Candidate, query: Query, terms: Sequence[Term]) -> Evidence:
    """Return the shortest run of clauses of a candidate's sentence that says for itself what the sentence does.

    It has what the sentence has of the question's names, of the words next to the interrogative, and of the periods
    asked for; a 分别-list stays whole. A short sentence is not cut.
    """
    page = candidate.page
    whole = _sentence(page, candidate.span)
    if len(whole) <= _WHOLE or page.passage.text[whole.start : whole.end].count("\n") > 1:
        return _evidence(page, whole)
    clauses = clauses_of(page, whole)
    first = next(n for n, span in enumerate(clauses) if candidate.span.start < span.end)
    last = next(n for n, span in enumerate(clauses) if candidate.span.end <= span.end)
    runs = [
        Span(clauses[start].start, clauses[end].end) for start in range(first + 1) for end in range(last, len(clauses))
    ]
    needs = _Needs(query, terms, page, whole)
    for run in sorted(runs, key=lambda run: (len(run), -run.start)):
        if needs.met(run, candidate):
            return _evidence(page, run)
    return _evidence(page, whole)


class _Needs:
    """What a stretch must say, as far as the whole sentence says it."""

    def __init__(self, query: Query, terms: Sequence[Term], page: Page, whole: Span) -> None:
        text = whole.of(page.text)
        self.page = page
        self.names = [name for name in query.names if carried(name, text) >= 0.7]
        self.core = metric_of(terms)
        self.covered = coverage(self.core, text)
        self.periods = [
            figure.span
            for figure in page.figures
            if query.periods and figure.start is not None and figure.span.overlaps(whole)
        ]

    def met(self, run: Span, candidate: Candidate) -> bool:
        text = run.of(self.page.text)
        if len(text.strip()) - len(candidate.span) < _LEAST or coverage(self.core, text) < self.covered - 0.01:
            return False
        if any(carried(name, text) < 0.7 for name in self.names):
            return False
        if RESPECTIVELY.search(text) and RESPECTIVELY.search(text).start() < 8:  # type: ignore[union-attr]
            return False
        before = [span for span in self.periods if span.end <= candidate.span.start]
        return not before or before[-1].overlaps(run)


def _sentence(page: Page, span: Span) -> Span:
    first = page.sentences[page.sentence_at(span.start)]
    last = page.sentences[page.sentence_at(span.end - 1)]
    return Span(first.start, last.end)


def clauses_of(page: Page, whole: Span) -> list[Span]:
    """Return the clauses of a sentence, without the commas between; one inside of a figure or a bracket ends none."""
    text = page.text
    found, start, depth, at = [], whole.start, 0, whole.start
    # The mark that ends the sentence is the last clause's: a candidate may reach over it.
    last = whole.start + len(whole.of(text).rstrip()) - 1
    while at < last:
        char = text[at]
        depth += (char in "(（“「") - (char in ")）”」")
        inside = any(figure.span.start < at < figure.span.end for figure in page.figures)
        if depth <= 0 and not inside and _COMMA.match(text, at):
            found.append(Span(start, at))
            start = at + 1
        at += 1
    return [*found, Span(start, whole.end)]


def _evidence(page: Page, span: Span) -> Evidence:
    text = span.of(page.passage.text)
    start = span.start + len(text) - len(text.lstrip())
    return Evidence(page.passage, Span(start, max(start, span.start + len(text.rstrip()))))


def quoted(evidence: Evidence) -> str:
    """Return the characters of evidence on one line."""
    return evidence.span.of(evidence.passage.text).replace("\n", " ")
