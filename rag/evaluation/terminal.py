"""Runs and comparisons as text: tables for the terminal (rich) and Markdown for CI, from the same rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.evaluation.compare import HEADLINE, Comparison, Difference
from rag.evaluation.gates import GateResult
from rag.evaluation.run import Item, Run, Score
from rag.evaluation.scoring import LOST, METRICS

if TYPE_CHECKING:
    from rich.console import RenderableType

NOTHING = "—"
BY_KIND = ("correct", "hit@5", "mrr@10", "f1", "figure", "cite_covers")
VERDICTS = {
    "same": ("两次运行逐项相同", "the two runs are identical, case by case"),
    "no_difference": ("没有显著差异", "no significant difference"),
    "better": ("显著变好", "significantly better"),
    "worse": ("显著变差", "significantly worse"),
    "mixed": ("有升有降", "significantly better here, worse there"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table before it is drawn: ``right`` are the columns of figures.

    The rows of a ``listed`` table are too long for a terminal's width and stand there as paragraphs.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    listed: bool = False


def render_terminal(result: Run | Comparison, gates: Sequence[GateResult] = ()) -> "RenderableType":
    """Return what ``rich.print`` shows of a run or a comparison."""
    from rich import box
    from rich.console import Group
    from rich.markup import escape
    from rich.table import Table as Drawn
    from rich.text import Text

    parts: list[RenderableType] = []
    for table in _tables(result, gates):
        if table.listed:
            parts.append(Text(table.title, style="italic"))
            parts.extend(Text(line) for row in table.rows for line in _paragraph(table.columns, row))
            continue
        drawn = Drawn(title=escape(table.title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for index, column in enumerate(table.columns):
            drawn.add_column(escape(column), justify="right" if index in table.right else "left", no_wrap=True)
        for row in table.rows:
            drawn.add_row(*(escape(cell) for cell in row))
        parts.append(drawn)
    parts.extend(Text(line) for line in ("", *_lines(result)))
    return Group(*parts)


def _paragraph(columns: Sequence[str], row: Sequence[str]) -> list[str]:
    """Return a row as a line of what names it and its question, and a line for each cell after that."""
    named = [f"    {column}: {cell}" for column, cell in zip(columns[2:], row[2:], strict=True) if cell]
    return [f"  {row[0]}  {row[1]}", *named]


def render_markdown(result: Run | Comparison, gates: Sequence[GateResult] = ()) -> str:
    """Return a run or a comparison as Markdown, for a CI summary or a file."""

    def row(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    parts = []
    for table in _tables(result, gates):
        rule = ["---:" if index in table.right else "---" for index in range(len(table.columns))]
        parts.append("\n".join([f"### {table.title}", "", row(table.columns), row(rule), *map(row, table.rows)]))
    return "\n\n".join([*parts, "\n".join(f"- {line}" for line in _lines(result))]) + "\n"


def _tables(result: Run | Comparison, gates: Sequence[GateResult]) -> list[Table]:
    if isinstance(result, Run):
        tables = [_scores(result), _kinds(result), _lost(result)]
    else:
        tables = [_differences(result), _kind_differences(result), _flips(result)]
    if gates:
        tables.append(_gates(gates))
    return [table for table in tables if table.rows]


def _scores(run: Run) -> Table:
    rows = []
    for name, metric in METRICS.items():
        score = run.score(name)
        if score.n:
            counts = f"{score.n} = {score.scored}+{score.unscored}+{score.errors}"
            rows.append((f"{metric.zh} {name}", shown(score.mean, name), spread(score, name), counts))
    columns = ("指标 metric", "score", "95 %", "n = scored+unscored+errors")
    return Table(f"{run.name} · {len(run.items)} 题 cases", columns, tuple(rows), frozenset({1, 2, 3}))


def _kinds(run: Run) -> Table:
    rows = [
        (kind or NOTHING, str(len(run.of(kind))), *(shown(run.score(name, kind).mean, name) for name in BY_KIND))
        for kind in run.kinds
    ]
    return Table("分题型 by kind", ("kind", "n", *BY_KIND), tuple(rows), frozenset(range(1, 2 + len(BY_KIND))))


def _lost(run: Run) -> Table:
    rows = [
        (item.case.id, item.case.question, lost_in(item), said(item), wanted(item))
        for item in run.items
        if item.lost or item.seen.error
    ]
    columns = ("id", "问题 question", "失在何处 lost at", "回答 said", "应为 wanted")
    return Table("未得分 what failed", columns, tuple(rows), listed=True)


def _differences(comparison: Comparison) -> Table:
    rows = [
        (f"{METRICS[one.metric].zh} {one.metric}", *_changes(one), _mark(one))
        for one in comparison.differences
        if not one.kind
    ]
    columns = ("指标 metric", "before → after", "Δ [95 %]", "p", "n", "")
    title = f"{comparison.before.name} → {comparison.after.name} · {comparison.paired} 题 cases"
    return Table(title, columns, tuple(rows), frozenset(range(1, 5)))


def _kind_differences(comparison: Comparison) -> Table:
    rows = [
        (one.kind, one.metric, *_changes(one))
        for one in comparison.differences
        if one.kind and one.delta and one.metric in BY_KIND
    ]
    return Table(
        "分题型，未作多重校正 by kind, not corrected for their number",
        ("kind", "metric", "before → after", "Δ [95 %]", "p", "n"),
        tuple(rows),
        frozenset(range(2, 6)),
    )


def _changes(one: Difference) -> tuple[str, ...]:
    low, high = (_signed(end, one.metric, 0) for end in (one.low, one.high))
    return (
        f"{shown(one.before, one.metric)} → {shown(one.after, one.metric)}",
        f"{_signed(one.delta, one.metric)} [{low}, {high}]",
        f"{one.p:.3f}",
        str(one.n),
    )


def _mark(one: Difference) -> str:
    if one.significant:
        return "↓" if one.worse else "↑"
    return "·" if one.metric in HEADLINE else ""


def _flips(comparison: Comparison) -> Table:
    rows = [
        (
            flip.after.case.id,
            flip.after.case.question,
            said(flip.before),
            said(flip.after),
            wanted(flip.after),
            lost_in(flip.after if flip.worse else flip.before),
        )
        for worse in (True, False)
        for flip in comparison.flips
        if flip.worse == worse
    ]
    columns = ("id", "问题 question", "先 before", "后 after", "应为 wanted", "失在何处 lost at")
    lost = sum(flip.worse for flip in comparison.flips)
    title = f"翻转的题 flipped · {lost} 变错 lost, {len(comparison.flips) - lost} 变对 gained"
    return Table(title, columns, tuple(rows), listed=True)


def _gates(gates: Sequence[GateResult]) -> Table:
    rows = []
    for gate in gates:
        sign = "≥" if METRICS[gate.metric].better == "higher" else "≤"
        limit = f"{sign} {shown(gate.limit, gate.metric)}"
        rows.append(
            (gate.metric, limit, shown(gate.score.mean, gate.metric), spread(gate.score, gate.metric), gate.status)
        )
    return Table("门槛 gates", ("metric", "gate", "score", "95 %", "status"), tuple(rows), frozenset({1, 2, 3}))


def _lines(result: Run | Comparison) -> list[str]:
    if isinstance(result, Comparison):
        moved = [f"{one.metric} {_signed(one.delta, one.metric)}" for one in result.differences if one.significant]
        lines = [" · ".join((*VERDICTS[result.verdict], *moved))]
        if result.unpaired:
            lines.append(f"{result.unpaired} 题只在一次运行中，或题目已改 cases in one run only, or changed: left out")
        return lines
    lines = [f"{LOST[stage][0] if stage in LOST else '出错 error'}: {count}" for stage, count in result.lost().items()]
    lines += [
        f"{stage}: p50 {middle * 1000:.0f} ms, p95 {late * 1000:.0f} ms"
        for stage, (middle, late) in result.seconds().items()
        if stage == "total"
    ]
    if len(engines := result.engines()) > 1:
        lines.append("引擎 engines: " + ", ".join(f"{name} {count}" for name, count in engines.items()))
    if (tokens := result.tokens())["answers"]:
        lines.append(f"词元 tokens: {tokens['sent']} in, {tokens['written']} out / {tokens['answers']}")
    lines += [
        f"评判与规则一致 {metric} agrees: {share * 100:.1f} % / {count}"
        for metric, (share, count) in result.agreement().items()
    ]
    return [" · ".join(lines), *(f"! {fault}" for fault in result.faults)]


def shown(value: float | None, metric: str) -> str:
    """Return a score as a person reads it: a share in per cent, — for none."""
    if value is None:
        return NOTHING
    return f"{value:.1f}" if METRICS[metric].unit else f"{value * 100:.1f}"


def _signed(value: float, metric: str, places: int = 1) -> str:
    return f"{value if METRICS[metric].unit else value * 100:+.{places}f}"


def spread(score: Score, metric: str) -> str:
    """Return the interval of a score as ``low–high``."""
    return NOTHING if score.mean is None else f"{shown(score.low, metric)}–{shown(score.high, metric)}"


def said(item: Item) -> str:
    """Return what came back for a case in one line."""
    if item.seen.error is not None:
        return item.seen.error
    if item.seen.refused:
        return f"拒答 refused ({item.seen.reason})" if item.seen.reason else "拒答 refused"
    return item.seen.short


def wanted(item: Item) -> str:
    """Return what would have been right."""
    if item.case.answers is None:
        return NOTHING
    return " | ".join(item.case.answers) or "拒答 refuse"


def lost_in(item: Item) -> str:
    """Return the stage that lost a case, in both languages."""
    if item.seen.error is not None:
        return "出错 error"
    return " ".join(LOST[item.lost]) if item.lost else ""
