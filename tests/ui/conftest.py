"""One real server over one real index for all browser tests, and Debian's Chromium to look at it with."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from served_page import Served, Visitor, serve

from rag.workflow import Assistant

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

SCRIPTED = """# <img src=x onerror="document.title='owned'">海云栈道<script>document.title='owned'</script>

2024年3月2日，海云栈道<b>项目</b>开工。海云栈道项目总投资"><script>document.title='owned'</script>约7.3亿元，全长11公里。

{{value}} ${document.title='owned'} </mark></aside> [链接](javascript:alert(1)) `代码` **粗体**
"""


# Two papers, of one folder, that differ on one figure of one year.
DIFFERING = {
    "云澜/日报.txt": "澄湖区经济运行\n\n云澜日报2024年1月18日讯 2023年，澄湖区新增专精特新企业26家。\n",
    "云澜/晚报.txt": "澄湖区企业扩容\n\n云澜晚报2024年1月20日讯 2023年，澄湖区新增专精特新企业31家。\n",
}

# 5 MB, nearly all of it names of pictures: a page shows them all, and a build embeds none of them.
LONG = "# 堤防巡查日志\n\n" + "".join(f"巡查照片第{n:06d}号-堤段现场记录存档-{n:06d}.jpg\n\n" for n in range(82_000))


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the sample corpus, an article full of markup, two that differ, and one of 5 MB."""
    folder = tmp_path_factory.mktemp("ui")
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    for name, text in {"scripted.md": SCRIPTED, "long.txt": LONG, **DIFFERING}.items():
        (folder / "corpus" / name).parent.mkdir(exist_ok=True)
        (folder / "corpus" / name).write_text(text, encoding="utf-8")
    assert (folder / "corpus" / "long.txt").stat().st_size > 5_000_000
    Assistant.build(folder / "corpus", folder / "index").close()
    return folder / "index"


@pytest.fixture(scope="session")
def served(index: Path) -> Iterator[Served]:
    """The page over that index."""
    with Assistant.open(index) as assistant:
        server = serve(assistant)
        yield server
        server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless browser; without one these tests are skipped, or fail where JUZHENG_REQUIRE_BROWSER=1."""
    missing = ""
    if not Path(CHROMIUM).exists():
        missing = f"{CHROMIUM} is not there: apt-get install -y chromium"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing = 'playwright is not there: pip install "juzheng[dev]"'
    if missing and os.environ.get("JUZHENG_REQUIRE_BROWSER") == "1":
        pytest.fail(f"JUZHENG_REQUIRE_BROWSER=1, and {missing}")
    if missing:
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, served: Served) -> Iterator[Callable[..., Visitor]]:
    """Open the page as somebody new: ``visit(locale=…, viewport=…)``; ``url`` for another server or address."""
    contexts = []

    def somebody(*, url: str | None = None, state: Any = None, **settings: Any) -> Visitor:
        desktop = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
        settings = {**desktop, "storage_state": state, **settings}
        context = chromium.new_context(**settings)
        context.set_default_timeout(60_000)  # a busy machine is no fault
        contexts.append(context)
        page = context.new_page()
        visitor = Visitor(page, [], [])
        page.on("request", lambda request: visitor.requests.append(request.url))
        page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        page.goto(url or served.url)
        page.wait_for_selector(".welcome, .turn")
        return visitor

    yield somebody
    for context in contexts:
        context.close()
