"""A question -> ranked hits: two retrievers, fused, reranked by the reader, periods preferred, reprints folded."""

from dataclasses import dataclass, replace

from rag._figures import find_figures
from rag._reader import Reader, Reading
from rag._text import fold
from rag.chunks import Passage
from rag.embeddings import Embedder
from rag.index import Filter, Index, index_words
from rag.search.fusion import reciprocal_rank_fusion
from rag.search.hit import Hit
from rag.search.matching import coverage, terms_of
from rag.search.names import carried, names_of
from rag.search.periods import asked_periods, fit, governing
from rag.search.query import Query
from rag.search.translation import expand

# Passages that each retriever gives to the fusion. On news questions the right one is among the first 20 of the lexical
# list in 88-99 % of cases, so a much longer list gives the reranker little that it could use.
_POOL = 50
# What the dense list weighs beside the lexical one, and what the parts of the final score weigh beside the fused rank.
_DENSE = 0.6
_COVERAGE = 2.0
_RERANK = 0.25
_PERIOD = 0.3
_NAMES = 1.0
_OPENING = 160  # characters


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first, with what the reader made of each and how its article opens: synthesis reads on from there."""

    hits: tuple[Hit, ...]
    readings: tuple[Reading, ...]
    openings: tuple[str, ...]


def search(
    query: Query,
    index: Index,
    embedder: Embedder,
    reader: Reader,
    *,
    k: int,
    reranked: int,
    where: Filter | None = None,
) -> Found:
    """Return at most ``k`` hits for ``query``, best first, among the passages that ``where`` lets through.

    The best ``reranked`` passages of the fused lists are read by ``reader``, title and heading before the text. Of
    passages that say the same in several articles the best stands for all (``Hit.duplicates``).
    """
    lexical = [key for key, _ in index.lexical(expand(index_words(query.text)), _POOL, where)]
    dense = [key for key, _ in index.dense(embedder.embed([query.text], "query")[0], _POOL, where)]
    fused = reciprocal_rank_fusion([lexical, dense], weights=[1.0, _DENSE])[: max(k, reranked)]
    if not fused:
        return Found((), (), ())
    keys = [key for key, _ in fused]
    passages = index.passages(keys)
    readings = reader.read(query.text, [passage.text for passage in passages])
    openings = [_opening(index, passage) for passage in passages]
    names = names_of(query.folded)
    found: dict[int, tuple[Hit, Reading, str]] = {}
    for (key, score), passage, reading, opening in zip(fused, passages, readings, openings, strict=True):
        text = fold(f"{passage.title} {passage.heading} {opening} {passage.text}")
        total = score / fused[0][1] + _COVERAGE * _covers(query, text) + _RERANK * reading.score
        total += _NAMES * (sum(carried(name, text) ** 2 for name in names) / len(names) if names else 0.0)
        hit = Hit(
            passage,
            score=total + _PERIOD * _period_fit(query, passage),
            lexical=lexical.index(key) + 1 if key in lexical else None,
            dense=dense.index(key) + 1 if key in dense else None,
            rerank=reading.score,
        )
        found[key] = (hit, reading, opening)
    ordered = sorted(found, key=lambda key: (-found[key][0].score, key))
    kept = _fold_duplicates(index, ordered)[:k]
    hits = tuple(
        replace(found[key][0], duplicates=tuple(index.passages(duplicates))) if duplicates else found[key][0]
        for key, duplicates in kept
    )
    return Found(hits, tuple(found[key][1] for key, _ in kept), tuple(found[key][2] for key, _ in kept))


def _opening(index: Index, passage: Passage) -> str:
    """Return how the passage's article begins: it often names what the rest calls 全区 or 该项目."""
    first = index.passages_of(passage.article_id)[:1]
    return first[0].text[:_OPENING] if first else ""


def _covers(query: Query, text: str) -> float:
    """Return the best share of a part's words that folded ``text`` carries."""
    return max(coverage(terms_of(query, part), text) for part in query.parts)


def _period_fit(query: Query, passage: Passage) -> float:
    """Return in [-1, 1] how well any figure of the passage is of a period asked for; 0 where none is asked for."""
    asked = asked_periods(query)
    if not asked:
        return 0.0
    figures = find_figures(passage.text)
    periods = [governing(passage.text, figures, figure.span, passage.published) for figure in figures]
    return max((fit(asked, period, passage.published) for period in periods), default=0.0)


def _fold_duplicates(index: Index, ordered: list[int]) -> list[tuple[int, tuple[int, ...]]]:
    """Return (key, keys of the passages that say the same) for the best of each group, in order."""
    folded: set[int] = set()
    kept = []
    for key in ordered:
        if key not in folded:
            same = index.group(key)
            folded.update(same)
            kept.append((key, tuple(same)))
    return kept
