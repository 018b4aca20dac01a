"""One file, one article: what each format gives. Headings become lines marked with ``#``, table rows lines of cells."""

from collections.abc import Callable
from pathlib import Path

from rag.articles.decoding import decode, normalise
from rag.articles.loaded import Loaded, UnreadableError
from rag.articles.web import load_html
from rag.articles.word import load_docx


def load_text(path: Path) -> Loaded:
    """Read plain text or Markdown. Raises ``UndecodableError``."""
    return Loaded(normalise(decode(path.read_bytes())))


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


LOADERS: dict[str, Callable[[Path], Loaded]] = {
    ".txt": load_text,
    ".md": load_text,
    ".html": load_html,
    ".htm": load_html,
    ".pdf": load_pdf,
    ".docx": load_docx,
}
