"""Evidence: as much of a long sentence as carries the answer by itself, and no more."""

from dataclasses import replace

import pytest
from test_reading import found_in

from rag._text import Span
from rag.search import read_query
from rag.search.matching import terms_of
from rag.synthesis.candidates import candidates, prepare
from rag.synthesis.evidence import quoted, stretch_of

LONG = (
    "按照“一年打基础、三年见成效、五年立新城”的总体安排，活力区总投资约520亿元，5年内初步建成活力品质新城区，"
    "集聚总部型企业200余家，形成千亿级产业集群，并带动周边片区的更新与改造。"
)
LED = (
    "云岭湖项目由城发集团投资建设，建成后将成为全市最大的滨水公共空间和文化地标，占地86亩，总投资37.5亿元，"
    "其中一期投资12亿元，计划明年年底前全部建成并对外开放，届时可新增就业岗位1600余个。"
)
LISTED = (
    "全区重点项目进展顺利，其中7个省级重点项目、31个市级重点项目、88个区级重点项目，"
    "分别完成年度投资计划的24.6%、23.8%和20.3%，高于序时进度，为全年任务打下了基础。"
)


def carried(question: str, text: str, answer: str) -> str:
    query = read_query(question)
    part = query.parts[0]
    found = candidates(query, part, prepare(found_in(text), 10))
    best = next(item for item in found if item.text == answer)
    return quoted(stretch_of(best, query, terms_of(query, part)))


def test_a_clause_that_says_it_all_is_enough() -> None:
    assert carried("中央活力区总投资多少", LONG, "约520亿元") == "活力区总投资约520亿元"


def test_the_subject_is_kept() -> None:
    stretch = carried("云岭湖项目总投资多少", LED, "37.5亿元")
    assert stretch.startswith("云岭湖项目")
    assert stretch.endswith("总投资37.5亿元")


def test_a_list_and_its_items_stay_together() -> None:
    stretch = carried("区级重点项目完成年度计划的百分之多少", LISTED, "20.3%")
    assert "88个区级重点项目" in stretch
    assert "分别" in stretch


def test_a_candidate_may_reach_over_the_mark_that_ends_its_sentence() -> None:
    text = LED[:-1] + "；工程由区住建局监督。"
    query = read_query("云岭湖项目总投资多少")
    part = query.parts[0]
    page = prepare(found_in(text), 10)
    best = next(item for item in candidates(query, part, page) if item.text == "37.5亿元")
    reaching = replace(best, span=Span(best.span.start, text.index("；") + 1))
    assert quoted(stretch_of(reaching, query, terms_of(query, part))).endswith("1600余个；")


@pytest.mark.parametrize("text", ["总投资37.5亿元，占地86亩。", "2023年，全区新增企业9家。"])
def test_a_short_sentence_is_not_cut(text: str) -> None:
    answer = "37.5亿元" if "亿" in text else "9家"
    assert carried("总投资多少" if "亿" in text else "新增企业几家", text, answer) == text
