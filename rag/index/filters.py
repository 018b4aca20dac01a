"""What a search may be narrowed to: publication dates, sources and tags."""

import re
from dataclasses import dataclass

from rag._errors import UsageError
from rag._text import fold

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def days(date: str) -> tuple[int, int] | None:
    """Return the first and the last day that a partial ISO date may mean, each as the number yyyymmdd.

    None where ``date`` is not a year, a month or a day. The last day of a month is written 31: days are only compared.
    """
    match = _DATE.fullmatch(date)
    if not match:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    first = year * 10000 + (month or 1) * 100 + (day or 1)
    return first, year * 10000 + (month or 12) * 100 + (day or 31)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles a search may return; every given field must hold.

    ``since`` and ``until`` are partial ISO dates (2023, 2023-02, 2023-02-17), both included: an article matches if it
    may have been published in between, so one dated only 2023 matches ``since="2023-06"``. ``as_of`` is stricter:
    surely published by the end of that date. An undated article matches no date. ``sources`` are source names or
    patterns (``*`` any characters, ``?`` one, ``[abc]`` one of them); an article matches if one of them does. ``tags``
    narrow further with each: an article matches if it has them all, whatever their width, case and script.

    Raises UsageError for a date that is none.
    """

    since: str | None = None
    until: str | None = None
    as_of: str | None = None
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("since", "until", "as_of"):
            date = getattr(self, name)
            if date is not None and days(date) is None:
                raise UsageError(
                    f"日期 {name} 应写作 2023、2023-02 或 2023-02-17，不能是 {date!r}；请改写。"
                    "(a date is a year, a month or a day)"
                )

    def bounds(self) -> list[tuple[str, str, int]]:
        """Return what must hold of an article's days as (``first`` or ``last``, ``<=`` or ``>=``, yyyymmdd)."""
        found: list[tuple[str, str, int]] = []
        for date, column, sign, end in (
            (self.since, "last", ">=", 0),
            (self.until, "first", "<=", 1),
            (self.as_of, "last", "<=", 1),
        ):
            span = days(date) if date is not None else None
            if span is not None:
                found.append((column, sign, span[end]))
        return found

    def folded_tags(self) -> list[str]:
        """Return the tags as they are compared."""
        return [fold(tag) for tag in self.tags]

    def sql(self) -> tuple[str, list[str | int]]:
        """Return the condition on the rows of ``articles``, and its parameters."""
        conditions = [f"{column} {sign} ?" for column, sign, _ in self.bounds()]
        parameters: list[str | int] = [day for _, _, day in self.bounds()]
        if self.sources:
            conditions.append("(" + " OR ".join(["source = ? OR source GLOB ?"] * len(self.sources)) + ")")
            parameters.extend(name for source in self.sources for name in (source, source))
        for tag in self.folded_tags():
            conditions.append("articles.number IN (SELECT article FROM tags WHERE tag = ?)")
            parameters.append(tag)
        return " AND ".join(conditions) or "1", parameters
