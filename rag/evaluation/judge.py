"""An LLM as a judge, where one is wanted: strict labels, kept on disk, never asked twice for the same.

It judges an answer against the reference (labels as in SimpleQA, Wei et al. 2024), and each statement against what it
cites (labels as in LongCite, Zhang et al. 2024). What it says stands beside the deterministic scores, never in their
place, with how often the two agree.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from rag._prompts import Language, Prompt, load_prompt
from rag.evaluation.cases import Case

Label = Literal["CORRECT", "INCORRECT", "NOT_ATTEMPTED"]
Support = Literal["FULL", "PARTIAL", "NONE"]

STATEMENTS = 2
"""Statements an answer has, as far as an estimate goes: the embedded reader says the answer and its sentence."""
WRITTEN = 120
"""Tokens of an answer, its statements and what they cite, as far as an estimate goes."""
LABEL = 5
"""Tokens of a label."""

SILENCE = 60.0
"""Seconds that a judge may take to the next word."""

log = logging.getLogger(__name__)


def parse_label(reply: str, labels: Sequence[str]) -> str | None:
    """Return the one of ``labels`` that ``reply`` is, None where it is anything else.

    The whole reply counts: a search for CORRECT would find it in INCORRECT and in 'I cannot call this CORRECT'.
    """
    return next((label for label in labels if reply.strip() == label), None)


@dataclass(frozen=True, slots=True)
class Judge:
    """Asks ``complete(messages)``, an LLM called ``model``, with the prompts judge and support in ``language``.

    Messages are (role, text) pairs, and the whole reply must be a label. Labels are kept in the folder ``cache`` under
    the model and all of the prompt as it was sent, so another model, or a changed prompt, gives other labels. A
    failure is not kept and is asked again by the next run.
    """

    complete: Callable[[Sequence[tuple[str, str]]], str]
    model: str
    cache: Path
    language: Language = "zh"

    @property
    def name(self) -> str:
        """What a run says of its judge: the model and the digests of the prompts."""
        return " ".join([self.model, *(f"{one.name}@{one.digest}" for one in self._prompts)])

    def correct(self, question: str, answer: str, reference: str) -> Label | None:
        """Return whether ``answer`` says what ``reference`` says; None where the judge failed: it is then unscored."""
        filled = self._prompts[0].fill(question=question, answer=answer, reference=reference)
        return cast("Label | None", self._ask(filled, get_args(Label)))

    def support(self, question: str, statement: str, cited: Sequence[str]) -> Support | None:
        """Return how far the quotes ``cited`` support ``statement``; None where the judge failed."""
        if not cited:
            return "NONE"
        filled = self._prompts[1].fill(question=question, statement=statement, cited="\n".join(cited))
        return cast("Support | None", self._ask(filled, get_args(Support)))

    @property
    def _prompts(self) -> tuple[Prompt, Prompt]:
        return load_prompt("judge", self.language), load_prompt("support", self.language)

    def _ask(self, messages: list[tuple[str, str]], labels: Sequence[str]) -> str | None:
        key = json.dumps([self.model, *messages], ensure_ascii=False)
        kept = self.cache / hashlib.sha256(key.encode()).hexdigest()
        if kept.is_file() and (label := parse_label(kept.read_text(encoding="utf-8"), labels)):
            return label
        try:
            reply = self.complete(messages)
        except Exception as error:  # an outside service fails in its own ways; the case is unscored, the run goes on
            log.warning("judge %s failed: %s", self.model, error)
            return None
        label = parse_label(reply, labels)
        if label is None:
            log.warning("judge %s gave no label but %r", self.model, reply[:80])
            return None
        self.cache.mkdir(parents=True, exist_ok=True)
        kept.write_text(label, encoding="utf-8")
        return label


def load_judge(llm: str, cache: str | Path, language: Language = "zh") -> Judge:
    """Return the model that ``llm`` names, in the form of ``Settings.llm``, as a judge.

    Raises:
        UsageError: for a name of another form.
    """
    from rag.synthesis.llm import load_model

    model = load_model(llm, silence=SILENCE)
    return Judge(model.complete, model.name, Path(cache), language)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a judged run would send at most: ``calls``, and tokens of o200k_base sent and written."""

    calls: int
    prompt_tokens: int
    completion_tokens: int

    def cost(self, price: float) -> float:
        """Return the cost at ``price`` for a million tokens, sent and written alike."""
        return (self.prompt_tokens + self.completion_tokens) * price / 1e6


def estimate(cases: Iterable[Case], language: Language = "zh") -> Estimate:
    """Return what judging ``cases`` would send, before anything is sent (a dry run); labels that are kept cost less."""
    from rag.synthesis.llm.sources import count_tokens

    judged = [case for case in cases if case.scorable and case.answers]
    answer, support = load_prompt("judge", language), load_prompt("support", language)
    fixed = [count_tokens(prompt.system + prompt.user) + WRITTEN for prompt in (answer, support)]
    asked = sum(
        (1 + STATEMENTS) * count_tokens(case.question) + count_tokens(" | ".join(case.answers or ())) for case in judged
    )
    calls = (1 + STATEMENTS) * len(judged)
    return Estimate(calls, asked + len(judged) * (fixed[0] + STATEMENTS * fixed[1]), LABEL * calls)
