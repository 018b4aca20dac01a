"""What a date leaves to the day of publication, filled in."""

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta

from rag._figures.quantity import Moment, Quantity


def resolve(quantity: Quantity, published: str | None) -> Quantity:
    """Return a date or period with what it leaves to the day of publication filled in; other kinds as they are.

    ``published`` is an ISO date cut to what is known. 今年 becomes 2023, 去年底 2022-12, 1—10月 2023-01/2023-10, and
    what is planned (预计3月至5月) comes next.
    """
    if quantity.start is None or quantity.end is None or not published:
        return quantity
    start, end = quantity.start, quantity.end
    several = start.month != end.month  # 前三季度, not 12月底
    if several and start.year is None and end.year is None and not start.relative and end.month is not None:
        # Both ends of 前三季度 lie in one year: the last in which it was over when the article appeared, or the next
        # in which it will be.
        month = int(published[5:7]) if len(published) >= 7 else end.month
        year = int(published[:4]) + (end.month < month if quantity.ahead else -(end.month > month))
        return replace(quantity, start=replace(start, year=year), end=replace(end, year=year))
    start, end = (_resolve(moment, published, quantity.ahead) for moment in (start, end))
    if start.day != end.day and end.day and end.year is not None and end.month is not None:
        end = replace(end, day=min(end.day, monthrange(end.year, end.month)[1]))  # 9月底 has no 31st
    return replace(quantity, start=start, end=end)


def _resolve(moment: Moment, published: str, ahead: bool) -> Moment:
    """Fill in what ``moment`` leaves to the day of publication (ISO, cut to what is known)."""
    known = [int(part) for part in published.split("-")]
    year, month = known[0], known[1] if len(known) > 1 else None
    day = known[2] if len(known) > 2 else None
    if moment.relative == "year":
        return Moment(year + moment.shift, moment.month, moment.day, moment.clock)
    if moment.relative == "month" and month is not None:
        year, month = divmod(year * 12 + month - 1 + moment.shift, 12)
        last = monthrange(year, month + 1)[1]
        return Moment(year, month + 1, min(moment.day, last) if moment.day else None, moment.clock)
    if moment.relative == "day" and month is not None and day is not None:
        that = date(year, month, day) + timedelta(days=moment.shift)
        return Moment(that.year, that.month, that.day, moment.clock)
    if moment.relative == "week" and moment.day is not None and month is not None and day is not None:
        monday = date(year, month, day) - timedelta(days=date(year, month, day).weekday())
        that = monday + timedelta(days=7 * moment.shift + moment.day - 1)
        return Moment(that.year, that.month, that.day, moment.clock)
    if moment.relative or moment.year is not None:
        return moment
    if moment.month is not None:
        # An article of January that says 12月 means the month before it.
        if ahead:
            year += month is not None and moment.month < month
        elif month is not None and moment.month - month >= 10:
            year -= 1
        elif month is not None and month - moment.month >= 10:
            year += 1
        return Moment(year, moment.month, moment.day, moment.clock)
    if moment.day is not None and month is not None:
        # A bare day well ahead of the day of publication is one of the month before.
        if day is not None and moment.day - day > 7:
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return Moment(year, month, min(moment.day, monthrange(year, month)[1]), moment.clock)
    return moment
