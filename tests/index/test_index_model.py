"""An index with a history equals arithmetic over what remains, and an index built from it: a thousand operations."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from indexed_corpus import Corpus, article, read
from reference_index import ReferenceIndex, assert_same

from rag.index import Filter, LocalIndex, add_files, check_index, index_words, remove_articles

FILES = [f"{name}.txt" for name in "abcdefgh"]
WORDS = ["水库", "医院", "轨道交通", "投资", "亿元", "竣工", "开工", "街道"]

# An article: its id (None: that of its file), and its sentences. Few ids, so that files quarrel about them.
articles = st.tuples(
    st.sampled_from([None, None, None, "x", "y"]),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    st.sampled_from(["-", "2022", "2023-05"]),
    st.sampled_from([(), (), ("经济",), ("经济", "gdp")]),
)
write = st.tuples(st.just("write"), st.sampled_from(FILES), st.lists(articles, min_size=1, max_size=3))
delete = st.tuples(st.just("delete"), st.sampled_from(FILES), st.none())
touch = st.tuples(st.just("touch"), st.sampled_from(FILES), st.none())
add = st.tuples(st.just("add"), st.sampled_from(FILES), st.lists(articles, min_size=1, max_size=1))
remove = st.tuples(st.just("remove"), st.sampled_from([*FILES, "x", "y"]), st.none())
build = st.tuples(st.just("build"), st.none(), st.none())
operations = st.one_of(write, write, write, write, delete, delete, touch, add, remove, build)


def apply(corpus: Corpus, operation: tuple[str, str | None, object]) -> None:
    kind, name, content = operation
    arguments = {"embedder": corpus.embedder, "recipe": "test-1"}
    if kind in ("write", "add"):
        parts = [
            article("公告", *(f"{word}的消息。" for word in words), date=date, id_=id_, tags=tags)
            for id_, words, date, tags in content
        ]
        file = corpus.write(str(name), *parts)
        if kind == "add":
            add_files(corpus.path, [file], chunk=corpus.chunk, read=read, **arguments)  # type: ignore[arg-type]
    elif kind == "remove":
        if corpus.path.exists() and (corpus.path / "CURRENT").exists():
            remove_articles(corpus.path, [str(name)], **arguments)  # type: ignore[arg-type]
    elif kind == "build":
        corpus.build()
    elif (corpus.folder / str(name)).exists():
        (corpus.folder / str(name)).unlink() if kind == "delete" else (corpus.folder / str(name)).touch()


def compare(corpus: Corpus, index: LocalIndex) -> None:
    """Compare an index with the corpus itself, all of it, by arithmetic."""
    wanted = ReferenceIndex(corpus)
    assert list(index.articles()) == list(wanted.articles())
    assert sorted(item.source for item in index.skipped()) == sorted(item.source for item in wanted.skipped())
    for info in wanted.articles():
        assert index.article(info.id) == wanted.article(info.id)
        assert index.passages_of(info.id) == wanted.passages_of(info.id)
    query = corpus.embedder.embed(["医院的投资"], "query")[0]
    for where in (None, Filter(since="2023"), Filter(sources=("[a-d].txt",)), Filter(tags=("经济", "GDP"))):
        assert_same(index.dense(query, 99, where), wanted.dense(query, 99, where), 1e-5)
        for word in WORDS:
            found = index.lexical(index_words(word), 99, where)
            assert_same(found, wanted.lexical(index_words(word), 99, where), 1e-3)
    for key in index.vectors.keys.tolist():
        assert index.group(key) == wanted.group(key)


def observed(corpus: Corpus, index: LocalIndex) -> dict[str, object]:
    """Return all that can be seen of an index from outside."""
    query = corpus.embedder.embed(["医院的投资"], "query")[0]
    keys = index.vectors.keys.tolist()
    return {
        "generation": index.generation,
        "articles": [(info, index.article(info.id), index.passages_of(info.id)) for info in index.articles()],
        "skipped": index.skipped(),
        "dense": index.dense(query, 99),
        "lexical": [index.lexical(index_words(word), 99) for word in WORDS],
        "groups": [index.group(key) for key in keys],
        "keys": keys,
    }


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(operations, min_size=30, max_size=50))
def test_a_thousand_operations_leave_the_index_of_what_remains(steps: list[tuple[str, str | None, object]]) -> None:
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        corpus = Corpus(Path(folder))
        for step in steps:
            apply(corpus, step)
        corpus.build()
        assert check_index(corpus.path, embedder=corpus.embedder) == []
        with corpus.open() as index:
            compare(corpus, index)
            seen = observed(corpus, index)
            vectors = np.array(index.vectors.vectors)
        corpus.path = Path(folder) / "fresh"
        corpus.build()
        with corpus.open() as index:
            assert observed(corpus, index) == seen
            np.testing.assert_array_equal(index.vectors.vectors, vectors)
