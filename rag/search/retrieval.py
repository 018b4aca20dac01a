"""A question -> ranked hits: two retrievers, fused, reranked by the reader, periods preferred, reprints folded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag._figures import find_figures
from rag._reader import Reader, Reading
from rag._text import fold
from rag.chunks import Passage
from rag.embeddings import Embedder
from rag.index import Filter, Index, index_words
from rag.search.anglicising import in_english
from rag.search.fusion import reciprocal_rank_fusion
from rag.search.hit import Hit
from rag.search.matching import coverage, terms_of
from rag.search.measures import Language
from rag.search.names import KIND, carried
from rag.search.periods import asked_periods, fit, governing
from rag.search.query import Query, language_of
from rag.search.rendering import render
from rag.search.translation import expand, pinyin

# Passages that each retriever gives to the fusion. On news questions the right one is among the first 20 of the lexical
# list in 88-99 % of cases, so a much longer list gives the reranker little that it could use.
_POOL = 50
# What the dense list weighs beside the lexical one in the fusion that chooses which passages are read.
_DENSE = 0.6
# What makes the final score: weights fitted by softmax regression on 250 questions of CMRC-train among 900 paragraphs
# and 250 of training/questions (hit@1 there 0.984 and 0.852; by weights set by hand 0.968 and 0.844).
_WEIGHTS = {
    "fused": 1.8,  # reciprocal rank fusion, 1 for the best
    "lexical": 1.8,  # BM25, 1 for the best
    "dense": 1.8,  # cosine
    "article": 2.3,  # share of the question's words in the passage, its heading, title and the article's opening
    "text": 1.3,  # … in the passage alone
    "reader": 0.28,  # the reader's score, a logit
    "names": 1.35,  # share of the question's names
    "period": 0.5,  # -1 to 1: another period, the period asked for
}
_OPENING = 160  # characters


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first, with what the reader made of each and how its article opens: synthesis reads on from there.

    ``rendered`` is the question as passages in Chinese were searched and read for, where that is not
    as it was asked: in English, or as people speak.
    """

    hits: tuple[Hit, ...]
    readings: tuple[Reading, ...]
    openings: tuple[str, ...]
    rendered: Query | None = None

    def only(self, language: Language, names: Sequence[str] = ()) -> "Found":
        """Return the hits whose passages are in ``language`` and, with their title and opening, have all ``names``."""
        kept = [
            n
            for n, hit in enumerate(self.hits)
            if language_of(hit.passage.text) == language
            and all(name in fold(f"{hit.passage.title} {self.openings[n]} {hit.passage.text}") for name in names)
        ]
        return replace(
            self,
            hits=tuple(self.hits[n] for n in kept),
            readings=tuple(self.readings[n] for n in kept),
            openings=tuple(self.openings[n] for n in kept),
        )


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
    rendered = render(query, index)
    lexical = dict(index.lexical(_lexical_words(query, rendered), _POOL, where))
    dense: dict[int, float] = {}
    for vector in embedder.embed(list(dict.fromkeys((query.text, rendered.text))), "query"):
        for key, score in index.dense(vector, _POOL, where):
            dense[key] = max(score, dense.get(key, -1.0))
    dense = dict(sorted(dense.items(), key=lambda item: (-item[1], item[0])))
    lexical_rank = {key: rank for rank, key in enumerate(lexical, 1)}
    dense_rank = {key: rank for rank, key in enumerate(dense, 1)}
    fused = reciprocal_rank_fusion([list(lexical), list(dense)], weights=[1.0, _DENSE])[: max(k, reranked)]
    if not fused:
        return Found((), (), ())
    passages = index.passages([key for key, _ in fused])
    abroad = [language_of(passage.text) == "en" for passage in passages]
    asked = [query if english and query.language == "en" else rendered for english in abroad]
    in_their_words = in_english(rendered) if query.language == "zh" else query.text
    readings = _read(reader, [in_their_words if english else rendered.text for english in abroad], passages)
    openings = [_opening(index, passage) for passage in passages]
    best_fused, best_lexical = fused[0][1], max(lexical.values(), default=1.0) or 1.0
    found: dict[int, tuple[Hit, Reading, str]] = {}
    for (key, score), read, passage, reading, opening in zip(fused, asked, passages, readings, openings, strict=True):
        names = read.names
        text = fold(f"{passage.title} {passage.heading} {opening} {passage.text}")
        clues = {
            "fused": score / best_fused,
            "lexical": lexical.get(key, 0.0) / best_lexical,
            "dense": dense.get(key, 0.0),
            "article": _covers(read, text),
            "text": _covers(read, fold(passage.text)),
            "reader": reading.score,
            "names": sum(carried(name, text) for name in names) / len(names) if names else 0.0,
            "period": _period_fit(read, passage, opening),
        }
        hit = Hit(
            passage,
            score=sum(_WEIGHTS[name] * value for name, value in clues.items()),
            lexical=lexical_rank.get(key),
            dense=dense_rank.get(key),
            rerank=reading.score,
        )
        found[key] = (hit, reading, opening)
    ordered = sorted(found, key=lambda key: (-found[key][0].score, key))
    kept = _fold_duplicates(index, ordered)[:k]
    hits = tuple(
        replace(found[key][0], duplicates=tuple(index.passages(duplicates))) if duplicates else found[key][0]
        for key, duplicates in kept
    )
    return Found(
        hits,
        tuple(found[key][1] for key, _ in kept),
        tuple(found[key][2] for key, _ in kept),
        None if query is rendered else rendered,
    )


def _lexical_words(query: Query, rendered: Query) -> list[str]:
    """Return what the lexical index is searched for: the words of the question, and what they are in Chinese."""
    if query.language == "zh":
        said = list(dict.fromkeys((*index_words(rendered.text), *index_words(query.text))))
        # What a name has of its own, English writes by its sound.
        return [*expand(said), *(pinyin(KIND.sub("", name)) for name in rendered.names)]
    return [*index_words(rendered.text), *index_words(query.text)]


def _read(reader: Reader, asked: Sequence[str], passages: Sequence[Passage]) -> list[Reading]:
    """Return what the reader makes of each passage for the question that it is asked, in the passage's language."""
    read: dict[int, Reading] = {}
    for question in dict.fromkeys(asked):
        places = [n for n, other in enumerate(asked) if other == question]
        read.update(zip(places, reader.read(question, [passages[n].text for n in places]), strict=True))
    return [read[n] for n in range(len(passages))]


def _opening(index: Index, passage: Passage) -> str:
    """Return how the passage's article begins, and the last clause before the passage that names a year.

    They often name what the rest calls 全区 or 该项目, and the year that its figures are of.
    """
    opening, dated = "", ""
    for earlier in index.passages_of(passage.article_id):
        opening = opening or earlier.text[:_OPENING]
        if earlier.id == passage.id:
            break
        for found in _YEARED.finditer(earlier.text):
            dated = found.group()
    return f"{opening}\n{dated}" if dated and dated not in opening else opening


_YEARED = re.compile(r"(?<!\d)(?:19|20)\d\d年[^，。；\n]{0,12}")


def _covers(query: Query, text: str) -> float:
    """Return the best share of a part's words that folded ``text`` carries."""
    return max(coverage(terms_of(query, part), text) for part in query.parts)


def _period_fit(query: Query, passage: Passage, opening: str) -> float:
    """Return in [-1, 1] how well any figure of the passage is of a period asked for; 0 where none is asked for.

    What the passage does not say, the title does: 全年 in a bulletin of 2022 that appeared in 2023 is 2022.
    """
    asked = asked_periods(query)
    if not asked:
        return 0.0
    figures = find_figures(passage.text)
    head = fold(f"{passage.title}\n{passage.heading}\n{opening}")
    periods = [governing(passage.text, figures, figure.span, passage.published, head) for figure in figures]
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
