"""gradio without what takes time only: at its import, when a page is built, and when a browser fetches its files.

``import_gradio`` is to be called before anything of the page that imports it.
"""

import gc
import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec
from mimetypes import guess_type
from pathlib import Path
from types import ModuleType
from typing import Any


def import_gradio() -> None:
    """Import gradio, without reports to its makers and without what takes time only.

    At every import gradio parses its own source to write stubs for editors beside it, which is half of the time; it
    passes over a class whose file ``inspect`` does not know. pandas, for tables that the page has none of, waits until
    somebody asks something of it.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    getfile = inspect.getfile

    def getfile_but_of_gradio(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.partition(".")[0] == "gradio":
            raise OSError(f"{thing} is passed over")
        return getfile(thing)

    inspect.getfile = getfile_but_of_gradio  # type: ignore[assignment]
    try:
        with _later("pandas"):
            import gradio  # noqa: F401
    finally:
        inspect.getfile = getfile


@contextmanager
def _later(name: str) -> Iterator[None]:
    """Give whoever imports the module ``name`` meanwhile one that imports it when something of it is asked for.

    Not by ``importlib.util.LazyLoader``: its modules are loaded by the second ``import`` of them.
    """
    if name in sys.modules:
        yield
        return
    stand_in = ModuleType(name)

    def stand_back() -> None:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]

    def imported(attribute: str) -> Any:
        stand_back()
        return getattr(import_module(name), attribute)

    stand_in.__spec__ = ModuleSpec(name, None)
    stand_in.__getattr__ = imported  # type: ignore[method-assign]
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        stand_back()


@contextmanager
def no_collection() -> Iterator[None]:
    """Leave the garbage collector off: in what is imported and built to stay it finds nothing, at length."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def no_servers() -> Iterator[None]:
    """Build no server for a page that is being built: it would be built twice, and once more when it is mounted."""
    from gradio.routes import App

    create_app = App.create_app
    App.create_app = staticmethod(lambda *_, **__: None)
    try:
        yield
    finally:
        App.create_app = create_app


class Assets:
    """ASGI application that serves the files of gradio's own page, in place of its route for them.

    That route looks each up in threads and compresses it anew for every browser; a page asks for seventy at once, and
    is drawn when all are there. As none ever changes under its name, which holds a digest, a browser keeps them.
    """

    def __init__(self) -> None:
        import gradio

        self._folder = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from starlette.responses import Response

        name = scope["path"].rpartition("/")[2]  # nothing below the folder, and nothing above it
        path = self._folder / name
        if scope["method"] not in ("GET", "HEAD") or name in ("", ".", "..") or not path.is_file():
            response = Response(status_code=404)
        else:
            kept = {"Cache-Control": "public, max-age=31536000, immutable"}
            response = Response(path.read_bytes(), headers=kept, media_type=guess_type(name)[0])
        await response(scope, receive, send)
