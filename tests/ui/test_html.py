"""Answers, sources and lists as HTML, without a browser."""

import re
from html import unescape
from typing import Any, get_args

import pytest

from rag._text import Span
from rag.articles import Article, Block, Published
from rag.index import ArticleInfo
from rag.synthesis.draft import Reason
from rag.ui.answers import answer_html, figures_checked
from rag.ui.corpus import _parts, _uploaded
from rag.ui.language import preferred, speaker
from rag.ui.lists import SHOWN, articles_html
from rag.ui.sources import WINDOW, Mark, original_html, reading_html
from rag.verification.wording import instead, refusal

zh, en = speaker("zh"), speaker("en")


def citation(number: int, quote: str, article: str = "a") -> dict[str, Any]:
    return {
        "number": number,
        "source": f"{article}.txt",
        "article": article,
        "title": f"题{number}",
        "published": "2023-02",
        "quote": quote,
        "spans": [[0, len(quote)]],
    }


def figure(text: str, status: str = "exact", cited: int | None = 1) -> dict[str, Any]:
    return {"text": text, "value": 1, "unit": "元", "kind": "amount", "status": status, "citation": cited}


def record(**changed: Any) -> dict[str, Any]:
    return {
        "question": "总投资多少",
        "short": "约520亿元",
        "text": "活力区总投资约520亿元[1]。",
        "refused": False,
        "reason": None,
        "confidence": 0.9,
        "engine": "reader",
        "index": "g",
        "citations": [citation(1, "总投资约520亿元")],
        "figures": [figure("约520亿元")],
        "conflicts": [],
        "unsupported": [],
        "notice": "",
        "details": {},
        "seconds": {},
        "hits": [],
        **changed,
    }


def words(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def test_a_mark_that_no_citation_has_is_no_button() -> None:
    html = answer_html(record(text="一[1]二[0]三[2]。"), 7, zh)
    assert html.count('<button type="button" class="cite"') == 1
    assert "[0]" in html
    assert "[2]" in html


def test_a_figure_inside_a_longer_number_is_not_it() -> None:
    html = answer_html(record(short="", text="共15亿元，其中5亿元[1]。", figures=[figure("5亿元")]), 1, zh)
    text = html.split('class="text"')[1].split("</div>")[0]
    assert re.findall(r'class="figure[^>]*>([^<]*)<', text) == ["5亿元"]
    assert "共15亿元" in text


def test_of_two_like_figures_each_has_the_status_of_its_own_citation() -> None:
    html = answer_html(
        record(
            short="",
            text="甲有5亿元[1]。乙有5亿元[2]。",
            citations=[citation(1, "甲5亿元"), citation(2, "乙50亿元")],
            figures=[figure("5亿元", "exact", 1), figure("5亿元", "rounded", 2)],
        ),
        1,
        zh,
    )
    text = html.split('class="text"')[1].split("</div>")[0]
    assert re.findall(r'class="figure (\w+)', text) == ["exact", "rounded"]


@pytest.mark.parametrize("place", ["short", "text", "quote", "title", "source", "conflict", "figure", "notice", "hit"])
def test_markup_is_escaped_wherever_it_comes_from(place: str) -> None:
    evil = "<img src=x onerror=alert(1)>'\"&"
    changed: dict[str, Any] = {place: evil} if place in ("short", "text", "notice") else {}
    if place in ("quote", "title", "source"):
        changed = {"citations": [{**citation(1, "x"), place: evil}]}
    if place == "conflict":
        changed = {"conflicts": [{"text": evil, "period": evil, "citations": [1]}]}
    if place == "figure":
        changed = {"text": f"有{evil}[1]", "figures": [figure(evil)]}
    if place == "hit":
        hit = {"article": "b", "source": evil, "title": evil, "published": evil, "text": evil, "spans": [[0, 1]]}
        changed = {"hits": [{**hit, "lexical": 1, "dense": None, "duplicates": []}]}
    html = answer_html(record(**changed), 1, zh)
    assert "<img" not in html
    assert "&lt;img" in html
    assert not re.search(r'(?<=[\s"])onerror=(?![^<>]*&gt;)', html)


def test_a_figure_that_was_replaced_is_no_disagreement() -> None:
    sides = [
        {"text": "43.2亿元", "period": None, "citations": [1]},
        {"text": "42.8亿元", "period": None, "citations": [1]},
    ]
    differ = answer_html(record(conflicts=sides), 1, zh)
    replaced = answer_html(record(conflicts=[sides[0], {**sides[1], "replaced": True}]), 1, zh)
    assert "各来源说法不同" in differ
    assert "此前" not in differ
    assert "已更正或调整" in replaced
    assert replaced.index("42.8亿元") < replaced.index("此前")


def test_an_unsupported_sentence_and_figure_are_loud() -> None:
    html = answer_html(
        record(
            text="总投资约520亿元[1]。另有999亿元。",
            unsupported=["另有999亿元。"],
            figures=[figure("约520亿元"), figure("999亿元", "unsupported", None)],
        ),
        1,
        en,
    )
    assert "No source supports this sentence" in html
    assert 'class="figure unsupported"' in html


def test_every_reason_has_words_in_both_languages() -> None:
    for reason in get_args(Reason):
        said = {language: refusal(reason, language) for language in ("zh", "en")}
        refused = record(refused=True, reason=reason, short="", text=said["zh"])
        assert said["zh"] in words(answer_html(refused, 1, zh))
        assert words(answer_html(refused, 1, zh)).count(said["zh"]) == 1
        assert said["en"] in words(answer_html(refused, 1, en))
        assert said["zh"] not in words(answer_html(refused, 1, en))


def test_a_refusal_says_what_is_there_instead() -> None:
    text = refusal("other_period", "zh") + instead("zh") + "2022年有9家[1]。"
    html = answer_html(record(refused=True, reason="other_period", short="", text=text), 1, zh)
    above, below = html.split('class="refusal"')[1].split("<h3>", 1)
    assert words("<p " + above) == "资料里没有答案" + refusal("other_period", "zh")
    assert words(below.split("<section")[0]) == "资料里与此有关的：2022年有9家1。"


@pytest.mark.parametrize(
    ("text", "above", "below"),
    [
        ("约520亿元[1]。活力区总投资约520亿元[1]。", "约520亿元1", "活力区总投资约520亿元1。"),
        ("活力区总投资约520亿元[1]。", "约520亿元", "活力区总投资约520亿元1。"),
        ("约520亿元[1]。", "", "约520亿元1。"),
    ],
)
def test_the_short_answer_stands_above_once(text: str, above: str, below: str) -> None:
    html = answer_html(record(text=text), 1, zh).split("<section")[0]
    parts = re.findall(r'<(?:p class="short"|div class="text")>(.*?)</(?:p|div)>', html)
    assert [words(part) for part in parts] == ([above] if above else []) + [below]


def test_conflicts_are_rows_with_period_date_and_source() -> None:
    sides = [
        {"text": "9家", "period": "2022", "citations": [1]},
        {"text": "6家", "period": "2023", "citations": [2]},
    ]
    html = answer_html(record(conflicts=sides, citations=[citation(1, "9家"), citation(2, "6家", "b")]), 1, zh)
    rows = re.findall(r"<tr>(.*?)</tr>", html.split("<tbody>")[1])
    assert [words(row) for row in rows] == ["9家20222023-02题1 1", "6家20232023-02题2 2"]
    assert "各时期的数字" in html
    assert 'class="short"' not in html, "the table is the short answer"
    for periods in (("2022年", "2022年"), ("2022年", "2022年6月"), ("2022年", None)):
        same = [{**side, "period": period} for side, period in zip(sides, periods, strict=True)]
        assert "各来源说法不同" in answer_html(record(conflicts=same, citations=[citation(1, "9家")]), 1, zh)


def test_a_quote_that_the_answer_gives_word_for_word_is_not_said_twice() -> None:
    for quote in ("总投资约520亿元", "总投资约520亿元。"):
        assert "<q>" not in answer_html(record(citations=[citation(1, quote)]), 1, zh).split("<section")[1]
    assert "<q>" in answer_html(record(text="活力区要投约520亿元[1]。"), 1, zh).split("<section")[1]


def test_what_was_checked_is_counted() -> None:
    figures = [figure("约520亿元"), figure("1%", "rounded"), figure("999亿元", "unsupported", None)]
    assert figures_checked(record(figures=figures), zh) == "✓ 2 个数字已核对 · ⚠ 1 个数字未核实"
    assert figures_checked(record(figures=[]), en) == ""


def test_the_tip_of_a_figure_shows_the_words_around_it() -> None:
    quote = "甲" * 200 + "总投资约520亿元" + "乙" * 200
    html = answer_html(record(citations=[citation(1, quote)]), 1, zh)
    tip = re.findall(r'data-tip="([^"]*)"', html)[0]
    assert "总投资约520亿元" in tip
    assert len(tip) < 120


def test_what_was_cited_is_not_listed_as_merely_found() -> None:
    hit = {"source": "s", "title": "t", "published": None, "text": "w", "lexical": 1, "dense": 2, "duplicates": []}
    hits = [{**hit, "article": "a", "spans": [[0, 50]]}, {**hit, "article": "b", "spans": [[0, 50]]}]
    html = answer_html(record(hits=hits), 1, zh)
    assert re.findall(r'data-event="hit"[^>]*data-number="(\d+)"', html) == ["1"]


def article(text: str, blocks: tuple[Block, ...] = ()) -> Article:
    return Article("a", "a.txt", "题", Published("2023", "文中"), text, blocks)


def test_the_marked_characters_are_those_of_the_spans() -> None:
    text = "前文。中国海外集团(华\n\n图注\n\n北)区域总部。后文"
    spans = (Span(3, 11), Span(17, 24))
    marks = [Mark(2, spans, active=True, words=("集团", "<"))]
    html = original_html(article(text, (Block("caption", (Span(13, 15),)),)), marks, zh)
    assert re.sub(r"<[^>]+>", "", "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html))) == "".join(
        span.of(text) for span in spans
    )
    assert html.count('class="jump"') == 1
    assert '<span class="role-caption">图注</span>' in html


def test_nothing_of_a_text_is_lost_or_changed_but_its_window() -> None:
    text = "".join(f"第{number}行 <b>&amp;\n\n\n" for number in range(9000))
    marks = [Mark(1, (Span(60_000, 60_010),), active=True)]
    html = re.sub(r"<button.*?</button>", "", original_html(article(text), marks, zh))
    shown = words(html)
    assert shown in text
    assert len(shown) >= 2 * WINDOW - 1000
    whole = original_html(article(text), marks, zh, Span(0, len(text)))
    assert words(whole) == text


def test_blocks_are_read_in_order_with_joins_where_the_layout_cut() -> None:
    text = "一句话断\n\n图注\n\n在这里。\n尾"
    blocks = (Block("body", (Span(0, 4), Span(10, 14))), Block("caption", (Span(6, 8),)))
    html = reading_html(article(text, blocks), zh)
    assert words(html) == "一句话断在这里。图注"
    assert html.count('class="join"') == 1


def test_a_line_break_inside_a_block_is_no_join() -> None:
    html = reading_html(article("一句\n话", (Block("body", (Span(0, 2), Span(3, 4))),)), zh)
    assert 'class="join"' not in html


def test_a_row_read_with_its_heads_is_marked_without_jumps_and_joins() -> None:
    text = "单位：亿元\n| 项目 | 投资 |\n| 活力区 | 520 |"
    row = (Span(18, 20), Span(8, 11), Span(20, 26), Span(13, 16), Span(26, 29), Span(3, 5), Span(29, 31))
    shown = article(text, (Block("body", (Span(0, 5),)), Block("body", (Span(6, 17),)), Block("body", row)))
    assert "".join(span.of(text) for span in row) == "| 项目 活力区 | 投资 520亿元 |"
    html = original_html(shown, [Mark(1, row, active=True)], zh)
    assert words(html) == text
    assert 'class="jump"' not in html
    assert "亿元</mark>" in html
    assert 'class="join"' not in reading_html(shown, zh)


def test_a_long_article_is_read_in_steps() -> None:
    text = "字" * 40 * 1000
    blocks = tuple(Block("body", (Span(at * 40, at * 40 + 40),)) for at in range(1000))
    html = reading_html(article(text, blocks), zh)
    step = int(re.findall(r'data-first="(\d+)"', html)[0])
    assert html.count("<p ") == step < 1000
    rest = reading_html(article(text, blocks), zh, step)
    assert rest.count("<p ") + step <= 1000


def test_the_list_is_found_in_and_paged() -> None:
    infos = [
        ArticleInfo(str(at), f"{at}.txt", f"题 {at}", "2023" if at % 2 else None, "f", 10, 0 if at == 3 else 1, ())
        for at in range(120)
    ]
    html = articles_html(infos, [], "", 0, zh)
    assert html.count("<tr><td") == SHOWN
    assert f'data-first="{SHOWN}"' in html
    found = articles_html(infos, [], "题 3.txt", 0, en)
    assert "no body text" in found
    assert all("3" in row for row in re.findall(r"<tr><td.*?</tr>", found))


def test_a_name_of_an_upload_leads_nowhere_else() -> None:
    assert _parts("../../etc/passwd") == ["etc", "passwd"]
    assert _parts("/abs\\x/..") == ["abs", "x"]
    assert _parts("..") == ["upload"]


def test_only_uploaded_files_are_taken_in() -> None:
    from rag._errors import JuzhengError

    with pytest.raises(JuzhengError, match="刚上传"):
        _uploaded("/etc/hostname")


@pytest.mark.parametrize(
    ("header", "language"),
    [("en-GB,en;q=0.9,zh;q=0.8", "en"), ("fr, zh-TW;q=0.5, en;q=0.1", "zh"), ("", "zh"), ("de;q=x", "zh")],
)
def test_the_language_of_a_browser(header: str, language: str) -> None:
    assert preferred(header) == language
