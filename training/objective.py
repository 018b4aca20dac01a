"""What the reader's network learns by: the loss of a batch and its parts."""

import numpy as np
import torch
from examples import Example
from model import ReaderNetwork
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 (the field's name for it)

from rag._featurizer import Encoded, collate

_EXCHANGED = 8.0  # what the loss of exchanged characters counts, most of which are as they were


def tensors(batch: list[Encoded], device: str) -> dict[str, Tensor]:
    """Return the collated inputs as tensors."""
    return {name: torch.from_numpy(array).to(device) for name, array in collate(batch).items()}


def objective(network: ReaderNetwork, units: list[list[Example]], device: str) -> tuple[Tensor, list[float]]:
    """Return the loss of a batch, and its parts: span, answerable, fit, order, contrast, hidden, exchanged."""
    rows = [example for unit in units for example in unit]
    habits = torch.tensor([row.habit for row in rows], device=device)
    given = tensors([row.encoded for row in rows], device)
    states = network.states(**given, habit=habits)
    start, end, answerable, score = network.tell(states, given["chars"] != 0, given["passage"])
    starts = torch.tensor([row.start for row in rows], device=device)
    ends = torch.tensor([row.end for row in rows], device=device)
    fits = torch.tensor([row.fits for row in rows], device=device)
    ends_told = F.cross_entropy(start, starts, ignore_index=-1, reduction="sum")
    ends_told = ends_told + F.cross_entropy(end, ends, ignore_index=-1, reduction="sum")
    held = starts >= 0
    span = ends_told / (2 * held.sum().clamp(min=1))
    answered = torch.tensor([row.answerable for row in rows], device=device)
    told = F.binary_cross_entropy_with_logits(answerable, answered.float())
    known = fits >= 0
    fit = F.binary_cross_entropy_with_logits(score[known], fits[known].float(), reduction="sum")
    fit = fit / known.sum().clamp(min=1)
    # Of a question's two passages the one that answers comes first; of a passage's two questions the answered one.
    rivals, twins, row = [], [], 0
    for unit in units:
        if len(unit) == 2:
            (rivals if unit[1].fits == 0 else twins).append(row)
        row += len(unit)
    order, contrast = _ahead(score, rivals), _ahead(answerable, twins)
    loss = span + 0.8 * told + 0.3 * fit + 0.5 * order + 0.5 * contrast
    named, exchanged, share = _of_news(network, states, rows, device)
    loss = loss + share * (named + _EXCHANGED * exchanged)
    parts = [span, told, fit, order, contrast, named, exchanged]
    return loss, [part.item() for part in parts]


def _of_news(network: ReaderNetwork, states: Tensor, rows: list[Example], device: str) -> tuple[Tensor, Tensor, float]:
    """Return the losses of what is hidden and what exchanged in examples of bare news, and the share of these."""
    corrupted = [(place, row.corruption) for place, row in enumerate(rows) if row.corruption]
    if not corrupted:
        return states.new_zeros(()), states.new_zeros(()), 0.0
    labels = np.full((2, len(corrupted), states.shape[1]), -1)
    for number, (_, corruption) in enumerate(corrupted):
        labels[:, number, : len(corruption.hidden)] = corruption.hidden, corruption.exchanged
    hidden, exchanged = torch.from_numpy(labels).to(device)
    losses = network.cloze(states[[place for place, _ in corrupted]], hidden, exchanged)
    return *losses, len(corrupted) / len(rows)


def _ahead(logits: Tensor, rows: list[int]) -> Tensor:
    """Return the loss of ``rows`` of ``logits`` (B) that are to be greater than the next ones, 0 without any."""
    if not rows:
        return logits.new_zeros(())
    return F.softplus(logits[[row + 1 for row in rows]] - logits[rows]).mean()
