"""The held question sets themselves: a case that cannot be right would make every score on it a lie."""

import json
import lzma
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import lxml.html
import pytest

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "evals" / "near_miss" / "corpus"
PRESS = ROOT / "evals" / "press" / "corpus"
BROADCASTS = ROOT.parent / "shared" / "data" / "news" / "xwlb_2025h1.jsonl.xz"
GB18030 = {"观澜大道中标公示_2022.txt"}
REASONS = {"nothing_found", "other_metric", "other_period", "other_subject", "not_in_corpus"}

Case = dict[str, Any]


def load(path: str) -> list[Case]:
    return [json.loads(line) for line in (ROOT / "evals" / path).read_text(encoding="utf-8").splitlines()]


def squash(text: str) -> str:
    """Compare as the case format says: after NFKC, whitespace ignored."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def bulletins() -> dict[str, str]:
    return {path.name: squash(path.read_text(encoding="utf-8")) for path in CORPUS.glob("*.txt")}


def press() -> dict[str, str]:
    """Read the press corpus without the loaders under test: by file name, or by id where a file holds many."""
    texts: dict[str, str] = {}
    for path in PRESS.iterdir():
        if path.suffix == ".jsonl":
            for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
                texts[record["id"]] = record["title"] + record["date"] + record["text"]
        elif path.suffix == ".html":
            texts[path.name] = lxml.html.fromstring(path.read_bytes().decode("utf-8")).text_content()
        elif path.suffix == ".docx":
            document = docx.Document(str(path))
            cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
            texts[path.name] = "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)
        else:
            texts[path.name] = path.read_bytes().decode("gb18030" if path.name in GB18030 else "utf-8")
    return {name: squash(text) for name, text in texts.items()}


def broadcasts() -> dict[str, str]:
    with lzma.open(BROADCASTS, "rt", encoding="utf-8") as lines:
        return {record["id"]: squash(record["title"] + record["text"]) for record in map(json.loads, lines)}


def figures(text: str) -> Iterator[tuple[str, str]]:
    """Yield each number of squashed ``text`` with the character after it."""
    for match in re.finditer(r"\d+(?:\.\d+)?", text):
        yield match[0], text[match.end() : match.end() + 1]


def unsupported(case: Case, texts: dict[str, str]) -> list[str]:
    """Return the numbers of the case's first answer that its evidence does not carry.

    A year or month that the quote names only by 今年 or 昨日 may stand anywhere in the source or in its name, a year
    one higher or lower (去年, 明年); conversions are excused in ``test_conversions_are_right``.
    """
    quotes = {number for item in case["evidence"] for number, _ in figures(squash(item["quote"]))}
    around = " ".join(item["source"] + " " + texts.get(item["source"], "") for item in case["evidence"])
    missing = []
    for number, unit in figures(squash(case["answers"][0])):
        years = {str(int(number) + shift) for shift in (-1, 0, 1)} if unit == "年" else {number}
        dated = unit in ("年", "月", "日") and any(year in around for year in years)
        if number not in quotes and not dated:
            missing.append(number)
    return missing


@pytest.fixture(params=["near_miss/cases.jsonl", "press/cases.jsonl", "xwlb_2025h1.jsonl"])
def cases(request: pytest.FixtureRequest) -> list[Case]:
    return load(request.param)


def test_ids_and_questions_are_unique(cases: list[Case]) -> None:
    for key in ("id", "question"):
        assert [value for value, count in Counter(case[key] for case in cases).items() if count > 1] == []


def test_a_case_has_answers_and_evidence_or_neither(cases: list[Case]) -> None:
    for case in cases:
        assert set(case) <= {"id", "kind", "question", "answers", "evidence", "reason", "note"}, case["id"]
        assert bool(case["answers"]) == bool(case["evidence"]) == (case["kind"] != "unanswerable"), case["id"]
        assert (case.get("reason") in REASONS) == (case["kind"] == "unanswerable"), case["id"]


# Asked in another unit or language than the source uses; the factor is checked by hand.
CONVERTED = {
    "280": "4200亩",
    "3270": "218公顷",
    "118": "118-kilometer",
    "236": "23.6 billion",
    "12": "1.2 billion",
    "9.4": "940 million",
}


def test_near_miss_evidence_is_literal() -> None:
    texts = bulletins()
    for case in load("near_miss/cases.jsonl"):
        for item in case["evidence"]:
            assert squash(item["quote"]) in texts[item["source"]], (case["id"], item)


def test_near_miss_figures_stand_in_their_evidence() -> None:
    texts = bulletins()
    for case in load("near_miss/cases.jsonl"):
        if case["answers"]:
            quotes = " ".join(item["quote"] for item in case["evidence"])
            missing = [number for number in unsupported(case, texts) if CONVERTED.get(number, "\0") not in quotes]
            assert missing == [], (case["id"], case["answers"], missing)


def test_a_changed_figure_is_noticed() -> None:
    texts = {"a.txt": squash("2024年3月12日 全年生产总值571.8亿元")}
    evidence = [{"source": "a.txt", "quote": "生产总值571.8亿元"}]
    assert unsupported({"answers": ["571.8亿元"], "evidence": evidence}, texts) == []
    assert unsupported({"answers": ["2023年571.8亿元"], "evidence": evidence}, texts) == []
    assert unsupported({"answers": ["2021年517.8亿元"], "evidence": evidence}, texts) == ["2021", "517.8"]


def test_near_miss_is_large_and_a_third_unanswerable() -> None:
    cases = load("near_miss/cases.jsonl")
    assert len(bulletins()) >= 40
    assert len(cases) >= 150
    assert 1 / 3 <= sum(not case["answers"] for case in cases) / len(cases) < 0.4


def test_every_bulletin_says_when_it_was_published() -> None:
    date = re.compile(r"20\d\d(?:年|-)?\d{1,2}(?:月|-)?\d{1,2}|(?:November|August)\d{0,2},?20\d\d")
    for name, text in bulletins().items():
        assert date.search(name + text), name


# As above: another unit, numeral or clock than the source's, checked by hand.
PRESS_CONVERTED = {"408": "40.8 billion", "318": "3.18 million", "2": "两", "4860": "4,860", "1286": "1,286"}


def test_press_evidence_is_literal() -> None:
    texts = press()
    for case in load("press/cases.jsonl"):
        for item in case["evidence"]:
            assert squash(item["quote"]) in texts[item["source"]], (case["id"], item)


def test_press_figures_stand_in_their_evidence() -> None:
    texts = press()
    for case in load("press/cases.jsonl"):
        if case["answers"]:
            quotes = " ".join(item["quote"] for item in case["evidence"])
            missing = [n for n in unsupported(case, texts) if PRESS_CONVERTED.get(n, "\0") not in quotes]
            assert missing == [], (case["id"], case["answers"], missing)


def test_press_has_every_format_and_every_file_in_use() -> None:
    """Trap: an article that no question needs is noise that nobody checked."""
    assert {path.suffix for path in PRESS.iterdir()} == {".txt", ".html", ".docx", ".jsonl"}
    cited = {item["source"] for case in load("press/cases.jsonl") for item in case["evidence"]}
    assert [name for name in press() if not name.startswith("brief-") and name not in cited] == []


def test_press_is_large_and_a_quarter_unanswerable() -> None:
    cases = load("press/cases.jsonl")
    assert len(press()) >= 40
    assert len(cases) >= 240
    assert 0.2 <= sum(not case["answers"] for case in cases) / len(cases) <= 1 / 3
    asked = sum(case["question"].endswith(("?", "？")) for case in cases)
    assert 0.4 <= asked / len(cases) <= 0.6


@pytest.mark.skipif(not BROADCASTS.exists(), reason="the broadcast texts are not ours to ship")
def test_broadcast_evidence_is_literal() -> None:
    texts = broadcasts()
    for case in load("xwlb_2025h1.jsonl"):
        for item in case["evidence"]:
            assert squash(item["quote"]) in texts[item["source"]], (case["id"], item)
        if case["answers"]:
            assert unsupported(case, texts) == [], case["id"]


def test_broadcast_quotes_are_short() -> None:
    """Trap: the set may be shared, the texts may not."""
    quotes = [item["quote"] for case in load("xwlb_2025h1.jsonl") for item in case["evidence"]]
    assert max(map(len, quotes)) <= 60
