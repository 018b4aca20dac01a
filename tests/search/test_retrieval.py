"""Ranking: of pages that say the same of several years, the one of the year asked for comes first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant

BULLETIN = """云泽区{year}年国民经济和社会发展统计公报

云泽区统计局　{later}年3月28日

一、综合

初步核算，全年实现地区生产总值{gdp}亿元，比上年增长5.{last}%。年末常住人口58.{last}万人。城镇新增就业1.4{last}万人。

二、国内贸易和投资

全年社会消费品零售总额29{last}.4亿元，增长6.{last}%。固定资产投资35{last}.1亿元。规模以上工业企业32{last}家。

三、财政

一般公共预算收入6{last}.7亿元，增长3.{last}%，其中税收收入4{last}.2亿元。
"""


@pytest.fixture(scope="module")
def bulletins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("bulletins")
    for year in (2021, 2022, 2023):
        text = BULLETIN.format(year=year, later=year + 1, last=year % 10, gdp=600 + 40 * (year % 10))
        Path(folder, f"{year}.txt").write_text(text, encoding="utf-8")
    with Assistant.build(folder, folder.parent / "index") as built:
        yield built


@pytest.mark.parametrize("year", [2021, 2022, 2023])
@pytest.mark.parametrize(
    ("metric", "figure"),
    [
        ("GDP", "地区生产总值"),
        ("社零", "社会消费品零售总额29{last}.4亿元"),
        ("固投", "固定资产投资35{last}.1亿元"),
        ("规上工业企业", "工业企业32{last}家"),
        ("城镇新增就业", "新增就业1.4{last}万人"),
        ("一般公共预算收入", "预算收入6{last}.7亿元"),
    ],
)
def test_the_page_of_the_year_asked_for_comes_first(bulletins: Assistant, year: int, metric: str, figure: str) -> None:
    best = bulletins.search(f"云泽区{year}年{metric}是多少？", k=5)[0].passage
    assert best.source == f"{year}.txt"
    assert figure.format(last=year % 10) in best.text
