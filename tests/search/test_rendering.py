"""English questions in Chinese: names in pinyin by the corpus, order, times, figures; answers in English frames."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant
from rag.search.anglicising import in_english
from rag.search.pinyin import syllables
from rag.search.query import read_query
from rag.search.rendering import render
from rag.search.translation import said_in_english

# 麓沙县 is cut as 麓 and 沙县; 临河市 and 霖禾市 sound alike, and only one has a line 7.
TEXTS = {
    "metro": "临河市轨道交通7号线二期工程获批。"
    "临河市7号线二期全长19.8公里，共设车站13座，总投资142.77亿元，2022年3月开工。",
    "bridge": "岱岳湾跨海通道主跨980米，项目2017年8月动工，由设计师聂怀瑾设计。"
    "截至2021年10月底已完成投资164.3亿元，占总投资的86.9%。",
    "county": "麓沙县县委书记戴允谦表示，麓沙县2023年上半年税收收入58.9亿元。",
    "other": "霖禾市今年种植茶叶3200亩，覆盖农户1200户。",
    "rain": "暴雨已造成临河市6人遇难。第24届临河博览会延期。",
    "firm": "周黑鸭董事长戴允谦说，周黑鸭的门店里iPhone 15卖得比美国好。",
    "ferry": "The Heyuan Bay Bridge, 6.8 kilometres long, cost 4.2 billion yuan. "
    "It opened on 12 March 2024 and replaced a ferry that carried 3,600 passengers a day.",
    "tram": "The works on the Brackmere tramway cost £18.4 million. Trams will run again on 6 May 2024.",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("english")
    for name, text in TEXTS.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    with Assistant.build(folder, index=folder / "index") as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("question", "rendered"),
    [
        ("How long is the main span of the Daiyue Bay crossing?", "岱岳湾通道的主跨多长"),
        ("How long is phase II of Linhe Metro Line 7?", "临河7号线的二期多长"),
        ("When did construction of the Daiyue Bay crossing begin?", "岱岳湾通道动工是什么时候"),
        ("Who designed the Daiyue Bay crossing?", "岱岳湾通道由谁设计"),
        ("What was Lusha County's tax revenue in the first half of 2023?", "2023年上半年麓沙县税收收入是多少"),
        ("How many people died in the Linhe rainstorm?", "临河暴雨多少个人遇难"),
        ("Who is the chairman of Zhou Hei Ya?", "周黑鸭的董事长是谁"),
        ("How many iPhone 15 did the US sell?", "美国卖多少个 iphone  15 "),
        ("What were America's CO2 emissions?", "美国二氧化碳排放是多少"),
        ("Where was the 24th Linhe expo held?", "第24届临河博会在哪里"),
        ("How many hectares of tea are there in January-August 2022?", "2022年1-8月茶叶多少公顷"),
        ("What share of the 1.5 million kW was built in Q3 2023?", "2023年三季度150万千瓦建成占百分之多少"),
    ],
)
def test_an_english_question_becomes_a_chinese_one(assistant: Assistant, question: str, rendered: str) -> None:
    assert render(read_query(question), assistant.index).text == rendered


def test_a_chinese_question_stays_as_it_is(assistant: Assistant) -> None:
    query = read_query("岱岳湾跨海通道 GDP 多少")
    assert render(query, assistant.index) is query


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("How much will be invested in phase two of Linhe metro line 7?", "142.77亿元"),
        ("What percentage of the total investment in the Daiyue Bay crossing had been completed?", "86.9%"),
        ("Who is the Party secretary of Lusha County?", "戴允谦"),
        ("How much do the Brackmere tramway works cost?", "£18.4 million"),  # read in English where the text is
        ("What was the total investment in the Heyuan Bay Bridge?", "4.2 billion yuan"),  # which says cost
        ("How much did the Qiyun Bay Bridge cost?", ""),
    ],
)
def test_it_is_answered_from_either_language(assistant: Assistant, question: str, short: str) -> None:
    answer = assistant.ask(question)
    assert answer.short == short
    assert "。" not in answer.text.split("[1]")[0]


def test_a_name_that_the_corpus_does_not_have_is_not_answered_for_another(assistant: Assistant) -> None:
    answer = assistant.ask("Who designed the Moonlake crossing?")
    assert answer.refused
    assert answer.text.startswith("The corpus")


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("河源湾大桥总投资多少？", "4.2 billion yuan"),
        ("河源湾大桥全长多少公里？", "6.8 kilometres"),
        ("河源湾大桥什么时候开通？", "12 March 2024"),
        ("栖云湾大桥总投资多少？", ""),  # another name
        ("河源湾大桥有多少座桥墩？", ""),
    ],
)
def test_a_chinese_question_is_answered_from_an_english_text(assistant: Assistant, question: str, short: str) -> None:
    answer = assistant.ask(question)
    assert answer.short == short
    assert not answer.unsupported


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("河源湾大桥全长多少公里？", "how many kilometers length of heyuanwan bridge?"),
        ("青岚县2023年小麦产量多少吨", "how many tonnes wheat production of qinglan county in 2023?"),
        ("河源地铁2号线什么时候开始试运营？", "when start trial operation of heyuan metro 2 line?"),
    ],
)
def test_what_the_reader_is_asked_of_english_passages(question: str, english: str) -> None:
    assert in_english(read_query(question)) == english


@pytest.mark.parametrize(
    ("word", "text", "said"),
    [
        ("小麦", "the wheat harvest", 0.85),
        ("河源", "the heyuan metro", 0.85),
        ("岚县", "qinglan county", 0.85),  # as a dictionary cuts 青岚县
        ("出口额", "exports rose", 0.65),
        ("总", "it cost 4 billion", 0.5),
        ("河源", "the qinglan metro", 0.0),
    ],
)
def test_how_far_english_text_has_a_chinese_word(word: str, text: str, said: float) -> None:
    assert said_in_english(word, text) == pytest.approx(said, abs=0.1)


def test_names_are_split_into_syllables() -> None:
    assert ("dai", "yue") in syllables("daiyue")
    assert ("xi", "an") in syllables("xi'an")
    assert ("xian",) not in syllables("xian")  # one syllable names nothing
    assert syllables("museum") == ()
