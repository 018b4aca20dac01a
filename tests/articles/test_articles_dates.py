"""When an article was published: only what is known, and never the date of the page."""

from pathlib import Path

import pytest

from rag.articles import Article, CorpusFile, find_files, read_articles
from rag.articles.dates import find_date, read_date
from rag.articles.layout import lay_out

CORPUS = Path(__file__).parents[2] / "corpus"


def dated(text: str, **outside: str) -> str | None:
    published = find_date(text, lay_out(text), **outside)
    return published and published.date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2023-08-16", "2023-08-16"),
        ("2023/8/6 10:22", "2023-08-06"),
        ("2023年8月16日", "2023-08-16"),
        ("20230816", "2023-08-16"),
        ("2023-08-16T10:22:00+08:00", "2023-08-16"),
        ("2023年8月", "2023-08"),
        ("2023", "2023"),
        ("2023-02-30", "2023-02"),
        ("昨天", ""),
        ("", ""),
    ],
)
def test_a_field_is_read_as_far_as_it_goes(value: str, expected: str) -> None:
    assert read_date(value) == expected


@pytest.mark.parametrize(
    ("name", "date"),
    [("000", "2024-01"), ("001", "2023-02"), ("002", "2023-01"), ("003", "2023-01"), ("004", "2023-02")],
)
def test_samples(name: str, date: str) -> None:
    (file,) = (file for file in find_files([CORPUS]) if file.source.startswith(name))
    (article,) = read_articles(CorpusFile(file.path, file.source))
    assert isinstance(article, Article)
    assert article.published is not None
    assert article.published.date == date
    assert article.published.basis


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("项目签约\n\n2023-01-31 10:22 来源：大众网\n\n活动昨日举行。\n", "2023-01-31"),
        ("项目签约\n\n发布时间：2023-01-31\n\n活动昨日举行。\n", "2023-01-31"),
        ("深圳新闻网2023年7月28日讯 通知说，报名8月2日开始。", "2023-07-28"),
        ("新华社北京2023年1月30日电 活动举行。", "2023-01-30"),
        ("记者了解到，今天（2022年6月23日），项目开工。", "2022-06-23"),
        ("本报1月30日讯 截至2023年1月28日，项目已建成。", "2023-01-30"),
        ("8月8日，公司公告，截至2023年8月5日，股份已全部交割。", "2023-08"),
    ],
)
def test_dates_that_are_stated_or_follow(text: str, date: str) -> None:
    assert dated(text) == date


@pytest.mark.parametrize(
    "text",
    [
        "活动昨日举行，现场签约二十三个项目，总投资二百五十亿元。\n\n页面更新：2024-05-16\n",
        "活动昨日举行，现场签约二十三个项目，总投资二百五十亿元。\n\n© CopyRight 2020-2024 All Rights Reserved.\n",
        "项目计划2024年9月竣工，预计2025年投产。",
        "铁塔公司成立于2014年，项目自2019年8月开工建设。",
        "8月16日，一行人来到工地。2019年，这里还是荒地。",
        "会议12月13日召开，分析研究2019年经济工作，部署2019年经济会议。",
        "送来近2000份奶茶，2000份奶茶8月1日送达。",
    ],
)
def test_no_date_is_better_than_a_wrong_one(text: str) -> None:
    assert dated(text) is None


def test_page_and_name_are_asked_where_the_text_says_nothing() -> None:
    text = "活动昨日举行，现场签约二十三个项目。"
    assert dated(text, page="2023-01-31") == "2023-01-31"
    assert dated(text, name="20230131-签约") == "2023-01-31"
    assert dated(text, name="000_16a972c6306b8b94") is None
    assert dated("项目签约\n\n2023-01-30 10:22 来源：大众网\n\n" + text, page="2024-05-16") == "2023-01-30"
