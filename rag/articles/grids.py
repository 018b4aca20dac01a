"""A table as its file holds it -> lines of text: ``| cell | cell |``, a merged cell in each row that it spans."""

from collections.abc import Sequence

Grid = Sequence[Sequence[str]]
"""Rows of cells without line breaks; one that spans all columns is the only cell of its row."""

_PROSE = 200  # characters: a cell that holds so many, and more than half of all, is a page laid out with a table


def is_layout(grid: Grid) -> bool:
    """Tell whether a table only places parts of a page: it has one column, or one cell with most of the words."""
    sizes = [sum(map(len, row)) for row in grid]
    longest = max((len(cell) for row in grid for cell in row), default=0)
    return max(map(len, grid), default=0) < 2 or (longest > _PROSE and 2 * longest > sum(sizes))


def blocks_of(grid: Grid, heads: int) -> list[str]:
    """Return a table as blocks of lines: its title, its rows, notes below it.

    ``heads`` rows, known to be heads of columns, are parted from the others by ``| --- |``, as in Markdown.
    """
    rows = [[*row] for row in grid]
    before, after = 0, len(rows)
    while before < after and len(rows[before]) == 1:
        before += 1
    while after > before and len(rows[after - 1]) == 1:
        after -= 1
    lines = ["| " + " | ".join(row) + " |" for row in rows[before:after] if any(row)]
    heads -= before
    if 0 < heads < len(lines):
        lines.insert(heads, "|" + " --- |" * len(rows[before]))
    blocks = [row[0] for row in rows[:before]] + ["\n".join(lines)] + [row[0] for row in rows[after:]]
    return [block for block in blocks if block]
