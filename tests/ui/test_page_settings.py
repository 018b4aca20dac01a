"""What a visitor sets on the page, in a browser, narrows what they are answered from."""

from served_page import QUESTION, Visit


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
