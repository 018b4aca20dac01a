"""A server that is not ours: transformers' own, with models of one random layer that this test makes."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from rag import Answer
from rag.synthesis.llm import ModelError, load_model
from tests.synthesis.llm.conftest import open_assistant

QUESTION = "临海新港二期工程总投资多少"
MESSAGES = [("user", "你好")]
# It answers one request after the other: a model that writes for ever is free again only when a request is ended.
ENDLESS, SHORT = 10**7, 1024  # tokens; the server gives a model no fewer


@dataclass
class Running:
    """A server, the folder of its models (by which it knows them), and its process."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def setting(self, tokens: int) -> str:
        return f"openai-like:{self.folder / str(tokens)}@{self.url}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    for tokens in (ENDLESS, SHORT):
        make_model(made / str(tokens), tokens)
    return made


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Running]:
    with serving(folder) as running:
        yield running


@pytest.fixture
def doomed(folder: Path) -> Iterator[Running]:
    """A server of its own for the test that kills it: one that was stopped at times goes on with what nobody wants."""
    with serving(folder) as running:
        yield running


@contextmanager
def serving(folder: Path) -> Iterator[Running]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).parent / "transformers", "serve", "--host", "127.0.0.1", "--port", str(port)]
    quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with (folder / f"log-{port}").open("wb") as log:
        process = subprocess.Popen([*command, "--device", "cpu"], env=quiet, stdout=log, stderr=log)
    try:
        for _ in range(600):
            assert process.poll() is None, (folder / f"log-{port}").read_text()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield Running(f"http://127.0.0.1:{port}/v1", folder, process)
    finally:
        process.kill()
        process.wait()


def make_model(folder: Path, tokens: int) -> None:
    """Write a Llama of one random layer over single bytes, which writes ``tokens`` tokens of nonsense."""
    folder.mkdir()
    letters = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "<s>", "</s>"]
    tokenizer = Tokenizer(models.BPE({letter: number for number, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(folder / "tokenizer.json"))
    size, layer, random = 16, "model.layers.0.", np.random.default_rng(0)
    shapes = {f"{layer}self_attn.{part}_proj.weight": (size, size) for part in "qkvo"}
    shapes |= {f"{layer}mlp.{part}_proj.weight": (size, size) for part in ("gate", "up", "down")}
    shapes |= {f"{layer}{part}_layernorm.weight": (size,) for part in ("input", "post_attention")}
    shapes |= {"model.norm.weight": (size,)}
    shapes |= dict.fromkeys(("model.embed_tokens.weight", "lm_head.weight"), (len(letters), size))
    weights = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "vocab_size": len(letters),
        "hidden_size": size,
        "intermediate_size": size,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": 32768,
    }
    template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    reader = {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": template}
    # No token ends a text: it goes on to the limit.
    for name, content in (
        ("config.json", config),
        ("tokenizer_config.json", reader),
        ("generation_config.json", {"max_new_tokens": tokens}),
    ):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_it_streams_and_a_request_that_is_closed_ends_at_the_server(running: Running) -> None:
    model = load_model(running.setting(ENDLESS), silence=300)
    for _ in range(3):
        pieces = model.stream(MESSAGES)
        assert next(pieces)
        assert next(pieces)
        pieces.close()
    stop = threading.Event()
    for piece in model.stream(MESSAGES, stop):
        assert piece
        stop.set()
    assert next(model.stream(MESSAGES))
    model.close()


def test_nonsense_is_never_shown_as_supported(running: Running, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = str(running.folder / str(SHORT))
    with open_assistant(index, running.url, monkeypatch, model=model, silence=300) as assistant:
        answer = assistant.ask(QUESTION)
    # It is cut at the server's limit, so the reader answers.
    assert (answer.engine, answer.short) == ("reader", "约36.8亿元")
    assert "上限" in answer.notice


def test_a_model_it_has_not(running: Running) -> None:
    model = load_model(f"openai-like:{running.folder / 'none'}@{running.url}", silence=300)
    with pytest.raises(ModelError) as raised:
        model.complete(MESSAGES)
    assert raised.value.kind == "server"  # it says 500 where others say 404
    model.close()


def test_it_falls_silent_in_the_middle(running: Running, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model_folder = str(running.folder / str(ENDLESS))
    # It is loaded now, and answers within the silence: one that writes for ever goes on a while when nobody listens.
    asked = {"model": model_folder, "messages": [{"role": "user", "content": "你好"}], "max_tokens": 4}
    loading = urllib.request.Request(
        f"{running.url}/chat/completions", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(loading, timeout=300).close()
    with open_assistant(index, running.url, monkeypatch, model=model_folder, silence=20) as assistant:
        pieces = assistant.stream(QUESTION)
        shown = str(next(pieces))
        running.process.send_signal(signal.SIGSTOP)
        try:
            *_, answer = pieces
        finally:
            running.process.send_signal(signal.SIGCONT)
    assert isinstance(answer, Answer)
    assert (answer.engine, answer.short) == ("reader", "约36.8亿元")
    assert "20 秒" in answer.notice
    assert " ".join(shown.split()) in answer.notice


def test_it_dies_in_the_middle(doomed: Running) -> None:
    model = load_model(doomed.setting(ENDLESS), silence=300)
    pieces = model.stream(MESSAGES)
    assert next(pieces)
    doomed.process.kill()
    with pytest.raises(ModelError) as raised:
        list(pieces)
    assert raised.value.kind == "interrupted"
    with pytest.raises(ModelError) as raised:
        model.complete(MESSAGES)
    assert raised.value.kind == "unreachable"
    model.close()
