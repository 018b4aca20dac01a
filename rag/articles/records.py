"""One file, many articles: JSON lines and CSV, read record by record, so that a file may be larger than memory."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.articles.decoding import sniff

_HEAD = 1 << 20  # bytes from which the encoding is told
_LONGEST = 50_000_000  # characters of a record

Record = tuple[int, dict[str, Any] | str]
"""The line on which a record begins, and its fields, or in words why it has none."""


def read_jsonl(path: Path) -> Iterator[Record]:
    """Yield the records of a file with one JSON object a line; blank lines are passed over.

    Raises ``UndecodableError``.
    """
    with path.open(encoding=_encoding(path), errors="surrogateescape") as lines:
        for number, line in enumerate(lines, 1):
            if line.isspace():
                continue
            yield number, _object(line)


def _object(line: str) -> dict[str, Any] | str:
    if is_broken(line):
        return "有不合法的字节；请改正后另存为 UTF-8 (invalid bytes)"
    try:
        value = json.loads(line.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        return f"不是合法的 JSON（{error}）；每行应是一个完整的对象 (not valid JSON: one object a line)"
    if not isinstance(value, dict):
        return f'应是 JSON 对象，实为 {type(value).__name__}；请写成 {{"id": …, "text": …}} (not a JSON object)'
    return value


def read_csv(path: Path) -> Iterator[Record]:
    """Yield the records of a CSV file with a header line. Raises ``UndecodableError``."""
    csv.field_size_limit(_LONGEST)
    with path.open(encoding=_encoding(path), errors="surrogateescape", newline="") as lines:
        rows = csv.reader(lines)
        header: list[str] = []
        while True:
            number = rows.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, f"不是合法的 CSV（{error}）；请重新导出 (not valid CSV)"
                continue
            if not header:
                header = [name.removeprefix("\ufeff").strip().lower() for name in row]
            elif row:
                broken = any(map(is_broken, row))
                fields = dict(zip(header, row, strict=False))
                yield number, "有不合法的字节；请改正后另存为 UTF-8 (invalid bytes)" if broken else fields


def is_broken(text: str) -> bool:
    """Tell whether ``text`` holds bytes that could not be decoded (lone surrogates stand for them)."""
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return sniff(head, whole=len(head) < _HEAD)[0]
