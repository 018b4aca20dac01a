"""Which figure of a quote stands where a figure of a sentence stands: told by the words around both.

That is what catches a figure that is in the quote, but is said there of another thing or another year.
"""

import re
from collections.abc import Sequence

from rag._figures import Quantity, same
from rag._text import Span, fold, weight, words

# Words further away say nothing about a figure; in tokens, a figure being one.
_REACH = 60
# A date that agrees says more about what a figure belongs to than a character does.
_DATE_WEIGHT = 8

# Words of a clause that weigh this much together (inverse document frequencies, natural log) tell two clauses apart.
_TELLING = 6.0
_BREAK, _END = re.compile(r"[，。；！？,;!?\n：:]"), re.compile(r"[。！？!?\n]")

Token = str | Quantity


class Context:
    """A text as tokens, its characters and its figures, so that two can be compared around a figure."""

    def __init__(self, text: str, figures: Sequence[Quantity]) -> None:
        """``figures`` are those that ``find_figures`` reads in ``text``."""
        self.text = fold(text)
        self.figures = figures
        self.tokens: list[Token] = []
        self.place: list[int] = []  # token index of each figure
        at = 0
        for figure in figures:
            self._add(self.text[at : figure.span.start])
            self.place.append(len(self.tokens))
            self.tokens.append(figure)
            at = figure.span.end
        self._add(self.text[at:])

    def _add(self, text: str) -> None:
        self.tokens.extend(char for char in text if not char.isspace())

    def likeness(self, figure: int, other: "Context", other_figure: int) -> int:
        """Return how many tokens agree to the left and to the right of two figures, without a break."""
        return self._run(self.place[figure], other, other.place[other_figure], -1) + self._run(
            self.place[figure], other, other.place[other_figure], 1
        )

    def _run(self, mine: int, other: "Context", theirs: int, step: int) -> int:
        agreed = 0
        for offset in range(step, step * (_REACH + 1), step):
            here, there = mine + offset, theirs + offset
            if not (0 <= here < len(self.tokens) and 0 <= there < len(other.tokens)):
                break
            gain = _agree(self.tokens[here], other.tokens[there])
            if not gain:
                break
            agreed += gain
        return agreed

    def clause(self, figure: int, whole: bool = False) -> frozenset[str]:
        """Return the words of the clause around a figure, its dates by their ISO form, its ordinals (5号线); no others.

        A clause that says next to nothing (达到100亿元) goes on with the subject and the time of those before it; where
        ``whole`` is set, every clause goes on to the start of its sentence.
        """
        span = self.figures[figure].span
        found: frozenset[str] = frozenset()
        start = end = span.end
        following = _BREAK.search(self.text, end)
        end = following.start() if following else len(self.text)
        while (whole or sum(map(weight, found)) < _TELLING) and start > 0 and not _END.match(self.text, start - 1):
            start = max((match.end() for match in _BREAK.finditer(self.text, 0, start - 1)), default=0)
            found |= self._words(Span(start, end))
            end = start
        return found

    def _words(self, clause: Span) -> frozenset[str]:
        pieces, named, at = [], [], clause.start
        for figure in self.figures:
            if figure.span.overlaps(clause):
                pieces.append(self.text[at : figure.span.start])
                at = figure.span.end
                named.append(f"{figure.value}{figure.unit}" if figure.kind == "ordinal" else figure.iso)
        pieces.append(self.text[at : clause.end])
        return frozenset(words(" ".join(pieces))) | frozenset(filter(None, named))


def speaks_of(clause: frozenset[str], carrier: frozenset[str], other: frozenset[str]) -> bool:
    """Whether a clause has words of ``other``'s that ``carrier`` lacks, and none that only ``carrier`` has."""
    shared = (clause & other) - carrier
    return not ((clause & carrier) - other) and sum(map(weight, shared)) >= _TELLING


def _agree(mine: Token, theirs: Token) -> int:
    if isinstance(mine, str) or isinstance(theirs, str):
        return int(mine == theirs)
    if mine.start is None and theirs.start is None:
        if "ordinal" in (mine.kind, theirs.kind):
            return int(same(mine, theirs) is not None)  # 5号线 is a name, and 4号线 another
        return 1  # the figures may have changed places: only that both are figures counts
    return _DATE_WEIGHT if same(mine, theirs) else 0
