"""Each script runs as written in its tiny form, one after the other, and what they ship reads a passage."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from rag._featurizer import collate
from rag._reader import EmbeddedReader
from rag.embeddings import EmbeddedEncoder, SentenceTransformerEmbedder

SCRIPTS = Path(__file__).parents[2] / "training"


def run(name: str, *arguments: object) -> None:
    """Run a script as its command line does."""
    held = sys.argv
    sys.argv = [name, *map(str, arguments)]
    try:
        runpy.run_path(str(SCRIPTS / name), run_name="__main__")
    finally:
        sys.argv = held


@pytest.fixture(scope="module")
def made(data: Path, own: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything the scripts make, weights included."""
    out = tmp_path_factory.mktemp("made")
    tokenizer, generated = out / "tokenizer.json", out / "generated.jsonl.xz"
    common = ("--data", data, "--tiny")
    run("tokenizer.py", *common, "--out", tokenizer)
    run("encoder.py", *common, "--tokenizer", tokenizer, "--out", out / "encoder")
    run("generate.py", *common, "--out", generated)
    run("vectors.py", *common, "--tokenizer", tokenizer, "--out", out / "vectors.npy")
    trained = ("--tokenizer", tokenizer, "--encoder", out / "encoder", "--vectors", out / "vectors.npy")
    asked = ("--own", own, "--generated", generated)
    run("reader.py", *common, *trained, *asked, "--out", out / "news", "--news", 0.5)
    run("reader.py", *common, *trained, *asked, "--out", out / "reader")
    shipped = ("--tokenizer", tokenizer, "--weights", out / "weights")
    run("export.py", *shipped, "--encoder", out / "encoder", "--reader", out / "reader", "--folder", out / "folder")
    run("calibrate.py", *common, *asked, "--weights", out / "weights", "--pictures", out / "pictures")
    return out


def test_training_leaves_a_loss_plot(made: Path) -> None:
    assert (made / "encoder" / "loss.png").stat().st_size > 1000
    assert (made / "reader" / "loss.png").stat().st_size > 1000
    assert {path.name for path in (made / "pictures").iterdir()} == {"calibration.png", "risk-coverage.png"}


def test_what_was_pre_trained_on_is_not_shipped(made: Path) -> None:
    import torch
    from export import load_network

    state = torch.load(made / "news" / "last.pt", weights_only=False)
    assert any(name.startswith("cloze.") for name in state["average"])
    network, _ = load_network(made / "news" / "last.pt")
    assert not any(name.startswith("cloze.") for name in network.state_dict())


def test_what_is_shipped_embeds_and_reads(made: Path) -> None:
    vectors = EmbeddedEncoder(made / "weights").embed(["云岭大桥总投资多少"], "query")
    assert np.linalg.norm(vectors) == pytest.approx(1)
    reading = EmbeddedReader(made / "weights").read("总投资多少", ["云岭大桥总投资约3.2亿元。"])[0]
    assert reading.start.shape == (14,)
    config = json.loads((made / "weights" / "config.json").read_text(encoding="utf-8"))
    assert 0 <= config["reader"]["refuse_below"] <= 1


def test_the_encoder_loads_as_a_sentence_transformer(made: Path) -> None:
    texts = ["云岭大桥总投资约3.2亿元", "青石街道"]
    ours = EmbeddedEncoder(made / "weights").embed(texts, "passage")
    theirs = SentenceTransformerEmbedder(str(made / "folder")).embed(texts, "passage")
    assert (ours * theirs).sum(1) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("int8", "tolerance"), [(False, 1e-4), (True, 0.15)])
def test_pytorch_and_onnx_agree(made: Path, tmp_path: Path, int8: bool, tolerance: float) -> None:
    import onnxruntime
    import torch
    from export import INPUTS, OUTPUTS, export_reader, load_network
    from tokenizers import Tokenizer

    from rag._featurizer import Featurizer

    checkpoint = made / "reader" / "last.pt"
    export_reader(checkpoint, tmp_path, int8=int8)
    network, weights = load_network(checkpoint)
    featurizer = Featurizer(Tokenizer.from_file(str(made / "tokenizer.json")), weights)
    passages = ["云岭大桥总投资约3.2亿元,占地86亩。", "该项目已于2021年4月开工建设。"]
    inputs = collate([windows[0] for windows in featurizer.windows("云岭大桥什么时候开工", passages)])
    with torch.no_grad():
        expected = network(*(torch.from_numpy(inputs[name]) for name in INPUTS))
    session = onnxruntime.InferenceSession(str(tmp_path / "reader.onnx"))
    for one, other in zip(session.run(OUTPUTS, inputs), expected, strict=True):
        np.testing.assert_allclose(one, other.numpy(), atol=tolerance)


def test_the_shipped_reader_can_be_trained_further(made: Path, data: Path, own: Path, tmp_path: Path) -> None:
    import torch
    from export import load_network
    from shipped import load_shipped

    network, told = load_network(made / "reader" / "last.pt")
    exported = network.state_dict()
    for table in ("words", "tuned"):
        exported[f"{table}.weight"] = exported.pop(f"{table}.pieces") * exported.pop(f"{table}.scales")[:, None]
    exported["habit.weight"].zero_()  # of use in training alone, it is not shipped
    state, weights = load_shipped(made / "weights")
    assert state.keys() == exported.keys()
    for name, array in state.items():
        # Half a step of a matrix's largest number in 127; the rest is exact.
        step = float(exported[name].abs().max()) / 254 if array.ndim == 2 else 0.0
        torch.testing.assert_close(array, exported[name], atol=1.01 * step + 1e-6, rtol=0, msg=name)
    np.testing.assert_allclose(weights, told, atol=2e-3)

    mixed = load_network(made / "reader" / "last.pt", made / "weights", 0.25)[0].state_dict()
    for name in ("piece.weight", "end.2.weight"):
        between = 0.75 * state[name] + 0.25 * exported[name]
        torch.testing.assert_close(mixed[name], between, atol=1e-6, rtol=0)

    further = ("--start", made / "weights", "--tokenizer", made / "tokenizer.json", "--out", tmp_path / "further")
    run("reader.py", "--data", data, "--tiny", "--own", own, "--generated", made / "generated.jsonl.xz", *further)
    assert (tmp_path / "further" / "last.pt").exists()


def test_a_transformer_as_encoder_is_measured_and_not_shipped(made: Path, data: Path, tmp_path: Path) -> None:
    tokenizer = ("--tokenizer", made / "tokenizer.json")
    run("encoder.py", "--data", data, "--tiny", *tokenizer, "--layers", "1", "--out", tmp_path)
    assert (tmp_path / "loss.png").exists()
    assert not (tmp_path / "encoder.npy").exists()


def test_a_finished_run_resumes_to_the_same_weights(made: Path, data: Path) -> None:
    before = np.load(made / "encoder" / "encoder.npy")
    run("encoder.py", "--data", data, "--tiny", "--tokenizer", made / "tokenizer.json", "--out", made / "encoder")
    np.testing.assert_array_equal(before, np.load(made / "encoder" / "encoder.npy"))


def test_the_dictionary_keeps_what_the_news_has(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dictionary

    entries = [
        {"simplified": "公司", "definitions": ["(business) company", "CL:家[jia1]"]},
        {"simplified": "麟凤龟龙", "definitions": ["company of the rare"]},
    ]
    monkeypatch.setattr(dictionary.CcCedict, "get_entries", lambda self: entries)
    monkeypatch.setattr(dictionary, "texts", lambda data, limit: ["公司说，公司将投资。"] * 3)
    monkeypatch.setattr(sys, "argv", ["dictionary.py", "--data", str(data), "--out", str(tmp_path / "dictionary.txt")])
    dictionary.main()
    assert (tmp_path / "dictionary.txt").read_text(encoding="utf-8") == "company\t公司\n"
