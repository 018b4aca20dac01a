"""Both searches against arithmetic done by hand: ids and scores, filters inside, ties by key."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from indexed_corpus import Corpus, article, read

from rag._errors import JuzhengError
from rag.index import Filter, LocalIndex, index_words
from rag.index.lexical import HEAD_WEIGHT

PLACES = ["历下区", "市中区", "槐荫区", "天桥区", "历城区", "长清区"]
THINGS = ["轨道交通", "产业园", "医院", "学校", "棚户区改造", "水库", "高架桥"]


@pytest.fixture
def index(corpus: Corpus) -> Iterator[LocalIndex]:
    draw = random.Random(5)
    for number in range(60):
        sentences = [
            f"{draw.choice(PLACES)}{draw.choice(THINGS)}总投资{draw.randint(1, 99)}亿元，{draw.choice(THINGS)}开工。"
            for _ in range(draw.randint(1, 6))
        ]
        month = draw.choice(["", "-03", "-07", "-07-15"])
        date = f"{2021 + number % 3}{month}" if number % 7 else "-"
        folder = "日报" if number % 2 else "晚报"
        corpus.write(f"{folder}-{number:02}.txt", article(f"{draw.choice(PLACES)}消息", *sentences, date=date))
    corpus.build()
    with corpus.open() as opened:
        yield opened


def test_dense_search_equals_brute_force(corpus: Corpus, index: LocalIndex) -> None:
    keys, vectors = np.array(index.vectors.keys), np.array(index.vectors.vectors)
    for question in ("历下区医院总投资", "高架桥", "水库什么时候开工"):
        query = corpus.embedder.embed([question], "query")[0]
        scores = vectors @ query
        best = sorted(zip((-scores).tolist(), keys.tolist(), strict=True))[:10]
        found = index.dense(query, 10)
        assert [key for key, _ in found] == [key for _, key in best]
        np.testing.assert_allclose([score for _, score in found], [-score for score, _ in best], rtol=1e-5)


def test_the_vector_of_each_key_is_that_of_its_passage(corpus: Corpus, index: LocalIndex) -> None:
    keys = index.vectors.keys.tolist()
    texts = [f"{passage.context}\n{passage.text}" for passage in index.passages(keys)]
    np.testing.assert_allclose(index.vectors.vectors, corpus.embedder.embed(texts, "passage"), atol=1e-6)


def bm25(documents: list[list[str]], query: list[str], place: int) -> float:
    """Return the BM25 score (k1 1.2, b 0.75) of one document; lengths up to 40 are not rounded by tantivy."""
    average = sum(map(len, documents)) / len(documents)
    counts = Counter(documents[place])
    score = 0.0
    for word in dict.fromkeys(query):
        frequency = sum(word in document for document in documents)
        idf = math.log(1 + (len(documents) - frequency + 0.5) / (frequency + 0.5))
        norm = 1.2 * (0.25 + 0.75 * len(documents[place]) / average)
        score += idf * 2.2 * counts[word] / (counts[word] + norm) if counts[word] else 0.0
    return score


def test_lexical_search_equals_bm25_by_hand(index: LocalIndex) -> None:
    keys = index.vectors.keys.tolist()
    passages = index.passages(keys)
    texts = [index_words(passage.text) for passage in passages]
    heads = [index_words(passage.context) for passage in passages]
    assert max(map(len, texts)) <= 40
    query = index_words("历下区医院总投资96亿元")
    scores = [bm25(texts, query, n) + HEAD_WEIGHT * bm25(heads, query, n) for n in range(len(keys))]
    best = sorted((-round(score, 4), key) for score, key in zip(scores, keys, strict=True))
    found = index.lexical(query, 15)
    np.testing.assert_allclose([score for _, score in found], [-score for score, _ in best[:15]], rtol=1e-3)
    assert {key for key, _ in found[:5]} == {key for _, key in best[:5]}


def test_of_equal_scores_the_smaller_key_is_first_and_no_tie_is_cut_at_random(corpus: Corpus) -> None:
    for number in range(80):
        corpus.write(f"{number:02}.txt", article("同题", "完全相同的一句话。"))
    corpus.build()
    with corpus.open() as index:
        keys = sorted(index.vectors.keys.tolist())
        assert [key for key, _ in index.lexical(["一句"], 5) or index.lexical(index_words("一句话"), 5)] == keys[:5]
        query = corpus.embedder.embed(["相同"], "query")[0]
        # the same words, but another article: only the context could differ, and it does not
        assert [key for key, _ in index.dense(query, 5)] == keys[:5]


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
        (Filter(since="2030"), lambda date, source: False),
    ],
)
def test_filters_act_inside_the_search(
    corpus: Corpus, index: LocalIndex, where: Filter, admits: Callable[[str, str], bool]
) -> None:
    keys = index.vectors.keys.tolist()
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


def test_a_source_with_brackets_in_its_name_is_found_by_it(corpus: Corpus) -> None:
    corpus.write("[深度]报道.txt", article("一", "水库开工。"))
    corpus.write("深报道.txt", article("二", "水库完工。"))
    corpus.build()
    with corpus.open() as index:
        found = index.passages([key for key, _ in index.lexical(["水库"], 9, Filter(sources=("[深度]报道.txt",)))])
        assert "[深度]报道.txt" in {passage.source for passage in found}


@pytest.mark.parametrize("date", ["2023-1", "23", "", "去年", "2023-01-01T00:00", "2023-01-"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    with pytest.raises(JuzhengError, match="since"):
        Filter(since=date)


def test_nothing_is_found_without_words_or_in_an_empty_index(corpus: Corpus) -> None:
    report = corpus.build()
    assert (report.added, report.removed) == (0, 0)
    with corpus.open() as index:
        assert index.lexical(["医院"], 5) == index.lexical([], 5) == []
        assert index.dense(corpus.embedder.embed(["医院"], "query")[0], 5) == []
        assert list(index.articles()) == index.passages([]) == []


def test_a_vector_of_another_size_is_refused(index: LocalIndex) -> None:
    with pytest.raises(ValueError, match="shape"):
        index.dense(np.zeros(5, np.float32), 3)


def test_an_article_comes_back_as_it_was_read(corpus: Corpus) -> None:
    file = corpus.write("a.txt", article("标题", "第一段。", "第二段\u3000有空格。", date="2023-05"))
    corpus.build()
    (original,) = read(file)
    with corpus.open() as index:
        assert index.article("a.txt") == original
        assert index.passages_of("a.txt") == corpus.chunk(original)
        (info,) = index.articles()
        assert (info.id, info.title, info.published, info.characters, info.passages) == (
            "a.txt",
            "标题",
            "2023-05",
            len(original.text),
            1,
        )
        with pytest.raises(KeyError):
            index.article("b.txt")
        with pytest.raises(KeyError):
            index.passages([12345])
