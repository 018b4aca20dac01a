"""Trains the reader: start, end, answerable and passage score over question + passage, in one network (``model.py``).

    python training/reader.py --data ../shared/data --generated checkpoints/generated.jsonl.xz --out checkpoints/reader

Each step takes a batch of about one length. The share of questions written by people rises as the learning rate
falls. Takes a GPU when there is one; else bf16 on the CPU. Resumes from its last checkpoint at the next pool.

    python training/reader.py --start rag/_weights --out checkpoints/longer --minutes 60 --learning-rate 4e-4

trains the reader of the package further, its end on longer windows.

    python training/reader.py --start rag/_weights --out checkpoints/news --news 0.75 --minutes 55 --learning-rate 7e-4

pre-trains it, three quarters of it on bare news (``cloze.py``); to be exported, and trained further.
"""

import argparse
import copy
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from cloze import Cloze, News
from data import OWN, Habit, Question
from examples import LONG, SHORT, Example, alterations_of, batches, load, pool
from memory import keep_memory
from model import Dropout, ReaderNetwork, Shape
from objective import objective, tensors
from plot import plot
from scoring import auroc, exact, overlap
from shipped import load_shipped
from tokenizers import Tokenizer

from rag._featurizer import Encoded, Featurizer
from rag._reader import Reading, spans

CHARS = 20_000  # padded, a step
EMA = 0.998
TOPICAL = 128  # of the encoder's dimensions, whose first ones tell most
DROP = 0.2


def piece_weights(table: np.ndarray) -> np.ndarray:
    """Return how much each piece tells: the length of its vector in the encoder, 1 on average, at most 3."""
    lengths = np.linalg.norm(table, axis=1)
    return np.minimum(lengths / lengths.mean(), 3).astype(np.float32)


def word_vectors(topical: np.ndarray, typical: np.ndarray) -> np.ndarray:
    """Return what the network knows of each piece: what it is about, in both languages, and what it is used like."""
    parts = [topical[:, :TOPICAL], typical]
    units = [part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-6) for part in parts]
    return (8 * np.concatenate(units, axis=1)).astype(np.float32)


class Worker:
    """A bfloat16 copy of a network that computes its gradients over a part of a batch.

    Half the memory traffic of autocast, which casts activations back and forth. The vectors that are learned stay in
    float32, since sums of the rare pieces' gradients with those of 的 and 。 would be lost in bfloat16; those that are
    not learned are shared. One worker a core, each on one thread, keeps the cores busier than one on all of them.
    """

    def __init__(self, network: ReaderNetwork, seed: int, device: str) -> None:
        self.network = copy.deepcopy(network).to(torch.bfloat16)
        self.network.tuned.float()
        self.network.words = network.words
        self.network.drop = Dropout(DROP, seed, device)
        self.device = device
        pairs = zip(network.parameters(), self.network.parameters(), strict=True)
        self._pairs = [(master, copied) for master, copied in pairs if master is not copied]

    @torch.no_grad()
    def take_weights(self) -> None:
        """Copy the weights of the float32 network."""
        for master, copied in self._pairs:
            copied.copy_(master)

    def learn(self, units: list[list[Example]]) -> tuple[float, list[float]]:
        """Compute the gradients; return the loss and its parts."""
        loss, parts = objective(self.network, units, self.device)
        loss.backward()
        return loss.item(), parts

    def give_gradients(self, share: float) -> None:
        """Add ``share`` of the gradients to those of the float32 network."""
        for master, copied in self._pairs:
            if copied.grad is None:
                continue
            given = share * copied.grad.float()
            master.grad = given if master.grad is None else master.grad.add_(given)
            copied.grad = None


@torch.no_grad()
def read(network: ReaderNetwork, encoded: list[Encoded], habits: list[Habit], device: str) -> list[Reading]:
    """Return what ``network`` makes of each window, batched by length; ``answerable`` is a logit here."""
    found: dict[int, Reading] = {}
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].chars))
    for first in range(0, len(order), 32):
        rows = order[first : first + 32]
        told = torch.tensor([habits[i] for i in rows], device=device)
        outputs = network(**tensors([encoded[i] for i in rows], device), habit=told)
        start, end, answerable, score = (output.float().cpu().numpy() for output in outputs)
        for place, row in enumerate(rows):
            window = slice(encoded[row].passage_at, len(encoded[row].chars))
            ends = start[place, window], end[place, window]
            found[row] = Reading(float(score[place]), float(answerable[place]), *ends)
    return [found[row] for row in range(len(encoded))]


def held_out(network: ReaderNetwork, featurizer: Featurizer, items: list[Question], device: str) -> dict[str, float]:
    """Return F1 and EM on the answered of ``items``, if any, and AUROC of answerable over all (first windows only).

    Who marked each is told: the scores are of finding what that person meant.
    """
    encoded = [featurizer.windows(item.question, [item.context])[0][0] for item in items]
    readings = read(network, encoded, [item.habit for item in items], device)
    f1, em, labels, scores = [], [], [], []
    for item, reading in zip(items, readings, strict=True):
        labels.append(bool(item.answers))
        scores.append(reading.answerable)
        best = spans(reading, 1)
        if item.answers and best:
            answers = [item.context[start:end] for start, end in item.answers]
            said = item.context[best[0][0] : best[0][1]]
            f1.append(max(overlap(said, answer) for answer in answers))
            em.append(max(exact(said, answer) for answer in answers))
    read_well = {"f1": float(np.mean(f1)), "em": float(np.mean(em))} if f1 else {}
    return {**read_well, "auroc": auroc(labels, scores)}


def train(arguments: argparse.Namespace) -> None:
    """Train until ``--steps`` or ``--minutes`` are over, whichever is first; the learning rate falls accordingly."""
    keep_memory()
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer))
    if arguments.start:
        state, weights = load_shipped(arguments.start)
    else:
        table = np.load(arguments.encoder / "encoder.npy")
        weights = piece_weights(table)
        state = {"words.weight": torch.from_numpy(word_vectors(table, np.load(arguments.vectors)))}
    featurizer = Featurizer(tokenizer, weights)
    sets, held = load(arguments.data, arguments.generated, arguments.own, arguments.tiny)
    alterations = alterations_of(sets)
    print({name: len(items) for name, items in sets.items()}, flush=True)

    size = {"width": 64, "layers": 1} if arguments.tiny else {}
    network = ReaderNetwork(Shape(*state["words.weight"].shape, **size)).to(device)
    network.load_state_dict(state, strict=bool(arguments.start))
    articles = None
    if arguments.news:
        vectors = state["words.weight"].numpy()
        articles = News(arguments.data, tokenizer, vectors[:, TOPICAL:], arguments.tiny)
        network.cloze = Cloze(network.shape.width, network.words.weight[articles.characters].clone()).to(device)
    average = copy.deepcopy(network)
    cores = 1 if device == "cuda" else min(os.cpu_count() or 1, 8)
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // cores))
    workers = [Worker(network, seed, device) for seed in range(cores)]
    threads = ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(torch.get_num_threads(),))
    learned = [p for p in network.parameters() if p.requires_grad]
    plain = [p for p in learned if p.ndim < 2]
    matrices = [p for p in learned if p.ndim >= 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}],
        betas=(0.9, 0.98),
        fused=True,
    )
    step, pools, before, losses = 0, 0, 0.0, []
    saved = arguments.out / "last.pt"
    if saved.exists():
        state = torch.load(saved, map_location=device, weights_only=False)
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step, pools, before, losses = state["step"], state["pools"], state["seconds"], state["losses"]

    def save() -> None:
        state = {
            "network": network.state_dict(),
            "average": average.state_dict(),
            "shape": network.shape,
            "weights": weights,
            "optimizer": optimizer.state_dict(),
            "step": step,
            "pools": pools,
            "seconds": before + time.monotonic() - began,
            "losses": losses,
        }
        partial = saved.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(saved)

    began, examples, recent = time.monotonic(), 0, []

    def prepare(number: int) -> list[list[Example]]:
        """Return pool ``number``; the share of what people wrote rises, and the end is on windows as they are read."""
        progress = max(step / arguments.steps, (before + time.monotonic() - began) / 60 / arguments.minutes)
        real = 0.8 if arguments.start else 0.4 + 0.4 * min(progress / 0.6, 1)
        sizes = LONG if progress > (0.6 if arguments.start else 0.8) else SHORT
        size = 64 if arguments.tiny else 1024
        count = round(size * arguments.news)
        units = pool(sets, alterations, featurizer, number, real=real, sizes=sizes, size=size - count)
        if articles:
            units += ([example] for example in articles.examples(featurizer, random.Random(number), SHORT, count))
        return units

    # The next pool is made while this one is learned from.
    ahead = ThreadPoolExecutor(1)
    coming = ahead.submit(prepare, pools)
    over = False
    while not over:
        units = coming.result()
        pools += 1
        coming = ahead.submit(prepare, pools)
        for batch in batches(units, np.random.default_rng(pools), CHARS):
            progress = max(step / arguments.steps, (before + time.monotonic() - began) / 60 / arguments.minutes)
            over = progress >= 1
            if over:
                break
            for group in optimizer.param_groups:
                group["lr"] = arguments.learning_rate * min(1.0, (step + 1) / 300) * (0.03 + 0.97 * (1 - progress))
            optimizer.zero_grad()
            # Every worker gets units of all lengths that the batch has.
            parts_of = [batch[i :: len(workers)] for i in range(min(len(workers), len(batch)))]
            busy = workers[: len(parts_of)]
            for worker in busy:
                worker.take_weights()
            learned_from = list(threads.map(Worker.learn, busy, parts_of))
            for worker in busy:
                worker.give_gradients(1 / len(busy))
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            optimizer.step()
            with torch.no_grad():
                torch._foreach_lerp_(
                    list(average.parameters()), list(network.parameters()), 1 - min(EMA, (step + 1) / (step + 10))
                )
            step += 1
            examples += sum(map(len, batch))
            losses.append(float(np.mean([loss for loss, _ in learned_from])))
            recent.append(np.mean([parts for _, parts in learned_from], axis=0))
            if step % 25 == 0:
                span, told, fit, order, contrast, named, exchanged = np.mean(recent, axis=0)
                pace = examples / (time.monotonic() - began)
                print(
                    f"step {step} {progress:.1%} loss {np.mean(losses[-25:]):.3f} span {span:.3f} "
                    f"answerable {told:.3f} fit {fit:.3f} order {order:.3f} contrast {contrast:.3f} "
                    f"hidden {named:.3f} exchanged {exchanged:.3f} | "
                    f"{pace:.0f} examples/s",
                    flush=True,
                )
                recent.clear()
            if step % arguments.every == 0:
                save()
                evaluate(average, featurizer, held, device)
    save()
    evaluate(average, featurizer, held, device)
    plot(losses, arguments.out / "loss.png", "reader")


def evaluate(network: ReaderNetwork, featurizer: Featurizer, held: dict[str, list[Question]], device: str) -> None:
    """Print the scores on the held-out slice of each training set, read in bfloat16."""
    network = copy.deepcopy(network).to(torch.bfloat16)
    for name, items in held.items():
        if items:
            scores = held_out(network, featurizer, items[:: max(1, len(items) // 200)], device)
            print("   ", name, {key: round(value, 3) for key, value in scores.items()}, flush=True)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--tokenizer", type=Path, default=Path("checkpoints/tokenizer.json"))
    parser.add_argument("--encoder", type=Path, default=Path("checkpoints/encoder"))
    parser.add_argument("--vectors", type=Path, default=Path("checkpoints/vectors.npy"))
    parser.add_argument("--start", type=Path, help="weights of a reader to train further, as rag/_weights")
    parser.add_argument("--generated", type=Path, default=Path("checkpoints/generated.jsonl.xz"))
    parser.add_argument("--own", type=Path, default=OWN, help="questions on passages of --data")
    parser.add_argument("--out", type=Path, default=Path("checkpoints/reader"))
    parser.add_argument("--steps", type=int, default=None, help="at most so many (default 20,000)")
    parser.add_argument("--minutes", type=float, default=80, help="at most so long, over all resumed runs")
    parser.add_argument("--every", type=int, default=400, help="steps between checkpoints")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--news", type=float, default=0.0, help="share of bare news, to pre-train on")
    parser.add_argument("--tiny", action="store_true", help="a network of two narrow layers, 6 steps")
    arguments = parser.parse_args()
    arguments.steps = arguments.steps or (6 if arguments.tiny else 20_000)
    train(arguments)


if __name__ == "__main__":
    main()
