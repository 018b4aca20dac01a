"""Revisions: what a later text takes back is no answer, what it puts in its place is; the former may be asked for."""

from collections.abc import Iterator

import pytest
from test_reading import found_in

from rag import Assistant
from rag.search import read_query
from rag.synthesis.candidates import candidates, prepare
from rag.synthesis.revisions import revisions, sift

NOTICE = "公报中，“一般公共预算收入42.8亿元，增长5.3%”应更正为“一般公共预算收入43.2亿元，增长6.3%”，其他数据不变。"
REPORT = "全年一般公共预算收入42.8亿元，增长5.3%。社会消费品零售总额42.8亿元。"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # Each figure is put right by the one in its place.
        (NOTICE, [("42.8亿元", "43.2亿元"), ("5.3%", "6.3%")]),
        ("原文“规模为1200人”有误。现更正为“规模为1500人”。", [("1200人", "1500人")]),
        ("三桥总投资应为6.4亿元，误为5.4亿元。特此更正。", [("5.4亿元", "6.4亿元")]),
        ("2022年全县粮食总产量修订为32.4万吨。", [(None, "32.4万吨")]),
        ("通车时间由2025年6月推迟至2026年3月，总投资调整为21亿元。", [("2025年6月", "2026年3月"), (None, "21亿元")]),
        ("原定于4月14日举行的比赛改期至5月12日举行。", [("4月14日", "5月12日")]),
        ("追加资金0.8亿元，调整后安排资金3.1亿元。", [(None, "3.1亿元")]),
        ("床位由120张增加到260张，新增康复室6间。", [("120张", "260张")]),
        ("The opening was postponed from June 2024 to March 2025.", [("June 2024", "March 2025")]),
        ("Correction: it should be 36 million yuan, not 31 million yuan.", [("31 million yuan", "36 million yuan")]),
        # What is denied, and what does not tell a new figure.
        ("原计划投资3亿元，改为5亿元的说法不实。", []),
        ("由于雨天，比赛推迟3天。", []),
    ],
)  # fmt: skip
def test_the_figure_that_holds_and_the_one_before_are_found(text: str, told: list[tuple[str | None, str]]) -> None:
    found = revisions(prepare(found_in(text), 10))
    assert [(item.old and item.old.text, item.new.text) for item in found] == told


def test_what_is_taken_back_is_so_in_every_article_and_for_that_metric_only() -> None:
    query = read_query("一般公共预算收入多少")
    pages = prepare(found_in(NOTICE, REPORT), 10)
    kept, replaced = sift(query, candidates(query, query.parts[0], pages), revisions(pages))
    assert [(item.candidate.page.passage.id, item.candidate.text) for item in replaced if item.heir] == [
        ("p0", "42.8亿元"),
        ("p1", "42.8亿元"),
    ]
    retail = next(item for item in kept if item.page.passage.id == "p1" and item.text == "42.8亿元")
    assert "零售总额" in retail.page.text[: retail.span.start]


ARTICLES = {
    "opened": "鹿泉湖隧道动工\n\n2022年3月9日\n\n鹿泉湖隧道昨日动工，概算投资33.6亿元，预计2024年12月建成通车。\n",
    "moved": "鹿泉湖隧道通车日期有变\n\n2024年9月2日\n\n鹿泉湖隧道的通车日期延期至2025年10月，概算调整为37.9亿元。\n",
    "other": "桃岭隧道动工\n\n2022年4月1日\n\n桃岭隧道动工，概算投资33.6亿元，预计2024年12月建成通车。\n",
    "school": "苍溪一中招生\n\n2024年5月20日\n\n苍溪一中今年高一计划招生1200人，开设24个班。\n",
    "more": "苍溪一中扩招\n\n2024年6月8日\n\n经批准，苍溪一中高一招生计划由1200人调整为1350人。\n",
    "next": "苍溪二中招生\n\n2024年5月22日\n\n苍溪二中今年高一计划招生1200人。\n",
    "2021": "苍溪县2021年统计公报\n\n2022年3月20日\n\n年末，苍溪县每千人口医疗床位6.2张。\n",
    "2023": "苍溪县2023年统计公报\n\n2024年3月18日\n\n年末，苍溪县每千人口医疗床位由2021年的6.2张增加到7.0张。\n",
    "evening": "火车站春运\n\n2024年3月6日\n\n为期40天的春运昨日结束，鹿泉火车站共发送旅客86.4万人次。\n",
    "morning": "春运收官\n\n2024年3月7日\n\n春运期间，鹿泉火车站发送旅客84.6万人次，较去年增长三成。\n",
    "wrong": "猕猴桃节筹备\n\n2024年8月1日\n\n第十届猕猴桃采摘节将于9月1日在云峰镇开幕，到场客商300人。\n",
    "notice": "更正\n\n2024年8月3日\n\n本报8月1日《猕猴桃节筹备》中，“到场客商300人”应为“到场客商350人”。特此更正。\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    with Assistant.build(folder, folder.parent / "index") as built:
        yield built


@pytest.mark.parametrize(
    ("question", "short", "before"),
    [
        ("鹿泉湖隧道什么时候通车？", "2025年10月", ("2024年12月", "opened.txt")),
        ("鹿泉湖隧道概算投资多少？", "37.9亿元", ("33.6亿元", "opened.txt")),
        ("苍溪一中2024年高一招生多少人？", "1350人", ("1200人", "school.txt")),
        ("猕猴桃采摘节到场客商多少人", "350人", ("300人", "wrong.txt")),
        # Who asks for what was before is not told what is now; nor is another thing, or another year, replaced.
        ("鹿泉湖隧道原计划什么时候通车？", "2024年12月", None),
        ("桃岭隧道概算投资多少？", "33.6亿元", None),
        ("桃岭隧道什么时候通车", "2024年12月", None),
        ("苍溪二中高一招生多少人？", "1200人", None),
        ("苍溪县2021年每千人口医疗床位多少张", "6.2张", None),
    ],
)
def test_a_later_article_overrides_what_it_corrects_or_moves(
    assistant: Assistant, question: str, short: str, before: tuple[str, str] | None
) -> None:
    answer = assistant.ask(question)
    assert answer.short == short
    assert not answer.unsupported
    replaced = [side for side in answer.conflicts if side.replaced]
    if before is None:
        assert not replaced
        return
    text, source = before
    assert [side.text for side in replaced] == [text]
    cited = [citation for citation in answer.citations if citation.number in replaced[0].citations]
    assert source in [citation.source for citation in cited]
    assert f"此前为{text}[" in answer.text


def test_two_papers_of_one_day_that_differ_are_both_shown(assistant: Assistant) -> None:
    answer = assistant.ask("春运期间鹿泉火车站发送旅客多少人次？")
    assert {side.text for side in answer.conflicts} == {"86.4万人次", "84.6万人次"}
    assert not any(side.replaced for side in answer.conflicts)
    assert all(side.text in answer.short for side in answer.conflicts)
