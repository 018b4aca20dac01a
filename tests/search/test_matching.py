"""Words of a question against a text: coverage, clauses, and the items of a 分别-list."""

import pytest

from rag._figures import find_figures
from rag._text import Span
from rag.search.matching import clause, coverage, degree, metric_of, respective, terms_of
from rag.search.names import carried, names_of, rivals
from rag.search.query import read_query


def test_a_synonym_counts_less_than_the_word_and_more_than_nothing() -> None:
    assert degree("开工", "已于去年开工") == 1
    assert 0 < degree("开工", "已于去年动工") < 1
    assert degree("开工", "已于去年关闭") == 0


def test_an_english_word_is_carried_by_its_chinese_gloss() -> None:
    assert degree("hospital", "新建的医院落成") > 0.5


def test_the_metric_asked_for_weighs_most_near_the_interrogative() -> None:
    query = read_query("东港大桥总投资多少")
    terms = terms_of(query, query.parts[0])
    right, wrong = "大桥总投资10亿元", "东港大桥全长3公里"
    assert coverage(terms, right, near=True) > coverage(terms, wrong, near=True)


def test_a_noun_of_measure_is_carried_by_what_is_measured() -> None:
    assert degree("完成率", "一季度完成计划的20.3%") > 0.8
    assert degree("覆盖率", "一季度完成计划的20.3%") == 0


def test_words_cut_together_by_chance_are_cut_apart() -> None:
    query = read_query("四月份临江区社零是多少")
    assert "社零" in [term.text for term in terms_of(query, query.parts[0])]


def test_what_a_size_is_asked_of_is_no_metric() -> None:
    query = read_query("这颗卫星多重")
    assert [term.text for term in metric_of(terms_of(query, query.parts[0]))] == ["重"]


def test_a_name_is_no_part_of_the_metric() -> None:
    query = read_query("云澜市出口多少")
    assert [term.text for term in metric_of(terms_of(query, query.parts[0]))] == ["出口"]


def test_no_word_of_keywords_is_lost_behind_a_period() -> None:
    query = read_query("2023年1—4月，临江区 出口额")
    assert "出口额" in [term.text for term in terms_of(query, query.parts[0])]


def test_a_clause_ends_at_commas_but_not_inside_a_figure() -> None:
    text = "新建基站793处、累计建成4067处，投资1,024万元，全市第一"
    at = text.index("1,024")
    assert clause(text, Span(at, at + 5), fine=False).of(text) == "投资1,024万元"
    at = text.index("4067")
    assert clause(text, Span(at, at + 4), fine=True).of(text) == "累计建成4067处"
    assert clause(text, Span(at, at + 4), fine=False).of(text) == "新建基站793处、累计建成4067处"


@pytest.mark.parametrize(
    ("text", "figure", "expected"),
    [
        ("5个省级项目、24个市级项目、11个区级项目,分别完成计划的92.8%、122.2%和124%。", "122.2%", "24个市级项目"),
        ("甲县、乙县分别签约12个和31个项目", "31个", "乙县"),
        ("养老、失业、工伤保险参保人数分别为10亿人、2亿人和3亿人", "2亿人", "失业保险参保人数"),
    ],
)
def test_a_figure_of_a_list_goes_with_the_item_in_its_place(text: str, figure: str, expected: str) -> None:
    at = text.index(figure)
    scope = respective(text, [quantity.span for quantity in find_figures(text)], Span(at, at + len(figure)))
    assert scope is not None
    assert scope.startswith(expected)
    assert scope.endswith(figure)


def test_a_figure_outside_of_a_list_has_no_item() -> None:
    text = "项目分别开工，投资10亿元"
    assert respective(text, [quantity.span for quantity in find_figures(text)], Span(8, 12)) is None


@pytest.mark.parametrize(
    ("name", "text", "least", "most"),
    [
        ("中央活力区", "总投资，活力区5年内建成", 0.9, 1.0),
        ("星汉算力中心", "星枢算力中心总投资36亿元", 0.0, 0.3),
        ("中建福山站", "高铁福山站正在装修", 0.9, 1.0),
        ("国家管网集团", "国家石油天然气管网集团落地", 0.9, 1.0),
        ("淅阳县医院", "淅阳县人民医院中标结果", 0.9, 1.0),
        ("黛螺河大桥", "黛螺河特大桥转体成功", 0.9, 1.0),
        ("青溪小学", "青溪实验小学招生", 0.0, 0.7),
    ],
)
def test_the_end_of_a_name_stands_for_it_unless_another_name_goes_before(
    name: str, text: str, least: float, most: float
) -> None:
    assert least <= carried(name, text) <= most


def test_the_time_that_a_question_opens_with_is_no_part_of_a_name() -> None:
    assert names_of("2024年春节假期临江区接待游客多少人次") == ("临江区",)
    assert names_of("2023年头四个月临江区零售总额") == ("临江区",)
    assert names_of("2024年底临江区零售总额") == ("临江区",)
    assert names_of("有多少个国家参加红树林论坛") == ("红树林论坛",)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("哪家单位承建北站花园", ()),
        ("新药什么时候报上市", ()),
        ("9月改善最明显的是哪个县市", ()),
        ("漱玉区区委书记", ("漱玉区",)),
        ("鄢城区小学一年级一个班多少人", ("鄢城区",)),
    ],
)
def test_general_words_are_no_names(question: str, names: tuple[str, ...]) -> None:
    assert names_of(question) == names


def test_a_verb_and_a_sort_are_no_rival() -> None:
    assert not rivals("蒙江州", "申屠岳任州交通局局长")
    assert not rivals("青囊山高新区", "是指经高新区认定的人才")
    assert rivals("临江区", "青埔区10亿元")


def test_a_metric_is_not_found_in_a_longer_one() -> None:
    assert degree("出口", "进出口总值1330亿元") == 0
    assert degree("出口", "其中出口434亿元") == 1
    assert degree("总值", "地区生产总值434亿元") < 0.5


@pytest.mark.parametrize(
    ("text", "figure", "words"),
    [
        ("甲区增加值14亿元，乙区增加值24亿元，分别增长3%和5%。", "5%", "乙区"),
        ("新增甲类企业34家、乙类企业5家，累计分别达到152家和19家。", "19家", "乙类企业"),
        ("新增甲类企业34家、乙类企业5家。两类企业总数分别为152家和19家。", "19家", "乙类企业"),
    ],
)
def test_items_of_a_list_may_have_figures_of_their_own(text: str, figure: str, words: str) -> None:
    figures = [found.span for found in find_figures(text)]
    at = text.index(figure)
    assert words in (respective(text, figures, Span(at, at + len(figure))) or "")


def test_the_fine_clause_of_a_cell_is_the_cell_with_its_head_and_the_coarse_one_its_row() -> None:
    row = "| 事项 改造 | 计划投资 128万元 | 完成投资 96万元 |"
    span = Span(row.index("96"), row.index("96") + 4)
    assert clause(row, span, fine=True).of(row).strip() == "完成投资 96万元"
    assert clause(row, span, fine=False).of(row) == row
