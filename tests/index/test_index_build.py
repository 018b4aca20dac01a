"""The index equals its corpus, whatever happened to the corpus before."""

from indexed_corpus import Corpus, article

TWENTY = [f"第{number}号项目总投资约{number}20亿元，占地{number}平方公里，计划工期三年。" for number in range(20)]


def fill(corpus: Corpus) -> None:
    for number, text in enumerate(TWENTY):
        corpus.write(f"{number:02}.txt", article(f"项目{number}", text, date=f"2023-{number % 12 + 1:02}"))


def test_building_twice_changes_nothing(corpus: Corpus) -> None:
    fill(corpus)
    first = corpus.build()
    embedded = corpus.embedder.embedded
    second = corpus.build()
    assert (first.added, first.unchanged) == (20, 0)
    assert (second.added, second.replaced, second.removed, second.unchanged) == (0, 0, 0, 20)
    assert second.generation == first.generation
    assert corpus.embedder.embedded == embedded


def test_a_changed_file_is_replaced_and_a_removed_one_is_gone(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    embedded = corpus.embedder.embedded
    corpus.write("03.txt", article("别的", "这里说的是另一件事：甲虫。"))
    corpus.remove("04.txt")
    report = corpus.build()
    assert (report.added, report.replaced, report.removed, report.unchanged) == (0, 1, 1, 18)
    assert corpus.embedder.embedded == embedded + 1, "only what is new is embedded"
    with corpus.open() as index:
        found = index.passages([key for key, _ in index.lexical(["投资"], 100)])
        assert {passage.article_id for passage in found} == {f"{n:02}.txt" for n in range(20)} - {"03.txt", "04.txt"}
        assert [p.article_id for p in index.passages([k for k, _ in index.lexical(["甲虫"], 9)])] == ["03.txt"]


def test_who_may_read_one_file_of_an_index_may_read_all(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    with corpus.open() as index:
        files = [path for path in index.folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert len({path.stat().st_mode & 0o444 for path in files}) == 1


def test_the_history_of_an_index_leaves_no_trace(corpus: Corpus) -> None:
    fill(corpus)
    straight = corpus.build()
    corpus.write("00.txt", article("别的", "这里说的是另一件事。"))
    corpus.remove("01.txt")
    changed = corpus.build()
    fill(corpus)
    back = corpus.build()
    assert changed.generation != straight.generation
    assert back.generation == straight.generation
