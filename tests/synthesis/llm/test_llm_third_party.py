"""A server that is not ours: transformers' own, with a model of one random layer that this test makes."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import open_assistant

from rag.synthesis.llm import ModelError, load_model

pytestmark = [
    pytest.mark.skipif(not os.environ.get("JUZHENG_SLOW_TESTS"), reason="starts a server; set JUZHENG_SLOW_TESTS=1"),
    pytest.mark.skipif(find_spec("accelerate") is None, reason="transformers serve needs accelerate"),
]
QUESTION = "临海新港二期工程总投资多少"
_MAKE = """
import sys
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

letters = sorted(pre_tokenizers.ByteLevel.alphabet())
inner = Tokenizer(models.BPE({letter: number for number, letter in enumerate([*letters, "<s>", "</s>"])}, []))
inner.pre_tokenizer, inner.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>", eos_token="</s>")
tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
tokenizer.save_pretrained(sys.argv[1])
config = LlamaConfig(
    vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
    max_position_embeddings=32768, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
)
model = LlamaForCausalLM(config)
model.generation_config.max_new_tokens = 2000
model.save_pretrained(sys.argv[1])
"""


@dataclass
class Running:
    """The server's address, the name of its model, and its process."""

    url: str
    model: str
    process: subprocess.Popen[bytes]

    @property
    def setting(self) -> str:
        return f"openai-like:{self.model}@{self.url}"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("model")
    quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", _MAKE, str(folder)], check=True, env=quiet)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "transformers"), "serve", str(folder), "--host", "127.0.0.1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--device", "cpu"], env=quiet, stdout=log, stderr=log
        )
    try:
        for _ in range(600):
            assert process.poll() is None, (folder / "log").read_text()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.5)
        yield Running(f"http://127.0.0.1:{port}/v1", str(folder), process)
    finally:
        process.kill()
        process.wait()


def test_it_streams(running: Running) -> None:
    model = load_model(running.setting, silence=120)
    pieces = model.stream([("user", "你好")])
    assert next(pieces)
    assert next(pieces)
    pieces.close()
    model.close()


def test_it_is_cancelled_and_serves_on(running: Running) -> None:
    model = load_model(running.setting, silence=120)
    for _ in range(3):
        pieces = model.stream([("user", "你好")])
        assert next(pieces)
        pieces.close()
    model.close()


def test_nonsense_is_never_shown_as_supported(running: Running, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_assistant(index, running.url, monkeypatch, model=running.model, silence=300) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.engine == "reader" or answer.refused


def test_it_times_out(running: Running, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_assistant(index, running.url, monkeypatch, model=running.model, silence=0.001) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.engine == "reader"
    assert "0.001 秒" in answer.notice


def test_it_dies_in_the_middle(running: Running) -> None:
    model = load_model(running.setting, silence=120)
    pieces = model.stream([("user", "你好")])
    assert next(pieces)
    running.process.kill()
    with pytest.raises(ModelError) as raised:
        list(pieces)
    assert raised.value.kind == "interrupted"
    with pytest.raises(ModelError) as raised:
        model.complete([("user", "你好")])
    assert raised.value.kind == "unreachable"
    model.close()
