"""Which figure of a quote stands where a figure of a sentence stands: told by the words around both.

That is what catches two figures of one sentence that changed places, though each of them is in the quote.
"""

from collections.abc import Sequence

from rag._figures import Quantity, same
from rag._text import fold

# Words further away say nothing about a figure; in tokens, a figure being one.
_REACH = 60
# A date that agrees says more about what a figure belongs to than a character does.
_DATE_WEIGHT = 8

Token = str | Quantity


class Context:
    """A text as tokens, its characters and its figures, so that two can be compared around a figure."""

    def __init__(self, text: str, figures: Sequence[Quantity]) -> None:
        """``figures`` are those that ``find_figures`` reads in ``text``."""
        self.tokens: list[Token] = []
        self.place: list[int] = []  # token index of each figure
        folded, at = fold(text), 0
        for figure in figures:
            self._add(folded[at : figure.span.start])
            self.place.append(len(self.tokens))
            self.tokens.append(figure)
            at = figure.span.end
        self._add(folded[at:])

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


def _agree(mine: Token, theirs: Token) -> int:
    if isinstance(mine, str) or isinstance(theirs, str):
        return int(mine == theirs)
    if mine.start is None and theirs.start is None:
        return 1  # the figures may have changed places: only that both are figures counts
    return _DATE_WEIGHT if same(mine, theirs) else 0
