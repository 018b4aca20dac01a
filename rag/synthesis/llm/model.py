"""A language model as synthesis sees it: messages in, pieces of text out; whatever goes wrong is said in words."""

import asyncio
import os
import queue
import re
import threading
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rag._errors import JuzhengError, UsageError
from rag._text import whole
from rag.synthesis.llm.reply import without_thoughts

if TYPE_CHECKING:
    from httpx import AsyncClient
    from llama_index.core.llms import LLM

Message = tuple[str, str]  # role, text

KEY = "JUZHENG_LLM_KEY"
_OPENAI = "https://api.openai.com/v1"
_SPEC = re.compile(r"openai-like:(?P<model>[^\s@]+(?:@[^\s@/:]+)?)@(?P<base>https?://[^\s@?#]+)")
# Attempts after the first, on 429, 5xx and failed connections; the client waits 0.5 s, 1 s … or what Retry-After says.
_RETRIES = 2
# An answer may take this many times the longest silence allowed.
_PATIENCE = 5


class ModelError(JuzhengError):
    """What a model failed at, in words; ``kind`` is short and stable, for programs."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Model:
    """An LLM under a name that may be shown. ``silence`` is the longest wait for the next piece, in seconds.

    ``secret`` is the key, so that it can be taken out of what a server says; ``client`` holds the connections.
    """

    name: str
    llm: "LLM"
    silence: float
    secret: str = ""
    client: "AsyncClient | None" = None

    def close(self) -> None:
        """Let go of the connections to the server."""
        if self.client is not None:
            asyncio.run_coroutine_threadsafe(self.client.aclose(), _loop()).result()

    def __repr__(self) -> str:
        return f"Model({self.name!r})"

    def stream(self, messages: Sequence[Message], stop: threading.Event | None = None) -> Generator[str, None, None]:
        """Yield what the model writes, piece by piece, as it comes.

        Closing the iterator, or setting ``stop`` from any thread, ends the request at the server too.

        Raises:
            ModelError: where the request fails, before the first piece or after any.
        """
        pieces: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        task = asyncio.run_coroutine_threadsafe(self._pump(messages, pieces), _loop())
        half = ""  # of a character whose other half comes with the next piece
        try:
            while not (stop and stop.is_set()):
                try:
                    piece = pieces.get(timeout=0.05 if stop else None)
                except queue.Empty:
                    continue
                if piece is None:
                    return
                if isinstance(piece, Exception):
                    raise _in_words(piece, self) from None
                piece, half = half + piece, ""
                if "\ud800" <= piece[-1] <= "\udbff":
                    piece, half = piece[:-1], piece[-1]
                if piece:
                    yield whole(piece)
        finally:
            task.cancel()

    def complete(self, messages: Sequence[Message], stop: threading.Event | None = None) -> str:
        """Return all that the model writes, its thoughts left out; raises as ``stream`` does."""
        return without_thoughts("".join(self.stream(messages, stop)))

    async def _pump(self, messages: Sequence[Message], pieces: "queue.SimpleQueue[str | Exception | None]") -> None:
        """Put the pieces into the queue, then None, or the exception that ended them."""
        clock = asyncio.get_running_loop().time
        try:
            deadline = clock() + _PATIENCE * self.silence
            async with asyncio.timeout(self.silence) as limit:
                async for piece in self._pieces(messages):
                    limit.reschedule(min(clock() + self.silence, deadline))
                    if piece:
                        pieces.put(piece)
            pieces.put(None)
        except Exception as error:  # handed to the reader of the queue, which says it in words
            pieces.put(error)

    async def _pieces(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        from llama_index.core.llms import ChatMessage

        chat = [ChatMessage(role=role, content=text) for role, text in messages]
        finish: str | None = None
        reported = written = False
        async with aclosing(await self.llm.astream_chat(chat)) as chunks:
            async for chunk in chunks:
                for choice in getattr(chunk.raw, "choices", None) or ():
                    reported, finish = True, getattr(choice, "finish_reason", None) or finish
                written = written or bool(chunk.delta)
                yield chunk.delta or ""
        if finish == "content_filter":
            raise ModelError("filtered", "模型服务的内容过滤拦下了回答。(stopped by the server's content filter)")
        if reported and finish is None:
            raise ModelError("interrupted", "模型的回答中途断了，没有结束标志。(the stream ended without a finish)")
        if finish == "length":
            raise ModelError("cut", "模型的回答达到长度上限，没有写完。(cut at the model's output limit)")
        if not written:
            called = "，只要求调用工具" if finish == "tool_calls" else ""
            raise ModelError("empty", f"模型没有写出回答{called}。(the model wrote nothing)")


def name_of(llm: "LLM") -> str:
    """Return the name that a llama-index LLM goes by."""
    return getattr(llm.metadata, "model_name", "") or type(llm).__name__


def load_model(llm: "str | LLM", *, silence: float) -> Model:
    """Return the model for a setting like ``openai-like:qwen3-32b@http://host:8000/v1``, or a llama-index LLM.

    Without ``@http…`` the server is OpenAI's. The key comes from JUZHENG_LLM_KEY; OPENAI_API_KEY is sent to OpenAI's
    server only. No request is made yet.

    Raises:
        UsageError: for a setting of another form.
    """
    if not isinstance(llm, str):
        return Model(name_of(llm), llm, silence)
    spec = llm if "@http" in llm else f"{llm}@{_OPENAI}"
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise UsageError(
            f"模型写作 openai-like:模型名@地址，如 openai-like:qwen3-32b@http://127.0.0.1:8000/v1，"
            f"现在是 {_bare(llm)!r}；密钥只从环境变量 {KEY} 读取。"
            "(a model is openai-like:NAME@URL; the key comes from the environment only)"
        )
    from llama_index.llms.openai_like import OpenAILike
    from openai import DefaultAsyncHttpxClient

    base = match["base"].rstrip("/")
    key = os.environ.get(KEY, "") or (os.environ.get("OPENAI_API_KEY", "") if base == _OPENAI else "")
    client = DefaultAsyncHttpxClient(timeout=silence)
    return Model(
        match["model"],
        OpenAILike(
            model=match["model"],
            api_base=base,
            # A server that wants no key ignores this one; an empty one would be looked up in the environment.
            api_key=key or "none",
            is_chat_model=True,
            temperature=0.0,
            max_retries=_RETRIES,
            timeout=silence,
            async_http_client=client,
        ),
        silence,
        secret=key,
        client=client,
    )


def _bare(setting: str) -> str:
    """Return a setting without what may be a password or a key in its address."""
    return re.sub(r"//[^/@]*@", "//…@", re.sub(r"\?.*", "?…", setting))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return the event loop, in a thread of its own, in which all requests run: each can be cancelled at any moment."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="juzheng-llm", daemon=True).start()
    return loop


_OVERFLOW = re.compile(
    r"context.?length|maximum context|context.?window|too (?:many tokens|long)|exceed.{0,40}token", re.I
)
_FILTERED = re.compile(r"content.?(?:filter|policy|management)|data_inspection|sensitive|inappropriate", re.I)
_NO_MODEL = re.compile(r"model.{0,80}(?:not (?:found|exist)|does ?n.t exist|unknown)|(?:unknown|no such) model", re.I)


def _in_words(error: Exception, model: Model) -> ModelError:
    """Return ``error`` in words a user can act on; the key is in none of them."""
    import httpx
    import openai

    if isinstance(error, ModelError):
        return error
    base = getattr(model.llm, "api_base", None) or "模型服务"
    said = _message(error, model.secret)
    status = getattr(error, "status_code", None)
    if isinstance(error, TimeoutError | openai.APITimeoutError | httpx.TimeoutException):
        return ModelError("timeout", f"{base} 在 {model.silence:g} 秒内没有回应或没有写完。(timed out)")
    if status in (401, 403):
        return ModelError("key", f"{base} 不接受密钥（{status}）；请检查环境变量 {KEY}。(the key was refused)")
    if status == 429:
        return ModelError("busy", f"{base} 请求过多或额度用完（429），重试 {_RETRIES} 次仍不行。(rate limit or quota)")
    if status is not None and status >= 500:
        return ModelError("server", f"{base} 出错（{status}），重试 {_RETRIES} 次仍不行：{said} (server error)")
    if _FILTERED.search(said):
        return ModelError("filtered", f"{base} 的内容过滤拒绝了请求：{said} (content filter)")
    if _OVERFLOW.search(said):
        return ModelError("overflow", f"材料超出模型的上下文长度；请调低 llm_tokens：{said} (context overflow)")
    if status == 404 or _NO_MODEL.search(said):
        return ModelError(
            "model", f"{base} 没有模型 {model.name}，或地址不对（常以 /v1 结尾）。(unknown model or address)"
        )
    if isinstance(error, openai.APIConnectionError | httpx.ConnectError):
        return ModelError("unreachable", f"连不上 {base}：请确认服务已启动、地址正确。(no connection)")
    if isinstance(error, httpx.TransportError):
        return ModelError("interrupted", f"{base} 在回答途中断开了连接。(the server closed the connection)")
    if isinstance(error, ValueError | LookupError | TypeError | AttributeError):
        # A stream that is not JSON, or JSON that is no chat completion: the client fails in many ways on it.
        return ModelError("malformed", f"{base} 返回的内容不合协议（{type(error).__name__}）。(malformed stream)")
    return ModelError("failed", f"{base}：{said or type(error).__name__} (the request failed)")


def _message(error: Exception, secret: str) -> str:
    """Return what a server said, on one line, shortened, the key taken out."""
    text = " ".join(str(getattr(error, "message", "") or error).split())
    text = text.replace(secret, "…") if secret else text
    return re.sub(r"sk-[\w*.-]{6,}|Bearer \S+", "…", text)[:200]
