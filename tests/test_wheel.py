"""What a user installs has all it needs: prompts, sample corpus, models, page files."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent


def test_an_installed_wheel_answers_from_the_packaged_sample(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run(
        [*pip, "wheel", str(REPOSITORY), "--no-deps", "--no-build-isolation", "-w", str(tmp_path)], check=True
    )
    [wheel] = tmp_path.glob("juzheng-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "rag/_packaged/corpus/001_4a7aa3a06cf36d38.txt" in names
    assert any(name.startswith("rag/_packaged/prompts/") for name in names)
    assert wheel.stat().st_size < 60_000_000

    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
    done = subprocess.run(
        [sys.executable, "-m", "rag", "ask", "中央活力区总投资多少"],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "520亿元" in done.stdout
    assert str(site) in done.stderr  # where the sample that was indexed lies
