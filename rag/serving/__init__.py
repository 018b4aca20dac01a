"""Answers over HTTP: POST /ask, GET /search, GET /health; JSON in the form of the contract."""

import json
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag._errors import JuzhengError, UsageError
from rag.index import Filter
from rag.verification import Answer
from rag.workflow import Assistant, Turn

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

_LARGEST_BODY = 1 << 20  # bytes
_SEVERAL = {"sources", "tags"}
_FIELDS = {"since", "until", "as_of"} | _SEVERAL
_LARGEST_BODY = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class _Asked:
    """The body of POST /ask, as far as it is one."""

    question: str
    history: list[Turn]
    where: Filter | None
    stream: bool


def application(assistant: Assistant) -> "Starlette":
    """Return the ASGI application that answers from ``assistant``.

    POST /ask takes {"question": …, "history": […], "where": {…}, "stream": false}, of which the question must be there,
    and gives ``Answer.to_dict()``; a turn of the history is a question, a [question, answer] pair, or a message with
    role and content. A stream is server-sent events: ``text`` with {"text": …} as it is written, then ``answer``, or
    ``error``. GET /search?q=…&k=5 gives a list of passages; GET /health gives the generation of the index. ``where``,
    and the parameters of /search, are the fields of ``Filter``: since, until, as_of, and sources and tags, of which
    there may be several. What goes wrong is {"error": …}: 400 for a wrong request, 413 for one of more than 1 MiB, 404,
    405, and 500 for a fault.
    """
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.exceptions import HTTPException
    from starlette.responses import JSONResponse, StreamingResponse
    from starlette.routing import Route

    async def ask(request: "Request") -> "Response":
        asked = _read(await _body(request))
        if not asked.stream:
            return JSONResponse((await assistant.aask(asked.question, asked.history, where=asked.where)).to_dict())
        pieces = assistant.astream(asked.question, asked.history, where=asked.where)
        first = await anext(pieces)  # a wrong question is answered with 400, not in the stream
        return StreamingResponse(_events(first, pieces), media_type="text/event-stream; charset=utf-8")

    async def search(request: "Request") -> "Response":
        k = request.query_params.get("k", "5")
        if not (k.isascii() and k.isdecimal() and len(k) < 4 and 1 <= int(k) <= 100):
            raise UsageError(f"k 是 1 到 100 的数，不是 {k[:20]!r}。(k is a number from 1 to 100)")
        given = request.query_params
        where = {name: given.getlist(name) if name in _SEVERAL else given[name] for name in given if name in _FIELDS}
        hits = await run_in_threadpool(assistant.search, given.get("q", ""), int(k), where=_filter(where))
        found: list[dict[str, Any]] = [
            {
                "score": round(hit.score, 4),
                "source": hit.passage.source,
                "title": hit.passage.title,
                "published": hit.passage.published,
                "tags": list(hit.passage.tags),
                "text": hit.passage.text,
                "spans": [[span.start, span.end] for span in hit.passage.spans],
            }
            for hit in hits
        ]
        return JSONResponse(found)

    async def health(request: "Request") -> "Response":
        return JSONResponse({"status": "ok", "index": assistant.index.generation})

    def refuse(request: "Request", error: Exception) -> "Response":
        return JSONResponse({"error": str(error)}, status_code=400 if isinstance(error, UsageError) else 500)

    def misdirected(request: "Request", error: Exception) -> "Response":
        assert isinstance(error, HTTPException)
        doors = "POST /ask, GET /search, GET /health"
        said = error.detail if error.status_code == 413 else f"{request.method} {request.url.path}: {doors}"
        return JSONResponse({"error": said}, status_code=error.status_code, headers=error.headers)

    def fail(request: "Request", error: Exception) -> "Response":
        return JSONResponse({"error": f"程序出错：{type(error).__name__}。(a fault)"}, status_code=500)

    return Starlette(
        routes=[
            Route("/ask", ask, methods=["POST"]),
            Route("/search", search),
            Route("/health", health),
        ],
        exception_handlers={JuzhengError: refuse, HTTPException: misdirected, Exception: fail},
    )


def run(assistant: Assistant, *, host: str, port: int) -> None:
    """Serve until interrupted; raises JuzhengError where the address cannot be had."""
    import uvicorn

    if not 0 <= port < 1 << 16:
        raise UsageError(f"端口是 0 到 65535 的数，不是 {port}。(a port is 0 to 65535)")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise JuzhengError(
            f"不能在 {host}:{port} 监听：{error.strerror or error}；请换 --host 或 --port。(cannot listen there)"
        ) from None
    print(f"http://{host}:{listening.getsockname()[1]}", file=sys.stderr)
    config = uvicorn.Config(application(assistant), log_level="warning", timeout_graceful_shutdown=5)
    uvicorn.Server(config).run([listening])


async def _body(request: "Request") -> bytes:
    """Return the body; raises HTTPException 413 for one too large, unread where its length is told."""
    from starlette.exceptions import HTTPException

    body = b""
    if int(request.headers.get("content-length", 0)) <= _LARGEST_BODY:
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST_BODY:
                break
        else:
            return body
    raise HTTPException(413, f"请求最大 {_LARGEST_BODY} 字节。(a request has at most {_LARGEST_BODY} bytes)")


def _read(body: bytes) -> _Asked:
    """Read the body of POST /ask; raises UsageError for what it does not know."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict) or not isinstance(asked.get("question"), str):
        raise UsageError('请求是 JSON，如 {"question": "中央活力区总投资多少", "history": []}。(JSON with a question)')
    if unknown := sorted(asked.keys() - {"question", "history", "where", "stream"}):
        raise UsageError(f"不认识 {', '.join(unknown)[:60]!r}。(known: question, history, where, stream)")
    history, stream = asked.get("history", []), asked.get("stream", False)
    if not isinstance(history, list) or not isinstance(stream, bool):
        raise UsageError("history 是列表，stream 是 true 或 false。(history is a list, stream a boolean)")
    return _Asked(asked["question"], [_turn(turn) for turn in history], _filter(asked.get("where")), stream)


def _filter(given: object) -> Filter | None:
    """Return the filter of a request; UsageError where it is none."""
    if not given:
        return None
    if not isinstance(given, dict) or not given.keys() <= _FIELDS:
        raise UsageError(f"where has the fields {', '.join(sorted(_FIELDS))}, not {given!r}")
    for name, value in given.items():
        if name in _SEVERAL:
            right = isinstance(value, list) and all(isinstance(one, str) for one in value)
        else:
            right = isinstance(value, str)
        if not right:
            raise UsageError(f"where.{name} is {'a list of text' if name in _SEVERAL else 'text'}, not {value!r}")
    return Filter(
        since=given.get("since"),
        until=given.get("until"),
        as_of=given.get("as_of"),
        sources=tuple(given.get("sources", ())),
        tags=tuple(given.get("tags", ())),
    )


def _turn(turn: Any) -> Turn:
    if isinstance(turn, str):
        return turn
    if isinstance(turn, list) and len(turn) == 2 and all(isinstance(part, str) for part in turn):
        return (turn[0], turn[1])
    if isinstance(turn, dict) and all(isinstance(turn.get(name), str) for name in ("role", "content")):
        return {"role": turn["role"], "content": turn["content"]}
    raise UsageError(
        'history 里是问题、[问题, 回答] 或 {"role": …, "content": …}，不是 '
        f"{turn!r:.40}。(a turn is a question, a pair, or a message)"
    )


async def _events(first: str | Answer, pieces: AsyncIterator[str | Answer]) -> AsyncIterator[str]:
    """Yield server-sent events; a client that goes away ends the iterator, and with it a model's request."""
    try:
        yield _event(first)
        async for piece in pieces:
            yield _event(piece)
    except JuzhengError as error:
        yield f"event: error\ndata: {json.dumps({'error': str(error)}, ensure_ascii=False)}\n\n"


def _event(piece: str | Answer) -> str:
    name, data = ("text", {"text": piece}) if isinstance(piece, str) else ("answer", piece.to_dict())
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
