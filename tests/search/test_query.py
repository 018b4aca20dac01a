"""Reading questions: what is asked for, in which unit, of which period, in several parts, in two languages."""

import pytest

from rag.search.query import read_query


@pytest.mark.parametrize(
    ("question", "asks", "noun", "kind"),
    [
        ("港口总投资多少", "figure", "", "money"),
        ("港口總投資多少", "figure", "", "money"),
        ("新区引进了多少家企业？", "figure", "家", "count"),
        ("新区的土地面积有多少平方公里？", "figure", "平方公里", "area"),
        ("完成了年度计划的百分之多少？", "figure", "", "share"),
        ("增加值占全市的比重是多少？", "figure", "", "share"),
        ("这条路全长多少？", "figure", "", "length"),
        ("大楼有多高？", "figure", "", "length"),
        ("医院什么时候开工", "date", "", "date"),
        ("医院是哪年建成的", "date", "年", "date"),
        ("工期多久？", "duration", "", "duration"),
        ("项目位于哪个街道？", "place", "街道", None),
        ("医院在哪里？", "place", "", None),
        ("区长是谁？", "person", "", None),
        ("哪家公司承建了大桥", "which", "公司", None),
        ("围绕哪三大产业？", "list", "产业", None),
        ("什么是量子纠缠？", "definition", "", None),
        ("为什么推迟通车？", "reason", "", None),
        ("大桥通车了吗？", "statement", "", None),
        ("港口 总投资", "figure", "", "money"),
        ("How many companies moved in?", "figure", "", "count"),
        ("How long is the bridge?", "figure", "", "length"),
        ("How long will the works take?", "duration", "", "duration"),
        ("Total investment of Linjiang New Town (临江新城)?", "figure", "", "money"),
        ("港口一共投了多少亿", "figure", "亿", "money"),
        ("农村居民收入多少", "figure", "", "money"),
        ("卫星分辨率多少", "figure", "", "length"),
        ("新城种了多少葡萄", "figure", "", "count"),
        ("工厂一期产能", "figure", "", "weight"),
        ("机场单日旅客最高纪录", "figure", "", "count"),
        ("他被任命为什么职务", "which", "职务", None),
        ("港口集装箱吞吐量多少", "figure", "", "count"),
        ("手机班今年多少名额", "figure", "", "count"),
        ("新城有几个人反对", "figure", "个", "count"),
        ("几分钟能到", "duration", "", "duration"),
        ("医院几点开门", "date", "", "time"),
        ("税收降了几个点", "figure", "个点", "points"),
        ("管委会主任叫什么", "person", "", None),
        ("滨海区投促局局长", "person", "", None),
        ("古桥修缮的施工单位", "which", "单位", None),
        ("文化节的主题", "which", "", None),
        ("滨海区一季度到位内资", "figure", "", "money"),
        ("滨海区 常住人口 2021", "figure", "", "count"),
        ("空气质量前三名", "list", "", None),
        ("菜价上涨的原因", "reason", "", None),
        ("滨海新区", "statement", "", None),
        ("When did construction start?", "date", "", "date"),
        ("What is the total investment of the port?", "figure", "", "money"),
        ("Where is the hospital?", "place", "", None),
    ],
)
def test_what_a_question_asks_for(question: str, asks: str, noun: str, kind: str | None) -> None:
    [part] = read_query(question).parts
    assert (part.asks, part.noun) == (asks, noun)
    assert (part.kinds[0] if part.kinds else None) == kind


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("港口一期投资多少亿", ("money", "number")),
        ("全省人口多少亿", ("count", "number")),
        ("工程一共用了多少亿", ("money", "number", "count")),
        ("港口投资多少万", ("money", "number")),
        ("来了多少万", ("count", "number")),
    ],
)
def test_a_bare_scale_counts_what_the_metric_before_it_is_counted_in(question: str, kinds: tuple[str, ...]) -> None:
    [part] = read_query(question).parts
    assert part.kinds == kinds


@pytest.mark.parametrize(
    ("question", "noun", "kinds"),
    [
        ("德州地震几级", "级", ("ordinal",)),
        ("加开多少列临时列车", "列", ("count",)),
        ("在深圳有多少旧改项目", "", ("count", "number", "weight", "area", "length", "volume", "energy")),  # no depth
        ("工厂排放了多少二氧化碳", "", ("weight", "count", "volume")),
        ("加拿大林火烧掉了多少林木", "", ("count", "number", "weight", "area", "length", "volume", "energy")),
        ("花了多少本钱", "", ("money",)),
        ("今年安排多少人才经费", "", ("money",)),  # 安排, not 排多少
        ("每名儿童发放多少捐助金", "", ("money",)),
        ("沿海企业占全省产量的多少", "", ("share",)),
        ("项目占地多少", "", ("area",)),
        ("再次加息的可能性多大", "", ("share", "points", "multiple")),
        ("公园多大", "", ("area", "number", "count", "duration", "length")),
        ("喝了多少毫升水", "毫升", ("volume",)),
        ("城区防洪标准是多少", "", ("count",)),
        ("地震震级多少", "", ("ordinal", "number")),
    ],
)
def test_what_is_counted_is_told_by_whole_words(question: str, noun: str, kinds: tuple[str, ...]) -> None:
    [part] = read_query(question).parts
    assert (part.noun, part.kinds) == (noun, kinds)


@pytest.mark.parametrize(
    ("question", "noun"),
    [
        ("大使馆电话是多少", "电话"),
        ("报名热线号码是什么", "热线"),
        ("公司邮箱", "邮箱"),
        ("学校网址是多少？", "网址"),
        ("首战比分是多少", "比分"),
        ("女足几比几获胜", "比分"),
        ("平板尺寸是多少", "尺寸"),
        ("秦一鸣的职务是什么", "职务"),
    ],
)
def test_what_is_known_by_its_form_is_asked_for(question: str, noun: str) -> None:
    [part] = read_query(question).parts
    assert (part.asks, part.noun) == ("which", noun)


@pytest.mark.parametrize(
    ("question", "currency"),
    [
        ("大桥总投资多少美元", "美元"),
        ("大桥总投资是多少亿美金？", "美元"),
        ("投资了几万欧元", "欧元"),
        ("大桥总投资多少亿元", ""),
        ("大桥花了多少钱", ""),
        ("5000万美元的项目占地多少亩", ""),
    ],
)
def test_a_foreign_currency_is_asked_for_by_its_name(question: str, currency: str) -> None:
    [part] = read_query(question).parts
    assert part.currency == currency


def test_two_questions_in_one_are_two_parts() -> None:
    query = read_query("签约了多少个项目，总投资多少？")
    assert [part.kinds[0] for part in query.parts] == ["count", "money"]


def test_each_figure_of_a_row_is_a_part() -> None:
    query = read_query("集团年加工小麦和玉米各多少")
    assert [query.text[part.span.start : part.span.end] for part in query.parts] == ["集团年加工小麦", "玉米各多少"]
    assert len(read_query("一期投资多少、产能多少").parts) == 2


@pytest.mark.parametrize(
    ("question", "language"),
    [("Total investment of Linjiang (临江)?", "en"), ("Halden Bay 新码头每年增加多少箱", "zh"), ("GDP多少", "zh")],
)
def test_the_language_is_that_of_the_sentence(question: str, language: str) -> None:
    assert read_query(question).language == language


def test_the_period_of_a_question_is_read() -> None:
    [period] = read_query("2023年1—11月完成投资多少？").periods
    assert period.iso == "2023-01/2023-11"


@pytest.mark.parametrize("question", ["", "？？？", "。" * 2000, "多少" * 500, "🙂", "a" * 2000])
def test_no_question_breaks_the_reading(question: str) -> None:
    assert read_query(question).parts


def test_a_general_word_is_no_name_for_its_end() -> None:
    assert read_query("陕西农村污水治理率多少").names == ()
    assert read_query("陕西乡村建设项目多少个").names == ()
    assert read_query("青海城镇登记失业率多少").names == ()
    assert read_query("大溪村有多少村民").names == ("大溪村",)
