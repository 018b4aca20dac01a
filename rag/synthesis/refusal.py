"""Why there is no answer, and what there is instead."""

import re
from collections.abc import Sequence

from rag._text import Span, fold
from rag.search.matching import Term, coverage
from rag.search.names import carried
from rag.search.query import Query
from rag.search.retrieval import Found
from rag.synthesis.candidates import prepare
from rag.synthesis.clues import FEATURES
from rag.synthesis.draft import Claim, Draft, Evidence, Reason
from rag.synthesis.evidence import quoted, sentence_of, stretch_of
from rag.synthesis.ranking import Scored

# Passages that are searched for what there is instead.
_PAGES = 10
# Under this share of the question's weight nothing in the corpus is about what was asked.
_ABOUT = 0.45
_CARRIED = 0.75
# Asks for a summary of what there is, in folded text.
_OVERVIEW = re.compile(
    r"总结|概括|归纳|摘要|综述|概述"
    r"|(?:文章|资料|文档|文件|材料|语料|新闻|报道)里?(?:都|主要|分别|大概)*(?:讲|说|写|介绍|谈)(?:的|了|些|是)*(?:什么|啥|哪些)"
    r"|\b(?:summar|overview)|\bwhat\b.*\b(?:articles?|documents?|files?|corpus|sources?)\b.*\babout\b"
)
_NO_OVERVIEW = {
    "zh": "举证回答资料里写明的具体问题，不概括整篇。请问其中的人、事、数字或时间，例如“某项目总投资多少”。",
    "en": "Juzheng answers what the sources state, and does not summarise them. Ask for a figure, a date, a person or "
    "a fact in them, such as how much a project costs.",
}


def refuse(query: Query, ranked: Sequence[Scored], terms: Sequence[Term], found: Found, engine: str) -> Draft:
    """Return a draft that gives no answer, with its reason, and with what the corpus has nearest to it."""
    reason, there = _reason(query, ranked, terms, found)
    return Draft(
        question=query.text,
        short="",
        claims=tuple(Claim(quoted(item), (item,)) for item in there),
        confidence=1 - (ranked[0].probability if ranked else 0.0),
        engine=engine,
        reason=reason,
    )


def way_out(query: Query) -> str:
    """Return what to tell who was refused and asked for what is never given; "" of any other question."""
    return _NO_OVERVIEW[query.reply] if _OVERVIEW.search(query.folded) else ""


def _reason(
    query: Query, ranked: Sequence[Scored], terms: Sequence[Term], found: Found
) -> tuple[Reason, tuple[Evidence, ...]]:
    if not found.hits:
        return "nothing_found", ()
    windows = [fold(f"{hit.passage.title} {hit.passage.heading} {hit.passage.text}") for hit in found.hits[:_PAGES]]
    about = max(coverage(terms, window) for window in windows)
    # What stands near the interrogative is the metric, what stands far from it the subject.
    nearest = max((term.near for term in terms), default=0.0)
    metric = [term for term in terms if term.near >= 0.6 * nearest]
    subject = [term for term in terms if term.near < 0.6 * nearest]
    names = query.names
    named = not names or any(all(carried(name, window) >= 0.7 for name in names) for window in windows)
    if about < _ABOUT and not (names and named):
        return "not_in_corpus", ()
    if query.periods and (dated := next(filter(_of_another_period, ranked), None)):
        return "other_period", (stretch_of(dated.candidate, query, terms),)
    spoken_of = (bool(subject) or bool(names)) and named
    if spoken_of and max(coverage(subject, window) for window in windows) >= _CARRIED:
        return "other_metric", _instead(query, subject, terms, ranked, found)
    if metric and max(coverage(metric, window) for window in windows) >= _CARRIED:
        return "other_subject", ()
    return "nothing_found", ()


def _of_another_period(item: Scored) -> bool:
    """Tell whether a candidate is of what was asked for, at another time."""
    period, metric, name = (item.features[FEATURES.index(clue)] for clue in ("period", "metric", "name"))
    return bool(period < 0 and metric >= _CARRIED and name >= _CARRIED)


def _instead(
    query: Query, subject: Sequence[Term], terms: Sequence[Term], ranked: Sequence[Scored], found: Found
) -> tuple[Evidence, ...]:
    """Return a stretch that speaks of the subject: with a figure of the kind asked for, else with any figure."""
    for item in ranked:
        bound = item.features[FEATURES.index("name")] >= 0.9
        if bound and coverage(subject, fold(quoted(sentence_of(item.candidate)))) >= _CARRIED:
            return (stretch_of(item.candidate, query, terms),)
    for page in prepare(found, 3):
        for span in page.sentences:
            figured = any(figure.span.overlaps(span) for figure in page.figures)
            if figured and coverage(subject, span.of(page.text)) >= _CARRIED:
                text = span.of(page.passage.text)
                start = span.start + len(text) - len(text.lstrip())
                return (Evidence(page.passage, Span(start, span.start + len(text.rstrip()))),)
    return ()
