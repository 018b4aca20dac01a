"""The part of a sentence that answers why, what is, or whether: the sentence itself is the evidence."""

import re
from collections.abc import Sequence

from rag._text import Span
from rag.search.matching import Term, coverage
from rag.synthesis.candidates import Candidate
from rag.synthesis.evidence import clauses_of

# A sentence of so many characters is short enough to be the answer.
_SHORT = 16
# Less is no reason, and no definition.
_LEAST = 4
# What goes before a reason and before what a thing is, the surest first.
_MARKERS = {
    "reason": (
        re.compile(
            r"(?:是|就是|还是)?(?:因为|由于)|原因(?:就?是|在于|[：:])|为了|旨在|得益于|看中的是"
            r"|\bbecause(?: of)?\b|\bdue to\b"
        ),
        re.compile(r"(?<![原起])因(?![此而果素为])|主要是|^\s*为(?=[^，,。；;]{4,30}[，,])"),
    ),
    "definition": (
        re.compile(
            r"指的?是|是指|指(?=[以在用由对经同将把利])|即是?|就是|意思是|定位(?:是|为)|\b(?:means|refers to)\b"
        ),
        re.compile(r"(?<![就还但只都可仍也不若要])[是为](?![否不])|\b(?:is|are)\b"),
    ),
}
# Who says it is no part of what is said.
_SPEAKER = re.compile(r"(?:说|表示|介绍|称|认为|指出|回应|透露|解释|答|问|了解|获悉)[说道]?$")
_PHASE = re.compile("[一二三四五六]期")
_QUOTES = "“”「」\"'《》"


def gist(candidate: Candidate, asks: str, terms: Sequence[Term]) -> Span:
    """Return the part of a candidate sentence that answers: what follows 因为 or 是指, else the clause most to it."""
    page, whole = candidate.page, candidate.span
    text = page.text
    clauses = clauses_of(page, whole)
    if len(whole) <= _SHORT or "\n" in whole.of(text).strip():
        return whole
    for marker in _MARKERS.get(asks, ()):
        found = marker.search(text, whole.start, whole.end)
        if found is None:
            continue
        # What a definition says runs to the end of its sentence, a reason to that of its clause.
        clause = next(span for span in clauses if found.start() < span.end)
        said = _tidied(text, Span(found.end(), whole.end if asks == "definition" else clause.end))
        if len(said) >= _LEAST:
            return said
    spoken = [
        span
        for span in clauses
        if text[span.end : span.end + 1] not in ("：", ":") and not _SPEAKER.search(span.of(text).strip())
    ] or clauses
    return _tidied(
        text, max(spoken, key=lambda span: (_in_phase(terms, span.of(text)), coverage(terms, span.of(text))))
    )


def _in_phase(terms: Sequence[Term], clause: str) -> bool:
    """Tell whether a clause speaks of no other phase of a project than the question does."""
    asked = {phase for term in terms for phase in _PHASE.findall(term.text)}
    told = set(_PHASE.findall(clause))
    return not asked or not told or bool(asked & told)


def _tidied(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and (text[start].isspace() or text[start] in "，,。；;：:、"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in "，,。；;：:、！!？?"):
        end -= 1
    if end - start > 2 and text[start] in _QUOTES and text[end - 1] in _QUOTES:
        start, end = start + 1, end - 1
    return Span(start, end)
