"""Layout: what is to be read, in which order, with which role; and nothing of the text is lost."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag._text import join
from rag.articles.article import Block
from rag.articles.furniture import is_furniture
from rag.articles.layout import lay_out

CORPUS = Path(__file__).parents[2] / "corpus"


def laid_out(text: str) -> list[tuple[str, str]]:
    """Return role and words of each block."""
    return [(block.role, join(text, block.spans)) for block in lay_out(text)]


def sample(name: str) -> str:
    return next(CORPUS.glob(f"{name}_*.txt")).read_text(encoding="utf-8")


def check_nothing_lost(text: str, blocks: tuple[Block, ...]) -> None:
    """Each character that is not blank is in one block, heads of tables in several; no block begins with a blank."""
    spans = sorted(span for block in blocks for span in block.spans)
    if "|" not in text and "\t" not in text:
        assert all(one.end <= two.start for one, two in pairwise(spans))
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    covered = {place for span in spans for place in range(span.start, span.end)}
    assert all(char.isspace() or place in covered for place, char in enumerate(text))
    assert not any(text[block.spans[0].start].isspace() for block in blocks)
    for block in blocks:
        assert block.spans
        # A blank at the end stands only between two words of a script with spaces, never at a block's end.
        assert not text[block.spans[-1].end - 1].isspace()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("000", "中国海外集团(华北)区域总部等重点产业项目加快建设"),
        ("000", "在项目推进实施上奋力跑出“加速度”"),
        ("000", "市中区新引进能源类企业61家,全区能源类企业总数累计达到218家"),
        ("000", "谋项目就是谋未来。"),
        ("003", "市中区持续聚焦“链主企业”进行“延链、补链、强链”"),
        ("003", "抢抓济南市科创金融改革试验区机遇"),
        ("003", "大力推动中国重卡、西门子等龙头工业企业"),
        ("003", "全面加快2158套安置房和2616套保障性租赁住房建设"),
    ],
)
def test_a_sentence_cut_by_a_column_is_whole_again(name: str, sentence: str) -> None:
    assert any(role == "body" and sentence in words for role, words in laid_out(sample(name)))


@pytest.mark.parametrize(
    ("name", "role", "words"),
    [
        ("000", "caption", "建设中的山东未来云谷。"),
        ("003", "caption", "市中区全景"),
        ("003", "caption", "山东大学国家大学科技园"),
        ("003", "caption", "市中教育蓬勃发展。"),
        ("003", "heading", "夯实新基础"),
        ("003", "heading", "市中区：活力品质强区建设开启新篇章"),
        ("002", "heading", "当好“服务员”亲商助企"),
        ("001", "furniture", "页面更新:2024-05-16"),
        ("001", "furniture", "1 2 3 4 5"),
        ("001", "furniture", "Top"),
        ("002", "furniture", "(相关资料图)"),
        ("002", "furniture", "关键词: 重点项目 生命周期 妇幼保健院"),
        ("003", "furniture", "扫码下载齐鲁壹点"),
        ("004", "furniture", "01 - 副本.jpg"),
        ("004", "furniture", "【责任编辑:李文闻】"),
        ("000", "furniture", "不要让这抹绿写在历史课本上"),
    ],
)
def test_parts_of_the_samples_have_their_roles(name: str, role: str, words: str) -> None:
    assert (role, words) in laid_out(sample(name))


def test_teasers_of_other_articles_are_not_read() -> None:
    read = "".join(words for role, words in laid_out(sample("004")) if role != "furniture")
    assert "海南" not in read
    assert "296X" not in read
    assert "柳桥" not in read
    assert "正从春天里出发" in read


@pytest.mark.parametrize("name", ["000", "001", "002", "003", "004"])
def test_samples_lose_nothing(name: str) -> None:
    check_nothing_lost(sample(name), lay_out(sample(name)))


LINES = st.one_of(
    st.sampled_from(
        [
            "# 标题",
            "## 拓展新维度",
            "记者 于悦",
            "编辑：蓝峰",
            "1 2 3 4 5",
            "01.jpg",
            "（图）",
            "- 第一项",
            "| 甲 | 乙 |",
            "| 丙 |",
            "| --- | --- |",
            "|项目|投资额（万元）|",
            "| 活力区 | 520 |",
            "项目\t单位：亿元",
            "商埠区\t84",
            "市中区加快建设中国海外集团（华",
            "北）区域总部等项目。",
            "The quick brown",
            "fox jumps over",
            "　　首行缩进，",
            "**",
            "？",
            "推荐阅读：",
            "责任编辑：张三",
            "一、总体要求",
            "全区经济持续向好，各项工作实现了新的突破，责任编辑：李四",
            "\u200b",
            "\x1f甲",
        ]
    ),
    st.text(max_size=30),
    st.text("的一是在不了有和人这中大为上个国我以要他。，、；：（）“”0123456789%a B\u3000\xa0", max_size=60),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(LINES, st.sampled_from(["\n", "\n\n", "\n \n"])), max_size=14))
def test_no_text_loses_anything(lines: list[tuple[str, str]]) -> None:
    text = "".join(line + end for line, end in lines)
    check_nothing_lost(text, lay_out(text))


WRAPPED = (
    "市中区坚持把产业转型升级作为加快新旧动能转换和推进新型城\n市化建设的核心动力，推动经济发展的含金量、含新量全面提升\n"
    "，前三季度全区实现金融业增加值二百零一亿元，占全市的比重\n为四分之一，同比增长百分之八，三项指标都居全市各区县的第\n一位。\n"
)


def test_wrapped_lines_are_one_block_of_several_spans() -> None:
    blocks = lay_out(WRAPPED)
    assert [len(block.spans) for block in blocks] == [5]
    assert join(WRAPPED, blocks[0].spans) == WRAPPED.replace("\n", "")


def test_wrapped_english_keeps_its_words_apart() -> None:
    text = (
        "The district government said on Monday that the total\ninvestment of the vitality zone is about fifty two\n"
        "billion yuan, of which more than one half has already\nbeen spent on roads, schools and the new hospital.\n"
    )
    (block,) = lay_out(text)
    assert join(text, block.spans).split() == text.split()


@pytest.mark.parametrize(
    "text",
    [
        "故人西辞黄鹤楼\n烟花三月下扬州\n孤帆远影碧空尽\n唯见长江天际流\n",
        "1. 建设中央活力区\n2. 建设中央商埠区\n3. 建设能源互联网产业集聚区\n",
        "- 现代金融示范区建设\n- 都市工业样板区建设\n- 数字经济先锋区建设\n",
        "| 活力区 | 520亿元 |\n| 商埠区 | 84亿元 |\n",
        "活力区\t520亿元\n商埠区\t84亿元\n",
        "济南市\n青岛市\n淄博市\n枣庄市\n东营市\n烟台市\n潍坊市\n",
    ],
)
def test_verses_lists_and_tables_stay_apart(text: str) -> None:
    assert [words for _, words in laid_out(text)] == text.splitlines()


def test_a_heading_is_not_the_beginning_of_the_paragraph_below() -> None:
    text = "全力推动三大战略\n\n作为省会济南的中心城区，市中区科学谋划、加快推进三大市级战略，释放产业新动能。\n"
    assert [role for role, _ in laid_out(text)] == ["heading", "body"]


def test_a_complete_paragraph_put_in_stays_a_block_of_its_own() -> None:
    text = (
        "近年来，市中区积极引进金融机构，加快建设科创金融改革试验区，全区新增省上市后备培育企业十五家，与多家银行签订合作协议，金融业增加值持\n\n"
        "一场春雨过后，泉城广场上游人如织。\n\n续增长，前三季度达到二百亿元，占全市的四分之一。\n"
    )
    words = [words for _, words in laid_out(text)]
    assert "金融业增加值持续增长" in words[0]
    assert words[1] == "一场春雨过后，泉城广场上游人如织。"


def test_furniture_glued_to_a_paragraph_is_cut_off() -> None:
    text = "项目总投资约520亿元。广告声明：文内含有的对外跳转链接，用于传递更多信息，结果仅供参考。"
    assert laid_out(text) == [
        ("body", "项目总投资约520亿元。"),
        ("furniture", "广告声明：文内含有的对外跳转链接，用于传递更多信息，结果仅供参考。"),
    ]


def test_a_second_article_below_the_credits_is_read() -> None:
    text = (
        "第一篇标题\n\n市中区签约二十三个项目，总投资二百五十亿元。\n\n编辑：蓝峰\n\n第二篇标题\n\n"
        "历下区今年新开工项目三十个，投资额创下新高。\n\n这些项目明年竣工，届时将新增就业两万人。\n"
    )
    assert ("body", "这些项目明年竣工，届时将新增就业两万人。") in laid_out(text)


@pytest.mark.parametrize(
    "line",
    [
        "声明指出，双方将加强合作。",
        "记者从市政府了解到，项目已开工。",
        "来源于民间的艺术",
        "编辑部的故事",
        "2023年1月30日",
        "12 35 47",
        "未经批准，任何单位不得占用耕地。",
        "关键词是创新",
        "设计 施工 监理一体化推进",
        "更多企业落户济南",
        "返回家乡创业的年轻人",
        "更新改造老旧小区",
    ],
)
def test_what_only_looks_like_furniture_is_read(line: str) -> None:
    assert not is_furniture(line)


def test_running_heads_and_page_numbers_are_furniture_and_a_sentence_goes_on_over_the_page() -> None:
    bodies = [
        "市中区坚持把产业转型升级作为加快新旧动能转换的核心动力，引进多家企业，签订战略合",
        "作协议，前三季度实现金融业增加值二百亿元，占全市的四分之一，同比增长百分之八，",
        "三项指标均居全市各区县第一位，全区经济持续向好。",
    ]
    text, pages = "", []
    for number, body in enumerate(bodies, 1):
        pages.append(len(text))
        text += f"济南市统计月报 第{number}期\n{body}\n{number}\n\n"
    blocks = [(block.role, join(text, block.spans)) for block in lay_out(text, pages)]
    assert [words for role, words in blocks if role == "body"] == ["".join(bodies)]
    assert [role for role, _ in blocks].count("furniture") == 6


def test_when_a_law_was_made_belongs_to_its_text() -> None:
    text = "# 青年奖励条例\n\n1994年3月14日 国务院令第151号发布\n\n第一条 为奖励青年，制定本条例。\n"
    assert ("body", "1994年3月14日 国务院令第151号发布") in laid_out(text)
