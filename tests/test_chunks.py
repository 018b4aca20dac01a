"""Chunking loses nothing, keeps the budget, and its passages can be traced to the article's characters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag._text import Span, join
from rag.articles.article import Article, Block, Role
from rag.chunks import Passage, chunk


def article_of(*blocks: tuple[Role, str], gap: str = "\n") -> Article:
    """Return an article whose text is the blocks' texts, ``gap`` between them."""
    text, laid = "", []
    for role, content in blocks:
        text += gap if text else ""
        laid.append(Block(role, (Span(len(text), len(text) + len(content)),)))
        text += content
    return Article("a", "a.txt", "题", None, text, tuple(laid))


def one_a_character(text: str) -> int:
    return len(text)


_ROLES = st.sampled_from(["heading", "body", "caption", "furniture"])
_TEXTS = st.text(alphabet="今天好a1。！，、 ", min_size=1, max_size=60)


@given(st.lists(st.tuples(_ROLES, _TEXTS), max_size=12), st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_every_character_of_heading_and_body_is_in_exactly_one_passage(
    blocks: list[tuple[Role, str]], budget: int
) -> None:
    article = article_of(*blocks)
    passages = chunk(article, budget=budget, count_tokens=one_a_character)
    covered = [offset for passage in passages for span in passage.spans for offset in range(span.start, span.end)]
    assert len(covered) == len(set(covered))
    wanted = {
        offset
        for block in article.blocks
        if block.role in ("heading", "body")
        for span in block.spans
        for offset in range(span.start, span.end)
    }
    assert wanted <= set(covered)
    assert all(article.text[offset].isspace() for offset in set(covered) - wanted)


@given(st.lists(st.tuples(_ROLES, _TEXTS), max_size=12), st.integers(4, 50))
@settings(max_examples=200, deadline=None)
def test_no_passage_is_over_the_budget_and_each_is_its_spans(blocks: list[tuple[Role, str]], budget: int) -> None:
    article = article_of(*blocks)
    for passage in chunk(article, budget=budget, count_tokens=lambda text: len(text.replace("\n", ""))):
        assert len(passage.text.replace("\n", "")) <= budget
        assert passage.text == join(article.text, passage.spans)


def test_a_sentence_cut_by_a_caption_is_whole_and_traced_to_both_pieces() -> None:
    text = "总部在中国(华\n建设中的大楼。\n北)落户，投资10亿元。"
    first, caption = text.index("\n"), text.rindex("\n")
    body = Block("body", (Span(0, first), Span(caption + 1, len(text))))
    article = Article("a", "a.txt", "题", None, text, (body, Block("caption", (Span(first + 1, caption),))))
    [passage] = chunk(article, budget=100, count_tokens=one_a_character)
    assert passage.text == "总部在中国(华北)落户，投资10亿元。"
    at = passage.text.index("华北")
    assert passage.locate(at, at + 2) == (Span(first - 1, first), Span(caption + 1, caption + 2))


def test_a_heading_opens_a_passage_and_names_it() -> None:
    article = article_of(("heading", "一、工业"), ("body", "甲。"), ("heading", "二、农业"), ("body", "乙。"))
    passages = chunk(article, budget=100, count_tokens=one_a_character)
    assert [(passage.heading, passage.text) for passage in passages] == [
        ("一、工业", "一、工业\n甲。"),
        ("二、农业", "二、农业\n乙。"),
    ]


def test_ids_are_stable_and_depend_on_the_content() -> None:
    def ids(text: str) -> list[str]:
        return [passage.id for passage in chunk(article_of(("body", text)), budget=9, count_tokens=one_a_character)]

    assert ids("甲乙丙。丁戊己。庚辛壬。") == ids("甲乙丙。丁戊己。庚辛壬。")
    assert ids("甲乙丙。") != ids("甲乙丁。")


def test_locating_merges_what_adjoins() -> None:
    passage = Passage("p", "a", (Span(5, 8), Span(8, 10), Span(20, 22)), "abcdefg", "", "", "", None)
    assert passage.locate(0, 7) == (Span(5, 10), Span(20, 22))


def test_a_budget_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        chunk(article_of(("body", "甲。")), budget=0, count_tokens=one_a_character)


def test_no_text_is_counted_twice() -> None:
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return len(text)

    chunk(
        article_of(("heading", "概况"), *[("body", f"第{n}句话。又一句{n}。") for n in range(9)]),
        budget=30,
        count_tokens=count,
    )
    assert len(counted) == len(set(counted)), "the tokenizer is the floor of a build"
