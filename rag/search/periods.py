"""Which period a stretch of text speaks of, and whether that is the period asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag._figures import Quantity, resolve
from rag._text import Span
from rag.search.query import Query


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time as far as it is said: ``year`` is None for a bare 1—11月, the months for a whole year."""

    year: int | None
    last_year: int | None
    first_month: int | None
    last_month: int | None
    day: int | None

    @property
    def key(self) -> tuple[int, int]:
        """A key that sorts periods by when they end."""
        return (self.last_year or self.year or 0, self.last_month or 13)

    @property
    def label(self) -> str:
        """The period in the words of a Chinese answer: 2023年, 2023年1—11月, "" where no year is known."""
        if self.year is None:
            return ""
        if self.last_year not in (None, self.year):
            return f"{self.year}—{self.last_year}年"
        if self.first_month is None or (self.first_month, self.last_month) == (1, 12):
            return f"{self.year}年"
        months = (
            f"{self.first_month}" if self.first_month == self.last_month else f"{self.first_month}—{self.last_month}"
        )
        return f"{self.year}年{months}月"


def period_of(quantity: Quantity, published: str | None) -> Period | None:
    """Return the period a date or period stands for, relative ones (今年) resolved against ``published``; else None."""
    if quantity.start is None:
        return None
    # A year alone does not tell whether 前三季度 are those of that year or of the one before.
    known = published if quantity.start.relative or len(published or "") >= 7 else None
    resolved = resolve(quantity, known)
    start, end = resolved.start, resolved.end or resolved.start
    if start is None or end is None or (start.year is None and start.month is None):
        return None
    return Period(start.year, end.year, start.month, end.month, start.day if start == end else None)


def governing(text: str, figures: Sequence[Quantity], span: Span, published: str | None) -> Period | None:
    """Return the period that governs the figure at ``span``: the nearest before it in its sentence, else close behind.

    A period of an earlier sentence gives its year only: 前三季度 said of one figure does not hold for the next sentence's,
    but the year goes on. The date of publication is not looked at here.
    """
    opening = max((text.rfind(mark, 0, span.start) for mark in "。！？；\n"), default=-1) + 1
    before = [q for q in figures if q.span.end <= span.start and _is_calendar(q)]
    for quantity in reversed(before):
        found = period_of(quantity, published)
        if found is None:
            continue
        if quantity.span.start >= opening:
            return found
        if found.year is not None:
            return Period(found.year, found.last_year, None, None, None)
    for quantity in figures:
        gap = text[span.end : quantity.span.start]
        if (
            span.end <= quantity.span.start <= span.end + 12
            and _is_calendar(quantity)
            and not re.search(r"[。！？；\n]", gap)
        ):
            return period_of(quantity, published)
    return None


def _is_calendar(quantity: Quantity) -> bool:
    """Whether a date or period places something in a year: a bare 1日 or 上午 does not."""
    moment = quantity.start
    return moment is not None and (moment.year is not None or moment.month is not None or moment.relative != "")


def compare(asked: Period, found: Period) -> float:
    """Return how well the period found is the one asked for: 1 the same or within it, -1 another, 0.3 if wider."""
    if asked.year is not None and found.year is not None:
        last = found.last_year or found.year
        if not found.year <= asked.year <= last:
            return -1.0
        if found.year != last and asked.last_year == asked.year:
            return 0.3
    elif (asked.year is None) != (found.year is None) and None in (asked.first_month, found.first_month):
        return 0.0
    if asked.first_month is None:
        return 1.0 if found.first_month is None or (found.first_month, found.last_month) == (1, 12) else 0.7
    if found.first_month is None:
        return 0.3
    if (asked.first_month, asked.last_month) == (found.first_month, found.last_month):
        return -0.8 if asked.day is not None and found.day is not None and asked.day != found.day else 1.0
    if asked.first_month <= found.first_month and (found.last_month or 0) <= (asked.last_month or 0):
        return 0.4
    return -1.0


def fit(asked: Sequence[Period], found: Period | None, published: str | None) -> float:
    """Return in [-1, 1] how a passage's period fits those asked for; 0 where none is asked for.

    Without a period in the text the date of publication speaks for the year, weakly: an article of January tells of
    the year before as often as of its own.
    """
    if not asked:
        return 0.0
    if found is not None and (found.year is not None or published is None or all(p.year is None for p in asked)):
        return max(compare(period, found) for period in asked)
    if found is not None:  # 1—11月 without a year that could be resolved
        return 0.5 * max(compare(period, found) for period in asked)
    if published is None:
        return 0.0
    year = int(published[:4])
    month = int(published[5:7]) if len(published) >= 7 else 6
    best = -0.7
    for period in asked:
        if period.year is None:
            best = max(best, 0.0)
        elif period.year == year:
            best = max(best, 0.4)
        elif period.year == year - 1 and month <= 4:
            best = max(best, 0.2)
    return best


def asked_periods(query: Query) -> tuple[Period, ...]:
    """Return the periods that a question names, as far as they can be placed in the calendar."""
    return tuple(found for found in (period_of(quantity, None) for quantity in query.periods) if found is not None)
