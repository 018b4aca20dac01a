"""What search makes: a passage, its score, and where each retriever ranked it."""

from dataclasses import dataclass

from rag.chunks import Passage


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    ``score`` is the final one, higher is better; ``lexical`` and ``dense`` are the ranks (from 1) that the two
    retrievers gave it, None where one did not find it; ``rerank`` is the reranker's score, None where none ran;
    ``duplicates`` are the passages of other articles that say the same and were folded into this one.
    """

    passage: Passage
    score: float
    lexical: int | None = None
    dense: int | None = None
    rerank: float | None = None
    duplicates: tuple[Passage, ...] = ()
