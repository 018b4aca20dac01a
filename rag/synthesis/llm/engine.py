"""The LLM engine: prompt, stream, take apart, attribute, and one round of repair; the reader answers where it fails."""

import re
import threading
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import zip_longest

from rag._figures import find_figures, same
from rag._prompts import Language, load_prompt
from rag._text import fold
from rag.search.hit import Hit
from rag.search.query import Query
from rag.synthesis.draft import Claim, Draft, Evidence
from rag.synthesis.llm.alignment import Line, attribute, on_subject, read_lines
from rag.synthesis.llm.derived import compares_too, conclusion, derivations
from rag.synthesis.llm.model import Message, Model, ModelError
from rag.synthesis.llm.reply import Reply, is_tool_call, read_reply, visible
from rag.synthesis.llm.sources import count_tokens, fence_of, render, select_sources

# What is wrong with a draft: sentences that are not carried, each with its figures that are not.
Check = Callable[[Draft], Sequence[tuple[str, Sequence[str]]]]

_MOST_QUESTIONS = 4
# The confidence in an answer whose every sentence is carried: it may still answer another question than was asked.
_TRUST = 0.9
_LONGEST_DIALOGUE = 2000  # tokens of earlier turns that a follow-up is rewritten with
_LONGEST_QUESTION = 500  # characters; a longer one is no question but an answer, or a refusal to rewrite
# Questions that one passage seldom answers: comparisons, sums, rows, the course of events.
_SEVERAL = re.compile(
    r"(?:和|与|跟|、|还是).{1,20}(?:哪|谁)|哪.{0,12}[更最]|平均"
    r"|(?<![同环占])比(?![重例]).{1,20}(?:[高低长短大小早晚快慢贵]|多(?!少)|(?<!多)少)"
    r"|比较|对比|相比|相差|差距|差额|合计|总共|一共|共计|加起来|之和|总和|分别|各自|各是|各有|各为|历年|逐年|先后|依次"
    r"|时间线|多少倍|占.{1,20}(?:比|几成|百分之|多少)|变化|概括|总结|综述"
    r"|\b(?:compare|versus|vs|difference|differ|total of|sum of|altogether|combined|average|than|respectively|each|both"
    r"|timeline|times as|share of|change|summar|(?:which|who)\b.{1,60}\bor\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Engine:
    """Answers by a language model. ``tokens`` is the budget of the sources in a prompt, in tokens of o200k_base."""

    model: Model
    tokens: int

    def answer(
        self,
        query: Query,
        hits: Sequence[Hit],
        *,
        fallback: Callable[[], Draft],
        check: Check,
        stop: threading.Event | None = None,
    ) -> Generator[str, None, Draft | None]:
        """Yield the text as the model writes it, in pieces, and return the Draft; None where ``stop`` was set.

        The numbers of the marks in the pieces are those of the prompt. Where the model fails, before the first piece
        or after any, the Draft is that of ``fallback`` (the embedded reader) and its ``notice`` says so. Faults that
        ``check`` finds are shown to the model once; the better of its two drafts is the one returned.
        """
        sources = select_sources(hits, self.tokens)
        if not sources:
            return fallback()
        language = query.language
        common = {"fence": fence_of(sources), "sources": render(sources), "question": query.text}
        prompt = load_prompt("answer", language)
        messages = prompt.fill(**common)
        written = shown = ""
        try:
            with closing(self.model.stream(messages, stop)) as pieces:
                for piece in pieces:
                    written += piece
                    so_far = visible(written)
                    if so_far.startswith(shown) and so_far != shown:
                        yield so_far[len(shown) :]
                        shown = so_far
            if stop and stop.is_set():
                return None
            reply = _read(written, len(sources))
        except ModelError as error:
            return replace(fallback(), notice=_failed(self.model.name, error, shown, language))
        lines = read_lines(sources)
        draft = self._draft(query, reply, lines, fallback, check)
        prompts, tokens_in, tokens_out, repaired = [f"{prompt.name}@{prompt.digest}"], _tokens(messages), written, ""
        faults = list(check(draft))
        if faults and not reply.refused:
            prompt = load_prompt("repair", language)
            messages = prompt.fill(**common, answer=written.strip(), faults=_told(faults, language))
            prompts.append(f"{prompt.name}@{prompt.digest}")
            tokens_in += _tokens(messages)
            try:
                again = self.model.complete(messages, stop)
                tokens_out += again
                other = self._draft(query, _read(again, len(sources)), lines, fallback, check)
                others = list(check(other))
                repaired = "better" if len(others) < len(faults) else "no better"
                draft, faults = (other, others) if len(others) < len(faults) else (draft, faults)
            except ModelError as error:
                repaired = error.kind
            if stop and stop.is_set():
                return None
        return replace(
            _settled(draft, faults, query),
            # Where sources differ the reader sees it, whether or not the model wrote of it.
            alternatives=() if draft.reason else fallback().alternatives,
            details={
                "prompts": " ".join(prompts),
                "sources": len(sources),
                "prompt_tokens": tokens_in,
                "completion_tokens": count_tokens(tokens_out),
                "invalid_marks": reply.invalid,
                **({"repair": repaired} if repaired else {}),
            },
        )

    def gather(
        self,
        query: Query,
        hits: Sequence[Hit],
        search: Callable[[str], Sequence[Hit]],
        stop: threading.Event | None = None,
    ) -> tuple[Hit, ...]:
        """Return ``hits``, joined by those of the smaller questions that a question of several parts is made of.

        One of a single part comes back as it is, without a call; so does one that the model fails to take apart.
        """
        if not _several(query):
            return tuple(hits)
        prompt = load_prompt("decompose", query.language)
        try:
            written = self.model.complete(prompt.fill(question=query.text, most=str(_MOST_QUESTIONS)), stop)
        except ModelError:
            return tuple(hits)  # the answer's own call says what is wrong
        smaller = [line for line in _questions(written) if line != query.text][:_MOST_QUESTIONS]
        ranked = [list(hits), *(list(search(question)) for question in smaller)]
        # Every question's best, then every question's second, so that none is crowded out of the budget.
        merged = {hit.passage.id: hit for row in reversed(list(zip_longest(*ranked))) for hit in reversed(row) if hit}
        return tuple(reversed(merged.values()))

    def rewrite(self, question: str, dialogue: Sequence[tuple[str, str]], stop: threading.Event | None = None) -> str:
        """Return a follow-up as a question that stands alone; raises ModelError where the model gives none."""
        language: Language = "zh" if re.search(r"[㐀-鿿]", question) else "en"
        asked, answered = ("问", "答") if language == "zh" else ("Q", "A")
        turns, left = list[str](), _LONGEST_DIALOGUE
        for one, other in reversed(dialogue):  # the newest first, each whole, as far as they fit
            turn = f"{asked}：{one}\n{answered}：{other}"
            # A token has at most a few characters: a text far over the budget need not be counted.
            left -= count_tokens(turn) if len(turn) < 10 * left else left + 1
            if left < 0:
                break
            turns.insert(0, turn)
        if not turns:
            raise ModelError("overflow", "对话太长，无法改写追问。(the dialogue is too long)")
        told = "\n".join(turns)
        written = self.model.complete(load_prompt("followup", language).fill(dialogue=told, question=question), stop)
        found = list(_questions(written))
        if len(found) != 1:
            raise ModelError("malformed", f"模型没有把追问改写成一个问题。(not one question: {written[:60]!r})")
        return found[0]

    def _draft(
        self, query: Query, reply: Reply, lines: Sequence[Line], fallback: Callable[[], Draft], check: Check
    ) -> Draft:
        unattributed = [(Claim(said.text, (), said.calculations), said.numbers) for said in reply.sentences]
        asked = frozenset(line.evidence for line in lines) if _several(query) else on_subject(query.text, lines)
        claims = tuple(
            replace(claim, evidence=attribute(claim, numbers, lines, asked)) for claim, numbers in unattributed
        )
        if reply.refused:
            # What kind of gap it is, and what there is instead, the reader can tell.
            embedded = fallback()
            told = tuple(claim for claim in claims if claim.evidence)
            there = told or (embedded.claims if embedded.reason else ())
            return Draft(query.text, "", there, 0.5, self.model.name, reason=embedded.reason or "not_in_corpus")
        draft = Draft(query.text, "", claims, 1.0, self.model.name)
        claims = _derived(draft, lines, asked, check)
        told = tuple(claim for claim in claims if asked.intersection(claim.evidence))
        return replace(
            draft,
            short=reply.short if _says(told, reply.short) else "",
            claims=claims,
            # What is carried is of another subject than was asked about.
            reason="other_subject" if not told and any(claim.evidence for claim in claims) else None,
            notice="".join(reply.missing),
        )


def _derived(draft: Draft, lines: Sequence[Line], asked: Collection[Evidence], check: Check) -> tuple[Claim, ...]:
    """Return the claims, those that are not carried replaced by ones whose calculation is, where there is one."""

    def attribute_again(text: str, claim: Claim) -> tuple[Evidence, ...]:
        shown = tuple(one for one in claim.calculations if one in text)
        return attribute(Claim(text, (), shown), (), lines, asked)

    claims, before = list[Claim](), ""
    parts = [
        replace(claim, text=text, evidence=claim.evidence if text == claim.text else attribute_again(text, claim))
        for claim in draft.claims
        for text in filter(None, conclusion(claim.text))
    ]
    for claim in parts:
        claim = replace(claim, established=before if claim.calculations else "")
        if conclusion(claim.text)[1] and not compares_too(claim.text, [_quoted(item) for item in claim.evidence]):
            claim = replace(claim, evidence=())  # its words may be there, but not that one is more than the other
        carried = not check(replace(draft, claims=(claim,)))
        if not carried:
            for text, calculations in derivations(claim.text, before):
                derived = Claim(text, (), (*claim.calculations, *calculations), established=before)
                derived = replace(derived, evidence=attribute(derived, (), lines, asked))
                if not check(replace(draft, claims=(derived,))):
                    claim, carried = derived, True
                    break
        before += claim.text if carried else ""
        claims.append(claim)
    return tuple(claims)


def _quoted(evidence: Evidence) -> str:
    return evidence.span.of(evidence.passage.text)


def _settled(draft: Draft, faults: Sequence[tuple[str, Sequence[str]]], query: Query) -> Draft:
    """Return a draft with the short answer and the confidence that its faults leave it."""
    if draft.reason is not None:
        return draft
    wrong = {sentence for sentence, _ in faults}
    sound = [claim for claim in draft.claims if claim.evidence and claim.text not in wrong]
    worked_out = [claim.calculations[-1].rpartition("=")[2].strip() for claim in sound if claim.calculations]
    # A comparison that the figures do not bear out is no answer, though its words stand in a sentence that is carried.
    said = next((result for result in worked_out if result.removeprefix("约") == draft.short), draft.short)
    refuted = any(draft.short in sentence and conclusion(sentence)[1] for sentence in wrong)
    short = (not refuted and said) or (worked_out or [_shortest(claim.text, query) for claim in sound] or [""])[0]
    return replace(draft, short=short, confidence=_TRUST * len(sound) / len(draft.claims))


def _shortest(sentence: str, query: Query) -> str:
    """Return the one figure of a sentence that is of the kind asked for, else the whole sentence."""
    kinds = query.parts[0].kinds or ((query.parts[0].asks,) if query.parts[0].asks in ("date", "duration") else ())
    figures = [figure.text for figure in find_figures(sentence) if figure.kind in kinds]
    return figures[0] if len(figures) == 1 else sentence.rstrip("。.")


def _read(written: str, count: int) -> Reply:
    """Take a reply apart; raises ModelError where it is no answer."""
    if is_tool_call(written):
        raise ModelError("empty", "模型要求调用工具，没有写出回答。(the model called a tool and wrote no answer)")
    reply = read_reply(written, count)
    if not reply.sentences and not reply.refused:
        raise ModelError("empty", "模型没有写出回答。(the model wrote no answer)")
    return reply


def _says(claims: Sequence[Claim], short: str) -> bool:
    """Whether the answer's own sentences say the short answer: in these words, or with its every figure."""
    text = "".join(claim.text for claim in claims)
    if not short or re.sub(r"\s", "", fold(short)) in re.sub(r"\s", "", fold(text)):
        return bool(short)
    figures = find_figures(short)
    there = find_figures(text)
    return bool(figures) and all(any(same(figure, other) for other in there) for figure in figures)


def _several(query: Query) -> bool:
    """Whether a question is one that one passage seldom answers."""
    return len(query.parts) > 1 or bool(_SEVERAL.search(query.text))


_NUMBERING = re.compile(
    r"^\s*(?:[-*•·]\s*|\(?\d{1,2}[.)）、．:：]\s*(?!\d)|(?:问题|question)\s*\d*\s*[:：]\s*)+", re.IGNORECASE
)


def _questions(written: str) -> Iterator[str]:
    """Yield the questions that a model wrote, one a line, without numbers."""
    for line in written.splitlines():
        question = _NUMBERING.sub("", line).strip().strip("“”\"'`*")
        if re.search(r"\w", question) and len(question) <= _LONGEST_QUESTION:
            yield question


def _told(faults: Sequence[tuple[str, Sequence[str]]], language: Language) -> str:
    """Return the faults in words for the model."""
    lines = []
    for sentence, figures in faults:
        if language == "zh":
            why = f"所引资料里没有 {'、'.join(figures)}，或说的是别的事" if figures else "所引资料没有这样说"
            lines.append(f"- “{sentence}”：{why}。")
        else:
            why = f"the sources cited do not have {', '.join(figures)} for this" if figures else "no source says this"
            lines.append(f'- "{sentence}": {why}.')
    return "\n".join(lines)


def _failed(name: str, error: ModelError, shown: str, language: Language) -> str:
    """Return what the user is told when the reader answers in place of the model."""
    shown = " ".join(shown.split())
    if language == "zh":
        told = f"模型 {name} 未能作答，由内置阅读器回答：{error}"
        return told + (f" 中断前显示的文字未经核对，不作为答案：“{shown}”" if shown else "")
    told = f"The model {name} did not answer; the embedded reader did: {error}"
    return told + (f' What was shown before it broke off is unchecked and not the answer: "{shown}"' if shown else "")


def _tokens(messages: Sequence[Message]) -> int:
    return sum(count_tokens(text) for _, text in messages)
