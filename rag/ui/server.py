"""The web server under the page: both languages, who a visitor is, the optional login, downloads."""

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, get_args

from rag._errors import UsageError
from rag.ui.desk import Desk
from rag.ui.export import to_json, to_markdown
from rag.ui.language import Language, preferred, speaker
from rag.workflow import Assistant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI

_COOKIE = "juzheng-visitor"
_YEAR = 365 * 86400  # seconds
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#a4262c"/>'
    '<text x="16" y="23" font-size="20" text-anchor="middle" fill="#fff">证</text></svg>'
)


def application(assistant: Assistant, users: Mapping[str, str] | None = None) -> "FastAPI":
    """Return the ASGI application: the page in Chinese at /zh/ and in English at /en/, downloads at /export/.

    ``users`` maps names to passwords; where there are some, a browser must log in with one (HTTP Basic).
    """
    from rag.ui.framework import import_gradio, no_collection

    desk = Desk(assistant)
    with no_collection():
        import_gradio()
        return _application(desk, users or {})


def _application(desk: Desk, users: Mapping[str, str]) -> "FastAPI":
    import gradio as gr
    from fastapi import FastAPI, Request
    from fastapi.responses import RedirectResponse, Response

    from rag.ui.framework import Assets, no_collection, no_servers
    from rag.ui.page import build_page, theme
    from rag.ui.script import css, head

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> "AsyncIterator[None]":
        desk.examples.prepare()
        async with pages.running:
            yield
        desk.examples.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    @app.get("/")
    def start(request: Request) -> Response:
        return RedirectResponse(f"{preferred(request.headers.get('accept-language', ''))}/")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(_ICON, media_type="image/svg+xml")

    @app.get("/export/{name}")
    def export(name: str, request: Request, language: Language = "zh") -> Response:
        number, _, ending = name.partition(".")
        visitor = request.state.visitor
        conversation = desk.store.conversation(visitor, number)
        if conversation is None or ending not in ("md", "json"):
            return Response("没有这个对话。(no such conversation)", status_code=404)
        turns = desk.store.turns(visitor, number)
        text = to_json(conversation, turns) if ending == "json" else to_markdown(conversation, turns, speaker(language))
        kind = "application/json" if ending == "json" else "text/markdown"
        return Response(
            text,
            media_type=f"{kind}; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="juzheng-{number[:8]}.{ending}"'},
        )

    @app.get("/report/{name}")
    def report(name: str, language: Language = "zh") -> Response:
        from rag.evaluation import load_run
        from rag.evaluation.report import write_report

        folder = desk.runs / name
        if not (folder / "run.json").is_file() or folder.parent != desk.runs:
            return Response("没有这次运行。(no such run)", status_code=404)
        page = folder / f"report-{language}.html"
        write_report(load_run(folder), page, language)
        return Response(page.read_text(encoding="utf-8"), media_type="text/html; charset=utf-8")

    def build(language: Language) -> FastAPI:
        with no_collection(), no_servers():
            page = build_page(desk, language)
        inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        inner.mount(f"/{language}/assets", Assets())
        gr.mount_gradio_app(
            inner,
            page,
            f"/{language}",
            footer_links=[],
            run_history=False,
            theme=theme(),
            css=css(),
            head=head(language),
            show_error=False,
            max_file_size="500mb",
        )
        return inner

    pages = Pages(build)
    app.mount("/", pages)
    app.add_middleware(Visitors, users=users)
    return app


class Pages:
    """ASGI application: /zh/… and /en/…, the page of each language built when it is first asked for.

    To build one takes a tenth of a second, and one that nobody asks for would take its share of the processor at rest.
    ``running`` is to be entered while the server runs: what the pages began ends with it.
    """

    def __init__(self, build: "Callable[[Language], FastAPI]") -> None:
        self.running = AsyncExitStack()
        self._build = build
        self._built: dict[str, FastAPI] = {}
        self._building = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from starlette.responses import Response

        name = scope["path"].split("/")[1]
        for language in get_args(Language):
            if language == name:
                async with self._building:
                    if language not in self._built:
                        page = self._build(language)
                        await self.running.enter_async_context(page.router.lifespan_context(page))
                        self._built[language] = page
                await self._built[language](scope, receive, send)
                return
        await Response(status_code=404)(scope, receive, send)


def quiet_end() -> None:
    """Have uvicorn say nothing of the pages that are still open at the end and are left."""
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: (
            "graceful shutdown exceeded" not in record.getMessage()
            and not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
        )
    )


class Visitors:
    """ASGI middleware that finds out who sends a request and puts it into ``request.state.visitor``.

    With a login that is the user; without, whoever holds the random token of a cookie set at the first request.
    Only a digest of either is kept.
    """

    def __init__(self, app: Any, users: Mapping[str, str]) -> None:
        self.app = app
        self.users = users

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if self.users:
            user = self._user(headers.get("authorization", ""))
            if user is None:
                await self._refuse(send)
                return
            scope.setdefault("state", {})["visitor"] = digest("user", user)
            await self.app(scope, receive, send)
            return

        cookies: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
        token = cookies[_COOKIE].value if _COOKIE in cookies else ""
        known = len(token) >= 32
        token = token if known else secrets.token_urlsafe(32)
        scope.setdefault("state", {})["visitor"] = digest("token", token)

        async def send_with_cookie(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and not known:
                cookie = f"{_COOKIE}={token}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Strict"
                message = {**message, "headers": [*message.get("headers", []), (b"set-cookie", cookie.encode())]}
            await send(message)

        await self.app(scope, receive, send_with_cookie)

    def _user(self, authorization: str) -> str | None:
        scheme, _, credentials = authorization.partition(" ")
        try:
            name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except ValueError:
            return None
        # Both are compared in full, in constant time, also for a name that is not there.
        right = hmac.compare_digest(self.users.get(name, "").encode(), password.encode())
        return name if scheme.lower() == "basic" and right and self.users.get(name) else None

    async def _refuse(self, send: Any) -> None:
        headers = [(b"www-authenticate", b'Basic realm="Juzheng", charset="UTF-8"'), (b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": b"login required"})


def digest(kind: str, name: str) -> str:
    """Return under what a visitor is kept: nothing that would let its reader in."""
    return hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()


def users_of(text: str) -> dict[str, str]:
    """Read users written as ``name:password,name:password``; raises UsageError where it is not that."""
    users = {}
    for part in filter(None, text.split(",")):
        name, colon, password = part.strip().partition(":")
        if not name or not colon or not password:
            raise UsageError(
                "JUZHENG_USERS 的写法是 名字:密码,名字:密码；其中一项缺名字或密码。"
                "(write it as name:password,name:password)"
            )
        users[name] = password
    return users
