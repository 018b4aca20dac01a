"""Text -> blocks: what is to be read, in reading order, and what role each part has.

Cleaning selects and orders, it never rewrites: each character that is not blank is in one block, furniture
included, so that every citation can be found in the text as it was. The heads of a table stand once more in each row.
"""

import re
from collections.abc import Sequence
from itertools import groupby

from rag._text import Span
from rag.articles.article import Block, Role
from rag.articles.furniture import ends_article
from rag.articles.joins import find_joins, is_short
from rag.articles.lines import Paragraph, is_closed, is_item, is_row, paragraphs
from rag.articles.pages import page_furniture
from rag.articles.tables import is_note, read_rows

_HEADING = 48  # characters: no heading is longer
_LIST = 5  # so many short lines in a row are a list or a poem, not headings
_FINISHED = re.compile(r"[。！？…][”’」』）)】》\"']*$")
# When a law was made or came into force, under its title.
_ENACTED = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日.*(?:[发公颁]布|通过|施行|修[订正]).{0,4}")
_CAPTION = re.compile(
    r"(?:[▲△▼]|[（(]?(?:[左右上下]?图[为：:\d一二三四五①-⑨]|图片[为：:说]|[左右上下]图|资料图)).*|.*(?:[\s（(/／]\S{0,6}摄|供图|/图|制图)[）)]?"
)
_IMAGE = re.compile(
    r".*\.(?:jpe?g|png|gif|bmp|webp)|!\[.*|[（(【\[]?(?:相关)?(?:资料|配|视频截|示意)?图片?[）)】\]]?", re.IGNORECASE
)


def lay_out(text: str, pages: Sequence[int] = ()) -> tuple[Block, ...]:
    """Return the blocks of ``text``, whose pages, if it has any, start at ``pages``, in reading order.

    Spans have no blanks at their ends, except that one which breaks off between two words of a script with
    spaces keeps the blank between them.
    """
    parts = paragraphs(text, page_furniture(text, pages))
    joins = find_joins(parts) if len(parts) > 1 else {}
    roles = _roles(parts, joins)
    rests = set(joins.values())
    rows = read_rows(text, parts)
    blocks: list[Block] = []
    for number in range(len(parts)):
        if number in rests:
            continue
        if number in rows:
            blocks += (Block(roles[number], row) for row in rows[number])
            continue
        spans: list[Span] = []
        piece: int | None = number
        while piece is not None:
            for line in parts[piece].lines:
                if spans:
                    spans[-1] = _with_blank(text, spans[-1], line.span)
                spans.append(line.span)
            piece = joins.get(piece)
        blocks.append(Block(roles[number], tuple(spans)))
    return tuple(blocks)


def _with_blank(text: str, span: Span, following: Span) -> Span:
    """Return ``span`` with the blank after it where, without, two words would become one."""
    if text[span.end].isspace() and text[span.end - 1].isascii() and text[following.start].isascii():
        if text[span.end - 1].isalpha() and (text[following.start].isalnum() or text[following.start] in "(\"'"):
            return Span(span.start, span.end + 1)
        if text[span.end - 1] in ",;:.)\"'" and text[following.start].isalpha():
            return Span(span.start, span.end + 1)
    return span


def _roles(parts: Sequence[Paragraph], joins: dict[int, int]) -> list[Role]:
    """Return the role of each paragraph."""
    roles: list[Role] = [_own_role(part) for part in parts]
    joined = set(joins) | set(joins.values())
    for number in joined:
        roles[number] = "body"
    _mark_captions(parts, joins, joined, roles)
    _unmark_lists(parts, roles)
    _mark_foot(parts, joins, roles)
    return roles


def _own_role(part: Paragraph) -> Role:
    """Return the role that ``part`` has by itself."""
    line = part.lines[0]
    if line.furniture:
        return "furniture"
    if line.heading:
        return "heading"
    if is_row(line.text) or is_note(line.text) or len(part.lines) > 2 or part.size > _HEADING:
        return "body"
    if _CAPTION.fullmatch(line.text):
        return "caption"
    if is_closed(part.last) or "。" in line.text or line.text[-1] in "，、," or _ENACTED.fullmatch(line.text):
        return "body"
    if is_item(line.text) and not line.text.startswith(tuple("一二三四五六七八九十（(")):
        return "body"
    return "heading"


def _mark_captions(parts: Sequence[Paragraph], joins: dict[int, int], joined: set[int], roles: list[Role]) -> None:
    """Mark as captions the short lines inside a sentence (no heading stands there) and those beside an image."""
    for before, after in joins.items():
        for number in range(before + 1, after):
            if number not in joined and roles[number] != "furniture" and is_short(parts[number]):
                roles[number] = "caption"
    for number, part in enumerate(parts):
        if _IMAGE.fullmatch(part.first) and number + 1 < len(parts) and number + 1 not in joined:
            below = parts[number + 1]
            if roles[number + 1] == "heading" and not below.lines[0].heading and not below.lines[0].apart:
                roles[number + 1] = "caption"


def _unmark_lists(parts: Sequence[Paragraph], roles: list[Role]) -> None:
    """Give back to the body a run of short lines that is too long to be headings."""
    headings = [role == "heading" and not part.lines[0].heading for role, part in zip(roles, parts, strict=True)]
    for heading, run in groupby(range(len(parts)), key=headings.__getitem__):
        numbers = list(run)
        if heading and len(numbers) >= _LIST:
            # The first line of a file is its title all the same.
            for number in numbers[not numbers[0] :]:
                roles[number] = "body"


def _mark_foot(parts: Sequence[Paragraph], joins: dict[int, int], roles: list[Role]) -> None:
    """Mark what stands below the end of the article and is about others: titles, and titles with a cut paragraph.

    A second article in the same file has more than one finished paragraph below its title, and stays.
    """
    body = next((number for number, role in enumerate(roles) if role == "body"), len(parts))
    end = next(
        (n for n in range(body + 1, len(parts)) if roles[n] == "furniture" and ends_article(parts[n].first)), len(parts)
    )
    rests = set(joins.values())
    segments: list[list[int]] = [[]]
    for number in range(end, len(parts)):
        if roles[number] == "heading" or (roles[number] == "furniture" and ends_article(parts[number].first)):
            segments.append([])
        if roles[number] != "furniture":
            segments[-1].append(number)
    for segment in segments:
        if not segment or (roles[segment[0]] != "heading" and not _is_list(parts, segment)):
            continue
        finished = sum(bool(_FINISHED.search(parts[number].last)) for number in segment if roles[number] == "body")
        if finished < 2 and not any(number in rests and _begins_before(joins, number, end) for number in segment):
            for number in segment:
                roles[number] = "furniture"


def _is_list(parts: Sequence[Paragraph], segment: Sequence[int]) -> bool:
    """Tell whether ``segment`` holds short lines only, as links to other articles are."""
    return all(parts[number].size <= _HEADING and not is_closed(parts[number].last) for number in segment)


def _begins_before(joins: dict[int, int], number: int, end: int) -> bool:
    """Tell whether the sentence that ends in paragraph ``number`` begins above paragraph ``end``."""
    return any(before < end for before, after in joins.items() if after == number)
