"""Evaluation on the page, in a browser: cases made of answers, runs, comparisons."""

import json
from pathlib import Path

import pytest
from served_page import QUESTION, Served, Visit, marked

ROOT = Path(__file__).parents[2]


def test_a_wrong_answer_becomes_a_case_of_evaluation(visit: Visit, served: Served) -> None:
    from rag.evaluation import load_cases

    visitor = visit()
    page = visitor.page
    visitor.ask(QUESTION)
    page.get_by_role("button", name="回答有误").click()
    page.locator("form.feedback input").fill("约520亿元 | 520亿元")
    page.get_by_role("button", name="存为评测题").click()
    page.get_by_text("已存为评测题").wait_for()
    visitor.ask("山东未来云谷项目什么时候开工建设？")
    page.get_by_role("button", name="回答得对").last.click()
    page.get_by_role("button", name="存为评测题").click()
    page.wait_for_function("document.querySelectorAll('.feedback').length === 2")
    page.wait_for_function("[...document.querySelectorAll('.feedback')].every(one => one.textContent.startsWith('✓'))")
    cases = {
        case.question: case for case in load_cases(served.assistant.path.with_name("index-page") / "feedback.jsonl")
    }
    assert cases[QUESTION].answers == ("约520亿元", "520亿元")
    good = cases["山东未来云谷项目什么时候开工建设？"]
    assert good.answers
    assert good.evidence[0].source


def test_an_evaluation_runs_is_cancelled_and_two_are_compared(
    visit: Visit, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (ROOT / "evals" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    wrong = {
        "id": "w",
        "kind": "x",
        "question": QUESTION,
        "answers": ["1元"],
        "evidence": [json.loads(lines[0])["evidence"][0]],
    }
    file = tmp_path / "四题.jsonl"
    file.write_text("\n".join([*lines[:2], json.dumps(wrong, ensure_ascii=False)]), encoding="utf-8")
    monkeypatch.chdir(ROOT)  # where evals/ is
    visitor = visit()
    page = visitor.page
    visitor.open("评测")

    inputs = "[...document.querySelectorAll('#evaluation input[role=combobox]')]"
    chosen = f"words => {inputs}.filter(one => one.value.includes(words)).length"
    page.wait_for_function(f"({chosen})('evals/articles')")
    page.click("#run")
    page.click("#cancel")
    page.locator("#running").get_by_text("已取消").wait_for()

    page.set_input_files("#evaluation input[type=file]", str(file))
    page.wait_for_function(f"({chosen})('四题')")
    # A click just as a run ends, sooner than a person's, is not heard: until it is seen to run, it is clicked again.
    run = "document.querySelector('#running progress') || void document.querySelector('#run').click()"
    for runs in (1, 2):
        page.wait_for_function(f"() => {run}", polling=200)
        # Chosen as the run that is shown, and as one of the two to compare: and none of the cancelled one.
        page.wait_for_function(f"(runs) => ({chosen})('· 四题') === 1 + runs", arg=runs)
        assert page.evaluate(chosen, "· articles") == 0
    assert "3 题" in page.locator("#result h2").inner_text()
    page.locator("#result button.name").last.click()
    page.wait_for_selector("#evidence mark.active")
    assert "520亿元" in marked(page, "#evidence"), "the evidence of the case"
    page.keyboard.press("Escape")
    page.click("#compare")
    page.locator("#difference .verdict").wait_for()
    assert visitor.faults() == []
    assert "相同" in page.locator("#difference .verdict").inner_text()
