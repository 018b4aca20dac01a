"""What the grammar makes: a figure with its exact value, its unit, its bound and where it stands."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from rag._text import Span

Kind = Literal[
    "money", "area", "length", "weight", "volume", "energy", "power", "temperature", "speed", "data", "share",
    "points", "multiple", "count", "ordinal", "duration", "number", "date", "period", "time",
]  # fmt: skip
Bound = Literal["exact", "about", "nearly", "over", "under", "at_least", "at_most"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of the calendar, as far as it is said; what is not said is None.

    ``relative`` names the component that counts from the day of publication (去年: year, ``shift`` -1); the
    components below it are as usual. ``clock`` is minutes after midnight.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    clock: int | None = None
    relative: Literal["", "year", "month", "week", "day"] = ""
    shift: int = 0

    @property
    def iso(self) -> str:
        """ISO 8601 with X for what is not said, as ISO 8601-2 (EDTF) has it: 2022-08, XXXX-01-30, T09:30."""
        date = ""
        if self.year is not None or self.month is not None or self.day is not None:
            date = "XXXX" if self.year is None else f"{self.year:04d}"
        if self.month is not None or self.day is not None:
            date += "-XX" if self.month is None else f"-{self.month:02d}"
        if self.day is not None:
            date += f"-{self.day:02d}"
        if self.clock is None:
            return date
        seconds = f":{self.clock % 60:02d}" if self.clock % 60 else ""
        return f"{date}T{self.clock // 3600:02d}:{self.clock // 60 % 60:02d}{seconds}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure of a text: ``text`` is the characters under ``span``, bound word and unit included.

    ``value`` is exact, in the base unit ``unit`` (520亿元 is 52000000000 元; "" for a bare number), ``high`` the
    upper end of a range. ``place`` is the value of the last digit written (2.4万亿: 100000000000), by which
    rounding is judged. ``direction`` is 1 for a rise, -1 for a fall, 0 where the text says neither, and ``basis``
    is 同比 or 环比 where it stands. Dates, periods and times of day have ``start`` and ``end`` and no ``value``;
    ``ahead`` says that the words around one without a year plan for it (计划12月底建成).
    """

    span: Span
    text: str
    kind: Kind
    unit: str = ""
    value: Fraction | None = None
    high: Fraction | None = None
    bound: Bound = "exact"
    place: Fraction = Fraction(1)
    direction: Literal[-1, 0, 1] = 0
    basis: str = ""
    start: Moment | None = None
    end: Moment | None = None
    ahead: bool = False

    @property
    def iso(self) -> str:
        """The ISO form of a date or period (2022-08, 2023-01/2023-11), "" for other kinds."""
        if self.start is None:
            return ""
        if self.end is None or self.end == self.start:
            return self.start.iso
        return f"{self.start.iso}/{self.end.iso}"
