"""How likely a candidate is the answer: its clues, weighed by a learned model and by rules."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag._figures import Quantity, find_figures
from rag._resources import WEIGHTS
from rag._text import Span, fold
from rag.search.matching import Term, clause
from rag.search.query import Part, Query
from rag.search.translation import is_english
from rag.synthesis.candidates import Candidate
from rag.synthesis.clues import FEATURES, Vector, features, listed_words

GROUPS = {"figure": "figure", "duration": "figure", "date": "date", "statement": "sentence", "reason": "sentence"}
GROUPS |= {"definition": "sentence"}  # all others are phrases


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


@dataclass(frozen=True, slots=True)
class Model:
    """A small network: ``direct`` · x + ``output`` · tanh(``hidden`` x + ``shift``) for the features x of a candidate.

    Shapes: direct (n,), hidden (units, n), shift and output (units,), n = len(FEATURES).
    """

    direct: Sequence[float]
    hidden: Sequence[Sequence[float]]
    shift: Sequence[float]
    output: Sequence[float]

    def scores(self, rows: Vector) -> Vector:
        """Return the scores, (candidates,), of features, (candidates, n)."""
        bent = np.tanh(rows @ np.asarray(self.hidden).T + np.asarray(self.shift))
        return np.asarray(rows @ np.asarray(self.direct) + bent @ np.asarray(self.output))

    def to_dict(self) -> dict[str, Any]:
        """Return the network as plain lists, weights of the features by name, to four decimals."""
        return {
            "direct": {name: round(value, 4) for name, value in zip(FEATURES, self.direct, strict=True)},
            "hidden": [[round(value, 4) for value in row] for row in self.hidden],
            "shift": [round(value, 4) for value in self.shift],
            "output": [round(value, 4) for value in self.output],
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "Model":
        """Return the network that ``to_dict`` wrote."""
        direct = [stored["direct"][name] for name in FEATURES]
        return cls(direct, stored["hidden"], stored["shift"], stored["output"])


@cache
def _models() -> dict[str, Model]:
    stored = json.loads((WEIGHTS / "ranker.json").read_text(encoding="utf-8"))
    return {group: Model.from_dict(entry["model"]) for group, entry in stored.items()}


def rank(
    query: Query,
    part: Part,
    terms: Sequence[Term],
    found: Sequence[Candidate],
    heirs: Sequence[tuple[Candidate, Candidate]] = (),
) -> list[Scored]:
    """Return the candidates with their probability of being right, the likeliest first, ties in reading order.

    The probabilities and that of "not stated", a null candidate of score 0, sum to 1. Candidates that say the same, in
    several sentences or articles, are right together: each has the sum of their probabilities. Of ``heirs``, pairs of a
    candidate that was taken back and one of ``found``, the second answers at least as well as the first did.
    """
    if not found:
        return []
    everyone = [*found, *(old for old, _ in heirs)]
    best_page = max(candidate.page.reading.score for candidate in everyone)
    rows = np.stack([features(query, part, terms, candidate, best_page) for candidate in everyone])
    vetoed = _ruled_out(rows) | _of_another(everyone, rows) | _unmet(query, part, everyone) | _of_round(query, everyone)
    scores = _models()[group_of(part)].scores(rows) - _VETO * vetoed + _by_item(everyone, rows)
    scores -= _NEIGHBOUR * _of_neighbour(query, part, everyone, rows)
    if query.language == "zh":
        scores += _ABROAD * np.array([is_english(candidate.page.text) for candidate in everyone])
    for number, (_, heir) in enumerate(heirs, len(found)):
        place = next(place for place, candidate in enumerate(found) if candidate is heir)
        if scores[number] > scores[place]:
            scores[place], rows[place] = scores[number], rows[number]
    rows, scores = rows[: len(found)], scores[: len(found)]
    top = max(float(scores.max()), 0.0)
    chances = np.exp(scores - top) / (np.exp(scores - top).sum() + np.exp(-top))
    together: dict[str, float] = {}
    for candidate, chance in zip(found, chances, strict=True):
        together[_said(candidate)] = together.get(_said(candidate), 0.0) + float(chance)
    scored = [
        Scored(candidate, row, float(score), together[_said(candidate)])
        for candidate, row, score in zip(found, rows, scores, strict=True)
    ]
    # A figure that is told twice is surer than one told once; a person is named again for other reasons.
    worth = [
        item.probability if item.candidate.quantity else float(chance)
        for item, chance in zip(scored, chances, strict=True)
    ]
    return [item for _, item in sorted(zip(worth, scored, strict=True), key=lambda pair: (-pair[0], -pair[1].score))]


# What a candidate of another period or another subject loses: enough that "not stated" is likelier by far.
_VETO = 6.0


# What a candidate in English gains under a question in Chinese: a translation says at most 0.85 of a word, many words
# have none, and the model was fitted on Chinese.
_ABROAD = 1.0

# What the figure of the item asked for gains in a 分别-list, and by how much its words must be more the question's.
_ITEM_GAIN, _ITEM_MARGIN = 1.5, 0.05


def _by_item(found: Sequence[Candidate], rows: Vector) -> Vector:
    """Return what candidates of 分别-lists gain or lose, (candidates,): the question speaks of one item of a list.

    Where no item is more like the question than all others of its list nothing is gained or lost.
    """
    gains = np.zeros(len(found))
    lists: dict[tuple[int, int], list[int]] = {}
    for place, candidate in enumerate(found):
        page, span = candidate.page, candidate.span
        sentence = page.sentences[page.sentence_at(span.start)]
        listed = candidate.quantity is not None and listed_words(
            page, Span(sentence.start, max(sentence.end, span.end)), span
        )
        if listed:
            lists.setdefault((page.rank, sentence.start), []).append(place)
    near, clash = (rows[:, FEATURES.index(clue)] for clue in ("near_fine", "clash"))
    for places in lists.values():
        best = max(places, key=lambda place: near[place])
        others = [place for place in places if place != best]
        if others and near[best] >= max(near[place] for place in others) + _ITEM_MARGIN:
            gains[best] = 0.0 if clash[best] else _ITEM_GAIN
            gains[others] = -_VETO
    return gains


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
    sentences = [(candidate.page.rank, candidate.page.sentence_at(candidate.span.start)) for candidate in found]
    fitting: dict[tuple[int, int], float] = defaultdict(float)
    for place in np.flatnonzero(foreign <= _MISSING_AT_MOST):
        fitting[sentences[place]] = max(fitting[sentences[place]], float(near[place]))
    best = np.array([fitting[sentence] for sentence in sentences])
    return np.asarray((foreign >= 1.0) & (best >= near + _OWNER_MARGIN))


# What a figure loses to another of its sentence that counts the very thing asked for, or has more of its words.
_NEIGHBOUR, _OWN_MARGIN, _LED_MARGIN = 1.5, 0.3, 0.1


def _of_neighbour(query: Query, part: Part, found: Sequence[Candidate], rows: Vector) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand in a sentence with a figure that is rather what was asked for.

    多少户 asks for the 16万户 of 16万户申购1882套, 多少个部门 for the 11个部门 of 11个部门的83项事项, 标兵多少名 for
    the 10名 of 10名红旗手标兵、300名红旗手.
    """
    other = np.zeros(len(found), bool)
    if part.asks != "figure":
        return other
    fit = rows[:, FEATURES.index("fit")]
    noun = re.match(r"[一-龥]{2,4}?(?=[参出入获有的在被纳]|$)|[一-龥]{2}", query.folded[part.focus.end : part.span.end])
    own, led, near = (rows[:, FEATURES.index(clue)] for clue in ("own", "sentence", "near_fine"))
    sentences: dict[tuple[int, int], list[int]] = {}
    for place, candidate in enumerate(found):
        if candidate.quantity is not None:
            key = candidate.page.rank, candidate.page.sentence_at(candidate.span.start)
            sentences.setdefault(key, []).append(place)
    for places in sentences.values():
        if noun:
            counted = [p for p in places if found[p].page.text.startswith(noun.group(), found[p].span.end)]
            if counted:
                other[[p for p in places if p not in counted]] = True
        if part.noun and max(fit[p] for p in places) == 1:
            other[[p for p in places if fit[p] < 0.5]] = True
        best = max(own[p] for p in places)
        if best >= 0.99:
            other[[p for p in places if own[p] <= best - _OWN_MARGIN]] = True
        # 龙头企业每亩收入7000元，…散户…每亩收入3000元: the sentence has come to all the words by the second.
        last = max(places, key=lambda p: led[p])
        if led[last] >= 0.99:
            other[[p for p in places if led[p] <= led[last] - _LED_MARGIN and near[p] <= near[last]]] = True
    return other


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


# What happens again and again, and is told apart by its number: 第24届, 第二批.
_ROUNDS = ("届", "次", "批", "轮", "季", "版", "代")


def _of_round(query: Query, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand in an article on another round than the question asks about."""
    asked = _rounds(query.folded)
    told = {candidate.page.rank: _rounds(f"{candidate.page.head} {candidate.page.text}") for candidate in found}
    return np.array(
        [
            any(unit == other and (value, unit) not in told[rank] for value, unit in asked for _, other in told[rank])
            for rank in (candidate.page.rank for candidate in found)
        ]
    )


def _rounds(text: str) -> set[tuple[Fraction | None, str]]:
    """Return the numbers of the rounds of which folded ``text`` speaks, each with what it counts."""
    return {
        (figure.value, figure.unit)
        for figure in find_figures(text)
        if figure.kind == "ordinal" and figure.unit in _ROUNDS
    }


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


def stated(ranked: Sequence[Scored]) -> float:
    """Return the probability that any of the candidates is right: that the passages say what was asked."""
    return sum({_said(item.candidate): item.probability for item in ranked}.values())


def _said(candidate: Candidate) -> str:
    """Return what a candidate says, the same for the same figure however it is written."""
    quantity = candidate.quantity
    if quantity is None or quantity.value is None:
        return fold(candidate.text)
    return f"{quantity.value}~{quantity.high}{quantity.unit}"
