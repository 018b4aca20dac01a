"""The reader in the package as a network to train on, for when the checkpoint that it was exported from is gone."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor


def load_shipped(weights: Path) -> tuple[dict[str, Tensor], np.ndarray]:
    """Return the state of the int8 reader in the folder ``weights`` as float32, and how much each piece tells.

    The names are those of ``ReaderNetwork.state_dict``; a matrix is off by at most half a quantisation step.
    """
    graph = onnx.load(str(weights / "reader.onnx")).graph
    arrays = {array.name: numpy_helper.to_array(array) for array in graph.initializer}
    state = {name: array for name, array in arrays.items() if array.dtype == np.float32 and not name.endswith("_scale")}
    state["words.weight"] = arrays["words.pieces"] * state.pop("words.scales")[:, None]
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            stem = node.input[1].removesuffix("_quantized")
            steps = arrays[f"{stem}_quantized"].astype(np.float32) - arrays[f"{stem}_zero_point"]
            state[f"{_module(node.name)}.weight"] = (steps * arrays[f"{stem}_scale"]).T
        elif node.op_type == "Identity" and node.input[0] in state:
            state[node.output[0]] = state[node.input[0]]  # equal arrays are exported once
    with np.load(weights / "reader.npz") as stored:
        told = stored["weights"].astype(np.float32)
    return {name: torch.from_numpy(np.array(array)) for name, array in state.items()}, told


def _module(node: str) -> str:
    """Return the module that a product stands in: /blocks.0/qkv/MatMul_quant, /whole/whole.0/Gemm_MatMul_quant."""
    *parents, last = node.strip("/").split("/")[:-1]
    return last if parents and last.startswith(f"{parents[-1]}.") else ".".join([*parents, last])
