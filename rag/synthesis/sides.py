"""Where sources differ on what was asked: the sides by period and figure, newest first."""

import re
from collections.abc import Sequence

from rag._figures import Sameness, resolve, same
from rag._text import Span, words
from rag.search.matching import clause
from rag.search.names import names_of
from rag.search.periods import Period
from rag.search.query import Query
from rag.synthesis.candidates import Candidate
from rag.synthesis.clues import FEATURES, listed_words
from rag.synthesis.ranking import Scored

# A figure of another sentence counts as another answer to the same question when its clause shares this much of the
# words around it, the figure and the period left out.
_SAME_SCOPE = 0.5
# How far behind the best candidate another may score and still answer the same question.
_BEHIND = 2.5
# Clues in which another side may be worse than the best by no more than so much; +1 where more is worse.
_NO_WORSE = {
    "name": (-1, 0.35),
    "rival": (1, 0.1),
    "clash": (1, 0.1),
    "metric": (-1, 0.1),
    "missing": (1, 0.5),
    "unasked": (1, 0.5),
    "told": (-1, 0.5),
    "window": (-1, 0.2),
    "fine": (-1, 0.35),
    "near_fine": (-1, 0.2),
}
# What stands for the name of a thing: 该桥, 大桥.
_ANAPHORA = re.compile(r"[该本][桥路站馆院校园厂县市区镇村]|该?(?:大桥|项目|工程)")


class Side:
    """One of the figures that the sources give: the best candidate that says it, its period, and who else says it."""

    def __init__(self, candidate: Candidate) -> None:
        self.best = candidate
        self.period = _period(candidate)
        self.all = [candidate]

    @property
    def newest(self) -> tuple[tuple[int, int], str]:
        """A key that sorts sides by when their figure holds, then by when it was published."""
        return (self.period.key if self.period else (0, 0), self.best.page.passage.published or "")

    def takes(self, candidate: Candidate) -> bool:
        """Whether a candidate says the same figure of the same time."""
        sameness = _sameness(candidate, self.best)
        if sameness is None or (sameness != "exact" and not _is_date(candidate)):
            return False
        period = _period(candidate)
        return None in (self.period, period) or self.period == period


def sides_of(query: Query, ranked: Sequence[Scored]) -> list[tuple[str, Side]]:
    """Return the sides with the period each is labelled with, newest first; [] where the sources agree.

    A label is as short as tells the sides apart: the years where they differ, the months within one year.
    """
    best = ranked[0]
    if best.candidate.quantity is None:
        return []
    scope = _scope(query, best.candidate)
    sides: list[Side] = []
    for item in ranked:
        if item is not best and not _answers_too(query, item, best, scope):
            continue
        side = next((side for side in sides if side.takes(item.candidate)), None)
        if side is None:
            sides.append(Side(item.candidate))
        else:
            side.all.append(item.candidate)
    if all(_sameness(side.best, sides[0].best) for side in sides[1:]):
        return []
    sides.sort(key=lambda side: side.newest, reverse=True)
    years = [side.period.year if side.period else None for side in sides]
    by_year = None not in years and len(set(years)) == len(years)
    labelled = [(_label(side.period, by_year=by_year), side) for side in sides]
    # One article that gives two figures under one label speaks of two things: a total, and what a week added.
    told = [(label, side.best.page.passage.article_id) for label, side in labelled]
    return labelled if len(set(told)) == len(told) else []


def _label(period: Period | None, *, by_year: bool) -> str:
    if period is None:
        return ""
    return f"{period.year}年" if by_year and period.last_year in (None, period.year) else period.label


def _is_date(candidate: Candidate) -> bool:
    return candidate.quantity is not None and candidate.quantity.start is not None


def _period(candidate: Candidate) -> Period | None:
    """Return the period that a figure holds for; a date is not of any."""
    return None if _is_date(candidate) else candidate.page.period_of(candidate.span)


def _sameness(one: Candidate, other: Candidate) -> Sameness | None:
    """Return how two candidates say the same, dates by the days on which their articles appeared."""
    if one.quantity is None or other.quantity is None:
        return None
    return same(
        resolve(one.quantity, one.page.passage.published), resolve(other.quantity, other.page.passage.published)
    )


def _answers_too(query: Query, item: Scored, best: Scored, scope: frozenset[str]) -> bool:
    """Whether a candidate is a figure of the same thing as the best one: of another time, or in another source."""
    other, one = item.candidate, best.candidate
    assert one.quantity is not None
    if other.quantity is None or _is_date(other) != _is_date(one):
        return False
    if not _is_date(one) and (other.quantity.kind, other.quantity.unit) != (one.quantity.kind, one.quantity.unit):
        return False
    if item.score < best.score - _BEHIND or not _alike(scope, _scope(query, other)):
        return False
    if other.page.passage.article_id == one.page.passage.article_id and (
        _sentence(other) == _sentence(one) or _period(other) == _period(one)
    ):
        return False  # no article contradicts itself: what it says of one time with two figures is of two things
    for name, (worse, most) in _NO_WORSE.items():
        at = FEATURES.index(name)
        if worse * (item.features[at] - best.features[at]) > most:
            return False
    # 其中，临江新区签约项目13个 is said of another thing than 新签约项目96个.
    if any(len(name) > 2 for name in set(names_of(_fine(other))) - set(names_of(_fine(one))) - set(query.names)):
        return False
    at = FEATURES.index("period")
    return not query.periods or item.features[at] >= best.features[at] - 0.1


def _sentence(candidate: Candidate) -> int:
    return candidate.page.sentences[candidate.page.sentence_at(candidate.span.start)].start


def _fine(candidate: Candidate) -> str:
    """Return the clause of a candidate, or what its figure belongs to in a 分别-list."""
    page, span = candidate.page, candidate.span
    sentence = page.sentences[page.sentence_at(span.start)]
    listed = listed_words(page, Span(sentence.start, max(sentence.end, span.end)), span)
    return listed or clause(page.text, span, fine=True).of(page.text)


def _scope(query: Query, candidate: Candidate) -> frozenset[str]:
    """Return the words of a candidate's clause, its own figure, periods and the names asked for left out."""
    page = candidate.page
    around = clause(page.text, candidate.span, fine=True)
    kept = list(around.of(page.text))
    for figure in page.figures:
        if figure.span.overlaps(around) and (figure.start is not None or figure.span.overlaps(candidate.span)):
            for at in range(max(figure.span.start, around.start), min(figure.span.end, around.end)):
                kept[at - around.start] = " "
    said = "".join(kept)
    for name in query.names:
        said = said.replace(name, " ")
    return frozenset(words(_ANAPHORA.sub(" ", said), search=False))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and len(one & other) / len(one | other) >= _SAME_SCOPE
