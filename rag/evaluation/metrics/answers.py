"""Answer metrics: exact match and F1 as CMRC 2018 scores them, and whether a short answer is right.

``is_right`` decides in favour of an answer only where a person would: it never takes 84亿元 for 184亿元, 9家 for
19家, or the figures of two years the wrong way round, at the price of missing a right answer in other words.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

from rag._figures import Quantity, find_figures, same
from rag._text import Span, fold

Verdict = Literal["right", "unit", "date", "value", "missing"]

_HAN = "㐀-䶿一-鿿豈-﫿"
_TOKEN = re.compile(rf"[{_HAN}]|[^\s{_HAN}]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_RANGE = re.compile(r"(?<=[\d%‰年月日时点])\s*[-~—–−至到]+\s*(?=\d)")
_CLAUSE = re.compile(r"[，；;。、\n]|,(?!\d)")
# What may stand between two names of a list: where it is, the answer names more than was asked for.
_LISTING = re.compile(r"[、，,；;和与及或/]")
_TIMES = ("date", "period", "time")
_NEGATION = re.compile(r"[不没未无非否]")
_RISE, _FALL = re.compile("增|升|涨|提高|多于"), re.compile("降|减|跌|回落|少于|萎缩")
# Next to a number these make it another number.
_MORE_NUMBER = re.compile(r"[\d.零〇一二两三四五六七八九十百千万亿兆%‰]")


def exact_match(short: str, answers: Sequence[str]) -> float:
    """Return 1.0 when ``short`` equals one of ``answers`` but for width, case, script, whitespace and punctuation."""
    return float(any(_equals(short, answer) for answer in answers))


def f1(short: str, answers: Sequence[str]) -> float:
    """Return the best F1 of ``short`` and one of ``answers`` over their longest common run of tokens.

    As the CMRC 2018 scorer (Cui et al. 2019): the run is contiguous, a Han character is a token, and so is any other
    run of characters without a space; our normalisation comes first.
    """
    return max((_f1(_tokens(short), _tokens(answer)) for answer in answers), default=0.0)


def is_right(short: str, answers: Sequence[str]) -> bool:
    """Tell whether ``short`` says what one of ``answers`` says.

    It does when, after normalisation, (1) the two are equal; or (2) the answer is at least half figures, and clause
    by clause ``short`` has the same figures in the same order, units converted, and no other figure but a date where
    the answer gives none; or (3) ``short`` holds the answer whole, not as part of a longer number, together with at
    most twice as many other characters, none of which list, deny or count anything.
    """
    return any(_equals(short, answer) or _same_figures(short, answer) or _holds(short, answer) for answer in answers)


def figure_verdict(short: str, answers: Sequence[str]) -> Verdict | None:
    """Return what is wrong with the figure in ``short``, None where no answer has a figure.

    ``unit``: the digits are right and the unit or magnitude is not. ``date``: a date or period is wrong, and no other
    figure. ``value``: another figure, or another bound or direction. ``missing``: no figure at all.
    """
    with_figures = [answer for answer in answers if find_figures(answer)]
    if not with_figures:
        return None
    if is_right(short, answers):
        return "right"
    found = find_figures(short)
    if not found:
        return "missing"
    return min((_fault(found, find_figures(answer)) for answer in with_figures), key=("unit", "date", "value").index)


def _equals(short: str, answer: str) -> bool:
    return normalise(short) == normalise(answer) != ""


def normalise(text: str) -> str:
    """Return folded ``text`` without whitespace and punctuation; what belongs to a number (96.5, 1-11, 3%) stays."""
    return re.sub(r"\s+", "", _plain(text))


def _plain(text: str) -> str:
    """Fold ``text`` and turn punctuation into spaces, except between digits: 3-5 must not become 35."""
    text = _RANGE.sub("-", _THOUSANDS.sub("", fold(text)))
    return "".join(char if _says(text, offset) else " " for offset, char in enumerate(text))


def _says(text: str, offset: int) -> bool:
    char, before, after = text[offset], text[offset - 1 : offset], text[offset + 1 : offset + 2]
    if unicodedata.category(char)[0] not in "PZ" or char in "%‰":
        return True
    if char == "-" and not (before.isascii() and before.isalpha()):
        return after.isdigit()
    return before.isdigit() and after.isdigit()


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(_plain(text))


def _f1(said: Sequence[str], wanted: Sequence[str]) -> float:
    if not said or not wanted:
        return 0.0
    common = _longest_common_run(said, wanted)
    return 2 * common / (len(said) + len(wanted))


def _longest_common_run(first: Sequence[str], second: Sequence[str]) -> int:
    best = 0
    row = [0] * (len(second) + 1)
    for token in first:
        before = 0
        for offset, other in enumerate(second, 1):
            before, row[offset] = row[offset], before + 1 if token == other else 0
            best = max(best, row[offset])
    return best


def _same_figures(short: str, answer: str) -> bool:
    wanted = find_figures(answer)
    if sum(len(normalise(figure.text)) for figure in wanted) * 2 < len(normalise(answer)) or not wanted:
        return False
    if _contradicts(short, answer):
        return False

    # Every clause of the answer has its figures side by side in one clause of what was said.
    said = [found for clause in _CLAUSE.split(short) if (found := find_figures(clause))]
    for clause in _CLAUSE.split(answer):
        needed = find_figures(clause)
        if needed and not any(_run_of(needed, found) for found in said):
            return False

    # And nothing else is counted.
    return not _extra([figure for found in said for figure in found], wanted)


def _run_of(needed: Sequence[Quantity], found: Sequence[Quantity]) -> bool:
    if len(needed) == len(found) and _equal(needed, found[::-1]):
        return True
    return any(_equal(needed, found[start : start + len(needed)]) for start in range(len(found) - len(needed) + 1))


def _equal(needed: Sequence[Quantity], found: Sequence[Quantity]) -> bool:
    return all(_alike(a, b) for a, b in zip(needed, found, strict=True))


def _alike(one: Quantity, other: Quantity) -> bool:
    return same(one, other) in ("exact", "converted")


def _extra(found: Sequence[Quantity], wanted: Sequence[Quantity]) -> list[Quantity]:
    """Return the figures of ``found`` that ``wanted`` lacks; a date is no extra where none is wanted."""
    dated = any(figure.kind in _TIMES for figure in wanted)
    return [
        figure
        for figure in found
        if not any(_alike(figure, other) for other in wanted) and (dated or figure.kind not in _TIMES)
    ]


def _holds(short: str, answer: str) -> bool:
    said, wanted = fold(short).strip(), fold(answer).strip()
    start = said.find(wanted)
    if start < 0 or len(normalise(said)) > 3 * len(normalise(wanted)):
        return False
    before, after = said[:start], said[start + len(wanted) :]
    if _joins(before[-1:], wanted[:1]) or _joins(wanted[-1:], after[:1]):
        return False
    if _contradicts(short, answer) or _LISTING.search(before + after):
        return False
    # 超520亿元 holds 520亿元 and says something else; a figure beside it is another claim.
    whole, here = find_figures(answer), Span(start, start + len(wanted))
    return all(
        any(_alike(figure, other) for other in whole) if figure.span.overlaps(here) else figure.kind in _TIMES
        for figure in find_figures(said)
    )


def _joins(left: str, right: str) -> bool:
    """Tell whether two neighbouring characters are of one number or one Latin word."""
    if not left or not right:
        return False
    if _MORE_NUMBER.match(left) and _MORE_NUMBER.match(right):
        return True
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()


def _contradicts(short: str, answer: str) -> bool:
    if bool(_NEGATION.search(short)) != bool(_NEGATION.search(answer)):
        return True
    return bool(
        (_RISE.search(answer) and _FALL.search(short) and not _FALL.search(answer))
        or (_FALL.search(answer) and _RISE.search(short) and not _RISE.search(answer))
    )


def _fault(found: Sequence[Quantity], wanted: Sequence[Quantity]) -> Verdict:
    missed = [figure for figure in wanted if not any(_alike(figure, other) for other in found)]
    if any(_other_unit(figure, other) for figure in missed for other in found):
        return "unit"
    counted = [figure for figure in (*_extra(found, wanted), *missed) if figure.kind not in _TIMES]
    return "value" if counted else "date"


def _other_unit(one: Quantity, other: Quantity) -> bool:
    """Tell whether two figures have the same digits and another unit or magnitude."""
    if one.kind in _TIMES or other.kind in _TIMES or (one.value, one.unit) == (other.value, other.unit):
        return False
    return re.findall(r"[\d.]", fold(one.text)) == re.findall(r"[\d.]", fold(other.text)) != []
