"""The stages wired into one: build or open an index, ask it, and get a checked answer.

settings.py     what can be set
dialogue.py     the question asked, and the turns before it
building.py     files -> index; what is wrong with one
generations.py  the newest generation of an index, held open while it is read
models.py       the models that answer, loaded with the first question
streaming.py    an iterator that works in a thread -> an async one
assistant.py    Assistant: ask, stream, search, add, remove
"""

from rag.workflow.assistant import Assistant
from rag.workflow.building import DEFAULT_CORPUS, DEFAULT_INDEX, Progress, build, check, exists, sample_corpus
from rag.workflow.dialogue import Turn, checked_question
from rag.workflow.settings import Settings

__all__ = [
    "DEFAULT_CORPUS",
    "DEFAULT_INDEX",
    "Assistant",
    "Progress",
    "Settings",
    "Turn",
    "build",
    "check",
    "checked_question",
    "exists",
    "sample_corpus",
]
