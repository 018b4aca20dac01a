"""A web page -> its article, with trafilatura; tables that lay out the page are taken apart before."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.articles.decoding import decode, normalise
from rag.articles.grids import blocks_of, is_layout
from rag.articles.loaded import Loaded

_PARSED = 1_000_000  # the most "<" of a page that is made into a tree
_TAGS, _BOXES = 12_000, 2_000  # the most tags, and <div> among them, for trafilatura: its time grows with their square
_DEPTH = 256
_ASIDE = {
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "footer",
    "aside",
    "form",
    "svg",
    "head",
    "iframe",
    "button",
}
_BLOCKS = {
    "p",
    "div",
    "li",
    "section",
    "article",
    "table",
    "ul",
    "ol",
    "blockquote",
    "pre",
    "dd",
    "dt",
    "figcaption",
}
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_SITE = re.compile(r"\s*(?:[-_|–—]{1,2}|__)\s*[^-_|–—]{1,16}$")
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


def load_html(path: Path) -> Loaded:
    """Read the article of a web page, its title and its date, with trafilatura.

    Where that finds nothing, or the page is too big for it, all text outside of scripts and navigation is the article.
    Raises ``UndecodableError``.
    """
    data = path.read_bytes()
    html = _html_text(data)
    page = _tree(html)
    if page is not None:
        from trafilatura import bare_extraction

        article: Any = bare_extraction(page, include_comments=False, favor_recall=True, with_metadata=True)
        if article is not None and article.body is not None:
            text = "\n\n".join(_html_blocks(article.body))
            if text.strip():
                return Loaded(normalise(text), _SITE.sub("", article.title or ""), article.date or "")
    text, title = _all_html_text(html)
    return Loaded(normalise(text), _SITE.sub("", title))


def _html_text(data: bytes) -> str:
    named = _CHARSET.search(data[:4096])
    if named and named[1].decode("ascii", "replace").lower() in ("gb2312", "gbk", "gb18030"):
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            pass  # the page names another encoding than it has, which is common: decode as if it named none
    return decode(data)


def _tree(html: str) -> Any:
    """Return a page as a tree whose tables are lines of text, None where it is too big for trafilatura or no page."""
    from trafilatura import load_html as parse

    page = parse(html) if html.count("<") <= _PARSED else None
    if page is None:
        return None
    _settle_tables(page)
    sizes = [element.tag for element in page.iter()]
    return page if len(sizes) <= _TAGS and sizes.count("div") <= _BOXES else None


# ---- tables


def _settle_tables(page: Any) -> None:
    """Make each table that holds data into paragraphs of lines, and those that lay out the page into boxes.

    One of links is left as it is: trafilatura knows navigation.
    """
    tables = list(page.iter("table"))
    outer = {above for table in tables for above in table.iterancestors("table")}
    for table in reversed(tables):  # the inner ones first
        _break_lines(table)
        grid, heads = _grid(table)
        if table in outer or is_layout(grid) or next(table.iter(*_HEADINGS), None) is not None:
            _dissolve(table)
        elif 2 * sum(len(_words(link)) for link in table.iter("a")) <= sum(len(cell) for row in grid for cell in row):
            _replace(table, blocks_of(grid, heads))


def _break_lines(table: Any) -> None:
    """Put a line break into the text where the page shows one, and take out what is not shown."""
    for part in list(table.iter()):
        if not isinstance(part.tag, str) or part.tag in _ASIDE:
            part.drop_tree()
        elif part.tag in _BLOCKS or part.tag == "br":
            part.text = "\n" + (part.text or "") if part.tag != "br" else None
            part.tail = "\n" + (part.tail or "")


def _dissolve(table: Any) -> None:
    """Make the cells of a table boxes, or paragraphs where they hold words only."""
    for part in list(table.iter("tbody", "thead", "tfoot", "tr", "colgroup", "col")):
        part.drop_tag()
    for part in list(table.iter("td", "th", "caption")):
        part.tag = "p" if next(part.iterdescendants(*_BLOCKS, *_HEADINGS), None) is None else "div"
    table.tag = "div"


def _replace(table: Any, blocks: list[str]) -> None:
    """Make a table a box of paragraphs, their lines parted by breaks."""
    tail = table.tail
    table.clear()
    table.tag, table.tail = "div", tail
    for block in blocks:
        first, *lines = block.split("\n")
        paragraph = table.makeelement("p")
        paragraph.text = first
        table.append(paragraph)
        for line in lines:
            broken = table.makeelement("br")
            broken.tail = line
            paragraph.append(broken)


_COLUMNS = 200  # the most that merged cells make: hostile pages have cells over millions of columns
_CELLS = 200_000  # the most cells of a table; a larger one is no grid


def _grid(table: Any) -> tuple[list[list[str]], int]:
    """Return the cells of a table, a merged one in each place that it takes, and how many rows at its top are heads."""
    caption = table.find("caption")
    rows: list[list[str]] = []
    heads = 0
    below: dict[int, tuple[str, int]] = {}  # by column: the words of a cell, and how many rows more it spans
    size = 0
    for line in table.iter("tr"):
        row: list[str] = []
        cells = [cell for cell in line if cell.tag in ("td", "th")]
        for cell in cells:
            _fill(row, below)
            words, across, down = _words(cell), _span(cell, "colspan"), _span(cell, "rowspan")
            for column in range(len(row), max(len(row) + 1, min(len(row) + across, _COLUMNS))):
                if down > 1:
                    below[column] = (words, down - 1)
                row.append(words)
        _fill(row, below)
        size += len(row)
        if size > _CELLS:
            return [], 0
        headed = line.getparent().tag == "thead" or all(cell.tag == "th" for cell in cells)
        heads += bool(cells) and headed and heads == len(rows)
        rows.append(row[:1] if len(cells) == 1 and len(set(row)) == 1 else row)
    width = max(map(len, rows), default=0)
    if caption is not None:
        rows.insert(0, [_words(caption)])
        heads += bool(heads)
    return [row if len(row) == 1 else row + [""] * (width - len(row)) for row in rows], heads


def _fill(row: list[str], below: dict[int, tuple[str, int]]) -> None:
    """Add to ``row`` the cells that reach down into it."""
    while len(row) in below:
        words, more = below.pop(len(row))
        if more > 1:
            below[len(row)] = (words, more - 1)
        row.append(words)


def _span(cell: Any, name: str) -> int:
    value = re.match(r"\d{1,9}", cell.get(name, "1").strip())
    return max(int(value[0]), 1) if value else 1


_BETWEEN_HAN = re.compile(r"(?<=[㐀-鿿）)])\s*\n\s*(?=[㐀-鿿（(])")


def _words(element: Any) -> str:
    """Return the text of an element on one line; where a line of Chinese was broken there is no blank."""
    return " ".join(_BETWEEN_HAN.sub("", "".join(element.itertext())).split())


# ---- trafilatura's tree


def _html_blocks(element: Any) -> Iterator[str]:
    """Yield the blocks below an element of trafilatura's tree."""
    for child in element:
        if child.tag == "head":
            level = (child.get("rend") or "h2")[1:2]
            yield "#" * int(level if level.isdigit() else 2) + " " + _inline(child)
        elif child.tag == "list":
            items = [_inline(item) for item in child.iter("item")]
            yield "\n".join(f"- {item}" for item in items if item)
        elif child.tag == "table":  # of links, and all the same taken for part of the article
            yield "\n".join(" ".join(_inline(cell) for cell in row.iter("cell")) for row in child.iter("row"))
        elif child.tag in ("quote", "div") and len(child):
            yield from _html_blocks(child)
        else:
            yield "\n".join(filter(None, (" ".join(line.split()) for line in _inline(child).split("\n"))))


def _inline(element: Any) -> str:
    """Return the text of ``element``; a line break stays one outside of lists and tables."""
    parts = [element.text or ""]
    for child in element:
        parts.append("\n" if child.tag == "lb" else _inline(child))
        parts.append(child.tail or "")
    text = "".join(parts)
    return text.strip() if element.tag == "p" else " ".join(text.split())


def _all_html_text(html: str) -> tuple[str, str]:
    """Return the text of a page outside of scripts and navigation, and its title, in time linear in its length."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__(convert_charrefs=True)
            self.parts: list[str] = []
            self.title = ""
            self.aside: list[str] = []
            self.in_title = False

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.in_title = tag == "title" and not self.title
            if tag in _ASIDE and tag != "head" and len(self.aside) < _DEPTH:
                self.aside.append(tag)
            elif tag in _HEADINGS:
                self.parts.append("\n\n" + _HEADINGS[tag])
            elif tag in _BLOCKS:
                self.parts.append("\n\n")
            elif tag in ("br", "hr", "tr"):
                self.parts.append("\n")
            elif tag in ("td", "th"):
                self.parts.append("\t")

        def handle_endtag(self, tag: str) -> None:
            self.in_title = False
            if tag in self.aside:
                # What was opened inside and never closed ends with it.
                del self.aside[len(self.aside) - 1 - self.aside[::-1].index(tag) :]
            elif tag in _HEADINGS or tag in _BLOCKS:
                self.parts.append("\n\n")

        def handle_data(self, data: str) -> None:
            if self.in_title:
                self.title += data
            elif not self.aside:
                self.parts.append(re.sub(r"\s+", " ", data))

    reader = Reader()
    reader.feed(html)
    reader.close()
    lines = (line.strip() for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n"), reader.title.strip()
