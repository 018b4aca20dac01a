"""What the page keeps: nobody sees or changes what is another's; exports and cases of it."""

import json
from pathlib import Path

import pytest
from test_html import citation, figure, record

from rag._errors import JuzhengError, UsageError
from rag.evaluation import load_cases
from rag.index import Filter
from rag.ui.desk import Options
from rag.ui.export import to_json, to_markdown, to_text
from rag.ui.feedback import case_of, save_case
from rag.ui.language import speaker
from rag.ui.server import users_of
from rag.ui.store import Store, Turn


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "page" / "visitors.sqlite")


def test_what_is_kept_is_there_when_opened_again(store: Store) -> None:
    conversation, turn = store.append("me", None, record())
    again, second = store.append("me", conversation, record(question="它呢"))
    assert again == conversation
    reopened = Store(store.path)
    assert [one.question for one in reopened.turns("me", conversation)] == ["总投资多少", "它呢"]
    assert reopened.turn("me", turn.id) == turn
    assert second.id > turn.id
    assert reopened.conversations("me")[0].title == "总投资多少"


def test_another_visitor_can_neither_see_nor_change(store: Store) -> None:
    conversation, turn = store.append("me", None, record())
    assert store.turns("other", conversation) == []
    assert store.turn("other", turn.id) is None
    assert store.conversation("other", conversation) is None
    store.rename("other", conversation, "x")
    store.delete("other", conversation)
    store.rate("other", turn.id, -1)
    store.mark_saved("other", turn.id)
    assert store.turns("me", conversation) == [turn]
    assert store.conversations("me")[0].title == "总投资多少"
    mine, _ = store.append("other", conversation, record())
    assert mine != conversation, "a turn must not land in somebody else's conversation"


def test_deleting_a_conversation_deletes_its_turns(store: Store) -> None:
    conversation, turn = store.append("me", None, record())
    store.delete("me", conversation)
    assert store.turn("me", turn.id) is None


def test_options_are_each_visitors_own(store: Store) -> None:
    store.set_options("me", {"hits": 3})
    assert (store.options("me"), store.options("other")) == ({"hits": 3}, {})


def test_what_was_set_under_another_model_is_no_choice_against_this_one() -> None:
    kept = Options.of({"hits": 3, "engine": "", "tags": ["城建"], "unknown": 1})
    assert (kept.hits, kept.tags, kept.embedded) == (3, ("城建",), False)
    assert Options.of(json.loads(json.dumps(kept.record()))) == kept
    assert kept.where == Filter(tags=("城建",))
    assert Options().where is None


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JuzhengError, match="不能写"):
        Store(tmp_path / "file" / "visitors.sqlite")


def test_exports_name_their_sources_and_escape_markup(store: Store) -> None:
    evil = record(question="<script>", text="*有*[1]。", figures=[figure("9元", "unsupported", None)])
    conversation, _ = store.append("me", None, evil)
    kept, turns = store.conversations("me")[0], store.turns("me", conversation)
    markdown = to_markdown(kept, turns, speaker("zh"))
    assert "\\<script\\>" in markdown
    assert "\\*有\\*[1]" in markdown
    assert "总投资约520亿元" in markdown
    assert "未核实" in markdown
    exported = json.loads(to_json(kept, turns))["turns"][0]
    assert exported["citations"] == evil["citations"]
    assert "hits" not in exported
    assert "[1] 题1 · a.txt · 2023-02" in to_text(turns[0].record, speaker("en"))


def test_a_turn_becomes_a_case(tmp_path: Path) -> None:
    good = Turn(1, "t", record(citations=[citation(1, "总投资约520亿元")]))
    refused = Turn(2, "t", record(question="没有的", refused=True, short=""))
    path = tmp_path / "feedback.jsonl"
    save_case(case_of(good), path)
    save_case(case_of(refused), path)
    save_case(case_of(good, "520亿元 | 五百二十亿元"), path)
    cases = {case.id: case for case in load_cases(path, strict=True)}
    assert cases["feedback-1"].answers == ("520亿元", "五百二十亿元")
    assert cases["feedback-1"].evidence == (), "what a wrong answer cited is evidence of nothing"
    assert cases["feedback-2"].answers == ()
    assert case_of(good).evidence[0].quote == "总投资约520亿元"
    assert case_of(good, "").answers == ()


def test_users_are_read_from_one_line() -> None:
    assert users_of("王:a:b, 李:c") == {"王": "a:b", "李": "c"}
    assert users_of("") == {}
    with pytest.raises(UsageError):
        users_of("王")
