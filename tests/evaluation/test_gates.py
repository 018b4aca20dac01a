"""Gates: certain losses fail, uncertain ones warn."""

from pathlib import Path

import pytest

from rag._errors import JuzhengError
from rag.evaluation import METRICS, check_gates, render_markdown

from .test_compare import run_with


def gates(folder: Path, text: str) -> Path:
    path = folder / "gates.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("gate", "status"),
    [
        ("correct = { at_least = 0.8 }", "pass"),
        # 80 % of 500: the interval reaches from 76.3 to 83.3.
        ("correct = { at_least = 0.82 }", "warn"),
        ("correct = { at_least = 0.82, exactly = true }", "fail"),
        ("correct = { at_least = 0.84 }", "fail"),
        ("over_refusal = { at_most = 0.0 }", "pass"),
        ("refusal_recall = { at_least = 0.5 }", "fail"),
    ],
)
def test_a_gate(tmp_path: Path, gate: str, status: str) -> None:
    run = run_with(set(range(0, 500, 5)))
    (result,) = check_gates(run, gates(tmp_path, f"[many]\n{gate}\n"))
    assert result.status == status
    assert f"| {status} |" in render_markdown(run, [result])


def test_no_gates_for_these_cases(tmp_path: Path) -> None:
    assert check_gates(run_with(set()), gates(tmp_path, "[others]\ncorrect = { at_least = 1 }\n")) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[many]\ncorect = { at_least = 1 }", "指标 corect 不存在"),
        ("[many]\ncorrect = { at_most = 1 }", "at_least = 数"),
        ("[many", "cannot be read"),
    ],
)
def test_a_gate_file_that_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(JuzhengError, match=message):
        check_gates(run_with(set()), gates(tmp_path, text))


def test_our_own_gates_name_metrics() -> None:
    import tomllib

    path = Path(__file__).parents[2] / "evals" / "gates.toml"
    assert all(metric in METRICS for table in tomllib.loads(path.read_text()).values() for metric in table)
