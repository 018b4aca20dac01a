"""Pre-training on bare news: what is hidden, exchanged and pointed at, and the head that tells it."""

import random
from pathlib import Path

import numpy as np
import pytest

from rag._featurizer import UNKNOWN, Featurizer


def test_bare_news_is_hidden_exchanged_and_pointed_at(data: Path, featurizer: Featurizer) -> None:
    from cloze import News
    from examples import SHORT

    tokenizer = featurizer._tokenizer
    vectors = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 8)).astype(np.float32)
    news = News(data, tokenizer, vectors)
    texts = "".join(text for _, text in news._articles)
    rng = random.Random(0)
    examples = list(news.examples(featurizer, rng, SHORT, 60))
    for example in examples:
        corruption, encoded = example.corruption, example.encoded
        assert corruption is not None
        hidden, exchanged = corruption.hidden >= 0, corruption.exchanged == 1
        assert not (hidden & (corruption.exchanged >= 0)).any()
        assert (encoded.chars[hidden] == UNKNOWN).all()
        asked = slice(1, encoded.passage_at - 1)
        assert corruption.true == (not exchanged[asked].any())
        # What was there before is a stretch of the news.
        read = [tokenizer.id_to_token(int(char)) for char in encoded.chars]
        for place in np.flatnonzero(hidden):
            read[place] = tokenizer.id_to_token(news.characters[corruption.hidden[place]])
        told = "".join(read[asked])
        if not exchanged[asked].any() and "[UNK]" not in told:
            assert told in texts
        if example.start >= 0:
            pointed = "".join(read[example.start : example.end + 1])
            assert example.start >= encoded.passage_at
            assert pointed in told
            assert hidden[asked].any()
    assert {bool(example.corruption and example.corruption.true) for example in examples} == {True, False}
    assert any(example.start >= 0 for example in examples)


def test_a_word_gives_way_to_one_that_is_used_alike(featurizer: Featurizer) -> None:
    from cloze import Likes

    tokenizer = featurizer._tokenizer
    vectors = np.random.default_rng(0).normal(size=(tokenizer.get_vocab_size(), 4)).astype(np.float32)
    first, second = tokenizer.token_to_id("增长"), tokenizer.token_to_id("下降")
    vectors[second] = vectors[first]
    likes = Likes(tokenizer, vectors)
    rng = random.Random(0)
    others = {likes.other("增长", rng) for _ in range(200)}
    assert "下降" in others
    assert "增长" not in others
    assert all(other and len(other) == 2 for other in others)
    years = {likes.other("2023", rng) for _ in range(50)}
    assert years <= {str(year) for year in range(2020, 2027)} - {"2023"}
    assert all(len(other or "") == 3 for other in (likes.other("520", rng) for _ in range(20)))
    assert likes.other("km", rng) is None


def test_no_articles_are_an_error(data: Path, featurizer: Featurizer, monkeypatch: pytest.MonkeyPatch) -> None:
    import cloze

    monkeypatch.setattr(cloze, "NEWS", ())
    vectors = np.ones((featurizer._tokenizer.get_vocab_size(), 2), np.float32)
    with pytest.raises(ValueError, match="no article of at least 92 characters"):
        cloze.News(data, featurizer._tokenizer, vectors)


def test_what_is_hidden_and_what_exchanged_is_learned_where_it_is_told() -> None:
    import torch
    from cloze import Cloze

    torch.manual_seed(0)
    cloze = Cloze(16, torch.randn(9, 8))
    states = torch.randn(2, 5, 16)
    hidden, exchanged = torch.full((2, 5), -1), torch.full((2, 5), -1)
    assert [loss.item() for loss in cloze(states, hidden, exchanged)] == [0.0, 0.0]
    hidden[0, 1], hidden[1, 3], exchanged[0, 2], exchanged[1, 0] = 4, 7, 1, 0
    before = [loss.item() for loss in cloze(states, hidden, exchanged)]
    optimizer = torch.optim.Adam(cloze.parameters(), 0.05)
    for _ in range(40):
        optimizer.zero_grad()
        sum(cloze(states, hidden, exchanged)).backward()
        optimizer.step()
    after = [loss.item() for loss in cloze(states, hidden, exchanged)]
    assert all(late < 0.1 * early for early, late in zip(before, after, strict=True))
    changed = states.clone()
    changed[:, 4] = 0  # a place of which nothing is told
    assert [loss.item() for loss in cloze(changed, hidden, exchanged)] == pytest.approx(after)
