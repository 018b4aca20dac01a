"""Draft -> Answer: every claim checked against its own evidence, cited where it is carried, marked where not."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from rag._figures import Quantity, find_figures
from rag._text import Span, join
from rag.articles.article import Article
from rag.search.hit import Hit
from rag.search.measures import Language
from rag.search.query import language_of
from rag.synthesis.draft import Claim, Draft, Evidence
from rag.verification.answer import Answer, Citation, ConflictSide, Figure
from rag.verification.check import Checked, Quote, check
from rag.verification.wording import instead, refusal, unsupported_mark

_CLOSING = re.compile(r"[。！？；.!?;…]+[”’」』）)》\"]*\s*$|\s*$")


def verify(
    draft: Draft,
    *,
    article: Callable[[str], Article],
    hits: Sequence[Hit] = (),
    index: str = "",
    seconds: Mapping[str, float] | None = None,
) -> Answer:
    """Check ``draft`` claim by claim and return the answer, in which no unsupported claim bears a citation.

    ``article`` returns an article by its id; ``index`` is the generation answered from. A claim that is not carried
    stays in the text with a mark and is listed in ``Answer.unsupported``. A short answer that is not borne out gives
    way to the first claim that is; where no claim is carried, or the short answer is part of one that is not, the
    answer is refused.
    """
    language = language_of(draft.question)
    citations = _Citations(article)
    pieces: list[tuple[str, bool]] = []
    figures: list[Figure] = []
    unsupported: list[str] = []
    carried: list[Evidence] = []
    sound: list[Claim] = []
    for claim in draft.claims:
        checked = _check_claim(claim, article)
        if not checked.supported and claim.literal:
            claim = replace(claim, text=claim.literal)
            checked = _check_claim(claim, article)
        numbers = [citations.number(item) for item in claim.evidence] if checked.supported else []
        figures += _figures(checked, numbers)
        if checked.supported:
            sound.append(claim)
            carried += claim.evidence
            figures += _computed([claim])
            marks = "".join(f"[{number}]" for number in dict.fromkeys(numbers))
        else:
            unsupported.append(claim.text)
            marks = unsupported_mark(language)
        pieces.append((_marked(claim.text, marks), checked.supported))
    short, short_figures = _short(draft, sound, carried, citations)
    figures += short_figures
    if short != draft.short and not (sound and sound[0].text == sound[0].literal):
        unsupported.append(draft.short)
    stands = bool(sound) and bool(short or not draft.short)
    reason = draft.reason or (None if stands else "unsupported")
    text = _joined([piece for piece, _ in pieces], language)
    if reason is not None:
        there = [piece for piece, supported in pieces if supported]
        text = refusal(reason, language) + (instead(language) + _joined(there, language) if there else "")
    conflicts = []
    for side in draft.alternatives:
        if check(side.text, [_quote(item, article) for item in side.evidence]).supported:
            numbers = list(dict.fromkeys(citations.number(item) for item in side.evidence))
            conflicts.append(ConflictSide(side.text, side.period or None, tuple(numbers), side.replaced))
        else:
            unsupported.append(side.text)
    return Answer(
        question=draft.question,
        short=short if reason is None else "",
        text=text,
        citations=tuple(citations.made),
        figures=tuple(dict.fromkeys(figures)),
        conflicts=tuple(conflicts),
        refused=reason is not None,
        reason=reason,
        confidence=draft.confidence if reason == draft.reason else 0.0,
        engine=draft.engine,
        index=index,
        hits=tuple(hits),
        unsupported=tuple(dict.fromkeys(unsupported)),
        seconds=dict(seconds or {}),
        notice=draft.notice,
        details=draft.details,
    )


def _short(
    draft: Draft, sound: Sequence[Claim], carried: Sequence[Evidence], citations: "_Citations"
) -> tuple[str, list[Figure]]:
    """Return the short answer as it may be shown, "" for none, and its figures as they are carried.

    It rests on whatever the sound claims rest on.
    """
    if not draft.short or not carried:
        return "", []
    checked = _check_short(draft.short, sound, [_quote(item, citations.article) for item in carried])
    numbers = [citations.number(item) for item in carried]
    if checked is None or checked.supported:
        return draft.short, list(_figures(checked, numbers)) if checked else []
    if sound[0].text == sound[0].literal:
        # Its year or period was not borne out: the words of the source alone are.
        short = _plain(sound[0].literal)
        return short, list(_figures(check(short, [_quote(item, citations.article) for item in carried]), numbers))
    refuted = any(draft.short in claim.text for claim in draft.claims if claim not in sound)
    return "" if refuted else _plain(sound[0].text), list(_figures(checked, ()))


def _plain(sentence: str) -> str:
    return _CLOSING.sub("", sentence.strip())


def _check_short(short: str, sound: Sequence[Claim], quotes: Sequence[Quote]) -> Checked | None:
    """Check a short answer without the results of calculations in the sound claims; None where nothing is left."""
    short = _uncomputed(short, sound)
    return check(short, quotes) if re.search(r"\w", short) else None


def faults(draft: Draft) -> list[tuple[str, tuple[str, ...]]]:
    """Return the claims of ``draft`` that their evidence does not carry, each with its figures that are not there."""
    found = []
    for claim in draft.claims:
        checked = _check_claim(claim)
        if not checked.supported:
            wrong = (figure.quantity.text for figure in checked.figures if figure.status == "unsupported")
            found.append((claim.text, tuple(wrong)))
    return found


def _check_claim(claim: Claim, article: Callable[[str], Article] | None = None) -> Checked:
    """Check a claim, the results of its calculations left out: code made them of figures that are checked."""
    return check(claim.stated, [_quote(item, article) for item in claim.evidence])


def _computed(claims: Sequence[Claim]) -> Iterator[Figure]:
    """Yield the results of the calculations in ``claims``."""
    for calculation in (calculation for claim in claims for calculation in claim.calculations):
        for result in find_figures(calculation.rpartition("=")[2]):
            yield Figure(result.text, _value(result), result.unit, result.kind, "computed", None)


def _uncomputed(short: str, claims: Sequence[Claim]) -> str:
    """Return a short answer without the results of calculations in ``claims``."""
    for figure in _computed(claims):
        short = short.replace(figure.text, "")
    return short


@dataclass(slots=True)
class _Citations:
    """The citations made so far; the same characters of the same article get the same number."""

    article: Callable[[str], Article]
    made: list[Citation] = field(default_factory=list)
    _numbers: dict[tuple[str, tuple[Span, ...]], int] = field(default_factory=dict)

    def number(self, evidence: Evidence) -> int:
        """Return the number (from 1) of the citation of ``evidence``, made where there is none yet."""
        passage = evidence.passage
        spans = passage.locate(evidence.span.start, evidence.span.end)
        key = (passage.article_id, spans)
        if key not in self._numbers:
            self._numbers[key] = len(self.made) + 1
            source = self.article(passage.article_id)
            published = source.published.date if source.published else None
            quote = join(source.text, spans)
            self.made.append(
                Citation(len(self.made) + 1, source.id, source.source, source.title, published, quote, spans)
            )
        return self._numbers[key]


# Characters of the article ahead of a passage that may name the year it goes on with.
_BEFORE = 2000


def _quote(evidence: Evidence, article: Callable[[str], Article] | None = None) -> Quote:
    """Return what evidence says, with what stands before it: in the article where that can be had, else the passage."""
    passage, span = evidence.passage, evidence.span
    before = passage.text[: span.start]
    if article is not None and passage.spans:
        start = passage.spans[0].start
        before = article(passage.article_id).text[max(0, start - _BEFORE) : start] + "\n" + before
    return Quote(span.of(passage.text), passage.published, before, f"{passage.title}\n{passage.heading}")


def _figures(checked: Checked, numbers: Sequence[int]) -> Iterator[Figure]:
    """Yield the figures of a checked sentence; ``numbers`` are its citations, none where it is not supported."""
    for figure in checked.figures:
        cited = figure.quote is not None and bool(numbers)
        yield Figure(
            text=figure.quantity.text,
            value=_value(figure.quantity),
            unit=figure.quantity.unit,
            kind=figure.quantity.kind,
            status=figure.status if cited else "unsupported",
            citation=numbers[figure.quote] if cited and figure.quote is not None else None,
        )


def _value(quantity: Quantity) -> Fraction | str:
    if quantity.value is None:
        return quantity.iso or quantity.text
    return quantity.value if quantity.high is None else f"{quantity.value}–{quantity.high}"


def _marked(text: str, marks: str) -> str:
    """Put marks behind the last word of a sentence, before the punctuation that closes it."""
    text = text.strip()
    closing = _CLOSING.search(text)
    at = closing.start() if closing else len(text)
    return text[:at] + marks + text[at:]


def _joined(pieces: Sequence[str], language: Language) -> str:
    return ("" if language == "zh" else " ").join(pieces)
