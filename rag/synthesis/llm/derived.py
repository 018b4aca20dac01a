"""What a model derived itself, a result or a comparison, -> the sentence with the calculation that code works out.

A sentence that no source carries may follow from others that are carried: 相差44亿元 from 218亿元 and 174亿元, or
5号线更长 from two lengths. The operands are checked like any figure, and a wrong result gives way to the right one.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from rag._figures import Quantity, find_figures
from rag._text import fold, words
from rag.synthesis.llm.arithmetic import CalculationError, calculate

_SUM = re.compile(r"合计|总计|共计|总共|一共|累计|之和|加起来|\b(?:altogether|combined|in total|sum)\b", re.I)
_AVERAGE = re.compile(r"平均|均为|\baverage", re.I)
_SHARE = re.compile(r"占|比例|比重|\bshare\b|\bper ?cent of\b|% of", re.I)
_GROWTH = re.compile(r"增长|增幅|增速|提高|上升|\b(?:grew|growth|rose|increase)", re.I)
_FALL = re.compile(r"下降|降幅|减少|\b(?:fell|drop|declin|decrease)", re.I)
_DIFFERENCE = re.compile(
    r"相差|差距|差额|之差|高出|多出|超出|[多少高低长短大小][了出]?(?=约?\d)|增加|减少|\b(?:difference|differ|more|less)\b",
    re.I,
)
# Which of two things has more: the direction of what follows 更 or 比…, or of a word that says it by itself.
_MORE = re.compile(r"(?:更|比[^，。；]{1,30}?要?)(?P<more>[多高长大重贵快远])|高于|多于|大于|长于|超过|领先于?", re.I)
_LESS = re.compile(r"(?:更|比[^，。；]{1,30}?要?)(?P<less>[少低短小轻慢近])|低于|少于|小于|短于|不及", re.I)
_CLOSING = re.compile(r"[。！!.]?\s*$")
_CLAUSE = re.compile(r"[^，。；！？,;\n]+")

Derived = tuple[str, tuple[str, ...]]  # a sentence, and the calculations in it


def derivations(sentence: str, before: str) -> Iterator[Derived]:
    """Yield ``sentence`` with a result worked out from figures of its own or of the sentences ``before``.

    Whether its operands stand in the sources, in their place, is for the check to say.
    """
    own = _amounts(sentence)
    for result in reversed(own):
        earlier = [figure for figure in own if figure.span.end <= result.span.start]
        for operands in (earlier, [*_amounts(before), *earlier]):
            for expression in _expressions(sentence[: result.span.end + 12], result, operands):
                try:
                    calculation = calculate(expression)
                except CalculationError:
                    continue
                text = sentence[: result.span.start] + calculation + sentence[result.span.end :]
                yield text, (calculation,)
    if not own:
        yield from _comparisons(sentence, before)


def conclusion(sentence: str) -> tuple[str, str]:
    """Cut off the last clause where it compares without a figure: ("", sentence) where it is the only one.

    Returns (sentence, "") where it does not.
    """
    at = max(match.end() for match in re.finditer(r"^|[，；,;]", sentence))
    last = sentence[at:]
    if not _compares(last) or _amounts(last):
        return sentence, ""
    if at and not _compares(sentence[:at]) and _amounts(sentence[:at]):
        return sentence[: at - 1] + ("。" if "，" in sentence or "；" in sentence else "."), last
    return "", sentence


def compares_too(claim: str, texts: Sequence[str]) -> bool:
    """Whether one of the texts compares in the direction in which ``claim`` does."""
    return any(bool(_MORE.search(claim)) == bool(_MORE.search(text)) and _compares(text) for text in texts)


def _compares(text: str) -> bool:
    return bool(_MORE.search(text) or _LESS.search(text))


def _expressions(said: str, result: Quantity, operands: Sequence[Quantity]) -> Iterator[str]:
    """Yield what may give ``result``: where only one calculation is possible, also one that gives another result."""
    alike = _distinct(figure for figure in operands if figure.unit == result.unit)
    if len(alike) > 1:
        total = " + ".join(figure.text for figure in alike)
        if _AVERAGE.search(said):
            yield f"({total}) / {len(alike)}"
        elif _SUM.search(said):
            yield total
        elif _DIFFERENCE.search(said):
            yield from _chosen([f"{one.text} - {other.text}" for one, other in _ordered(alike)], result)
    if result.unit in ("%", "倍"):
        pairs = [pair for pair in _ordered(_distinct(operands)) if pair[0].unit not in ("%", "倍", "百分点")]
        if result.unit == "倍":
            yield from _chosen([f"{one.text} / {other.text}" for one, other in pairs], result)
        elif _SHARE.search(said):
            yield from _chosen([f"{other.text} / {one.text}" for one, other in pairs], result)
        elif _GROWTH.search(said):
            yield from _chosen([f"({one.text} - {other.text}) / {other.text}" for one, other in pairs], result)
        elif _FALL.search(said):
            yield from _chosen([f"({one.text} - {other.text}) / {one.text}" for one, other in pairs], result)


def _chosen(expressions: Sequence[str], result: Quantity) -> Iterator[str]:
    """Yield those that give ``result``, or the only one there is."""
    for expression in expressions:
        if len(expressions) == 1 or _gives(expression, result):
            yield expression


def _gives(expression: str, result: Quantity) -> bool:
    try:
        given = find_figures(calculate(expression).rpartition("=")[2])
    except CalculationError:
        return False
    return any(
        figure.unit == result.unit
        and figure.value is not None
        and result.value is not None
        and abs(figure.value - result.value) <= max(figure.place, result.place)
        for figure in given
    )


def _comparisons(sentence: str, before: str) -> Iterator[Derived]:
    """Yield a sentence like 5号线更长 with the difference that shows it, where there is one and it shows it."""
    more, less = _MORE.search(sentence), _LESS.search(sentence)
    compared = more or less
    if compared is None or (more and less):
        return
    # What is said to have more stands before 比, or before the word itself.
    named = _named(sentence[: compared.start()])
    amounts = _amounts(before)
    for one, other in reversed(list(combinations(amounts, 2))):
        if one.unit != other.unit or one.value is None or other.value is None or one.value == other.value:
            continue
        of_one, of_other = _named(_clause(before, one)), _named(_clause(before, other))
        first, second = len(named & (of_one - of_other)), len(named & (of_other - of_one))
        if bool(first) == bool(second):
            continue  # it names neither, or both
        mine, theirs = (one, other) if first else (other, one)
        assert mine.value is not None
        assert theirs.value is not None
        if (mine.value > theirs.value) != bool(more):
            continue
        larger, smaller = (mine, theirs) if more else (theirs, mine)
        try:
            calculation = calculate(f"{larger.text} - {smaller.text}")
        except CalculationError:
            continue
        at = _CLOSING.search(sentence)
        end = at.start() if at else len(sentence)
        yield f"{sentence[:end]}（{calculation}）{sentence[end:]}", (calculation,)
        return


def _amounts(text: str) -> list[Quantity]:
    kinds = ("date", "period", "time", "ordinal")
    return [
        figure
        for figure in find_figures(text)
        if figure.kind not in kinds and figure.unit and figure.value is not None and figure.high is None
    ]


def _distinct(figures: "Iterator[Quantity] | Sequence[Quantity]") -> list[Quantity]:
    return list({(figure.value, figure.unit): figure for figure in figures}.values())


def _ordered(figures: Sequence[Quantity]) -> list[tuple[Quantity, Quantity]]:
    """Return all pairs of one unit, the larger first."""
    pairs = [pair for pair in combinations(figures, 2) if pair[0].unit == pair[1].unit]
    return [(one, other) if (one.value or 0) >= (other.value or 0) else (other, one) for one, other in pairs]


def _clause(text: str, figure: Quantity) -> str:
    """Return the clause that a figure stands in."""
    return next(
        (one[0] for one in _CLAUSE.finditer(text) if one.start() <= figure.span.start < one.end()),
        figure.text,
    )


def _named(text: str) -> set[str]:
    """Return the words and ordinals (5号线) of a text."""
    ordinals = {f"{figure.value}{figure.unit}" for figure in find_figures(text) if figure.kind == "ordinal"}
    return ordinals | {word for word in words(fold(text)) if not re.search(r"\d", word)}
