"""The judge: the whole reply is the label, and nothing is asked twice."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.evaluation import Judge, estimate
from rag.evaluation.judge import parse_label
from rag.synthesis.llm.sources import count_tokens

from .conftest import case

LABELS = ("CORRECT", "INCORRECT", "NOT_ATTEMPTED")
Messages = Sequence[tuple[str, str]]


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("CORRECT", "CORRECT"),
        (" INCORRECT\n", "INCORRECT"),
        ("NOT_ATTEMPTED", "NOT_ATTEMPTED"),
        ("INCORRECT, not CORRECT", None),
        ("correct", None),
        ("The label is CORRECT", None),
        ("", None),
    ],
)
def test_the_whole_reply_is_the_label(reply: str, label: str | None) -> None:
    assert parse_label(reply, LABELS) == label


def test_a_label_is_kept_and_a_failure_is_not(tmp_path: Path) -> None:
    replies = iter(["not sure", "CORRECT"])
    asked = []

    def complete(messages: Messages) -> str:
        asked.append(messages)
        return next(replies)

    assert Judge(complete, "a", tmp_path).correct("q", "a", "r") is None
    assert Judge(complete, "a", tmp_path).correct("q", "a", "r") == "CORRECT"
    assert Judge(complete, "a", tmp_path).correct("q", "a", "r") == "CORRECT"
    assert len(asked) == 2
    # Another judge is another opinion, and a judge that is down is none.
    assert Judge(complete, "b", tmp_path).correct("q", "a", "r") is None


def test_the_prompts_are_those_of_the_project(tmp_path: Path) -> None:
    sent: list[str] = []

    def complete(messages: Messages) -> str:
        sent.append("\n".join(text for _, text in messages))
        return "PARTIAL" if "引文" in sent[-1] else "CORRECT"

    judge = Judge(complete, "model-1", tmp_path)
    assert judge.correct("总投资多少", "520亿元 $answer", "约520亿元") == "CORRECT"
    assert judge.support("总投资多少", "投了520亿元", ["总投资约520亿元", "占地21平方公里"]) == "PARTIAL"
    assert all(part in sent[0] for part in ("总投资多少", "520亿元 $answer", "约520亿元"))
    assert "总投资约520亿元\n占地21平方公里" in sent[1]
    assert judge.name.startswith("model-1 judge.zh@")
    assert " support.zh@" in judge.name


def test_a_statement_without_a_citation_needs_no_judge(tmp_path: Path) -> None:
    def never(messages: Messages) -> str:
        raise AssertionError

    assert Judge(never, "m", tmp_path).support("q", "s", []) == "NONE"


def test_a_label_of_one_question_is_none_of_the_other(tmp_path: Path) -> None:
    judge = Judge(lambda messages: "FULL", "m", tmp_path)
    assert judge.correct("q", "a", "r") is None
    assert judge.support("q", "s", ["c"]) == "FULL"


def test_the_cost_is_known_before(tmp_path: Path) -> None:
    sent: list[str] = []

    def complete(messages: Messages) -> str:
        sent.extend(text for _, text in messages)
        return "CORRECT" if len(sent) == 2 else "FULL"

    cases = [case("中央活力区总投资多少", ["约520亿元"]), case("b", []), case("c", ["1"], draft=True)]
    expected = estimate(cases)
    assert expected.calls == 3
    judge = Judge(complete, "m", tmp_path)
    judge.correct(cases[0].question, "约520亿元", "约520亿元")
    for statement in ("约520亿元。", "按照总体安排，活力区总投资约520亿元。"):
        judge.support(cases[0].question, statement, ["按照总体安排，活力区总投资约520亿元。"])
    # An upper bound, and not a wild one.
    assert sum(map(count_tokens, sent)) <= expected.prompt_tokens <= 2 * sum(map(count_tokens, sent))
    assert expected.cost(2.0) == pytest.approx((expected.prompt_tokens + 15) * 2 / 1e6)
