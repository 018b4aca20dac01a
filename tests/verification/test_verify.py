"""Drafts become answers: cited where they are carried, marked where not, refused where nothing is left."""

import json
from dataclasses import replace

import pytest

from rag.synthesis import Alternative

INVESTED = "中央活力区总投资约520亿元，占地约21平方公里。"


def test_a_carried_claim_is_cited_by_the_very_characters(shelf):
    answer = shelf.verify(shelf.draft(shelf.claim("中央活力区总投资约520亿元。", INVESTED), short="约520亿元"))
    assert (answer.text, answer.short, answer.refused) == ("中央活力区总投资约520亿元[1]。", "约520亿元", False)
    (citation,) = answer.citations
    assert citation.quote == INVESTED
    assert "".join(span.of(shelf.article.text) for span in citation.spans) == INVESTED
    assert len(citation.spans) == 2  # the column break is not in it
    assert [(figure.text, figure.status, figure.citation) for figure in answer.figures] == [("约520亿元", "exact", 1)]


def test_the_same_characters_keep_their_number(shelf):
    growth = "2022年，新增瞪羚企业9家。"
    answer = shelf.verify(
        shelf.draft(
            shelf.claim("中央活力区总投资约520亿元。", INVESTED),
            shelf.claim("2022年新增瞪羚企业9家。", growth),
            shelf.claim("中央活力区占地约2100公顷。", INVESTED),
        )
    )
    assert answer.text == "中央活力区总投资约520亿元[1]。2022年新增瞪羚企业9家[2]。中央活力区占地约2100公顷[1]。"
    assert [citation.number for citation in answer.citations] == [1, 2]
    assert answer.figures[-1].status == "converted"


def test_an_altered_claim_is_marked_and_bears_no_citation(shelf):
    answer = shelf.verify(
        shelf.draft(
            shelf.claim("中央活力区总投资约520亿元。", INVESTED), shelf.claim("新引进企业16家。", "新引进企业61家")
        )
    )
    assert answer.text == "中央活力区总投资约520亿元[1]。新引进企业16家〔未见依据〕。"
    assert answer.unsupported == ("新引进企业16家。",)
    assert [(figure.text, figure.status, figure.citation) for figure in answer.figures][-1] == (
        "16家",
        "unsupported",
        None,
    )
    assert len(answer.citations) == 1


def test_where_no_claim_is_carried_the_answer_is_refused(shelf):
    answer = shelf.verify(shelf.draft(shelf.claim("中央活力区总投资约250亿元。", INVESTED), short="约250亿元"))
    assert (answer.refused, answer.reason, answer.short, answer.citations) == (True, "unsupported", "", ())
    assert "250" not in answer.text
    assert answer.unsupported == ("中央活力区总投资约250亿元。", "约250亿元")
    assert answer.confidence == 0


def test_a_short_answer_that_no_claim_carries_gives_way_to_one_that_is(shelf):
    answer = shelf.verify(shelf.draft(shelf.claim("中央活力区总投资约520亿元。", INVESTED), short="约84亿元"))
    assert (answer.refused, answer.short) == (False, "中央活力区总投资约520亿元")
    assert answer.unsupported == ("约84亿元",)
    assert [(figure.text, figure.status) for figure in answer.figures][-1] == ("约84亿元", "unsupported")


def test_a_short_answer_of_a_claim_that_is_not_carried_is_refused(shelf):
    wrong = shelf.claim("新引进企业16家。", "新引进企业61家")
    answer = shelf.verify(shelf.draft(shelf.claim("中央活力区总投资约520亿元。", INVESTED), wrong, short="16家"))
    assert (answer.refused, answer.reason, answer.short) == (True, "unsupported", "")
    # What is carried is still told.
    assert "约520亿元[1]" in answer.text


def test_the_words_of_the_source_stand_in_for_a_claim_that_is_not_borne_out(shelf):
    nine = "新增瞪羚企业9家"
    claim = replace(shelf.claim("2021年9家。", nine), literal="9家。")
    answer = shelf.verify(shelf.draft(claim, shelf.claim(nine, nine), short="2021年9家"))
    assert (answer.refused, answer.short, answer.text) == (False, "9家", "9家[1]。新增瞪羚企业9家[1]")


def test_a_claim_without_evidence_is_not_carried(shelf):
    answer = shelf.verify(shelf.draft(shelf.claim("中央活力区总投资约520亿元。")))
    assert (answer.refused, answer.reason) == (True, "unsupported")


@pytest.mark.parametrize(("question", "words"), [("总投资多少", "资料"), ("How much was invested?", "The corpus")])
def test_a_refusal_says_why_and_what_there_is(shelf, question, words):
    draft = shelf.draft(shelf.claim(INVESTED, INVESTED), question=question, reason="other_metric")
    answer = shelf.verify(draft)
    assert answer.refused
    assert answer.text.startswith(words)
    assert "约21平方公里[1]" in answer.text
    assert answer.confidence == 0.9


def test_sides_of_a_conflict_are_cited_and_checked(shelf):
    nine, more = shelf.evidence("新增瞪羚企业9家"), shelf.evidence("新增专利84项")
    draft = shelf.draft(
        shelf.claim("新增瞪羚企业9家。", "新增瞪羚企业9家"),
        alternatives=(Alternative("9家", "2022年", (nine,)), Alternative("48项", "", (more,))),
    )
    answer = shelf.verify(draft)
    assert [(side.text, side.period, side.citations) for side in answer.conflicts] == [("9家", "2022年", (1,))]
    assert answer.unsupported == ("48项",)


def test_the_answer_is_plain_json(shelf):
    answer = shelf.verify(
        shelf.draft(shelf.claim("总投资约520亿元，减少耗能3.2%。", INVESTED, "减少耗能3.2%"), short="约520亿元")
    )
    plain = json.loads(json.dumps(answer.to_dict(), ensure_ascii=False))
    assert [figure["value"] for figure in plain["figures"]] == [52_000_000_000, 3.2]
    assert plain["citations"][0]["spans"] == [[8, 12], [13, 34]]


def test_the_same_draft_gives_the_same_answer(shelf):
    draft = shelf.draft(shelf.claim("中央活力区总投资约520亿元。", INVESTED), short="约520亿元")
    assert shelf.verify(draft).to_dict() == shelf.verify(draft).to_dict()
