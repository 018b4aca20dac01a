"""Case files: what is asked, what is right, and the characters of the corpus that say so."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag._errors import JuzhengError, UsageError


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the corpus that carry the answer; ``source`` is an article's source, its id or its file's base name."""

    source: str
    quote: str


@dataclass(frozen=True, slots=True)
class Case:
    """One question.

    ``answers`` holds every string that counts as right, is empty where the corpus does not say, and None where
    nobody has said yet what is right; ``reason`` is then why it should refuse, as ``Answer.reason`` names it, where the
    case file says so. A ``draft`` was proposed by a machine and is not scored until a person has
    looked at it and removed the mark.
    """

    id: str
    question: str
    answers: tuple[str, ...] | None
    evidence: tuple[Quote, ...] = ()
    kind: str = ""
    reason: str = ""
    note: str = ""
    draft: bool = False

    @property
    def answerable(self) -> bool:
        """Whether the corpus holds the answer."""
        return bool(self.answers)

    @property
    def scorable(self) -> bool:
        """Whether it is known, and confirmed by a person, what is right."""
        return self.answers is not None and not self.draft

    def to_dict(self) -> dict[str, Any]:
        """Return the case as a case file holds it; what is empty by default is left out."""
        record: dict[str, Any] = {"id": self.id, "kind": self.kind, "question": self.question}
        if self.answers is not None:
            record["answers"] = list(self.answers)
        record["evidence"] = [{"source": quote.source, "quote": quote.quote} for quote in self.evidence]
        for field in ("reason", "note"):
            if getattr(self, field):
                record[field] = getattr(self, field)
        if self.draft:
            record["draft"] = True
        return record


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one file, in its order, and what is wrong with it in words.

    ``name`` is the file's name without its ending, or that of its folder for a file called cases.
    """

    name: str
    cases: tuple[Case, ...]
    faults: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over the cases as JSON: the same cases give the same digest, whatever file they came in."""
        lines = (json.dumps(case.to_dict(), ensure_ascii=False, sort_keys=True) for case in self.cases)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self.cases)

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)


def load_cases(path: str | Path, strict: bool = False) -> Cases:
    """Read a case file: .jsonl, .csv or .xlsx.

    A table has the columns id, kind, question, answers (separated by ``|``; empty where the corpus does not say),
    source and quote (each separated by ``|`` where there are several), and optionally reason, note and draft.

    A record that is no case, or whose id was there before, is left out and named in ``faults``; ``strict`` makes
    the first fault an error.

    Raises:
        JuzhengError: the file is not there, has another ending, cannot be read, or holds no case.
    """
    path = Path(path)
    readers = {".jsonl": _read_jsonl, ".csv": _read_csv, ".xlsx": _read_xlsx}
    if path.suffix.lower() not in readers:
        raise UsageError(f"题目文件须是 .jsonl .csv 或 .xlsx，而这是 {path.name}；请先转换。(no case file)")
    if not path.is_file():
        raise UsageError(f"没有题目文件 {path}；请给出 .jsonl .csv 或 .xlsx 文件的路径。(no case file there)")

    cases: dict[str, Case] = {}
    faults: list[str] = []
    for place, record in readers[path.suffix.lower()](path):
        try:
            case = _case(record)
        except ValueError as fault:
            faults.append(f"{path.name} {place}: {fault}; left out")
            continue
        if case.id in cases:
            faults.append(f"{path.name} {place}: the id {case.id} was there before; left out")
            continue
        cases[case.id] = case
    if strict and faults:
        raise JuzhengError(
            f"题目有误：{faults[0]}（共 {len(faults)} 处）；请改正，或不用 --strict。(mend it, or run without --strict)"
        )
    if not cases:
        raise JuzhengError(
            f"{path.name} 里没有题目；每行须是含 id、question、answers、evidence 的对象。(the file holds no case)"
        )
    # A set with a corpus of its own is a folder, and the folder has the name.
    name = path.absolute().parent.name if path.stem == "cases" else path.stem
    return Cases(name, tuple(cases.values()), tuple(faults))


def save_cases(cases: Iterable[Case], path: str | Path) -> None:
    """Write ``cases`` to ``path`` as JSON lines."""
    lines = (json.dumps(case.to_dict(), ensure_ascii=False) for case in cases)
    Path(path).write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _case(record: object) -> Case:
    if isinstance(record, str):
        try:
            record = json.loads(record)
        except json.JSONDecodeError as error:
            raise ValueError(f"no JSON ({error.msg})") from error
    if not isinstance(record, dict):
        raise ValueError(f"a case is an object, not {type(record).__name__}")
    for field in ("id", "question"):
        if not isinstance(record.get(field), str) or not record[field].strip():
            raise ValueError(f"{field} must be a text that is not empty, and is {record.get(field)!r}")
    answers = record.get("answers")
    if answers is not None and not _texts(answers):
        raise ValueError(f"answers must be a list of texts that are not empty, and is {answers!r}")
    evidence = record.get("evidence") or []
    if not isinstance(evidence, list) or not all(
        isinstance(entry, dict) and _texts([entry.get("source"), entry.get("quote")]) for entry in evidence
    ):
        raise ValueError(f"evidence must be a list of objects with source and quote, and is {evidence!r}")
    return Case(
        id=record["id"].strip(),
        question=record["question"],
        answers=None if answers is None else tuple(answers),
        evidence=tuple(Quote(entry["source"], entry["quote"]) for entry in evidence),
        kind=str(record.get("kind") or ""),
        reason=str(record.get("reason") or ""),
        note=str(record.get("note") or ""),
        draft=record.get("draft") is True,
    )


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) and text.strip() for text in value)


def _read_jsonl(path: Path) -> Iterator[tuple[str, object]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise JuzhengError(
            f"题目文件须是 UTF-8，而 {path.name} 在第 {error.start} 字节处不是；请另存为 UTF-8。(not UTF-8)"
        ) from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield f"line {number}", line


def _read_csv(path: Path) -> Iterator[tuple[str, object]]:
    # A spreadsheet program on a Chinese Windows saves GB18030 where it does not save UTF-8 with a mark.
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    for number, row in enumerate(csv.DictReader(text.splitlines(keepends=True)), 2):
        yield f"row {number}", _from_row(row)


def _read_xlsx(path: Path) -> Iterator[tuple[str, object]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises many kinds on a file that is no workbook
        raise JuzhengError(
            f"{path.name} 不是可读的工作簿（{error}）；请另存为 .xlsx。(cannot be read as a workbook)"
        ) from error
    rows = book.worksheets[0].iter_rows(values_only=True)
    header = [_cell(cell).strip() for cell in next(rows, ())]
    for number, cells in enumerate(rows, 2):
        if any(cell is not None for cell in cells):
            yield f"row {number}", _from_row({name: _cell(cell) for name, cell in zip(header, cells, strict=False)})
    book.close()


def _cell(value: object) -> str:
    # Trap: a figure of 0 is a value, and an empty cell is None.
    return "" if value is None else str(value)


def _from_row(row: dict[str, str | None]) -> dict[str, object]:
    def several(field: str) -> list[str]:
        return [part.strip() for part in (row.get(field) or "").split("|") if part.strip()]

    sources, quotes = several("source"), several("quote")
    if len(sources) == 1:
        sources *= len(quotes)
    evidence: object = [{"source": source, "quote": quote} for source, quote in zip(sources, quotes, strict=False)]
    if len(sources) != len(quotes):
        evidence = f"{len(sources)} sources for {len(quotes)} quotes"  # which no case has: named as a fault
    return {
        "id": row.get("id"),
        "kind": row.get("kind"),
        "question": row.get("question"),
        "answers": several("answers") if "answers" in row else None,
        "evidence": evidence,
        "reason": row.get("reason"),
        "note": row.get("note"),
        "draft": (row.get("draft") or "").strip().lower() in {"1", "true", "yes", "是"},
    }
