"""Charts as inline SVG: they take the colours of the page, light or dark, and its fonts, Chinese ones included."""

from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT = 340, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 12, 34
_WIDEST = 48  # of a bar: one alone is a bar too


def line_chart(
    points: Sequence[tuple[float, float]],
    label: str,
    x: str,
    y: str,
    *,
    diagonal: bool = False,
    counts: Sequence[int] = (),
) -> str:
    """Return a chart of ``points`` in [0, 1] × [0, 1]; ``diagonal`` draws where x equals y.

    With ``counts``, how many cases each point stands for, it has a dot of that area.
    """
    drawn = [_gridlines(["0", "25", "50", "75", "100"])]
    drawn += [_tick(_x(share), f"{share * 100:.0f}") for share in (0, 0.25, 0.5, 0.75, 1)]
    if diagonal:
        drawn.append(f'<path class="guide" d="M{_x(0):.1f} {_y(0):.1f}L{_x(1):.1f} {_y(1):.1f}"/>')
    if points:
        path = "L".join(f"{_x(a):.1f} {_y(b):.1f}" for a, b in points)
        drawn.append(f'<path class="line" d="M{path}"/>')
    drawn += [
        f'<circle class="dot" cx="{_x(a):.1f}" cy="{_y(b):.1f}" r="{2 + 8 * (count / sum(counts)) ** 0.5:.1f}">'
        f"<title>n = {count}</title></circle>"
        for (a, b), count in zip(points, counts, strict=False)
    ]
    return _svg(drawn, label, x, y)


def bar_chart(bars: Sequence[tuple[str, int]], label: str, x: str, y: str) -> str:
    """Return a chart with a bar for each (name, count)."""
    highest = max((count for _, count in bars), default=0)
    most = max(highest + highest % 2, 2)  # even, so that the line in the middle is a count
    drawn = [_gridlines(["0", str(most // 2), str(most)])]
    step = 1 / max(len(bars), 1)
    for index, (name, count) in enumerate(bars):
        middle, top = _x((index + 0.5) * step), _y(count / most)
        width = min((_WIDTH - _LEFT - _RIGHT) * step - 4, _WIDEST)
        left = middle - width / 2
        drawn.append(
            f'<rect class="bar" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{_y(0) - top:.1f}">'
            f"<title>{escape(name)}: {count}</title></rect>" + _tick(middle, name)
        )
    return _svg(drawn, label, x, y)


def interval_bar(mean: float, low: float, high: float) -> str:
    """Return a share in [0, 1] with its interval, to stand in a table cell."""
    return (
        '<svg class="interval" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="100" height="10"/><rect class="share" width="{mean * 100:.1f}" height="10"/>'
        f'<rect class="range" x="{low * 100:.1f}" y="3.5" width="{max((high - low) * 100, 0.6):.1f}" height="3"/></svg>'
    )


def latency_bars(seconds: Sequence[float]) -> list[tuple[str, int]]:
    """Return how many of ``seconds`` fall under each bound of a 1-2-5 series in ms, empty ends left out."""
    bounds = [step * 10**power for power in range(6) for step in (1, 2, 5)]
    names = [f"{bound}" if bound < 1000 else f"{bound // 1000}k" for bound in bounds]
    found = [next((at for at, bound in enumerate(bounds) if one * 1000 <= bound), len(bounds) - 1) for one in seconds]
    if not found:
        return []
    return [(f"≤{names[at]}", found.count(at)) for at in range(min(found), max(found) + 1)]


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _tick(x: float, name: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 14}" text-anchor="middle">{escape(name)}</text>'


def _gridlines(names: Sequence[str]) -> str:
    lines = []
    for index, name in enumerate(names):
        height = _y(index / (len(names) - 1))
        lines.append(
            f'<path class="grid" d="M{_x(0):.1f} {height:.1f}H{_x(1):.1f}"/>'
            f'<text class="tick" x="{_LEFT - 5}" y="{height + 3.5:.1f}" text-anchor="end">{name}</text>'
        )
    return "".join(lines)


def _svg(drawn: Sequence[str], label: str, x: str, y: str) -> str:
    below = f'x="{_x(0.5):.1f}" y="{_HEIGHT - 5}"'
    beside = f'transform="translate(10 {_y(0.5):.1f}) rotate(-90)"'
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}">'
        + "".join(drawn)
        + f'<text class="axis" {below} text-anchor="middle">{escape(x)}</text>'
        + f'<text class="axis" {beside} text-anchor="middle">{escape(y)}</text></svg>'
    )
