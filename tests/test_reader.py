"""The embedded reader: one score a character, nothing cut off unseen, no reading changed by its neighbours."""

from pathlib import Path

import numpy as np
import pytest

from rag import Assistant, Settings
from rag._errors import JuzhengError
from rag._featurizer import FEATURES, QUESTION, WINDOW, Featurizer, collate
from rag._reader import Reading, load_reader, spans
from rag._resources import WEIGHTS

PASSAGE = (
    "据介绍,云岭湖项目位于青石区柳林街道,总投资约37.5亿元,其中一期投资12亿元,占地86亩,"
    "已于2021年4月动工,计划2024年底建成,建成后可新增就业岗位1600余个。"
)
OTHER = "昨天全市普降小雨,气温明显下降,气象台提醒市民注意添衣,出行带好雨具。"


@pytest.fixture(scope="module")
def featurizer() -> Featurizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    return Featurizer(tokenizer, np.ones(tokenizer.get_vocab_size(), np.float32))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("云岭湖项目总投资多少?", "37.5亿元"),
        ("云岭湖项目占地多少亩", "86亩"),
        ("云岭湖项目什么时候动工的?", "2021年4月"),
        ("云岭湖项目可新增多少就业岗位", "1600余个"),
    ],
)
def test_it_points_at_the_figure_that_is_asked_for(question: str, answer: str) -> None:
    start, end, _ = spans(load_reader().read(question, [PASSAGE])[0], 1)[0]
    assert answer in PASSAGE[start:end] or PASSAGE[start:end] in answer
    assert len(PASSAGE[start:end]) >= len(answer) / 2


def test_the_passage_that_answers_scores_higher() -> None:
    asked = "云岭湖项目总投资多少?"
    right, wrong = load_reader().read(asked, [PASSAGE, OTHER])
    assert right.score > wrong.score
    assert 0 <= wrong.answerable < right.answerable <= 1


@pytest.mark.parametrize("passage", [PASSAGE, "", " ", "\n\n", "😀", PASSAGE * 40])
def test_every_character_has_its_scores(passage: str) -> None:
    reading = load_reader().read("云岭湖项目总投资多少?", [passage])[0]
    assert reading.start.shape == reading.end.shape == (len(passage),)
    assert reading.start.dtype == reading.end.dtype == np.float32
    assert np.isfinite(reading.start).all()
    assert np.isfinite(reading.end).all()


@pytest.mark.parametrize("question", ["", "?", "多少" * 500])
def test_any_question_is_read(question: str) -> None:
    assert np.isfinite(load_reader().read(question, [PASSAGE])[0].score)


def test_neighbours_change_nothing() -> None:
    reader = load_reader()
    alone = reader.read("云岭湖项目总投资多少?", [PASSAGE])[0]
    beside = reader.read("云岭湖项目总投资多少?", [OTHER, PASSAGE * 9, PASSAGE, ""])[2]
    assert (alone.score, alone.answerable) == (beside.score, beside.answerable)
    np.testing.assert_array_equal(alone.start, beside.start)
    np.testing.assert_array_equal(alone.end, beside.end)


def test_an_answer_far_down_a_long_passage_is_found() -> None:
    passage = OTHER * 60 + PASSAGE + OTHER * 60
    start, end, _ = spans(load_reader().read("云岭湖项目总投资多少?", [passage])[0], 1)[0]
    assert "37.5亿" in passage[start:end]


def test_no_passages_give_no_readings() -> None:
    assert load_reader().read("什么", []) == []


def test_traditional_and_wide_characters_read_alike() -> None:
    reader = load_reader()
    one = reader.read("云岭湖项目总投资多少?", ["总投资约37.5亿元。"])[0]
    other = reader.read("雲嶺湖項目總投資多少？", ["總投資約３７.５億元。"])[0]
    np.testing.assert_array_equal(one.start, other.start)


def test_windows_lose_no_character(featurizer: Featurizer) -> None:
    for text in (PASSAGE, PASSAGE * 13, "a b " * 700, "长" * 2000, "㎡" * 400):
        windows = featurizer.windows("总投资多少", [text])[0]
        covered = set()
        for window in windows:
            assert window.length <= WINDOW
            assert len(window.chars) <= WINDOW + QUESTION + 2
            assert len(window.pieces) == len(window.features) == len(window.chars)
            covered.update(range(window.offset, window.offset + window.length))
        assert covered == set(range(len(text)))


def test_features_tell_what_matches(featurizer: Featurizer) -> None:
    window = featurizer.windows("总投资多少", ["天气很好,总投资约520亿元"])[0][0]
    assert window.features.shape == (len(window.chars), FEATURES)
    text = "天气很好,总投资约520亿元"
    matched = window.features[window.passage_at :, 1]
    assert matched[text.index("投")] == 1
    assert matched[text.index("天")] == matched[text.index("亿")] == 0
    assert matched[text.index(",")] == 0


def test_padding_is_zero(featurizer: Featurizer) -> None:
    short, long = (made[0] for made in featurizer.windows("多少", ["约37亿", PASSAGE]))
    inputs = collate([short, long])
    assert (inputs["pieces"][0, len(short.pieces) :] == 0).all()
    assert (inputs["chars"][0, len(short.chars) :] == 0).all()
    assert not inputs["passage"][0, len(short.chars) :].any()
    assert inputs["passage"][0].sum() == short.length
    np.testing.assert_array_equal(inputs["pieces"][1, : len(long.pieces)], long.pieces)


def test_spans_are_the_best_ones_within_the_length() -> None:
    rng = np.random.default_rng(3)
    start, end = rng.normal(size=(2, 40)).astype(np.float32)
    every = [(i, j + 1, float(start[i] + end[j])) for i in range(40) for j in range(i, min(40, i + 6))]
    best = max(every, key=lambda span: span[2])
    found = spans(Reading(0.0, 0.0, start, end), k=10, longest=6)
    assert found[0][:2] == best[:2]
    assert all(0 < high - low <= 6 for low, high, _ in found)
    assert [score for _, _, score in found] == sorted((score for _, _, score in found), reverse=True)


def test_unknown_names_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(JuzhengError, match="embedded"):
        load_reader("no-such-reader")
    with pytest.raises(JuzhengError, match="embedded"):
        load_reader(str(tmp_path / "nothing"))


def test_any_cross_encoder_ranks_what_is_found(tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set(PASSAGE + OTHER))]
    model = tmp_path / "model"
    model.mkdir()
    (model / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    BertTokenizerFast(str(model / "vocab.txt")).save_pretrained(model)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(model)
    reader = load_reader(str(model))
    readings = reader.read("总投资多少", [PASSAGE, OTHER])
    expected = CrossEncoder(str(model)).predict([("总投资多少", PASSAGE), ("总投资多少", OTHER)])
    np.testing.assert_allclose([reading.score for reading in readings], expected, atol=1e-6)
    np.testing.assert_array_equal(readings[0].start, load_reader().read("总投资多少", [PASSAGE])[0].start)
    assert reader.read("总投资多少", []) == []

    # The setting puts it in the search.
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text(PASSAGE, encoding="utf-8")
    settings = Settings(reader=str(model))
    with Assistant.build(tmp_path / "corpus", tmp_path / "index", settings) as assistant:
        hit = assistant.search("云岭湖项目总投资多少", k=1)[0]
        score = reader.read("云岭湖项目总投资多少", [hit.passage.text])[0].score
        assert hit.rerank == pytest.approx(score, abs=1e-5)
