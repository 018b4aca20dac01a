"""The clues of a candidate answer: what its clause, sentence and passage have of the question, and what they lack."""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag._figures import Quantity
from rag._text import Span, fold, weight, words
from rag.search.dialogue import subject_of
from rag.search.matching import RESPECTIVELY, Term, clause, coverage, degree, metric_of, respective
from rag.search.names import binding, names_of
from rag.search.periods import asked_periods, fit
from rag.search.query import Part, Query
from rag.synthesis.candidates import Candidate, Page
from rag.synthesis.qualifiers import qualifier_clash, unasked

Vector = NDArray[np.float64]

# In the order of the columns. ``training/ranker.py`` learns what they weigh.
FEATURES = (
    "bias",
    "fit",  # kind and unit are those asked for
    "neural",  # the reader's span score, 0 for the best span of all pages
    "page_score",  # the reader's score of the passage, relative to the best
    "answerable",  # the reader's probability that the passage answers
    "rank",  # 1 for the first passage, falling
    "fine",  # share of the question's words in the clause between 、
    "clause",  # … in the clause between commas
    "sentence",
    "window",  # … in the sentence and the one before
    "context",  # … in the passage, its heading and title
    "near_fine",  # the same, a word counting by its closeness to the interrogative
    "near_clause",
    "near_sentence",
    "missing",  # the heaviest word of the question that the passage lacks altogether
    "metric",  # the words next to the interrogative stand in the clause, or at least in the sentence
    "weakest",  # the least of metric, name, and the absence of another period, rival or qualifier
    "adjacent",  # closeness of the figure to the word asked about
    "period",  # 1 the period asked for, -1 another, 0 none asked or none known
    "clash",  # words such as 累计 against 新增
    "name",  # how near the names of the question stand
    "rival",  # whether other names of their kind stand nearer
    "foreign",  # the figure is said of the noun behind it, and the question is not: 84亿元的交通体系
    "echo",  # the candidate only repeats the question
    "told",  # share of the words around the candidate, in its clause, that the question has
    "told_clause",  # … in its clause between commas
    "unasked",  # qualifiers in its clause of which the question has none: 其中, 上年同期, 一期
    "absent",  # the heaviest of the words next to the interrogative that sentence and heading lack
    "own",  # the words next to the interrogative stand in the candidate's own clause between 、
    "elsewhere",  # … do not, and stand beside another figure of its kind in the passage
    "length",  # of the candidate, in log characters
)


@lru_cache(maxsize=64)
def _bound(query: Query) -> tuple[tuple[str, ...], str]:
    """Return the names in a question, and where there are none the phrase that it opens with; periods are no names."""
    masked = list(query.folded)
    for period in query.periods:
        masked[period.span.start : period.span.end] = " " * len(period.span)
    names = (*names_of("".join(masked)), *query.named)
    subject = fold(subject_of("".join(masked).strip())).removesuffix("项目").removesuffix("工程")
    plain = len(subject) >= 4 and not re.search(r"[a-z0-9]|^全", subject)
    return names, subject if plain and not names else ""


def features(query: Query, part: Part, terms: Sequence[Term], candidate: Candidate, best_page: float) -> Vector:
    """Return the features of one candidate, in the order of ``FEATURES``."""
    page, span = candidate.page, candidate.span
    text = page.text
    number = page.sentence_at(span.start)
    sentence = page.sentences[number]
    before = page.sentences[max(0, number - 1)]
    passage = page.passage
    head = page.head
    within = Span(sentence.start, max(sentence.end, span.end))
    listed = listed_words(page, within, span)
    fine = listed or clause(text, span, fine=True).of(text)
    around = clause(text, span, fine=False)
    if candidate.quantity is not None and candidate.quantity.start is not None and span.end == around.end < within.end:
        # 2月17日，某市举行…: a date with nothing behind it is that of the clause that follows.
        around = Span(around.start, clause(text, Span(around.end + 1, around.end + 2), fine=False).end)
    coarse = around.of(text)
    # What a sentence says before a figure, and in its clause; what follows tells of other things.
    whole = listed or text[within.start : around.end]
    window = Span(before.start, within.end).of(text)
    context = f"{head} {text}"
    asked = asked_periods(query)
    name, rival = binding(*_bound(query), fine, whole, within.of(text), text[: within.start], head)
    period = fit(asked, candidate.period, passage.published) if asked else 0.0
    # 新增甲8家、乙9家，累计分别达到80家和90家: what stands next to the list decides.
    near, around_it = (listed.rpartition(",")[2], listed) if listed else (fine, coarse)
    clash = qualifier_clash(query.folded, near, around_it, whole)
    other = unasked(query.folded, fine)
    core = metric_of(terms)
    if candidate.quantity is not None and not listed:
        fine = f"{_whole_of(query, page, within, candidate.quantity)}{fine}"
    # What its unit says of a figure need not be said in words: 人数 of 320人.
    fine, coarse, whole, window, context = (
        said + _implied(candidate.quantity) for said in (fine, coarse, whole, window, context)
    )
    metric = max(coverage(core, fine), coverage(core, coarse), 0.85 * coverage(core, whole), 0.5 * coverage(core, head))
    own = coverage(core, fine)
    lacking = max((term.weight * (1 - degree(term.text, context)) for term in terms), default=0.0)
    values = {
        "bias": 1.0,
        "fit": candidate.fit,
        "neural": max(candidate.neural, -20.0) / 10,
        "page_score": max(page.reading.score - best_page, -10.0) / 5,
        "answerable": page.reading.answerable,
        "rank": 1 / (1 + page.rank),
        "fine": coverage(terms, fine),
        "clause": coverage(terms, coarse),
        "sentence": coverage(terms, whole),
        "window": coverage(terms, f"{head} {window}"),
        "context": coverage(terms, context),
        "near_fine": coverage(terms, fine, near=True),
        "near_clause": coverage(terms, coarse, near=True),
        "near_sentence": coverage(terms, whole, near=True),
        "missing": lacking / 10,
        "adjacent": _adjacency(terms, text, within, span),
        "metric": metric,
        "weakest": min(metric, name, 1 + min(period, 0.0), 1 - min(rival, 1.0), 1 - min(clash, 1.0)),
        "period": period,
        "clash": clash,
        "name": name,
        "rival": rival,
        "echo": float(candidate.quantity is None and fold(candidate.text) in query.folded),
        "foreign": _foreign(query, text, span),
        "told": _told(query, page, listed or "", clause(text, span, fine=True), span),
        "told_clause": _told(query, page, listed or "", around, span),
        "unasked": other,
        "own": own,
        "elsewhere": _elsewhere(core, page, candidate) if own < 0.5 else 0.0,
        "absent": max((term.near * (1 - degree(term.text, f"{head} {whole}")) for term in core), default=0.0),
        "length": float(np.log1p(len(span))) / 4,
    }
    return np.array([values[name] for name in FEATURES])


_PART = "其中"
# A clause of so few characters before its figure goes on with the parts of what was said before.
_BARE = 8


def _whole_of(query: Query, page: Page, sentence: Span, quantity: Quantity) -> str:
    """Return the words for the whole of which a figure is the part asked for, "" for none: 人均收入 for 农村2万元.

    In 人均收入3万元，其中城镇4万元、农村2万元 a part is of the same unit as the whole, and 其中 may open a sentence.
    """
    text, span = page.text, quantity.span
    part = text.rfind(_PART, sentence.start, span.start)
    if part < 0:
        return ""
    told, start = part + len(_PART), sentence.start
    if not text[start:part].strip():
        start = page.sentences[max(page.sentence_at(start) - 1, 0)].start
    own = clause(text, span, fine=True)
    said = words(Span(max(own.start, told), span.start).of(text), search=False)
    if not any(len(word) > 1 and degree(word, query.folded) > 0.8 for word in said):
        return ""
    if clause(text, span, fine=False).start > part and (
        span.start - own.start > _BARE or re.search(r"[；;]", text[told : span.start])
    ):
        return ""
    before = [
        figure
        for figure in page.figures
        if start <= figure.span.start and figure.span.end <= part and figure.unit == quantity.unit
    ]
    if not before:
        return ""
    whole = before[-1].span
    return Span(clause(text, whole, fine=True).start, whole.start).of(text) + " "


_IMPLIED = {
    "money": "金额 数额 资金 款项 规模",
    "area": "面积 规模",
    "share": "比例 比重 占比 百分比",
    "count": "数量 规模",
    "weight": "重量 数量 规模",
    "length": "距离",
    "date": "时间 日期",
    "period": "时间 日期",
    "time": "时间",
    "duration": "时间 时长 期限",
}
_IMPLIED_PEOPLE = {"人": " 人数", "人次": " 人次 人数", "家": " 家数", "户": " 户数", "个": " 个数"}


def _implied(quantity: Quantity | None) -> str:
    """Return the nouns of measure that a figure's kind and unit stand for, folded, behind a blank."""
    if quantity is None or quantity.kind not in _IMPLIED:
        return ""
    return f" {_IMPLIED[quantity.kind]}{_IMPLIED_PEOPLE.get(quantity.unit, '')}"


def listed_words(page: Page, sentence: Span, span: Span) -> str | None:
    """Return the words that a figure of a 分别-list belongs to, None for any other candidate."""
    if not RESPECTIVELY.search(page.text, sentence.start, span.start):
        return None
    # What is listed may have been named by the sentence before.
    start = page.sentences[max(page.sentence_at(sentence.start) - 1, 0)].start
    figures = [
        Span(figure.span.start - start, figure.span.end - start)
        for figure in page.figures
        if start <= figure.span.start and figure.span.end <= sentence.end and figure.start is None
    ]
    return respective(page.text[start : sentence.end], figures, Span(span.start - start, span.end - start))


def _elsewhere(core: Sequence[Term], page: Page, candidate: Candidate) -> float:
    """Return in [0, 1] how well another figure of the candidate's kind is said to be what is asked about."""
    mine = candidate.quantity
    if mine is None or mine.start is not None or not core:
        return 0.0
    return max(
        (
            coverage(core, _around(page, figure.span) + _implied(figure))
            for figure in page.figures
            if figure.kind == mine.kind and figure.span != mine.span
        ),
        default=0.0,
    )


def _around(page: Page, span: Span) -> str:
    return clause(page.text, span, fine=True).of(page.text)


def _told(query: Query, page: Page, listed: str, around: Span, span: Span) -> float:
    """Return in [0, 1] how much of what is said ``around`` a candidate the question has: 其中税收收入 is not 收入.

    The candidate itself and figures tell nothing; the words of a 分别-list are given as ``listed``.
    """
    kept = list(around.of(page.text))
    for silent in (span, *(figure.span for figure in page.figures)):
        for at in range(max(silent.start, around.start), min(silent.end, around.end)):
            kept[at - around.start] = " "
    said = listed or "".join(kept)
    total = had = 0.0
    for word in words(said, search=False):
        worth = min(weight(word), 6.0) if len(word) > 1 else 0.5
        total += worth
        had += worth * degree(word, query.folded)
    return had / total if total else 1.0


_OWNER = re.compile(r"的([^，,。；;、：:！？\s]{2,24})")


def _foreign(query: Query, text: str, span: Span) -> float:
    """Return in [0, 1] how little of the noun phrase that a figure is an attribute of the question has."""
    owner = _OWNER.match(text, span.end)
    if owner is None:
        return 0.0
    told = [word for word in words(owner.group(1), search=False) if len(word) > 1]
    return sum(word not in query.folded for word in told) / len(told) if told else 0.0


def _adjacency(terms: Sequence[Term], text: str, sentence: Span, span: Span) -> float:
    """Return in [0, 1] how near the candidate stands to the words nearest to the interrogative."""
    best = 0.0
    for term in sorted(terms, key=lambda term: -term.near)[:3]:
        at = text.rfind(term.text, sentence.start, span.start)
        if at >= 0:
            distance = span.start - at - len(term.text)
        else:
            at = text.find(term.text, span.end, sentence.end)
            if at < 0:
                continue
            distance = at - span.end + 1
        best = max(best, term.near / (1 + distance / 6))
    return best
