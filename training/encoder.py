"""Trains the embedded encoder: one vector a piece, summed (a static embedding), by contrast within the batch.

    python training/encoder.py --data ../shared/data --tokenizer checkpoints/tokenizer.json --out checkpoints/encoder

Symmetric InfoNCE (Oord et al. 2018) over batches of one source each, so that the negatives are of the same kind,
on the first 64 and on all dimensions (Matryoshka, Kusupati et al. 2022), with negatives mined by BM25 beside those of
the batch. Each piece has a learned log-weight, which takes the place of idf. Resumes from its last checkpoint;
``--start rag/_weights`` trains the encoder of the package further.

    python training/encoder.py --start rag/_weights --layers 2 --pairs 256 --out checkpoints/context

has a transformer read the pieces before they are summed, to measure what that would gain: it is not exported.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from data import news, questions, zh_en
from memory import keep_memory
from model import Attention, distances
from pairs import MAX_TOKENS, Source, encode, sources, windows
from plot import plot
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the field's name for it)

from rag._text import fold

Embed = Callable[[list[np.ndarray]], Tensor]
DIMENSION = 256
PREFIXES = (64, 256)
SCALE = 25.0
HEADS = 4  # of the transformer that is measured beside it


class StaticEncoder(nn.Module):
    """Sum of weighted piece vectors, scaled to length 1."""

    def __init__(self, vocabulary: int, dimension: int = DIMENSION) -> None:
        super().__init__()
        self.vectors = nn.Parameter(torch.randn(vocabulary, dimension) / dimension**0.5)
        self.log_weights = nn.Parameter(torch.zeros(vocabulary))

    def table(self) -> Tensor:
        """Return the (vocabulary, dimension) vectors with their weights multiplied in."""
        return self.vectors * self.log_weights.exp()[:, None]

    def forward(self, texts: list[np.ndarray]) -> Tensor:
        """Return the (n, dimension) sums for texts given as token ids."""
        ids = torch.from_numpy(np.concatenate(texts).astype(np.int64))
        offsets = torch.from_numpy(np.cumsum([0] + [len(text) for text in texts[:-1]]))
        weights = self.log_weights.exp()[ids]
        return F.embedding_bag(ids, self.vectors, offsets, mode="sum", per_sample_weights=weights)


class ContextEncoder(StaticEncoder):
    """A static encoder whose pieces are read by layers of self-attention first; these begin by changing nothing."""

    def __init__(self, vocabulary: int, layers: int, dimension: int = DIMENSION) -> None:
        super().__init__(vocabulary, dimension)
        self.enter = nn.LayerNorm(dimension)
        self.attentions = nn.ModuleList(Attention(dimension, HEADS) for _ in range(layers))
        self.thoughts = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(dimension),
                nn.Linear(dimension, 4 * dimension),
                nn.ReLU(),
                nn.Linear(4 * dimension, dimension),
            )
            for _ in range(layers)
        )
        self.leave = nn.Sequential(nn.LayerNorm(dimension), nn.Linear(dimension, dimension))
        nn.init.zeros_(self.leave[1].weight)
        nn.init.zeros_(self.leave[1].bias)

    def forward(self, texts: list[np.ndarray]) -> Tensor:
        """Return the (n, dimension) sums for texts given as token ids."""
        lengths = torch.tensor([len(text) for text in texts])
        ids = nn.utils.rnn.pad_sequence([torch.from_numpy(text.astype(np.int64)) for text in texts], batch_first=True)
        place = torch.arange(ids.shape[1])
        present = place < lengths[:, None]
        weighted = self.vectors[ids] * self.log_weights.exp()[ids][:, :, None]
        with torch.autocast("cpu", torch.bfloat16):
            x = self.enter(weighted).bfloat16()
            bias = distances(place)[None].masked_fill(~present[:, None, None, :], -1e4).bfloat16()
            for attention, thought in zip(self.attentions, self.thoughts, strict=True):
                x = x + attention(x, bias)
                x = x + thought(x)
            read = self.leave(x)
        return ((weighted + read.float()) * present[:, :, None]).sum(1)


def contrast(left: Tensor, right: Tensor, hard: Tensor | None) -> Tensor:
    """Return symmetric InfoNCE, averaged over the Matryoshka prefixes; ``hard`` are more rivals of ``right``."""
    target = torch.arange(len(left))
    losses = []
    for prefix in PREFIXES:
        asked = SCALE * F.normalize(left[:, :prefix])
        scores = asked @ F.normalize(right[:, :prefix]).T
        rivals = scores if hard is None else torch.cat([scores, asked @ F.normalize(hard[:, :prefix]).T], dim=1)
        losses.append(F.cross_entropy(rivals, target) + F.cross_entropy(scores.T, target))
    return torch.stack(losses).mean() / 2


def batch(source: Source, size: int, ends: np.ndarray, rng: np.random.Generator) -> tuple[list, list, list]:
    """Draw ``size`` pairs of ``source`` without repetition, and the negatives that were mined for them."""
    chosen = rng.permutation(len(source.left))[:size]
    if source.right is None:
        pairs = [windows(source.left[i], ends, rng) for i in chosen if len(source.left[i]) > 30]
        return [left for left, _ in pairs], [right for _, right in pairs], []

    def part(text: np.ndarray) -> np.ndarray:
        # A passage is often only a part of its article.
        start = int(rng.integers(len(text) // 3)) if len(text) > 90 and rng.random() < 0.3 else 0
        return text[start : start + int(rng.integers(60, MAX_TOKENS + 1))]

    mined = [] if source.hard is None else source.hard[chosen]
    hard = [part(source.right[i]) for i in mined if i >= 0]
    return [source.left[i] for i in chosen], [part(source.right[i]) for i in chosen], hard


@torch.no_grad()
def development(data: Path, embed: Embed, tokenizer: Tokenizer) -> dict[str, float]:
    """Return hit@1 on the dev sets and the 1,000 zh-en pairs kept back, and passages of 300 characters a second.

    ``embed`` gives the (n, DIMENSION) sums of texts given as token ids.
    """

    def vectors(texts: list[str]) -> Tensor:
        ragged = encode(tokenizer, texts, None)
        order = sorted(range(len(texts)), key=lambda i: -len(ragged[i]))
        found = torch.empty(len(texts), DIMENSION)
        while order:
            # Attention takes memory by the square of the longest.
            most = max(1, min(64, 2**24 // max(1, len(ragged[order[0]])) ** 2))
            rows, order = order[:most], order[most:]
            found[rows] = F.normalize(embed([ragged[i] for i in rows]))
        return found

    def hit_at_1(pairs: list[tuple[str, str]]) -> float:
        """Return the share of left sides that are nearest to their own right side, among the different ones."""
        rights = list(dict.fromkeys(right for _, right in pairs))
        nearest = (vectors([left for left, _ in pairs]) @ vectors(rights).T).argmax(1).tolist()
        return sum(rights[found] == right for found, (_, right) in zip(nearest, pairs, strict=True)) / len(pairs)

    broadcasts = [(item["title"], item["text"]) for item in news(data, "xwlb_2025h1") if item["title"] and item["text"]]
    scores = {"xwlb_2025h1 title->text": hit_at_1(broadcasts)}
    scores["zh_en en->zh"] = hit_at_1([(en, zh) for zh, en in zh_en(data)[1]])
    for name in ("cmrc_dev", "dureader_robust_dev"):
        scores[name] = hit_at_1([(item.question, item.context) for item in questions(data, name)])
    passages = [text[:300] for _, text in broadcasts if len(text) >= 300]
    began = time.perf_counter()
    vectors(passages)
    return {**scores, "passages/s": len(passages) / (time.perf_counter() - began)}


def train(arguments: argparse.Namespace) -> None:
    """Train, checkpointing every 200 steps, and save ``encoder.npy`` (float32) beside its tokenizer and loss plot."""
    keep_memory()
    torch.manual_seed(0)
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer))
    parts = sources(arguments.data, tokenizer, arguments.tiny)
    ends = np.asarray(
        [tokenizer.token_to_id(mark) for mark in fold("。！？；") if tokenizer.token_to_id(mark)], np.int32
    )
    size = 64 if arguments.tiny else arguments.pairs
    shares = np.asarray([part.share for part in parts])
    print({part.name: len(part.left) for part in parts}, flush=True)

    pieces = tokenizer.get_vocab_size()
    model = ContextEncoder(pieces, arguments.layers) if arguments.layers else StaticEncoder(pieces)
    if arguments.start:
        with np.load(arguments.start / "encoder.npz") as shipped:
            model.vectors.data.copy_(torch.from_numpy(shipped["pieces"] * shipped["scales"][:, None]))
    optimizer = torch.optim.Adam(model.parameters(), lr=arguments.learning_rate)
    done, losses = 0, []
    saved = arguments.out / "last.pt"
    if saved.exists():
        state = torch.load(saved)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        done, losses = state["step"], state["losses"]

    began = time.monotonic()
    for step in range(done, arguments.steps):
        rng = np.random.default_rng(step)  # the batches of a resumed run are those of an unbroken one
        for group in optimizer.param_groups:
            warm = min(1.0, (step + 1) / 50)
            group["lr"] = arguments.learning_rate * warm * (1 - step / arguments.steps)
        left, right, hard = batch(parts[rng.choice(len(parts), p=shares / shares.sum())], size, ends, rng)
        loss = contrast(model(left), model(right), model(hard) if hard else None)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            pace = (time.monotonic() - began) / (step + 1 - done)
            print(f"{step + 1}/{arguments.steps} loss {np.mean(losses[-50:]):.3f} {pace:.2f} s/step", flush=True)
        if (step + 1) % 200 == 0 or step + 1 == arguments.steps:
            state = {
                "model": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step + 1,
                "losses": losses,
            }
            torch.save(state, saved)
    if not arguments.layers:
        np.save(arguments.out / "encoder.npy", model.table().detach().numpy())
    plot(losses, arguments.out / "loss.png", "encoder: InfoNCE")
    if not arguments.tiny:
        print(development(arguments.data, model, tokenizer))


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--tokenizer", type=Path, default=Path("checkpoints/tokenizer.json"))
    parser.add_argument("--out", type=Path, default=Path("checkpoints/encoder"))
    parser.add_argument("--start", type=Path, help="weights of an encoder to train further, as rag/_weights")
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--pairs", type=int, default=2048, help="a batch")
    parser.add_argument("--layers", type=int, default=0, help="of self-attention over the pieces, to measure them")
    parser.add_argument("--tiny", action="store_true", help="20 steps on a few hundred records of each source")
    arguments = parser.parse_args()
    arguments.steps = arguments.steps or (20 if arguments.tiny else 1000)
    train(arguments)


if __name__ == "__main__":
    main()
