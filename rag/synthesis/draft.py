"""What synthesis makes: claims, each with the passage and the span that is said to carry it; nothing checked yet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rag._figures import Quantity, find_figures, same
from rag._text import Span
from rag.chunks import Passage

# Words for what a calculation gives; no source need have them.
_RELATION = re.compile(
    r"更[多高长大重贵快远少低短小轻慢近]|因此|所以|可见|两者|二者|相差|相加|相比|差额|差距|之差|之和|合计|总计|共计|总共|一共|共(?=\s)|加起来|占比|比例|比重|占|平均|每年|倍数|高出|低于|高于|多出|少了?"
    r"|\b(?:altogether|combined|total|sum|difference|differ|ratio|share|average|times|more|less|than)\b",
    re.IGNORECASE,
)

Reason = Literal[
    "nothing_found", "other_metric", "other_period", "other_subject", "not_in_corpus", "unsupported", "empty_corpus"
]


def operands_of(calculation: str) -> str:
    """Return what sources must carry of a calculation: its figures, but not the number of terms of an average."""
    return re.sub(r"\) ÷ \d+\s*$", ") ", calculation.rpartition("=")[0])


@dataclass(frozen=True, slots=True)
class Evidence:
    """Characters ``span`` of ``passage.text`` that are said to carry a claim."""

    passage: Passage
    span: Span


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer with its evidence; ``text`` bears no citation mark.

    ``calculations`` are the parts of ``text`` like 84亿元 ÷ 520亿元 = 约16.2% whose result was worked out by code.
    Their operands may be in ``established``, the text of the earlier claims that are carried.
    ``literal`` says the same in the words of the source alone; it stands in where ``text`` is not borne out.
    """

    text: str
    evidence: tuple[Evidence, ...]
    calculations: tuple[str, ...] = ()
    literal: str = ""
    established: str = ""

    @property
    def stated(self) -> str:
        """What sources must carry: the text without results of calculations and the words that lead up to them.

        Nor need they carry an operand in this place that the text itself, or an earlier claim, states in its own.
        """
        if not self.calculations:
            return self.text
        text, operands = self.text, list[Quantity]()
        for calculation in self.calculations:
            text = text.replace(calculation, " ")
            operands += find_figures(operands_of(calculation))
        text = _RELATION.sub("", text)
        stated = [*find_figures(text), *find_figures(self.established)]
        if not re.search(r"\w", text):
            stated = []  # the operands are all that is said
        missing = [one.text for one in operands if not any(same(one, other) for other in stated)]
        return f"{text.rstrip('。！!. ')} {'；'.join(missing)}"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of several figures that the sources give for what was asked, with the period it holds for ("" unknown).

    ``replaced`` tells that a later text corrected it, or says that it changed.
    """

    text: str
    period: str
    evidence: tuple[Evidence, ...]
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it is checked. With ``reason`` set it is a refusal, and ``claims`` say what is there instead.

    ``alternatives`` holds the sides where sources differ, newest first; it is empty where they agree. ``notice`` is
    what a user should be told beside the answer (the model failed, the reader answered), and ``details`` says how
    the draft was made: the prompts by their digests, tokens.
    """

    question: str
    short: str
    claims: tuple[Claim, ...]
    confidence: float
    engine: str
    reason: Reason | None = None
    alternatives: tuple[Alternative, ...] = ()
    notice: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)
