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

    def matrix(name: str) -> np.ndarray:
        """Return what ``NAME_quantized`` stands for, a row an output."""
        stem = name.removesuffix("_quantized")
        steps = arrays[name].astype(np.float32) - arrays[f"{stem}_zero_point"][..., None, :]
        return np.swapaxes(steps * arrays[f"{stem}_scale"][..., None, :], -1, -2)

    kept = [name for name, array in arrays.items() if array.dtype == np.float32]
    state = {name: arrays[name] for name in kept if not name.endswith("_scale") and not name.startswith("onnx::")}
    for name in ("words", "tuned"):
        state[f"{name}.weight"] = arrays[f"{name}.pieces"] * state.pop(f"{name}.scales")[:, None]
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            state[f"{_module(node.name)}.weight"] = matrix(node.input[1])
        elif node.op_type == "DynamicQuantizeLSTM":
            _, given, before, bias, *_ = node.input
            told = {"weight_ih": matrix(given)[0], "weight_hh": matrix(before)[0]}
            told["bias_ih"], told["bias_hh"] = np.split(arrays[bias][0], 2)
            state |= {f"{_module(node.name)}.{name}_l0": _gates(array) for name, array in told.items()}
        elif node.op_type == "Identity" and node.input[0] in state:
            state[node.output[0]] = state[node.input[0]]  # equal arrays are exported once
    # What is told in training alone is not in the graph.
    state["habit.weight"] = np.zeros((state["segments.weight"].shape[1], 2), np.float32)
    with np.load(weights / "reader.npz") as stored:
        weighed = stored["weights"].astype(np.float32)
    return {name: torch.from_numpy(np.array(array)) for name, array in state.items()}, weighed


def _gates(array: np.ndarray) -> np.ndarray:
    """Return the gates of an LSTM in PyTorch's order; ONNX has input, output, forget, cell."""
    entry, out, forget, cell = np.split(array, 4)
    return np.concatenate([entry, forget, cell, out])


def _module(node: str) -> str:
    """Return the module that a product stands in: /attentions.0/qkv/MatMul_quant, /whole/whole.0/Gemm_MatMul_quant."""
    *parents, last = node.strip("/").split("/")[:-1]
    if parents and last.startswith(f"{parents[-1]}."):
        parents.pop()
    return ".".join([*parents, last])
