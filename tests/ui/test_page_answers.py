"""Answers on the page, in a browser: marks, figures, refusals, conflicts, follow-ups."""

import pytest
from served_page import QUESTION, Served, Visit, marked

from rag._text import join


def test_a_click_on_a_mark_shows_the_cited_characters_marked(visit: Visit, served: Served) -> None:
    visitor = visit()
    answer = served.assistant.ask(QUESTION)
    turn = visitor.ask(QUESTION)
    assert answer.short in turn.locator(".short").inner_text()
    turn.locator(".text button.cite").first.click()
    visitor.page.wait_for_selector("#source mark.active")
    citation = answer.citations[0]
    article = served.assistant.article(citation.article_id)
    assert marked(visitor.page) == citation.quote == join(article.text, list(citation.spans))
    assert visitor.page.locator("#source mark.active").first.evaluate(
        "mark => { const a = mark.getBoundingClientRect(), b = mark.closest('.body').getBoundingClientRect();"
        " return a.top >= b.top && a.bottom <= b.bottom }"
    ), "the quote is not in sight"
    head = visitor.page.locator("#source header").inner_text()
    assert article.title in head
    assert citation.source in head
    assert not visitor.errors


def test_a_sentence_cut_by_the_layout_is_marked_on_both_sides(visit: Visit, served: Served) -> None:
    question = "36条（段）市政道路改造项目与哪两个重点产业项目一起写到？山东未来云谷、中国海外集团华北区域总部进展如何"
    citations = served.assistant.ask(question).citations
    cut = next((one for one in citations if len(one.spans) > 1), None)
    assert cut is not None, "no citation of several spans: ask something else"
    visitor = visit()
    turn = visitor.ask(question)
    turn.locator(f'.cited [data-number="{cut.number}"]').click()
    visitor.page.wait_for_selector("#source mark.active")
    assert marked(visitor.page) == cut.quote
    visitor.page.locator("#source .jump").first.click()
    assert visitor.page.locator('#source mark.active[data-part="2"]').first.is_visible()


def test_figures_wear_their_mark(visit: Visit, served: Served) -> None:
    answer = served.assistant.ask(QUESTION)
    turn = visit().ask(QUESTION)
    for figure in answer.figures:
        mark = turn.locator(".text .figure", has_text=figure.text).first
        assert figure.status in mark.get_attribute("class")
        quote = next(one.quote for one in answer.citations if one.number == figure.citation)
        assert " ".join(quote.split())[:60] in mark.get_attribute("data-tip"), "the tip has the words of the source"


def test_a_refusal_says_so_and_why(visit: Visit) -> None:
    turn = visit().ask("火星基地的总投资是多少？")
    assert "资料里没有答案" in turn.locator(".refusal").inner_text()
    assert turn.locator(".short").count() == 0


@pytest.mark.parametrize(
    ("question", "heading", "sides"),
    [
        # Two of the sample articles, a year apart.
        ("市中区新增省级瞪羚企业多少家？", "各时期的数字", {"省级瞪羚企业6家": "压舱石", "省级瞪羚企业9家": "新篇章"}),
        # Two made for it, on one year.
        (
            "2023年澄湖区新增专精特新企业多少家？",
            "各来源说法不同",
            {"新增专精特新企业31家": "扩容", "新增专精特新企业26家": "运行"},
        ),
    ],
)
def test_a_conflict_is_a_table_whose_marks_open_the_sources(
    visit: Visit, question: str, heading: str, sides: dict[str, str]
) -> None:
    page = (visitor := visit()).page
    turn = visitor.ask(question)
    assert heading in turn.locator("table.conflicts caption").inner_text()
    rows = turn.locator("table.conflicts tbody tr").all()
    for row, (words, title) in zip(rows, sides.items(), strict=True):
        shown = row.inner_text().split()
        assert words.endswith(shown[0])
        assert title in row.inner_text()
        row.locator("button.cite").click()
        page.wait_for_function(
            "words => document.querySelector('#source mark.active')?.textContent.includes(words)", arg=words
        )
        assert title in page.locator("#source h2").inner_text()
    assert visitor.faults() == []


def test_a_follow_up_uses_the_dialogue(visit: Visit) -> None:
    visitor = visit()
    visitor.ask("山东未来云谷项目什么时候开工建设？")
    assert "2024年9月" in visitor.ask("它什么时候竣工？").inner_text()
