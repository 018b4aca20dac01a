"""Running heads and page numbers: what stands at the edge of page after page of a file that has pages."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

_EDGE = 2  # lines at the top and at the foot of a page
_REPEATED = 3  # pages on which a line must stand, digits aside, to be a running head
_LINE = re.compile(r"\S[^\n]*")
_DIGITS = re.compile(r"\d+")


def page_furniture(text: str, pages: Sequence[int]) -> frozenset[int]:
    """Return where in ``text`` the lines begin that belong to the pages, which start at ``pages``."""
    edges: list[tuple[str, int]] = []
    for start, end in pairwise([*pages, len(text)]):
        lines = list(_LINE.finditer(text, start, end))
        # Of a page of few lines each is at an edge once.
        chosen = {line.start(): line[0].strip() for line in (*lines[:_EDGE], *lines[-_EDGE:])}
        edges += [(_DIGITS.sub("0", line), place) for place, line in chosen.items()]
    counts = Counter(line for line, _ in edges)
    return frozenset(place for line, place in edges if counts[line] >= _REPEATED or line == "0")
