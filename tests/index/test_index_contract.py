"""What every engine behind ``Index`` owes, checked against arithmetic: ids and scores, filters inside, ties by key.

An engine joins by an entry in ``ENGINES``: a function that makes an index of a corpus folder.
"""

import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from indexed_corpus import Corpus, article, read
from reference_index import ReferenceIndex, assert_same

from rag import Assistant
from rag._errors import JuzhengError, UsageError
from rag.articles.article import Article
from rag.embeddings import load_embedder
from rag.index import Filter, Index, index_words, keys_of

PLACES = ["历下区", "市中区", "槐荫区", "天桥区", "历城区", "长清区"]
THINGS = ["轨道交通", "产业园", "医院", "学校", "棚户区改造", "水库", "高架桥"]


def local(corpus: Corpus) -> Index:
    corpus.build()
    return corpus.open()


ENGINES: dict[str, Callable[[Corpus], Index]] = {"local": local, "reference": ReferenceIndex}


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> Iterator[Callable[[Corpus], Index]]:
    opened: list[Index] = []

    def engine(corpus: Corpus) -> Index:
        opened.append(ENGINES[request.param](corpus))
        return opened[-1]

    yield engine
    for index in opened:
        index.close()


@pytest.fixture
def index(corpus: Corpus, make: Callable[[Corpus], Index]) -> Index:
    draw = random.Random(5)
    for number in range(60):
        sentences = [
            f"{draw.choice(PLACES)}{draw.choice(THINGS)}总投资{draw.randint(1, 99)}亿元，{draw.choice(THINGS)}开工。"
            for _ in range(draw.randint(1, 6))
        ]
        month = draw.choice(["", "-03", "-07", "-07-15"])
        date = f"{2021 + number % 3}{month}" if number % 7 else "-"
        folder = "日报" if number % 2 else "晚报"
        tags = tuple(tag for tag, every in (("经济", 2), ("GDP", 3), ("民生", 5)) if number % every == 0)
        head = f"{draw.choice(PLACES)}消息"
        corpus.write(f"{folder}-{number:02}.txt", article(head, *sentences, date=date, tags=tags))
    return make(corpus)


def keys_in(index: Index) -> list[int]:
    """Return the keys of all passages, in rising order."""
    return sorted(key for info in index.articles() for key in keys_of(index.passages_of(info.id)))


def test_dense_search_equals_brute_force(corpus: Corpus, index: Index) -> None:
    keys = keys_in(index)
    texts = [f"{passage.context}\n{passage.text}" for passage in index.passages(keys)]
    vectors = corpus.embedder.embed(texts, "passage")
    for question in ("历下区医院总投资", "高架桥", "水库什么时候开工"):
        query = corpus.embedder.embed([question], "query")[0]
        best = sorted(zip((-(vectors @ query)).tolist(), keys, strict=True))
        for k in (1, 10, len(keys), len(keys) + 9):
            assert_same(index.dense(query, k), [(key, -score) for score, key in best[:k]], 1e-5)


def test_lexical_search_equals_bm25_by_arithmetic(corpus: Corpus, index: Index) -> None:
    wanted = ReferenceIndex(corpus)
    assert max(len(index_words(passage.text)) for passage in index.passages(keys_in(index))) <= 40
    for question in ("历下区医院总投资96亿元", "高架桥开工", "开工", "从未说过的词"):
        for k in (1, 15, 999):
            assert_same(index.lexical(index_words(question), k), wanted.lexical(index_words(question), k), 1e-3)


def test_of_equal_scores_the_smaller_key_is_first_and_no_tie_is_cut_at_random(
    corpus: Corpus, make: Callable[[Corpus], Index]
) -> None:
    for number in range(80):
        corpus.write(f"{number:02}.txt", article("同题", "完全相同的一句话。"))
    index = make(corpus)
    keys = keys_in(index)
    assert [key for key, _ in index.lexical(index_words("一句话"), 5)] == keys[:5]
    query = corpus.embedder.embed(["相同"], "query")[0]
    # the same words, but another article: only the context could differ, and it does not
    assert [key for key, _ in index.dense(query, 5)] == keys[:5]


def number_of(source: str) -> int:
    return int(source[3:5])


@pytest.mark.parametrize(
    ("where", "admits"),
    [
        (Filter(since="2022"), lambda date, source: date >= "2022"),
        (Filter(until="2021-05"), lambda date, source: date[:4] == "2021" and date[:7] in ("2021", "2021-03")),
        (Filter(since="2022-07", until="2022-07"), lambda date, source: date in ("2022", "2022-07", "2022-07-15")),
        (
            Filter(as_of="2022-07"),
            lambda date, source: date[:4] == "2021" or date in ("2022-03", "2022-07", "2022-07-15"),
        ),
        (Filter(sources=("日报-*",)), lambda date, source: source.startswith("日报")),
        (Filter(sources=("日报-01.txt", "晚报-02.txt")), lambda date, source: source in ("日报-01.txt", "晚报-02.txt")),
        (Filter(since="2023", sources=("晚报*",)), lambda date, source: date >= "2023" and source.startswith("晚报")),
        (Filter(tags=("经济",)), lambda date, source: number_of(source) % 2 == 0),
        (Filter(tags=("ＧＤＰ", "經濟")), lambda date, source: number_of(source) % 6 == 0),
        (Filter(tags=("民生",), sources=("日报*",)), lambda date, source: number_of(source) % 10 == 5),
        (Filter(tags=("民",)), lambda date, source: False),
        (Filter(since="2030"), lambda date, source: False),
    ],
)
def test_filters_act_inside_the_search(
    corpus: Corpus, index: Index, where: Filter, admits: Callable[[str, str], bool]
) -> None:
    keys = keys_in(index)
    passages = dict(zip(keys, index.passages(keys), strict=True))
    dated = bool(where.since or where.until or where.as_of)
    wanted = {
        key
        for key, passage in passages.items()
        if (passage.published or not dated) and admits(passage.published or "", passage.source)
    }
    query = corpus.embedder.embed(["医院投资"], "query")[0]
    assert {key for key, _ in index.dense(query, len(keys), where)} == wanted
    assert {key for key, _ in index.lexical(["开工"], len(keys), where)} == wanted
    # a filter chooses, it does not change a score
    unfiltered = dict(index.lexical(["开工"], len(keys)))
    assert all(score == pytest.approx(unfiltered[key]) for key, score in index.lexical(["开工"], 5, where))
    assert len(index.dense(query, 3, where)) == min(3, len(wanted))


def test_a_source_with_brackets_in_its_name_is_found_by_it(corpus: Corpus, make: Callable[[Corpus], Index]) -> None:
    corpus.write("[深度]报道.txt", article("一", "水库开工。"))
    corpus.write("深报道.txt", article("二", "水库完工。"))
    index = make(corpus)
    found = index.passages([key for key, _ in index.lexical(["水库"], 9, Filter(sources=("[深度]报道.txt",)))])
    assert "[深度]报道.txt" in {passage.source for passage in found}


@pytest.mark.parametrize("date", ["2023-1", "23", "", "去年", "2023-01-01T00:00", "2023-01-"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(JuzhengError, match="since"):
        Filter(since=date)


def test_nothing_is_found_without_words_or_in_an_empty_index(corpus: Corpus, make: Callable[[Corpus], Index]) -> None:
    index = make(corpus)
    assert index.lexical(["医院"], 5) == index.lexical([], 5) == []
    assert index.dense(corpus.embedder.embed(["医院"], "query")[0], 5) == []
    assert list(index.articles()) == index.passages([]) == index.skipped() == []


def test_a_vector_of_another_size_is_refused(index: Index) -> None:
    with pytest.raises(ValueError, match="shape"):
        index.dense(np.zeros(5, np.float32), 3)


def test_an_article_comes_back_as_it_was_read(corpus: Corpus, make: Callable[[Corpus], Index]) -> None:
    text = article("标题", "第一段。", "第二段\u3000有空格。", date="2023-05", tags=("要闻", "GDP"))
    file = corpus.write("a.txt", text)
    (original,) = read(file)
    assert isinstance(original, Article)
    index = make(corpus)
    assert index.article("a.txt") == original
    passages = index.passages_of("a.txt")
    assert passages == index.passages(keys_of(passages)) == corpus.chunk(original)
    (info,) = index.articles()
    assert (info.id, info.title, info.published, info.characters, info.passages) == (
        "a.txt",
        "标题",
        "2023-05",
        len(original.text),
        1,
    )
    assert passages[0].tags == ("要闻", "GDP")
    assert index.passages_of("b.txt") == []
    for miss in (lambda: index.article("b.txt"), lambda: index.passages([12345]), lambda: index.group(12345)):
        with pytest.raises(KeyError):
            miss()


def test_passages_come_in_the_order_of_their_keys(index: Index) -> None:
    keys = random.Random(1).sample(keys_in(index), 40)
    assert index.passages(keys) == [index.passages([key])[0] for key in keys]


def test_one_content_has_one_name_and_another_content_another(corpus: Corpus, make: Callable[[Corpus], Index]) -> None:
    corpus.write("a.txt", article("标题", "第一段。"))
    first, again = make(corpus), make(corpus)
    assert first.generation == again.generation
    assert first.fingerprint == corpus.embedder.fingerprint
    assert first.newest() is first
    corpus.write("a.txt", article("标题", "第二段。"))
    assert make(corpus).generation != first.generation
    first.close()
    first.close()  # closing twice is harmless


def test_an_assistant_answers_over_any_engine(corpus: Corpus, make: Callable[[Corpus], Index]) -> None:
    corpus.write("a.txt", article("东港大桥通车", "东港大桥总投资27.5亿元，全长3.86公里。", date="2024-03"))
    corpus.write("b.txt", article("西山隧道开工", "西山隧道总投资9亿元。", date="2024-04"))
    with pytest.raises(JuzhengError, match="hashing-1"):
        Assistant(make(corpus))
    corpus.embedder = load_embedder()  # type: ignore[assignment]
    with Assistant(make(corpus)) as assistant:
        answer = assistant.ask("东港大桥总投资多少")
        assert answer.short == "27.5亿元"
        assert assistant.article(answer.citations[0].article_id).title == "东港大桥通车"
        assert [info.id for info in assistant.articles()] == ["a.txt", "b.txt"]
        with pytest.raises(UsageError, match=type(assistant.index).__name__):
            assistant.remove(["a.txt"])
