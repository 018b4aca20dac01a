"""A scripted assistant: real articles, spans and types; only the reading and the ranking are written down."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from rag._text import Span, sentences
from rag.articles.article import Article, Block
from rag.chunks import Passage
from rag.evaluation import Case, Cases, Quote
from rag.search.hit import Hit
from rag.verification.answer import Answer, Citation

ARTICLES = {
    "a.txt": "中央活力区总投资约520亿元。综合立体交通体系总投资84亿元。新增省级瞪羚企业9家。"
    "山东未来云谷、中国海外集团(华\n\n图为工地。\n北)区域总部加快建设。",
    "news/b.txt": "新增省级瞪羚企业6家。引进科创私募基金9家。",
}


@dataclass(frozen=True)
class Reply:
    """What the script answers: ``cites`` are (article, quote) pairs, ``finds`` the same in ranked order."""

    short: str = ""
    cites: Sequence[tuple[str, str]] = ()
    finds: Sequence[tuple[str, str]] = ()
    deeper: Sequence[tuple[str, str]] = ()
    refused: bool = False
    reason: str | None = None
    confidence: float = 0.5
    fails: Exception | None = None
    spoil: bool = False
    tokens: tuple[int, int] | None = None
    text: str = ""


@dataclass
class Scripted:
    """Answers from a script, and counts what it was asked."""

    replies: Mapping[str, Reply]
    texts: Mapping[str, str] = field(default_factory=lambda: ARTICLES)
    generation: str = "g1"
    asked: list[str] = field(default_factory=list)
    settings: object = None

    @property
    def index(self) -> "Scripted":
        return self

    def articles(self) -> Iterator[Article]:
        return (self.article(name) for name in self.texts)

    def article(self, article_id: str) -> Article:
        text = self.texts[article_id]
        blocks = tuple(Block("body", (span,)) for span in sentences(text))
        return Article(article_id, article_id, "", None, text, blocks)

    def ask(self, question: str) -> Answer:
        self.asked.append(question)
        reply = self.replies[question]
        if reply.fails:
            raise reply.fails
        citations = tuple(
            Citation(
                number, article, article, "", None, quote + ("!" if reply.spoil else ""), (self._span(article, quote),)
            )
            for number, (article, quote) in enumerate(reply.cites, 1)
        )
        return Answer(
            question=question,
            short=reply.short,
            text=reply.text or reply.short,
            citations=citations,
            figures=(),
            conflicts=(),
            refused=reply.refused,
            reason=reply.reason,
            confidence=reply.confidence,
            engine="script",
            index=self.generation,
            hits=self._hits(reply.finds),
            seconds={"retrieve": 0.01},
            details=dict(zip(("prompt_tokens", "completion_tokens"), reply.tokens or (), strict=False)),
        )

    def search(self, question: str, k: int) -> list[Hit]:
        reply = self.replies[question]
        return list(self._hits([*reply.finds, *reply.deeper])[:k])

    def _hits(self, found: Sequence[tuple[str, str]]) -> tuple[Hit, ...]:
        return tuple(
            Hit(
                Passage(f"{article}-{quote}", article, (self._span(article, quote),), quote, "", "", article, None),
                1 / rank,
            )
            for rank, (article, quote) in enumerate(found, 1)
        )

    def _span(self, article: str, quote: str) -> Span:
        start = self.texts[article].index(quote)
        return Span(start, start + len(quote))


def case(
    question: str, answers: Sequence[str] | None, *evidence: tuple[str, str], kind: str = "figure", **more: object
) -> Case:
    """A case whose id is its question."""
    quotes = tuple(Quote(source, quote) for source, quote in evidence)
    return Case(question, question, None if answers is None else tuple(answers), quotes, kind, **more)  # type: ignore[arg-type]


@pytest.fixture
def cases() -> Cases:
    """Six cases: two figures, a conflict, a cut sentence and two that the corpus does not answer."""
    return Cases(
        "sample",
        (
            case("投资", ["约520亿元", "520亿元"], ("a.txt", "活力区总投资约520亿元")),
            case("交通", ["84亿元"], ("a.txt", "交通体系总投资84亿元")),
            case("瞪羚", ["2022年9家，2023年6家"], ("a.txt", "瞪羚企业9家"), ("b.txt", "瞪羚企业6家"), kind="conflict"),
            case(
                "总部",
                ["中国海外集团(华北)区域总部"],
                ("a.txt", "中国海外集团(华"),
                ("a.txt", "北)区域总部"),
                kind="layout",
            ),
            case("区长", [], kind="unanswerable"),
            case("地铁", [], kind="unanswerable"),
        ),
    )


@pytest.fixture
def replies() -> dict[str, Reply]:
    """One right, one wrong figure, one right on both, one wrongly refused, one rightly refused, one not."""
    first, second, third = "中央活力区总投资约520亿元。", "综合立体交通体系总投资84亿元。", "新增省级瞪羚企业9家。"
    return {
        "投资": Reply("约520亿元", [("a.txt", first)], [("a.txt", first), ("a.txt", second)], confidence=0.9),
        "交通": Reply("520亿元", [("a.txt", first)], [("a.txt", first), ("a.txt", second)], confidence=0.8),
        "瞪羚": Reply(
            "2022年9家，2023年6家",
            [("a.txt", third), ("news/b.txt", "新增省级瞪羚企业6家。")],
            [("a.txt", third), ("a.txt", first), ("news/b.txt", "新增省级瞪羚企业6家。")],
            confidence=0.7,
        ),
        "总部": Reply(
            refused=True,
            finds=[("a.txt", first[:length]) for length in range(1, 11)],
            deeper=[("a.txt", "中国海外集团(华")],
            confidence=0.2,
        ),
        "区长": Reply(refused=True, finds=[("a.txt", first)]),
        "地铁": Reply("9家", [("a.txt", third)], [("a.txt", third)], confidence=0.4),
    }
