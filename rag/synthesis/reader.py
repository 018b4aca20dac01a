"""The engine that needs no LLM: it finds the span that answers, with its sentence, or says why there is none."""

import re
from collections.abc import Sequence

from rag._figures import resolve, same
from rag._text import Span, fold, words
from rag.search.matching import Term, clause, coverage, terms_of
from rag.search.periods import Period
from rag.search.query import Part, Query
from rag.search.retrieval import Found
from rag.synthesis.candidates import Candidate, candidates, prepare
from rag.synthesis.draft import Alternative, Claim, Draft, Evidence, Reason
from rag.synthesis.ranking import FEATURES, Scored, rank, stated

ENGINE = "reader"
# Under this probability the best candidate is a guess, even where the passages seem to say it somewhere.
_LEAST = 0.15
# Passages that are read closely; a right one ranks below these in under 1 % of development questions.
_PAGES = 10


def draft(query: Query, found: Found, *, refuse_below: float, literal: bool = False) -> Draft:
    """Answer ``query`` from the passages found; a part of it that no candidate fits is left open, and a notice says so.

    ``refuse_below`` is the probability, that any candidate answers, under which none is given. The short answer gives
    dates their year and figures of several periods their period; with ``literal`` it has the words of the source only.
    """
    pages = prepare(found, _PAGES)
    answered: list[tuple[Part, list[Scored]]] = []
    open_parts: list[tuple[Part, list[Scored], tuple[Term, ...]]] = []
    for part in query.parts:
        terms = terms_of(query, part)
        ranked = rank(query, part, terms, candidates(query, part, pages))
        if ranked and stated(ranked) >= refuse_below and ranked[0].probability >= _LEAST:
            answered.append((part, ranked))
        else:
            open_parts.append((part, ranked, terms))
    if not answered:
        return _refusal(query, *open_parts[0], found)
    left = [query.text[part.span.start : part.span.end].strip("，,；;。？?！! ") for part, _, _ in open_parts]
    return _answer(query, answered, left, literal)


_LEFT_OPEN = {"zh": "资料中没有说：{}", "en": "The corpus does not state: {}"}


def _answer(query: Query, answered: Sequence[tuple[Part, list[Scored]]], left: Sequence[str], literal: bool) -> Draft:
    shorts: list[str] = []
    evidence: list[Evidence] = []
    alternatives: list[Alternative] = []
    sure: list[float] = []
    for part, ranked in answered:
        sides = _sides(query, ranked)
        best = ranked[0].candidate
        if len(sides) > 1:
            alternatives += sides
            shorts.append("，".join(side.text if literal else f"{side.period}{side.text}" for side in sides))
            evidence += [side.evidence[0] for side in sides]
            # The sides are right together.
            sure.append(stated([item for item in ranked if item.candidate.text in {side.text for side in sides}]))
        else:
            short = best.text if literal else _short(best)
            shorts.append(_named(query, part, best, short) if len(query.parts) > 1 else short)
            evidence.append(_sentence(best))
            sure.append(ranked[0].probability)
    short = "，".join(dict.fromkeys(shorts))
    evidence = list(dict.fromkeys(evidence))
    whole = [Claim(_quoted(item), (item,)) for item in evidence]
    sentence_only = len(whole) == 1 and whole[0].text.rstrip("。") == short.rstrip("。")
    return Draft(
        question=query.text,
        short=short,
        claims=tuple(whole if sentence_only else [Claim(_closed(short, query), tuple(evidence)), *whole]),
        confidence=min(sure),
        engine=ENGINE,
        alternatives=tuple(alternatives),
        notice=_LEFT_OPEN[query.language].format("；".join(left)) if left else "",
    )


def _sentence(candidate: Candidate) -> Evidence:
    """Return the whole sentence (or the sentences, for a span across several) around a candidate as evidence."""
    page = candidate.page
    first = page.sentences[page.sentence_at(candidate.span.start)]
    last = page.sentences[page.sentence_at(candidate.span.end - 1)]
    text = page.passage.text[first.start : last.end]
    start = first.start + len(text) - len(text.lstrip())
    return Evidence(page.passage, Span(start, first.start + len(text.rstrip())))


def _quoted(evidence: Evidence) -> str:
    return evidence.span.of(evidence.passage.text).replace("\n", " ")


def _closed(short: str, query: Query) -> str:
    return short + ("。" if query.language == "zh" else ".")


_THIS_YEAR = re.compile(r"今年|去年|前年|明年|后年|本年|上年|当年")


def _short(candidate: Candidate) -> str:
    """Return the words that answer; a date with the year, and for 昨日 the day, that its article's date gives it."""
    quantity, published = candidate.quantity, candidate.page.passage.published
    if quantity is None or quantity.start is None or quantity.start.year is not None or published is None:
        return candidate.text
    start = resolve(quantity, published).start
    if start is None or start.year is None:
        return candidate.text
    if quantity.start.relative == "year":
        return _THIS_YEAR.sub(f"{start.year}年", candidate.text, count=1)
    if quantity.start.relative:
        named = (f"{start.year}年", f"{start.month}月" if start.month else "", f"{start.day}日" if start.day else "")
        return "".join(named)
    if (
        quantity.start.month is not None
        and len(published) >= 7
        and re.match(r"\d|[一二三四五六七八九十]", candidate.text)
    ):
        return f"{start.year}年{candidate.text}"
    return candidate.text


def _named(query: Query, part: Part, candidate: Candidate, short: str) -> str:
    """Return a short answer that says which part it answers: 总投资 + 250.42亿元, 23个 + 项目."""
    import rjieba

    if candidate.quantity is None:
        return short
    after = query.text[part.focus.end : part.span.end].strip("，,；;。？?！! ")
    if after and len(after) <= 6:
        return short + after
    words = rjieba.cut(query.text[part.span.start : part.focus.start].rstrip("是有为达到的约共 "))
    return (words[-1] if words else "") + short


# A figure of another sentence counts as another answer to the same question when its clause shares this much of the
# words around it, the figure and the period left out.
_SAME_SCOPE = 0.5


def _sides(query: Query, ranked: Sequence[Scored]) -> list[Alternative]:
    """Group the candidates that answer alike by period and figure, newest first; one side where the sources agree."""
    best = ranked[0]
    quantity = best.candidate.quantity
    if quantity is None or quantity.start is not None:
        return []
    scope = _scope(best.candidate)
    sides: list[tuple[Period | None, Candidate, list[Evidence]]] = []
    for item in ranked:
        other = item.candidate
        if other is not best.candidate and not _answers_too(query, item, best, scope):
            continue
        period = other.page.period_of(other.span)
        for known, side, evidence in sides:
            assert side.quantity is not None
            same_figure = other.quantity is not None and same(other.quantity, side.quantity) == "exact"
            if same_figure and (None in (known, period) or known == period):
                evidence.append(_sentence(other))
                break
        else:
            sides.append((period, other, [_sentence(other)]))
    first = sides[0][1].quantity
    assert first is not None
    if all(side.quantity is not None and same(side.quantity, first) is not None for _, side, _ in sides[1:]):
        return []
    ordered = sorted(sides, key=_newest, reverse=True)
    return [
        Alternative(side.text, period.label if period else "", tuple(dict.fromkeys(evidence)))
        for period, side, evidence in ordered
    ]


def _newest(side: tuple[Period | None, Candidate, list[Evidence]]) -> tuple[tuple[int, int], str]:
    return (side[0].key if side[0] else (0, 0), side[1].page.passage.published or "")


# How far behind the best candidate another may score and still answer the same question.
_BEHIND = 2.5


def _answers_too(query: Query, item: Scored, best: Scored, scope: frozenset[str]) -> bool:
    """Whether a candidate is a figure of the same thing as the best one: of another time, or in another source."""
    other, one = item.candidate, best.candidate
    assert one.quantity is not None
    if other.quantity is None or (other.quantity.kind, other.quantity.unit) != (one.quantity.kind, one.quantity.unit):
        return False
    if item.score < best.score - _BEHIND or not _alike(scope, _scope(other)):
        return False
    if other.page.passage.article_id == one.page.passage.article_id and _sentence(other) == _sentence(one):
        return False
    for name, worse in (("name", -1), ("rival", 1), ("clash", 1), ("metric", -1), ("missing", 1)):
        at = FEATURES.index(name)
        if worse * (item.features[at] - best.features[at]) > 0.1:
            return False
    at = FEATURES.index("period")
    return not query.periods or item.features[at] >= best.features[at] - 0.1


def _scope(candidate: Candidate) -> frozenset[str]:
    """Return the words of a candidate's clause, its own figure and periods left out."""
    page = candidate.page
    around = clause(page.text, candidate.span, fine=True)
    kept = list(around.of(page.text))
    for figure in page.figures:
        if figure.span.overlaps(around) and (figure.start is not None or figure.span.overlaps(candidate.span)):
            for at in range(max(figure.span.start, around.start), min(figure.span.end, around.end)):
                kept[at - around.start] = " "
    return frozenset(words("".join(kept), search=False))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and len(one & other) / len(one | other) >= _SAME_SCOPE


# Under this share of the question's weight nothing in the corpus is about what was asked.
_ABOUT = 0.45
_CARRIED = 0.75


def _refusal(query: Query, part: Part, ranked: Sequence[Scored], terms: Sequence[Term], found: Found) -> Draft:
    """Say why there is no answer, and what there is instead."""
    reason: Reason = "nothing_found"
    there: tuple[Evidence, ...] = ()
    windows = [fold(f"{hit.passage.title} {hit.passage.heading} {hit.passage.text}") for hit in found.hits[:_PAGES]]
    about = max((coverage(terms, window) for window in windows), default=0.0)
    # What stands near the interrogative is the metric, what stands far from it the subject.
    nearest = max((term.near for term in terms), default=0.0)
    metric = [term for term in terms if term.near >= 0.6 * nearest]
    subject = [term for term in terms if term.near < 0.6 * nearest]
    fitting = [item for item in ranked if item.features[FEATURES.index("period")] < 0]
    if not found.hits:
        reason = "nothing_found"
    elif about < _ABOUT:
        reason = "not_in_corpus"
    elif query.periods and fitting and fitting[0] is ranked[0]:
        reason, there = "other_period", (_sentence(ranked[0].candidate),)
    elif subject and max(coverage(subject, window) for window in windows) >= _CARRIED:
        reason, there = "other_metric", _instead(subject, ranked, found)
    elif metric and max(coverage(metric, window) for window in windows) >= _CARRIED:
        reason = "other_subject"
    return Draft(
        question=query.text,
        short="",
        claims=tuple(Claim(_quoted(item), (item,)) for item in there),
        confidence=1 - (ranked[0].probability if ranked else 0.0),
        engine=ENGINE,
        reason=reason,
    )


def _instead(subject: Sequence[Term], ranked: Sequence[Scored], found: Found) -> tuple[Evidence, ...]:
    """Return a sentence that speaks of the subject: with a figure of the kind asked for, else with any figure."""
    for item in ranked:
        sentence = _sentence(item.candidate)
        bound = item.features[FEATURES.index("name")] >= 0.9
        if bound and coverage(subject, fold(_quoted(sentence))) >= _CARRIED:
            return (sentence,)
    for page in prepare(found, 3):
        for span in page.sentences:
            figured = any(figure.span.overlaps(span) for figure in page.figures)
            if figured and coverage(subject, span.of(page.text)) >= _CARRIED:
                text = span.of(page.passage.text)
                start = span.start + len(text) - len(text.lstrip())
                return (Evidence(page.passage, Span(start, span.start + len(text.rstrip()))),)
    return ()
