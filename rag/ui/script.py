"""The page's own CSS and JavaScript, and how a piece of HTML calls back."""

import json
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def css() -> str:
    """Return the style sheet."""
    return (_HERE / "page.css").read_text(encoding="utf-8")


@cache
def _script() -> str:
    return (_HERE / "page.js").read_text(encoding="utf-8")


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
