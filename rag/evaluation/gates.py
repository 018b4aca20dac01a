"""Gates: the least a score may be before CI stops a change.

A gate file is TOML with a table for each case file (its name without ending) and a line for each metric:
``"hit@5" = { at_least = 0.95 }`` or ``over_refusal = { at_most = 0.05 }``. A score fails its gate when its whole
95 % interval is beyond it, so that chance alone seldom stops anyone; with ``exactly = true`` the score itself counts.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag._errors import UsageError
from rag.evaluation.run import Run, Score
from rag.evaluation.scoring import METRICS


@dataclass(frozen=True, slots=True)
class GateResult:
    """A score beside its gate; ``warn`` when it is beyond the gate by less than its interval."""

    metric: str
    limit: float
    score: Score
    status: Literal["pass", "warn", "fail"]


def check_gates(run: Run, gates: str | Path) -> list[GateResult]:
    """Return the gates of the run's case file; none where the gate file does not name it.

    Raises:
        UsageError: the gate file cannot be read or names a metric that does not exist.
    """
    path = Path(gates)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"门槛文件 {path} 读不了：{error}；请改正或另指定。(the gates cannot be read)") from error
    return [_check(run, metric, gate, path) for metric, gate in table.get(run.name, {}).items()]


def _check(run: Run, metric: str, gate: dict[str, Any], path: Path) -> GateResult:
    if metric not in METRICS:
        raise UsageError(f"{path} 里的指标 {metric} 不存在，可用：{', '.join(METRICS)}。(no such metric)")
    lower = METRICS[metric].better == "higher"
    limit = gate.get("at_least" if lower else "at_most")
    if not isinstance(limit, int | float):
        wanted = f"{{ {'at_least' if lower else 'at_most'} = 数 }}"
        raise UsageError(f"{path} 里 {metric} 的门槛须写作 {wanted}，而不是 {gate}。(no such gate)")
    score = run.score(metric)
    if score.mean is None or score.low is None or score.high is None:
        # What was not measured was not passed.
        return GateResult(metric, limit, score, "fail")
    beyond = score.mean < limit if lower else score.mean > limit
    certain = score.high < limit if lower else score.low > limit
    status: Literal["pass", "warn", "fail"] = "pass"
    if beyond:
        status = "fail" if certain or gate.get("exactly") else "warn"
    return GateResult(metric, limit, score, status)
