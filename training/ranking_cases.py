"""The questions that the ranker learns from, each with the clues of its candidates (see ranker.py)."""

import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.progress import track

from rag._figures import find_figures, same
from rag._reader import Reader
from rag._text import Span, fold, weight, words
from rag.articles import find_files, read_articles
from rag.articles.article import Article, Block
from rag.chunks import Passage, chunk
from rag.embeddings import load_embedder
from rag.index import build_index, open_index
from rag.search import Found, Hit, Query, read_query, search
from rag.search.matching import terms_of
from rag.synthesis.candidates import Candidate, candidates, prepare
from rag.synthesis.clues import features
from rag.synthesis.ranking import group_of
from training.data import READING, Question, generated, own_questions, reading

OWN = Path(__file__).parent / "questions"
PAGES = 5
# A question written over whole articles is worth several of those put to one passage.
OWN_WEIGHT = 4.0
# This share of the questions put to one passage has an answer there, as about two thirds of those over articles have.
ANSWERED = 2 / 3


@dataclass(frozen=True, slots=True)
class Case:
    """One question: features of its candidates, (n, len(FEATURES)), which of them are right, and what it counts.

    ``source`` is the article or passage that it was written over: what is held out is held out by source.
    """

    group: str
    features: np.ndarray
    right: np.ndarray
    weight: float
    source: str


def own_cases(reader: Reader) -> Iterator[Case]:
    """Yield the cases of the questions written for this purpose, searched in their own corpus."""
    embedder = load_embedder()
    with tempfile.TemporaryDirectory() as folder:
        cut = partial(chunk, budget=192, count_tokens=embedder.count_tokens)
        build_index(folder, find_files([OWN / "corpus"]), embedder=embedder, chunk=cut, read=read_articles)
        with open_index(folder, embedder=embedder) as index:
            lines = (OWN / "cases.jsonl").read_text(encoding="utf-8").splitlines()
            for record in track([json.loads(line) for line in lines], description="own questions"):
                query = read_query(record["question"])
                found = search(query, index, embedder, reader, k=8, reranked=10)
                answers = partial(_answers, record)
                source = record["id"].partition("-")[0]
                yield from _cases(found.rendered or query, found, answers, OWN_WEIGHT, bool(record["answers"]), source)


def _answers(record: dict[str, list[str] | list[dict[str, str]]], candidate: Candidate) -> bool:
    """Whether a candidate stands in the evidence of a written question and says one of its answers."""
    passage = candidate.page.passage
    sentence = candidate.page.sentences[candidate.page.sentence_at(candidate.span.start)].of(passage.text)
    near = "".join(sentence.split())
    quotes = ["".join(item["quote"].split()) for item in record["evidence"] if item["source"] == passage.source]
    if not any(quote in near or near in quote or _overlap(quote, near) > 0.6 for quote in quotes):
        return False
    said = fold(candidate.text)
    for answer in map(fold, record["answers"]):
        if said == answer or _overlap(answer, said) >= 0.7:
            return True
        figures = find_figures(answer)
        if candidate.quantity is not None and any(same(candidate.quantity, figure) for figure in figures):
            return True
        if candidate.quantity is None and len(said) > 40 and answer in said:
            return True
    return False


def _overlap(one: str, other: str) -> float:
    """Return the F1 of the characters that two strings share, by their longest common piece."""
    from difflib import SequenceMatcher

    if not one or not other:
        return 0.0
    size = SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size
    return 2 * size / (len(one) + len(other))


class Pool:
    """The passages of all contexts, found again by the words they share with a question."""

    def __init__(self, contexts: Sequence[str]) -> None:
        self.passages: list[list[Passage]] = []
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, context in enumerate(track(contexts, description="cutting passages")):
            article = Article(str(number), str(number), "", None, context, (Block("body", (Span(0, len(context)),)),))
            self.passages.append(chunk(article, budget=320, count_tokens=len))
            for word in set(words(context)):
                self._postings[word].append(number)

    def neighbours(self, question: str, own: int, k: int) -> list[int]:
        """Return the contexts, ``own`` left out, that share most with ``question``."""
        scores: dict[int, float] = defaultdict(float)
        for word in set(words(question)):
            postings = self._postings.get(word, [])
            if len(postings) < max(20, len(self.passages) / 20):
                for number in postings:
                    scores[number] += weight(word)
        scores.pop(own, None)
        return sorted(scores, key=lambda number: (-scores[number], number))[:k]


def passage_cases(examples: Sequence[Question], reader: Reader, chooser: random.Random) -> Iterator[Case]:
    """Yield the cases of questions on one context, among the passages of contexts that share their words."""
    contexts = list(dict.fromkeys(example.context for example in examples))
    number_of = {context: number for number, context in enumerate(contexts)}
    pool = Pool(contexts)
    for example in track(examples, description="questions on passages"):
        own = number_of[example.context]
        query = read_query(example.question)
        passages = pool.passages[own][: PAGES - 2]
        passages += [chooser.choice(pool.passages[n]) for n in pool.neighbours(example.question, own, 2)]
        readings = reader.read(query.text, [passage.text for passage in passages])
        order = sorted(range(len(passages)), key=lambda n: -readings[n].score)
        found = Found(
            tuple(Hit(passages[n], readings[n].score) for n in order),
            tuple(readings[n] for n in order),
            ("",) * len(order),
        )
        yield from _cases(query, found, partial(_covers, example, str(own)), 1.0, bool(example.answers), f"p{own}")


def _covers(example: Question, own: str, candidate: Candidate) -> bool:
    """Whether a candidate covers a marked answer, and little besides."""
    if candidate.page.passage.article_id != own:
        return False
    spans = candidate.page.passage.locate(candidate.span.start, candidate.span.end)
    for start, end in example.answers:
        shared = sum(max(0, min(span.end, end) - max(span.start, start)) for span in spans)
        if not shared:
            continue
        precision, recall = shared / len(candidate.span), shared / (end - start)
        if candidate.quantity is not None:
            if recall >= 0.5 or precision >= 0.6:
                return True
        elif 2 * precision * recall / (precision + recall) >= 0.6 or (recall == 1 and len(candidate.span) > 60):
            return True
    return False


def _cases(
    query: Query, found: Found, is_right: partial[bool], worth: float, answerable: bool, source: str
) -> Iterator[Case]:
    if len(query.parts) != 1 or not found.hits:
        return  # the sets mark one answer
    part = query.parts[0]
    terms = terms_of(query, part)
    proposed = candidates(query, part, prepare(found, 10))
    if not proposed:
        return
    best = max(candidate.page.reading.score for candidate in proposed)
    right = np.array([is_right(candidate) for candidate in proposed])
    if answerable and not right.any():
        return  # the answer is not among the candidates: nothing for the ranking to learn
    rows = np.stack([features(query, part, terms, candidate, best) for candidate in proposed])
    yield Case(group_of(part), rows, right, worth, source)


def collect(data: Path, made: Path | None, count: int, chooser: random.Random) -> list[Question]:
    """Return at most ``count`` questions on passages, none of which the reader was trained on.

    Of those that it learned from it is surer than it will be of any others, and would be trusted too much. A share of
    ``ANSWERED`` has an answer: how often the null candidate is right is learned too, and more often than not what
    people ask stands in the corpus.
    """
    unseen = own_questions(data)[1]
    for name in READING:
        unseen += reading(data, name)[1]
    if made is not None:
        unseen += generated(made)[1]
    answered = [item for item in unseen if item.answers]
    unanswered = [item for item in unseen if not item.answers]
    count = min(count, int(len(answered) / ANSWERED), int(len(unanswered) / (1 - ANSWERED)))
    told = round(count * ANSWERED)
    chosen = chooser.sample(answered, told) + chooser.sample(unanswered, count - told)
    chooser.shuffle(chosen)
    return chosen


def save(cases: Sequence[Case], path: Path) -> None:
    """Keep the cases in one file: all rows under one another, and how many each case has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        rows=np.concatenate([case.features for case in cases]),
        right=np.concatenate([case.right for case in cases]),
        sizes=[len(case.right) for case in cases],
        groups=[case.group for case in cases],
        weights=[case.weight for case in cases],
        sources=[case.source for case in cases],
    )


def load(path: Path) -> list[Case]:
    with np.load(path) as kept:
        ends = np.cumsum(kept["sizes"])[:-1]
        parts = zip(
            np.split(kept["rows"], ends),
            np.split(kept["right"], ends),
            kept["groups"],
            kept["weights"],
            kept["sources"],
            strict=True,
        )
        return [Case(str(group), rows, right, float(worth), str(source)) for rows, right, group, worth, source in parts]
