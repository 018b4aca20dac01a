"""One file, one article: what each format gives. Headings become lines marked with ``#``, table rows lines of cells."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.articles.decoding import decode, normalise

if TYPE_CHECKING:
    from docx.table import Table


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file holds: its text, and the title and date that stand outside of it, where the format has such."""

    text: str
    title: str = ""
    date: str = ""
    pages: tuple[int, ...] = ()


class UnreadableError(ValueError):
    """The file is not what its suffix says, or is closed to us; the message is for the user."""


def load_text(path: Path) -> Loaded:
    """Read plain text or Markdown. Raises ``UndecodableError``."""
    return Loaded(normalise(decode(path.read_bytes())))


# ---- html

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
    "tr",
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
    small = html.count("<") <= 2 * _TAGS and html.lower().count("<div") <= _BOXES
    if small:
        from trafilatura import bare_extraction

        page: Any = bare_extraction(
            html, include_tables=True, include_comments=False, favor_recall=True, with_metadata=True
        )
        if page is not None and page.body is not None:
            text = "\n\n".join(_html_blocks(page.body))
            if text.strip():
                return Loaded(normalise(text), _SITE.sub("", page.title or ""), page.date or "")
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


def _html_blocks(element: Any) -> Iterator[str]:
    """Yield the blocks below an element of trafilatura's tree."""
    for child in element:
        if child.tag == "head":
            level = (child.get("rend") or "h2")[1:2]
            yield "#" * int(level if level.isdigit() else 2) + " " + _inline(child)
        elif child.tag == "list":
            items = [_inline(item) for item in child.iter("item")]
            yield "\n".join(f"- {item}" for item in items if item)
        elif child.tag == "table":
            rows = ([_inline(cell) for cell in row.iter("cell")] for row in child.iter("row"))
            yield "\n".join(_row(row) for row in rows if any(row))
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
            elif tag in ("br", "hr"):
                self.parts.append("\n")
            elif tag in ("td", "th"):
                self.parts.append("\t")

        def handle_endtag(self, tag: str) -> None:
            self.in_title = False
            if tag in self.aside:
                while self.aside.pop() != tag:
                    pass
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


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


# ---- pdf


def load_pdf(path: Path) -> Loaded:
    """Read the text of a PDF, page by page.

    Raises ``UnreadableError`` for one that is damaged, locked, or holds pictures only.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(path)
    except PdfiumError as error:
        if "assword" in str(error):
            raise UnreadableError(
                "PDF 有密码；请去掉密码另存后再加入 (password-protected: save a copy without)"
            ) from None
        raise UnreadableError(f"不是完整的 PDF（{error}）；请重新下载或导出 (damaged or not a PDF)") from None
    parts: list[str] = []
    pages: list[int] = []
    offset = 0
    try:
        for page in document:
            textpage = page.get_textpage()
            # U+FFFE stands for a hyphen at a line end that is not part of the word.
            part = normalise(textpage.get_text_range(errors="replace")).replace("\ufffe", "").rstrip() + "\n\n"
            textpage.close()
            page.close()
            pages.append(offset)
            parts.append(part)
            offset += len(part)
    except PdfiumError as error:
        raise UnreadableError(
            f"PDF 第 {len(pages) + 1} 页读不出（{error}）；请重新导出 (page cannot be read)"
        ) from None
    finally:
        document.close()
    text = "".join(parts)
    if not text.strip():
        raise UnreadableError(
            f"PDF 的 {len(pages)} 页都没有文字，可能是扫描件；请先做文字识别 (OCR) 再加入 (no text: scanned?)"
        )
    return Loaded(text, pages=tuple(pages))


# ---- docx

_UNPACKED = 500_000_000  # bytes; a larger one is no document


def load_docx(path: Path) -> Loaded:
    """Read paragraphs and tables of a Word file in their order. Raises ``UnreadableError``."""
    import zipfile

    from docx import Document
    from docx.table import Table

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
    parts: list[str] = []
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            parts.append("\n".join(_docx_rows(item)))
        else:
            style = (item.style.name if item.style is not None else "") or ""
            level = re.fullmatch(r"(?:Heading|标题) (\d)", style)
            mark = "# " if style == "Title" else "#" * min(6, int(level[1])) + " " if level else ""
            mark = "- " if style.startswith("List") else mark
            words = item.text.strip()
            parts.append(mark + words if words else "")
    return Loaded(normalise("\n\n".join(filter(None, parts))))


def _docx_rows(table: "Table") -> Iterator[str]:
    for row in table.rows:
        cells: list[str] = []
        seen: set[int] = set()
        for cell in row.cells:
            # A merged cell is listed once for each column that it spans.
            if id(cell._tc) not in seen:
                seen.add(id(cell._tc))
                cells.append(" ".join(cell.text.split()))
        yield _row(cells)


LOADERS: dict[str, Callable[[Path], Loaded]] = {
    ".txt": load_text,
    ".md": load_text,
    ".html": load_html,
    ".htm": load_html,
    ".pdf": load_pdf,
    ".docx": load_docx,
}
