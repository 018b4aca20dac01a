"""Calculations worked out by code: a model writes what is to be calculated, never the result."""

import ast
import re
from dataclasses import dataclass
from fractions import Fraction

from rag._figures import Quantity, find_figures

# The tag in which a model asks for a calculation; an open one at the end is one that is still being written.
CALC = re.compile(r"<calc>(.*?)</calc>", re.IGNORECASE | re.DOTALL)

# The same without the tag: 218亿元 + 174亿元 = 392亿元, a result that the model worked out itself.
_TERM = (
    r"[(（]?(?:约|近|超)?\d[\d,]*(?:\.\d+)?\s*[^\s\d()（）=＝≈+＋*＊×/／÷，。；、,;:：<>\[\]［］【】\-－−]{0,8}[)）]?"
)
EQUATION = re.compile(rf"(?<![>\d.])(?P<left>{_TERM}(?:\s*[-+－＋−*＊×/／÷]\s*{_TERM})+)\s*[=＝≈]\s*(?:约)?{_TERM}")

_SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", "＋": "+", "－": "-", "＊": "*", "／": "/", "（": "(", "）": ")"})
_SHOWN = {"*": "×", "/": "÷", "-": "-", "+": "+", "(": "(", ")": ")"}
# Figures of these kinds count in their base unit; 亿元 is shown for 元, and so on.
_SCALES = (("亿", 10**8), ("万", 10**4))
# A figure as it is written: number, scale, unit.
_WRITTEN = re.compile(r"(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<scale>[十百千]?[万亿]|百|千|万亿)?(?P<unit>\D*)$")
_SIZES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_AVERAGE = re.compile(r"\((?P<sum>[^()*/-]+)\)/(?P<count>_\d+)")


@dataclass(frozen=True, slots=True)
class _Amount:
    """A value in its unit, the one that figures of its kind are written in: "" for a bare number; shares in percent."""

    value: Fraction
    unit: str = ""
    exact: bool = True


class CalculationError(ValueError):
    """A calculation that cannot be worked out, and why."""


def calculate(expression: str) -> str:
    """Return ``84亿元 / 520亿元`` as ``84亿元 ÷ 520亿元 = 16.2%``, worked out exactly and rounded once, at the end.

    Figures keep their units: money is divided by area, lengths of different units are added, 亿元 and 亩 are not.
    The result of figures that are about (约, 近, 超) is about. A sum in brackets may be divided by the number of its
    terms: that is an average.

    Raises:
        CalculationError: where it is no sum, difference, product or ratio of figures, or their units do not fit.
    """
    # That a ratio is a share is known without times 100%.
    text = re.sub(r"\*\s*100\s*[%％]", "", expression.translate(_SIGNS)).strip().rstrip("=＝ ")
    figures = [figure for figure in find_figures(text) if figure.start is None and figure.value is not None]
    code, shown, at = "", "", 0
    for number, figure in enumerate(figures):
        between = text[at : figure.span.start]
        # A dash between figures is a minus that the grammar of figures may have taken for a sign.
        written = figure.text
        if written.startswith("-") and (code and code[-1] not in "+-*/(") and not between.strip():
            between, written = "-", written[1:]
        code += between + f"_{number}"
        shown += between + written
        at = figure.span.end
    code, shown = code + text[at:], shown + text[at:]
    if re.search(r"[^\d_+\-*/() ]", code) or len(figures) < 2:
        raise CalculationError(f"a calculation has figures, + - * / and brackets, not {expression.strip()[:60]!r}")
    units: dict[str, tuple[str, Fraction]] = {}
    amounts = {f"_{number}": _amount(figure, code, number, units) for number, figure in enumerate(figures)}
    for average in _AVERAGE.finditer(code.replace(" ", "")):
        divisor = amounts[average["count"]]
        if not divisor.unit and divisor.value != average["sum"].count("+") + 1:
            raise CalculationError(f"{average['sum'].count('+') + 1} terms are divided by {divisor.value}")
    try:
        tree = ast.parse(code.replace(" ", ""), mode="eval")
    except SyntaxError:
        raise CalculationError(f"not a calculation: {expression.strip()[:60]!r}") from None
    shown = re.sub(r"\s*([+*/]|(?<=\S)-)\s*", lambda match: f" {_SHOWN[match[1]]} ", shown).strip()
    return f"{shown} = {_written(_evaluate(tree.body, amounts))}"


def _amount(figure: Quantity, code: str, number: int, units: dict[str, tuple[str, Fraction]]) -> _Amount:
    """Return a figure in the unit that the first of its base unit is written in; ``units`` keeps it with its size."""
    assert figure.value is not None
    if figure.high is not None:
        raise CalculationError(f"a range cannot be calculated with: {figure.text}")
    value = abs(figure.value) if f"-_{number}" in code else figure.value
    unit, size = units.setdefault(figure.unit, _unit(figure))
    return _Amount(value / size, unit, figure.bound == "exact")


def _unit(figure: Quantity) -> tuple[str, Fraction]:
    """Return the unit that a figure is written in, and its size in base units: 亩 for 48.3万亩."""
    written = _WRITTEN.search(figure.text)
    if written is None or not written["unit"].strip() or not figure.value:
        return figure.unit, Fraction(1)
    number = Fraction(written["number"].replace(",", ""))
    for letter in written["scale"] or "":
        number *= _SIZES[letter]
    return (written["unit"].strip(), abs(figure.value) / number) if number else (figure.unit, Fraction(1))


def _evaluate(node: ast.expr, amounts: dict[str, _Amount]) -> _Amount:
    if isinstance(node, ast.Name) and node.id in amounts:
        return amounts[node.id]
    if isinstance(node, ast.BinOp):
        return _combine(node.op, _evaluate(node.left, amounts), _evaluate(node.right, amounts))
    raise CalculationError("a calculation has figures, + - * / and brackets")


def _combine(operator: ast.operator, one: _Amount, other: _Amount) -> _Amount:
    exact = one.exact and other.exact
    if isinstance(operator, ast.Add | ast.Sub):
        if one.unit != other.unit:
            raise CalculationError(f"{one.unit or '数'} and {other.unit or '数'} cannot be added or subtracted")
        value = one.value + other.value if isinstance(operator, ast.Add) else one.value - other.value
        # The difference of two shares is in percentage points.
        points = one.unit == "%" and isinstance(operator, ast.Sub)
        return _Amount(value, "百分点" if points else one.unit, exact)
    if isinstance(operator, ast.Mult):
        if "%" in (one.unit, other.unit):
            share, rest = (one, other) if one.unit == "%" else (other, one)
            return _Amount(share.value * rest.value / 100, rest.unit, exact)
        if one.unit and other.unit:
            raise CalculationError(f"{one.unit} times {other.unit} has no unit here")
        return _Amount(one.value * other.value, one.unit or other.unit, exact)
    if isinstance(operator, ast.Div):
        if not other.value:
            raise CalculationError("division by zero")
        value = one.value / other.value
        if one.unit == other.unit:
            # A part of a whole is a share, a whole of its part a multiple.
            return _Amount(value * 100, "%", exact) if value < 1 else _Amount(value, "倍" if one.unit else "", exact)
        return _Amount(value, f"{one.unit}/{other.unit}" if other.unit else one.unit, exact)
    raise CalculationError("a calculation has figures, + - * / and brackets")


def _written(amount: _Amount) -> str:
    """Return an amount in the scale a reader expects, at most two decimals; 约 where it was rounded or is about."""
    value, unit, scale = amount.value, amount.unit, ""
    if unit not in ("%", "百分点", "倍"):
        for name, size in _SCALES:
            if abs(value) >= size:
                value, scale = value / size, name
                break
    digits = 1 if unit in ("%", "百分点") else 2
    rounded = round(value, digits)
    if not rounded and value:
        raise CalculationError("the result is too small to be shown")
    figures = f"{float(rounded):.{digits}f}".rstrip("0").rstrip(".")
    unit = "个百分点" if unit == "百分点" else unit
    return ("约" if not amount.exact or rounded != value else "") + figures + scale + unit
