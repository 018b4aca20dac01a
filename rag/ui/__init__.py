"""The page: a chat in which every mark opens the words of the source. A door, and the home of gradio.

framework.py   gradio, imported in half the time
server.py      both languages, visitors, login, downloads
page.py        head and tabs
chat.py        the chat tab, wired
turns.py       a conversation -> HTML
answers.py     an answer -> HTML: citations, figure marks, conflicts, refusals
sheet.py       the source beside the chat
sources.py     an article -> HTML: the quote marked, roles, joins
examples.py    questions to try
store.py       conversations, feedback, options of each visitor
export.py      a conversation as Markdown or JSON
feedback.py    feedback -> a case of evaluation
desk.py        what the tabs share
language.py    Chinese and English
script.py      styles/, page.js, upload.js
"""

import os
import sys

from rag.workflow import Assistant


def launch(assistant: Assistant, *, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the page until interrupted. Users and passwords are read from JUZHENG_USERS (name:password,…), if set.

    Raises OSError where the address is taken, UsageError where JUZHENG_USERS cannot be read.
    """
    import uvicorn

    from rag.ui.server import application, quiet_end, users_of

    app = application(assistant, users_of(os.environ.get("JUZHENG_USERS", "")))
    print(f"http://{host}:{port}/", file=sys.stderr)
    quiet_end()
    # An open page would hold up the end for as long as it is there.
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)
