"""The page in a browser: the real application over a real index."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from served_page import Served, Visitor, serve

from rag._text import join
from rag.workflow import Assistant, Settings

Visit = Callable[..., Visitor]
QUESTION = "中央活力区总投资多少"
ROOT = Path(__file__).parents[2]


def marked(page: Any, panel: str = "#source") -> str:
    """The characters that are marked as quoted on the screen."""
    return "".join(page.locator(f"{panel} mark.active").all_text_contents())


def test_a_click_on_a_mark_shows_the_cited_characters_marked(visit: Visit, served: Served) -> None:
    visitor = visit()
    answer = served.assistant.ask(QUESTION)
    turn = visitor.ask(QUESTION)
    assert answer.short in turn.locator(".short").inner_text()
    turn.locator(".text button.cite").first.click()
    visitor.page.wait_for_selector("#source mark.active")
    citation = answer.citations[0]
    article = served.assistant.article(citation.article_id)
    assert marked(visitor.page) == citation.quote == join(article.text, list(citation.spans))
    assert visitor.page.locator("#source mark.active").first.evaluate(
        "mark => { const a = mark.getBoundingClientRect(), b = mark.closest('.body').getBoundingClientRect();"
        " return a.top >= b.top && a.bottom <= b.bottom }"
    ), "the quote is not in sight"
    head = visitor.page.locator("#source header").inner_text()
    assert article.title in head
    assert citation.source in head
    assert not visitor.errors


def test_a_sentence_cut_by_the_layout_is_marked_on_both_sides(visit: Visit, served: Served) -> None:
    question = "36条（段）市政道路改造项目与哪两个重点产业项目一起写到？山东未来云谷、中国海外集团华北区域总部进展如何"
    citations = served.assistant.ask(question).citations
    cut = next((one for one in citations if len(one.spans) > 1), None)
    assert cut is not None, "no citation of several spans: ask something else"
    visitor = visit()
    turn = visitor.ask(question)
    turn.locator(f'.cited [data-number="{cut.number}"]').click()
    visitor.page.wait_for_selector("#source mark.active")
    assert marked(visitor.page) == cut.quote
    visitor.page.locator("#source .jump").first.click()
    assert visitor.page.locator('#source mark.active[data-part="2"]').first.is_visible()


def test_figures_wear_their_mark(visit: Visit, served: Served) -> None:
    answer = served.assistant.ask(QUESTION)
    turn = visit().ask(QUESTION)
    for figure in answer.figures:
        mark = turn.locator(".text .figure", has_text=figure.text).first
        assert figure.status in mark.get_attribute("class")
        quote = next(one.quote for one in answer.citations if one.number == figure.citation)
        assert " ".join(quote.split())[:60] in mark.get_attribute("data-tip"), "the tip has the words of the source"


def test_a_refusal_says_so_and_why(visit: Visit) -> None:
    turn = visit().ask("火星基地的总投资是多少？")
    assert "资料里没有答案" in turn.locator(".refusal").inner_text()
    assert turn.locator(".short").count() == 0


@pytest.mark.parametrize(
    ("question", "heading", "sides"),
    [
        # Two of the sample articles, a year apart.
        ("市中区新增省级瞪羚企业多少家？", "各时期的数字", {"省级瞪羚企业6家": "压舱石", "省级瞪羚企业9家": "新篇章"}),
        # Two made for it, on one year.
        (
            "2023年澄湖区新增专精特新企业多少家？",
            "各来源说法不同",
            {"新增专精特新企业31家": "扩容", "新增专精特新企业26家": "运行"},
        ),
    ],
)
def test_a_conflict_is_a_table_whose_marks_open_the_sources(
    visit: Visit, question: str, heading: str, sides: dict[str, str]
) -> None:
    page = (visitor := visit()).page
    turn = visitor.ask(question)
    assert heading in turn.locator("table.conflicts caption").inner_text()
    rows = turn.locator("table.conflicts tbody tr").all()
    for row, (words, title) in zip(rows, sides.items(), strict=True):
        shown = row.inner_text().split()
        assert words.endswith(shown[0])
        assert title in row.inner_text()
        row.locator("button.cite").click()
        page.wait_for_function(
            "words => document.querySelector('#source mark.active')?.textContent.includes(words)", arg=words
        )
        assert title in page.locator("#source h2").inner_text()
    assert visitor.faults() == []


def test_a_follow_up_uses_the_dialogue(visit: Visit) -> None:
    visitor = visit()
    visitor.ask("山东未来云谷项目什么时候开工建设？")
    assert "2024年9月" in visitor.ask("它什么时候竣工？").inner_text()


def test_history_survives_a_restart_and_can_be_renamed_exported_and_deleted(visit: Visit, index: Path) -> None:
    with Assistant.open(index) as assistant:
        server = serve(assistant)
        visitor = visit(url=server.url)
        visitor.ask(QUESTION)
        visitor.page.wait_for_url("**/?c=*")
        state = visitor.page.context.storage_state()
        path = urlsplit(visitor.page.url)
        visitor.page.close()
        server.stop()
    with Assistant.open(index) as assistant:
        server = serve(assistant)
        visitor = visit(url=f"{server.url}{path.path}?{path.query}", state=state)
        page = visitor.page
        assert assistant.ask(QUESTION).short in page.locator(".turn .short").inner_text()

        page.locator("#history .menu summary").click()
        page.locator("#history [data-rename]").click()
        page.locator("#history li input").fill("活力区 <b>投资</b>")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="活力区 <b>投资</b>", exact=True).wait_for()

        page.locator("#history .menu summary").click()
        with page.expect_download() as download:
            page.get_by_text("导出 Markdown").click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert assistant.ask(QUESTION).citations[0].title[:6] in text
        with page.expect_download() as download:
            page.get_by_text("导出 JSON").click()
        assert json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["turns"][0]["short"]

        delete = page.locator("#history .danger")
        delete.click()
        delete.click()
        page.wait_for_selector(".welcome")
        assert page.locator("#history li").count() == 0
        server.stop()


def test_two_visitors_do_not_see_each_other(visit: Visit, served: Served) -> None:
    one, other = visit(), visit()
    one.ask(QUESTION)
    one.page.wait_for_url("**/?c=*")
    other.page.reload()
    other.page.wait_for_selector(".welcome")
    assert other.page.locator("#history li").count() == 0
    other.page.goto(one.page.url)
    other.page.wait_for_selector(".welcome")
    assert other.page.locator(".turn").count() == 0
    number = urlsplit(one.page.url).query.removeprefix("c=")
    assert other.page.request.get(f"{served.url}/export/{number}.json").status == 404
    assert one.page.request.get(f"{served.url}/export/{number}.json").status == 200


def test_what_is_uploaded_is_found_and_what_is_deleted_is_gone(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "云帆大桥（通车）.txt"
    file.write_text(
        "# 云帆大桥通车\n\n2024年5月6日，云帆大桥正式通车。云帆大桥总投资36.8亿元，全长4.2公里。\n", encoding="utf-8"
    )
    broken = tmp_path / "坏.bin"
    broken.write_bytes(b"\0\1")
    visitor = visit()
    page = visitor.page
    visitor.open("资料")
    page.wait_for_selector("table.articles")
    page.set_input_files("[data-files] >> nth=0", [str(file), str(broken)])
    page.wait_for_selector(".added")
    assert "坏.bin" in page.locator(".added .fault").inner_text()
    visitor.open("问答")
    assert "云帆大桥总投资36.8亿元" in visitor.ask("云帆大桥总投资多少？").inner_text()

    visitor.open("资料")
    page.fill("#find textarea, #find input", "云帆")
    row = page.locator("table.articles tbody tr")
    page.wait_for_function("document.querySelectorAll('table.articles tbody tr').length === 1")
    assert file.name in row.inner_text()
    row.locator(".danger").click()
    row.locator(".danger").click()
    page.wait_for_function("document.querySelectorAll('table.articles tbody tr').length === 0")
    visitor.open("问答")
    page.locator("#history .new").click()
    page.wait_for_selector(".welcome")
    assert visitor.ask("云帆大桥总投资多少？").locator(".refusal").count() == 1
    page.locator("#history .open").nth(1).click()
    page.locator(".turn .cited .source").first.click()
    assert "已从资料中删除" in page.locator("#source .notice").inner_text()


def test_an_article_is_shown_as_the_system_reads_it(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("资料")
    page.get_by_role("button", name=re.compile("夯实高质量发展")).first.click()
    page.wait_for_selector("#reader .reading")
    assert page.locator("#reader .role-furniture").count() > 0
    assert page.locator("#reader p .join").count() >= 1
    assert "中国海外集团(华北)区域总部" in page.locator("#reader .reading").inner_text().replace("\n", "")
    page.get_by_role("button", name="原文", exact=True).click()
    page.wait_for_selector("#reader .original")


def test_markup_in_an_article_is_text(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    turn = visitor.ask("海云栈道项目总投资多少？")
    turn.locator("button.source").first.click()
    page.wait_for_selector("#source .original")
    assert "<script>document.title='owned'</script>" in page.locator("#source .body").inner_text()
    visitor.open("资料")
    page.get_by_role("button", name=re.compile("海云栈道")).first.click()
    page.wait_for_selector("#reader .reading")
    assert "{{value}} ${document.title='owned'}" in page.locator("#reader .reading").inner_text()
    assert page.title() != "owned"
    assert not [url for url in visitor.requests if url.endswith("/x")], "an image of the article was drawn"
    assert page.locator("aside script, aside img, .answer script, .answer img, table.articles img").count() == 0
    assert not visitor.errors


def test_five_megabytes_open(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("资料")
    page.get_by_role("button", name="堤防巡查日志", exact=True).click()
    page.wait_for_selector("#reader .reading p")
    page.get_by_role("button", name="原文", exact=True).click()
    page.wait_for_selector("#reader .original")
    before = len(page.locator("#reader .original").inner_text())
    page.locator("#reader .more").click()
    page.wait_for_function("old => document.querySelector('#reader .original').innerText.length > old", arg=before)
    assert page.locator("#reader .sheet").evaluate("sheet => sheet.innerHTML.length") < 1_000_000


def test_the_language_follows_the_browser_and_the_switch(visit: Visit) -> None:
    visitor = visit(locale="en-US")
    page = visitor.page
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("tab", name="Corpus", exact=True).count() == 1
    visitor.ask("火星基地的总投资是多少？")
    page.locator("#head [data-language]").click()
    page.get_by_role("tab", name="资料", exact=True).wait_for()
    page.locator(".refusal").get_by_text("资料里没有答案").wait_for()


def test_a_phone(visit: Visit) -> None:
    visitor = visit(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    page = visitor.page
    turn = visitor.ask(QUESTION)
    turn.locator("button.cite").first.click()
    page.wait_for_selector("#source mark.active")
    for tab in ("问答", "资料", "评测", "设置"):
        visitor.open(tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        if tab == "问答":
            page.wait_for_selector("#source .sheet")
            page.locator("#source [data-close]").click()
    visitor.open("问答")
    page.locator(".drawer").click()
    page.locator("#history .new").wait_for()


def test_nothing_leaves_the_machine(visit: Visit) -> None:
    visitor = visit()
    turn = visitor.ask(QUESTION)
    turn.locator("button.cite").first.click()
    visitor.page.wait_for_selector("#source mark.active")
    for tab in ("资料", "评测", "设置"):
        visitor.open(tab)
    assert {urlsplit(url).hostname for url in visitor.requests} <= {"127.0.0.1", None, ""}


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


def test_a_period_narrows_what_is_answered_from(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("设置")
    page.get_by_label("发表不早于").fill("2030年")
    page.click("#keep")
    assert "since" in page.locator("#kept .notice").inner_text()
    page.get_by_label("发表不早于").fill("2030-01")
    page.click("#keep")
    page.locator("#kept [role=status]").wait_for()
    visitor.open("问答")
    assert "2030-01" in page.locator("#narrowed").inner_text()
    assert visitor.ask(QUESTION).locator(".refusal").count() == 1


def test_a_folder_narrows_what_is_answered_from(visit: Visit) -> None:
    """The choice is the visitor's own, and is there after a reload."""
    visitor = visit()
    page = visitor.page

    def choose(folder: str) -> None:
        visitor.open("设置")
        page.wait_for_function("!document.querySelector('#kept').textContent.trim()")
        page.get_by_role("combobox", name="文件夹与标签").click()
        page.get_by_role("option", name=folder, exact=True).click()
        page.click("#keep")
        page.locator("#kept [role=status]").wait_for()
        visitor.open("问答")

    choose("云澜")
    assert "云澜" in page.locator("#narrowed").inner_text()
    assert visitor.ask(QUESTION).locator(".refusal").count() == 1
    assert "31家" in visitor.ask("2023年澄湖区新增专精特新企业多少家？").inner_text()
    page.reload()
    page.wait_for_selector(".turn")
    assert "云澜" in page.locator("#narrowed").inner_text()
    choose("云澜")  # once more: taken back
    assert page.locator("#narrowed").inner_text().strip() == ""
    assert "520亿元" in visitor.ask(QUESTION).inner_text()
    assert visit().page.locator("#narrowed").inner_text().strip() == "", "another visitor's is their own"


def test_a_login_is_asked_for_where_there_are_users(chromium: Any, index: Path) -> None:
    with Assistant.open(index) as assistant:
        server = serve(assistant, {"王": "密码"})
        with pytest.raises(HTTPError, match="401"):
            urlopen(server.url)
        context = chromium.new_context(http_credentials={"username": "王", "password": "密码"})
        page = context.new_page()
        page.goto(server.url)
        page.wait_for_selector(".welcome")
        context.close()
        server.stop()


@dataclass(frozen=True)
class Written:
    """A page with a language model that answers with markup, and stops in the middle until ``go`` is set."""

    url: str
    go: threading.Event


SAID = (
    "<script>document.title='owned'</script>中央活力区总投资"
    "<img src=x onerror=\"document.title='owned'\">约520亿元[1]，另有999亿元[1]。"
)


@pytest.fixture
def written(index: Path) -> Iterator[Written]:
    from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
    from llama_index.core.llms.callbacks import llm_completion_callback

    go = threading.Event()
    go.set()

    class Scripted(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(model_name="scripted")

        @llm_completion_callback()
        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
            return CompletionResponse(text=SAID)

        @llm_completion_callback()
        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
            yield CompletionResponse(text=SAID[:50], delta=SAID[:50])
            if "资料核对员" in prompt:  # the answer itself, not what prepares or judges it
                go.wait(60)
            yield CompletionResponse(text=SAID, delta=SAID[50:])

    with Assistant(index, Settings(), llm=Scripted()) as assistant:
        server = serve(assistant)
        yield Written(server.url, go)
        go.set()
        server.stop()


def test_markup_from_a_model_is_text_and_a_figure_of_its_own_is_loud(visit: Visit, written: Written) -> None:
    page = (visitor := visit(url=written.url)).page
    first = visitor.ask(QUESTION)
    assert visitor.faults() == []
    assert page.title() != "owned"
    assert first.locator(".answer script, .answer img").count() == 0
    loud = first.locator(".figure.unsupported, .unsupported .figure, .unsupported, .refusal")
    assert loud.count() > 0, "999亿元 is in no source"

    # What is written now moves nothing, and leaves alone what was said before: here a list that somebody opened.
    first.locator("details.retrieved summary").click()
    written.go.clear()
    page.fill("#question textarea", QUESTION)
    page.press("#question textarea", "Enter")
    live = page.locator(".turn.live .text")
    live.wait_for()
    assert live.inner_text().startswith(SAID[:50])
    assert first.locator("details.retrieved").get_attribute("open") is not None
    place = page.locator(".turn .asked").last.bounding_box()["y"]
    written.go.set()
    page.locator(".turn.live").wait_for(state="detached")
    assert page.locator(".turn").count() == 2
    assert page.locator(".turn .asked").last.bounding_box()["y"] == pytest.approx(place, abs=1)


def test_a_model_given_from_python_stays_when_a_visitor_sets_something(visit: Visit, written: Written) -> None:
    page = (visitor := visit(url=written.url)).page
    visitor.open("设置")
    assert page.get_by_label("scripted").is_checked()
    page.get_by_label("number input for 保留的段落数").fill("3")
    page.click("#keep")
    page.locator("#kept [role=status]").wait_for()
    visitor.open("问答")
    assert "scripted" in visitor.ask(QUESTION).locator(".facts").inner_text()
    visitor.open("设置")
    page.wait_for_function("!document.querySelector('#kept').textContent.trim()")
    page.get_by_label("内置阅读器").check()
    page.click("#keep")
    page.locator("#kept [role=status]").wait_for()
    visitor.open("问答")
    assert "内置阅读器" in visitor.ask("山东未来云谷项目什么时候开工建设？").locator(".facts").inner_text()


def test_stopping_ends_the_answer_and_gives_the_question_back(visit: Visit, written: Written) -> None:
    page = visit(url=written.url).page
    written.go.clear()
    page.fill("#question textarea", QUESTION)
    page.press("#question textarea", "Enter")
    page.locator(".turn.live .text").wait_for()
    page.keyboard.press("Escape")
    written.go.set()
    page.wait_for_selector(".welcome")
    assert page.locator("#question textarea").input_value() == QUESTION
