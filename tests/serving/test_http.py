"""The HTTP door, by a real server on loopback."""

import http.client
import json
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from rag import JuzhengError
from rag.serving import application, run
from rag.workflow import Assistant


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    """The address of a running server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application(assistant), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def call(url: str, body: object = None) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=60) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_question_is_answered_in_the_form_of_the_contract(address: str) -> None:
    status, answer = call(f"{address}/ask", {"question": "东港大桥总投资多少"})
    assert status == 200
    assert answer["short"] == "27.5亿元"
    assert answer["citations"][0]["source"] == "bridge.txt"


def test_a_dialogue_goes_on(address: str) -> None:
    _, answer = call(f"{address}/ask", {"question": "它全长多少公里？", "history": ["东港大桥总投资多少"]})
    assert answer["short"] == "3.86公里"


def test_passages_are_found(address: str) -> None:
    status, hits = call(f"{address}/search?q={urllib.parse.quote('东港大桥')}&k=2")
    assert status == 200
    assert hits[0]["source"] == "bridge.txt"


def test_a_request_is_narrowed_by_the_fields_of_a_filter(address: str) -> None:
    where = {"as_of": "2030", "sources": ["bri*.txt"]}
    _, answer = call(f"{address}/ask", {"question": "东港大桥总投资多少", "where": where})
    assert {citation["source"] for citation in answer["citations"]} == {"bridge.txt"}
    query = urllib.parse.urlencode({"q": "东港大桥", "sources": ["tunnel.txt", "b*"], "k": 9}, doseq=True)
    _, hits = call(f"{address}/search?{query}")
    assert {hit["source"] for hit in hits} == {"bridge.txt", "tunnel.txt"}
    _, none = call(f"{address}/search?q=1&tags=nowhere")
    assert none == []


def test_health_names_the_generation(address: str, assistant: Assistant) -> None:
    assert call(f"{address}/health") == (200, {"status": "ok", "index": assistant.index.generation})


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/ask", {"question": ""}, "问题"),
        ("/ask", {"question": "问" * 2001}, "2000"),
        ("/ask", {"question": 7}, "question"),
        ("/ask", {}, "question"),
        ("/ask", ["总投资"], "question"),
        ("/ask", b"not json", "JSON"),
        ("/ask", b"", "JSON"),
        ("/ask", b"\xff\xfe{}", "JSON"),
        ("/ask", b"[" * 100_000, "JSON"),
        ("/ask", {"question": "总投资", "history": "x"}, "history"),
        ("/ask", {"question": "总投资", "history": [7]}, "history"),
        ("/ask", {"question": "总投资", "history": [["一", "二", "三"]]}, "history"),
        ("/ask", {"question": "总投资", "history": [{"role": "user", "content": None}]}, "history"),
        ("/ask", {"question": "总投资", "stream": "yes"}, "stream"),
        ("/ask", {"question": "", "stream": True}, "问题"),
        ("/ask", {"question": "总投资", "where": {"since": "上个月"}}, "since"),
        ("/ask", {"question": "总投资", "where": {"tags": "要闻"}}, "where.tags"),
        ("/ask", {"question": "总投资", "where": {"until": 2023}}, "where.until"),
        ("/ask", {"question": "总投资", "where": {"before": "2023"}}, "as_of, since, sources"),
        ("/search?q=x&until=never", None, "until"),
        ("/ask", {"question": "总投资", "questions": 1, "model": "gpt"}, "model, questions"),
        ("/search?q=x&k=0", None, "1 到 100"),
        ("/search?q=x&k=" + "9" * 5000, None, "1 到 100"),
        ("/search?q=", None, "问题"),
    ],
)
def test_a_wrong_request_is_answered_in_words(address: str, path: str, body: object, words: str) -> None:
    status, reply = call(address + path, body)
    assert status == 400
    assert words in reply["error"]
    assert "\n" not in reply["error"]


def test_half_a_character_is_no_fault(address: str) -> None:
    status, answer = call(f"{address}/ask", b'{"question": "\\ud83d\xe4\xb8\x9c\xe6\xb8\xaf"}')
    assert status == 200, answer


def test_a_request_to_nowhere_names_the_doors(address: str) -> None:
    assert call(f"{address}/answer")[0] == 404
    status, reply = call(f"{address}/ask")
    assert status == 405
    assert "POST /ask" in reply["error"]


def test_a_request_that_is_too_large_is_refused_before_it_is_read(address: str) -> None:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.putrequest("POST", "/ask")
    connection.putheader("Content-Length", str(1 << 21))
    connection.endheaders()  # no body follows: the answer must not wait for it
    assert connection.getresponse().status == 413
    connection.close()


def test_one_that_does_not_tell_its_length_is_read_up_to_the_limit(address: str) -> None:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.putrequest("POST", "/ask")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    piece = b"%x\r\n%s\r\n" % (1 << 16, b" " * (1 << 16))
    with suppress(BrokenPipeError, ConnectionResetError):
        for _ in range(17):
            connection.send(piece)
    assert connection.getresponse().status == 413
    connection.close()


def test_the_answer_is_streamed_as_events(address: str) -> None:
    body = json.dumps({"question": "东港大桥总投资多少", "stream": True}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{address}/ask", body), timeout=60) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        events = [event.split("\n", 1) for event in reply.read().decode().strip().split("\n\n")]
    names = [name.removeprefix("event: ") for name, _ in events]
    data = [json.loads(line.removeprefix("data: ")) for _, line in events]
    assert names == ["text"] * (len(names) - 1) + ["answer"]
    assert "".join(one["text"] for one in data[:-1]) == data[-1]["text"]
    assert data[-1]["short"] == "27.5亿元"


def test_many_ask_at_once(address: str) -> None:
    def ask(_: int) -> str:
        return str(call(f"{address}/ask", {"question": "东港大桥总投资多少"})[1]["short"])

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(32))) == {"27.5亿元"}


def test_an_address_that_is_taken_is_one_line(assistant: Assistant) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(JuzhengError, match="--port"):
            run(assistant, host="127.0.0.1", port=taken.getsockname()[1])
    for host, port in (("no.such.host.invalid", 8000), ("127.0.0.1", 99999)):
        with pytest.raises(JuzhengError, match=str(port)):
            run(assistant, host=host, port=port)
