"""The command line to the letter of the contract: output, exit codes, one line on stderr."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import rag


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m rag`` in ``cwd``."""
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with an index of the packaged sample, made by the first question asked in it."""
    folder = tmp_path_factory.mktemp("work")
    first = run("ask", "中央活力区总投资多少", cwd=folder)
    assert first.returncode == 0, first.stderr
    assert "约520亿元" in first.stdout
    return folder


def test_ask_prints_the_answer_its_sentence_and_where_it_stands(built: Path) -> None:
    done = run("ask", "中央活力区总投资多少", cwd=built)
    assert done.returncode == 0
    assert done.stdout.startswith("约520亿元")
    assert "活力区总投资约520亿元" in done.stdout
    assert "001_4a7aa3a06cf36d38.txt" in done.stdout
    assert done.stderr == ""


def test_ask_json_is_the_contract(built: Path) -> None:
    answer = json.loads(run("ask", "中央活力区总投资多少", "--json", cwd=built).stdout)
    assert answer["short"] == "约520亿元"
    assert answer["refused"] is False
    assert answer["reason"] is None
    assert answer["engine"] == "reader"
    [citation, *_] = answer["citations"]
    assert {"number", "source", "title", "published", "quote", "spans"} <= citation.keys()
    assert "活力区总投资约520亿元" in citation["quote"]
    figure = next(figure for figure in answer["figures"] if figure["text"] == "约520亿元")
    assert (figure["value"], figure["unit"], figure["status"], figure["citation"]) == (52_000_000_000, "元", "exact", 1)
    assert {"retrieve", "answer", "verify"} <= answer["seconds"].keys()


def test_a_refusal_exits_with_0(built: Path) -> None:
    done = run("ask", "什么是量子纠缠？", "--json", cwd=built)
    assert done.returncode == 0
    assert json.loads(done.stdout)["refused"] is True


def test_search_shows_what_each_retriever_found(built: Path) -> None:
    hits = json.loads(run("search", "中央活力区", "-k", "3", "--json", cwd=built).stdout)
    assert len(hits) == 3
    assert hits[0]["lexical"] is not None


def test_a_folder_and_a_tag_narrow_the_search(corpus: Path) -> None:
    (corpus / "桥梁").mkdir()
    (corpus / "bridge.txt").rename(corpus / "桥梁" / "bridge.txt")
    run("build", str(corpus), cwd=corpus.parent)
    narrowed = ("--tag", "橋樑", "--source", "*.txt", "--source", "别的")
    hits = json.loads(run("search", "项目", *narrowed, "--json", cwd=corpus.parent).stdout)
    assert [(hit["source"], hit["tags"]) for hit in hits] == [("桥梁/bridge.txt", ["桥梁"])]
    assert run("ask", "东港大桥总投资多少", "--tag", "桥梁", cwd=corpus.parent).stdout.startswith("27.5亿元")


def test_build_reports_and_a_second_build_changes_nothing(corpus: Path) -> None:
    first = json.loads(run("build", str(corpus), "--json", cwd=corpus.parent).stdout)
    second = json.loads(run("build", str(corpus), "--json", cwd=corpus.parent).stdout)
    assert (first["added"], second["added"], second["unchanged"]) == (4, 0, 4)
    assert first["generation"] == second["generation"]
    assert run("check", cwd=corpus.parent).returncode == 0


def test_one_bad_file_is_named_and_does_not_stop_the_build(corpus: Path) -> None:
    (corpus / "picture.txt").write_bytes(bytes(range(256)) * 40)
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    done = run("build", str(corpus), cwd=corpus.parent)
    assert done.returncode == 0
    assert "picture.txt" in done.stderr
    assert "broken.pdf" in done.stderr
    assert "27.5亿元" in run("ask", "东港大桥总投资多少", cwd=corpus.parent).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("ask", ""), 2, "问题"),
        (("ask", "？？？"), 2, "问题"),
        (("ask", "问" * 30_000), 2, "2000"),
        (("ask", "总投资", "--index", "nowhere"), 1, "nowhere"),
        (("ask", "总投资", "--since", "上个月"), 2, "since"),
        (("ask",), 2, "QUESTION"),
        (("ask", "总投资", "多少"), 2, "引号"),
        (("ask", "总投资", "--indx", "i"), 2, "--indx"),
        (("ask", "总投资", "--index"), 2, "--index"),
        (("ask", "总投资", "--index", "file"), 2, "file"),
        (("ask", "总投资", "--llm", "bogus"), 2, "bogus"),
        (("build",), 2, "FOLDER"),
        (("build", "nowhere"), 2, "nowhere"),
        (("build", "file", "--index", "file"), 2, "file"),
        (("search", "总投资", "-k", "0"), 2, "k"),
        (("serve", "--port", "99999"), 2, "--port"),
        (("ui", "--host", "203.0.113.1"), 2, "203.0.113.1"),
        (("eval", "nowhere.jsonl"), 2, "nowhere.jsonl"),
        (("eval",), 2, "draft"),
        (("eval", "c.jsonl", "--dry-run"), 2, "--judge"),
        (("compare", "a", "b"), 2, "run.json"),
        (("bogus",), 2, "bogus"),
    ],
)
def test_wrong_use_is_told_in_one_line(built: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    (built / "file").touch()
    done = run(*arguments, cwd=built)
    assert done.returncode == code, done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith("juzheng: ")
    assert words in line
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["serve", "ui"])
def test_a_port_that_is_taken_is_told_in_one_line(built: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(command, "--port", port, cwd=built)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert port in line


def test_a_folder_of_which_nothing_can_be_read_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"\x89PNG")
    done = run("build", "photos", cwd=tmp_path)
    assert done.returncode == 2
    assert "a.png" in done.stderr
    assert "photos" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("command", ["ask", "search"])
def test_no_index_is_built_for_a_question_that_is_none(tmp_path: Path, command: str) -> None:
    done = run(command, "", cwd=tmp_path)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert "问题" in line
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_that_knows_only_ascii_is_answered(built: Path) -> None:
    """Trap: Python writes Chinese to such a terminal as a traceback."""
    done = run("ask", "中央活力区总投资多少", cwd=built, PYTHONIOENCODING="ascii")
    assert done.stdout.startswith("约520亿元"), done.stderr


def test_an_interrupted_build_says_so(tmp_path: Path) -> None:
    """Trap: a shell's Ctrl-C reached click first, which said nothing."""
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps({"id": f"{n}", "text": f"第{n}号桥投资{n}亿元。" * 50}) + "\n" for n in range(5_000)),
        encoding="utf-8",
    )
    # What a shell runs in the background ignores Ctrl-C, and so would the build that such a test run starts.
    code = "from signal import *; signal(SIGINT, default_int_handler); from rag.cli import main; main()"
    command = [sys.executable, "-c", code, "build", "a.jsonl"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "juzheng-index").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err.decode()
    assert err.decode().splitlines() == ["juzheng: 已中断。(interrupted)"]
    assert out == b""


def test_ask_does_not_import_torch(built: Path) -> None:
    code = (
        "import sys; from rag import Assistant\n"
        "with Assistant.open('juzheng-index') as a: a.ask('中央活力区总投资多少')\n"
        "heavy = ('torch', 'gradio', 'llama_index', 'trafilatura', 'sentence_transformers')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=built, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "[]"


def test_eval_compare_and_gates(built: Path, tmp_path: Path) -> None:
    case = {
        "id": "c-1",
        "kind": "figure",
        "question": "中央活力区总投资多少",
        "answers": ["约520亿元"],
        "evidence": [{"source": "001_4a7aa3a06cf36d38.txt", "quote": "活力区总投资约520亿元"}],
    }
    (tmp_path / "sample.jsonl").write_text(json.dumps(case, ensure_ascii=False) + "\n", encoding="utf-8")
    kept = ("-o", str(tmp_path / "run"), "--report", str(tmp_path / "run.md"))
    done = run("eval", str(tmp_path / "sample.jsonl"), *kept, cwd=built)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "scores.json").is_file()
    assert (tmp_path / "run.md").read_text(encoding="utf-8").startswith("### sample · 1 题 cases\n\n| ")
    both = (str(tmp_path / "run"), str(tmp_path / "run"))
    assert run("compare", *both, "--report", str(tmp_path / "both.md"), cwd=built).returncode == 0
    assert "两次运行逐项相同" in (tmp_path / "both.md").read_text(encoding="utf-8")
    gates = tmp_path / "gates.toml"
    gates.write_text("[sample]\nright = { at_least = 1.1, exactly = true }\n", encoding="utf-8")
    failed = run("eval", str(tmp_path / "sample.jsonl"), "--gates", str(gates), cwd=built)
    assert failed.returncode == 1


def test_what_a_judge_costs_is_said_before_anything_is_sent(built: Path, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text('{"id": "1", "question": "多少", "answers": ["9家"]}\n', encoding="utf-8")
    judge = ("--judge", "openai-like:none@http://127.0.0.1:9/v1", "--dry-run", "--price", "2")
    done = run("eval", str(tmp_path / "c.jsonl"), *judge, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "至多 3 次调用" in done.stdout
    assert "费用约 0.00" in done.stdout
    # Nothing was built or kept for it.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.jsonl"]


def test_the_version_is_told(tmp_path: Path) -> None:
    done = run("--version", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.strip() == f"juzheng {rag.__version__}"


def test_help_lists_the_commands(tmp_path: Path) -> None:
    done = run("--help", cwd=tmp_path)
    for command in ("build", "ask", "search", "eval", "compare", "check", "ui", "serve"):
        assert command in done.stdout
