"""The reader: recurrence and attention in turn over characters, each of which carries the vectors of its piece."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the field's name for it)

from rag._featurizer import FEATURES


@dataclass(frozen=True, slots=True)
class Shape:
    """The network's size."""

    vocabulary: int
    word: int = 384  # of a piece's vector, which stays as it is
    tuned: int = 6000  # the commonest pieces have a second vector, which is learned
    width: int = 256
    layers: int = 2  # of recurrence and attention; a last recurrence follows
    heads: int = 4
    match: int = 64  # of the forms in which question and passage are compared


# How fast each head's sight fades with distance, in logits a place (ALiBi, Press et al. 2022, here to both sides).
_SLOPES = (0.0, 1 / 64, 1 / 16, 1 / 4)

# In characters: how far from a span what is said still belongs to it.
_REACH = 30.0

# Habits are shares below a half; as large as other inputs they are learned as fast.
_HABIT_SCALE = 4.0


def distances(place: Tensor) -> Tensor:
    """Return what each head's logits lose with the distance of ``place`` (T) from each other, (heads, T, T)."""
    slopes = torch.tensor(_SLOPES, device=place.device)[:, None, None]
    return -slopes * (place[:, None] - place[None, :]).abs()


class Dropout:
    """Zeroes a share of the channels, the same ones all along a sequence; its random numbers are its own."""

    def __init__(self, share: float, seed: int, device: str) -> None:
        self._share = share
        self._generator = torch.Generator(device).manual_seed(seed)
        self._device = device

    def __call__(self, x: Tensor) -> Tensor:
        chances = torch.rand((len(x), 1, x.shape[2]), generator=self._generator, device=self._device)
        return x * ((chances >= self._share) / (1 - self._share)).to(x.dtype)


def keep(x: Tensor) -> Tensor:
    """Return ``x``: what stands in for Dropout where nothing is learned."""
    return x


class Recurrence(nn.Module):
    """An LSTM in each direction over the normalised input, (B, T, D) -> (B, T, D); padding at the end changes nothing.

    ``mirror`` (B, T, 1) says for each place which one takes its turn when what is not padding is read backwards.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.ahead = nn.LSTM(width, width // 2, batch_first=True)
        self.back = nn.LSTM(width, width // 2, batch_first=True)
        for lstm in (self.ahead, self.back):
            # What is remembered is not forgotten at once (Jozefowicz et al. 2015).
            nn.init.ones_(lstm.bias_hh_l0[width // 2 : width])

    def forward(self, x: Tensor, mirror: Tensor) -> Tensor:
        x = self.norm(x)
        ahead, _ = self.ahead(x)
        back, _ = self.back(x.gather(1, mirror.expand(-1, -1, x.shape[2])))
        return torch.cat([ahead, back.gather(1, mirror.expand(-1, -1, back.shape[2]))], dim=-1)


class Attention(nn.Module):
    """Self-attention over the normalised input, (B, T, D) -> (B, T, D); its logits get ``bias`` (B, heads, T, T)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norm(x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        # Spelt out: on a CPU half the time of scaled_dot_product_attention, whose backward pass is slow there.
        mixed = torch.softmax((q * q.shape[-1] ** -0.5) @ k.transpose(2, 3) + bias, dim=-1) @ v
        return self.out(mixed.transpose(1, 2).reshape(batch, length, width))


class Verification(nn.Module):
    """Whether what is asked is said around the likeliest span: what a passage has elsewhere does not answer.

    Each character of the question looks for its like near the span, and is compared with what it finds (a decomposable
    attention, Parikh et al. 2016, to verify a span, Hu et al. 2019).
    """

    def __init__(self, width: int, match: int) -> None:
        super().__init__()
        self.sought = nn.Linear(width, match)
        self.offered = nn.Linear(width, match)
        self.compared = nn.Sequential(nn.Linear(3 * width, width), nn.ReLU())
        self.judged = nn.Sequential(nn.Linear(3 * width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, x: Tensor, asked: Tensor, passage: Tensor, spot: Tensor) -> Tensor:
        """Return logits (B) for ``x`` (B, T, D), masks of both sides, and how likely each place is: all (B, T)."""
        place = torch.arange(x.shape[1], device=x.device)
        near = spot @ torch.exp((place[:, None] - place[None, :]).abs() / -_REACH)
        count = asked.sum(1).amax()
        question, present = x[:, :count], asked[:, :count, None]
        likeness = self.sought(question) @ self.offered(x).transpose(1, 2) * self.sought.out_features**-0.5
        likeness = likeness.float() + torch.log(near + 1e-4)[:, None]
        weights = torch.softmax(likeness.masked_fill(~passage[:, None], -1e4), dim=-1)
        found = weights.to(x.dtype) @ x
        told = self.compared(torch.cat([question, found, question * found], dim=-1))
        mean = (told * present).sum(1) / present.sum(1)
        most = told.masked_fill(~present, 0.0).amax(1)
        there = (spot.to(x.dtype)[:, None] @ x)[:, 0]
        return self.judged(torch.cat([mean, most, there], dim=-1))[:, 0]


class ReaderNetwork(nn.Module):
    """chars, pieces, features, passage -> start, end (B, T), answerable (B), score (B).

    ``chars`` and ``pieces`` (B, T) are 0 where padded; ``passage`` (B, T) is true on the characters of the passage.
    ``habit`` (B, 2) is of who marked the answer, and told in training alone: what it explains is not learned as the
    answer, and without it spans are as bare as those of most sets.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.drop: Callable[[Tensor], Tensor] = keep
        width = shape.width
        self.words = nn.Embedding(shape.vocabulary, shape.word)
        self.words.weight.requires_grad_(False)
        self.tuned = nn.Embedding(2 * shape.tuned, width)
        self.piece = nn.Linear(shape.word, width)
        self.char = nn.Linear(shape.word, width)
        self.features = nn.Linear(FEATURES + 1, width)
        self.segments = nn.Embedding(2, width)
        self.habit = nn.Linear(2, width, bias=False)
        self.match = nn.Linear(shape.word, shape.match)
        self.aligned = nn.Linear(width, width)
        self.sharpness = nn.Parameter(torch.tensor(10.0))
        self.norm = nn.LayerNorm(width)
        self.recurrences = nn.ModuleList(Recurrence(width) for _ in range(shape.layers + 1))
        self.attentions = nn.ModuleList(Attention(width, shape.heads) for _ in range(shape.layers))
        self.last = nn.LayerNorm(width)
        self.whole = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU(), nn.Linear(width, 2))
        self.start = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))
        self.begun = nn.Linear(width, width)
        self.end = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))
        self.verify = Verification(width, shape.match)
        self.cloze: nn.Module | None = None  # of pre-training alone
        self.apply(self._initialise)
        nn.init.normal_(self.tuned.weight, std=0.1)
        # What matches must be heard beside what is meant.
        nn.init.normal_(self.features.weight, std=0.3)
        nn.init.normal_(self.segments.weight, std=0.3)
        nn.init.zeros_(self.habit.weight)
        nn.init.zeros_(self.verify.judged[2].weight)

    @staticmethod
    def _initialise(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.04)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

    def align(self, words: Tensor, x: Tensor, asked: Tensor, passage: Tensor) -> tuple[Tensor, Tensor]:
        """Return for each character the other side's that it is like, blended, and the greatest likeness (DrQA).

        The question stands in front and is short: all its places, and no others, are compared with all places.
        """
        count = asked.sum(1).amax()
        unit = F.normalize(self.match(words), dim=-1)
        likeness = unit @ unit[:, :count].transpose(1, 2)
        to_asked = likeness.masked_fill(~asked[:, None, :count], -1.0)
        to_passage = likeness.masked_fill(~passage[:, :, None], -1.0)
        blend = torch.softmax(self.sharpness * to_asked, dim=-1) @ x[:, :count]
        back = torch.softmax(self.sharpness * to_passage, dim=1).transpose(1, 2) @ x
        greatest, greatest_back = to_asked.amax(-1), to_passage.amax(1)
        here = passage[:, :count]
        blend = torch.cat([torch.where(here[:, :, None], blend[:, :count], back), blend[:, count:]], dim=1)
        greatest = torch.cat([torch.where(here, greatest[:, :count], greatest_back), greatest[:, count:]], dim=1)
        return blend, greatest[:, :, None]

    def forward(
        self, chars: Tensor, pieces: Tensor, features: Tensor, passage: Tensor, habit: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.tell(self.states(chars, pieces, features, passage, habit), chars != 0, passage)

    def states(
        self, chars: Tensor, pieces: Tensor, features: Tensor, passage: Tensor, habit: Tensor | None = None
    ) -> Tensor:
        """Return what is known of each character (B, T, width), from which all else is told."""
        present = chars != 0
        dtype = self.piece.weight.dtype
        words = self.words(pieces).to(dtype)
        tuned = self.shape.tuned
        x = self.piece(words) + self.char(self.words(chars).to(dtype))
        x = x + self.tuned(chars.clamp(max=tuned - 1)).to(dtype)
        x = x + self.tuned(pieces.clamp(max=tuned - 1) + tuned).to(dtype)
        x = self.drop(x)
        blend, likeness = self.align(words, x, present & ~passage, passage)
        x = x + self.aligned(blend) + self.segments(passage.long())
        if habit is not None:
            x = x + self.habit(_HABIT_SCALE * habit.to(dtype))[:, None]
        x = self.norm(x + self.features(torch.cat([features.to(dtype), likeness], dim=-1)))

        place = torch.arange(chars.shape[1], device=chars.device)
        lengths = present.sum(1, keepdim=True)
        mirror = torch.where(place < lengths, lengths - 1 - place, place)[:, :, None]
        # Between question and passage distance tells nothing; what is absent is not seen.
        together = (passage[:, :, None] == passage[:, None, :]).to(dtype)
        absent = (~present).to(dtype) * -1e4
        bias = distances(place).to(dtype)[None] * together[:, None] + absent[:, None, None]
        for recurrence, attention in zip(self.recurrences, self.attentions, strict=False):
            x = x + self.drop(recurrence(x, mirror))
            x = x + self.drop(attention(x, bias))
        return self.last(x + self.drop(self.recurrences[-1](x, mirror)))

    def tell(self, x: Tensor, present: Tensor, passage: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return what ``forward`` does, of ``states``; ``present`` (B, T) is true where nothing is padded."""
        dtype = x.dtype
        # The separator in front, and the strongest trace that any character left.
        traces = x.masked_fill(~present[:, :, None], -1e4).amax(1)
        answerable, score = self.whole(torch.cat([x[:, 0], traces], dim=-1)).float().unbind(-1)
        start = self.start(x)[:, :, 0].float().masked_fill(~passage, -1e4)
        # The end is looked for knowing where answers begin (pointer networks, as in R-NET).
        begun = torch.softmax(start, dim=-1).to(dtype)[:, None] @ x
        end = self.end(x + self.begun(begun))[:, :, 0].float().masked_fill(~passage, -1e4)
        # Where it stands is not to change for that.
        spot = (torch.softmax(start.detach(), dim=-1) + torch.softmax(end.detach(), dim=-1)) / 2
        answerable = answerable + self.verify(x, present & ~passage, passage, spot).float()
        return start, end, answerable, score
