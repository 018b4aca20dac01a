"""Runs: scores, where each case was lost, resuming, errors."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from rag import Assistant
from rag._errors import JuzhengError
from rag.evaluation import (
    Cases,
    Judge,
    compare,
    evaluate,
    load_cases,
    load_run,
    render_markdown,
    render_terminal,
    save_cases,
)

from .conftest import Reply, Scripted, case


def test_scores_by_hand(cases: Cases, replies: dict[str, Reply]) -> None:
    run = evaluate(cases, Scripted(replies))
    # 投资, 瞪羚 and 区长 are right.
    assert run.score("correct").mean == pytest.approx(3 / 6)
    assert run.score("right").mean == pytest.approx(2 / 4)
    # 总部's evidence is below what was shown.
    assert run.score("hit@1").mean == pytest.approx(2 / 4)
    assert run.score("hit@5").mean == pytest.approx(3 / 4)
    # 1, 1/2, 1, 0
    assert run.score("mrr@10").mean == pytest.approx(2.5 / 4)
    assert run.score("cite_covers").mean == pytest.approx(2 / 4)
    assert run.score("refusal_recall").mean == pytest.approx(1 / 2)
    assert run.score("refusal_precision").mean == pytest.approx(1 / 2)
    assert run.score("over_refusal").mean == pytest.approx(1 / 4)
    assert run.score("round_trip").mean == 1.0
    assert run.score("figure").mean == pytest.approx(2 / 3)
    assert run.score("correct", "unanswerable").mean == 0.5


def test_where_each_case_was_lost(cases: Cases, replies: dict[str, Reply]) -> None:
    lost = {item.case.id: item.lost for item in evaluate(cases, Scripted(replies)).items}
    assert lost == {
        "投资": None,
        "交通": "wrong_span",
        "瞪羚": None,
        "总部": "ranked_below",
        "区长": None,
        "地铁": "wrongly_answered",
    }


FIRST, SECOND = ("a.txt", "中央活力区总投资约520亿元。"), ("a.txt", "综合立体交通体系总投资84亿元。")
OTHERS = [("a.txt", FIRST[1][:length]) for length in range(1, 13)]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply("84亿元", [SECOND], [SECOND]), None),
        (Reply("84亿元", [SECOND], [FIRST] * 6 + [SECOND]), None),
        (Reply("84亿元", [FIRST], [SECOND]), "wrong_citation"),
        (Reply("48亿元", [SECOND], [SECOND]), "wrong_figure"),
        (Reply("520亿元", [FIRST], [SECOND]), "wrong_span"),
        (Reply(refused=True, finds=[SECOND]), "wrongly_refused"),
        (Reply(refused=True, finds=[FIRST] * 6 + [SECOND]), "ranked_below"),
        (Reply("520亿元", [FIRST], [FIRST], deeper=[*OTHERS, SECOND]), "ranked_below"),
        (Reply("520亿元", [FIRST], [FIRST]), "not_retrieved"),
    ],
)
def test_the_first_stage_that_lost_a_case(reply: Reply, expected: str | None) -> None:
    one = Cases("one", (case("交通", ["84亿元"], ("a.txt", "交通体系总投资84亿元")),))
    (item,) = evaluate(one, Scripted({"交通": reply})).items
    assert item.lost == expected


def test_ranks_go_on_where_the_answers_own_passages_end() -> None:
    one = Cases("one", (case("交通", ["84亿元"], ("a.txt", "交通体系总投资84亿元")),))
    finds = OTHERS[:8]

    def scores(deeper: list[tuple[str, str]]) -> tuple[float, int | None]:
        # The deeper search begins with what the answer had.
        (item,) = evaluate(one, Scripted({"交通": Reply("84亿元", [SECOND], finds, deeper)})).items
        return item.scores["recall@10"], item.seen.deep_rank

    assert scores([OTHERS[8], SECOND]) == (1.0, None)
    assert scores([OTHERS[8], OTHERS[9], SECOND]) == (0.0, 11)
    assert scores([]) == (0.0, None)


def test_a_wrong_name_from_the_right_sentence_is_a_wrong_span() -> None:
    one = Cases("one", (case("体系", ["综合立体交通体系"], ("a.txt", "综合立体交通体系总投资84亿元")),))
    (item,) = evaluate(one, Scripted({"体系": Reply("总投资", [SECOND], [SECOND])})).items
    assert item.lost == "wrong_span"


def test_evidence_that_is_not_there_is_lost_to_the_corpus_and_named() -> None:
    one = Cases("one", (case("交通", ["84亿元"], ("a.txt", "总投资八十四亿")),))
    run = evaluate(one, Scripted({"交通": Reply("520亿元", [FIRST], [FIRST])}))
    assert run.items[0].lost == "not_in_corpus"
    assert run.faults == ("case 交通: a.txt does not hold the quote 总投资八十四亿",)
    with pytest.raises(JuzhengError, match="without --strict"):
        evaluate(one, Scripted({}), strict=True)


def test_an_error_is_an_error_and_has_the_worst_score(cases: Cases, replies: dict[str, Reply]) -> None:
    replies["投资"] = Reply(fails=ConnectionError("model gone"))
    run = evaluate(cases, Scripted(replies))
    score = run.score("right")
    assert (score.n, score.scored, score.unscored, score.errors) == (4, 3, 0, 1)
    assert score.mean == pytest.approx(1 / 4)
    # Where lower is better, the worst is 1.
    assert run.score("over_refusal").mean == pytest.approx(2 / 4)
    assert run.items[0].seen.error == "ConnectionError: model gone"
    assert run.lost()["error"] == 1


def test_what_nobody_has_confirmed_is_unscored() -> None:
    some = Cases("some", (case("a", ["9家"], draft=True), case("b", None), case("c", ["6家"])))
    run = evaluate(some, Scripted({name: Reply("6家", [("news/b.txt", "瞪羚企业6家")]) for name in "abc"}))
    score = run.score("correct")
    assert (score.mean, score.n, score.scored, score.unscored, score.errors) == (1.0, 3, 1, 2, 0)


def test_nothing_to_score_is_none_and_never_nan() -> None:
    run = evaluate(Cases("x", (case("a", ["9家"], draft=True),)), Scripted({"a": Reply("9家")}))
    assert run.score("correct").mean is None
    assert run.score("refusal_recall").n == 0
    assert "nan" not in json.dumps(run.to_dict()).lower()
    assert "nan" not in render_markdown(run).lower()


def test_a_refusal_has_a_reason() -> None:
    some = Cases("x", (case("a", [], reason="other_period"), case("b", []), case("c", ["9家"], reason="other_period")))
    run = evaluate(some, Scripted({name: Reply(refused=True, reason="other_metric") for name in "abc"}))
    score = run.score("refusal_reason")
    assert (score.mean, score.n) == (0.0, 1)
    again = evaluate(some, Scripted({name: Reply(refused=True, reason="other_period") for name in "abc"}))
    assert again.score("refusal_reason").mean == 1.0


def test_a_spoilt_quote_is_caught() -> None:
    run = evaluate(
        Cases("x", (case("a", ["84亿元"]),)), Scripted({"a": Reply("84亿元", [SECOND], [SECOND], spoil=True)})
    )
    assert run.score("round_trip").mean == 0.0


def test_a_run_folder_gives_the_same_run_back(cases: Cases, replies: dict[str, Reply], tmp_path: Path) -> None:
    run = evaluate(cases, Scripted(replies), tmp_path / "run", workers=3)
    again = load_run(tmp_path / "run")
    assert again.items == run.items
    assert again.to_dict() == run.to_dict() == json.loads((tmp_path / "run" / "scores.json").read_text())


def test_a_run_goes_on_where_it_stopped(cases: Cases, replies: dict[str, Reply], tmp_path: Path) -> None:
    whole = evaluate(cases, Scripted(replies), tmp_path / "whole")
    broken = tmp_path / "broken"
    evaluate(cases, Scripted(replies), broken)
    items = broken / "items.jsonl"
    lines = items.read_bytes().splitlines(keepends=True)
    items.write_bytes(b"".join(lines[:2]) + lines[2][:25])

    assert load_run(broken).score("correct").errors == 4
    assistant = Scripted(replies)
    resumed = evaluate(cases, assistant, broken)
    assert assistant.asked == ["瞪羚", "总部", "区长", "地铁"]
    assert resumed.to_dict() == whole.to_dict()
    assert load_run(broken).to_dict() == whole.to_dict()


def test_errors_are_asked_again(cases: Cases, replies: dict[str, Reply], tmp_path: Path) -> None:
    evaluate(cases, Scripted(replies | {"投资": Reply(fails=TimeoutError())}), tmp_path)
    assistant = Scripted(replies)
    assert evaluate(cases, assistant, tmp_path).score("correct").errors == 0
    assert assistant.asked == ["投资"]


def test_a_folder_of_another_run_is_refused(cases: Cases, replies: dict[str, Reply], tmp_path: Path) -> None:
    evaluate(cases, Scripted(replies), tmp_path)
    with pytest.raises(JuzhengError, match="of other index"):
        evaluate(cases, Scripted(replies, generation="g2"), tmp_path)
    changed = Cases(cases.name, (replace(cases.cases[0], answers=("1",)), *cases.cases[1:]))
    with pytest.raises(JuzhengError, match="of other cases"):
        evaluate(changed, Scripted(replies), tmp_path)


def test_no_run_folder(tmp_path: Path) -> None:
    with pytest.raises(JuzhengError, match=r"run\.json is missing"):
        load_run(tmp_path)


KILLED = """
import os, sys
sys.path[:0] = sys.argv[3:]
from evaluation.conftest import Reply, Scripted
from rag.evaluation import evaluate, load_cases
cases = load_cases(sys.argv[1])
class Slow(Scripted):
    def ask(self, question):
        if question == cases.cases[25].question:
            os.kill(os.getpid(), 9)
        return super().ask(question)
evaluate(cases, Slow({case.question: Reply("9家") for case in cases}), sys.argv[2])
"""


def test_kill_9_and_on(tmp_path: Path) -> None:
    some = Cases("some", tuple(case(f"q{number}", ["9家" if number % 3 else "6家"]) for number in range(40)))
    save_cases(some, tmp_path / "some.jsonl")
    tests = Path(__file__).parents[1]
    arguments = [str(tmp_path / "some.jsonl"), str(tmp_path / "run"), str(tests), str(tests.parent)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    assistant = Scripted({one.question: Reply("9家") for one in some})
    resumed = evaluate(some, assistant, tmp_path / "run")
    assert len(assistant.asked) == 15
    assert resumed.to_dict() == evaluate(some, Scripted(assistant.replies)).to_dict()


def test_a_judge_that_fails_leaves_the_case_unscored(
    cases: Cases, replies: dict[str, Reply], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = {"投资": "CORRECT", "交通": "I cannot say CORRECT", "瞪羚": "INCORRECT"}
    supported = {"投资": "FULL", "交通": "PARTIAL", "瞪羚": "no label"}
    replies["投资"] = replace(replies["投资"], text="约520亿元[1]。")
    replies["交通"] = replace(replies["交通"], text="520亿元[1]，交通。很多。")
    replies["瞪羚"] = replace(replies["瞪羚"], text="2022年9家[1]，2023年6家[2]。")

    def complete(messages: Sequence[tuple[str, str]]) -> str:
        text = "".join(text for _, text in messages)
        labels = supported if "引文" in text else said
        return next(label for question, label in labels.items() if f"问题：{question}" in text)

    run = evaluate(cases, Scripted(replies), judge=Judge(complete, "j", tmp_path))
    score = run.score("judged")
    # 总部 was refused, which is not right and needs no judge.
    assert (score.mean, score.scored, score.unscored) == (pytest.approx(1 / 3), 3, 1)
    # 交通: half for the first statement, none for the second, which cites nothing.
    support = run.score("judged_support")
    assert (support.mean, support.scored, support.unscored) == (pytest.approx((1 + 0.25) / 2), 2, 1)
    assert "gave no label" in caplog.text
    # 投资 and 总部 as the rules have it, 瞪羚 is right by them; 投资 and 交通 as the evidence has it.
    assert run.agreement() == {"judged": (pytest.approx(2 / 3), 3), "judged_support": (1.0, 2)}
    assert "judged_support agrees: 100.0 % / 2" in render_markdown(run)


def test_tokens_and_engines_are_counted(cases: Cases, replies: dict[str, Reply], tmp_path: Path) -> None:
    replies["投资"] = replace(replies["投资"], tokens=(1200, 30))
    replies["交通"] = replace(replies["交通"], tokens=(800, 20))
    run = evaluate(cases, Scripted(replies), tmp_path)
    assert run.tokens() == {"answers": 2, "sent": 2000, "written": 50}
    assert run.engines() == {"script": 6}
    assert "词元 tokens: 2000 in, 50 out / 2" in render_markdown(run)
    assert load_run(tmp_path).items == run.items


def test_the_terminal_shows_every_failure_and_its_stage(cases: Cases, replies: dict[str, Reply]) -> None:
    run = evaluate(cases, Scripted(replies))
    console = Console(width=80, file=StringIO())
    console.print(render_terminal(run))
    text = console.file.getvalue()
    for shown in ("6 = 6+0+0", "取错了文字 the wrong characters taken", "50.0", "520亿元", "refusal_precision"):
        assert shown in text
    assert "…" not in text
    assert "| 交通 | 交通 | 取错了文字 the wrong characters taken | 520亿元 | 84亿元 |" in render_markdown(run)


def test_the_real_assistant_answers_the_same_twice(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    some = Cases("some", load_cases(root / "evals" / "articles.jsonl").cases[::9])
    with Assistant.build(root / "corpus", tmp_path / "index") as assistant:
        first = evaluate(some, assistant, tmp_path / "first", workers=1)
        second = evaluate(some, assistant, tmp_path / "second", workers=3)
    assert (tmp_path / "first" / "scores.json").read_bytes() == (tmp_path / "second" / "scores.json").read_bytes()
    assert compare(first, second).verdict == "same"
    assert first.faults == ()
    assert first.score("round_trip").mean == 1.0
