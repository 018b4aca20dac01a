"""Learn how the clues of a candidate answer weigh against one another, and write rag/_weights/ranker.json.

    python training/ranker.py --data ../shared/data --out rag/_weights/ranker.json

Three sorts of questions: those written for this purpose over articles of their own (training/questions, searched as a
user's would be), the training parts of the reading sets, and questions generated from news (training/generate.py), each
put to its own passage among others that share its words. For figures, dates, phrases and sentences one small network
(two layers) scores each candidate; a null candidate has the score 0, and the softmax over all of them gives the
probability of each, the null's being that of "not stated". A fifth of the sources is held out at a
time with all questions on it, and the five networks are averaged.
"""

import argparse
import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from rich.progress import track

from rag._figures import find_figures, same
from rag._reader import Reader, load_reader
from rag._text import Span, fold, weight, words
from rag.articles import find_files, read_articles
from rag.articles.article import Article, Block
from rag.chunks import Passage, chunk
from rag.embeddings import load_embedder
from rag.index import build_index, open_index
from rag.search import Found, Hit, Query, read_query, search
from rag.search.matching import terms_of
from rag.synthesis.candidates import Candidate, candidates, prepare
from rag.synthesis.clues import FEATURES, features
from rag.synthesis.ranking import Model, group_of
from training.data import Question, questions, records

OWN = Path(__file__).parent / "questions"
READING = ("cmrc_train", "drcd_dev", "counterterror_train", "zh_squad2", "cail_dev")
PAGES = 5
FOLDS = 5
HIDDEN = 16  # units of each fold's network
DECAY = 0.05
# A question written over whole articles is worth several of those put to one passage.
OWN_WEIGHT = 4.0


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


class Network(torch.nn.Module):
    """The score of a candidate: linear in its features, plus what a few hidden units make of them together."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(len(FEATURES), HIDDEN)
        self.output = torch.nn.Linear(HIDDEN, 1, bias=False)
        self.direct = torch.nn.Linear(len(FEATURES), 1, bias=False)
        torch.nn.init.zeros_(self.direct.weight)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return scores, (…,), for features, (…, len(FEATURES))."""
        return (self.output(torch.tanh(self.hidden(rows))) + self.direct(rows)).squeeze(-1)


def fit(cases: Sequence[Case], seed: int, epochs: int) -> tuple[Model, dict[str, float]]:
    """Return the model of one group and its figures, each case judged by the networks that did not see it.

    One network for each part held out, stopped where its loss on the part is least; the model is their mean, which is
    one network with the hidden units of all.
    """
    networks, losses, judged = [], [], []
    for part in range(FOLDS):
        train = _flat([case for case in cases if _fold(case) != part])
        test = _flat([case for case in cases if _fold(case) == part])
        network, loss = _fit_fold(train, test, seed + part, epochs)
        networks.append(network)
        losses.append(loss)
        with torch.no_grad():
            judged.append(_judge(network, test))
    model = Model(
        direct=torch.stack([network.direct.weight[0] for network in networks]).mean(dim=0).tolist(),
        hidden=torch.cat([network.hidden.weight for network in networks]).tolist(),
        shift=torch.cat([network.hidden.bias for network in networks]).tolist(),
        output=torch.cat([network.output.weight[0] / FOLDS for network in networks]).tolist(),
    )
    means = {name: round(float(np.mean([one[name] for one in judged])), 4) for name in judged[0]}
    return model, {"questions": len(cases), "loss": round(float(np.mean(losses)), 4), **means}


def _fold(case: Case) -> int:
    """Return which part holds a case out, the same for all questions on one source."""
    return crc32(case.source.encode()) % FOLDS


@dataclass(frozen=True, slots=True)
class Flat:
    """Cases as tensors: all candidates under one another, (n, …), and what is known of each case, (cases,)."""

    rows: torch.Tensor
    right: torch.Tensor
    case: torch.Tensor  # the case of each row
    weights: torch.Tensor

    @property
    def cases(self) -> int:
        return len(self.weights)

    def any(self, rows: torch.Tensor) -> torch.Tensor:
        """Return for each case whether any of its rows is true."""
        return torch.zeros(self.cases).index_add(0, self.case, rows.float()) > 0


def _flat(cases: Sequence[Case]) -> Flat:
    return Flat(
        torch.from_numpy(np.concatenate([case.features for case in cases])).float(),
        torch.from_numpy(np.concatenate([case.right for case in cases])),
        torch.repeat_interleave(torch.tensor([len(case.right) for case in cases])),
        torch.tensor([case.weight for case in cases]),
    )


def _fit_fold(train: Flat, test: Flat, seed: int, epochs: int) -> tuple["Network", float]:
    torch.manual_seed(seed)
    network = Network()
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-2, total_steps=epochs)
    best, state = float("inf"), network.state_dict()
    for epoch in range(epochs):
        optimiser.zero_grad()
        loss = _loss(network, train)
        loss.backward()
        optimiser.step()
        schedule.step()
        if epoch % 10 == 9:
            with torch.no_grad():
                held_loss = float(_loss(network, test))
            if held_loss < best:
                best = held_loss
                state = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(state)
    return network, best


def _chances(network: Network, cases: Flat) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the probability of each row, and of each case's null candidate, whose score is 0."""
    scores = network(cases.rows).clamp(max=40.0)
    raised = scores.exp()
    total = torch.ones(cases.cases).index_add(0, cases.case, raised)
    return raised / total[cases.case], 1 / total


def _loss(network: Network, cases: Flat) -> torch.Tensor:
    chances, null = _chances(network, cases)
    hit = torch.zeros(cases.cases).index_add(0, cases.case, chances * cases.right)
    each = -torch.where(cases.any(cases.right), hit, null).clamp(min=1e-12).log()
    return (each * cases.weights).sum() / cases.weights.sum()


def _judge(network: Network, cases: Flat) -> dict[str, float]:
    """Return shares of the questions, weighted as in training; refused where the null candidate has over 0.5."""
    chances, null = _chances(network, cases)
    starts = np.searchsorted(cases.case.numpy(), np.arange(cases.cases))
    best = torch.from_numpy(np.maximum.reduceat(chances.numpy(), starts))
    answerable, first = cases.any(cases.right), cases.any(cases.right & (chances == best[cases.case]))
    refused = null > 0.5

    def share(what: torch.Tensor, among: torch.Tensor) -> float:
        total = float(cases.weights[among].sum())
        return round(float(cases.weights[what & among].sum()) / total, 4) if total else 0.0

    return {
        "right_when_answerable": share(first & ~refused, answerable),
        "first_when_answerable": share(first, answerable),
        "refused_when_not": share(refused, ~answerable),
        "refused_when_answerable": share(refused, answerable),
    }


def collect(data: Path, generated: Path | None, count: int, chooser: random.Random) -> list[Question]:
    """Return ``count`` questions on passages, half of them generated where there are such."""
    from training.data import kept_back

    real: list[Question] = []
    for name in READING:
        items = questions(data, name)
        if name == "zh_squad2":
            items, _ = kept_back(items)
        real += chooser.sample(items, min(len(items), count // 4))
    made: list[Question] = []
    if generated is not None:
        for record in records(generated.with_name(generated.name.removesuffix(".jsonl.xz"))):
            answers = tuple((start, end) for start, end in record["answers"])
            made.append(Question(record["id"], record["question"], record["context"], answers))
    half = min(len(made), count // 2)
    return chooser.sample(made, half) + chooser.sample(real, min(len(real), count - half))


def _save(cases: Sequence[Case], path: Path) -> None:
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


def _load(path: Path) -> list[Case]:
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


def main() -> None:
    """Read the questions, learn, write."""
    torch.set_num_threads(1)  # the matrices are too small to share out
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--generated", type=Path, help="questions generated from news, .jsonl.xz")
    parser.add_argument("--out", type=Path, default=Path("rag/_weights/ranker.json"))
    parser.add_argument("--questions", type=int, default=800, help="questions on passages, besides the written ones")
    parser.add_argument("--cases", type=Path, help="keep the features here, or take them from here (.npz)")
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="60 questions on passages, 20 epochs, to try the script")
    arguments = parser.parse_args()
    if arguments.tiny:
        arguments.questions, arguments.epochs = 60, 20
    chooser = random.Random(arguments.seed)
    if arguments.cases is not None and arguments.cases.exists():
        cases = _load(arguments.cases)
    else:
        reader = load_reader()
        cases = list(own_cases(reader))
        items = collect(arguments.data, arguments.generated, arguments.questions, chooser)
        cases += passage_cases(items, reader, chooser)
        chooser.shuffle(cases)
        if arguments.cases is not None:
            _save(cases, arguments.cases)
    model = {}
    for group in ("figure", "date", "phrase", "sentence"):
        found, judged = fit([case for case in cases if case.group == group], arguments.seed, arguments.epochs)
        model[group] = {"model": found.to_dict(), "held_out": judged}
        print(group, judged, flush=True)
    arguments.out.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
