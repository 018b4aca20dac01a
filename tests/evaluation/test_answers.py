"""Answer metrics, each value worked out by hand or by the official scorer."""

import json
from pathlib import Path

import pytest

from rag.evaluation.metrics.answers import exact_match, f1, figure_verdict, is_right, normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("《战国无双３》，", "战国无双3"),
        ("約 520 億元。", "约520亿元"),
        ("24.9％", "24.9%"),
        ("1,234,567人", "1234567人"),
        ("3—5家", "3-5家"),
        ("2月17日至20日", "2月17日-20日"),
        ("-3.2%", "-3.2%"),
        ("CAZ", "caz"),
        ("B-21", "b21"),
        ("！？", ""),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_a_range_never_becomes_one_number() -> None:
    assert not exact_match("3-5家", ["35家"])
    assert not exact_match("9.5", ["95"])


@pytest.mark.parametrize(
    ("short", "answers", "expected"),
    [
        ("光荣和ω-force", ["光荣和ω-force"], 1.0),
        # said 5 tokens, wanted 3, common run 3: 2 * 3 / 8
        ("轨道四号线", ["四号线"], 0.75),
        # The run is contiguous: 市中 is shared twice over, and 市中 + 区 only once in a row.
        ("市中心区", ["市中区"], 2 * 2 / 7),
        # A number is one token: 250.42 is not partly 250.
        ("250亿元", ["250.42亿元"], 2 * 2 / 6),
        ("拒答", ["约520亿元"], 0.0),
        ("", ["约520亿元"], 0.0),
        ("四号线", ["五号楼", "四号线"], 1.0),
    ],
)
def test_f1_over_the_longest_common_run(short: str, answers: list[str], expected: float) -> None:
    assert f1(short, answers) == pytest.approx(expected)


def test_em_and_f1_agree_with_the_official_scorer() -> None:
    # What our reader said to our own questions, as cmrc2018_evaluate.py (ymcui/cmrc2018, v5) scores it.
    lines = (Path(__file__).parent / "cmrc2018_scores.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert sum(0 < record["f1"] < 1 for record in records) >= 50
    for record in records:
        scores = exact_match(record["said"], record["answers"]), f1(record["said"], record["answers"])
        assert scores == (record["em"], pytest.approx(record["f1"])), record["said"]


@pytest.mark.parametrize(
    ("short", "answer", "ours", "official"),
    [
        # It drops every minus, and with it a sign; takes % for a word of its own; and keeps half-width brackets and
        # traditional characters as they are.
        ("1.8%", "-1.8%", (0.0, 0.0), (1.0, 1.0)),
        ("24.6%", "71.2%", (0.0, 0.0), (0.0, 0.5)),
        ("少海(东区)", "少海东区", (1.0, 1.0), (0.0, 0.4)),
        ("總投資", "总投资", (1.0, 1.0), (0.0, 1 / 3)),
    ],
)
def test_where_it_is_left_on_purpose(
    short: str, answer: str, ours: tuple[float, float], official: tuple[float, float]
) -> None:
    assert (exact_match(short, [answer]), f1(short, [answer])) == ours != official


@pytest.mark.parametrize(
    ("short", "answers"),
    [
        ("约520亿元", ["520亿元", "约520亿元"]),
        ("520亿元", ["52,000,000,000元"]),
        ("5200000万元", ["520亿元"]),
        ("五百二十亿元", ["520亿元"]),
        ("總投資520億元", ["520亿元"]),
        ("23个，250.42亿元", ["23个项目，总投资250.42亿元"]),
        ("共23个项目、总投资250.42亿元", ["23个项目，总投资250.42亿元"]),
        ("2023年6家；2022年9家", ["2022年9家，2023年6家"]),
        ("9家（2022年），6家（2023年）", ["2022年9家，2023年6家"]),
        ("2022年为9家，2023年为6家", ["2022年9家，2023年6家"]),
        ("2023年6家", ["6家"]),
        ("济南市槐荫区", ["槐荫区"]),
        ("轨道交通四号线", ["四号线"]),
        ("2022年8月", ["August 2022", "2022年8月"]),
        ("9家", ["9家", "9"]),
        ("61家企业", ["61家", "61"]),
    ],
)
def test_right(short: str, answers: list[str]) -> None:
    assert is_right(short, answers)


@pytest.mark.parametrize(
    ("short", "answers"),
    [
        ("84亿元", ["520亿元"]),
        ("520万元", ["520亿元"]),
        ("520亿美元", ["520亿元"]),
        ("超520亿元", ["约520亿元", "520亿元"]),
        ("19家", ["9家"]),
        ("19家", ["9家", "9"]),
        ("9亿", ["9家", "9"]),
        ("9万家", ["9家", "9"]),
        ("9.5家", ["9", "5家"]),
        ("十九家", ["九家"]),
        ("2022年6家，2023年9家", ["2022年9家，2023年6家"]),
        ("2022年6家2023年9家", ["2022年9家，2023年6家"]),
        ("6家", ["2022年9家，2023年6家"]),
        ("2022年9家", ["2022年9家，2023年6家"]),
        ("23个项目", ["23个项目，总投资250.42亿元"]),
        ("250.42亿元", ["23个项目，总投资250.42亿元"]),
        ("9家或6家", ["9家"]),
        ("520亿元、84亿元、115亿元", ["520亿元"]),
        ("250亿元", ["250.42亿元"]),
        ("2023年8月", ["2022年8月"]),
        ("2022年9月", ["2022年8月"]),
        ("杆石桥街道、兴隆街道", ["兴隆街道"]),
        ("杆石桥街道和兴隆街道", ["兴隆街道"]),
        ("不是槐荫区", ["槐荫区"]),
        ("未新增9家", ["9家"]),
        ("下降3%", ["增长3%"]),
        ("INCORRECT", ["CORRECT"]),
        ("位于市中区的山东大学国际医学中心项目紧邻着槐荫区", ["槐荫区"]),
        ("", ["9家"]),
        ("，。", ["9家"]),
    ],
)
def test_right_is_not_read_from_a_wrong_answer(short: str, answers: list[str]) -> None:
    assert not is_right(short, answers)


@pytest.mark.parametrize(
    ("short", "answers", "expected"),
    [
        ("约520亿元", ["520亿元", "约520亿元"], "right"),
        ("超520亿元", ["520亿元"], "value"),
        ("520万元", ["520亿元"], "unit"),
        ("520亿美元", ["520亿元"], "unit"),
        ("2023年8月", ["2022年8月"], "date"),
        ("2021年9家，2023年6家", ["2022年9家，2023年6家"], "date"),
        ("84亿元", ["520亿元"], "value"),
        ("很多", ["520亿元"], "missing"),
        ("", ["520亿元"], "missing"),
        ("兴隆街道", ["兴隆街道"], None),
    ],
)
def test_what_is_wrong_with_a_figure(short: str, answers: list[str], expected: str | None) -> None:
    assert figure_verdict(short, answers) == expected
