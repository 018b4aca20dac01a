"""Text -> paragraphs: lines, the marks before them, and lines that were wrapped at a fixed width."""

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rag._text import Span
from rag.articles.furniture import is_furniture, tail
from rag.articles.seams import continues

_LINE = re.compile(r"[^\n]+")
_MARK = re.compile(r"#{1,6}(?=\s*[^\s#])")
_ITEM = re.compile(
    r"[-*+•●■◆▪◇○]\s|[-*+•●■◆▪◇○](?=[㐀-鿿])|[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）、．]|\d{1,2}\.(?!\d)|[①-⑳]|>\s"
)
_TABLE = re.compile(r"\t|\|.*\||^\|")
_FINISHED = re.compile(r"[。！？!?…][”’」』）)】》\"'\]]*$")
_CLOSED = re.compile(r"[。！？!?…；;：:.~～][”’」』）)】》\"'\]]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text, or the part of one that has a role of its own; ``span`` has no blanks at its ends."""

    text: str
    span: Span
    indented: bool  # two or more blanks before it
    apart: bool  # an empty line, or the start of the text, before it
    furniture: bool = False
    heading: bool = False  # marked as one


@dataclass(slots=True)
class Paragraph:
    """One or more lines that were one, before a page or a column broke them."""

    lines: list[Line]

    @property
    def first(self) -> str:
        """The text of the first line."""
        return self.lines[0].text

    @property
    def last(self) -> str:
        """The text of the last line."""
        return self.lines[-1].text

    @property
    def size(self) -> int:
        """How many characters it has."""
        return sum(len(line.text) for line in self.lines)

    @property
    def plain(self) -> bool:
        """Whether it is text of the article that no mark gives a role."""
        line = self.lines[0]
        return not (line.furniture or line.heading)


def is_item(line: str) -> bool:
    """Tell whether ``line`` begins as an item of a list."""
    return bool(_ITEM.match(line))


def is_row(line: str) -> bool:
    """Tell whether ``line`` is a row of a table."""
    return bool(_TABLE.search(line))


def is_closed(line: str) -> bool:
    """Tell whether ``line`` ends as a sentence does, or announces what follows."""
    return bool(_CLOSED.search(line[-6:]))


def is_finished(line: str) -> bool:
    """Tell whether ``line`` ends as a sentence does."""
    return bool(_FINISHED.search(line[-6:]))


def split_lines(text: str, furniture: Collection[int] = ()) -> Iterator[Line]:
    """Yield the lines of ``text`` that are not blank; a heading's mark and a glued credit are lines of their own.

    ``furniture`` says where lines begin that are known to be none of the article.
    """
    apart, end = True, 0
    for match in _LINE.finditer(text):
        raw = match[0]
        line = raw.strip()
        if not line:
            continue
        start = match.start() + len(raw) - len(raw.lstrip())
        apart = apart or text.count("\n", end, match.start()) > 1
        end = match.end()
        indented = start - match.start() >= 2 or raw.startswith("　")
        mark = _MARK.match(line)
        if mark:
            yield Line(mark[0], Span(start, start + mark.end()), indented, apart, furniture=True)
            words = line[mark.end() :].lstrip()
            start += len(line) - len(words)
            yield Line(words, Span(start, start + len(words)), False, apart, is_furniture(words), heading=True)
        elif start in furniture or is_furniture(line):
            yield Line(line, Span(start, start + len(line)), indented, apart, furniture=True)
        else:
            cut = tail(line)
            body = line[:cut].rstrip()
            yield Line(body, Span(start, start + len(body)), indented, apart)
            if cut < len(line):
                yield Line(line[cut:], Span(start + cut, start + len(line)), False, False, furniture=True)
        apart = False


def _width(line: str) -> int:
    """Return the columns that ``line`` takes in a fixed-width font."""
    if line.isascii():
        return len(line)
    return len(line) + sum(unicodedata.east_asian_width(char) in "WF" for char in line)


def _goes_on(line: Line, after: Line) -> bool:
    """Tell whether ``after`` may be the next line of the paragraph of ``line``, by its outside."""
    return (
        not (after.apart or after.indented or line.furniture or after.furniture or line.heading or after.heading)
        and not is_item(after.text)
        and not is_row(after.text)
        and not is_row(line.text)
    )


def _is_full(line: Line, after: Line, width: int) -> bool:
    """Tell whether the first word of ``after`` would not have fitted on ``line``, a little slack allowed."""
    word = after.text.split(" ", 1)[0]
    need = len(word) + 1 if word.isascii() else 4
    return _width(line.text) + max(4, need) > width


def _wrap_width(lines: list[Line]) -> int:
    """Return the width at which a text was wrapped, in columns; 0 where each line is a paragraph.

    Wrapped lines are nearly equally long, break off anywhere, and the next one goes on in the middle of a sentence.
    """
    pairs = [
        (line, after) for line, after in itertools.pairwise(lines) if _goes_on(line, after) and not is_closed(line.text)
    ]
    if len(pairs) < 2:
        return 0
    widths = sorted(_width(line.text) for line, _ in pairs)
    width = widths[len(widths) * 9 // 10]
    if not 14 <= width <= 160:
        return 0
    full = [pair for pair in pairs if _is_full(*pair, width)]
    if len(full) < max(2, len(pairs) // 2):
        return 0
    # Lines of a poem or a list may be equally long; they are sentences or phrases, and the statistics see it.
    sample = full[:40]
    likely = sum(_continues(line, after) for line, after in sample) / len(sample)
    return width if likely > -1.0 else 0


def _continues(line: Line, after: Line) -> float:
    if line.text[-1].isascii() and after.text[0].isascii():
        return 1.0 if after.text[0].islower() or line.text[-1] in ",-" else -1.0
    return max(-4.0, min(4.0, continues(line.text, after.text)))


def paragraphs(text: str, furniture: Collection[int] = ()) -> list[Paragraph]:
    """Return the paragraphs of ``text`` in its order, wrapped lines put together; ``furniture`` as above."""
    lines = list(split_lines(text, furniture))
    width = _wrap_width(lines)
    indents = sum(line.indented for line in lines) > 1
    found: list[Paragraph] = []
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else None
        if (
            width
            and before
            and _goes_on(before, line)
            and _is_full(before, line, width)
            and (indents or not is_finished(before.text))
        ):
            found[-1].lines.append(line)
        else:
            found.append(Paragraph([line]))
    return found
