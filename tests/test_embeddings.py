"""Every embedder owes unit rows, the same vector whatever stands beside a text, and texts of any length."""

from pathlib import Path

import numpy as np
import pytest

from rag._errors import JuzhengError
from rag.embeddings import EmbeddedEncoder, Embedder, SentenceTransformerEmbedder, load_embedder

TEXTS = [
    "中央活力区总投资约520亿元",
    "",
    " \n",
    "The district plans a new metro line.",
    "济南市市中区新增企业200余家。" * 400,
    "😀",
]


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model of a few pieces with recorded prompts, saved to a folder."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    pieces = {"[UNK]": 0, **{char: i for i, char in enumerate("中央活力区总投资约亿元查询文章:520", 1)}}
    tokenizer = Tokenizer(models.WordLevel(pieces, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    weights = np.random.default_rng(0).normal(size=(len(pieces), 8)).astype(np.float32)
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], prompts={"query": "查询:", "document": "文章:"}
    )
    folder = tmp_path_factory.mktemp("model")
    model.save(str(folder))
    return folder


@pytest.fixture(params=["embedded", "sentence-transformers"])
def embedder(request: pytest.FixtureRequest, tiny_folder: Path) -> Embedder:
    return load_embedder("embedded" if request.param == "embedded" else str(tiny_folder))


@pytest.mark.parametrize("kind", ["query", "passage"])
def test_rows_have_length_one(embedder: Embedder, kind: str) -> None:
    texts = TEXTS if embedder.name == "embedded" else [text for text in TEXTS if text.strip()]
    vectors = embedder.embed(texts, kind)  # type: ignore[arg-type]
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(texts), embedder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_neighbours_change_nothing(embedder: Embedder) -> None:
    texts = [TEXTS[0], TEXTS[4], TEXTS[3]]
    together = embedder.embed(texts, "passage")
    alone = np.concatenate([embedder.embed([text], "passage") for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([], "passage").shape == (0, embedder.dimension)


def test_tokens_add_up(embedder: Embedder) -> None:
    one = embedder.count_tokens("总投资约520亿元")
    assert 0 < one <= embedder.max_tokens
    assert embedder.count_tokens("总投资约520亿元" * 10) > 5 * one


def test_the_embedded_encoder_finds_what_is_meant() -> None:
    embedder = load_embedder()
    passages = [
        "中央活力区总投资约520亿元。",
        "昨日全市气温下降,最低零下五度。",
        "学校举行了秋季运动会。",
        "The dog sleeps on the sofa.",
    ]
    asked = {"天气有多冷": 1, "中央活力区要投多少钱": 0, "体育比赛": 2, "狗在沙发上睡觉": 3}
    for question, best in asked.items():
        scores = passages_scores(embedder, question, passages)
        assert int(scores.argmax()) == best, question


def passages_scores(embedder: Embedder, question: str, passages: list[str]) -> np.ndarray:
    return embedder.embed(passages, "passage") @ embedder.embed([question], "query")[0]


def test_script_width_and_case_do_not_matter() -> None:
    embedder = load_embedder()
    vectors = embedder.embed(["國際貿易ＧＤＰ增長5％", "国际贸易gdp增长5%"], "query")
    np.testing.assert_array_equal(vectors[0], vectors[1])


def test_a_prefix_of_the_vector_ranks_alike() -> None:
    embedder = load_embedder()
    passages = ["中央活力区总投资约520亿元。", "昨日全市气温下降,最低零下五度。", "学校举行了秋季运动会。"]
    vectors = embedder.embed(passages, "passage")[:, :64]
    query = embedder.embed(["天气有多冷"], "query")[0, :64]
    assert int((vectors @ query / np.linalg.norm(vectors, axis=1)).argmax()) == 1


def test_the_fingerprint_names_the_weights(tmp_path: Path, tiny_folder: Path) -> None:
    from rag._resources import WEIGHTS

    for name in ("tokenizer.json", "encoder.npz"):
        (tmp_path / name).write_bytes((WEIGHTS / name).read_bytes())
    assert EmbeddedEncoder(tmp_path).fingerprint == EmbeddedEncoder().fingerprint
    with np.load(tmp_path / "encoder.npz") as arrays:
        changed = {name: arrays[name].copy() for name in arrays}
    changed["pieces"][5, 5] += 1
    np.savez(tmp_path / "encoder.npz", **changed)
    assert EmbeddedEncoder(tmp_path).fingerprint != EmbeddedEncoder().fingerprint
    assert SentenceTransformerEmbedder(str(tiny_folder)).fingerprint != EmbeddedEncoder().fingerprint


def test_recorded_prompts_stand_before_the_text(tiny_folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    embedder = load_embedder(str(tiny_folder))
    bare = SentenceTransformer(str(tiny_folder))
    for kind, prompt in (("query", "查询:"), ("passage", "文章:")):
        expected = bare.encode([prompt + TEXTS[0]], prompt="", normalize_embeddings=True)
        np.testing.assert_allclose(embedder.embed([TEXTS[0]], kind), expected, atol=1e-6)  # type: ignore[arg-type]


def test_a_model_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(JuzhengError, match="embedded"):
        load_embedder(str(tmp_path / "nothing"))
