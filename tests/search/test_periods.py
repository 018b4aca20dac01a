"""Which period a figure is of, and whether it is the one asked for."""

from dataclasses import replace

import pytest

from rag._figures import find_figures
from rag._text import Span
from rag.search.periods import asked_periods, fit, governing
from rag.search.query import read_query


def fits(question: str, text: str, figure: str, published: str | None) -> float:
    figures = find_figures(text)
    at = text.index(figure)
    found = governing(text, figures, Span(at, at + len(figure)), published)
    return fit(asked_periods(read_query(question)), found, published)


@pytest.mark.parametrize(
    ("question", "text", "published", "sign"),
    [
        ("2023年新增多少家", "2023年以来，新增企业6家。", "2024-01", 1),
        ("2023年新增多少家", "2022年，新增企业6家。", "2024-01", -1),
        ("2022年新增多少家", "去年新增企业6家。", "2023-01-05", 1),
        ("2023年新增多少家", "去年新增企业6家。", "2023-01-05", -1),
        ("2024年前三季度新增多少家", "前三季度新增企业6家。", "2022-11", -1),
        ("2022年前三季度新增多少家", "前三季度新增企业6家。", "2022-11", 1),
        ("1-10月新增多少家", "1-11月新增企业6家。", "2022-12", -1),
        ("1-10月新增多少家", "1-10月份新增企业6家。", "2022-12", 1),
        ("2019年新增多少家", "新增企业6家。", "2023-05-01", -1),
        ("新增多少家", "2019年新增企业6家。", "2023-05-01", 0),
    ],
)
def test_a_figure_of_another_period_does_not_fit(question: str, text: str, published: str, sign: int) -> None:
    found = fits(question, text, "6家", published)
    assert (found > 0) - (found < 0) == sign


def test_a_period_of_the_sentence_before_goes_on_less_surely() -> None:
    text = "2022年前三季度营收3亿元。新增企业6家。"
    found = governing(text, find_figures(text), Span(text.index("6家"), text.index("6家") + 2), None)
    assert found is not None
    assert (found.year, found.last_month, found.inherited) == (2022, 9, True)
    asked = asked_periods(read_query("2022年上半年新增企业多少家"))
    assert -0.5 < fit(asked, found, None) < 0  # not ruled out, as it would be in the sentence itself
    said = replace(found, inherited=False)
    assert fit(asked, said, None) < -0.5


def test_the_year_that_goes_on_is_ruled_out_for_several_months_and_not_for_one() -> None:
    text = "2024年，全区生产总值603.4亿元。社会消费品零售总额142.9亿元。"
    at = text.index("142.9")
    found = governing(text, find_figures(text), Span(at, at + 7), "2025-03-14")
    assert fit(asked_periods(read_query("2024年1—4月社会消费品零售总额")), found, "2025-03-14") <= -0.5
    assert fit(asked_periods(read_query("2024年7月上架多少机架")), found, "2025-03-14") > -0.5


def test_the_period_of_the_title_goes_on() -> None:
    text = "固定资产投资62.4亿元，增长8.1%。"
    found = governing(text, find_figures(text), Span(6, 12), "2023-05-20", "临江区2023年1—4月经济运行情况\n")
    assert found is not None
    assert (found.year, found.first_month, found.last_month, found.inherited) == (2023, 1, 4, True)
