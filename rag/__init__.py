"""Juzheng 举证: answers over a body of articles, every claim and figure traced to the exact characters of a source.

The stages, in the order in which data flows; each imports earlier ones only:

    articles      files            -> Article
    chunks        Article          -> Passage
    embeddings    texts            -> vectors
    index         Passage + vector -> Index
    search        question         -> ranked Hit
    synthesis     question + hits  -> Draft
    verification  Draft            -> Answer
    workflow      Assistant: wires the stages; Settings end here

Outside the flow stand the doors (cli, ui, serving, evaluation), which call ``workflow`` only.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag._errors import JuzhengError, UsageError
    from rag._text import Span
    from rag.articles import Article
    from rag.chunks import Passage
    from rag.search.hit import Hit
    from rag.synthesis.draft import Draft
    from rag.verification.answer import Answer, Citation, Figure
    from rag.workflow import Assistant, Settings

__version__ = "0.1.0"
__all__ = [  # noqa: RUF022
    "Span",
    "Article",
    "Passage",
    "Hit",
    "Draft",
    "Answer",
    "Citation",
    "Figure",
    "Assistant",
    "Settings",
    "JuzhengError",
    "UsageError",
]  # in flow order

_HOMES = {
    "Span": "rag._text",
    "Article": "rag.articles",
    "Passage": "rag.chunks",
    "Hit": "rag.search.hit",
    "Draft": "rag.synthesis.draft",
    "Answer": "rag.verification.answer",
    "Citation": "rag.verification.answer",
    "Figure": "rag.verification.answer",
    "Assistant": "rag.workflow",
    "Settings": "rag.workflow",
    "JuzhengError": "rag._errors",
    "UsageError": "rag._errors",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used, so that ``import rag`` and ``juzheng --help`` stay quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
