"""Drafts: one case an article in turn, marked, and true to the source."""

from rag.evaluation import draft_cases, evaluate
from rag.evaluation.cases import Cases

from .conftest import Reply, Scripted

TEXTS = {
    "a.txt": "中央活力区总投资约520亿元。新引进总部型企业200余家，其中外资企业12家。",
    "b.txt": "2023年2月举行签约活动。城乡低保标准提高到每人每月995元。绿化覆盖率提高到41.5%。",
    "c.txt": "今天天气很好。",
}


def test_drafts_ask_for_the_figure_of_a_clause() -> None:
    cases = draft_cases(Scripted({}, TEXTS), 10)
    assert {(case.question, case.answers) for case in cases} == {
        ("中央活力区总投资多少元？", ("约520亿元",)),
        ("新引进总部型企业多少家？", ("200余家",)),
        ("城乡低保标准提高到每人每月多少元？", ("995元",)),
        ("绿化覆盖率提高到百分之多少？", ("41.5%",)),
    }
    assert [case.id for case in cases] == ["draft-001", "draft-002", "draft-003", "draft-004"]


def test_articles_take_turns() -> None:
    first, second = draft_cases(Scripted({}, TEXTS), 2)
    assert {first.evidence[0].source, second.evidence[0].source} == {"a.txt", "b.txt"}
    assert draft_cases(Scripted({}, TEXTS), 2) == [first, second]
    assert draft_cases(Scripted({}, TEXTS), 0) == []


def test_a_draft_has_its_evidence_and_no_score() -> None:
    cases = Cases("drafts", tuple(draft_cases(Scripted({}, TEXTS), 4)))
    assert all(case.draft for case in cases)
    run = evaluate(cases, Scripted({case.question: Reply(case.answers[0]) for case in cases if case.answers}, TEXTS))
    assert run.faults == ()
    assert (run.score("correct").n, run.score("correct").unscored) == (4, 4)
