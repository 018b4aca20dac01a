"""Figures as search sees them: one token for each value, however it is written."""

from rag._figures.quantity import Quantity
from rag._figures.scan import find_figures


def number_tokens(text: str) -> list[str]:
    """Return one token a figure: 四号线 and 4号线 give the same, so do 2.4万亿 and 24000亿; 两会 gives none."""
    return [token for quantity in find_figures(text) if (token := _token(quantity))]


def _token(quantity: Quantity) -> str:
    if quantity.start is not None:
        return "" if quantity.start.relative else f"@{quantity.iso}"
    if quantity.value is None:
        return ""
    value = str(quantity.value) if quantity.high is None else f"{quantity.value}~{quantity.high}"
    return f"#{value}{quantity.unit}"
