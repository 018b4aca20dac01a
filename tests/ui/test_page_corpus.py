"""The corpus on the page, in a browser: what is added, deleted and read there, hostile and huge articles included."""

import re
from pathlib import Path

from served_page import Visit


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
