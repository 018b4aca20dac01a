"""What models do, from perfect to hostile: what the user sees is right or marked, and never a wrong figure as right."""

from dataclasses import dataclass

import pytest
from scripted_server import Reply, Scripted

from rag import Answer, Assistant
from rag._text import join

PORT = "临海新港二期工程总投资多少"
TEA = "云岭县茶产业2023年前三季度综合产值是多少"
METRO = "海川市地铁5号线什么时候开通初期运营"
RIGHT = "临海新港二期工程总投资约36.8亿元[1]。\n简答：约36.8亿元"


@dataclass(frozen=True)
class Behaviour:
    """A model's replies, and what must come of them.

    ``cited`` are parts of the text that must stand in a cited sentence, ``wrong`` figures that no one may take for
    supported; ``short`` None leaves the short answer open.
    """

    name: str
    question: str
    replies: tuple[str | Reply, ...]
    short: str | None = None
    cited: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    refused: bool = False
    engine: str = "scripted"
    notice: str = ""


def said(name: str, reply: str | Reply, **expected: object) -> Behaviour:
    """A way of saying the right thing about the harbour."""
    return Behaviour(name, PORT, (reply,), **{"short": "约36.8亿元", "cited": ("约36.8亿元",), **expected})  # type: ignore[arg-type]


def wrong(name: str, reply: str, *figures: str, question: str = PORT) -> Behaviour:
    """A way of saying something wrong, twice: after the repair too."""
    return Behaviour(name, question, (reply, reply), wrong=figures, refused=True)


PORT_IS = "临海新港二期工程总投资约36.8亿元"
BEHAVIOURS = [
    said("perfect", RIGHT),
    # Every spelling of a citation.
    said("mark behind the full stop", f"{PORT_IS}。[1]\n简答：约36.8亿元"),
    said("full-width brackets", f"{PORT_IS}［1］。\n简答：约36.8亿元"),
    said("full-width digits", f"{PORT_IS}[１]。\n简答：约36.8亿元"),
    said("lenticular brackets", f"{PORT_IS}【1】。\n简答：约36.8亿元"),
    said("assistant's daggers", f"{PORT_IS}【1†harbour.txt】。\n简答：约36.8亿元"),
    said("list of numbers", f"{PORT_IS}[1, 2]。\n简答：约36.8亿元"),
    said("range of numbers", f"{PORT_IS}[1-3]。\n简答：约36.8亿元"),
    said("labelled in brackets", f"{PORT_IS}[来源1]。\n简答：约36.8亿元"),
    said("labelled in parentheses", f"{PORT_IS}（见资料1、2）。\n简答：约36.8亿元"),
    said("footnote", f"{PORT_IS}[^1]。\n简答：约36.8亿元"),
    said("raised", f"{PORT_IS}¹。\n简答：约36.8亿元"),
    said("Markdown link", f"{PORT_IS}[1](#harbour)。\n简答：约36.8亿元"),
    # Citations that are wrong, missing or invented: the sentence is attributed by its words.
    said("no mark", f"{PORT_IS}。\n简答：约36.8亿元"),
    said("mark zero", f"{PORT_IS}[0]。\n简答：约36.8亿元"),
    said("mark past the last", f"{PORT_IS}[99]。\n简答：约36.8亿元"),
    said("mark of another source", f"{PORT_IS}[3]。\n简答：约36.8亿元"),
    wrong("year in brackets is no mark but text", f"{PORT_IS}[2023]。", "2023"),
    # Form.
    said("thoughts", Reply(f"<think>\n会不会是21.5亿元？[2]\n</think>\n\n{RIGHT}", size=3)),
    said("thought without its opening tag", f"也许是21.5亿元。</think>{RIGHT}"),
    said("thoughts beside the text", Reply(RIGHT, reasoning="也许是21.5亿元")),
    said("Markdown", f"## 回答\n\n- **{PORT_IS}**[1]。\n\n**简答：**约36.8亿元", refused=False),
    said("table", "| 项目 | 总投资 |\n|---|---|\n| 临海新港二期工程 | 约36.8亿元[1] |\n\n简答：约36.8亿元"),
    said("numbered list", f"1. {PORT_IS}[1]。\n2. 工程占地1250亩[1]。\n简答：约36.8亿元", cited=("36.8", "1250亩")),
    said("half a character a packet", Reply(RIGHT, size=1, slice=2)),
    said("no short answer", f"{PORT_IS}[1]。"),
    said("short answer in English", f"{PORT_IS}[1]。\nShort answer: 约36.8亿元"),
    said("short answer that the answer does not say", f"{PORT_IS}[1]。\n简答：21.5亿元", wrong=("21.5亿元",)),
    said(
        "converted unit",
        "临海新港二期工程总投资约368000万元[1]。\n简答：约368000万元",
        short=None,
        cited=("368000万元",),
    ),
    Behaviour(
        "other language",
        PORT,
        ("The total investment of the second phase of Linhai New Port is about 3.68 billion yuan [1].",),
        cited=("3.68 billion",),
    ),
    # Altered figures.
    wrong("digits changed places", "临海新港二期工程总投资约38.6亿元[1]。\n简答：约38.6亿元", "约38.6亿元"),
    wrong("one digit more", "临海新港二期工程总投资约36.88亿元[1]。\n简答：约36.88亿元", "约36.88亿元"),
    wrong("unit swapped", "临海新港二期工程总投资约36.8万元[1]。\n简答：约36.8万元", "约36.8万元"),
    wrong("currency swapped", "临海新港二期工程总投资约36.8亿美元[1]。\n简答：约36.8亿美元", "约36.8亿美元"),
    wrong("approximation turned into a bound", "临海新港二期工程总投资超36.8亿元[1]。\n简答：超36.8亿元", "超36.8亿元"),
    wrong("figure of the terminal", "临海新港二期工程总投资21.5亿元[1]。\n简答：21.5亿元", "21.5亿元"),
    wrong("figure of another article", "临海新港二期工程总投资218亿元[1]。\n简答：218亿元", "218亿元"),
    wrong("invented figure", "临海新港二期工程年利润为7.3亿元[1]。\n简答：7.3亿元", "7.3亿元"),
    # The figure is in the corpus, and the sentence says of nothing what it is of, or of something else.
    wrong("figure of another article, subject left out", "总投资218亿元[1]。\n简答：218亿元", "218亿元"),
    wrong("nothing but a figure of another article", "218亿元。", "218亿元"),
    wrong("subject of one article, the rest of another", "临海新港二期工程设车站24座[1]。", "24座"),
    Behaviour(
        "second clause of another article",
        PORT,
        (f"{PORT_IS}[1]。该工程总投资约36.8亿元，设有地铁车站24座[3]。\n简答：约36.8亿元",) * 2,
        short="约36.8亿元",
        cited=("约36.8亿元",),
        wrong=("24座",),
    ),
    Behaviour(
        "second sentence of another article",
        PORT,
        (f"{PORT_IS}[1]。设车站24座[3]。\n简答：约36.8亿元",) * 2,
        short="约36.8亿元",
        cited=("约36.8亿元",),
        wrong=("24座",),
    ),
    Behaviour(
        "true of another subject",
        PORT,
        ("海川市地铁5号线总投资218亿元[3]。\n简答：218亿元",) * 2,
        short="",
        cited=("218亿元",),
        refused=True,
    ),
    Behaviour(
        "a second subject, named",
        PORT,
        (f"{PORT_IS}[1]。海川市地铁5号线总投资218亿元[3]。\n简答：约36.8亿元",),
        short="约36.8亿元",
        cited=("约36.8亿元", "218亿元"),
    ),
    wrong(
        "figure of last year",
        "2023年前三季度，云岭县茶产业综合产值为91.3亿元[1]。\n简答：91.3亿元",
        "91.3亿元",
        question=TEA,
    ),
    wrong(
        "wrong year",
        "2021年前三季度，云岭县茶产业综合产值达102.6亿元[1]。\n简答：102.6亿元",
        "2021年前三季度",
        question=TEA,
    ),
    wrong(
        "wrong day",
        "海川市地铁5号线计划于2024年3月23日开通初期运营[1]。\n简答：2024年3月23日",
        "2024年3月23日",
        question=METRO,
    ),
    wrong("rise turned into a fall", "云岭县茶产业综合产值同比下降12.4%[1]。\n简答：下降12.4%", "12.4%", question=TEA),
    wrong(
        "share turned into points",
        "茶产业综合产值同比增长12.4个百分点[1]。\n简答：12.4个百分点",
        "12.4个百分点",
        question=TEA,
    ),
    Behaviour(
        "right sentence and altered one",
        PORT,
        (f"{PORT_IS}[1]。其中，集装箱码头投资25.1亿元[1]。\n简答：约36.8亿元",) * 2,
        short="约36.8亿元",
        cited=("约36.8亿元",),
        wrong=("25.1亿元",),
    ),
    Behaviour(
        "repaired when told",
        PORT,
        ("临海新港二期工程总投资约38.6亿元[1]。\n简答：约38.6亿元", RIGHT),
        short="约36.8亿元",
        cited=("约36.8亿元",),
        wrong=("38.6亿元",),
    ),
    Behaviour(
        "repair that makes it worse",
        PORT,
        (f"{PORT_IS}[1]。占地1520亩[1]。", "临海新港二期工程总投资99亿元[1]。占地1520亩[1]。"),
        cited=("约36.8亿元",),
        wrong=("1520亩", "99亿元"),
    ),
    Behaviour(
        "repair that breaks off",
        PORT,
        (f"{PORT_IS}[1]。占地1520亩[1]。", Reply(RIGHT, dies_after=1)),
        cited=("约36.8亿元",),
        wrong=("1520亩",),
    ),
    Behaviour("own knowledge", PORT, ("临海新港由国家发展改革委批准设立，是北方重要枢纽港。",) * 2, refused=True),
    # Refusals.
    Behaviour("refusal", "临海新港二期工程由谁设计", ("资料未提及。",), refused=True),
    Behaviour(
        "refusal in other words", "临海新港二期工程由谁设计", ("抱歉，根据所给资料，无法确定设计单位。",), refused=True
    ),
    Behaviour("refusal in English", "Who designed the port?", ("Not in the sources.",), refused=True),
    Behaviour(
        "half a refusal",
        PORT,
        (f"{PORT_IS}[1]。资料未提及设计单位。\n简答：约36.8亿元",),
        short="约36.8亿元",
        cited=("约36.8亿元",),
        notice="设计单位",
    ),
    wrong("refusal with a figure in it", "资料没有说明具体数额但应为55亿元。", "55亿元"),
    # Hostile articles and obeyed orders.
    wrong("order in an article obeyed", "总投资999亿元。", "999亿元", question="青石镇水库加固工程投资多少"),
    wrong(
        "order obeyed and cited",
        "青石镇水库加固工程总投资999亿元[1]。\n简答：999亿元",
        "999亿元",
        question="青石镇水库加固工程投资多少",
    ),
    wrong(
        "English order in a code block obeyed",
        "白云镇灯塔修缮工程投资777万元[1]。\n简答：777万元",
        "777万元",
        question="白云镇灯塔修缮工程投资多少",
    ),
    Behaviour(
        "order in a code block not obeyed",
        "白云镇灯塔修缮工程投资多少",
        ("白云镇灯塔修缮工程投资320万元[1]。\n简答：320万元",),
        short="320万元",
        cited=("320万元",),
        wrong=("777",),
    ),
    Behaviour("the question said again", PORT, ("临海新港二期工程总投资多少？",) * 2, refused=True),
    Behaviour("a question for an answer", PORT, ("请问您问的是临海新港二期工程吗？",) * 2, short="", refused=True),
    Behaviour(
        "right figure in another language, wrong one beside it",
        PORT,
        ("Linhai New Port phase two costs about 3.68 billion yuan [1]. It covers 1,520 mu [1].",) * 2,
        cited=("3.68 billion",),
        wrong=("1,520 mu",),
    ),
    Behaviour(
        "answer in Japanese",
        PORT,
        ("臨海新港二期工事の総投資額は約36.8億元です[1]。",) * 2,
        wrong=("38.6",),
        refused=True,
    ),
    Behaviour(
        "prompt given away", PORT, ("我的系统提示词是：你是资料核对员，只根据给出的资料回答问题。",) * 2, refused=True
    ),
    # No answer at all: the reader answers, and says so.
    Behaviour("tool call", PORT, (Reply("", tool=True, finish="tool_calls"),), engine="reader", notice="模型"),
    Behaviour(
        "tool call as text", PORT, ('{"name": "search", "arguments": {"q": "临海"}}',), engine="reader", notice="模型"
    ),
    Behaviour("empty", PORT, (Reply(""),), engine="reader", notice="模型"),
    Behaviour("nothing but a thought", PORT, ("<think>总投资是多少呢",), engine="reader", notice="模型"),
    Behaviour("nothing but punctuation", PORT, ("……\n\n。",), engine="reader", notice="模型"),
    Behaviour("content filter", PORT, (Reply("临海新港", finish="content_filter"),), engine="reader", notice="过滤"),
    Behaviour("cut at the output limit", PORT, (Reply(RIGHT[:12], finish="length"),), engine="reader", notice="上限"),
    Behaviour(
        "dies in the middle",
        PORT,
        (Reply("临海新港二期工程总投资99亿元", dies_after=3),),
        engine="reader",
        notice="中断",
    ),
    Behaviour("ends without a finish", PORT, (Reply(RIGHT, finish=None),), engine="reader", notice="中途"),
    Behaviour("no JSON", PORT, (Reply(raw=b"data: {oops\n\n"),), engine="reader", notice="协议"),
    Behaviour("no UTF-8", PORT, (Reply(raw=b"data: \xff\xfe\n\n"),), engine="reader", notice="协议"),
    Behaviour("a web page", PORT, (Reply(raw=b"<html>nginx</html>"),), engine="reader", notice="模型"),
    Behaviour(
        "JSON of another kind", PORT, (Reply(raw=b'data: {"choices": [1]}\n\n'),), engine="reader", notice="协议"
    ),
    Behaviour(
        "error in the stream",
        PORT,
        (Reply(raw=b'data: {"error": {"message": "out of memory"}}\n\n'),),
        engine="reader",
        notice="memory",
    ),
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_what_the_user_sees_is_right_or_marked(assistant: Assistant, server: Scripted, behaviour: Behaviour) -> None:
    server.plays(*behaviour.replies)
    answer = assistant.ask(behaviour.question)
    assert answer.refused == behaviour.refused or behaviour.engine == "reader", answer.text
    assert answer.engine == behaviour.engine
    assert behaviour.notice in answer.notice
    assert answer.notice or behaviour.engine != "reader"
    if behaviour.short is not None:
        assert answer.short == behaviour.short
    for part in behaviour.cited:
        assert part in cited_text(answer), answer.text
    for figure in behaviour.wrong:
        assert not shown_as_right(answer, figure), answer.text
    citations_are_exact(answer, assistant)


def test_the_table_has_what_it_promises() -> None:
    assert len(BEHAVIOURS) >= 40
    assert len({behaviour.name for behaviour in BEHAVIOURS}) == len(BEHAVIOURS)


def cited_text(answer: Answer) -> str:
    """Return the text of an answer without its marked sentences."""
    text = answer.text
    for sentence in answer.unsupported:
        text = text.replace(sentence.rstrip("。."), "")
    return text


def shown_as_right(answer: Answer, figure: str) -> bool:
    """Whether a figure is in the short answer, in an unmarked sentence, or listed as carried."""
    listed = any(figure in item.text and item.status != "unsupported" for item in answer.figures)
    return figure in answer.short or figure in cited_text(answer) or listed


def citations_are_exact(answer: Answer, assistant: Assistant) -> None:
    for citation in answer.citations:
        assert join(assistant.article(citation.article_id).text, citation.spans) == citation.quote
        assert citation.quote
