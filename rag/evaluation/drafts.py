"""Cases proposed from a corpus of one's own, figures first, for a person to confirm."""

import hashlib
import re
from collections.abc import Iterator

from rag._figures import Quantity, find_figures
from rag._text import sentences
from rag.evaluation.cases import Case, Quote
from rag.evaluation.evidence import Assistant

_CLAUSE = re.compile(r"[^，；。！？;!?\n]+")
# A clause that begins so has its subject elsewhere, and asks about nothing on its own.
_LEANING = re.compile(r"^\s*(?:[该其此这那它他她]|同比|环比|其中|占|分别|比上年|以上|累计|共|约|总)")
_NUMERALS = re.compile(r"[\d.,，\-—~～零〇一二三四五六七八九十百千万亿兆两几余多来左右上下以约近超逾达过]+")
_KINDS = ("money", "area", "length", "weight", "volume", "energy", "power", "count", "share", "duration")
_SUBJECT = 6  # characters before the figure, fewer of which name nothing


def draft_cases(assistant: Assistant, n: int) -> list[Case]:
    """Return up to ``n`` draft cases from the articles of ``assistant``.

    Each asks for the one figure of a clause, and quotes the clause. Articles are taken in an order that depends on
    their ids only, one case from each before a second from any. What comes back is marked as draft and not scored:
    a person reads question and answer, mends them, adds what else is right, and removes the mark.
    """
    infos = sorted(assistant.articles(), key=lambda info: hashlib.sha256(info.id.encode()).digest())
    waiting = [_proposals(assistant, info.id) for info in infos]
    cases: list[Case] = []
    while waiting and len(cases) < n:
        still = []
        for proposals in waiting:
            if len(cases) == n:
                break
            if case := next(proposals, None):
                cases.append(case)
                still.append(proposals)
        waiting = still
    return [
        Case(f"draft-{number:03}", case.question, case.answers, case.evidence, case.kind, draft=True)
        for number, case in enumerate(cases, 1)
    ]


def _proposals(assistant: Assistant, article_id: str) -> Iterator[Case]:
    # A generator, so that an article is read when its turn comes: a large corpus is not read for ten cases.
    article = assistant.article(article_id)
    for block in article.blocks:
        if block.role != "body":
            continue
        text = article.read(block)
        for sentence in sentences(text):
            for clause in _CLAUSE.findall(sentence.of(text)):
                figures = [figure for figure in find_figures(clause) if figure.kind not in ("date", "period", "time")]
                if len(figures) == 1 and (question := _question(clause, figures[0])):
                    answer = figures[0].text.strip()
                    yield Case("", question, (answer,), (Quote(article.source, clause.strip()),), "figure")


def _question(clause: str, figure: Quantity) -> str | None:
    before, after = clause[: figure.span.start], clause[figure.span.end :]
    if figure.kind not in _KINDS or _LEANING.match(clause) or len(before.strip()) < _SUBJECT:
        return None
    unit = "" if figure.kind == "share" else _NUMERALS.sub("", figure.text)
    asked = "百分之多少" if figure.kind == "share" else f"多少{unit}"
    return f"{before.strip()}{asked}{after.strip()}？"
