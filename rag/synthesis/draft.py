"""What synthesis makes: claims, each with the passage and the span that is said to carry it; nothing checked yet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rag._text import Span
from rag.chunks import Passage

# Words for what a calculation gives; no source need have them.
_RELATION = re.compile(
    r"相差|相加|相比|差额|差距|之差|之和|合计|总计|共计|总共|一共|加起来|占比|比例|比重|占|平均|每年|倍数|高出|低于|高于|多出|少了?"
    r"|\b(?:altogether|combined|total|sum|difference|differ|ratio|share|average|times|more|less|than)\b",
    re.IGNORECASE,
)

Reason = Literal["nothing_found", "other_metric", "other_period", "other_subject", "not_in_corpus", "unsupported"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Characters ``span`` of ``passage.text`` that are said to carry a claim."""

    passage: Passage
    span: Span


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer with its evidence; ``text`` bears no citation mark.

    ``calculations`` are the parts of ``text`` like 84亿元 ÷ 520亿元 = 约16.2% whose result was worked out by code.
    ``literal`` says the same in the words of the source alone; it stands in where ``text`` is not borne out.
    """

    text: str
    evidence: tuple[Evidence, ...]
    calculations: tuple[str, ...] = ()
    literal: str = ""

    @property
    def stated(self) -> str:
        """What sources must carry: the text without results of calculations and the words that lead up to them."""
        if not self.calculations:
            return self.text
        text = self.text
        for calculation in self.calculations:
            text = text.replace(calculation, calculation.rpartition("=")[0])
        return _RELATION.sub("", text)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of several figures that the sources give for what was asked, with the period it holds for ("" unknown)."""

    text: str
    period: str
    evidence: tuple[Evidence, ...]


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
