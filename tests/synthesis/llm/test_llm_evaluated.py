"""A model that answers is evaluated, and one judges, over the wire: tokens counted, labels kept."""

from pathlib import Path

from scripted_server import Reply, Scripted

from rag import Assistant
from rag.evaluation import Case, Cases, Quote, evaluate, load_judge

CASE = Case(
    "port",
    "临海新港二期工程总投资多少",
    ("约36.8亿元",),
    (Quote("harbour.txt", "临海新港二期工程总投资约36.8亿元"),),
)
ANSWER = "临海新港二期工程总投资约36.8亿元[1]。\n简答：约36.8亿元"


def test_a_model_answers_and_a_model_judges(assistant: Assistant, server: Scripted, tmp_path: Path) -> None:
    judge = load_judge(f"openai-like:scripted@{server.url}", tmp_path)
    server.plays(ANSWER, "CORRECT", "FULL")
    run = evaluate(Cases("one", (CASE,)), assistant, judge=judge)
    assert [run.score(name).mean for name in ("right", "cite_recall", "judged", "judged_support")] == [1, 1, 1, 1]
    assert run.agreement() == {"judged": (1.0, 1), "judged_support": (1.0, 1)}
    assert run.tokens()["answers"] == 1
    assert run.tokens()["sent"] > 100
    assert len(server.requests) == 3

    # The labels are on disk: the second run asks for the answer only.
    server.plays(ANSWER)
    assert evaluate(Cases("one", (CASE,)), assistant, judge=judge).score("judged").mean == 1
    assert len(server.requests) == 1


def test_answers_given_in_a_models_place_are_told(assistant: Assistant, server: Scripted) -> None:
    server.plays(ANSWER, Reply(status=400, error="no"))
    other = Case("tea", "云岭县茶产业2023年前三季度综合产值是多少", ("102.6亿元",))
    run = evaluate(Cases("two", (CASE, other)), assistant)
    assert run.engines() == {"scripted": 1, "reader": 1}
