"""Draft -> Answer: no figure is shown as supported that its source does not carry.

answer.py      what verification makes
verify.py      claims checked, cited, marked; or a refusal that says why
check.py       a sentence against its quotes
alignment.py   which figure stands in whose place
words.py       whether the words are carried, and whether they say the contrary
wording.py     what an answer says in its own words
"""

from rag._figures import find_figures
from rag.verification.answer import Answer, Citation, ConflictSide, Figure, Status
from rag.verification.check import Checked, CheckedFigure, Quote, check
from rag.verification.verify import faults, verify

__all__ = [
    "Answer",
    "Checked",
    "CheckedFigure",
    "Citation",
    "ConflictSide",
    "Figure",
    "Quote",
    "Status",
    "check",
    "faults",
    "find_figures",
    "verify",
]
