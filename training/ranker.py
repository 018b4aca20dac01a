"""Learn how the clues of a candidate answer weigh against one another, and write rag/_weights/ranker.json.

    python training/ranker.py --data ../shared/data --out rag/_weights/ranker.json

Questions come from the training parts of the reading sets and from questions generated from news; each is put to its
own passage among others that share its words, so that wrong candidates look as they will. The model is linear, one for
figures, dates, phrases and sentences, with a null candidate of score 0: the softmax over all of them gives the
probability of each, and the null's is that of "not stated". The last tenth of the questions is held out.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.progress import track

from rag._reader import Reader, load_reader
from rag._text import Span, weight, words
from rag.articles.article import Article, Block
from rag.chunks import Passage, chunk
from rag.search.hit import Hit
from rag.search.matching import terms_of
from rag.search.query import read_query
from rag.synthesis.candidates import Candidate, candidates, prepare
from rag.synthesis.ranking import FEATURES, features, group_of
from training.data import Example, read_examples

PAGES = 5
EPOCHS = 400


@dataclass(frozen=True, slots=True)
class Case:
    """One question: features of its candidates, (n, len(FEATURES)), and which of them are right."""

    group: str
    features: np.ndarray
    right: np.ndarray


class Pool:
    """The passages of all examples, found again by the words they share with a question."""

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
            if len(postings) < len(self.passages) / 20:
                for number in postings:
                    scores[number] += weight(word)
        scores.pop(own, None)
        return sorted(scores, key=lambda number: (-scores[number], number))[:k]


def case_of(example: Example, own: int, pool: Pool, reader: Reader, chooser: random.Random) -> Iterator[Case]:
    """Yield the case of an example, if its question has one part (the sets mark one answer)."""
    query = read_query(example.question)
    if len(query.parts) != 1:
        return
    part = query.parts[0]
    passages = list(pool.passages[own])
    for neighbour in pool.neighbours(example.question, own, 3):
        passages.append(chooser.choice(pool.passages[neighbour]))
    passages = passages[:PAGES] if len(pool.passages[own]) < PAGES else pool.passages[own][:PAGES]
    readings = reader.read(query.text, [passage.text for passage in passages])
    order = sorted(range(len(passages)), key=lambda n: -readings[n].score)
    hits = [Hit(passages[n], readings[n].score) for n in order]
    pages = prepare(hits, [readings[n] for n in order])
    terms = terms_of(query, part)
    found = candidates(part, pages)
    if not found:
        return
    best = max(candidate.page.reading.score for candidate in found)
    rows = np.stack([features(query, part, terms, candidate, best) for candidate in found])
    right = np.array([_is_right(candidate, example, str(own)) for candidate in found])
    if example.answers and not right.any():
        return  # the answer is not among the candidates: nothing to learn for the ranking
    yield Case(group_of(part), rows, right)


def _is_right(candidate: Candidate, example: Example, own: str) -> bool:
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


def fit(cases: Sequence[Case], seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the weights of one group and its figures on the tenth held out."""
    torch.manual_seed(seed)
    cut = len(cases) * 9 // 10
    weights = torch.zeros(len(FEATURES), requires_grad=True)
    train, held = _pad(cases[:cut]), _pad(cases[cut:])
    optimiser = torch.optim.LBFGS([weights], max_iter=EPOCHS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = _loss(weights, *train) + 1e-4 * (weights**2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        found = {name: round(float(value), 4) for name, value in zip(FEATURES, weights, strict=True)}
        return found, _judge(weights, *held)


def _pad(cases: Sequence[Case]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    longest = max(len(case.features) for case in cases)
    rows = torch.zeros(len(cases), longest, len(FEATURES))
    right = torch.zeros(len(cases), longest, dtype=torch.bool)
    there = torch.zeros(len(cases), longest, dtype=torch.bool)
    for number, case in enumerate(cases):
        rows[number, : len(case.features)] = torch.from_numpy(case.features).float()
        right[number, : len(case.right)] = torch.from_numpy(case.right)
        there[number, : len(case.right)] = True
    return rows, right, there


def _logs(weights: torch.Tensor, rows: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """Return log probabilities, the null candidate's in the last column."""
    scores = (rows @ weights).masked_fill(~there, -torch.inf)
    return torch.log_softmax(torch.cat([scores, torch.zeros(len(scores), 1)], dim=1), dim=1)


def _loss(weights: torch.Tensor, rows: torch.Tensor, right: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    target = torch.cat([right, ~right.any(dim=1, keepdim=True)], dim=1)
    return -torch.logsumexp(_logs(weights, rows, there).masked_fill(~target, -torch.inf), dim=1).mean()


def _judge(weights: torch.Tensor, rows: torch.Tensor, right: torch.Tensor, there: torch.Tensor) -> dict[str, float]:
    chances = _logs(weights, rows, there).exp()
    best = chances[:, :-1].argmax(dim=1)
    answerable = right.any(dim=1)
    first = right.gather(1, best[:, None])[:, 0]
    said = chances.gather(1, best[:, None])[:, 0] >= 0.5
    return {
        "questions": len(rows),
        "right_when_answerable": round(float(first[answerable].float().mean()), 4),
        "refused_when_not": round(float((~said)[~answerable].float().mean()), 4) if (~answerable).any() else 0.0,
        "refused_when_answerable": round(float((~said)[answerable].float().mean()), 4),
        "right_of_answered": round(float((first & answerable)[said].float().mean()), 4) if said.any() else 0.0,
    }


def main() -> None:
    """Read the questions, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--generated", type=Path, help="generated questions (training/generate.py), .jsonl.xz")
    parser.add_argument("--out", type=Path, default=Path("rag/_weights/ranker.json"))
    parser.add_argument("--questions", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="200 questions, to try the script")
    arguments = parser.parse_args()
    chooser = random.Random(arguments.seed)
    examples = read_examples(arguments.data, arguments.generated)
    chooser.shuffle(examples)
    examples = examples[: 200 if arguments.tiny else arguments.questions]
    contexts = list(dict.fromkeys(example.context for example in examples))
    number_of = {context: number for number, context in enumerate(contexts)}
    pool = Pool(contexts)
    reader = load_reader()
    groups: dict[str, list[Case]] = defaultdict(list)
    for example in track(examples, description="reading"):
        for case in case_of(example, number_of[example.context], pool, reader, chooser):
            groups[case.group].append(case)
    model = {}
    for group, cases in sorted(groups.items()):
        weights, judged = fit(cases, arguments.seed)
        model[group] = {"weights": weights, "held_out": judged}
        print(group, len(cases), judged)
    arguments.out.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
