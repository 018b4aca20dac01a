"""Writes the trained models into the package, small, and the encoder as a SentenceTransformer folder.

    python training/export.py --encoder checkpoints/encoder --reader checkpoints/reader

Vectors of pieces are stored as int8 with one scale a piece, the reader's matrices as int8 with one scale a column;
activations are scaled as they come (dynamic quantisation).
"""

import argparse
import json
import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from model import ReaderNetwork
from shipped import load_shipped
from tokenizers import Tokenizer
from torch import Tensor, nn

from rag._featurizer import FEATURES
from rag._resources import WEIGHTS

INPUTS = ["chars", "pieces", "features", "passage"]
OUTPUTS = ["start", "end", "answerable", "score"]


class QuantisedVectors(nn.Module):
    """Vectors of pieces as int8 with one scale each, in place of an embedding."""

    def __init__(self, table: np.ndarray) -> None:
        super().__init__()
        pieces, scales = quantise(table)
        self.register_buffer("pieces", torch.from_numpy(pieces))
        self.register_buffer("scales", torch.from_numpy(scales))

    def forward(self, ids: Tensor) -> Tensor:
        return self.pieces[ids].float() * self.scales[ids][..., None]


def quantise(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ``table`` as int8, and the float32 scale of each row."""
    scales = np.maximum(np.abs(table).max(1), 1e-8) / 127
    return np.round(table / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def export_encoder(table: np.ndarray, tokenizer: Path, weights: Path, folder: Path | None) -> None:
    """Store ``table`` (vocabulary, dimension) as int8 in ``weights``, and as a SentenceTransformer in ``folder``."""
    pieces, scales = quantise(table)
    np.savez(weights / "encoder.npz", pieces=pieces, scales=scales)
    if folder is not None:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

        static = StaticEmbedding(Tokenizer.from_file(str(tokenizer)), embedding_weights=table.astype(np.float32))
        SentenceTransformer(modules=[static, Normalize()]).save(str(folder))


def load_network(checkpoint: Path, beside: Path | None = None, share: float = 1.0) -> tuple[ReaderNetwork, np.ndarray]:
    """Return the averaged network of a checkpoint as it is shipped (vectors in int8), and the weights of the pieces.

    ``share`` is its part in a mean with the reader in the folder ``beside``, which it was trained further from: between
    the two lie weights that read better than either (WiSE-FT, Wortsman et al. 2022).
    """
    state = torch.load(checkpoint, map_location="cpu", weights_only=False)
    network = ReaderNetwork(state["shape"])
    found = {name: array for name, array in state["average"].items() if not name.startswith("cloze.")}
    if beside is not None:
        start, _ = load_shipped(beside)
        found = {name: torch.lerp(start[name], array, share) for name, array in found.items()}
    network.load_state_dict(found)
    network.words = QuantisedVectors(network.words.weight.detach().numpy())
    network.tuned = QuantisedVectors(network.tuned.weight.detach().numpy())
    return network.eval(), state["weights"]


def export_reader(
    checkpoint: Path, weights: Path, *, beside: Path | None = None, share: float = 1.0, int8: bool = True
) -> None:
    """Store the network as ``reader.onnx`` and the weights of the pieces as ``reader.npz``; keep the calibration."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network, told = load_network(checkpoint, beside, share)
    example = (
        torch.ones(2, 12, dtype=torch.int64),
        torch.ones(2, 12, dtype=torch.int64),
        torch.zeros(2, 12, FEATURES),
        (torch.arange(12) > 4).expand(2, -1),
    )
    axes = {name: {0: "batch", 1: "chars"} for name in (*INPUTS, "start", "end")}
    axes |= {"answerable": {0: "batch"}, "score": {0: "batch"}}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The exporter of torch.export wants one more package and gives the same graph.
        warnings.simplefilter("ignore")
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(
            network, example, str(plain), input_names=INPUTS, output_names=OUTPUTS, dynamic_axes=axes, dynamo=False
        )
        if int8:
            quantize_dynamic(
                plain,
                weights / "reader.onnx",
                op_types_to_quantize=["MatMul", "LSTM"],
                per_channel=True,
                weight_type=QuantType.QInt8,
            )
        else:
            shutil.copy(plain, weights / "reader.onnx")
    np.savez(weights / "reader.npz", weights=told.astype(np.float16))
    config = weights / "config.json"
    kept = json.loads(config.read_text(encoding="utf-8")) if config.exists() else {}
    kept.setdefault("reader", {"calibration": {"slope": 1.0, "shift": 0.0}})
    config.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Export what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path, help="folder of training/encoder.py")
    parser.add_argument("--reader", type=Path, help="folder of training/reader.py")
    parser.add_argument("--beside", type=Path, help="weights that --reader was trained further from, to mix with it")
    parser.add_argument("--share", type=float, default=1.0, help="of --reader in that mixture")
    parser.add_argument("--tokenizer", type=Path, default=Path("checkpoints/tokenizer.json"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--folder", type=Path, help="where to write the encoder as a SentenceTransformer")
    parser.add_argument("--float32", action="store_true", help="do not quantise the reader's matrices")
    arguments = parser.parse_args()
    arguments.weights.mkdir(parents=True, exist_ok=True)
    (arguments.weights / "tokenizer.json").write_bytes(arguments.tokenizer.read_bytes())
    if arguments.encoder:
        table = np.load(arguments.encoder / "encoder.npy")
        export_encoder(table, arguments.tokenizer, arguments.weights, arguments.folder)
    if arguments.reader:
        export_reader(
            arguments.reader / "last.pt",
            arguments.weights,
            beside=arguments.beside,
            share=arguments.share,
            int8=not arguments.float32,
        )


if __name__ == "__main__":
    main()
