"""What rules give to a candidate's score or take from it: each for a fault that the clues weighed do not tell."""

import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from rag._text import Span
from rag.search.gazetteer import place_before, places_asked, with_kin
from rag.search.matching import clause
from rag.search.query import Part, Query
from rag.synthesis.candidates import Candidate
from rag.synthesis.clues import FEATURES, Vector, listed_words
from rag.synthesis.vetoes import vetoed

# What a candidate that is ruled out loses: enough that "not stated" is likelier by far.
_VETO = 6.0


def by_rules(query: Query, part: Part, found: Sequence[Candidate], rows: Vector) -> Vector:
    """Return what is added to the scores, (candidates,), of candidates with the features ``rows`` (candidates, n)."""
    behind = _right_behind(query, found)
    beside = _of_neighbour(query, part, found, rows, behind) | _held_elsewhere(query, part, found)
    told = behind & (rows[:, FEATURES.index("sentence")] >= _ALL)
    lost = _VETO * vetoed(query, part, found, rows)
    return np.asarray(_by_item(found, rows) - lost + _NEIGHBOUR * (1.0 * told - beside))


_ALL = 0.99  # of the words of the question
# What a figure loses to another of its sentence that counts the very thing asked for, or has more of its words.
_NEIGHBOUR, _OWN_MARGIN, _LED_MARGIN = 1.5, 0.3, 0.1


def _of_neighbour(
    query: Query, part: Part, found: Sequence[Candidate], rows: Vector, behind: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which candidates, (candidates,), stand in a sentence with a figure that is rather what was asked for.

    ``behind``, (candidates,), are those right behind a name that the question has.

    多少户 asks for the 16万户 of 16万户申购1882套, 多少个部门 for the 11个部门 of 11个部门的83项事项, 标兵多少名 for
    the 10名 of 10名红旗手标兵、300名红旗手; and what asks of one place for the figure right behind its name.
    """
    other = np.zeros(len(found), bool)
    if part.asks != "figure":
        return other
    fit = rows[:, FEATURES.index("fit")]
    noun = re.match(r"[一-龥]{2,4}?(?=[参出入获有的在被纳]|$)|[一-龥]{2}", query.folded[part.focus.end : part.span.end])
    own, led, near = (rows[:, FEATURES.index(clue)] for clue in ("own", "sentence", "near_fine"))
    sentences: dict[tuple[int, Span], list[int]] = {}
    for place, candidate in enumerate(found):
        if candidate.quantity is not None:
            sentences.setdefault((candidate.page.rank, candidate.sentence), []).append(place)
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


def _held_elsewhere(query: Query, part: Part, found: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Return which figures, (candidates,), their sentence tells of another city or country than the question's.

    Only where it tells another of the question's: 中国船东占15.9%，超过希腊船东，占15.8%.
    """
    asked = places_asked(query.folded)
    other, own, ours = np.zeros(len(found), bool), with_kin(asked), set()
    if part.asks != "figure" or not asked:
        return other
    for at, candidate in enumerate(found):
        page, span, sentence = candidate.page, candidate.span, candidate.sentence
        if holder := place_before(page.text, sentence.start, span.start):
            if holder in own:
                ours.add((page.rank, sentence))
            # 169名印度公民、53名英国公民: a place may stand behind its figure
            fine = clause(page.text, span, fine=True).of(page.text)
            other[at] = holder not in own and not any(place in fine for place in own)
    return np.asarray(other & np.array([(candidate.page.rank, candidate.sentence) in ours for candidate in found]))


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
        sentence = candidate.sentence
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
