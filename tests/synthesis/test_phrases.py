"""Phrases by form: persons with their offices, doers, places, rows and complements."""

import numpy as np
import pytest

from rag._reader import Reading
from rag.search import read_query
from rag.synthesis.persons import persons
from rag.synthesis.phrases import phrases


def fits(question: str, text: str) -> dict[str, float]:
    """Return what is proposed for ``question`` in ``text``, read by a reader that prefers nothing."""
    query = read_query(question)
    level = np.zeros(len(text), np.float32)
    found = phrases(query, query.parts[0], text, Reading(0.0, 0.5, level, level))
    return {span.of(text): fit for span, fit in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("市长顾清和作投资环境推介。", ("顾清和", "市长")),
        ("区委副书记、区长骆敬亭，董事长林予禾出席。", ("骆敬亭", "区长")),
        ("周承远为云澜市副市长；", ("周承远", "副市长")),
        ("管委会主任 戴启航", ("戴启航", "主任")),
        ("项目经理巴图说，进展顺利", ("巴图", "项目经理")),
        ("据项目总工惠凡介绍", ("惠凡", "项目总工")),
        ("总理卡尔萨考等政要在码头迎接", ("卡尔萨考", "总理")),
        ("社区党委书记步惊鸿盛饭时说", ("步惊鸿", "党委书记")),
        ("局长东郭澄认为，最关键的是医保", ("东郭澄", "局长")),
        ("开幕式导演为独孤静。", ("独孤静", "导演")),
        ("免去冉大成的交通运输局局长职务", ("冉大成", "局长")),
    ],
)
def test_a_person_is_found_with_the_office(text: str, expected: tuple[str, str]) -> None:
    assert expected in [(person.span.of(text), person.office) for person in persons(text)]


@pytest.mark.parametrize("text", ["书记和镇长来了", "市长高度重视", "镇长江边走走", "学生成绩提高"])
def test_words_behind_an_office_are_no_name(text: str) -> None:
    assert not list(persons(text))


def test_two_names_joined_by_and_are_two() -> None:
    text = "记者李明和王红报道"
    assert [person.span.of(text) for person in persons(text)][:1] == ["李明"]


def test_the_holder_of_the_office_asked_for_fits_best() -> None:
    found = fits("滨海区区长是谁", "副区长李小军说，区长骆敬亭出席，区委书记王大勇致辞。")
    assert found["骆敬亭"] == 1.0
    assert found["王大勇"] < 1.0
    assert "李小军" not in found  # a deputy is not the head


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("大桥由谁承建", "大桥由中铁四工局承建，总投资3亿元。", "中铁四工局"),
        ("古桥修缮的施工单位", "施工单位为丹渚古建筑公司。", "丹渚古建筑公司"),
        ("新馆由谁承建", "新馆由文体集团建设，桐岭建工承建。", "桐岭建工"),
        (
            "北岸的四至范围",
            "规划范围：东至云桂路，南至岚汀湖，西至河，北至铁路，总用地3公顷。",
            "东至云桂路，南至岚汀湖，西至河，北至铁路",
        ),
        ("安置区在哪里", "全寨搬进县城东郊的幸福里安置区。", "县城东郊的幸福里安置区"),
        ("新馆在哪里", "新馆选址东湖南岸，建筑面积3万平方米。", "东湖南岸"),
        ("文化节的主题", "本届文化节以“经纬山河”为主题。", "经纬山河"),
        ("数据港包括哪几部分", "数据港由数据中心、研发楼和人才公寓三部分组成。", "数据中心、研发楼和人才公寓"),
        ("哪个街道有新项目", "项目位于青石区柳林街道。", "柳林街道"),
        ("春节哪个景区游客最多", "澜江古镇接待游客52万人次，居首位。", "澜江古镇"),
    ],
)
def test_what_answers_by_its_form_is_proposed(question: str, text: str, answer: str) -> None:
    assert answer in fits(question, text)


@pytest.mark.parametrize(
    ("text", "read", "whole"),
    [
        ("游客最多的是“鱼跃龙门”灯组。", "龙门”", "鱼跃龙门"),
        ("由《海上来风》剧组获得", "《海上", "《海上来风》"),
        ("由华东重工(集团)公司获得", "华东重工(集", "华东重工(集团)"),
        ("一个”字也没有", "个”字", "个”字"),
    ],
)
def test_no_phrase_breaks_a_name_in_quotation_marks(text: str, read: str, whole: str) -> None:
    query = read_query("哪个灯组游客最多？")
    start, end = np.zeros((2, len(text)), np.float32)
    start[text.index(read)] = end[text.index(read) + len(read) - 1] = 9
    found = {span.of(text) for span, _ in phrases(query, query.parts[0], text, Reading(0.0, 0.5, start, end))}
    assert whole in found
    assert whole == read or read not in found
