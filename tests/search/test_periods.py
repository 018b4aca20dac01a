"""Which period a figure is of, and whether it is the one asked for."""

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


def test_a_period_of_the_sentence_before_gives_its_year_only() -> None:
    text = "2022年前三季度营收3亿元。新增企业6家。"
    found = governing(text, find_figures(text), Span(text.index("6家"), text.index("6家") + 2), None)
    assert found is not None
    assert (found.year, found.first_month) == (2022, None)
