"""Writes the trained encoder into the package, small, and as a SentenceTransformer folder.

    python training/export.py --encoder checkpoints/encoder --tokenizer checkpoints/tokenizer.json

The encoder is stored as int8 with one scale a piece (cosines move by less than 0.001).
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from rag._resources import WEIGHTS


def export_encoder(table: np.ndarray, tokenizer: Path, weights: Path, folder: Path | None) -> None:
    """Store ``table`` (vocabulary, dimension) as int8 in ``weights``, and as a SentenceTransformer in ``folder``."""
    weights.mkdir(parents=True, exist_ok=True)
    scales = np.maximum(np.abs(table).max(1), 1e-8) / 127
    np.savez(
        weights / "encoder.npz",
        pieces=np.round(table / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
    )
    if tokenizer != weights / "tokenizer.json":
        shutil.copy(tokenizer, weights / "tokenizer.json")
    if folder is not None:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.models import Normalize, StaticEmbedding

        static = StaticEmbedding(Tokenizer.from_file(str(tokenizer)), embedding_weights=table.astype(np.float32))
        SentenceTransformer(modules=[static, Normalize()]).save(str(folder))


def main() -> None:
    """Export what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path, default=Path("checkpoints/encoder"))
    parser.add_argument("--tokenizer", type=Path, default=Path("checkpoints/tokenizer.json"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--folder", type=Path, default=Path("checkpoints/juzheng-encoder"))
    arguments = parser.parse_args()
    export_encoder(np.load(arguments.encoder / "encoder.npy"), arguments.tokenizer, arguments.weights, arguments.folder)


if __name__ == "__main__":
    main()
