"""Rows of a table in text -> what each says for itself: its cells behind the heads of their columns, with their units.

``| 指标 | 2023年 |`` under 单位：亿元, below it ``| 出口 | 36.2 |``, is read as ``| 指标 出口 | 2023年 36.2亿元 |``.
All of it are characters of the text, in another order: a citation of the row marks the cell, its head and its unit.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag._figures import find_figures
from rag._text import Span
from rag.articles.lines import Paragraph, is_row

_PIPE = re.compile(r"(?<!\\)\|")
_TAB = re.compile(r"\t")
_RULE = re.compile(r"\|?[\s:|-]*-{2,}[\s:|-]*")
_NUMBER = re.compile(r"[-+−－]?\d[\d,，]*(?:\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
# A cell that holds a value: a head may hold a period (2023年1—6月) or an age (65岁及以上), but no amount.
_VALUE = re.compile(r"[约超近逾]?[-+−－]?\d[\d,，.]*\s*(?:[%‰℃]|[^\W\d年月日季岁]{0,5})")
_HEAD_NOUN = re.compile(
    r"(?:序号|姓名|名称|单位|职务|职称|时间|日期|地点|地址|内容|项目|电话|备注|类别|类型|级别|标准|部门|指标|事项|名额|专业|岗位|对象|地区|年份|年度)$"
)
_HEADS = 3  # rows, at most
_LONG_HEAD = 60  # characters; a longer one is a note
_WIDE = 160  # characters of a row; a wider one is read in parts, each behind the row's own name
_MOST = 200_000  # cells of an article that are read with their heads: a bound of memory, 40 MB

_UNIT_NAME = r"(?<![㐀-鿿])(?:计量|计算|金额|货币|数量)?单位"  # 责任单位 is an office
_STATED_UNIT = re.compile(rf"{_UNIT_NAME}\s*[:：]\s*([^\s|）)；;。]+)")
_IN_BRACKETS = re.compile(r"[（(](?:单位\s*[:：]\s*)?([^（）()]{1,12})[）)]\s*$|[/／]\s*([^/／|（）()\s]{1,6})$")
_UNIT_COLUMN = re.compile(_UNIT_NAME)
_COUNTER = re.compile(r"序号?|编号|No\.?", re.IGNORECASE)
_PERCENT = ("%", "％")
_SHARE = r"增|降|涨|[±＋+]|比[上重例]|占|率|速|幅"
_SHARES = re.compile(_SHARE)
# What the unit of the whole table is not of: rates, shares, ranks, numbers of things.
_OTHER_UNIT = re.compile(rf"{_SHARE}|排|位次|名次|年份|年度|代码|电话|数量|个数|[户人家]数|人口|指数")
_NOTE = re.compile(rf"[（(]?{_UNIT_NAME}\s*[:：]\s*[^\s。；;]{{1,20}}[）)]?|(?:备?注|说明|[数资][据料]来源)\s*[:：].*")
_ABOVE = 2  # paragraphs above a table that may state its unit


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a table: its paragraph's number, its span, and its cells without the blanks around them."""

    number: int
    line: Span
    cells: tuple[Span, ...]


def is_note(line: str) -> bool:
    """Tell whether ``line`` states the unit of a table, or what else is to be known of it: it is no heading."""
    return bool(_NOTE.fullmatch(line))


def read_rows(text: str, parts: Sequence[Paragraph]) -> dict[int, tuple[tuple[Span, ...], ...]]:
    """Return for each paragraph that is a row under heads the spans of ``text`` that it is read as.

    They are all of the row, and those of its heads and unit once more; a wide row gives several runs of spans.
    """
    found: dict[int, tuple[tuple[Span, ...], ...]] = {}
    left = _MOST
    for rows in _tables(text, parts):
        above = parts[max(0, rows[0].number - _ABOVE) : rows[0].number]
        table = _Table(text, rows, [part.lines[-1].span for part in above])
        for number, read in table.read():
            found[number] = read
            left -= len(table.heads[-1].cells)
            if left < 0:
                return found
    return found


def _tables(text: str, parts: Sequence[Paragraph]) -> Iterator[list[_Row]]:
    """Yield runs of two or more rows that no blank line parts."""
    run: list[_Row] = []
    for number, part in enumerate(parts):
        line = part.lines[0]
        row = is_row(line.text) and len(part.lines) == 1
        if run and not (row and not line.apart):
            if len(run) > 1:
                yield run
            run = []
        if row:
            run.append(_Row(number, line.span, _cells(text, line.span)))
    if len(run) > 1:
        yield run


def _cells(text: str, line: Span) -> tuple[Span, ...]:
    """Return the cells of a row, the empty ones too, blanks cut off."""
    words = line.of(text)
    mark = _TAB if "\t" in words and not words.startswith("|") else _PIPE
    edges = [(match.start(), match.end()) for match in mark.finditer(words)]
    if edges and edges[0][0] == 0:
        edges = [(0, 1), *edges[1:]]
    else:
        edges.insert(0, (0, 0))
    if edges[-1][1] != len(words):
        edges.append((len(words), len(words)))
    return tuple(_trimmed(text, line.start + start, line.start + end) for (_, start), (end, _) in pairwise(edges))


def _trimmed(text: str, start: int, end: int) -> Span:
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return Span(start, max(start, start + len(words.strip())))


class _Table:
    """A run of rows; ``above`` are the lines over it, which may state its unit."""

    def __init__(self, text: str, rows: list[_Row], above: Sequence[Span]) -> None:
        self.text = text
        rule = next((place for place, row in enumerate(rows) if _RULE.fullmatch(row.line.of(text))), None)
        body = [row for place, row in enumerate(rows) if place != rule]
        count = rule if rule is not None and rule <= _HEADS else self._count_heads(body)
        self.heads, self.rows = body[:count], body[count:]
        # Of the units stated, those nearest to the table.
        lines = [*above, *(row.line for row in self.heads)]
        self.units = next(filter(None, map(self._stated, reversed(lines))), ())

    def read(self) -> Iterator[tuple[int, tuple[tuple[Span, ...], ...]]]:
        """Yield the number of each row that has as many cells as the heads, and the spans that it is read as."""
        if not self.heads:
            return
        width = len(self.heads[-1].cells)
        columns = [self._head(column) for column in range(width)]
        units = [next(filter(None, (self._own_unit(head) for head in reversed(heads))), None) for heads in columns]
        named = [" ".join(head.of(self.text) for head in heads) for heads in columns]
        counted = bool(width) and bool(_COUNTER.fullmatch(named[0]))
        measured = next((column for column in range(width) if _UNIT_COLUMN.fullmatch(named[column])), None)
        section: Span | None = None
        for row in self.rows:
            if len(row.cells) == 1:
                section = row.cells[0]
            if len(row.cells) != width or width < 2:
                continue
            label = row.cells[counted]
            own = self._unit(row.cells[measured]) if measured is not None else self._own_unit(label)
            pieces = []
            for column, cell in enumerate(row.cells):
                words = cell.of(self.text)
                # A cell that was merged over several columns is of none of them.
                merged = column > 0 and not _NUMBER.fullmatch(words) and words == row.cells[column - 1].of(self.text)
                heads = [] if merged or not self._says(cell) or (counted and column == 0) else columns[column]
                unit = None
                if column > counted and column != measured and _NUMBER.fullmatch(words):
                    unit = self._unit_of(units[column], own, f"{named[column]} {label.of(self.text)}")
                pieces.append((heads, cell, unit))
            yield row.number, tuple(self._runs(row, pieces, section, counted))

    def _runs(
        self, row: _Row, pieces: Sequence[tuple[list[Span], Span, Span | None]], section: Span | None, counted: bool
    ) -> Iterator[tuple[Span, ...]]:
        """Yield the spans of a row, in parts of the width that is read at once, each behind the row's name."""
        lead = self._apart(section) if section else []
        name: list[Span] = []
        spans: list[Span] = list(lead)
        at, size = row.line.start, 0
        for column, (heads, cell, unit) in enumerate(pieces):
            following = pieces[column + 1][1].start if column + 1 < len(pieces) else row.line.end
            said = [*(piece for head in heads for piece in self._apart(head, unit)), cell, *([unit] if unit else [])]
            length = sum(map(len, said))
            if column > counted + 1 and size + length > _WIDE:
                yield self._solid(spans)
                spans, size = [*lead, *name], sum(map(len, name))
            # The mark behind a cell goes with it, so that a part ends as a row does.
            piece = [Span(at, max(at, cell.start)), *said, Span(cell.end, following)]
            spans += piece
            if column <= counted:
                name += piece
            at, size = following, size + length
        yield self._solid(spans)

    def _solid(self, spans: Sequence[Span]) -> tuple[Span, ...]:
        """Return spans without the empty ones and without a blank at the end, adjoining ones merged."""
        solid: list[Span] = []
        for span in spans:
            if solid and solid[-1].end == span.start:
                solid[-1] = Span(solid[-1].start, span.end)
            elif len(span):
                solid.append(span)
        last = solid.pop()
        end = last.start + len(last.of(self.text).rstrip())
        return (*solid, Span(last.start, end)) if end > last.start else tuple(solid)

    # ---- heads

    def _count_heads(self, rows: Sequence[_Row]) -> int:
        """Return how many rows at the top are heads: they hold no values, and what is below them does."""
        if len(rows) < 2 or self._valued(rows[0]) or sum(map(self._says, rows[0].cells)) < 2:
            return 0
        if not any(self._valued(row) for row in rows[1:]):
            nouns = sum(bool(_HEAD_NOUN.search(cell.of(self.text))) for cell in rows[0].cells)
            return int(2 * nouns >= len(rows[0].cells))
        count = 1
        while (
            count < min(_HEADS, len(rows) - 1)
            and not self._valued(rows[count])
            and self._goes_on(*rows[count - 1 : count + 1])
        ):
            count += 1
        return count

    def _goes_on(self, row: _Row, below: _Row) -> bool:
        """Tell whether a head of ``row`` was merged over several columns, or with the one below."""
        words = [cell.of(self.text) for cell in row.cells]
        under = [cell.of(self.text) for cell in below.cells]
        return any(one and one == two for one, two in (*pairwise(words), *zip(words, under, strict=False)))

    def _valued(self, row: _Row) -> bool:
        return any(
            _VALUE.fullmatch(words) and not _YEAR.fullmatch(words)
            for words in (cell.of(self.text) for cell in row.cells)
        )

    def _head(self, column: int) -> list[Span]:
        """Return the heads of a column, from above; one that was merged is there once."""
        heads: list[Span] = []
        for row in self.heads:
            if column >= len(row.cells):
                continue
            cell = row.cells[column]
            if len(cell) and not (heads and heads[-1].of(self.text) == cell.of(self.text)):
                heads.append(cell)
        return heads if sum(map(len, heads)) <= _LONG_HEAD else []

    def _apart(self, head: Span, unit: Span | None = None) -> list[Span]:
        """Return a head with what follows it, the blank or mark behind it, at a line's end the one before.

        A ``unit`` in brackets that is put behind the cell is left out here.
        """
        end = head.end
        bracket = _IN_BRACKETS.search(head.of(self.text))
        if unit and bracket and head.start < unit.start and unit.end <= head.end:
            end = head.start + bracket.start()
        apart = next((at for at in (head.end, head.start - 1) if self.text[at : at + 1].strip("\n")), None)
        return [Span(head.start, end), *([] if apart is None else [Span(apart, apart + 1)])]

    def _says(self, cell: Span) -> bool:
        return bool(re.search(r"\w", cell.of(self.text)))

    # ---- units

    def _stated(self, line: Span) -> tuple[Span, ...]:
        """Return the units that a line states: 单位：亿元, or a caption that ends in （亿元）."""
        words = line.of(self.text)
        found = _STATED_UNIT.search(words)
        if not found:
            own = None if is_row(words) else self._own_unit(line)
            return (own,) if own else ()
        parts = (
            Span(line.start + found.start(1) + part.start(), line.start + found.start(1) + part.end())
            for part in re.finditer(r"[^、,，和及]+", found[1])
        )
        return tuple(filter(None, (self._unit(part) for part in parts)))

    def _own_unit(self, cell: Span) -> Span | None:
        """Return the unit at the end of a head or label: 投资额（万元）."""
        found = _IN_BRACKETS.search(cell.of(self.text))
        if not found:
            return None
        start, end = found.span(1 if found[1] else 2)
        return self._unit(Span(cell.start + start, cell.start + end))

    def _unit(self, span: Span) -> Span | None:
        return span if len(span) and _is_unit(span.of(self.text)) else None

    def _unit_of(self, column: Span | None, row: Span | None, named: str) -> Span | None:
        """Return the unit of a bare number: its column's or its row's, unless they contradict, else the table's."""
        if column and row and column.of(self.text) != row.of(self.text):
            # The growth of a number of persons is a share.
            return column if column.of(self.text) in (*_PERCENT, "‰", "百分点") else None
        if column or row:
            return column or row
        percent = [unit for unit in self.units if unit.of(self.text) in _PERCENT]
        others = [unit for unit in self.units if unit not in percent]
        if _OTHER_UNIT.search(named):
            return percent[0] if percent and _SHARES.search(named) else None
        return others[0] if len(others) == 1 else None


@lru_cache(maxsize=4096)
def _is_unit(words: str) -> bool:
    """Tell whether a number before ``words`` is a figure in that unit: 万元, 元/平方米, 万吨标准煤, but no office."""
    figures = find_figures(f"1{words}")
    if len(figures) != 1 or figures[0].span.start or figures[0].start is not None or words[0].isdigit():
        return False
    rest = words[figures[0].span.end - 1 :]
    return bool(figures[0].unit) and (not rest or rest.startswith(("/", "／", "标准煤")))
