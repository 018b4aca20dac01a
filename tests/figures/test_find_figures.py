"""What is a figure, where it begins and ends, and what it is worth."""

from fractions import Fraction
from itertools import pairwise

import pytest

from rag._figures import Quantity, find_figures, resolve


def only(text: str) -> Quantity:
    found = find_figures(text)
    assert len(found) == 1, [figure.text for figure in found]
    return found[0]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("三千二百万", 32_000_000, ""),
        ("一百二十个", 120, "个"),
        ("一万零三十户", 10_030, "户"),
        ("三万五千人", 35_000, "人"),
        ("二〇二五件", 2025, "件"),
        ("2.4万亿元", 2_400_000_000_000, "元"),
        ("3亿5000万元", 350_000_000, "元"),
        ("1.51万栋", 15_100, "栋"),
        ("５２０亿元", 52_000_000_000, "元"),
        ("１，２００人", 1200, "人"),
        ("1,234,567.8吨", Fraction("1234567800"), "千克"),
        ("3億元", 300_000_000, "元"),
        ("壹佰贰拾万元整", 1_200_000, "元"),
        ("52 billion yuan", 52_000_000_000, "元"),
        ("US$5.2 million", 5_200_000, "美元"),
        ("100,000 cars", 100_000, "辆"),
        ("人民币68万元", 680_000, "元"),
        ("21平方公里", 21_000_000, "平方米"),
        ("15亩", 10_000, "平方米"),
        ("60亿度", 6_000_000_000, "千瓦时"),
        ("800万千瓦", 8_000_000, "千瓦"),
        ("八百万千瓦", 8_000_000, "千瓦"),
        ("两成", 20, "%"),
        ("三分之一", Fraction(100, 3), "%"),
        ("百分之二十", 20, "%"),
        ("3‰", Fraction(3, 10), "%"),
        ("一半", 50, "%"),
        ("1.1个百分点", Fraction(11, 10), "百分点"),
        ("零下10摄氏度", -10, "摄氏度"),
        ("-0.3%", Fraction(-3, 10), "%"),
        ("一年半", Fraction(3, 2), "年"),
        ("两个半小时", Fraction(5, 2), "小时"),
        ("18个月", Fraction(3, 2), "年"),
        ("15元/吨", 15, "元/吨"),
        ("118-kilometer", 118_000, "米"),
        ("65，000名", 65_000, "人"),
        ("52，590，646.79元", Fraction("52590646.79"), "元"),
        ("50年一遇", 50, "年一遇"),
        ("25W", Fraction(1, 40), "千瓦"),
        ("9晚", 9, "晚"),
        ("9.77分", Fraction("9.77"), "分"),
        ("3分20秒", Fraction(200, 3600), "小时"),
        ("2.49亿总吨", 249_000_000, "总吨"),
    ],
)
def test_value_and_unit(text, value, unit):
    figure = only(text)
    assert (figure.value, figure.unit) == (value, unit)


@pytest.mark.parametrize(
    ("text", "found", "bound"),
    [
        ("总投资约520亿元。", "约520亿元", "about"),
        ("集聚总部型企业200余家", "200余家", "over"),
        ("连接超过150万个设备终端", "超过150万个", "over"),
        ("市场主体突破12.5万户", "突破12.5万户", "over"),
        ("近30万人次", "近30万人次", "nearly"),
        ("不足150万", "不足150万", "under"),
        ("不超过36个月", "不超过36个月", "at_most"),
        ("70%以上", "70%以上", "at_least"),
        ("20万亩左右", "20万亩左右", "about"),
        ("不足20万台以上", "不足20万台以上", "under"),
        ("more than 1.5 million", "more than 1.5 million", "over"),
        ("上百架", "上百架", "at_least"),
        ("三个多月", "三个多月", "over"),
        ("成员过半", "过半", "over"),
        ("千人以上供水工程", "千人以上", "at_least"),
    ],
)
def test_the_span_holds_bound_and_unit(text, found, bound):
    figure = only(text)
    assert (figure.text, figure.bound) == (found, bound)
    assert figure.span.of(text) == found


@pytest.mark.parametrize("text", ["集中签约23个项目", "最近3年", "经过3年", "节约3亿元", "以上3项"])
def test_words_that_only_end_like_a_bound_are_none(text):
    assert only(text).bound == "exact"


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("3—5年", 3, 5, "年"),
        ("10万至12万", 100_000, 120_000, ""),
        ("3-5万元", 30_000, 50_000, "元"),
        ("8亿至12亿立方米", 800_000_000, 1_200_000_000, "立方米"),
        ("100～110毫米", Fraction(1, 10), Fraction(11, 100), "米"),
        ("40天至60天", 960, 1440, "小时"),
        ("数百家", 200, 900, "家"),
        ("十几个", 11, 19, "个"),
        ("三四百人", 300, 400, "人"),
    ],
)
def test_ranges_and_vague_numbers(text, low, high, unit):
    figure = only(text)
    assert (figure.value, figure.high, figure.unit) == (low, high, unit)


@pytest.mark.parametrize(
    ("text", "iso", "kind"),
    [
        ("2022年8月", "2022-08", "date"),
        ("二〇二五年", "2025", "date"),
        ("2023-01-31", "2023-01-31", "date"),
        ("1月30日上午", "XXXX-01-30", "date"),
        ("3月10日上午9时", "XXXX-03-10T09:00", "date"),
        ("二十三日", "XXXX-XX-23", "date"),
        ("2023年1—11月份", "2023-01/2023-11", "period"),
        ("2023年头四个月", "2023-01/2023-04", "period"),
        ("2月17日至20日", "XXXX-02-17/XXXX-02-20", "period"),
        ("2024年10月至2025年3月", "2024-10/2025-03", "period"),
        ("前三季度", "XXXX-01/XXXX-09", "period"),
        ("2024年上半年", "2024-01/2024-06", "period"),
        ("前4个月", "XXXX-01/XXXX-04", "period"),
        ("“十四五”期间", "2021/2025", "period"),
        ("20世纪90年代", "1990/1999", "period"),
        ("August 2022", "2022-08", "date"),
        ("Jan 30 2023", "2023-01-30", "date"),
        ("下午3点", "T15:00", "time"),
        ("08:33:50", "T08:33:50", "time"),
        ("亮剑2025", "2025", "date"),
    ],
)
def test_dates_and_periods(text, iso, kind):
    figure = only(text)
    assert (figure.iso, figure.kind) == (iso, kind)


@pytest.mark.parametrize("text", ["近5日", "连续3日", "15日内"])
def test_spans_of_days_are_no_days_of_the_month(text):
    assert only(text).kind == "duration"


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("四号线", 4, "号线"),
        ("4号线", 4, "号线"),
        ("第三", 3, ""),
        ("第34届", 34, "届"),
        ("一期", 1, "期"),
        ("第12年", 12, "年"),
    ],
)
def test_ordinals(text, value, unit):
    figure = only(text)
    assert (figure.kind, figure.value, figure.unit) == ("ordinal", value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "党杨路-G104立交枢纽",
        "新建5G基站",
        "工业4.0产业基地",
        "12345热线",
        "闽公网安备35020302034903号",
        "电话0531-82078888",
        "QQ:4156828",
        "见[1]和[2-3]",
        "AG600与PM2.5",
        "054B型护卫舰",
        "歼-20",
        "波音757-300",
        "一带一路",
        "“四个意识”",
        "三农",
        "万一",
        "统一",
        "一定",
        "两会",
        "十分",
        "一个中国",
        "星期五",
        "长三角",
        "大年初一",
        "东六环",
        "核心零部件",
        "“3+3”机制",
        "",
    ],
)
def test_names_are_no_figures(text):
    assert [figure.text for figure in find_figures(text)] == []


def test_han_characters_around_hide_nothing():
    # \b and (?<!\w) find none of these: Han characters are word characters.
    found = find_figures("总投资96.5亿元,占地3.2平方公里,2024年开工")
    assert [figure.text for figure in found] == ["96.5亿元", "3.2平方公里", "2024年"]


def test_an_article_is_a_figure_only_when_asked_for():
    assert find_figures("一家企业") == []
    assert [figure.text for figure in find_figures("一家企业", indefinite=True)] == ["一家"]


@pytest.mark.parametrize(
    ("text", "directions"),
    [
        ("同比增长7.1%", [1]),
        ("下降3.2%", [-1]),
        ("分别增长6.6%、10.8%和3%", [1, 1, 1]),
        ("20%的降幅", [-1]),
        ("增长5%，占比3%", [1, 0]),
        ("增加值240亿元，增值税12亿元，增加值增长5%", [0, 0, 1]),
    ],
)
def test_rise_and_fall(text, directions):
    assert [figure.direction for figure in find_figures(text)] == directions


def test_spans_are_in_order_and_apart():
    text = "2023年1—11月份,5个省级、24个市级、111个区级重点项目分别完成年度投资计划的92.8%、122.2%和124%。"
    found = find_figures(text)
    assert [figure.text for figure in found] == ["2023年1—11月份", "5个", "24个", "111个", "92.8%", "122.2%", "124%"]
    assert all(one.span.end <= two.span.start for one, two in pairwise(found))


@pytest.mark.parametrize(
    ("text", "published", "iso"),
    [
        ("7月至9月将开展专项行动", "2025-06-20", "2025-07/2025-09"),
        ("预计3月至5月投产", "2023-11", "2024-03/2024-05"),
        ("项目将于3月开工", "2023-11-02", "2024-03"),
        ("1—11月，完成投资", "2023-03", "2022-01/2022-11"),
        ("计划9月底完成装修", "2023-08-02", "2023-09-27/2023-09-30"),
        ("预计全年增长6%，6月，产值上升", "2023-11", "2023-06"),
        ("今天（6月31日）", "2025-06-30", "2025-06-31"),
    ],
)
def test_a_plan_lies_ahead_and_a_report_behind(text: str, published: str, iso: str) -> None:
    found = [resolve(figure, published).iso for figure in find_figures(text) if figure.kind in ("date", "period")]
    assert iso in found


def test_a_comma_between_two_things_separates_no_thousands() -> None:
    assert [figure.text for figure in find_figures("上午10:46，340余名旅客到站")] == ["上午10:46", "340余名"]
    assert [figure.text for figure in find_figures("红球24，25，320注")][:2] == ["24", "25"]


def test_the_numbers_of_a_list_have_the_unit_behind_the_last() -> None:
    units = [figure.unit for figure in find_figures("参保人数分别为10.57亿、2.4亿、2.94亿人")]
    assert units == ["人", "人", "人"]
    assert [figure.unit for figure in find_figures("10.57亿，2.94亿人")] == ["", "人"]


def test_what_a_share_is_traded_under_is_no_figure() -> None:
    assert [figure.text for figure in find_figures("云记(01458)有门店3706间，江汇（000586.SZ）有1.45万户")] == [
        "3706间",
        "1.45万户",
    ]


def test_a_quarter_is_read_behind_a_name_that_ends_in_a_numeral() -> None:
    assert only("超频三一季度业绩").text == "一季度"


def test_a_blank_may_stand_before_a_bound() -> None:
    assert only("占产量的 70% 左右").bound == "about"
