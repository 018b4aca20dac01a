"""The networks of training/: what each of their parts computes, on numbers small enough to check."""

import numpy as np
import pytest

from rag._featurizer import Featurizer


def test_question_and_passage_are_aligned_with_each_other_alone() -> None:
    import torch
    from model import ReaderNetwork, Shape
    from torch.nn import functional

    torch.manual_seed(0)
    network = ReaderNetwork(Shape(50, word=8, tuned=10, width=16, heads=4, match=4))
    torch.nn.init.constant_(network.sharpness, 40.0)
    # Two questions of different lengths, the second row padded at its end.
    chars = torch.tensor([[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 0, 0]])
    passage = torch.tensor([[False] * 4 + [True] * 4, [False] * 2 + [True] * 4 + [False] * 2])
    present = chars != 0
    words, x = network.words(chars), torch.randn(2, 8, 16)
    blend, greatest = network.align(words, x, present & ~passage, passage)
    unit = functional.normalize(network.match(words), dim=-1)
    for row in range(2):
        for place in range(int(present[row].sum())):
            others = present[row] & (passage[row] != passage[row, place])
            likeness = unit[row, others] @ unit[row, place]
            expected = torch.softmax(network.sharpness * likeness, 0) @ x[row, others]
            torch.testing.assert_close(greatest[row, place, 0], likeness.max())
            # What is masked keeps the logit of what is least alike, and so a share near nothing.
            torch.testing.assert_close(blend[row, place], expected, atol=1e-3, rtol=0)


def test_what_is_said_far_from_the_span_verifies_nothing() -> None:
    import torch
    from model import Verification

    torch.manual_seed(0)
    verify = Verification(8, 4)
    x = torch.randn(1, 400, 8)
    places = torch.arange(400)
    asked, passage = (places < 5)[None], (places >= 5)[None]
    spot = (places == 20).float()[None]
    with torch.no_grad():
        before = verify(x, asked, passage, spot)
        for place, changes in ((390, False), (25, True)):
            other = x.clone()
            other[0, place] = 3 * torch.randn(8)
            assert torch.allclose(verify(other, asked, passage, spot), before, atol=1e-4) is not changes


def test_padding_changes_nothing(featurizer: Featurizer) -> None:
    import torch
    from model import ReaderNetwork, Shape
    from reader import tensors

    torch.manual_seed(0)
    network = ReaderNetwork(Shape(len(featurizer._weights), word=8, tuned=10, width=16, match=4))
    torch.nn.init.normal_(network.verify.judged[2].weight)  # it begins by saying nothing
    short, long = (made[0] for made in featurizer.windows("大桥投资多少", ["大桥投资3亿元。", "大桥长86米," * 9]))
    with torch.no_grad():
        alone, beside = (network(**tensors(windows, "cpu")) for windows in ([short], [short, long]))
    for one, other in zip(alone, beside, strict=True):
        torch.testing.assert_close(other[0][: len(short.chars)] if other.ndim == 2 else other[0], one[0])


def test_a_transformer_over_the_pieces_begins_with_their_sum() -> None:
    import torch
    from encoder import ContextEncoder, StaticEncoder

    torch.manual_seed(0)
    summed, read = StaticEncoder(50, 16), ContextEncoder(50, 1, 16)
    read.load_state_dict(summed.state_dict(), strict=False)
    texts = [np.array(ids) for ids in ([3, 4, 5], [6], [7, 8, 9, 10, 11, 4])]
    with torch.no_grad():
        torch.testing.assert_close(read(texts), summed(texts))
        torch.nn.init.normal_(read.leave[1].weight)
        together = read(texts)
        assert not torch.allclose(together, summed(texts), atol=0.1)
        # In bfloat16 a sum is off by some hundredths.
        torch.testing.assert_close(together[0], read(texts[:1])[0], atol=0.1, rtol=0.05)


def test_the_loss_is_of_the_ends_the_answer_and_the_order(featurizer: Featurizer) -> None:
    import torch
    from examples import Example
    from model import ReaderNetwork, Shape
    from objective import objective, tensors
    from torch.nn import functional

    torch.manual_seed(0)
    network = ReaderNetwork(Shape(len(featurizer._weights), word=8, tuned=10, width=16, match=4))
    torch.nn.init.normal_(network.habit.weight)
    passages = ["大桥投资3亿元。", "大桥长86米,去年通车。"]
    asked, twin = featurizer.windows("大桥投资多少", passages), featurizer.windows("引桥投资多少", passages[:1])
    windows = [asked[0][0], asked[1][0], asked[0][0], twin[0][0]]
    at = windows[0].passage_at
    answered, habit = (at + 4, at + 6, 1), (0.2, 0.1)
    labels = [answered, (-1, -1, 0), answered, (-1, -1, -1)]
    habits = [habit, (0.0, 0.0), habit, habit]
    rows = [Example(window, *label, habit) for window, label, habit in zip(windows, labels, habits, strict=True)]
    # A question with a passage that does not belong to it, and with a twin on its own.
    loss, (span, told, fit, order, contrast, *rest) = objective(network, [rows[:2], rows[2:]], "cpu")
    assert rest == [0.0, 0.0]  # nothing of it is bare news
    with torch.no_grad():
        inputs = tensors(windows, "cpu")
        start, end, answerable, score = network(**inputs, habit=torch.tensor(habits))
        bare = network(**inputs)[0]
    assert not torch.equal(start[0], bare[0])
    torch.testing.assert_close(start[1], bare[1])
    likelihoods = [start[0].log_softmax(0)[at + 4], end[0].log_softmax(0)[at + 6]]
    assert span == pytest.approx(-float(sum(likelihoods)) / 2, rel=1e-4)
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0])
    assert told == pytest.approx(float(functional.softplus(-signs * answerable).mean()), rel=1e-4)
    assert fit == pytest.approx(float(functional.softplus(-signs * score)[:3].mean()), rel=1e-4)
    assert order == pytest.approx(-float(torch.sigmoid(score[0] - score[1]).log()), rel=1e-4)
    assert contrast == pytest.approx(-float(torch.sigmoid(answerable[2] - answerable[3]).log()), rel=1e-4)
    assert loss.item() == pytest.approx(span + 0.8 * told + 0.3 * fit + 0.5 * order + 0.5 * contrast, rel=1e-4)
