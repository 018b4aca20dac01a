"""Case files: what is read, and what is wrong with them in words."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from rag._errors import JuzhengError
from rag.evaluation import Case, Cases, Quote, load_cases, save_cases

GOOD = (
    '{"id": "1", "kind": "figure", "question": "多少", "answers": ["9家"], '
    '"evidence": [{"source": "a", "quote": "9家"}]}'
)
EXPECTED = Case("1", "多少", ("9家",), (Quote("a", "9家"),), "figure")


def write(folder: Path, text: str, name: str = "c.jsonl", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def test_json_lines(tmp_path: Path) -> None:
    cases = load_cases(write(tmp_path, f"\ufeff{GOOD}\n\n"))
    assert cases.cases == (EXPECTED,)
    assert (cases.name, cases.faults) == ("c", ())


def test_unanswerable_and_unknown_are_two_things(tmp_path: Path) -> None:
    text = '{"id": "1", "question": "a", "answers": []}\n{"id": "2", "question": "b"}\n'
    unanswerable, unknown = load_cases(write(tmp_path, text))
    assert unanswerable.scorable
    assert not unanswerable.answerable
    assert not unknown.scorable


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "no JSON"),
        ("[1]", "not list"),
        ('{"id": "2"}', "question must be a text"),
        ('{"id": 2, "question": "a"}', "id must be a text"),
        ('{"id": "2", "question": "a", "answers": "9家"}', "answers must be a list"),
        ('{"id": "2", "question": "a", "answers": [""]}', "answers must be a list"),
        ('{"id": "2", "question": "a", "evidence": [{"source": "a"}]}', "evidence must be a list"),
        (GOOD, "the id 1 was there before"),
    ],
)
def test_a_fault_is_named_and_fatal_only_when_strict(tmp_path: Path, line: str, fault: str) -> None:
    path = write(tmp_path, f"{GOOD}\n{line}\n")
    cases = load_cases(path)
    assert cases.cases == (EXPECTED,)
    assert len(cases.faults) == 1
    assert fault in cases.faults[0]
    assert "c.jsonl line 2" in cases.faults[0]
    with pytest.raises(JuzhengError, match="without --strict"):
        load_cases(path, strict=True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv(tmp_path: Path, encoding: str) -> None:
    text = "id,kind,question,answers,source,quote\n1,figure,多少,9家|九家,a,9家|企业9家\n2,,谁,,,\n"
    first, second = load_cases(write(tmp_path, text, "c.csv", encoding))
    assert first == Case("1", "多少", ("9家", "九家"), (Quote("a", "9家"), Quote("a", "企业9家")), "figure")
    assert second == Case("2", "谁", ())


def test_xlsx(tmp_path: Path) -> None:
    book = Workbook()
    for row in (
        ["id", "kind", "question", "answers", "source", "quote"],
        [1, "figure", "多少", "9家", "a", "9家"],
        # A figure of 0 is an answer, an empty cell is none.
        [2, None, "下降多少", 0, None, None],
        [3, None, "谁", None, None, None],
    ):
        book.active.append(row)
    book.save(tmp_path / "c.xlsx")
    zero, nobody = Case("2", "下降多少", ("0",)), Case("3", "谁", ())
    assert load_cases(tmp_path / "c.xlsx").cases == (EXPECTED, zero, nobody)


def test_a_table_whose_sources_and_quotes_do_not_pair_is_named(tmp_path: Path) -> None:
    text = "id,question,answers,source,quote\n1,多少,9家,a|b,9家|6家|3家\n2,多少,9家,a,9家|6家\n"
    cases = load_cases(write(tmp_path, text, "c.csv"))
    assert [case.id for case in cases] == ["2"]
    assert "2 sources for 3 quotes" in cases.faults[0]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.txt", GOOD, "须是 .jsonl"),
        ("c.jsonl", "", "holds no case"),
        ("c.xlsx", "no workbook", "cannot be read as a workbook"),
    ],
)
def test_no_case_file(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(JuzhengError, match=message):
        load_cases(write(tmp_path, text, name))


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(JuzhengError, match="UTF-8"):
        load_cases(write(tmp_path, GOOD, encoding="gb18030"))
    with pytest.raises(JuzhengError, match="没有题目文件"):
        load_cases(tmp_path / "none.jsonl")


def test_a_set_with_a_corpus_of_its_own_is_named_for_its_folder(tmp_path: Path) -> None:
    (tmp_path / "near_miss").mkdir()
    assert load_cases(write(tmp_path / "near_miss", GOOD, "cases.jsonl")).name == "near_miss"


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    cases = (EXPECTED, Case("2", "谁", (), reason="other_period"), Case("3", "何", None, draft=True, note="n"))
    save_cases(cases, tmp_path / "c.jsonl")
    assert load_cases(tmp_path / "c.jsonl").cases == cases


def test_the_digest_is_of_the_cases() -> None:
    assert Cases("a", (EXPECTED,)).digest == Cases("b", (EXPECTED,)).digest
    assert Cases("a", (EXPECTED,)).digest != Cases("a", (EXPECTED, Case("2", "谁", ()))).digest


def test_our_own_cases_have_no_fault() -> None:
    cases = load_cases(Path(__file__).parents[2] / "evals" / "articles.jsonl", strict=True)
    assert len(cases) == 45
    assert sum(not case.answerable for case in cases) == 7
