"""The HTML report: whole in itself, in both languages, and what a case holds is never markup."""

import re
from pathlib import Path

import pytest

from rag._text import Span
from rag.evaluation import Cases, evaluate, write_report
from rag.evaluation.evidence import Place
from rag.evaluation.observation import Found
from rag.evaluation.pictures import latency_bars
from rag.evaluation.report import Language, mark

from .conftest import Reply, Scripted, case


@pytest.mark.parametrize(("language", "words"), [("zh", "取错了文字"), ("en", "the wrong characters taken")])
def test_the_report_needs_nothing_else(
    cases: Cases, replies: dict[str, Reply], tmp_path: Path, language: Language, words: str
) -> None:
    path = tmp_path / "report.html"
    write_report(evaluate(cases, Scripted(replies)), path, language)
    html = path.read_text(encoding="utf-8")
    assert words in html
    assert '<mark class="evidence">交通体系总投资84亿元</mark>' in html
    assert not re.search(r"(?:src|href)=|url\(|@import|https?://", html)
    assert len(re.findall(r'<details class="item', html)) == 6
    assert html.count('<svg class="chart"') == 4
    # Four answers were given, of four confidences.
    assert html.count("<title>n = 1</title>") == 4
    assert not re.search(r"\bnan\b", html.lower())


def test_a_case_cannot_write_the_page(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    run = evaluate(Cases("x", (case(evil, [evil], kind=evil),)), Scripted({evil: Reply(evil)}))
    write_report(run, tmp_path / "report.html")
    assert evil not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_marks_are_in_the_characters_of_the_passage() -> None:
    # A line break of the source lies between the two spans.
    passage = Found("a", "", "企业61家。", (Place("a", (Span(100, 104), Span(106, 108))),), 1, None)
    evidence = [Place("a", (Span(102, 104), Span(106, 107)))]
    cited = [Place("a", (Span(106, 108),)), Place("b", (Span(100, 101),))]
    assert mark(passage, evidence, cited) == [
        ("", "企业"),
        ("evidence", "61"),
        ("evidence cited", "家"),
        ("cited", "。"),
    ]


def test_latency_bars() -> None:
    assert latency_bars([0.004, 0.005, 0.03]) == [("≤5", 2), ("≤10", 0), ("≤20", 0), ("≤50", 1)]
    assert latency_bars([]) == []
