"""Folding keeps offsets, sentences lose nothing, words survive Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag._text import Span, fold, sentences, weight, words


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_folding_meets_scripts_widths_and_cases() -> None:
    assert fold("中央活力區總投資５２０ＡＢ") == "中央活力区总投资520ab"


@given(st.text(alphabet="今天好a1.。！？；;…\n ”“,，"))
def test_sentences_cover_the_text_without_gap_or_overlap(text: str) -> None:
    spans = list(sentences(text))
    assert "".join(span.of(text) for span in spans) == text
    assert all(len(span) for span in spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("总投资96.5亿元,占地3.2平方公里。计划2024年竣工。", ["总投资96.5亿元,占地3.2平方公里。", "计划2024年竣工。"]),
        ("他说：“好！明天来。”然后走了。", ["他说：“好！", "明天来。”", "然后走了。"]),
        ("第一步;第二步", ["第一步;", "第二步"]),
        (
            "It cost 3.5 million. Mr. Li left. It is 1,024.5 km",
            ["It cost 3.5 million. ", "Mr. Li left. ", "It is 1,024.5 km"],
        ),
        ("标题\n正文。", ["标题\n", "正文。"]),
    ],
)
def test_a_figure_ends_no_sentence(text: str, expected: list[str]) -> None:
    assert [span.of(text) for span in sentences(text)] == expected


def test_words_give_the_parts_of_long_ones_too() -> None:
    found = words("轨道交通四號線")
    assert {"轨道", "交通", "轨道交通"} <= set(found)
    assert words("，。！") == []


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    assert weight("的") < weight("投资") < weight("瞪羚") <= weight("从未见过的词")


def test_spans_overlap_only_where_they_share_a_character() -> None:
    assert Span(0, 2).overlaps(Span(1, 3))
    assert not Span(0, 2).overlaps(Span(2, 3))


def test_a_wrapped_english_line_ends_no_sentence() -> None:
    text = "The bridge will\nopen in June.\nTickets are free."
    assert [span.of(text) for span in sentences(text)] == ["The bridge will\nopen in June.\n", "Tickets are free."]
