"""The reader: a small transformer over pieces, with a head over characters so that spans end where they should."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the field's name for it)

from rag._featurizer import FEATURES


@dataclass(frozen=True, slots=True)
class Shape:
    """The network's size."""

    vocabulary: int
    width: int = 256
    layers: int = 5
    heads: int = 4
    inner: int = 768
    word: int = 256  # of a piece's vector
    head: int = 128  # of a character's state
    kernel: int = 5


# How fast each head's sight fades with distance, in logits a piece (ALiBi, Press et al. 2022, here to both sides).
_SLOPES = (0.0, 1 / 32, 1 / 8, 1 / 2)


class Mixer(nn.Module):
    """Depthwise convolution along the sequence, (B, T, D) -> (B, T, D): word order before attention."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)

    def forward(self, x: Tensor) -> Tensor:
        return self.convolution(x.transpose(1, 2)).transpose(1, 2)


class Block(nn.Module):
    """Convolution, self-attention and feed-forward, each on a normalised input and added."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norms = nn.ModuleList(nn.LayerNorm(shape.width) for _ in range(3))
        self.mixer = Mixer(shape.width, shape.kernel)
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.up = nn.Linear(shape.width, shape.inner)
        self.down = nn.Linear(shape.inner, shape.width)

    def forward(self, x: Tensor, bias: Tensor, drop: float) -> Tensor:
        batch, length, width = x.shape
        x = x + self.mixer(self.norms[0](x))
        q, k, v = self.qkv(self.norms[1](x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        # Spelt out: on a CPU half the time of scaled_dot_product_attention, whose backward pass is slow there.
        mixed = torch.softmax((q * q.shape[-1] ** -0.5) @ k.transpose(2, 3) + bias, dim=-1) @ v
        x = x + self._drop(self.out(mixed.transpose(1, 2).reshape(batch, length, width)), drop)
        return x + self._drop(self.down(F.relu(self.up(self.norms[2](x)))), drop)

    def _drop(self, x: Tensor, share: float) -> Tensor:
        # The same channels all along a sequence: a hundredth of the random numbers.
        if not self.training or not share:
            return x
        return x * F.dropout(torch.ones_like(x[:, :1]), share)


class ReaderNetwork(nn.Module):
    """pieces, features, segment, chars, owner -> start, end (B, C), answerable (B), score (B).

    ``pieces`` (B, T) are 0 where padded; ``segment`` (B, T) is 0 for the question and 1 for the passage; ``chars``
    (B, C) are 0 where padded and ``owner`` (B, C) is each character's place in ``pieces``.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.word)
        self.enter = nn.Linear(shape.word, shape.width)
        self.aligned = nn.Linear(shape.word, shape.width)
        self.features = nn.Linear(FEATURES + 1, shape.width)
        self.segments = nn.Embedding(2, shape.width)
        self.sharpness = nn.Parameter(torch.tensor(10.0))
        self.norm = nn.LayerNorm(shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.last = nn.LayerNorm(shape.width)
        self.whole = nn.Sequential(nn.Linear(shape.width * 2, shape.width), nn.ReLU(), nn.Linear(shape.width, 2))
        self.char_word = nn.Linear(shape.word, shape.head)
        self.char_state = nn.Linear(shape.width, shape.head)
        self.char_mixer = Mixer(shape.head, 5)
        self.ends = nn.Linear(shape.head, 2)
        self.apply(self._initialise)
        # What matches must be heard beside what is meant.
        nn.init.normal_(self.features.weight, std=0.3)
        nn.init.normal_(self.segments.weight, std=0.3)
        self.register_buffer("slopes", torch.tensor(_SLOPES)[:, None, None], persistent=False)

    @staticmethod
    def _initialise(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.04)
            nn.init.zeros_(module.bias)

    def align(self, words: Tensor, present: Tensor, segment: Tensor) -> tuple[Tensor, Tensor]:
        """Return for each piece the other side's pieces it is like, blended, and the greatest likeness (DrQA)."""
        unit = F.normalize(words, dim=-1)
        likeness = unit @ unit.transpose(1, 2)
        other = (segment[:, :, None] != segment[:, None, :]) & present[:, None, :]
        likeness = likeness.masked_fill(~other, -1.0)
        shares = torch.softmax(self.sharpness * likeness, dim=-1)
        return shares @ words, likeness.amax(-1, keepdim=True)

    def forward(
        self, pieces: Tensor, features: Tensor, segment: Tensor, chars: Tensor, owner: Tensor, drop: float = 0.0
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        present = pieces != 0
        # Vectors of pieces stay float32 while they train; the rest may be bfloat16.
        dtype = self.enter.weight.dtype
        words = self.words(pieces).to(dtype)
        blend, likeness = self.align(words, present, segment)
        x = self.enter(words) + self.aligned(blend) + self.segments(segment)
        x = self.norm(x + self.features(torch.cat([features.to(dtype), likeness], dim=-1)))
        place = torch.arange(pieces.shape[1], device=pieces.device)
        fading = -self.slopes * (place[:, None] - place[None, :]).abs()
        bias = (fading[None] + ((~present) * -1e4)[:, None, None, :]).to(dtype)
        for block in self.blocks:
            x = block(x, bias, drop)
        x = self.last(x)

        # The separator in front, and the strongest trace that any piece left.
        traces = x.masked_fill(~present[:, :, None], -1e4).amax(1)
        answerable, score = self.whole(torch.cat([x[:, 0], traces], dim=-1)).float().unbind(-1)

        states = torch.gather(self.char_state(x), 1, owner[:, :, None].expand(-1, -1, self.shape.head))
        y = self.char_word(self.words(chars).to(dtype)) + states
        y = y + self.char_mixer(F.relu(y))
        start, end = self.ends(F.relu(y)).float().masked_fill((chars == 0)[:, :, None], -1e4).unbind(-1)
        return start, end, answerable, score
