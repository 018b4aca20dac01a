"""Trains the embedded encoder: one vector a piece, summed (a static embedding), by contrast within the batch.

    python training/encoder.py --data ../shared/data --tokenizer checkpoints/tokenizer.json --out checkpoints/encoder

Symmetric InfoNCE (Oord et al. 2018) over batches of one source each, so that the negatives are of the same kind,
on the first 64 and on all dimensions (Matryoshka, Kusupati et al. 2022), with negatives mined by BM25 beside those of
the batch. Each piece has a learned log-weight, which takes the place of idf. Resumes from its last checkpoint;
``--start rag/_weights`` trains the encoder of the package further.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from data import news, zh_en
from pairs import MAX_TOKENS, Source, encode, sources, windows
from plot import plot
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the field's name for it)

from rag._text import fold

DIMENSION = 256
PREFIXES = (64, 256)
SCALE = 25.0


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


def hit_at_1(table: np.ndarray, tokenizer: Tokenizer, left: list[str], right: list[str]) -> float:
    """Return the share of ``left`` whose nearest among ``right`` is its own; equal texts count as the same."""

    def embed(texts: list[str]) -> np.ndarray:
        ragged = encode(tokenizer, texts, None)
        sums = np.stack([table[ragged[i]].sum(0) for i in range(len(ragged))])
        return sums / np.linalg.norm(sums, axis=1, keepdims=True)

    nearest = (embed(left) @ embed(right).T).argmax(1)
    return float(np.mean([right[found] == right[i] for i, found in enumerate(nearest)]))


def development(data: Path, table: np.ndarray, tokenizer: Tokenizer) -> dict[str, float]:
    """Return hit@1 of title -> text on xwlb_2025h1 and of en -> zh on the 1,000 pairs kept back."""
    broadcasts = [item for item in news(data, "xwlb_2025h1") if item["title"] and item["text"]]
    held = zh_en(data)[1]
    return {
        "xwlb_2025h1 title->text": hit_at_1(
            table, tokenizer, [item["title"] for item in broadcasts], [item["text"] for item in broadcasts]
        ),
        "zh_en en->zh": hit_at_1(table, tokenizer, [en for _, en in held], [zh for zh, _ in held]),
    }


def train(arguments: argparse.Namespace) -> None:
    """Train, checkpointing every 200 steps, and save ``encoder.npy`` (float32) beside its tokenizer and loss plot."""
    torch.manual_seed(0)
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer))
    parts = sources(arguments.data, tokenizer, arguments.tiny)
    ends = np.asarray(
        [tokenizer.token_to_id(mark) for mark in fold("。！？；") if tokenizer.token_to_id(mark)], np.int32
    )
    size = 64 if arguments.tiny else 2048
    shares = np.asarray([part.share for part in parts])
    print({part.name: len(part.left) for part in parts}, flush=True)

    model = StaticEncoder(tokenizer.get_vocab_size())
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
    table = model.table().detach().numpy()
    np.save(arguments.out / "encoder.npy", table)
    plot(losses, arguments.out / "loss.png", "encoder: InfoNCE")
    if not arguments.tiny:
        print(development(arguments.data, table, tokenizer))


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--tokenizer", type=Path, default=Path("checkpoints/tokenizer.json"))
    parser.add_argument("--out", type=Path, default=Path("checkpoints/encoder"))
    parser.add_argument("--start", type=Path, help="weights of an encoder to train further, as rag/_weights")
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--tiny", action="store_true", help="20 steps on a few hundred records of each source")
    arguments = parser.parse_args()
    arguments.steps = arguments.steps or (20 if arguments.tiny else 1000)
    train(arguments)


if __name__ == "__main__":
    main()
