"""An assistant inside a LlamaIndex app."""

import asyncio
from collections.abc import Iterator

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer

from rag import Assistant
from rag._text import Span, join
from rag.llamaindex import JuzhengQueryEngine, JuzhengRetriever

QUESTION = "海川市地铁5号线总投资多少"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("llamaindex")
    (folder / "metro.txt").write_text(
        "海川市地铁5号线通过验收\n\n海川市地铁5号线全长31.2公里，总投资218亿元。\n", encoding="utf-8"
    )
    (folder / "tea.txt").write_text("云岭县茶产业\n\n全县茶园面积48.3万亩，产茶3200吨。\n", encoding="utf-8")
    with Assistant.build(folder, folder / "index") as built:
        yield built


def test_retriever(assistant: Assistant) -> None:
    nodes = JuzhengRetriever(assistant, k=2).retrieve(QUESTION)
    hits = assistant.search(QUESTION, 2)
    assert [(node.node_id, node.score, node.text) for node in nodes] == [
        (hit.passage.id, hit.score, hit.passage.text) for hit in hits
    ]
    assert nodes[0].node.ref_doc_id == "metro.txt"
    assert "218亿元" in nodes[0].text


def test_retriever_in_an_engine_of_llamaindex(assistant: Assistant) -> None:
    engine = RetrieverQueryEngine(
        JuzhengRetriever(assistant, k=1), get_response_synthesizer(llm=MockLLM(), response_mode=ResponseMode.COMPACT)
    )
    assert [node.node.ref_doc_id for node in engine.query(QUESTION).source_nodes] == ["metro.txt"]


def test_query_engine(assistant: Assistant) -> None:
    response = JuzhengQueryEngine(assistant).query(QUESTION)
    assert "218亿元" in str(response)
    assert response.metadata["short"] == "218亿元"
    for number, node in enumerate(response.source_nodes, 1):
        assert node.metadata["number"] == number
        assert f"[{number}]" in str(response)
        spans = [Span(*span) for span in node.metadata["spans"]]
        assert join(assistant.article(node.node.ref_doc_id).text, spans) == node.text


def test_query_engine_awaited(assistant: Assistant) -> None:
    response = asyncio.run(JuzhengQueryEngine(assistant).aquery(QUESTION))
    assert response.metadata["short"] == "218亿元"
