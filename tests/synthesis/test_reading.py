"""The reader's parts: candidates by what is asked, qualifiers, probabilities that sum with "not stated" to one."""

import numpy as np
import pytest

from rag._reader import Reading
from rag._text import Span
from rag.chunks import Passage
from rag.search import Found, Hit, read_query
from rag.search.matching import terms_of
from rag.synthesis.candidates import candidates, prepare
from rag.synthesis.clues import FEATURES
from rag.synthesis.qualifiers import qualifier_clash
from rag.synthesis.ranking import Model, rank, stated
from rag.synthesis.reader import draft


def found_in(*texts: str, published: str | None = "2023-09-21") -> Found:
    """Return passages as search would, each of an article of its own, read by a reader that prefers nothing."""
    hits, readings = [], []
    for number, text in enumerate(texts):
        name = f"{number}.txt"
        passage = Passage(f"p{number}", name, (Span(0, len(text)),), text, "", "", name, published)
        hits.append(Hit(passage, 1.0 - number / 10))
        level = np.zeros(len(text), np.float32)
        readings.append(Reading(0.0, 0.5, level, level))
    return Found(tuple(hits), tuple(readings), ("",) * len(texts))


def proposed(question: str, *texts: str) -> list[str]:
    query = read_query(question)
    return [item.text for item in candidates(query, query.parts[0], prepare(found_in(*texts), 10))]


def test_only_figures_of_the_kind_asked_for_are_candidates() -> None:
    text = "大桥全长3.86公里，总投资27.5亿元，2024年6月通车，设收费站2座。"
    assert proposed("大桥总投资多少", text) == ["27.5亿元"]
    assert proposed("大桥什么时候通车", text) == ["2024年6月"]
    assert "3.86公里" in proposed("大桥全长多少", text)
    assert "27.5亿元" not in proposed("大桥有几座收费站", text)


def test_an_amount_in_another_currency_is_not_what_was_asked_for() -> None:
    assert proposed("大桥总投资多少美元", "大桥总投资27.5亿元。") == []
    assert proposed("大桥总投资多少美元", "大桥总投资27.5亿元,约合3.8亿美元。") == ["约合3.8亿美元"]
    assert proposed("大桥总投资多少钱", "大桥总投资3.8亿美元。") == ["3.8亿美元"]


def test_what_has_grown_by_nothing_is_no_growth() -> None:
    text = "第二产业增加值240亿元，比上年增加12亿元，增长5.1%。"
    assert proposed("第二产业增加值增长多少", text) == ["12亿元", "5.1%"]


def test_the_part_asked_for_has_the_words_of_its_whole() -> None:
    query = read_query("城镇居民人均收入多少元")
    part = query.parts[0]
    pages = prepare(found_in("居民人均收入50684元，比上年增长4.9%，其中城镇55391元、农村27000元。"), 10)
    ranked = rank(query, part, terms_of(query, part), candidates(query, part, pages))
    fine = {item.candidate.text: item.features[FEATURES.index("near_fine")] for item in ranked}
    assert fine["55391元"] > fine["50684元"] > fine["27000元"]


def test_what_stands_next_to_a_list_qualifies_it() -> None:
    query = read_query("新增乙类企业多少家")
    part = query.parts[0]
    text = "全区新增甲类企业34家、乙类企业5家，累计分别达到152家和19家。"
    ranked = rank(query, part, terms_of(query, part), candidates(query, part, prepare(found_in(text), 10)))
    clash = {item.candidate.text: item.features[FEATURES.index("clash")] for item in ranked}
    assert clash == {"34家": 0, "5家": 0, "152家": 1, "19家": 1}


def test_a_unit_and_its_classifier_are_the_same_thing() -> None:
    query = read_query("配备了多少名网格员")
    fits = {
        item.text: item.fit
        for item in candidates(query, query.parts[0], prepare(found_in("配备861名网格员，划分947个网格。"), 5))
    }
    assert fits["861名"] > fits["947个"]


def test_a_thing_asked_for_by_its_kind_is_a_candidate() -> None:
    assert "青石街道" in proposed("隧道位于哪个街道？", "隧道位于西山区青石街道。")
    assert "戴启航" in proposed("新区管委会主任是谁", "新区管委会主任戴启航说，招商顺利。")


@pytest.mark.parametrize(
    ("question", "short"),
    [("滨海医院几月几号开诊", "8月1日"), ("滨海医院什么时候开诊", "2023年8月1日")],
)
def test_the_year_is_given_where_no_day_alone_is_asked_for(question: str, short: str) -> None:
    found = found_in("滨海医院8月1日正式开诊，设床位600张。")
    assert draft(read_query(question), found, refuse_below=0.0).short == short


@pytest.mark.parametrize(
    ("question", "short"),
    [("大桥哪天合龙", "9月20日"), ("大桥几月几号合龙", "9月20日"), ("大桥什么时候合龙", "2023年9月20日15时18分")],
)
def test_the_hour_is_given_where_no_day_is_asked_for(question: str, short: str) -> None:
    found = found_in("大桥9月20日15时18分合龙，预计年底通车。")
    assert draft(read_query(question), found, refuse_below=0.0).short == short


def test_an_amount_in_dollars_is_no_answer_for_being_the_only_one() -> None:
    text = "临江新城总投资约520亿元。引进总部等重点项目228个，实际利用外资3.2亿美元。"
    assert draft(read_query("临江新城总投资多少美元"), found_in(text), refuse_below=0.3).short == ""
    assert draft(read_query("临江新城实际利用外资多少美元"), found_in(text), refuse_below=0.3).short == "3.2亿美元"


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("西山区总投资10亿元以上的项目有多少个", "9个"),
        ("西山区总投资超过十亿元的项目有多少个", "9个"),
        ("西山区总投资50亿元以上的项目有多少个", ""),
    ],
)
def test_a_limit_that_the_question_sets_is_met(question: str, short: str) -> None:
    text = "西山区集中签约项目23个，总投资96亿元，其中10亿元以上的项目9个。"
    assert draft(read_query(question), found_in(text), refuse_below=0.3).short == short
    assert draft(read_query(question), found_in("智谷总投资50亿元。签约项目23个。"), refuse_below=0.3).short == ""


def test_what_is_about_as_much_is_no_limit() -> None:
    found = found_in("西山区60岁及以上老人21.3万人，其中80岁及以上老人3万人。")
    assert draft(read_query("西山区60岁以上老人有多少"), found, refuse_below=0.3).short == "21.3万人"
    found = found_in("展会三天吸引观众21.3万人，成交额8亿元。")
    assert draft(read_query("来了20多万人的展会成交额多少"), found, refuse_below=0.3).short == "8亿元"


def test_what_is_of_another_period_is_what_was_asked_for() -> None:
    text = "西山区签约项目12个，总投资96亿元。2022年西山区完成工业产值310亿元。"
    told = draft(read_query("西山区2025年工业产值多少"), found_in(text), refuse_below=0.9)
    assert (told.reason, told.claims[0].text) == ("other_period", "2022年西山区完成工业产值310亿元。")
    assert draft(read_query("西山区2025年gdp多少"), found_in(text), refuse_below=0.9).reason == "other_metric"


@pytest.mark.parametrize("question", ["这些文章讲了什么", "帮我总结一下资料", "What are these articles about?"])
def test_who_asks_for_a_summary_is_told_what_to_ask_for(question: str) -> None:
    query = read_query(question)
    found = found_in("西山区签约项目12个。")
    made = draft(query, found, refuse_below=0.9)
    assert made.reason is not None
    assert "具体问题" in made.notice or "what the sources state" in made.notice
    assert draft(read_query("西山区有多少只熊猫"), found, refuse_below=0.9).notice == ""


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("求助电话是多少", "17"),
        ("外交部领事保护应急热线", "+86-10-12308 或 +86-10-65612308"),
        ("使馆领事协助电话是多少？", "+227-90373888"),
        ("使馆的邮箱是什么", "help@example.org"),
        ("使馆网址", "www.example.org/zh"),
    ],
)
def test_how_to_reach_somebody_is_answered_with_that_alone(question: str, short: str) -> None:
    found = found_in(
        "紧急求助电话：17  外交部全球领事保护与服务应急热线(24小时)：+86-10-12308 或 +86-10-65612308  "
        "使馆领事保护与协助电话：+227-90373888，邮箱help@example.org，网址www.example.org/zh。"
    )
    assert draft(read_query(question), found, refuse_below=0.0).short == short


@pytest.mark.parametrize("question", ["岳秉文是什么职务", "岳秉文担任什么职位？"])
def test_whose_office_is_asked_for_is_given_it_with_its_body(question: str) -> None:
    found = found_in("本报8月3日电 (记者 戴梦岚)滨海市财经事务及库务局副局长岳秉文3日表示，将把握机遇。")
    assert draft(read_query(question), found, refuse_below=0.0).short == "滨海市财经事务及库务局副局长"


@pytest.mark.parametrize(
    ("question", "text", "short"),
    [
        ("有多少个部门纳入容缺后补", "已将规划、城建等11个部门的83项审批事项共208项材料纳入容缺后补。", "11个"),
        ("全国红旗手标兵多少名", "大会隆重表彰了10名全国红旗手标兵、300名全国红旗手。", "10名"),
        ("推介会签订了多少产业项目", "推介会共签订3项区域合作协议项目和9个产业项目。", "9个"),
        ("平均办理时限缩短了多少", "已办理4383件，群众平均办理时限缩短了10个工作日。", "10个工作日"),
        ("首个自住房项目多少户申购", "首个自住房项目启动摇号，共有16.5万户家庭申购1882套房源。", "16.5万户"),
        ("岳秉文哪年当选村支书", "岳秉文返回家乡，2020年，他被推选为村支书。", "2020年"),
        ("首批海外基站在哪里", "我国首批3个海外基站日前在泰国春武里府运行使用。", "泰国春武里府"),
        ("定期会晤在哪里举行", "两国总理19日在京举行定期会晤。", "京"),
        ("拉力赛在哪里发车", "2023年国际新能源汽车拉力赛在文笔峰南门广场发车，60辆汽车参赛。", "文笔峰南门广场"),
        ("罗昭政是什么职务", "会长、海南宝丰农业开发有限公司董事长罗昭政说。", "海南宝丰农业开发有限公司董事长"),
        ("新馆建了多久", "新馆去年3月启动建设，历时1年零4个月落成。", "1年零4个月"),
        ("为多大的女生接种疫苗", "为未满14周岁的女生免费接种疫苗。", "未满14周岁"),
        (
            "新馆布展分哪几部分",
            "新馆布展共分“世纪逐梦”“巍然王都”“天地人神”三大部分。",
            "“世纪逐梦”“巍然王都”“天地人神”",
        ),
        ("岳秉文是哪里人", "岳秉文，男，汉族，1964年3月生，四川彭州人，在职研究生学历。", "四川彭州"),
        (
            "经初步查明当事人名称是什么",
            "经初步查明，当事人名称为云澜市向阳红烟酒店，对外招牌为Doi。",
            "云澜市向阳红烟酒店",
        ),
        ("青洽会展区面积多大", "在4万平方米的青洽会展区内，400余家企业展示产品。", "4万平方米"),
        ("美光CEO是谁", "发言嘉宾包括富士康董事长岳秉文、美光 CEO Sanjay Mehrotra和其他人。", "Sanjay Mehrotra"),
        ("罗昭政的职务是什么", "会长、海南宝丰农业开发有限公司董事长罗昭政说。", "海南宝丰农业开发有限公司董事长"),
        ("彭知远的父亲叫什么", "彭知远父亲彭其活说，活动属于临时起意。", "彭其活"),
        ("首战比分是多少", "云澜女足首战以16:0大胜对手，第二战2:1险胜。", "16:0"),
        ("青枫平板尺寸是多少", "青枫平板大小约为254.3 x 165.8 x 6.7mm。", "254.3 x 165.8 x 6.7mm"),
        ("青枫平板屏幕多大", "青枫平板配备10.9英寸显示屏，大小约为254.3 x 165.8 x 6.7mm。", "10.9英寸"),
        ("青枫平板用什么处理器", "青枫平板搭载Helio 1380处理器，后置单摄。", "Helio 1380处理器"),
        (
            "改造范围",
            "改造范围东至青河路，南至云澜路、新澜路，西至平川路，北至海岭路。",
            "东至青河路，南至云澜路、新澜路，西至平川路，北至海岭路",
        ),
        ("云湖集团总部在哪里", "总部位于阿联酋首都阿布扎比的零售巨头云湖集团正在筹集资金。", "阿联酋首都阿布扎比"),
        ("俄罗斯总理是谁", "国务院总理秦一鸣19日在京同俄罗斯总理米舒斯京共同主持会晤。", "米舒斯京"),
        ("岳秉文来自哪所大学", "来自云澜大学的岳秉文获得季军。", "云澜大学"),
        ("青埔区遇难多少人", "强降雨造成11人遇难。遇难的11人，包括西山区4人、青埔区2人、海陵区5人。", "2人"),
        ("希腊船东占多少", "中国船东占全球总量的15.9%，超过了希腊船东，占15.8%。", "15.8%"),
        ("机上有几名英国公民", "机上有169名印度公民、53名英国公民。", "53名"),
        ("失业保险参保多少人", "养老、失业、工伤保险参保人数分别为10.57亿、2.4亿、2.94亿人。", "2.4亿"),
        ("中日苏州示范区哪年揭牌", "中日(苏州)地方发展合作示范区由部委批复，2020年7月揭牌。", "2020年7月"),
    ],
)
def test_what_was_asked_for_is_found(question: str, text: str, short: str) -> None:
    assert draft(read_query(question), found_in(text), refuse_below=0.0).short == short


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("第23届洽谈会签约金额多少", "第24届洽谈会成功签约合作项目225个，签约金额3470亿元。"),
        ("天津上半年公共预算收入增长多少", "北京晚报讯：上半年公共预算收入增长12.9%，京津冀协同向纵深推进。"),
        ("豹8预计售价多少", "比亚迪豹5预计售价区间为40-60万元。"),
        ("青枫平板S9屏幕多大", "青枫平板S9+配备12.4英寸显示屏。"),
        ("云澜大桥什么时候通车", "8月8日，云澜大桥合龙，为大桥顺利通车奠定了坚实的基础。"),
        ("2022年补助标准多少", "2023年医保补助标准提高到每人每年280元，比2022年增加了40元。"),
    ],
)
def test_what_is_of_another_round_place_model_or_event_is_no_answer(question: str, text: str) -> None:
    assert draft(read_query(question), found_in(text), refuse_below=0.0).short == ""


def test_the_name_of_a_plan_is_no_date() -> None:
    text = "8月13日，云岭一号卫星发射升空，它是《空间设施发展规划(2015-2025年)》中的卫星。"
    assert "2015-2025年" not in proposed("云岭一号卫星什么时候发射", text)
    assert "8月13日" in proposed("云岭一号卫星什么时候发射", text)


def test_a_centre_is_named_whole_where_its_name_begins_with_what_is_done_there() -> None:
    assert "西山卫星发射中心" in proposed("卫星在哪里发射", "我国在西山卫星发射中心成功将卫星发射升空。")


def test_a_date_that_opens_a_sentence_is_that_of_the_clause_behind_it() -> None:
    query = read_query("重点项目观摩活动什么时候举行")
    part = query.parts[0]
    text = "2月17日至20日，全市举行重点项目观摩活动，检验工作成效。"
    [item] = rank(query, part, terms_of(query, part), candidates(query, part, prepare(found_in(text), 10)))
    assert item.features[FEATURES.index("clause")] > 0.9


def test_a_figure_is_no_name() -> None:
    found = proposed("投资为哪家公司承担", "总投资为3亿元，由丹渚公司承担。")
    assert "丹渚公司" in found
    assert "3亿元" not in found


@pytest.mark.parametrize(
    ("question", "fine", "coarse", "clashes"),
    [
        ("累计建成多少处", "新建基站793处", "新建基站793处、累计建成4067处", 1),
        ("累计建成多少处", "累计建成4067处", "新建基站793处、累计建成4067处", 0),
        ("同比增长多少", "环比增长3%", "环比增长3%", 1),
        ("增长多少", "环比增长3%", "环比增长3%", 0),
        ("2023年底有多少家企业", "新增企业41家", "新增企业41家，累计达到236家", 1),
        ("2023年底有多少家企业", "累计达到236家", "新增企业41家，累计达到236家", 0),
        ("2023年底新增多少家企业", "新增企业41家", "新增企业41家，累计达到236家", 0),
        ("产值目标多少", "力争产值达到9亿元", "力争产值达到9亿元", 0),
    ],
)
def test_a_qualifier_clashes_with_the_others_of_its_set(question: str, fine: str, coarse: str, clashes: int) -> None:
    assert qualifier_clash(question, fine, coarse) == clashes


def test_a_unit_says_the_noun_of_measure() -> None:
    query = read_query("学校新生人数")
    part = query.parts[0]
    pages = prepare(found_in("学校招收新生320人。", "学校招收新生，占地320亩。"), 10)
    ranked = rank(query, part, terms_of(query, part), candidates(query, part, pages))
    own = FEATURES.index("own")
    assert {item.candidate.text: bool(item.features[own] > 0.8) for item in ranked} == {"320人": True}


def test_probabilities_of_candidates_and_of_not_stated_sum_to_one() -> None:
    query = read_query("大桥总投资多少")
    part = query.parts[0]
    pages = prepare(found_in("大桥总投资27.5亿元。", "大桥总投资达27.5亿元。", "隧道投资3亿元。"), 10)
    ranked = rank(query, part, terms_of(query, part), candidates(query, part, pages))
    assert 0 < stated(ranked) < 1
    # The same figure in two articles is one answer: both have the probability of both.
    assert ranked[0].probability == pytest.approx(ranked[1].probability)
    assert ranked[0].candidate.text.endswith("27.5亿元")


def test_a_figure_told_twice_comes_before_a_likelier_one_told_once() -> None:
    query = read_query("大桥总投资多少")
    part, found = query.parts[0], found_in("大桥总投资3亿元。", "大桥总投资27.5亿元。", "大桥总投资27.5亿元。")
    ranked = rank(query, part, terms_of(query, part), candidates(query, part, prepare(found, 10)))
    assert [item.candidate.text for item in ranked] == ["27.5亿元", "27.5亿元", "3亿元"]
    assert ranked[2].score > ranked[0].score  # its passage was found first


def test_the_figure_of_the_item_asked_for_wins_in_a_list() -> None:
    text = "7个省级重点项目、31个市级重点项目、88个区级重点项目，分别完成年度投资计划的24.6%、23.8%和20.3%。"
    for level, figure in (("省级", "24.6%"), ("市级", "23.8%"), ("区级", "20.3%")):
        query = read_query(f"{level}重点项目完成年度投资计划的百分之多少")
        part = query.parts[0]
        found = candidates(query, part, prepare(found_in(text), 10))
        assert rank(query, part, terms_of(query, part), found)[0].candidate.text == figure


def test_a_figure_of_another_thing_loses_to_that_of_what_was_asked_for_however_the_reader_leans() -> None:
    text = "总投资84亿元的综合立体交通体系加紧建设，总投资115亿元的北岭总部园、南桥新城等项目加快推进。"
    for question, figure in (("综合立体交通体系总投资多少", "84亿元"), ("北岭总部园总投资多少", "115亿元")):
        query = read_query(question)
        part, found = query.parts[0], found_in(text)
        other = text.index("115亿元" if figure == "84亿元" else "84亿元")
        found.readings[0].start[other] = 9.0
        ranked = rank(query, part, terms_of(query, part), candidates(query, part, prepare(found, 10)))
        assert ranked[0].candidate.text == figure
        assert ranked[0].score > ranked[1].score + 4


def test_a_model_scores_as_its_formula_says() -> None:
    rng, units = np.random.default_rng(0), 7
    direct, hidden = rng.normal(size=len(FEATURES)), rng.normal(size=(units, len(FEATURES)))
    shift, output = rng.normal(size=units), rng.normal(size=units)
    row = rng.normal(size=(1, len(FEATURES)))
    expected = float(direct @ row[0] + sum(output[i] * np.tanh(hidden[i] @ row[0] + shift[i]) for i in range(units)))
    assert Model(direct.tolist(), hidden.tolist(), shift.tolist(), output.tolist()).scores(row)[0] == pytest.approx(
        expected
    )


def test_a_model_is_read_as_it_was_written() -> None:
    row = np.random.default_rng(1).normal(size=(3, len(FEATURES)))
    model = Model([0.25] * len(FEATURES), [[0.5] * len(FEATURES)] * 2, [0.1, -0.1], [1.0, -0.75])
    assert Model.from_dict(model.to_dict()).scores(row) == pytest.approx(model.scores(row))


def test_a_total_and_what_a_week_added_are_not_two_sides() -> None:
    text = "截至11月26日，该国累计死亡病例达到1079196例。截至23日的一周内，该国死亡病例达到2644例。"
    assert draft(read_query("该国累计死亡病例多少"), found_in(text), refuse_below=0.0).alternatives == ()


def test_the_part_of_a_line_has_no_side_in_the_whole() -> None:
    found = found_in(
        "江海铁路开通以来累计发送旅客2009万人次。其中，国内段发送旅客1709万人次，国外段发送旅客300万人次。",
        "今年1月1日至8月16日，江海铁路发送旅客1120万人次、同比增长101%。",
    )
    assert draft(read_query("江海铁路国外段发送旅客多少"), found, refuse_below=0.0).short == "300万人次"
