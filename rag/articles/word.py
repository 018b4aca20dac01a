"""A Word file -> its paragraphs and tables in their order."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.articles.decoding import normalise
from rag.articles.grids import blocks_of, is_layout
from rag.articles.loaded import Loaded, UnreadableError

if TYPE_CHECKING:
    from docx.table import Table, _Cell

_UNPACKED = 500_000_000  # bytes; a larger one is no document


def load_docx(path: Path) -> Loaded:
    """Read paragraphs and tables of a Word file in their order. Raises ``UnreadableError``."""
    import zipfile

    from docx import Document

    wrong = "不是 .docx 文件（.doc 或加密的文件不能读）；请用 Word 另存为未加密的 .docx (not a docx, or encrypted)"
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED:
                raise UnreadableError("docx 解压后超过 500 MB；请拆分 (unpacks to over 500 MB)")
        document = Document(str(path))
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError(wrong) from None
    return Loaded(normalise("\n\n".join(_blocks(document))))


def _blocks(container: Any) -> Iterator[str]:
    """Yield the paragraphs and tables of a document, or of a cell of a table that lays out the page."""
    from docx.table import Table

    for item in container.iter_inner_content():
        if isinstance(item, Table):
            yield from _table(item)
            continue
        style = (item.style.name if item.style is not None else "") or ""
        level = re.fullmatch(r"(?:Heading|标题) (\d)", style)
        mark = "# " if style == "Title" else "#" * min(6, int(level[1])) + " " if level else ""
        mark = "- " if style.startswith("List") else mark
        words = item.text.strip()
        if words:
            yield mark + words


def _table(table: "Table") -> Iterator[str]:
    cells: dict[Any, tuple[_Cell, str]] = {}  # a merged cell is listed once for each place that it takes
    grid: list[list[str]] = []
    heads = 0
    for row in table.rows:
        own = [cells.setdefault(cell._tc, (cell, " ".join(cell.text.split()))) for cell in row.cells]
        heads += row._tr.trPr is not None and bool(row._tr.trPr.xpath("w:tblHeader")) and heads == len(grid)
        grid.append([words for _, words in (own[:1] if len({cell._tc for cell, _ in own}) == 1 else own)])
    if is_layout(grid) or any(cell.tables for cell, _ in cells.values()):
        for cell, _ in cells.values():
            yield from _blocks(cell)
    else:
        yield from blocks_of(grid, heads)
