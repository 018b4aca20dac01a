"""The whole way: from files to a cited answer, by the Python API."""

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from rag import Answer, Assistant, JuzhengError, Settings, UsageError
from rag._text import join
from rag.embeddings import load_embedder
from rag.index import Filter, open_index
from rag.workflow.generations import Generations
from tests.conftest import BULLETINS


def test_a_figure_is_answered_with_the_sentence_it_stands_in(assistant: Assistant) -> None:
    answer = assistant.ask("东港大桥总投资多少")
    assert answer.short == "27.5亿元"
    assert not answer.refused
    [citation] = answer.citations
    assert citation.source == "bridge.txt"
    assert "总投资27.5亿元" in citation.quote
    assert citation.published == "2023-09-21"
    assert [figure.status for figure in answer.figures if figure.text == "27.5亿元"] == ["exact"]


@pytest.mark.parametrize(
    "question",
    [
        "东港大桥总投资多少",
        "西山隧道位于哪个街道？",
        "西山区新增省级瞪羚企业多少家",
        "西山隧道总投资多少",
        "什么是量子纠缠",
    ],
)
def test_every_citation_is_the_exact_characters_of_its_source(assistant: Assistant, question: str) -> None:
    for citation in assistant.ask(question).citations:
        assert citation.quote == join(assistant.article(citation.article_id).text, citation.spans)


def test_what_the_corpus_does_not_say_is_refused_with_a_reason(assistant: Assistant) -> None:
    answer = assistant.ask("西山隧道总投资多少")
    assert answer.refused
    assert answer.short == ""
    assert answer.reason in ("other_metric", "nothing_found")
    assert "27.5" not in answer.text


def test_the_period_asked_for_decides_and_without_one_both_are_told(assistant: Assistant) -> None:
    assert assistant.ask("2022年西山区新增省级瞪羚企业多少家").short == "9家"
    assert assistant.ask("2023年西山区新增省级瞪羚企业多少家").short == "6家"
    both = assistant.ask("西山区新增省级瞪羚企业多少家")
    assert [(side.period, side.text) for side in both.conflicts] == [("2023年", "6家"), ("2022年", "9家")]
    assert both.short == "2023年6家，2022年9家"


def test_a_cell_of_a_table_is_answered_with_its_unit_and_cites_row_head_and_unit(tmp_path: Path) -> None:
    table = (
        "# 云泽区2023年主要指标\n\n主要经济指标（单位：亿元）\n\n"
        "| 指标 | 2023年 | 增长（%） | 2022年 |\n|---|---|---|---|\n"
        "| 地区生产总值 | 812.46 | 5.8 | 768.10 |\n| 一般公共预算收入 | 61.37 | 6.2 | 57.79 |\n"
        "| 常住人口（万人） | 58.62 | — | 58.31 |\n"
    )
    (tmp_path / "t.md").write_text(table, encoding="utf-8")
    with Assistant.build(tmp_path / "t.md", index=tmp_path / "index") as assistant:
        for question, short in [
            ("云泽区2023年一般公共预算收入多少", "61.37亿元"),
            ("2022年一般公共预算收入是多少", "57.79亿元"),
            ("云泽区2023年常住人口多少万人", "58.62万人"),
        ]:
            answer = assistant.ask(question)
            assert answer.short == short
            [citation] = answer.citations
            assert citation.quote == join(table, citation.spans)
            assert "| 指标 " in citation.quote
            assert [figure.status for figure in answer.figures if figure.text == short] == ["exact"]


def test_each_part_of_an_answer_says_what_it_is(tmp_path: Path) -> None:
    text = "白石县2023年秋粮生产结束，秋粮亩产412.6公斤，机播率97.3%。东港大桥总投资31.2亿元，设桥墩86座。"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    with Assistant.build(tmp_path / "a.txt", index=tmp_path / "index") as assistant:
        assert assistant.ask("白石县2023年秋粮亩产多少、机播率多少").short == "亩产412.6公斤，机播率97.3%"
        assert assistant.ask("东港大桥总投资多少，有几座桥墩？").short == "总投资31.2亿元，86座桥墩"


def test_a_follow_up_is_answered_from_the_history(assistant: Assistant) -> None:
    first = assistant.ask("东港大桥总投资多少")
    for history in ([first], ["东港大桥总投资多少"], [("东港大桥总投资多少", "27.5亿元")]):
        assert assistant.ask("它全长多少公里？", history).short == "3.86公里"
    messages = [{"role": "user", "content": "东港大桥总投资多少"}, {"role": "assistant", "content": "27.5亿元"}]
    assert assistant.ask("它全长多少公里？", messages).short == "3.86公里"


def test_dates_narrow_the_corpus_inside_the_search(assistant: Assistant) -> None:
    only = assistant.ask("西山区新增省级瞪羚企业多少家", where=Filter(as_of="2023-12-31"))
    assert only.short == "9家"


def test_two_runs_give_the_same_answer(corpus: Path, tmp_path: Path) -> None:
    answers = []
    for name in ("one", "two"):
        with Assistant.build(corpus, tmp_path / name) as built:
            answers.append(built.ask("东港大桥总投资多少").to_dict() | {"seconds": {}})
    assert answers[0] == answers[1]


def test_streaming_ends_with_the_answer_and_async_gives_the_same(assistant: Assistant) -> None:
    *pieces, last = assistant.stream("东港大桥总投资多少")
    assert isinstance(last, Answer)
    assert "".join(str(piece) for piece in pieces) == last.text
    assert asyncio.run(assistant.aask("东港大桥总投资多少")).text == last.text


def test_a_changed_file_is_replaced_and_a_removed_one_is_gone(corpus: Path, tmp_path: Path) -> None:
    with Assistant.build(corpus, tmp_path / "index") as built:
        generation = built.index.generation
        assert built.report is not None
        assert built.report.added == len(BULLETINS)
        with Assistant.build(corpus, tmp_path / "index") as again:
            assert again.index.generation == generation
            assert again.report is not None
            assert again.report.unchanged == len(BULLETINS)
        bridge = corpus / "bridge.txt"
        bridge.write_text(bridge.read_text(encoding="utf-8").replace("27.5亿元", "31.2亿元"), encoding="utf-8")
        (corpus / "tunnel.txt").unlink()
        with Assistant.build(corpus, tmp_path / "index") as later:
            assert later.report is not None
            assert (later.report.replaced, later.report.removed) == (1, 1)
        # The assistant that was open all the while answers from the new generation.
        assert built.ask("东港大桥总投资多少").short == "31.2亿元"
        gone = built.ask("西山隧道位于哪个街道？")
        assert all(citation.source != "tunnel.txt" for citation in gone.citations)
        assert "青石街道" not in gone.text


def test_files_are_added_and_removed_while_it_answers(corpus: Path, tmp_path: Path) -> None:
    with Assistant.build(corpus, tmp_path / "index") as built:
        extra = tmp_path / "harbour.txt"
        extra.write_text("北港码头扩建\n东港日报　2024年3月2日\n\n北港码头扩建工程总投资8.4亿元。\n", encoding="utf-8")
        built.add([extra])
        assert built.ask("北港码头扩建工程总投资多少").short == "8.4亿元"
        built.remove(["harbour.txt"])
        assert "8.4" not in built.ask("北港码头扩建工程总投资多少").text


def test_it_answers_with_sockets_blocked_and_without_torch(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with Assistant.build(corpus, tmp_path / "index") as built:
        assert built.ask("东港大桥总投资多少").short == "27.5亿元"


def test_threads_share_one_assistant(assistant: Assistant) -> None:
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(assistant.ask("东港大桥总投资多少").short)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["27.5亿元"] * 8


def test_what_is_closed_is_closed_by_its_last_reader(corpus: Path, tmp_path: Path) -> None:
    """Trap: SQLite crashed the process where the page closed an index that a visitor's thread was reading."""
    Assistant.build(corpus, tmp_path / "index").close()
    generations = Generations(open_index(tmp_path / "index", embedder=load_embedder()))
    with generations.newest() as one, generations.newest() as other:
        articles = one.articles()
        first = next(articles)
        generations.close()
        assert len([first, *articles]) == len(list(corpus.iterdir()))
        assert other.passages_of(first.id)
    with pytest.raises(JuzhengError):
        one.passages_of(first.id)
    with pytest.raises(UsageError, match="关闭"):
        generations.newest().__enter__()
    generations.close()


@pytest.mark.parametrize("question", ["", "   ", "？？！", "问" * 100_000])
def test_a_question_that_is_none_is_refused_in_words(assistant: Assistant, question: str) -> None:
    with pytest.raises(UsageError):
        assistant.ask(question)


def test_an_index_of_another_model_is_refused(corpus: Path, tmp_path: Path) -> None:
    Assistant.build(corpus, tmp_path / "index").close()
    with pytest.raises(JuzhengError):
        Assistant.open(tmp_path / "index", Settings(embedding=str(tmp_path / "no-such-model")))


def test_of_an_empty_index_it_is_said_that_it_is_empty(corpus: Path, tmp_path: Path) -> None:
    with Assistant.build(corpus, tmp_path / "index") as assistant:
        assistant.remove([info.id for info in assistant.articles()])
        answer = assistant.ask("东港大桥总投资多少")
    assert (answer.refused, answer.reason) == (True, "empty_corpus")
    assert "juzheng build" in answer.text


def test_an_empty_folder_is_no_corpus(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="empty"):
        Assistant.build(tmp_path / "empty", tmp_path / "index")
