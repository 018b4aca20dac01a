"""Whether two figures say the same: exact, converted, rounded, or not."""

from fractions import Fraction
from typing import Literal

from rag._figures.quantity import Bound, Moment, Quantity

Sameness = Literal["exact", "converted", "rounded"]

# What may be said for what a source says: 突破 for 超, 约 for 近; never 超 for 不足, nor the bare number for 超.
_SAID_FOR: dict[Bound, frozenset[Bound]] = {
    "exact": frozenset({"exact"}),
    "about": frozenset({"about", "nearly", "over"}),
    "nearly": frozenset({"nearly"}),
    "over": frozenset({"over", "at_least"}),
    "at_least": frozenset({"at_least", "over"}),
    "under": frozenset({"under", "at_most"}),
    "at_most": frozenset({"at_most", "under"}),
}


def same(said: Quantity, source: Quantity) -> Sameness | None:
    """Tell how ``source`` carries ``said``, or None where it does not.

    exact: the same value as precisely written; converted: the same value in another unit or scale; rounded: less
    precise, and ``said`` says so (约500亿元 for 496.8亿元, 2022年 for 2022年8月), or the source does (520亿元 for
    约520亿元). A bound is part of the figure: 超150万 is neither 150万 nor 不足150万.
    """
    if said.start is not None or source.start is not None:
        return _same_date(said, source)
    if said.value is None or source.value is None:
        return None
    if said.direction * source.direction < 0 or (said.basis and source.basis and said.basis != source.basis):
        return None
    if not _same_unit(said, source):
        return None
    if (said.high is None) != (source.high is None) or said.high != source.high:
        return None
    if said.value == source.value and said.bound == source.bound:
        # 166亿 for 166亿元 is understood; 9 for 9家 is the same
        as_written = said.place == source.place and (said.unit == source.unit or source.kind in ("count", "ordinal"))
        return "exact" if as_written else "converted"
    if said.high is not None:
        return None
    if said.value == source.value and source.bound != "exact":
        # The number alone for 约: true, but for the precision it claims.
        if said.bound == "exact" and source.bound == "about":
            return "rounded"
        if source.bound in _SAID_FOR[said.bound]:
            return (
                "exact"
                if {said.bound, source.bound} <= {"over", "at_least"} and said.place == source.place
                else "rounded"
            )
        return None
    if source.bound == "exact" and _rounds(said, source.value):
        return "rounded"
    return None


def _same_unit(said: Quantity, source: Quantity) -> bool:
    if said.kind == "ordinal" or source.kind == "ordinal":
        return {said.kind, source.kind} <= {"ordinal", "count", "number"} and (
            said.unit == source.unit or "" in (said.unit, source.unit)
        )
    if said.unit == source.unit:
        return True
    # A short answer may leave the classifier out, and 个 stands for any but a head count of another kind.
    if said.kind == "number":
        return source.kind in ("count", "number") or (
            source.kind == "money" and source.place >= 10**4 and source.unit == "元"
        )
    if source.kind == "number":
        # 总投资166亿 is 元
        return (said.kind == "count" and said.unit in ("个",)) or (said.unit == "元" and source.place >= 10**4)
    return (
        said.kind == source.kind == "count"
        and "个" in (said.unit, source.unit)
        and not {"人次", "人", "户次"} & {said.unit, source.unit}
    )


def _rounds(said: Quantity, exact: Fraction) -> bool:
    """Whether the value said, with its bound, is a fair rounding of ``exact``: by its last digit that is not 0."""
    value = said.value
    assert value is not None
    if said.bound == "exact" or not value or not exact:
        return False
    place = said.place
    while value % (place * 10) == 0:
        place *= 10
    gap = exact - value
    if said.bound == "about":
        return abs(gap) <= min(place / 2, abs(exact) / 20)
    if said.bound in ("over", "at_least"):
        return 0 < gap < place or (gap == 0 and said.bound == "at_least")
    if said.bound in ("nearly", "under", "at_most"):
        return 0 < -gap < min(place, abs(value) / 10) or (gap == 0 and said.bound == "at_most")
    return False


def _same_date(said: Quantity, source: Quantity) -> Sameness | None:
    if said.start is None or source.start is None or said.end is None or source.end is None:
        return None
    first, last = _covers(said.start, source.start), _covers(said.end, source.end)
    if not first or not last:
        return None
    if said.bound != source.bound and said.bound == "exact":
        return None
    if said.bound != source.bound:
        return "rounded"
    return "exact" if "rounded" not in (first, last) else "rounded"


def _covers(said: Moment, source: Moment) -> Sameness | None:
    """``said`` may leave out what ``source`` gives, never the reverse; less at the fine end is a rounding."""
    if said.relative != source.relative or (said.relative and said.shift != source.shift):
        return None
    status: Sameness = "exact"
    for name in ("year", "month", "day", "clock"):
        mine, theirs = getattr(said, name), getattr(source, name)
        if mine is None:
            if theirs is not None and name != "year":
                status = "rounded"
        elif mine != theirs:
            return None
    if said.year is None and said.month is None and said.day is None and said.clock is None and not said.relative:
        return None
    return status
