"""A sentence against its quotes. Every pair here is one that a looser check lets through."""

import pytest

from rag.verification import Quote, check

LIST = "端午假期，成都接待游客数量和旅游收入分别同比增长6.6%、10.8%，接待过夜游客超过52万人次。"


@pytest.mark.parametrize(
    "sentence",
    [
        LIST,
        "成都旅游收入同比增长10.8%，接待游客数量同比增长6.6%。",
        "成都接待过夜游客突破52万人次。",
        "成都接待过夜游客超过520000人次。",
        "根据资料，端午假期成都旅游收入同比上升10.8%。",
    ],
)
def test_what_is_right_is_supported(sentence):
    checked = check(sentence, [LIST])
    assert checked.supported, checked


@pytest.mark.parametrize(
    "sentence",
    [
        "成都接待过夜游客超过53万人次。",
        "成都接待过夜游客超过52万人。",
        "成都接待过夜游客超过52亿人次。",
        "成都接待过夜游客不足52万人次。",
        "成都接待过夜游客52万人次。",
        "成都旅游收入同比下降10.8%。",
        "成都旅游收入环比增长10.8%。",
        "成都旅游收入同比增长10.8个百分点。",
        "成都接待游客数量和旅游收入分别同比增长10.8%、6.6%。",
        "2024年，成都接待过夜游客超过52万人次。",
        "重庆火锅店昨夜关门。",
        "成都没有接待过夜游客。",
    ],
)
def test_what_is_altered_is_not(sentence):
    assert not check(sentence, [LIST]).supported


def test_the_figure_found_is_told():
    checked = check("旅游收入增长10.8%。", ["无关的话。", LIST])
    (figure,) = checked.figures
    assert (figure.status, figure.quote) == ("exact", 1)
    assert figure.source is not None
    assert figure.source.span.of(LIST) == "10.8%"


def test_a_telephone_number_is_carried_as_it_stands_and_only_whole():
    quote = "举报电话:0951-6737862，紧急求助电话：17  查询请拨12308热线，共2018个。"
    (figure,) = check("17。", [quote]).figures
    assert (figure.status, figure.source.span.of(quote)) == ("exact", "17")
    assert check("0951-6737862。", [quote]).supported
    for said in ("6737862。", "0951-6737863。", "18。", "201。", "17个。"):
        assert not check(said, [quote]).supported


def test_swapped_figures_are_both_in_the_quote_and_both_unsupported():
    quote = "原产于美国的进口商品的加征关税税率由34%提高至84%。"
    checked = check("加征关税税率由84%提高至34%。", [quote])
    assert [figure.status for figure in checked.figures] == ["unsupported", "unsupported"]


def test_a_figure_of_another_year_is_not_that_of_this_one():
    quote = "2023年全区生产总值达到1000亿元，增长5%；2024年全区生产总值达到1100亿元，增长6%。"
    assert check("2024年全区生产总值达到1100亿元。", [quote]).supported
    assert not check("2024年全区生产总值达到1000亿元。", [quote]).supported


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("2023年新引进企业9家。", "2022年新引进9家，2023年新引进6家。"),
        ("乙区新开工项目9个。", "甲区开工9个，乙区开工6个。"),
        ("其中能源类企业有218家。", "能源类企业新增61家，全部企业累计218家。"),
    ],
)
def test_a_figure_said_of_another_thing(sentence, quote):
    assert not check(sentence, [quote]).supported


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("2022年新引进企业9家。", "2022年新引进9家，2023年新引进6家。"),
        ("乙区新开工项目6个，甲区9个。", "甲区开工9个，乙区开工6个。"),
        ("2024年开工的二期投资20亿元。", "一期投资10亿元，2022年8月开工；二期投资20亿元，2024年开工。"),
        ("2024年生产总值达100亿元。", "2024年，生产总值比2023年的95亿元增长5%，达到100亿元。"),
    ],
)
def test_a_figure_said_of_this_thing_in_another_order(sentence, quote):
    assert check(sentence, [quote]).supported


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("2023年1—11月完成24个。", Quote("1—11月份完成24个。", published="2023-12-20")),
        ("2023年完成24个。", Quote("今年完成24个。", published="2023-12-20")),
        ("2022年新增企业9家。", Quote("新增企业9家。", published="2023-02-17", before="2022年，成绩喜人。")),
        ("2023-02-17报道，新增企业9家。", Quote("新增企业9家。", published="2023-02-17")),
    ],
)
def test_dates_that_are_implied_are_found(sentence, quote):
    assert check(sentence, [quote]).supported


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("2022年1—11月完成24个。", Quote("1—11月份完成24个。", published="2023-12-20")),
        ("2023年新增企业9家。", Quote("新增企业9家。", published="2023-02-17", before="2022年，成绩喜人。")),
        ("2023年新增企业9家。", Quote("2022年新增企业9家。", published="2023-02-17")),
        ("2023年新增企业9家。", Quote("新增企业9家。")),
    ],
)
def test_dates_that_are_not_implied_are_not(sentence, quote):
    assert not check(sentence, [quote]).supported


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("项目未完成验收。", "项目已完成验收。"),
        ("项目完成验收。", "项目没有完成验收。"),
        ("企业利润上升。", "企业利润下滑。"),
        ("贸易顺差扩大。", "贸易逆差扩大。"),
        ("AG300飞机首飞。", "AG600飞机首飞。"),
        ("天桥区新增瞪羚企业9家，完成项目24个。", "市中区新增瞪羚企业9家，完成项目24个。"),
        ("总台记者在现场采访了河北省委书记和与会代表。", "总台记者在现场采访了湖北省委书记和与会代表。"),
        ("云南省委制定实施方案，明确13条举措。", "安徽省委制定实施方案，明确13条举措。"),
        ("会议听取湖南省委汇报，对云南的成绩给予肯定。", "会议听取云南省委汇报，对云南的成绩给予肯定。"),
        ("会议于上午召开。", "会议于下午召开。"),
    ],
)
def test_the_contrary_in_the_same_words(sentence, quote):
    checked = check(sentence, [quote])
    assert not checked.supported
    assert checked.wording.contrary


def test_the_subject_may_stand_in_the_title():
    quote = Quote("总投资约520亿元。", context="市中区中央活力区建设")
    assert check("中央活力区总投资约520亿元。", [quote]).supported
    assert not check("青石镇水库加固工程总投资约520亿元。", [quote]).supported


def test_words_of_another_language_cannot_be_compared_but_figures_can():
    quote = "中央活力区总投资约520亿元。"
    assert check("The total investment is about 52 billion yuan.", [quote]).supported
    assert not check("The total investment is about 25 billion yuan.", [quote]).supported
    assert not check("The project is a great success.", [quote]).supported


@pytest.mark.parametrize("quotes", [[], [""], ["  \n"]])
def test_nothing_carries_nothing(quotes):
    for sentence in ("总投资520亿元。", "中央活力区。", "。", ""):
        assert not check(sentence, quotes).supported


def test_a_year_holds_on_over_the_end_of_a_year_and_a_comparison():
    before, text = "2024年，全区实现增加值603亿元，比上年增长5.7%。", "年末常住人口64.2万人，比上年末增加0.5万人。"
    quote = Quote(text, "2025-03-14", before)
    assert check("2024年64.2万人", [quote]).supported
    assert not check("2023年64.2万人", [quote]).supported
    assert not check("2024年64.2万人", [Quote("去年常住人口64.2万人。", "2024-03-14", before)]).supported


def test_an_english_sentence_without_figures_rests_on_what_its_words_are_translated_as():
    quote = "各区政府要加快重点项目建设，改善企业的投资环境。"
    assert check("District governments should speed up the construction of key projects.", [quote]).supported
    assert not check("The hospital bought new medical equipment for patients.", [quote]).supported


LINES = (
    "海川市地铁5号线全长31.2公里，设车站24座，总投资218亿元。",
    "海川市地铁4号线总投资174亿元，已于2022年12月开通。",
)


@pytest.mark.parametrize(
    ("sentence", "right"),
    [
        ("海川市地铁5号线总投资218亿元，4号线总投资174亿元。", True),
        ("海川市地铁4号线总投资174亿元，5号线总投资218亿元。", True),
        ("海川市地铁4号线总投资218亿元，5号线总投资174亿元。", False),
        ("海川市地铁4号线总投资218亿元。", False),
        ("海川市地铁5号线总投资174亿元。", False),
    ],
)
def test_numbered_subjects_are_told_apart_across_two_quotes(sentence, right):
    assert check(sentence, LINES).supported == right
