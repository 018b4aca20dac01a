"""An LLM as a judge, where one is wanted: strict labels, kept on disk, never asked twice for the same."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from rag._prompts import Language, load_prompt
from rag.evaluation.cases import Case

Label = Literal["CORRECT", "INCORRECT", "NOT_ATTEMPTED"]

log = logging.getLogger(__name__)


def parse_label(reply: str) -> Label | None:
    """Return the label that ``reply`` is, None where it is anything else.

    The whole reply counts: a search for CORRECT would find it in INCORRECT and in 'I cannot call this CORRECT'.
    """
    return next((label for label in get_args(Label) if reply.strip() == label), None)


@dataclass(frozen=True, slots=True)
class Judge:
    """Labels an answer by ``ask(question, answer, reference)``, whose whole reply must be a label.

    ``name`` is of the model and its prompt: replies are kept in the folder ``cache`` under it, so another judge gives
    other replies. Only labels are kept; a failure is asked again on the next run.
    """

    ask: Callable[[str, str, str], str]
    name: str
    cache: Path

    def label(self, question: str, answer: str, reference: str) -> Label | None:
        """Return the label, None where the judge failed or said anything else: the case is then unscored."""
        key = json.dumps([self.name, question, answer, reference], ensure_ascii=False)
        kept = self.cache / hashlib.sha256(key.encode()).hexdigest()
        if kept.is_file() and (label := parse_label(kept.read_text(encoding="utf-8"))):
            return label
        try:
            reply = self.ask(question, answer, reference)
        except Exception as error:  # an outside service fails in its own ways; the case is unscored, the run goes on
            log.warning("judge %s failed on %r: %s", self.name, question, error)
            return None
        label = parse_label(reply)
        if label is None:
            log.warning("judge %s gave no label but %r on %r", self.name, reply[:80], question)
            return None
        self.cache.mkdir(parents=True, exist_ok=True)
        kept.write_text(label, encoding="utf-8")
        return label


def llm_judge(
    complete: Callable[[Sequence[tuple[str, str]]], str], model: str, cache: str | Path, language: Language = "zh"
) -> Judge:
    """Return a judge that asks ``complete(messages)``, an LLM, with the prompt ``judge`` in ``language``.

    Messages are (role, text) pairs. The judge is named for ``model`` and the prompt's digest: a changed prompt asks
    everything again.
    """
    prompt = load_prompt("judge", language)

    def ask(question: str, answer: str, reference: str) -> str:
        return complete(prompt.fill(question=question, answer=answer, reference=reference))

    return Judge(ask, f"{model} {prompt.name} {prompt.digest}", Path(cache))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a judged run would send: at most ``calls`` calls and about ``characters`` characters, prompt not counted.

    A Han character is at most one token or so in today's vocabularies, so characters bound the tokens of Chinese.
    """

    calls: int
    characters: int

    def cost(self, prompt_characters: int, price: float) -> float:
        """Return the cost at ``price`` for a million input tokens, one token a character."""
        return (self.characters + self.calls * prompt_characters) * price / 1e6


def estimate(cases: Iterable[Case], answer_characters: int = 40) -> Estimate:
    """Return what judging ``cases`` would send, before anything is sent (a dry run)."""
    judged = [case for case in cases if case.scorable and case.answers]
    sent = sum(len(case.question) + len(" | ".join(case.answers or ())) + answer_characters for case in judged)
    return Estimate(len(judged), sent)
