"""Cities and countries: which a question speaks of, and whether a passage is about others."""

import pytest

from rag.search.gazetteer import elsewhere, place_before, places_asked


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("天津上半年财政收入多少", ["天津"]),
        ("四川省债务余额多少", ["四川"]),
        ("黄河南岸有几座桥", []),
        ("北京时间几点发射", []),
        ("从深圳到厦门多久", ["深圳", "厦门"]),
    ],
)
def test_a_place_is_a_word_of_its_own(question: str, places: list[str]) -> None:
    assert list(places_asked(question)) == places


@pytest.mark.parametrize(
    ("asked", "head", "text", "expected"),
    [
        ("天津", "", "北京上半年财政收入增长12.9%。", True),
        ("天津", "", "上半年财政收入增长12.9%。", False),
        ("山东", "", "济南上半年财政收入增长12.9%。", False),
        ("济南", "", "山东上半年财政收入增长12.9%。", False),
        ("四川", "新华社重庆8月2日电 四川发布规划。", "重庆等地参加。", False),
        ("浙江", "今年陕西立项7500个，学习浙江经验。", "陕西治理率34.2%。", True),
        ("浙江", "今年陕西立项7500个，学习浙江经验。", "全省治理率34.2%。", False),
        ("陕西", "今年陕西立项7500个，学习浙江经验。", "赴浙江学习后，治理率达34.2%。", False),
        ("上海", "", "更新范围南至嘉兴路。", False),
    ],
)
def test_a_passage_on_other_places(asked: str, head: str, text: str, expected: bool) -> None:
    assert elsewhere([asked], head, text) == expected


def test_the_place_told_last_holds_unless_it_is_compared_with() -> None:
    text = "中国占15.9%,超过希腊,占15.8%,与日本相比多一成"
    assert place_before(text, 0, text.index("15.9")) == "中国"
    assert place_before(text, 0, len(text)) == "希腊"
