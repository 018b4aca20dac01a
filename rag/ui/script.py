"""The page's own CSS (styles/) and JavaScript (page.js, upload.js), and how a piece of HTML calls back."""

import json
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_STYLES = ("base", "chat", "sheet", "tabs", "narrow")


@cache
def css() -> str:
    """Return the style sheet; what is narrow comes last, as it takes back what stands before."""
    return "".join((_HERE / "styles" / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES)


@cache
def _script() -> str:
    return "".join((_HERE / name).read_text(encoding="utf-8") for name in ("upload.js", "page.js"))


def head(language: str) -> str:
    """Return what goes into the page's head: its language, and the script before anything is drawn."""
    tag = {"zh": "zh-CN", "en": "en"}[language]
    return f"<script>document.documentElement.lang = {json.dumps(tag)};\n{_script()}</script>"


def listener(*events: str, watch: str = "") -> str:
    """Return the script that lets buttons with ``data-event`` inside an HTML component raise ``events``.

    ``watch`` names what page.js does after the component was drawn anew.
    """
    component = "{ element, trigger, props, watch, upload }"
    return f"juzheng.listen({component}, {json.dumps(list(events))}, {json.dumps(watch)})"
