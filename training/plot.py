"""The one picture every training run leaves: its loss."""

from pathlib import Path

import numpy as np


def plot(losses: list[float], path: Path, title: str) -> None:
    """Draw ``losses``, one a step, and their running mean."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3))
    axes.plot(losses, alpha=0.3, linewidth=0.7)
    width = max(1, len(losses) // 40)
    axes.plot(np.arange(width - 1, len(losses)), np.convolve(losses, np.ones(width) / width, "valid"))
    axes.set(title=title, xlabel="step", ylabel="loss")
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    pyplot.close(figure)
