"""Learn how the clues of a candidate answer weigh against one another, and write rag/_weights/ranker.json.

    python training/ranker.py --data ../shared/data --out rag/_weights/ranker.json

Three sorts of questions: those written for this purpose over articles of their own (training/questions, searched as a
user's would be); those of the reading sets and of our own on passages that were kept back from the reader; and, kept
back too, questions generated from news (training/generate.py). The latter two sorts are put to their own passage
among others that share their words. For figures, dates, phrases and sentences one small network (two layers) scores
each candidate; a null candidate has the score 0, and the softmax over all of them gives the probability of each, the
null's being that of "not stated". A fifth of the sources is held out at a time with all questions on it, and the five
networks are averaged. With --beside, the scores are the mean of theirs and of those of a ranker that there was, which
is one network with the hidden units of both; "held_out" is then of the new one alone.
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import torch

from rag._reader import load_reader
from rag.synthesis.clues import FEATURES
from rag.synthesis.ranking import Model
from training.ranking_cases import Case, collect, load, own_cases, passage_cases, save

FOLDS = 5
HIDDEN = 16  # units of each fold's network
DECAY = 0.05


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


def mean(old: Model, new: Model, share: float) -> Model:
    """Return the network whose scores are the mean of two networks' scores, ``share`` of ``new``."""
    return Model(
        direct=[(1 - share) * a + share * b for a, b in zip(old.direct, new.direct, strict=True)],
        hidden=[*old.hidden, *new.hidden],
        shift=[*old.shift, *new.shift],
        output=[*((1 - share) * value for value in old.output), *(share * value for value in new.output)],
    )


def main() -> None:
    """Read the questions, learn, write."""
    torch.set_num_threads(1)  # the matrices are too small to share out
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--generated", type=Path, help="questions generated from news, .jsonl.xz")
    parser.add_argument("--out", type=Path, default=Path("rag/_weights/ranker.json"))
    parser.add_argument("--questions", type=int, default=660, help="questions on passages, besides the written ones")
    parser.add_argument("--cases", type=Path, help="keep the features here, or take them from here (.npz)")
    parser.add_argument("--beside", type=Path, help="a ranker to take the mean with, as rag/_weights/ranker.json")
    parser.add_argument("--share", type=float, default=0.5, help="of the new one in that mean")
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="60 questions on passages, 20 epochs, to try the script")
    arguments = parser.parse_args()
    if arguments.tiny:
        arguments.questions, arguments.epochs = 60, 20
    chooser = random.Random(arguments.seed)
    if arguments.cases is not None and arguments.cases.exists():
        cases = load(arguments.cases)
    else:
        reader = load_reader()
        cases = list(own_cases(reader))
        items = collect(arguments.data, arguments.generated, arguments.questions, chooser)
        cases += passage_cases(items, reader, chooser)
        chooser.shuffle(cases)
        if arguments.cases is not None:
            save(cases, arguments.cases)
    before = json.loads(arguments.beside.read_text(encoding="utf-8")) if arguments.beside else None
    model = {}
    for group in ("figure", "date", "phrase", "sentence"):
        found, judged = fit([case for case in cases if case.group == group], arguments.seed, arguments.epochs)
        if before:
            found = mean(Model.from_dict(before[group]["model"]), found, arguments.share)
        model[group] = {"model": found.to_dict(), "held_out": judged}
        print(group, judged, flush=True)
    arguments.out.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
