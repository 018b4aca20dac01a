"""How likely a candidate is the answer: features of its clause, sentence and passage, weighed by a learned model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag._resources import WEIGHTS
from rag._text import Span, fold
from rag.search.matching import Term, clause, coverage, degree, respective
from rag.search.names import binding, names_of
from rag.search.periods import asked_periods, fit, governing
from rag.search.query import Part, Query
from rag.synthesis.candidates import Candidate, Page
from rag.synthesis.qualifiers import qualifier_clash

# In the order of the columns. ``training/ranker.py`` learns one weight a column and group.
FEATURES = (
    "bias",
    "fit",  # kind and unit are those asked for
    "neural",  # the reader's span score, 0 for the best span of all pages
    "page_score",  # the reader's score of the passage, relative to the best
    "answerable",  # the reader's probability that the passage answers
    "rank",  # 1 for the first passage, falling
    "fine",  # share of the question's words in the clause between 、
    "clause",  # … in the clause between commas
    "sentence",
    "window",  # … in the sentence and the one before
    "context",  # … in the passage, its heading and title
    "near_fine",  # the same, a word counting by its closeness to the interrogative
    "near_clause",
    "near_sentence",
    "missing",  # the heaviest word of the question that the passage lacks altogether
    "adjacent",  # closeness of the figure to the word asked about
    "period",  # 1 the period asked for, -1 another, 0 none asked or none known
    "clash",  # words such as 累计 against 新增
    "name",  # how near the names of the question stand
    "rival",  # whether other names of their kind stand nearer
    "echo",  # the candidate only repeats the question
    "length",  # of the candidate, in log characters
)
GROUPS = {"figure": "figure", "duration": "figure", "date": "date", "statement": "sentence", "reason": "sentence"}
GROUPS |= {"definition": "sentence"}  # all others are phrases

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its features and the probability that it is the answer."""

    candidate: Candidate
    features: Vector
    score: float
    probability: float


def group_of(part: Part) -> str:
    """Return which of the learned models judges the candidates of ``part``."""
    return GROUPS.get(part.asks, "phrase")


def features(query: Query, part: Part, terms: Sequence[Term], candidate: Candidate, best_page: float) -> Vector:
    """Return the features of one candidate, in the order of ``FEATURES``."""
    page, span = candidate.page, candidate.span
    text = page.text
    number = page.sentence_at(span.start)
    sentence = page.sentences[number]
    before = page.sentences[max(0, number - 1)]
    passage = page.passage
    head = page.head
    within = Span(sentence.start, max(sentence.end, span.end))
    fine = _scope_words(page, within, span)
    around = clause(text, span, fine=False)
    coarse = around.of(text)
    whole = within.of(text)
    window = Span(before.start, within.end).of(text)
    context = f"{head} {text}"
    asked = asked_periods(query)
    name, rival = binding(
        names_of(query.folded), fine, text[within.start : around.end], whole, text[: within.start], head
    )
    lacking = max((term.weight * (1 - degree(term.text, context)) for term in terms), default=0.0)
    values = {
        "bias": 1.0,
        "fit": candidate.fit,
        "neural": max(candidate.neural, -20.0) / 10,
        "page_score": max(page.reading.score - best_page, -10.0) / 5,
        "answerable": page.reading.answerable,
        "rank": 1 / (1 + page.rank),
        "fine": coverage(terms, fine),
        "clause": coverage(terms, coarse),
        "sentence": coverage(terms, whole),
        "window": coverage(terms, f"{head} {window}"),
        "context": coverage(terms, context),
        "near_fine": coverage(terms, fine, near=True),
        "near_clause": coverage(terms, coarse, near=True),
        "near_sentence": coverage(terms, whole, near=True),
        "missing": lacking / 10,
        "adjacent": _adjacency(terms, text, within, span),
        "period": fit(asked, governing(text, page.figures, span, passage.published), passage.published)
        if asked
        else 0.0,
        "clash": qualifier_clash(query.folded, fine, coarse),
        "name": name,
        "rival": rival,
        "echo": float(candidate.quantity is None and fold(candidate.text) in query.folded),
        "length": float(np.log1p(len(span))) / 4,
    }
    return np.array([values[name] for name in FEATURES])


def _scope_words(page: Page, sentence: Span, span: Span) -> str:
    """Return the words that go with a candidate: its item of a 分别-list, else its clause between 、."""
    shifted = Span(span.start - sentence.start, span.end - sentence.start)
    figures = [
        Span(figure.span.start - sentence.start, figure.span.end - sentence.start)
        for figure in page.figures
        if sentence.start <= figure.span.start and figure.span.end <= sentence.end
    ]
    listed = respective(sentence.of(page.text), figures, shifted)
    return listed if listed is not None else clause(page.text, span, fine=True).of(page.text)


def _adjacency(terms: Sequence[Term], text: str, sentence: Span, span: Span) -> float:
    """Return in [0, 1] how near the candidate stands to the words nearest to the interrogative."""
    best = 0.0
    for term in sorted(terms, key=lambda term: -term.near)[:3]:
        at = text.rfind(term.text, sentence.start, span.start)
        if at >= 0:
            distance = span.start - at - len(term.text)
        else:
            at = text.find(term.text, span.end, sentence.end)
            if at < 0:
                continue
            distance = at - span.end + 1
        best = max(best, term.near / (1 + distance / 6))
    return best


@cache
def _models() -> dict[str, tuple[Vector, float]]:
    stored = json.loads((WEIGHTS / "ranker.json").read_text(encoding="utf-8"))
    return {
        group: (np.array([model["weights"][name] for name in FEATURES]), float(model["temperature"]))
        for group, model in stored.items()
    }


def rank(query: Query, part: Part, terms: Sequence[Term], found: Sequence[Candidate]) -> list[Scored]:
    """Return the candidates with their probability of being right, best first, ties in reading order."""
    if not found:
        return []
    best_page = max(candidate.page.reading.score for candidate in found)
    weights, temperature = _models()[group_of(part)]
    scored = []
    for candidate in found:
        values = features(query, part, terms, candidate, best_page)
        score = float(weights @ values)
        scored.append(Scored(candidate, values, score, float(1 / (1 + np.exp(-score / temperature)))))
    return sorted(scored, key=lambda item: -item.score)
