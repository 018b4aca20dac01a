"""The engine that needs no LLM: it finds the span that answers, with what carries it, or says why there is none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag._figures import resolve
from rag._text import fold
from rag.search.matching import Term, terms_of
from rag.search.query import Part, Query
from rag.search.retrieval import Found
from rag.synthesis.candidates import Candidate, candidates, prepare
from rag.synthesis.draft import Alternative, Claim, Draft, Evidence
from rag.synthesis.evidence import quoted, stretch_of
from rag.synthesis.gist import gist
from rag.synthesis.ranking import Scored, group_of, rank, stated
from rag.synthesis.refusal import refuse, way_out
from rag.synthesis.revisions import Replaced, revisions, sift
from rag.synthesis.sides import sides_of

ENGINE = "reader"
# Under this probability the best candidate is a guess, even where the passages seem to say it somewhere.
_LEAST = 0.3
# Passages that are read closely; a right one ranks below these in under 1 % of development questions.
_PAGES = 10


@dataclass(frozen=True, slots=True)
class _Answered:
    """What one part of the question comes to: the words that answer, the same as the sources have them, and why."""

    short: str
    literal: str
    evidence: tuple[Evidence, ...]
    confidence: float
    alternatives: tuple[Alternative, ...] = ()
    before: Alternative | None = None


def draft(query: Query, found: Found, *, refuse_below: float) -> Draft:
    """Answer ``query`` from the passages found; a part of it that no candidate fits is left open, and a notice says so.

    ``refuse_below`` is the probability, that any candidate answers, under which none is given. The short answer gives
    dates their year and figures of several periods their period. Passages in Chinese are read for the question in
    Chinese; where others were found too they are read for both, and the surest of the answers is given.
    """
    made = _read(query, found, refuse_below)
    return made if made.reason is None else replace(made, notice=way_out(query))


def _read(query: Query, found: Found, refuse_below: float) -> Draft:
    """Return the draft over all passages, in whichever languages they are."""
    if found.rendered is None:
        return _over(query, found, refuse_below)
    if query.language == "zh":
        return _over(found.rendered, found, refuse_below)
    chinese = _over(found.rendered, found.only("zh"), refuse_below)
    if not (others := found.only("en", names=[name for name in found.rendered.named if name.isascii()])).hits:
        return chinese
    english = (_over(asked, others, refuse_below) for asked in (query, found.rendered))
    return min(chinese, *english, key=lambda made: (made.reason is not None, -made.confidence))


def _over(query: Query, found: Found, refuse_below: float) -> Draft:
    """Return the answer from the passages found, all in the language of ``query``."""
    pages = prepare(found, _PAGES)
    known = revisions(pages)
    answered: list[_Answered] = []
    open_parts: list[tuple[Part, list[Scored], tuple[Term, ...]]] = []
    for part in query.parts:
        terms = terms_of(query, part)
        standing, replaced = sift(query, candidates(query, part, pages), known)
        heirs = [(item.candidate, item.heir) for item in replaced if item.heir is not None]
        ranked = rank(query, part, terms, standing, heirs)
        if ranked and stated(ranked) >= refuse_below and ranked[0].probability >= _LEAST:
            answered.append(_answer(query, part, terms, ranked, replaced))
        else:
            open_parts.append((part, ranked, terms))
    if not answered:
        _, ranked, terms = open_parts[0]
        return refuse(query, ranked, terms, found, ENGINE)
    left = [query.text[part.span.start : part.span.end].strip("，,；;。？?！! ") for part, _, _ in open_parts]
    return _draft(query, answered, left)


_LEFT_OPEN = {"zh": "资料中没有说：{}", "en": "The corpus does not state: {}"}
_BEFORE = {"zh": "此前为{}。", "en": "Before that it was {}."}


def _draft(query: Query, answered: Sequence[_Answered], left: Sequence[str]) -> Draft:
    short = "，".join(dict.fromkeys(item.short for item in answered))
    literal = "，".join(dict.fromkeys(item.literal for item in answered))
    evidence = tuple(dict.fromkeys(piece for item in answered for piece in item.evidence))
    whole = [Claim(_ended(quoted(piece), query), (piece,)) for piece in evidence]
    claims = [Claim(_closed(short, query), evidence, literal=_closed(literal, query))]
    # A stretch that says no more than the short answer need not be read twice.
    claims += [claim for claim in whole if _bare(claim.text) not in (_bare(short), _bare(literal))]
    for item in answered:
        if item.before is not None:
            claims.append(Claim(_BEFORE[query.reply].format(item.before.text), item.before.evidence[:1]))
    return Draft(
        question=query.text,
        short=short,
        claims=tuple(claims),
        confidence=min(item.confidence for item in answered),
        engine=ENGINE,
        alternatives=tuple(side for item in answered for side in item.alternatives),
        notice=_LEFT_OPEN[query.reply].format("；".join(left)) if left else "",
    )


def _answer(
    query: Query, part: Part, terms: Sequence[Term], ranked: list[Scored], replaced: Sequence[Replaced]
) -> _Answered:
    best = ranked[0].candidate
    sides = sides_of(query, ranked)
    if len(sides) > 1:
        alternatives = tuple(
            Alternative(
                side.best.text, label, tuple(dict.fromkeys(stretch_of(each, query, terms) for each in side.all))
            )
            for label, side in sides
        )
        texts = {side.text for side in alternatives}
        return _Answered(
            "，".join(f"{side.period}{side.text}" for side in alternatives),
            "，".join(side.text for side in alternatives),
            tuple(side.evidence[0] for side in alternatives),
            # The sides are right together.
            stated([item for item in ranked if item.candidate.text in texts]),
            alternatives,
        )
    if group_of(part) == "sentence":
        short = literal = gist(best, part.asks, terms).of(best.page.passage.text)
    else:
        short, literal = _short(best, query, part), best.text
    if len(query.parts) > 1:
        short, literal = (_named(query, part, best, text) for text in (short, literal))
    evidence = (stretch_of(best, query, terms),)
    gone = [item.candidate for item in replaced if item.gave_way_to(best)]
    if not gone:
        return _Answered(short, literal, evidence, ranked[0].probability)
    # The text that first said it, where it was found, rather than the one that takes it back.
    gone.sort(key=lambda item: item.page.passage.published or "")
    was = Alternative(gone[0].text, "", tuple(dict.fromkeys(stretch_of(item, query, terms) for item in gone)), True)
    now = Alternative(best.text, "", evidence)
    return _Answered(short, literal, evidence, ranked[0].probability, (now, was), was)


def _bare(text: str) -> str:
    return re.sub(r"[\s，,。.；;]", "", fold(text))


def _ended(text: str, query: Query) -> str:
    """Return a stretch as a sentence: a clause that was cut out of one lacks its end."""
    return text if re.search(r"[。！？；…!?;.][”’」』）)\"]*$", text) else _closed(text, query)


def _closed(short: str, query: Query) -> str:
    return short + ("。" if query.reply == "zh" else ".")


_THIS_YEAR = re.compile(r"今年|去年|前年|明年|后年|本年|上年|当年")


_ASKS_DAY = re.compile(r"几[月号点]|哪一?[天日月]|哪个[日月]|星期|周几")
# Asks for no time of day: 9月20日 of 9月20日15时18分.
_TO_THE_DAY = re.compile(r"几[号日]|哪一?[天日]|哪个日")
_HOURS = re.compile(r"([^日号]*[日号])[^日号]*")


def _short(candidate: Candidate, query: Query, part: Part) -> str:
    """Return the words that answer; a date with the year, and for 昨日 the day, that its article's date gives it.

    Where a day is asked for (几号) the year is not, nor is the hour.
    """
    quantity, published = candidate.quantity, candidate.page.passage.published
    if quantity is not None and quantity.start and quantity.start.clock is not None and not quantity.start.relative:
        day = _HOURS.fullmatch(candidate.text)
        if day and _TO_THE_DAY.search(part.focus.of(query.folded)):
            return day[1]
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
        and not _ASKS_DAY.search(part.focus.of(query.folded))
    ):
        return f"{start.year}年{candidate.text}"
    return candidate.text


def _named(query: Query, part: Part, candidate: Candidate, short: str) -> str:
    """Return a short answer that says which part it answers: 总投资 + 250.42亿元, 机收率 + 99.1%, 23个 + 项目."""
    import rjieba

    if candidate.quantity is None:
        return short
    after = query.text[part.focus.end : part.span.end].strip("、，,；;。？?！! ")
    if after and len(after) <= 6:
        return short + after
    words = rjieba.cut(query.text[part.span.start : part.focus.start].rstrip("是有为达到的约共 "))
    # A word of one character names nothing alone: 率, and what it goes with: 机收; 总, and what it begins: 投资.
    first = len(words) - 2 if len(words) > 1 and (len(words[-1]) == 1 or words[-2] == "总") else len(words) - 1
    return "".join(words[max(first, 0) :]) + short
