"""Between us and a server: streaming, stopping, silence, retries, errors in words, keys, many at once."""

import asyncio
import json
import logging
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
from scripted_server import Reply, Scripted

from rag import Answer, Assistant, Settings, UsageError
from rag.serving import application
from rag.synthesis.llm import Model, ModelError, load_model
from rag.ui.desk import Desk
from tests.synthesis.llm.conftest import open_assistant

QUESTION = "临海新港二期工程总投资多少"
RIGHT = "临海新港二期工程总投资约36.8亿元[1]。\n简答：约36.8亿元"
SECRET = "sk-very-secret-0123456789"


@pytest.fixture
def model(server: Scripted) -> Iterator[Model]:
    model = load_model(f"openai-like:scripted@{server.url}", silence=60.0)
    yield model
    model.close()


def test_a_piece_arrives_before_the_next_is_written(assistant: Assistant, server: Scripted) -> None:
    gate = threading.Event()
    server.plays(Reply(RIGHT, gate=gate))
    pieces = assistant.stream(QUESTION)
    assert next(pieces) == "临海新港"
    gate.set()
    *rest, answer = pieces
    assert isinstance(answer, Answer)
    assert "临海新港" + "".join(rest) == "临海新港二期工程总投资约36.8亿元[1]。"
    assert answer.short == "约36.8亿元"


def test_thoughts_and_the_short_answer_are_not_streamed(assistant: Assistant, server: Scripted) -> None:
    server.plays(Reply(f"<think>21.5亿元？</think>\n{RIGHT}", size=1))
    *pieces, answer = assistant.stream(QUESTION)
    assert "".join(pieces) == "临海新港二期工程总投资约36.8亿元[1]。"
    assert isinstance(answer, Answer)


def test_halves_of_a_character_are_joined_and_one_alone_is_replaced(model: Model, server: Scripted) -> None:
    deltas = [r"\ud83d", r"\ude80", "好", r"\ud83d", "。"]
    events = [f'data: {{"choices": [{{"index": 0, "delta": {{"content": "{one}"}}}}]}}\n\n' for one in deltas]
    end = 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    server.plays(Reply(raw="".join([*events, end]).encode()))
    assert "".join(model.stream([("user", "你好")])) == "🚀好�。"


def test_what_was_shown_before_a_break_is_kept_and_marked(assistant: Assistant, server: Scripted) -> None:
    server.plays(Reply("临海新港二期工程总投资99亿元", dies_after=4))
    *pieces, answer = assistant.stream(QUESTION)
    assert isinstance(answer, Answer)
    assert answer.engine == "reader"
    assert "中断" in answer.notice
    assert "临海新港二期工程总投资99" in answer.notice
    assert "".join(pieces).startswith("临海新港二期工程总投资99")
    assert "".join(pieces).endswith(answer.text)
    assert "99" not in answer.text + answer.short


def test_closing_the_stream_ends_the_request(assistant: Assistant, server: Scripted) -> None:
    server.plays(Reply("字" * 4000, size=1, wait=0.005))
    pieces = assistant.stream(QUESTION)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert server.cut.wait(10)


def test_stopping_from_another_thread_ends_a_silent_request(assistant: Assistant, server: Scripted) -> None:
    gate, stop = threading.Event(), threading.Event()
    server.plays(Reply("字" * 400, size=1, gate=gate, wait=0.005))
    pieces = assistant.stream(QUESTION, stop=stop)
    next(pieces)
    threading.Timer(0.1, stop.set).start()
    assert list(pieces) == []  # it was waiting for the server, which says nothing more; and no Answer comes
    gate.set()
    assert server.cut.wait(10)


def test_a_client_that_leaves_the_http_server_ends_the_request(assistant: Assistant, server: Scripted) -> None:
    server.plays(Reply("字" * 4000, size=1, wait=0.005))
    serving = uvicorn.Server(uvicorn.Config(application(assistant), port=0, log_level="error"))
    thread = threading.Thread(target=serving.run)
    thread.start()
    while not serving.started:
        time.sleep(0.02)
    port = serving.servers[0].sockets[0].getsockname()[1]
    body = json.dumps({"question": QUESTION, "stream": True}).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ask", body, timeout=60) as reply:
        assert reply.readline() == b"event: text\n"
    assert server.cut.wait(10)
    serving.should_exit = True
    thread.join()


def test_cancelling_an_awaited_answer_ends_the_request(assistant: Assistant, server: Scripted) -> None:
    server.plays(Reply("字" * 4000, size=1, wait=0.005))

    async def ask_and_leave() -> None:
        task = asyncio.create_task(assistant.aask(QUESTION))
        while not (server.requests or task.done()):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(ask_and_leave())
    assert server.cut.wait(10)


def test_async_stream(assistant: Assistant, server: Scripted) -> None:
    server.plays(RIGHT)

    async def collect() -> list[str | Answer]:
        return [piece async for piece in assistant.astream(QUESTION)]

    *pieces, answer = asyncio.run(collect())
    assert "".join(map(str, pieces)) == "临海新港二期工程总投资约36.8亿元[1]。"
    assert isinstance(answer, Answer)


def test_an_error_reaches_who_awaits(assistant: Assistant) -> None:
    with pytest.raises(UsageError):
        asyncio.run(assistant.aask("？"))


@pytest.mark.parametrize("reply", [Reply(RIGHT, hold=2.0), Reply(RIGHT, gate=threading.Event())])
def test_silence_is_a_timeout(index: Path, server: Scripted, monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    server.plays(reply)
    with open_assistant(index, server.url, monkeypatch, silence=0.3) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.engine == "reader"
    assert "0.3 秒" in answer.notice


def test_one_that_never_ends_is_a_timeout(index: Path, server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    server.plays(Reply("字" * 100_000, size=1, wait=0.01))
    with open_assistant(index, server.url, monkeypatch, silence=0.3) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.engine == "reader"
    assert server.cut.wait(10)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_servers_are_asked_again(assistant: Assistant, server: Scripted, status: int) -> None:
    soon = {"Retry-After-Ms": "10"}
    server.plays(Reply(status=status, headers=soon), Reply(status=status, headers=soon), Reply(RIGHT))
    answer = assistant.ask(QUESTION)
    assert answer.short == "约36.8亿元"
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "error", "kind", "requests"),
    [
        (401, f"Incorrect API key provided: {SECRET}", "key", 1),
        (403, "no access", "key", 1),
        (404, "The model `scripted` does not exist", "model", 1),
        (400, "unknown model scripted", "model", 1),
        (400, "This model's maximum context length is 4096 tokens", "overflow", 1),
        (400, "the request exceeds the available context size (4096 tokens)", "overflow", 1),
        (400, "The response was filtered due to content management policy", "filtered", 1),
        (400, "temperature must be positive", "failed", 1),
        (429, "quota", "busy", 3),
        (500, f"boom {SECRET}", "server", 3),
    ],
)
def test_errors_in_words(
    server: Scripted, monkeypatch: pytest.MonkeyPatch, status: int, error: str, kind: str, requests: int
) -> None:
    monkeypatch.setenv("JUZHENG_LLM_KEY", SECRET)
    server.plays(Reply(status=status, error=error, headers={"Retry-After-Ms": "10"}))
    model = load_model(f"openai-like:scripted@{server.url}", silence=60.0)
    with pytest.raises(ModelError) as raised:
        model.complete([("user", "你好")])
    model.close()
    assert raised.value.kind == kind
    assert SECRET not in str(raised.value)
    assert len(server.requests) == requests
    assert server.keys[0] == f"Bearer {SECRET}"


def test_nobody_listens(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        with open_assistant(index, url, monkeypatch) as assistant:
            answer = assistant.ask(QUESTION)
    assert answer.engine == "reader"
    assert answer.short == "约36.8亿元"
    assert "连不上" in answer.notice
    assert url in answer.notice


def test_the_key_is_nowhere(
    index: Path,
    server: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    server.plays(Reply(status=500, error=f"bad key {SECRET}", headers={"Retry-After-Ms": "10"}))
    with open_assistant(index, server.url, monkeypatch) as assistant:
        monkeypatch.setenv("JUZHENG_LLM_KEY", SECRET)
        answer = assistant.ask(QUESTION)
        told = repr(assistant.settings) + repr(assistant._engine) + str(answer.to_dict()) + repr(answer)
    assert server.keys[0] == f"Bearer {SECRET}"
    assert SECRET not in told + caplog.text + "".join(capfd.readouterr())


def test_openai_s_key_goes_to_openai_only(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.delenv("JUZHENG_LLM_KEY", raising=False)
    server.plays("好")
    model = load_model(f"openai-like:scripted@{server.url}", silence=60.0)
    assert model.complete([("user", "你好")]) == "好"
    model.close()
    assert server.keys == ["Bearer none"]
    openai = load_model("openai-like:gpt-4.1-mini", silence=60.0)
    assert openai.llm.api_base == "https://api.openai.com/v1"
    assert openai.secret == SECRET
    openai.close()


@pytest.mark.parametrize(
    "setting",
    [
        "qwen",
        "openai-like:",
        "openai-like:qwen@ftp://host",
        "ollama:qwen",
        "openai-like:q@http://u:p@host/v1",
        "openai-like:q@http://host/v1?key=u:p",
    ],
)
def test_a_setting_of_another_form_is_refused(setting: str) -> None:
    with pytest.raises(UsageError, match="openai-like:") as raised:
        load_model(setting, silence=1.0)
    assert "u:p" not in str(raised.value)


@pytest.mark.parametrize("name", ["qwen3:8b", "Qwen/Qwen3-32B", "deepseek-chat", "ft:gpt-4.1:org::id", "model@q4"])
def test_names_of_models(name: str) -> None:
    model = load_model(f"openai-like:{name}@http://127.0.0.1:8000/v1/", silence=1.0)
    assert (model.name, model.llm.api_base) == (name, "http://127.0.0.1:8000/v1")
    model.close()


def test_fifty_streams_at_once(assistant: Assistant, server: Scripted) -> None:
    everyone = threading.Barrier(50)  # no stream goes on before all have begun

    def ask(_: int) -> Answer:
        pieces = assistant.stream(QUESTION)
        next(pieces)
        everyone.wait(120)
        *_, answer = pieces
        assert isinstance(answer, Answer)
        return answer

    server.plays(Reply(RIGHT, wait=0.01))
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(ask, range(50)))

    async def gather() -> list[Answer]:
        return await asyncio.gather(*(assistant.aask(QUESTION) for _ in range(50)))

    answers += asyncio.run(gather())
    assert len(answers) == 100
    assert {answer.short for answer in answers} == {"约36.8亿元"}
    assert {answer.engine for answer in answers} == {"scripted"}


class Canned(CustomLLM):  # type: ignore[misc]
    """A llama-index LLM that is no server."""

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="canned")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: object) -> CompletionResponse:
        return CompletionResponse(text=RIGHT)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: object) -> CompletionResponseGen:
        yield CompletionResponse(text=RIGHT, delta=RIGHT)


@pytest.fixture
def canned(index: Path) -> Iterator[Assistant]:
    with Assistant.open(index, Settings(), llm=Canned()) as assistant:
        yield assistant


def test_any_llama_index_llm_can_be_passed(canned: Assistant) -> None:
    answer = canned.ask(QUESTION)
    assert (answer.engine, answer.short) == ("canned", "约36.8亿元")


def test_an_llm_that_was_passed_stays_with_a_visitor_who_changes_the_options(canned: Assistant) -> None:
    desk = Desk(canned)
    assert not desk.options("someone").embedded
    options = replace(desk.options("someone"), hits=2)
    with desk.under(options) as narrow:
        answer = narrow.ask(QUESTION)
    assert (answer.engine, len(answer.hits)) == ("canned", 2)
    assert desk.under(replace(options, embedded=True)).ask(QUESTION).engine == "reader"
    assert canned.ask(QUESTION).engine == "canned"  # what visitors leave closes nothing
