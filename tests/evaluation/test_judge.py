"""The judge: the whole reply is the label, and nothing is asked twice."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.evaluation import Judge, estimate, llm_judge
from rag.evaluation.judge import parse_label

from .conftest import case


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
    assert parse_label(reply) == label


def test_a_label_is_kept_and_a_failure_is_not(tmp_path: Path) -> None:
    replies = iter(["not sure", "CORRECT"])
    asked = []

    def ask(*what: str) -> str:
        asked.append(what)
        return next(replies)

    assert Judge(ask, "a", tmp_path).label("q", "a", "r") is None
    assert Judge(ask, "a", tmp_path).label("q", "a", "r") == "CORRECT"
    assert Judge(ask, "a", tmp_path).label("q", "a", "r") == "CORRECT"
    assert len(asked) == 2
    # Another judge is another opinion, and a judge that is down is none.
    assert Judge(ask, "b", tmp_path).label("q", "a", "r") is None


def test_an_llm_is_asked_with_the_prompt_of_the_project(tmp_path: Path) -> None:
    sent: list[str] = []

    def complete(messages: Sequence[tuple[str, str]]) -> str:
        sent.extend(text for _, text in messages)
        return "CORRECT"

    judge = llm_judge(complete, "model-1", tmp_path)
    assert judge.label("总投资多少", "520亿元 $answer", "约520亿元") == "CORRECT"
    assert all(part in sent[1] for part in ("总投资多少", "520亿元 $answer", "约520亿元"))
    assert judge.name.startswith("model-1 judge.zh ")


def test_the_cost_is_known_before() -> None:
    found = estimate([case("四个字吗", ["9家"]), case("b", []), case("c", ["1"], draft=True)], answer_characters=10)
    assert (found.calls, found.characters) == (1, 4 + 2 + 10)
    assert found.cost(prompt_characters=84, price=2.0) == pytest.approx(100 * 2 / 1e6)
