"""Which period a stretch of text speaks of, and whether that is the period asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag._figures import Quantity, find_figures, resolve
from rag._text import Span
from rag.search.query import Query


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time as far as it is said: ``year`` is None for a bare 1—11月, the months for a whole year.

    ``inherited`` marks one that an earlier sentence or the title gave, not the sentence itself.
    """

    year: int | None
    last_year: int | None
    first_month: int | None
    last_month: int | None
    day: int | None
    inherited: bool = False

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


def period_of(quantity: Quantity, published: str | None, year: int | None = None) -> Period | None:
    """Return the period a date or period stands for; None where that cannot be placed in the calendar.

    今年 and 昨日 are resolved against ``published``, a partial ISO date. What names no year (前三季度, 年末, 8月) is of
    the last year in which it was over when the article appeared, a plan of the next; where that is not known, of the
    ``year`` given.
    The end of a year (2024年末) is the year: what is counted then is the year's figure.
    """
    if quantity.start is None or quantity.end is None:
        return None
    start, end = quantity.start, quantity.end
    loose = start.year is None and (not start.relative or _BARE.match(quantity.text))
    if loose and len(published or "") < 7:
        # A year of publication alone does not tell whether 前三季度 are those of that year or of the one before.
        if year is not None:
            start = replace(start, year=year, relative="", shift=0)
            end = replace(end, year=year, relative="", shift=0)
    else:
        resolved = resolve(quantity, published)
        if resolved.start is not None and resolved.end is not None:
            start, end = resolved.start, resolved.end
        if loose and published and not quantity.ahead and start.year == end.year == int(published[:4]):
            over = (end.month or 12) <= int(published[5:7])
            if not over:
                start, end = replace(start, year=start.year - 1), replace(end, year=end.year - 1)
    if start.year is None and start.month is None:
        return None
    if start.year is not None and _YEAR_END.search(quantity.text):
        return Period(start.year, end.year, None, None, None)
    return Period(start.year, end.year, start.month, end.month, start.day if start == end else None)


# 年末 and 全年 are of the year spoken of; 今年 is of the year of publication.
_BARE = re.compile(r"(?:到|至|截至)?(?:年[末底初中]|全年|上半年|下半年|前?[一二三四]个?季度|第[一二三四]季度)")
_YEAR_END = re.compile(r"年[末底]$")


def governing(
    text: str, figures: Sequence[Quantity], span: Span, published: str | None, head: str = ""
) -> Period | None:
    """Return the period that governs the figure at ``span``: the nearest before it in its sentence, else close behind.

    A period of an earlier sentence goes on, as ``inherited``: less surely than one of the sentence itself. So does that
    of the title (the first lines of ``head``), not the date of publication.
    """
    opening = max((text.rfind(mark, 0, span.start) for mark in "。！？；\n"), default=-1) + 1
    calendar = [q for q in figures if _is_calendar(q) and not _is_dateline(q, published)]
    before = [q for q in calendar if q.span.end <= span.start]
    after = [
        q
        for q in calendar
        if span.end <= q.span.start <= span.end + 12
        and not re.search(r"[。！？；\n]|[比较与]$", text[span.end : q.span.start])
    ]
    titled = _titled(head, published)
    year = titled.year if titled else None
    for quantity in [*(q for q in reversed(before) if q.span.start >= opening), *after]:
        if text[: quantity.span.start].endswith(("由", "从")) and any(
            quantity.span.end <= other.span.start and other.span.end <= span.start for other in figures
        ):
            continue  # 由2021年的52.3%提高到55.1%
        found = period_of(quantity, published, year)
        if found is not None:
            return found
    for quantity in reversed(before):
        if _COMPARED.search(text, max(0, quantity.span.start - 1), quantity.span.start):
            continue  # 比1—6月回落, 由2021年的52.3%提高到55.1%
        found = period_of(quantity, published, year)
        if found is not None and found.year is not None:
            return replace(found, day=None, inherited=True)
    return titled


_COMPARED = re.compile(r"[比较与由从]")


@lru_cache(maxsize=256)
def _titled(head: str, published: str | None) -> Period | None:
    """Return the last period that a title or heading names, else the last year of the article's opening."""
    lines = head.split("\n")
    for line in reversed(lines[:2]):
        for quantity in reversed(find_figures(line)):
            found = period_of(quantity, published) if _is_calendar(quantity) else None
            if found is not None and found.year is not None:
                return replace(found, day=None, inherited=True)
    years = [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?=年)", head)]
    return Period(years[-1], years[-1], None, None, None, inherited=True) if years else None


def _is_dateline(quantity: Quantity, published: str | None) -> bool:
    return published is not None and len(published) == 10 and quantity.iso[:10] == published


def _is_calendar(quantity: Quantity) -> bool:
    """Whether a date or period places something in a year: a bare 1日 or 上午 does not."""
    moment = quantity.start
    return moment is not None and (moment.year is not None or moment.month is not None or moment.relative != "")


def compare(asked: Period, found: Period) -> float:
    """Return how well the period found is the one asked for: 1 the same, less a part of it, -1 another."""
    if asked.year is not None and found.year is not None:
        last = found.last_year or found.year
        if not found.year <= asked.year <= last:
            return -1.0
        if found.year != last and asked.last_year == asked.year:
            return 0.3
    elif (asked.year is None) != (found.year is None) and None in (asked.first_month, found.first_month):
        return 0.0
    whole = found.first_month is None or (found.first_month, found.last_month) == (1, 12)
    if asked.first_month is None:
        # The months of an earlier sentence may have ended with it.
        return 1.0 if whole else 0.4 if not found.inherited else 0.5
    if found.first_month is None or whole:
        # The year's figure is not that of its first half; a single month may be when something of the year happened.
        several = asked.first_month != asked.last_month
        return -0.6 if not found.inherited else -0.5 if several else -0.3
    if (asked.first_month, asked.last_month) == (found.first_month, found.last_month):
        if asked.day is not None and found.day is not None and asked.day != found.day:
            return -0.8
        return 0.7 if found.inherited else 1.0
    if asked.first_month <= found.first_month and (found.last_month or 0) <= (asked.last_month or 0):
        return 0.0
    return -0.4 if found.inherited else -1.0


def fit(asked: Sequence[Period], found: Period | None, published: str | None) -> float:
    """Return in [-1, 1] how a passage's period fits those asked for; 0 where none is asked for.

    Without a period in the text the date of publication speaks for the year, weakly: an article of January tells of
    the year before as often as of its own.
    """
    if not asked:
        return 0.0
    if found is not None and (found.year is not None or published is None or all(p.year is None for p in asked)):
        return max(compare(period, found) for period in asked)
    if published is not None and all(p.year is not None and p.year > int(published[:4]) for p in asked):
        return -1.0  # no article tells of a year after its own without naming it
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
