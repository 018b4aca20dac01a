"""The page with a language model, in a browser: hostile words, writing as it goes, stopping."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from served_page import QUESTION, Visit, serve

from rag.workflow import Assistant, Settings


@dataclass(frozen=True)
class Written:
    """A page with a language model that answers with markup, and stops in the middle until ``go`` is set."""

    url: str
    go: threading.Event


SAID = (
    "<script>document.title='owned'</script>中央活力区总投资"
    "<img src=x onerror=\"document.title='owned'\">约520亿元[1]，另有999亿元[1]。"
)


@pytest.fixture
def written(index: Path) -> Iterator[Written]:
    from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
    from llama_index.core.llms.callbacks import llm_completion_callback

    go = threading.Event()
    go.set()

    class Scripted(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(model_name="scripted")

        @llm_completion_callback()
        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
            return CompletionResponse(text=SAID)

        @llm_completion_callback()
        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
            yield CompletionResponse(text=SAID[:50], delta=SAID[:50])
            if "资料核对员" in prompt:  # the answer itself, not what prepares or judges it
                go.wait(60)
            yield CompletionResponse(text=SAID, delta=SAID[50:])

    with Assistant(index, Settings(), llm=Scripted()) as assistant:
        server = serve(assistant)
        yield Written(server.url, go)
        go.set()
        server.stop()


def test_markup_from_a_model_is_text_and_a_figure_of_its_own_is_loud(visit: Visit, written: Written) -> None:
    page = (visitor := visit(url=written.url)).page
    first = visitor.ask(QUESTION)
    assert visitor.faults() == []
    assert page.title() != "owned"
    assert first.locator(".answer script, .answer img").count() == 0
    loud = first.locator(".figure.unsupported, .unsupported .figure, .unsupported, .refusal")
    assert loud.count() > 0, "999亿元 is in no source"

    # What is written now moves nothing, and leaves alone what was said before: here a list that somebody opened.
    first.locator("details.retrieved summary").click()
    written.go.clear()
    page.fill("#question textarea", QUESTION)
    page.press("#question textarea", "Enter")
    live = page.locator(".turn.live .text")
    live.wait_for()
    assert live.inner_text().startswith(SAID[:50])
    assert first.locator("details.retrieved").get_attribute("open") is not None
    place = page.locator(".turn .asked").last.bounding_box()["y"]
    written.go.set()
    page.locator(".turn.live").wait_for(state="detached")
    assert page.locator(".turn").count() == 2
    assert page.locator(".turn .asked").last.bounding_box()["y"] == pytest.approx(place, abs=1)


def test_a_model_given_from_python_stays_when_a_visitor_sets_something(visit: Visit, written: Written) -> None:
    page = (visitor := visit(url=written.url)).page
    visitor.open("设置")
    assert page.get_by_label("scripted").is_checked()
    page.get_by_label("number input for 保留的段落数").fill("3")
    page.click("#keep")
    page.locator("#kept [role=status]").wait_for()
    visitor.open("问答")
    assert "scripted" in visitor.ask(QUESTION).locator(".facts").inner_text()
    visitor.open("设置")
    page.wait_for_function("!document.querySelector('#kept').textContent.trim()")
    page.get_by_label("内置阅读器").check()
    page.click("#keep")
    page.locator("#kept [role=status]").wait_for()
    visitor.open("问答")
    assert "内置阅读器" in visitor.ask("山东未来云谷项目什么时候开工建设？").locator(".facts").inner_text()


def test_stopping_ends_the_answer_and_gives_the_question_back(visit: Visit, written: Written) -> None:
    page = visit(url=written.url).page
    written.go.clear()
    page.fill("#question textarea", QUESTION)
    page.press("#question textarea", "Enter")
    page.locator(".turn.live .text").wait_for()
    page.keyboard.press("Escape")
    written.go.set()
    page.wait_for_selector(".welcome")
    assert page.locator("#question textarea").input_value() == QUESTION
