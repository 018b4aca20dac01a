"""What rules take from or give to the score of a candidate: each is for a fault that the clues weighed do not tell."""

import re
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from rag._figures import Quantity, find_figures
from rag._text import Span, fold
from rag.search.gazetteer import elsewhere, place_before, places_asked, with_kin
from rag.search.matching import clause
from rag.search.query import Part, Query
from rag.synthesis.candidates import Candidate, Page
from rag.synthesis.clues import FEATURES, Vector, listed_words

# What a candidate of another period or another subject loses: enough that "not stated" is likelier by far.
_VETO = 6.0
# How much of the words next to the interrogative the clause of an amount in a foreign currency must have.
_OWN_AT_LEAST = 0.5


def by_rules(query: Query, part: Part, found: Sequence[Candidate], rows: Vector) -> Vector:
    """Return what is added to the scores, (candidates,), of candidates with the features ``rows`` (candidates, n)."""
    vetoed = _ruled_out(rows) | _of_another(found, rows) | _unmet(query, part, found) | _of_round(query, found)
    vetoed |= _in_another_place(query, found) | _of_a_sibling(query, found) | _only_prepared(query, part, found)
    if part.currency:
        # The one amount in dollars answers only what its own clause speaks of.
        vetoed |= rows[:, FEATURES.index("own")] < _OWN_AT_LEAST
    beside = _of_neighbour(query, part, found, rows) | _held_elsewhere(query, part, found)
    told = _right_behind(query, found) & (rows[:, FEATURES.index("sentence")] >= _ALL)
    return np.asarray(_by_item(found, rows) - _VETO * vetoed + _NEIGHBOUR * (1.0 * told - beside))


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


_ALL = 0.99  # of the words of the question
# What a figure loses to another of its sentence that counts the very thing asked for, or has more of its words.
_NEIGHBOUR, _OWN_MARGIN, _LED_MARGIN = 1.5, 0.3, 0.1


def _of_neighbour(query: Query, part: Part, found: Sequence[Candidate], rows: Vector) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand in a sentence with a figure that is rather what was asked for.

    多少户 asks for the 16万户 of 16万户申购1882套, 多少个部门 for the 11个部门 of 11个部门的83项事项, 标兵多少名 for
    the 10名 of 10名红旗手标兵、300名红旗手; and what asks of one place for the figure right behind its name.
    """
    other = np.zeros(len(found), bool)
    if part.asks != "figure":
        return other
    fit = rows[:, FEATURES.index("fit")]
    noun = re.match(r"[一-龥]{2,4}?(?=[参出入获有的在被纳]|$)|[一-龥]{2}", query.folded[part.focus.end : part.span.end])
    behind = _right_behind(query, found)
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
        named = [p for p in places if behind[p]]
        units = {_unit(found[p]) for p in named}
        totals = [_amount(found[p]) for p in places if p not in named and _unit(found[p]) in units]
        # The total of all places, here and wherever else it stands, is of none of them.
        other |= np.array([_amount(candidate) in totals for candidate in found])
        other[named] = False
        if part.noun and max(fit[p] for p in places) == 1:
            other[[p for p in places if fit[p] < 0.5]] = True
        best = max(own[p] for p in places)
        if best >= _ALL:
            other[[p for p in places if own[p] <= best - _OWN_MARGIN]] = True
        # 龙头企业每亩收入7000元，…散户…每亩收入3000元: the sentence has come to all the words by the second.
        last = max(places, key=lambda p: led[p])
        if led[last] >= _ALL:
            other[[p for p in places if led[p] <= led[last] - _LED_MARGIN and near[p] <= near[last]]] = True
    return other


def _right_behind(query: Query, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which figures, (candidates,), stand right behind a name that the question has: 房山区2人."""
    names = (*query.names, *places_asked(query.folded))
    return np.array([c.quantity is not None and c.page.text.endswith(names, 0, c.span.start) for c in found])


def _unit(candidate: Candidate) -> str:
    return candidate.quantity.unit if candidate.quantity else ""


def _amount(candidate: Candidate) -> tuple[Fraction | None, str]:
    return (candidate.quantity.value if candidate.quantity else None), _unit(candidate)


def _sentence_of(candidate: Candidate) -> tuple[Page, Span]:
    page = candidate.page
    return page, page.sentences[page.sentence_at(candidate.span.start)]


def _held_elsewhere(query: Query, part: Part, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which figures, (candidates,), their sentence tells of another city or country than the question's.

    Only where it tells another of the question's: 中国船东占15.9%，超过希腊船东，占15.8%.
    """
    asked = places_asked(query.folded)
    other, own, ours = np.zeros(len(found), bool), with_kin(asked), set()
    if part.asks != "figure" or not asked:
        return other
    for at, candidate in enumerate(found):
        span = candidate.span
        page, sentence = _sentence_of(candidate)
        if holder := place_before(page.text, sentence.start, span.start):
            if holder in own:
                ours.add((page.rank, sentence))
            # 169名印度公民、53名英国公民: a place may stand behind its figure
            fine = clause(page.text, span, fine=True).of(page.text)
            other[at] = holder not in own and not any(place in fine for place in own)
    beside = [(page.rank, sentence) in ours for page, sentence in map(_sentence_of, found)]
    return np.asarray(other & np.array(beside))


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


def _of_round(query: Query, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand in a passage on another round than the question asks about."""
    asked = _rounds(find_figures(query.folded))
    if not asked:
        return np.zeros(len(found), bool)
    pages = {candidate.page.rank: candidate.page for candidate in found}
    told = {rank: _rounds([*page.figures, *find_figures(page.head)]) for rank, page in pages.items()}
    other = {
        rank
        for rank, rounds in told.items()
        if any((value, unit) not in rounds and any(unit == met for _, met in rounds) for value, unit in asked)
    }
    return np.array([candidate.page.rank in other for candidate in found])


def _rounds(figures: Sequence[Quantity]) -> set[tuple[Fraction | None, str]]:
    """Return the numbers of the rounds among ``figures``, each with what it counts."""
    return {
        (figure.value, unit)
        for figure in figures
        if figure.kind == "ordinal" and (unit := fold(figure.unit)) in _ROUNDS
    }


def _in_another_place(query: Query, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand in a passage on other cities or countries than the question's."""
    asked = places_asked(query.folded)
    pages = {candidate.page.rank: candidate.page for candidate in found}
    other = {rank for rank, page in pages.items() if elsewhere(asked, f"{page.head} {page.text}")}
    return np.array([candidate.page.rank in other for candidate in found])


# A model by its name, and what tells it from its like: S9 FE, S9 FE+, 12 Pro.
_MODEL = re.compile(r"[a-z][a-z0-9]*(?:[ -]?[a-z0-9]+)*")
_VARIANT = re.compile(r" ?(?:\+|plus|pro|max|ultra|lite|mini|air|turbo|se|fe)(?![a-z])")


def _of_a_sibling(query: Query, found: Sequence[Candidate]) -> NDArray[np.bool_]:
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
        page, span = candidate.page, candidate.span
        sentence = page.sentences[page.sentence_at(span.start)].of(page.text)
        return event in sentence and event not in _PREPARED.sub("", sentence)

    return np.array([prepared(candidate) for candidate in found])


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
