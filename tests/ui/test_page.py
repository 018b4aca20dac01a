"""The page in a browser: the real application over a real index."""

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from served_page import QUESTION, Served, Visit, serve

from rag.workflow import Assistant


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
