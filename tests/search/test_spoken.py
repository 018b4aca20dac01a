"""Spoken and mistyped questions become written ones; names and words that the corpus has stay as they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant
from rag.search.query import read_query
from rag.search.spoken import plain

TEXTS = {
    "a": "栖云大桥全长3.2公里，总投资27.5亿元，2023年5月开工建设，建筑面积6万平方米，设计时速80公里。",
    "b": "青埔区2023年新增企业12家。青埔区现状人口30万人，青埔区梨园面积500亩。",
    "c": "北岸线状公园今年建成，里园村建设施工便道。",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("spoken")
    for name, text in TEXTS.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    with Assistant.build(folder, index=folder / "index") as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("那个，想问下栖云大桥啥时候开工来着？", "栖云大桥什么时候开工？"),
        ("帮我查一下栖云大桥总投资，谢谢", "栖云大桥总投资"),
        ("文章里有没有说栖云大桥多会儿开工呀", "栖云大桥什么时候开工"),
        ("栖云大桥总共得砸多少钱进去", "栖云大桥总投资多少"),
        ("栖云大桥的总头资是多少", "栖云大桥的总投资是多少"),
        ("栖云大桥总建筑面机", "栖云大桥总建筑面积"),
        ("栖云大桥设记时速", "栖云大桥设计时速"),
        ("西山区2022年固投有多少", "西山区2022年固定资产投资有多少"),
        ("西山区社零总额", "西山区社会消费品零售总额"),
        ("西山区规上工业企业多少家", "西山区规模以上工业企业多少家"),
    ],
)
def test_speech_and_typos_become_writing(assistant: Assistant, spoken: str, written: str) -> None:
    assert plain(read_query(spoken), assistant.index) == written


@pytest.mark.parametrize(
    "question",
    [
        "青浦区2023年新增企业多少家",  # a name that sounds like another is another name
        "青埔区现状人口",  # 线状 stands elsewhere, and 现状 is a word
        "青埔区梨园面积",
        "栖云大桥建设时的总投资",  # 建|设时 would cut a word
        "中央活力区定位是什么",
        "栖云大桥总投资多少？",
        "帮我",
    ],
)
def test_what_is_written_so_stays(assistant: Assistant, question: str) -> None:
    assert plain(read_query(question), assistant.index) == question


def test_chat_and_a_typo_do_not_turn_an_answer_into_a_refusal(assistant: Assistant) -> None:
    assert (
        assistant.ask("诶我想打听一下，栖云大桥总头资多少来着").short
        == assistant.ask("栖云大桥总投资多少").short
        == "27.5亿元"
    )
