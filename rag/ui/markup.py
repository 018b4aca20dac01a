"""Pieces of HTML that several parts of the page draw alike. What they are given is HTML, escaped by the caller."""

from collections.abc import Collection, Sequence


def table_html(
    columns: Sequence[str], rows: Sequence[str], kind: str, caption: str = "", right: Collection[int] = ()
) -> str:
    """Return a table of ``rows``, each a <tr>, in a box that scrolls sideways; ``right`` are columns of figures."""
    head = "".join(
        f'<th scope="col"{" class=right" if number in right else ""}>{column}</th>'
        for number, column in enumerate(columns)
    )
    caption = f"<caption>{caption}</caption>" if caption else ""
    return (
        f'<div class="scroll"><table class="{kind}">{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def row_html(columns: Sequence[str], cells: Sequence[str], right: Collection[int] = ()) -> str:
    """Return a <tr>, each cell bearing its column's name: on a phone the cells stand one below the other."""
    return (
        "<tr>"
        + "".join(
            f'<td data-column="{column}"{" class=right" if number in right else ""}>{cell}</td>'
            for number, (column, cell) in enumerate(zip(columns, cells, strict=True))
        )
        + "</tr>"
    )


def progress_bar_html(text: str, done: float, total: float) -> str:
    """Return how far something is, in words and as a bar."""
    return (
        f'<div class="progress" role="status"><span>{text}</span>'
        f'<progress value="{done:g}" max="{total:g}"></progress></div>'
    )
