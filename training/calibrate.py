"""Makes ``answerable`` a probability, chooses the threshold below which to refuse, and draws both pictures.

    python training/calibrate.py --data ../shared/data

A logistic curve (Platt 1999) is fitted on one half, by paragraph, of what is kept back of zh_squad2, of the questions
made of news and of our own; everything reported is on the other half. The threshold is the lowest one at which the
answers given are right (F1 of at least one half) as often as ``--risk`` asks; it goes to the weights' config.json.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from data import OWN, Question, generated, kept_back, own_questions, questions, sample
from scipy.optimize import minimize
from scoring import auroc, calibration_error, overlap

from rag._reader import EmbeddedReader, spans
from rag._resources import WEIGHTS


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a set of questions: logit of answerable, whether it is, and whether the best span is right."""

    logits: np.ndarray
    answerable: np.ndarray
    right: np.ndarray


def judge(reader: EmbeddedReader, items: list[Question], slope: float, shift: float) -> Judged:
    """Read every item and undo the calibration (``slope``, ``shift``) that the reader carries."""
    logits, right = [], []
    for item in items:
        reading = reader.read(item.question, [item.context])[0]
        given = min(max(reading.answerable, 1e-9), 1 - 1e-9)
        logits.append((np.log(given / (1 - given)) - shift) / slope)
        start, end, _ = spans(reading, 1)[0]
        said = item.context[start:end]
        right.append(max((overlap(said, item.context[low:high]) for low, high in item.answers), default=0.0) >= 0.5)
    return Judged(np.asarray(logits), np.asarray([bool(item.answers) for item in items]), np.asarray(right))


def fit(judged: Judged) -> tuple[float, float]:
    """Return slope and shift of the logistic curve that makes the labels likeliest."""

    def loss(parameters: np.ndarray) -> float:
        margin = (parameters[0] * judged.logits + parameters[1]) * np.where(judged.answerable, 1, -1)
        return float(np.logaddexp(0, -margin).mean())

    slope, shift = minimize(loss, [1.0, 0.0]).x
    return float(slope), float(shift)


def risk_coverage(confidence: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coverage, risk (share of wrong answers among those given) and threshold, most confident first."""
    order = np.argsort(-confidence, kind="stable")
    given = np.arange(1, len(order) + 1)
    return given / len(order), 1 - np.cumsum(right[order]) / given, confidence[order]


def draw(folder: Path, labels: np.ndarray, confidence: np.ndarray, right: np.ndarray, threshold: float) -> None:
    """Write ``calibration.png`` (reliability diagram) and ``risk-coverage.png`` to ``folder``."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(4, 4))
    places = np.minimum((confidence * 10).astype(int), 9)
    bins = np.unique(places)
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    axes.plot([confidence[places == b].mean() for b in bins], [labels[places == b].mean() for b in bins], "o-")
    error = calibration_error(list(labels), list(confidence))
    axes.set(title=f"answerable: ECE {error:.3f}, {len(labels)} questions", xlabel="said", ylabel="true")
    figure.tight_layout()
    figure.savefig(folder / "calibration.png", dpi=80)
    pyplot.close(figure)

    figure, axes = pyplot.subplots(figsize=(5, 3.5))
    coverage, risk, thresholds = risk_coverage(confidence, right)
    axes.plot(coverage, risk)
    chosen = int((thresholds >= threshold).sum()) - 1
    axes.plot(coverage[chosen], risk[chosen], "o", label=f"threshold {threshold:.2f}")
    axes.set(title="answers given and wrong answers among them", xlabel="coverage", ylabel="risk")
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / "risk-coverage.png", dpi=80)
    pyplot.close(figure)


def main() -> None:
    """Fit, choose, draw, and write the weights' config.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--generated", type=Path, default=Path("checkpoints/generated.jsonl.xz"))
    parser.add_argument("--own", type=Path, default=OWN, help="questions on passages of --data")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--pictures", type=Path, default=Path("docs"))
    parser.add_argument("--risk", type=float, default=0.25, help="the share of wrong answers to be borne")
    parser.add_argument("--questions", type=int, default=1200, help="of each of the three sets")
    parser.add_argument("--tiny", action="store_true", help="40 questions of each set")
    arguments = parser.parse_args()
    count = 40 if arguments.tiny else arguments.questions

    path = arguments.weights / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    before = config["reader"]["calibration"]
    translated = kept_back(questions(arguments.data, "zh_squad2"))[1]
    made = generated(arguments.generated)[1]
    own = own_questions(arguments.data, arguments.own)[1]
    halves = [kept_back(sample(items, count), 0.5, seed=2) for items in (translated, made, own)]
    reader = EmbeddedReader(arguments.weights)
    fitted, tested = (
        judge(reader, [item for half in halves for item in half[side]], before["slope"], before["shift"])
        for side in (0, 1)
    )
    slope, shift = fit(fitted)
    confidence = 1 / (1 + np.exp(-(slope * tested.logits + shift)))
    coverage, risk, thresholds = risk_coverage(confidence, tested.right)
    allowed = np.flatnonzero(risk <= arguments.risk)
    threshold = float(thresholds[allowed[-1]]) if len(allowed) else 1.0
    config["reader"] = {
        **config["reader"],
        "calibration": {"slope": round(slope, 4), "shift": round(shift, 4)},
        "refuse_below": round(threshold, 3),
    }
    path.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    arguments.pictures.mkdir(parents=True, exist_ok=True)
    draw(arguments.pictures, tested.answerable, confidence, tested.right, threshold)
    covered = float(coverage[allowed[-1]]) if len(allowed) else 0.0
    print(
        f"slope {slope:.3f} shift {shift:.3f} | on the other half: AUROC {auroc(tested.answerable, confidence):.3f}, "
        f"ECE {calibration_error(tested.answerable, confidence):.3f}; refusing below {threshold:.3f} answers "
        f"{covered:.1%}, of which {arguments.risk:.0%} are wrong"
    )


if __name__ == "__main__":
    main()
