"""What rules a candidate out, however well its clues weigh: it is of another time, name, place, number or step."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from rag._figures import Quantity, find_figures
from rag._text import Span, fold
from rag.search.gazetteer import elsewhere, places_asked
from rag.search.matching import clause
from rag.search.query import Part, Query
from rag.synthesis.candidates import Candidate, Page
from rag.synthesis.clues import FEATURES, Vector

# How much of the words next to the interrogative the clause of an amount in a foreign currency must have.
_OWN_AT_LEAST = 0.5


def vetoed(query: Query, part: Part, found: Sequence[Candidate], rows: Vector) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), with the features ``rows`` (candidates, n), cannot be the answer."""
    ruled_out = _ruled_out(rows) | _of_another(found, rows)
    if part.currency:
        # The one amount in dollars answers only what its own clause speaks of.
        ruled_out |= rows[:, FEATURES.index("own")] < _OWN_AT_LEAST
    for rule in (_unmet, _of_round, _of_another_number, _of_a_sibling, _in_another_place, _only_prepared):
        ruled_out |= rule(query, part, found)
    return ruled_out


def _ruled_out(rows: Vector) -> NDArray[np.bool_]:
    """Return which candidates, by their features (candidates, n), speak of another period or of another name.

    However well the words fit, the figure of another year or of a like-named place is no answer, nor is one that is
    said of a thing behind it (84亿元的交通体系) where the name asked for stands further off.
    """
    period, name, rival, foreign = (rows[:, FEATURES.index(clue)] for clue in ("period", "name", "rival", "foreign"))
    return (period <= -0.5) | (name <= 0.3) | ((rival >= 1.0) & (name < 1.0)) | ((foreign >= 1.0) & (name < 0.9))


# A figure is of what was asked for where at most so much of the noun behind it is missing from the question; and by so
# much must the words about it be more the question's than those about a figure of another thing.
_MISSING_AT_MOST, _OWNER_MARGIN = 0.5, 0.3


def _of_another(found: Sequence[Candidate], rows: Vector) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), are said of another thing behind them, beside one of what was asked for.

    Asked for the 交通体系, 总投资84亿元的交通体系 answers, and 总投资115亿元的总部园 in the same sentence does not.
    """
    near, foreign = (rows[:, FEATURES.index(clue)] for clue in ("near_clause", "foreign"))
    sentences = [(candidate.page.rank, candidate.sentence) for candidate in found]
    fitting: dict[tuple[int, Span], float] = defaultdict(float)
    for place in np.flatnonzero(foreign <= _MISSING_AT_MOST):
        fitting[sentences[place]] = max(fitting[sentences[place]], float(near[place]))
    best = np.array([fitting[sentence] for sentence in sentences])
    return np.asarray((foreign >= 1.0) & (best >= near + _OWNER_MARGIN))


_LIMITS = ("over", "under", "at_least", "at_most")
# 20多万 is over 200,000 too, and no limit; 60岁及以上 is one.
_ABOUT = re.compile("[多余]")
_INCLUSIVE = re.compile(r"[(含)及]*以[上下内]|级")


def _unmet(query: Query, part: Part, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand beside another limit than the question sets, or beside none.

    How many projects of over 1 billion yuan there are is told by no count of projects where its clause has another
    limit, or no such one is spoken of in its sentence, the one before and what heads them; and not by the limit.
    """
    limits = _limits(query.folded)
    if part.asks != "figure" or not limits:
        return np.zeros(len(found), bool)

    def met(candidate: Candidate) -> bool:
        page, span, quantity = candidate.page, candidate.span, candidate.quantity
        if quantity is not None and any(_alike(limit, quantity) for limit in limits):
            return False
        number = page.sentence_at(span.start)
        near = Span(page.sentences[max(0, number - 1)].start, page.sentences[number].end)
        told = _limits(clause(page.text, span, fine=False).of(page.text))
        told = told or [*_limits(near.of(page.text)), *_limits(page.head)]
        return all(any(_alike(limit, other) for other in told) for limit in limits)

    return np.array([not met(candidate) for candidate in found])


def _limits(text: str) -> list[Quantity]:
    """Return the figures of folded ``text`` that others are to be over or under."""
    return [
        figure
        for figure in find_figures(text)
        if figure.value
        and ((figure.bound in _LIMITS and not _ABOUT.search(figure.text)) or _INCLUSIVE.match(text, figure.span.end))
    ]


def _alike(one: Quantity, other: Quantity) -> bool:
    """Tell whether two figures are of one amount; 166亿 is 166亿元."""
    return one.value == other.value and (one.unit == other.unit or not one.unit or not other.unit)


# What happens again and again, and is told apart by its number: 第24届, 第二批.
_ROUNDS = ("届", "次", "批", "轮", "季", "版", "代")


def _of_round(query: Query, part: Part, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand in a passage on another round than the question asks about."""
    asked = _rounds(find_figures(query.folded))
    if not asked:
        return np.zeros(len(found), bool)

    def other(page: Page) -> bool:
        told = _rounds([*page.figures, *find_figures(page.head)])
        return any((value, unit) not in told and any(unit == met for _, met in told) for value, unit in asked)

    return _on_pages(found, other)


def _rounds(figures: Sequence[Quantity]) -> set[tuple[Fraction | None, str]]:
    """Return the numbers of the rounds among ``figures``, each with what it counts."""
    return {
        (figure.value, unit)
        for figure in figures
        if figure.kind == "ordinal" and (unit := fold(figure.unit)) in _ROUNDS
    }


# What the dictionary calls the words that a number may tell apart: nouns and Latin letters.
_NAMING = ("n", "x", "eng", "j")


def _of_another_number(query: Query, part: Part, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand in a passage on a thing of another number: 豹5 for 豹8."""
    import rjieba

    asked: list[tuple[re.Pattern[str], str]] = []
    for figure in find_figures(query.folded):
        before = rjieba.tag(query.folded[: figure.span.start].rstrip())
        if figure.kind == "number" and figure.text.isdigit() and before and before[-1][1].startswith(_NAMING):
            asked.append((re.compile(rf"{re.escape(before[-1][0])} ?(\d{{1,4}})(?![\d.])"), figure.text))

    def other(page: Page) -> bool:
        said = f"{page.head} {page.text}"
        return any((told := pattern.findall(said)) and number not in told for pattern, number in asked)

    return _on_pages(found, other)


def _on_pages(found: Sequence[Candidate], test: Callable[[Page], bool]) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand on a page that passes ``test``, which is put to each page once."""
    pages = {candidate.page.rank: candidate.page for candidate in found}
    passed = {rank for rank, page in pages.items() if test(page)}
    return np.array([candidate.page.rank in passed for candidate in found])


def _in_another_place(query: Query, part: Part, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand in a passage on other cities or countries than the question's."""
    asked = places_asked(query.folded)
    return _on_pages(found, lambda page: elsewhere(asked, page.head, page.text))


# A model by its name, and what tells it from its like: S9 FE, S9 FE+, 12 Pro.
_MODEL = re.compile(r"[a-z][a-z0-9]*(?:[ -]?[a-z0-9]+)*")
_VARIANT = re.compile(r" ?(?:\+|plus|pro|max|ultra|lite|mini|air|turbo|se|fe)(?![a-z])")


def _of_a_sibling(query: Query, part: Part, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), are said of another variant of the model that the question names."""
    models = []
    for match in _MODEL.finditer(query.folded):
        if re.search(r"\d", match.group()):
            variant = _VARIANT.match(query.folded, match.end())
            models.append((match.group(), variant.group().strip() if variant else ""))

    def other(candidate: Candidate, model: str, variant: str) -> bool:
        page, span = candidate.page, candidate.span
        at = page.text.rfind(model, 0, span.start)
        told = _VARIANT.match(page.text, at + len(model)) if at >= 0 else None
        return at >= 0 and (told.group().strip() if told else "") != variant

    return np.array([any(other(candidate, *model) for model in models) for candidate in found])


# 为大桥通车奠定基础: that it will be is not when it is.
_PREPARED = re.compile(
    r"为(?:[^，,。；;]{2,30}?)(?:奠定|打下|夯实|筑牢|创造|提供|做好?|作好?|铺平|争取|赢得)[^，,。；;]{0,16}"
)


def _only_prepared(query: Query, part: Part, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which dates, (candidates,), stand in a sentence that tells of what is asked only as to come of it."""
    import rjieba

    behind = re.sub(r"\W", "", query.folded[part.focus.end : part.span.end])
    event = next((word for word in rjieba.cut(behind) if len(word) > 1), "")
    if part.asks != "date" or not event:
        return np.zeros(len(found), bool)

    def prepared(candidate: Candidate) -> bool:
        sentence = candidate.sentence.of(candidate.page.text)
        return event in sentence and event not in _PREPARED.sub("", sentence)

    return np.array([prepared(candidate) for candidate in found])
