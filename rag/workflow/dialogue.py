"""The question asked, and the turns of the dialogue before it."""

import re
from collections.abc import Mapping, Sequence

from rag._errors import UsageError
from rag._text import whole
from rag.verification import Answer

Turn = str | Answer | Mapping[str, str] | tuple[str, str]

_LONGEST_QUESTION = 2000  # characters; a longer one is a document, not a question


def checked_question(question: str) -> str:
    """Return ``question`` in whole characters; raises UsageError for one without a word, or of more than 2,000."""
    if not re.search(r"\w", question):
        raise UsageError(
            f"问题里没有文字：{question.strip()[:20]!r}。请写一个问题，如：中央活力区总投资多少。(an empty question)"
        )
    if len(question) > _LONGEST_QUESTION:
        raise UsageError(
            f"问题最长 {_LONGEST_QUESTION} 个字符，这个有 {len(question)} 个；请缩短，或把材料放进语料库再提问。"
            f"(a question has at most {_LONGEST_QUESTION} characters, not {len(question)})"
        )
    return whole(question)


def turns_of(history: Sequence[Turn]) -> list[tuple[str, str]]:
    """Return the (question, answer) pairs of a dialogue, in order; "" for an answer that is not given."""
    turns: list[tuple[str, str]] = []
    for turn in history:
        if isinstance(turn, Answer):
            turns.append((turn.question, turn.text))
        elif isinstance(turn, Mapping):
            said = str(turn.get("content", turn.get("question", "")))
            if turn.get("role", "user") == "user":
                turns.append((said, ""))
            elif turns and turn["role"] == "assistant":
                turns[-1] = (turns[-1][0], said)
        elif isinstance(turn, tuple):
            turns.append(turn)
        else:
            turns.append((turn, ""))
    return [(whole(asked), whole(answered)) for asked, answered in turns if asked.strip()]
