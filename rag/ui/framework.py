"""gradio, imported in half the time; to be called before anything of the page that imports it."""

import gc
import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def import_gradio() -> None:
    """Import gradio, without reports to its makers and without what takes time only.

    At every import gradio parses its own source to write stubs for editors beside it, which is half of the time; it
    passes over a class whose file ``inspect`` does not know.
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
        import gradio  # noqa: F401
    finally:
        inspect.getfile = getfile


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
