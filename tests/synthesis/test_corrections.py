"""Corrections: what a notice takes back is no answer, what it puts in its place is."""

from test_reading import found_in

from rag.search import read_query
from rag.synthesis.candidates import candidates, prepare
from rag.synthesis.corrections import corrections, superseded

NOTICE = "公报中，“一般公共预算收入42.8亿元，增长5.3%”应更正为“一般公共预算收入43.2亿元，增长6.3%”，其他数据不变。"
REPORT = "全年一般公共预算收入42.8亿元，增长5.3%。社会消费品零售总额42.8亿元。"


def test_each_figure_is_put_right_by_the_one_in_its_place() -> None:
    pages = prepare(found_in(NOTICE), 10)
    assert [(item.wrong.text, item.right.text) for item in corrections(pages)] == [
        ("42.8亿元", "43.2亿元"),
        ("5.3%", "6.3%"),
    ]


def test_what_is_taken_back_is_so_in_every_article_and_for_that_metric_only() -> None:
    query = read_query("一般公共预算收入多少")
    pages = prepare(found_in(NOTICE, REPORT), 10)
    known = corrections(pages)
    kept = [item for item in candidates(query, query.parts[0], pages) if superseded(item, known) is None]
    said = [(item.page.passage.id, item.text) for item in kept if item.quantity and item.quantity.kind == "money"]
    assert said == [("p0", "43.2亿元"), ("p1", "42.8亿元")]
    retail = next(item for item in kept if item.page.passage.id == "p1" and item.text == "42.8亿元")
    assert "零售总额" in retail.page.text[: retail.span.start]


def test_a_text_that_corrects_nothing_has_no_corrections() -> None:
    assert corrections(prepare(found_in("原计划投资3亿元，改为5亿元的说法不实。"), 10)) == []
