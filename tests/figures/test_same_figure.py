"""When two figures say the same."""

import pytest

from rag._figures import find_figures, number_tokens, resolve, same


def how(said: str, source: str) -> str | None:
    (one,), (other,) = find_figures(said), find_figures(source)
    return same(one, other)


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("520亿元", "５２０亿元"),
        ("突破150万个", "超过150万个"),
        ("200多家", "200余家"),
        ("四号线", "4号线"),
        ("5名", "5人"),
        ("2023-01-31", "2023年1月31日"),
        ("1月30日", "2023年1月30日"),
        ("9", "9家"),
        ("23项", "23个"),
        ("70%以上", "超过70%"),
    ],
)
def test_exact(said, source):
    assert how(said, source) == "exact"


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("52 billion yuan", "520亿元"),
        ("52000000000元", "520亿元"),
        ("2100公顷", "21平方公里"),
        ("31500亩", "21平方公里"),
        ("24000亿", "2.4万亿"),
        ("三千二百万元", "3200万元"),
        ("50%", "一半"),
        ("半年", "6个月"),
        ("166亿元", "166亿"),
    ],
)
def test_converted(said, source):
    assert how(said, source) == "converted"


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("约500亿元", "496.8亿元"),
        ("约25%", "24.9%"),
        ("近500亿元", "496.8亿元"),
        ("超过150万个", "153.2万个"),
        ("520亿元", "约520亿元"),
        ("2022年", "2022年8月"),
        ("约30万人次", "近30万人次"),
    ],
)
def test_rounded(said, source):
    assert how(said, source) == "rounded"


@pytest.mark.parametrize(
    ("said", "source"),
    [
        ("69.5亿元", "96.5亿元"),
        ("150万个", "超过150万个"),
        ("不足150万个", "超过150万个"),
        ("200家", "200余家"),
        ("520亿美元", "520亿元"),
        ("520万元", "520亿元"),
        ("30万人", "30万人次"),
        ("3%", "3个百分点"),
        ("增长3%", "下降3%"),
        ("同比增长3%", "环比增长3%"),
        ("500亿元", "496.8亿元"),
        ("约600亿元", "496.8亿元"),
        ("约530亿元", "约520亿元"),
        ("2023年8月", "2022年8月"),
        ("2022年8月", "8月"),
        ("2022年9月", "2022年8月"),
        ("5年", "3—5年"),
        ("不足30组", "近30组"),
        ("五号线", "4号线"),
        ("12月", "年底"),
        ("68万美元", "人民币68万元"),
    ],
)
def test_different(said, source):
    assert how(said, source) is None


@pytest.mark.parametrize(
    ("text", "published", "iso"),
    [
        ("今年", "2023-02-17", "2023"),
        ("去年底", "2023-02-17", "2022-12"),
        ("本月11日", "2023-02", "2023-02-11"),
        ("1—10月", "2023-11-20", "2023-01/2023-10"),
        ("12月", "2023-01-05", "2022-12"),
        ("23日", "2023-03-02", "2023-02-23"),
        ("昨天", "2023-03-01", "2023-02-28"),
        ("上周三", "2023-03-01", "2023-02-22"),
        ("今年", None, ""),
        ("月底", "2023-02-10", "2023-02-27/2023-02-28"),
    ],
)
def test_resolve(text, published, iso):
    (figure,) = find_figures(text)
    assert resolve(figure, published).iso == iso


@pytest.mark.parametrize(
    ("one", "other"), [("四号线", "4号线"), ("５２０", "520"), ("2.4万亿", "24000亿"), ("2022年8月", "August 2022")]
)
def test_search_tokens_meet(one, other):
    assert number_tokens(one) == number_tokens(other) != []


def test_search_tokens_leave_words_alone():
    assert number_tokens("两会期间，统一部署，万一下雨，一带一路") == []
