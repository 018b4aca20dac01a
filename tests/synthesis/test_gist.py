"""What of a sentence answers why, what is and whether."""

import pytest
from test_reading import found_in

from rag.search import read_query
from rag.search.matching import terms_of
from rag.synthesis.candidates import candidates, prepare
from rag.synthesis.gist import gist


@pytest.mark.parametrize(
    ("question", "sentence", "said"),
    [
        ("外卖单价为什么降了", "站长黎望说，单价下降是因为骑手人数增加，订单只多了一成。", "骑手人数增加"),
        ("瀚澄精密为什么要建二期", "为扩大丝杠产能，公司拟投资建设二期生产基地，项目投资9.8亿元。", "扩大丝杠产能"),
        (
            "需求响应是什么",
            "总经理杭天任说，所谓需求响应，就是用户主动减少用电，并获得补偿。",
            "用户主动减少用电，并获得补偿",
        ),
        ("北站商务区的定位是什么", "商务区规划面积11.4平方公里，定位为“数字新门户”。", "数字新门户"),
        ("民间投资增长了吗", "固定资产投资同比增长8.3%，其中民间投资下降1.9%，占比48.7%。", "其中民间投资下降1.9%"),
        (
            "临江检测中心二期建成了吗",
            "作为产业集聚区的引领项目，临江检测中心项目一期已竣工投产，二期主体已建成，计划2024年12月投产。",
            "二期主体已建成",
        ),
        ("高三也搬吗", "答：高三不搬。", "答：高三不搬。"),
    ],
)
def test_the_part_that_answers(question: str, sentence: str, said: str) -> None:
    query = read_query(question)
    part = query.parts[0]
    [candidate] = candidates(query, part, prepare(found_in(sentence), 1))
    assert gist(candidate, part.asks, terms_of(query, part)).of(sentence) == said
