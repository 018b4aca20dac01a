"""Trains the reader: start, end, answerable and passage score over question + passage, in one small transformer.

    python training/reader.py --data ../shared/data --generated checkpoints/generated.jsonl.xz --out checkpoints/reader

Each step takes a batch of about one length. The share of questions written by people rises as the learning rate
falls. Takes a GPU when there is one; else bf16 on the CPU. Resumes from its last checkpoint at the next pool.

    python training/reader.py --start rag/_weights --out checkpoints/longer --minutes 60 --learning-rate 4e-4

trains the reader of the package further, on longer windows.
"""

import argparse
import copy
import ctypes
import time
from pathlib import Path

import numpy as np
import torch
from data import Question
from examples import LONG, SHORT, Example, batches, load, pool
from model import ReaderNetwork, Shape
from plot import plot
from scoring import auroc, exact, overlap
from shipped import load_shipped
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 (the field's name for it)

from rag._featurizer import Encoded, Featurizer, collate
from rag._reader import Reading, spans

TOKENS = 12_000  # padded pieces a step
EMA = 0.998


def keep_memory() -> None:
    """Have malloc reuse what was freed: giving 16 MB tensors back to the system made a step twenty times slower."""
    libc = ctypes.CDLL(None)
    m_trim_threshold, m_top_pad, m_mmap_threshold = -1, -2, -3
    for option, value in ((m_mmap_threshold, 2**31 - 1), (m_trim_threshold, 2**31 - 1), (m_top_pad, 2**28)):
        libc.mallopt(option, value)


def piece_weights(table: np.ndarray) -> np.ndarray:
    """Return how much each piece tells: the length of its vector in the encoder, 1 on average, at most 3."""
    lengths = np.linalg.norm(table, axis=1)
    return np.minimum(lengths / lengths.mean(), 3).astype(np.float32)


class Worker:
    """A bfloat16 copy of a network that computes its gradients; the vectors of the pieces it shares, in float32.

    Half the memory traffic of autocast, which casts activations back and forth. (Sums of the rare pieces' gradients
    with those of 的 and 。 would be lost in bfloat16.)
    """

    def __init__(self, network: ReaderNetwork) -> None:
        self.network = copy.deepcopy(network).to(torch.bfloat16).train()
        self.network.words = network.words
        pairs = zip(network.parameters(), self.network.parameters(), strict=True)
        self._pairs = [(master, copied) for master, copied in pairs if master is not copied]

    @torch.no_grad()
    def take_weights(self) -> None:
        """Copy the weights of the float32 network."""
        for master, copied in self._pairs:
            copied.copy_(master)

    def give_gradients(self) -> None:
        """Hand the gradients to the float32 network."""
        for master, copied in self._pairs:
            master.grad = copied.grad.float()
            copied.grad = None


def tensors(batch: list[Encoded], device: str) -> dict[str, Tensor]:
    """Return the collated inputs as tensors."""
    return {name: torch.from_numpy(array).to(device) for name, array in collate(batch).items()}


def objective(
    network: ReaderNetwork, units: list[list[Example]], device: str, drop: float
) -> tuple[Tensor, list[float]]:
    """Return the loss of a batch, and its parts: span, answerable, fit, order."""
    rows = [example for unit in units for example in unit]
    start, end, answerable, score = network(**tensors([row.encoded for row in rows], device), drop=drop)
    starts = torch.tensor([row.start for row in rows], device=device)
    ends = torch.tensor([row.end for row in rows], device=device)
    fits = torch.tensor([row.fits for row in rows], device=device)
    span = (F.cross_entropy(start, starts, ignore_index=-1) + F.cross_entropy(end, ends, ignore_index=-1)) / 2
    told = F.binary_cross_entropy_with_logits(answerable, (starts >= 0).float())
    known = fits >= 0
    fit = F.binary_cross_entropy_with_logits(score[known], fits[known].float())
    # Of a question's two passages the one that answers comes first.
    pairs, row = [], 0
    for unit in units:
        if len(unit) == 2:
            pairs.append(row)
        row += len(unit)
    order = F.softplus(score[[i + 1 for i in pairs]] - score[pairs]).mean() if pairs else torch.zeros((), device=device)
    parts = [span, told, fit, order]
    return span + 0.5 * told + 0.3 * fit + 0.5 * order, [part.item() for part in parts]


@torch.no_grad()
def read(network: ReaderNetwork, encoded: list[Encoded], device: str) -> list[Reading]:
    """Return what ``network`` makes of each window, batched by length; ``answerable`` is a logit here."""
    network.eval()
    found: dict[int, Reading] = {}
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].pieces))
    for first in range(0, len(order), 32):
        rows = order[first : first + 32]
        outputs = network(**tensors([encoded[i] for i in rows], device))
        start, end, answerable, score = (output.float().cpu().numpy() for output in outputs)
        for place, row in enumerate(rows):
            length = len(encoded[row].chars)
            ends = start[place, :length], end[place, :length]
            found[row] = Reading(float(score[place]), float(answerable[place]), *ends)
    network.train()
    return [found[row] for row in range(len(encoded))]


def held_out(network: ReaderNetwork, featurizer: Featurizer, items: list[Question], device: str) -> dict[str, float]:
    """Return F1 and EM on the answered of ``items``, if any, and AUROC of answerable over all (first windows only)."""
    encoded = [featurizer.windows(item.question, [item.context])[0][0] for item in items]
    readings = read(network, encoded, device)
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
        unit = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-6)
        state, weights = {"words.weight": torch.from_numpy(8 * unit)}, piece_weights(table)
    featurizer = Featurizer(tokenizer, weights)
    sets, held = load(arguments.data, arguments.generated, arguments.tiny)
    print({name: len(items) for name, items in sets.items()}, flush=True)

    size = {"width": 64, "layers": 2, "inner": 128, "head": 32} if arguments.tiny else {}
    network = ReaderNetwork(Shape(len(weights), **size)).to(device)
    network.load_state_dict(state, strict=bool(arguments.start))
    average = ReaderNetwork(network.shape).to(device)
    average.load_state_dict(network.state_dict())
    worker = Worker(network)
    plain = [p for p in network.parameters() if p.ndim < 2]
    matrices = [p for p in network.parameters() if p.ndim >= 2]
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

    network.train()
    began, examples, recent = time.monotonic(), 0, []
    over = False
    while not over:
        progress = max(step / arguments.steps, (before + time.monotonic() - began) / 60 / arguments.minutes)
        units = pool(
            sets,
            featurizer,
            pools,
            real=0.7 if arguments.start else 0.35 + 0.35 * progress,
            sizes=LONG if arguments.start else SHORT,
            size=64 if arguments.tiny else 1024,
        )
        pools += 1
        for batch in batches(units, np.random.default_rng(pools), TOKENS):
            progress = max(step / arguments.steps, (before + time.monotonic() - began) / 60 / arguments.minutes)
            over = progress >= 1
            if over:
                break
            for group in optimizer.param_groups:
                group["lr"] = arguments.learning_rate * min(1.0, (step + 1) / 300) * (0.03 + 0.97 * (1 - progress))
            worker.take_weights()
            loss, parts = objective(worker.network, batch, device, drop=0.1)
            optimizer.zero_grad()
            loss.backward()
            worker.give_gradients()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            with torch.no_grad():
                torch._foreach_lerp_(
                    list(average.parameters()), list(network.parameters()), 1 - min(EMA, (step + 1) / (step + 10))
                )
            step += 1
            examples += sum(map(len, batch))
            losses.append(loss.item())
            recent.append(parts)
            if step % 25 == 0:
                span, told, fit, order = np.mean(recent, axis=0)
                pace = examples / (time.monotonic() - began)
                print(
                    f"step {step} {progress:.1%} loss {np.mean(losses[-25:]):.3f} span {span:.3f} "
                    f"answerable {told:.3f} fit {fit:.3f} order {order:.3f} | {pace:.0f} examples/s",
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
    """Print the scores on the held-out slice of each training set."""
    for name, items in held.items():
        if items:
            scores = held_out(network, featurizer, items[:250], device)
            print("   ", name, {key: round(value, 3) for key, value in scores.items()}, flush=True)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--tokenizer", type=Path, default=Path("checkpoints/tokenizer.json"))
    parser.add_argument("--encoder", type=Path, default=Path("checkpoints/encoder"))
    parser.add_argument("--start", type=Path, help="weights of a reader to train further, as rag/_weights")
    parser.add_argument("--generated", type=Path, default=Path("checkpoints/generated.jsonl.xz"))
    parser.add_argument("--out", type=Path, default=Path("checkpoints/reader"))
    parser.add_argument("--steps", type=int, default=None, help="at most so many (default 20,000)")
    parser.add_argument("--minutes", type=float, default=80, help="at most so long, over all resumed runs")
    parser.add_argument("--every", type=int, default=400, help="steps between checkpoints")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--tiny", action="store_true", help="a network of two narrow layers, 6 steps")
    arguments = parser.parse_args()
    arguments.steps = arguments.steps or (6 if arguments.tiny else 20_000)
    train(arguments)


if __name__ == "__main__":
    main()
