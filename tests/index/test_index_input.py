"""Odd corpora: one bad file never stops a build, and what is skipped is said every time."""

from collections.abc import Iterator

import pytest
from indexed_corpus import Corpus, article, read

from rag._text import Span
from rag.articles.article import Article, Block, Skipped
from rag.articles.files import CorpusFile
from rag.index import build_index, check_index


def test_of_two_articles_with_one_id_the_file_that_sorts_first_keeps_it(corpus: Corpus) -> None:
    corpus.write("b.txt", article("二", "来自乙。", id_="x"))
    corpus.build()
    corpus.write("a.txt", article("一", "来自甲。", id_="x"), article("一", "又来自甲。", id_="x"))
    report = corpus.build()
    assert (report.added, report.replaced, report.removed) == (0, 1, 0)
    assert [item.source for item in report.skipped] == ["a.txt", "b.txt"]
    assert all("x" in item.why and "a.txt" in item.why for item in report.skipped)
    with corpus.open() as index:
        assert index.article("x").source == "a.txt"
        assert len(index.skipped()) == 2
    corpus.remove("a.txt")
    assert corpus.build().skipped == ()
    with corpus.open() as index:
        assert index.article("x").source == "b.txt", "the other file has its article back"


def test_what_is_skipped_is_reported_by_every_build(corpus: Corpus) -> None:
    corpus.write("a.txt", article("一", "正文。"))
    corpus.write("b.txt", "空的")
    assert [item.source for item in corpus.build().skipped] == ["b.txt#0"]
    assert [item.source for item in corpus.build().skipped] == ["b.txt#0"]


def test_a_file_that_vanishes_during_the_build_is_skipped(corpus: Corpus) -> None:
    corpus.write("a.txt", article("一", "正文。"))
    files = [*corpus.files(), CorpusFile(corpus.folder / "gone.txt", "gone.txt")]
    report = build_index(corpus.path, files, embedder=corpus.embedder, chunk=corpus.chunk, read=read)
    assert report.added == 1
    assert [item.source for item in report.skipped] == ["gone.txt"]


def test_a_file_that_changes_while_it_is_read_is_read_again(corpus: Corpus) -> None:
    file = corpus.write("a.txt", article("一", "旧的正文。"))

    def slow_read(file: CorpusFile) -> Iterator[Article | Skipped]:
        found = list(read(file))
        corpus.write("a.txt", article("一", "新的正文。"))
        yield from found

    build_index(corpus.path, [file], embedder=corpus.embedder, chunk=corpus.chunk, read=slow_read, recipe="test-1")
    assert corpus.build().replaced == 1
    with corpus.open() as index:
        assert index.passages_of("a.txt")[0].text == "新的正文。"


def test_text_that_no_file_can_hold_is_skipped(corpus: Corpus) -> None:
    file = corpus.write("a.txt", "")

    def broken(file: CorpusFile) -> Iterator[Article | Skipped]:
        for id_, text in (("1", "好的正文。"), ("2", "坏的\ud800正文。"), ("3", "零\x00字节。")):
            yield Article(id_, id_, "", None, text, (Block("body", (Span(0, len(text)),)),))

    report = build_index(corpus.path, [file], embedder=corpus.embedder, chunk=corpus.chunk, read=broken)
    assert report.added == 2
    assert [item.source for item in report.skipped] == ["2"]
    assert check_index(corpus.path, embedder=corpus.embedder) == []
    with corpus.open() as index:
        assert index.article("3").text == "零\x00字节。"


def test_an_article_without_passages_is_kept(corpus: Corpus) -> None:
    corpus.write("a.txt", article("只有标题", ""))
    corpus.build()
    with corpus.open() as index:
        assert [info.passages for info in index.articles()] == [0]


def test_passages_that_say_the_very_same_have_keys_of_their_own(corpus: Corpus) -> None:
    corpus.write(
        "a.txt",
        article(
            "重复",
            *["同一段话说了又说，说了又说，说了又说，说了又说，说了又说，说了又说，说了又说，说了又说，说了。"] * 5,
        ),
    )
    corpus.build()
    with corpus.open() as index:
        passages = index.passages_of("a.txt")
        assert len({passage.text for passage in passages}) < len(passages) == len(set(index.vectors.keys.tolist()))
    assert check_index(corpus.path, embedder=corpus.embedder) == []


def test_an_emptied_corpus_empties_the_index(corpus: Corpus) -> None:
    corpus.write("a.txt", article("一", "正文。"))
    corpus.build()
    corpus.remove("a.txt")
    assert corpus.build().removed == 1
    with corpus.open() as index:
        assert index.lexical(["正文"], 5) == []
        with pytest.raises(KeyError):
            index.article("a.txt")


def test_another_recipe_reads_everything_again_but_embeds_only_what_is_new(corpus: Corpus) -> None:
    for number in range(5):
        corpus.write(f"{number}.txt", article("一", f"第{number}篇正文。"))
    corpus.build()
    embedded = corpus.embedder.embedded
    report = corpus.build(recipe="test-2")
    assert report.unchanged == 5
    assert corpus.embedder.embedded == embedded
    with corpus.open() as index:
        assert index.manifest.recipe == "test-2"


def test_progress_ends_with_all_done(corpus: Corpus) -> None:
    for number in range(5):
        corpus.write(f"{number}.txt", article("一", f"第{number}篇正文。"))
    seen: list[tuple[str, int, int]] = []
    build_index(
        corpus.path,
        corpus.files(),
        embedder=corpus.embedder,
        chunk=corpus.chunk,
        read=read,
        progress=lambda *step: seen.append(step),
    )
    for stage in ("read", "index"):
        steps = [(done, total) for name, done, total in seen if name == stage]
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1] > 0
