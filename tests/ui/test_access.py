"""The page by keyboard, to a screen reader, and to eyes that want contrast: in a browser, over a real index."""

from collections.abc import Callable

from served_page import QUESTION, Visitor, marked

Visit = Callable[..., Visitor]


def test_enter_with_an_input_method_does_not_ask(visit: Visit) -> None:
    """While one composes, Enter takes the candidate: the box must not even hear of it."""
    heard = """(composing) => {
        const box = document.querySelector('#question textarea');
        let heard = 0;
        box.addEventListener('keydown', () => heard++, { once: true });
        box.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', isComposing: composing, bubbles: true}));
        return heard;
    }"""
    page = visit().page
    assert page.evaluate(heard, True) == 0
    assert page.evaluate(heard, False) == 1


def test_the_keyboard_alone_is_enough(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    page.locator(".brand").click()
    page.keyboard.press("/")
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    assert page.locator("#question textarea").input_value() == "第一行\n"
    page.fill("#question textarea", "")
    turn = visitor.ask("中央活力区总投资多少，总占地多少？")
    turn.locator(".cited .source").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#source .sheet")
    first = marked(page)
    if turn.locator(".cited .source").count() > 1:
        page.keyboard.press("ArrowRight")
        page.wait_for_function("old => document.querySelector('#source mark.active')?.textContent !== old", arg=first)
    page.keyboard.press("Escape")
    page.wait_for_selector("#source .sheet", state="detached")


def test_escape_closes_one_thing_after_the_other(visit: Visit) -> None:
    """A menu, then the source; the focus goes back to what opened it."""
    visitor = visit()
    page = visitor.page
    turn = visitor.ask(QUESTION)
    turn.locator("button.cite").first.click()
    page.wait_for_selector("#source .sheet")
    page.locator("#history .menu summary").click()
    page.keyboard.press("Escape")
    assert page.locator("#history details[open]").count() == 0
    assert page.locator("#source .sheet").count() == 1
    assert page.evaluate("document.activeElement.matches('#history summary')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#source .sheet", state="detached")
    assert turn.locator("button.cite").first.evaluate("button => button === document.activeElement")


def test_tab_goes_through_the_page_as_it_is_read(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    turn = visitor.ask(QUESTION)
    turn.locator("button.cite").first.click()
    page.wait_for_selector("#source .sheet")
    order = ["[role=tab]", "#history .new", ".turn button.cite", ".turn button.source", ".thumb", "#question textarea"]
    order += ["#send", "#source [data-step]", "#source [data-close]", "#source .body"]
    page.locator("[data-language]").first.focus()
    for place in order:
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("place => document.activeElement.matches(place)", place):
                break
        else:
            raise AssertionError(f"Tab does not come to {place}")


def test_a_screen_reader_is_told_what_happens(visit: Visit) -> None:
    """One live region says that an answer is being written, and then the answer, once; not every piece of it."""
    visitor = visit()
    page = visitor.page
    page.evaluate("""() => {
        window.told = [];
        new MutationObserver(() => told.push(document.querySelector("#juzheng-status")?.textContent))
            .observe(document.body, { childList: true, subtree: true, characterData: true });
    }""")
    visitor.ask(QUESTION)
    page.wait_for_function("document.querySelector('#juzheng-status').textContent.startsWith('回答：')")
    told = page.evaluate("told.filter((text, at) => text && text !== told[at - 1])")
    assert told[-1] == "回答：约520亿元；引用 1"
    assert told[:-1] in ([], ["正在回答"])
    assert page.locator("#conversation [role=log]").get_attribute("aria-live") == "off"
    figure = page.locator(".short .figure").first
    assert figure.get_attribute("role") == "button"
    assert "已核对" in figure.get_attribute("aria-label")


def test_everything_has_a_name_a_role_and_contrast(visit: Visit) -> None:
    """Chat, source, refusal, history menu, corpus and settings; the others where they are tested."""
    visitor = visit()
    page = visitor.page
    page.wait_for_selector(".examples button")
    assert visitor.faults() == []
    turn = visitor.ask(QUESTION)
    visitor.ask("火星基地的总投资是多少？")
    turn.locator("button.cite").first.click()
    page.wait_for_selector("#source mark.active")
    turn.locator("details.retrieved summary").click()
    turn.get_by_role("button", name="回答有误").click()
    page.wait_for_selector("form.feedback")
    page.locator("#history .menu summary").click()
    assert visitor.faults() == []
    visitor.open("资料")
    page.get_by_role("button", name="济南“项目突破”密码在哪", exact=False).first.click()
    page.wait_for_selector("#reader .reading")
    assert visitor.faults() == []
    visitor.open("设置")
    page.get_by_label("发表不早于").wait_for()
    assert visitor.faults() == []


def test_english_on_a_phone_has_names_and_room_too(visit: Visit) -> None:
    visitor = visit(locale="en-US", viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    page = visitor.page
    visitor.ask(QUESTION).locator("button.cite").first.click()
    page.wait_for_selector("#source mark.active")
    assert visitor.faults() == []
    for tab in ("Corpus", "Evaluation", "Settings"):  # none of them in a menu of those that had no room
        visitor.open(tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
