"""Articles, passages and drafts made of a few lines of text."""

from dataclasses import dataclass

import pytest

from rag._text import Span
from rag.articles import Article, Block, Published
from rag.chunks import Passage
from rag.synthesis import Claim, Draft, Evidence
from rag.verification import Answer, verify


@dataclass(frozen=True)
class Shelf:
    """One article whose lines are one passage, as a page of narrow columns gives it: line breaks are not in it."""

    article: Article
    passage: Passage

    def evidence(self, words: str) -> Evidence:
        start = self.passage.text.index(words)
        return Evidence(self.passage, Span(start, start + len(words)))

    def claim(self, text: str, *quotes: str) -> Claim:
        return Claim(text, tuple(self.evidence(quote) for quote in quotes))

    def draft(self, *claims: Claim, short: str = "", question: str = "总投资多少", **other) -> Draft:
        return Draft(question, short, claims, 0.9, "test", **other)

    def verify(self, draft: Draft) -> Answer:
        return verify(draft, article={self.article.id: self.article}.__getitem__, index="g1")


@pytest.fixture
def shelf() -> Shelf:
    text = (
        "市中区重点项目\n中央活力\n区总投资约520亿元，占地约21平方公里。其中新引进企业61\n家，减少耗能3.2%。"
        "2022年，新增瞪羚企业9家。新增专利84项。\n"
    )
    spans, at = [], 8
    for line in text.splitlines()[1:]:
        spans.append(Span(at, at + len(line)))
        at += len(line) + 1
    article = Article(
        "a", "a.txt", "市中区重点项目", Published("2023-02-17", "名"), text, (Block("body", tuple(spans)),)
    )
    passage = Passage(
        "p", "a", tuple(spans), "".join(span.of(text) for span in spans), "", article.title, "a.txt", "2023-02-17"
    )
    return Shelf(article, passage)
