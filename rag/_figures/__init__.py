"""The grammar of quantities and dates, in Chinese and English: what a text says in figures, exactly.

quantity.py   what a figure is
numerals.py   三千二百万, 2.4万亿, 1,234.5 -> exact values
units.py      units and classifiers, their base units
dates.py      dates, periods, times of day
amounts.py    numbers with their units, ranges, shares, ordinals
bounds.py     the words around a figure: 约, 超过, 以上, 增长, 同比
scan.py       text -> figures, in one pass
resolve.py    今年, 1—10月 -> the calendar, by the day of publication
compare.py    whether two figures say the same
tokens.py     figures as search terms
"""

from rag._figures.compare import Sameness, same
from rag._figures.quantity import Bound, Kind, Moment, Quantity
from rag._figures.resolve import resolve
from rag._figures.scan import find_figures
from rag._figures.tokens import number_tokens

__all__ = ["Bound", "Kind", "Moment", "Quantity", "Sameness", "find_figures", "number_tokens", "resolve", "same"]
