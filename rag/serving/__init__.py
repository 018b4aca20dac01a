"""Answers over HTTP: POST /ask, GET /search, GET /health; JSON in the form of the contract."""

from typing import TYPE_CHECKING, Any

from rag._errors import JuzhengError, UsageError
from rag.index import Filter
from rag.workflow import Assistant

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

_SEVERAL = {"sources", "tags"}
_FIELDS = {"since", "until", "as_of"} | _SEVERAL
_LARGEST_BODY = 1 << 20  # bytes


def application(assistant: Assistant) -> "Starlette":
    """Return the ASGI application that answers from ``assistant``.

    POST /ask takes {"question": …, "history": […], "where": {…}} and gives ``Answer.to_dict()``; GET /search?q=…&k=5
    gives a list of passages; GET /health gives the generation of the index. ``where``, and the parameters of /search,
    are the fields of ``Filter``: since, until, as_of, and sources and tags, of which there may be several. A wrong
    request is answered with 400 and {"error": …}.
    """
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def ask(request: "Request") -> "Response":
        if int(request.headers.get("content-length", 0)) > _LARGEST_BODY:
            return JSONResponse({"error": f"a request has at most {_LARGEST_BODY} bytes"}, status_code=413)
        try:
            body = await request.json()
        except ValueError:
            body = None
        history = body.get("history", []) if isinstance(body, dict) else []
        if not isinstance(body, dict) or not isinstance(body.get("question"), str) or not isinstance(history, list):
            raise UsageError('the body is JSON like {"question": "中央活力区总投资多少", "history": []}')
        where = _filter(body.get("where"))
        answer = await run_in_threadpool(assistant.ask, body["question"], history, where=where)
        return JSONResponse(answer.to_dict())

    async def search(request: "Request") -> "Response":
        k = request.query_params.get("k", "5")
        if not k.isdecimal() or not 1 <= int(k) <= 100:
            raise UsageError(f"k is a number from 1 to 100, not {k!r}")
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

    return Starlette(
        routes=[
            Route("/ask", ask, methods=["POST"]),
            Route("/search", search),
            Route("/health", health),
        ],
        exception_handlers={JuzhengError: refuse},
    )


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


def run(assistant: Assistant, *, host: str, port: int) -> None:
    """Serve until interrupted."""
    import uvicorn

    uvicorn.run(application(assistant), host=host, port=port, log_level="warning")
