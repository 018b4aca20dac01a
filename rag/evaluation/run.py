"""Runs: every case asked once, what came back kept line by line, and the scores worked out from that.

A run folder holds ``run.json`` (what was run: cases, index generation, settings, prompts, weights, versions),
``cases.jsonl``, ``items.jsonl`` (an observation a line, appended as it comes) and ``scores.json``. The scores are a
function of the two middle files, so a run that was killed and resumed has the scores of one that was not.
"""

import dataclasses
import hashlib
import json
import platform
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any

from rag._errors import JuzhengError, UsageError
from rag._resources import WEIGHTS, packaged
from rag.evaluation.cases import Case, Cases, load_cases, save_cases
from rag.evaluation.evidence import Assistant, Locator
from rag.evaluation.judge import Judge
from rag.evaluation.metrics.confidence import area_under_risk_coverage, expected_calibration_error
from rag.evaluation.observation import Observation, observe
from rag.evaluation.scoring import LOST, METRICS, Lost, owed, score, where_lost
from rag.evaluation.statistics import interval, percentile

NOT_RUN = "未运行：上次中断，再执行同一命令即可续跑 (not run: the same command again goes on where it stopped)"


@dataclass(frozen=True, slots=True)
class Item:
    """One case with what was observed, its scores by metric name, and the stage that lost it (None: none did)."""

    case: Case
    seen: Observation
    scores: Mapping[str, float]
    lost: Lost | None

    def value(self, metric: str) -> float | None:
        """Return the score, the worst there is where the case ended in an error, None where it has none."""
        if metric in self.scores:
            return self.scores[metric]
        if self.seen.error is not None and self.case.scorable and metric in owed(self.case):
            return 0.0 if METRICS[metric].better == "higher" else 1.0
        return None


@dataclass(frozen=True, slots=True)
class Score:
    """The mean of a metric over ``scored`` + ``errors`` items with its 95 % interval; all None where there is none.

    ``n`` = scored + unscored + errors is the number of items that the metric is about.
    """

    mean: float | None
    low: float | None
    high: float | None
    scored: int
    unscored: int
    errors: int

    @property
    def n(self) -> int:
        return self.scored + self.unscored + self.errors


@dataclass(frozen=True, slots=True)
class Run:
    """All cases of a file with their scores. ``about`` is what was run, ``faults`` what is wrong with the cases."""

    name: str
    items: tuple[Item, ...]
    about: Mapping[str, Any]
    faults: tuple[str, ...] = ()

    @property
    def kinds(self) -> list[str]:
        """The kinds of the cases, in the order of their first case."""
        return list(dict.fromkeys(item.case.kind for item in self.items))

    def of(self, kind: str | None) -> list[Item]:
        """Return the items of ``kind``; None for all."""
        return [item for item in self.items if kind is None or item.case.kind == kind]

    def score(self, metric: str, kind: str | None = None) -> Score:
        """Return the score of ``metric``, for one kind or for all."""
        items = self.of(kind)
        values = [value for item in items if (value := item.value(metric)) is not None]
        scored = sum(metric in item.scores for item in items)
        unscored = sum(_unscored(item, metric) for item in items)
        if not values:
            return Score(None, None, None, scored, unscored, 0)
        low, high = interval(values, METRICS[metric].binary)
        return Score(sum(values) / len(values), low, high, scored, unscored, len(values) - scored)

    def judged(self) -> list[tuple[float, bool]]:
        """Return (confidence, right) of every answer that was given to a scorable case."""
        return [
            (item.seen.confidence, bool(item.scores["correct"]))
            for item in self.items
            if item.scores and not item.seen.refused
        ]

    def agreement(self) -> dict[str, tuple[float, int]]:
        """Return by metric of the judge how often it and the deterministic one agree, and over how many cases.

        They agree on a case when both or neither give it the full score. A metric over no case is not there.
        """
        found = {}
        for judged, exact in (("judged", "right"), ("judged_support", "cite_recall")):
            both = [(one.scores[judged], one.scores[exact]) for one in self.items if {judged, exact} <= set(one.scores)]
            if both:
                found[judged] = (sum((a == 1) == (b == 1) for a, b in both) / len(both), len(both))
        return found

    def tokens(self) -> dict[str, int]:
        """Return the number of answers that a language model wrote, and the tokens sent to it and written by it."""
        counted = [item.seen.tokens for item in self.items if item.seen.tokens]
        sent, written = (sum(pair[side] for pair in counted) for side in (0, 1))
        return {"answers": len(counted), "sent": sent, "written": written}

    def engines(self) -> dict[str, int]:
        """Return how many answers each engine gave: where a model fails, the embedded reader answers in its place."""
        return dict(Counter(item.seen.engine for item in self.items if item.seen.engine).most_common())

    def seconds(self) -> dict[str, tuple[float, float]]:
        """Return the median and the 95th percentile of the seconds of each stage; wall time, so no score."""
        stages: dict[str, list[float]] = {}
        for item in self.items:
            for stage, taken in item.seen.seconds:
                stages.setdefault(stage, []).append(taken)
        return {stage: (percentile(taken, 0.5), percentile(taken, 0.95)) for stage, taken in stages.items()}

    def lost(self) -> dict[str, int]:
        """Return how many items each stage lost, stages in the order of the flow; errors last."""
        counts = {stage: sum(item.lost == stage for item in self.items) for stage in LOST}
        counts["error"] = sum(item.seen.error is not None for item in self.items)
        return {stage: count for stage, count in counts.items() if count}

    def to_dict(self) -> dict[str, Any]:
        """Return all scores as plain JSON types, nothing in them that depends on the clock."""
        return {
            "cases": self.about["cases"],
            "index": self.about["index"],
            "scores": {name: dataclasses.asdict(self.score(name)) for name in METRICS if self.score(name).n},
            "kinds": {
                kind: {name: dataclasses.asdict(self.score(name, kind)) for name in METRICS if self.score(name, kind).n}
                for kind in self.kinds
            },
            "aurc": round(area_under_risk_coverage(self.judged()), 6),
            "ece": round(expected_calibration_error(self.judged()), 6),
            "lost": self.lost(),
            "engines": self.engines(),
            "tokens": self.tokens(),
            "items": {item.case.id: {**item.scores, "lost": item.lost} for item in self.items},
        }


def _unscored(item: Item, metric: str) -> bool:
    if metric == "judged":
        return item.seen.judged and item.seen.label is None
    if metric == "judged_support":
        return None in item.seen.support
    return not item.case.scorable and metric in owed(item.case)


def evaluate(
    cases: Cases,
    assistant: Assistant,
    out: str | Path | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    workers: int = 1,
    judge: Judge | None = None,
    strict: bool = False,
) -> Run:
    """Ask every case and return the run.

    With ``out`` the run is kept in that folder, and a folder that holds the first part of the same run is gone on
    with: cases answered before are not asked again, those that ended in an error are. ``progress(done, total)`` is
    called after each case; ``workers`` threads ask at the same time. Without ``strict``, evidence that the corpus
    does not hold is named in ``Run.faults`` and lost to the corpus.

    Raises:
        JuzhengError: ``strict`` and evidence is missing; or ``out`` holds another run, or cannot be written.
    """
    locator = Locator(assistant, cases)
    faults = (*cases.faults, *locator.faults(cases))
    if strict and faults:
        raise JuzhengError(
            f"题目与语料不符：{faults[0]}（共 {len(faults)} 处）；请改正，或不用 --strict。"
            f"(mend {cases.name}, or run without --strict)"
        )
    about = _about(cases, assistant, judge)
    folder = None if out is None else Path(out)
    done = {} if folder is None else _open(folder, cases, about, faults)

    pending = [case for case in cases if case.id not in done]
    writing = Lock()

    def ask(case: Case) -> Observation:
        seen = observe(case, assistant, locator, judge)
        # Kept by the thread that asked: what was answered is on disk before the next question, whoever reads results.
        if folder is not None:
            with writing:
                _append(folder / "items.jsonl", seen)
        return seen

    with ThreadPoolExecutor(workers) as pool:
        try:
            for seen in pool.map(ask, pending):
                done[seen.id] = seen
                if progress is not None:
                    progress(len(done), len(cases))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise

    run = _run(cases, done, about, faults)
    if folder is not None:
        _write(folder / "scores.json", run.to_dict())
    return run


def load_run(path: str | Path) -> Run:
    """Read a run folder. Cases that an interrupted run did not reach count as errors.

    Raises:
        UsageError: ``path`` is no run folder.
    """
    folder = Path(path)
    if not (folder / "run.json").is_file():
        raise UsageError(
            f"{folder} 不是运行目录，缺 run.json；请先运行 juzheng eval CASES -o {folder}。"
            "(no run folder, run.json is missing)"
        )
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    cases = load_cases(folder / "cases.jsonl")
    return _run(
        Cases(about["cases"]["name"], cases.cases), _read(folder / "items.jsonl"), about, tuple(about["faults"])
    )


def _run(cases: Cases, done: Mapping[str, Observation], about: Mapping[str, Any], faults: tuple[str, ...]) -> Run:
    items = []
    for case in cases:
        seen = done.get(case.id) or Observation(case.id, (), error=NOT_RUN)
        scores = score(case, seen)
        items.append(Item(case, seen, scores, where_lost(case, seen, scores)))
    return Run(cases.name, tuple(items), about, faults)


def _about(cases: Cases, assistant: Assistant, judge: Judge | None) -> dict[str, Any]:
    settings = assistant.settings
    if dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        settings = dataclasses.asdict(settings)
    about = {
        "cases": {"name": cases.name, "digest": cases.digest, "count": len(cases)},
        "index": assistant.index.generation,
        "settings": settings,
        "judge": judge.name if judge else None,
        "prompts": _digests(packaged("prompts")),
        "weights": _digests(WEIGHTS),
        "versions": {"python": platform.python_version(), **dict(_versions())},
    }
    # Through JSON and back, so that what is compared on resuming is what was written.
    return json.loads(json.dumps(about, default=str))  # type: ignore[no-any-return]


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted(folder.glob("*"))
        if path.is_file()
    }


def _versions() -> Iterator[tuple[str, str]]:
    for name in ("juzheng", "numpy", "onnxruntime", "faiss-cpu", "tantivy", "rjieba"):
        try:
            yield name, version(name)
        except PackageNotFoundError:  # run from a checkout that is not installed
            yield name, "not installed"


def _open(folder: Path, cases: Cases, about: dict[str, Any], faults: tuple[str, ...]) -> dict[str, Observation]:
    """Make the run folder, or read what is there of the same run; errors are left out, to be tried again."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "run.json").is_file():
            there = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            changed = [name for name in about if there.get(name) != about[name]]
            if changed:
                raise UsageError(
                    f"只能续跑同一次运行，而 {folder} 的 {', '.join(changed)} 不同；请另指定目录，或删去它。"
                    f"({folder} is of other {', '.join(changed)}: name another folder, or remove this one)"
                )
            return {name: seen for name, seen in _read(folder / "items.jsonl").items() if seen.error is None}
        save_cases(cases, folder / "cases.jsonl")
        # Last, since it makes the folder a run.
        _write(folder / "run.json", {**about, "faults": list(faults)})
    except OSError as error:
        raise JuzhengError(
            f"运行结果写不进 {folder}：{error.strerror}；请另指定目录。(the run cannot be kept there)"
        ) from error
    return {}


def _read(path: Path) -> dict[str, Observation]:
    """Read the observations, the last of each case; cut off a last line that a kill left half written."""
    if not path.is_file():
        return {}
    raw = path.read_bytes()
    whole = raw[: raw.rfind(b"\n") + 1]
    if len(whole) < len(raw):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    seen = (Observation.from_dict(json.loads(line)) for line in whole.splitlines())
    return {one.id: one for one in seen}


def _append(path: Path, seen: Observation) -> None:
    line = json.dumps(seen.to_dict(), ensure_ascii=False) + "\n"
    with path.open("ab") as file:
        file.write(line.encode())


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
