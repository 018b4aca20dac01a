"""A server that speaks the OpenAI protocol on loopback, byte by byte as its script says."""

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What the server answers to one request.

    ``text`` is sent in deltas of ``size`` characters, ``wait`` seconds between them after ``hold`` seconds before the
    first. ``slice`` cuts the byte stream into writes of so many bytes. After ``dies_after`` deltas the connection is
    cut; ``finish`` None sends no finish reason. ``raw`` is sent as the body in place of all that. Nothing follows the
    first delta before ``gate`` is set.
    """

    text: str = ""
    size: int = 4
    status: int = 200
    error: str = ""
    finish: str | None = "stop"
    hold: float = 0.0
    wait: float = 0.0
    slice: int = 0
    dies_after: int | None = None
    raw: bytes | None = None
    reasoning: str = ""
    tool: bool = False
    gate: threading.Event | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Scripted:
    """A running server: ``replies`` are used in turn, the last for ever; ``requests`` holds what was asked."""

    url: str
    replies: list[Reply]
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    cut: threading.Event = field(default_factory=threading.Event)  # set when a client went away in the middle
    lock: threading.Lock = field(default_factory=threading.Lock)
    first: list[float] = field(default_factory=list)  # when each first event was sent, by the monotonic clock

    def plays(self, *replies: Reply | str) -> None:
        """Set the replies, and forget what was asked before."""
        self.replies = [reply if isinstance(reply, Reply) else Reply(reply) for reply in replies]
        self.requests.clear()
        self.keys.clear()
        self.first.clear()
        self.cut.clear()

    def prompt(self, number: int = 0) -> str:
        """Return all messages of a request as one text."""
        return "\n".join(message["content"] for message in self.requests[number]["messages"])

    def next_reply(self, request: dict[str, Any], key: str) -> Reply:
        with self.lock:
            self.requests.append(request)
            self.keys.append(key)
            return self.replies[min(len(self.requests), len(self.replies)) - 1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        scripted = self.server.scripted
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = scripted.next_reply(request, self.headers.get("Authorization", ""))
        if reply.status != 200:
            self._send_whole(reply.status, json.dumps({"error": {"message": reply.error, "type": "x"}}).encode(), reply)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            self._stream(reply)
        except (BrokenPipeError, ConnectionResetError):
            scripted.cut.set()
            self.close_connection = True

    def _stream(self, reply: Reply) -> None:
        time.sleep(reply.hold)
        for number, event in enumerate(_events(reply)):
            if number == reply.dies_after:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            if number and reply.gate:
                reply.gate.wait(20)
            if not number:
                self.server.scripted.first.append(time.monotonic())
            size = reply.slice or len(event)
            for at in range(0, len(event), size):
                part = event[at : at + size]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.flush()
            if reply.wait:
                time.sleep(reply.wait)
        self.wfile.write(b"0\r\n\r\n")

    def _send_whole(self, status: int, body: bytes, reply: Reply) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the tests' output clean."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    scripted: Scripted

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away between two requests."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _events(reply: Reply) -> Iterator[bytes]:
    if reply.raw is not None:
        yield reply.raw
        return
    if reply.reasoning:
        yield _event({"reasoning_content": reply.reasoning})
    if reply.tool:
        call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
        yield _event({"tool_calls": [call]})
    for at in range(0, len(reply.text), reply.size):
        yield _event({"content": reply.text[at : at + reply.size]})
    if reply.finish:
        yield _event({}, reply.finish)
    yield b"data: [DONE]\n\n"


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    chunk = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


@contextmanager
def serve(replies: Sequence[Reply] = ()) -> Iterator[Scripted]:
    """Run a server until the end of the ``with`` statement."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.scripted = Scripted(f"http://127.0.0.1:{server.server_address[1]}/v1", list(replies))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.scripted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
