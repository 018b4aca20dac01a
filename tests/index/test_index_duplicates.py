"""Reprints and near-duplicates are found at build and kept as groups."""

import random

from indexed_corpus import Corpus, article

from rag.index import Index, keys_of
from rag.index.duplicates import families, say_the_same, shingles

STORY = [
    "中央活力区项目昨日正式开工，总投资约五百二十亿元，占地三点二平方公里，建设工期预计五年。",
    "项目位于城区西部，北起经十路，南至二环南路，将建设商务办公、会展酒店和人才公寓等设施。",
    "开工仪式上，建设单位负责人介绍，一期工程包括三栋写字楼和一座会议中心，明年年底封顶。",
    "当地居民表示，项目建成之后，出行、就医和上学都会更加方便，周边的商铺也盼着早日开业。",
]
OTHER = [
    "水库除险加固工程通过竣工验收，主坝加高两米，新增库容三百万立方米，灌溉面积扩大一倍。",
    "验收组查看了溢洪道、放水洞和监测设施，认为工程质量合格，同意投入使用，并提出三点意见。",
    "今年汛期，水库调度中心将实行二十四小时值班，每两小时报送一次水位，确保下游村庄的安全。",
]


def repeaters(index: Index, article_id: str) -> set[str]:
    """Return the ids of the articles that say what some passage of this one says."""
    keys = keys_of(index.passages_of(article_id))
    return {passage.article_id for key in keys for passage in index.passages(index.group(key))}


def test_a_reprint_with_another_head_and_foot_is_grouped_and_another_story_is_not(corpus: Corpus) -> None:
    corpus.write("日报.txt", article("活力区开工", *STORY))
    corpus.write("晚报.txt", article("五百二十亿元项目开工", "本报讯", *STORY, "（记者 某某）"))
    corpus.write("水库.txt", article("水库验收", *OTHER))
    corpus.build()
    with corpus.open() as index:
        assert repeaters(index, "日报.txt") == {"晚报.txt"}
        assert repeaters(index, "晚报.txt") == {"日报.txt"}
        assert repeaters(index, "水库.txt") == set()
        ours = {
            p.text: key
            for key, p in zip(index.vectors.keys.tolist(), index.passages(index.vectors.keys.tolist()), strict=True)
            if p.article_id == "日报.txt"
        }
        for text, key in ours.items():
            same = index.passages(index.group(key))
            assert same
            for passage in same:
                assert passage.article_id == "晚报.txt"
                assert any(sentence in passage.text and sentence in text for sentence in STORY)


def test_the_group_is_gone_when_the_reprint_is(corpus: Corpus) -> None:
    corpus.write("日报.txt", article("开工", *STORY))
    corpus.write("晚报.txt", article("开工了", *STORY))
    corpus.build()
    corpus.remove("晚报.txt")
    corpus.build()
    with corpus.open() as index:
        assert all(index.group(key) == () for key in index.vectors.keys.tolist())


def test_a_figure_more_or_less_keeps_articles_together_but_not_reports_of_one_form(corpus: Corpus) -> None:
    corpus.write("a.txt", article("开工", *STORY))
    corpus.write("b.txt", article("开工", *STORY[:3], STORY[3].replace("早日", "尽快")))
    corpus.write("c.txt", article("开工", *OTHER[:2], STORY[0]))
    corpus.build()
    with corpus.open() as index:
        assert repeaters(index, "a.txt") == {"b.txt"}
        assert repeaters(index, "c.txt") == set()


def test_families_do_not_depend_on_the_order() -> None:
    draw = random.Random(3)
    from rag._text import Span
    from rag.articles.article import Article, Block
    from rag.index.duplicates import signature_of

    def signature(text: str) -> bytes:
        return signature_of(Article("a", "a", "", None, text, (Block("body", (Span(0, len(text)),)),)))

    stories = ["".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(300)) for _ in range(20)]
    texts = [
        story + "".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(10)) for story in stories for _ in range(4)
    ]
    truth = [number // 4 for number in range(len(texts))]
    signatures = [signature(text) for text in texts]
    for _ in range(3):
        order = draw.sample(range(len(texts)), len(texts))
        found = families([signatures[place] for place in order])
        assert None not in found
        assert len({(found[n], truth[place]) for n, place in enumerate(order)}) == len(set(found)) == 20


def test_short_texts_are_alike_by_chance_and_are_not_grouped(corpus: Corpus) -> None:
    corpus.write("a.txt", article("一", "今天晴，气温二十度。"))
    corpus.write("b.txt", article("二", "今天晴，气温二十度。"))
    corpus.build()
    with corpus.open() as index:
        assert repeaters(index, "a.txt") == set()


def test_punctuation_width_and_script_do_not_hide_a_reprint() -> None:
    assert say_the_same(shingles("总投资５２０亿元，工期５年！"), shingles("總投資520億元工期5年"))
    assert not say_the_same(shingles("总投资520亿元工期5年"), shingles("水库除险加固工程通过验收"))
    assert not say_the_same(shingles(""), shingles("总投资520亿元"))
