"""The reader: a small transformer over pieces, with a head over characters so that spans end where they should."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the field's name for it)

from rag._reader import FEATURES


@dataclass(frozen=True, slots=True)
class Shape:
    """The network's size."""

    vocabulary: int
    width: int = 256
    layers: int = 6
    heads: int = 4
    inner: int = 1024
    word: int = 256  # of a piece's vector
    head: int = 128  # of a character's state
    kernel: int = 5


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the halves of each head's vectors by their position (RoPE, Su et al. 2021); x is (B, H, T, D)."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


class Mixer(nn.Module):
    """Depthwise convolution along the sequence, (B, T, D) -> (B, T, D): word order before attention."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(kernel, width) * 0.1)
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        reach = len(self.kernel) // 2
        padded = F.pad(x, (0, 0, reach, reach))
        # Sums of shifted copies: on a CPU several times faster than conv1d with groups.
        mixed = self.bias + 0 * x
        for place in range(len(self.kernel)):
            mixed = mixed + padded[:, place : place + x.shape[1]] * self.kernel[place]
        return mixed


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

    def forward(self, x: Tensor, mask: Tensor, cos: Tensor, sin: Tensor, drop: float) -> Tensor:
        batch, length, width = x.shape
        x = x + self.mixer(self.norms[0](x))
        q, k, v = self.qkv(self.norms[1](x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, attn_mask=mask)
        x = x + F.dropout(self.out(mixed.transpose(1, 2).reshape(batch, length, width)), drop, self.training)
        return x + F.dropout(self.down(F.gelu(self.up(self.norms[2](x)), approximate="tanh")), drop, self.training)


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
        self.whole = nn.Sequential(nn.Linear(shape.width * 2, shape.width), nn.GELU(), nn.Linear(shape.width, 2))
        self.char_word = nn.Linear(shape.word, shape.head)
        self.char_state = nn.Linear(shape.width, shape.head)
        self.char_mixers = nn.ModuleList(Mixer(shape.head, 5) for _ in range(2))
        self.ends = nn.Linear(shape.head, 2)
        half = shape.width // shape.heads // 2
        self.register_buffer("rates", 10_000 ** (-torch.arange(half) / half), persistent=False)
        self.apply(self._initialise)

    @staticmethod
    def _initialise(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.04)
            nn.init.zeros_(module.bias)

    def align(self, words: Tensor, present: Tensor, segment: Tensor) -> tuple[Tensor, Tensor]:
        """Return for each piece the other side's pieces it is like, blended, and the greatest likeness (DrQA's align)."""
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
        words = self.words(pieces)
        blend, likeness = self.align(words, present, segment)
        x = self.enter(words) + self.aligned(blend) + self.segments(segment)
        x = self.norm(x + self.features(torch.cat([features, likeness], dim=-1).to(x.dtype)))
        angles = torch.arange(pieces.shape[1], device=pieces.device)[:, None] * self.rates
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        mask = torch.zeros_like(pieces, dtype=x.dtype).masked_fill(~present, -1e4)[:, None, None, :]
        for block in self.blocks:
            x = block(x, mask, cos, sin, drop)
        x = self.last(x)

        # The separator in front, and the strongest trace that any piece left.
        traces = x.masked_fill(~present[:, :, None], -1e4).amax(1)
        answerable, score = self.whole(torch.cat([x[:, 0], traces], dim=-1)).float().unbind(-1)

        states = torch.gather(self.char_state(x), 1, owner[:, :, None].expand(-1, -1, self.shape.head))
        y = self.char_word(self.words(chars)) + states
        for mixer in self.char_mixers:
            y = y + mixer(F.gelu(y, approximate="tanh"))
        start, end = self.ends(F.gelu(y, approximate="tanh")).float().masked_fill((chars == 0)[:, :, None], -1e4).unbind(-1)
        return start, end, answerable, score
