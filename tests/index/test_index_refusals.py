"""An index of another model or format, and a folder of something else, are refused in words."""

import json
from pathlib import Path

import pytest
from indexed_corpus import Corpus, HashingEmbedder, current_folder, fill, read

from rag._errors import JuzhengError
from rag.index import build_index, check_index, newest_generation, open_index, remove_articles


def test_an_index_of_another_model_is_refused_and_made_anew_by_a_build(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    corpus.embedder = HashingEmbedder(dimension=16, fingerprint="other-1")
    with pytest.raises(JuzhengError, match=r"hashing-1.*other-1"):
        corpus.open()
    with pytest.raises(JuzhengError, match="other-1"):
        check_index(corpus.path, embedder=corpus.embedder)
    with pytest.raises(JuzhengError, match="other-1"):
        remove_articles(corpus.path, ["00.txt"], embedder=corpus.embedder, recipe="test-1")
    assert corpus.build().added == 12
    with corpus.open() as index:
        assert index.vectors.vectors.shape == (12, 16)


def test_an_index_of_a_newer_format_is_refused(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    manifest = current_folder(corpus) / "manifest.json"
    record = json.loads(manifest.read_text(encoding="utf-8"))
    record["format"] = 99
    manifest.write_text(json.dumps(record), encoding="utf-8")
    for refused in (corpus.open, corpus.build, lambda: check_index(corpus.path, embedder=corpus.embedder)):
        with pytest.raises(JuzhengError, match="99"):
            refused()
    assert json.loads(manifest.read_text(encoding="utf-8")) == record, "what a newer version has built is left alone"


def test_an_index_of_an_older_format_is_refused_and_made_anew_by_a_build(corpus: Corpus) -> None:
    fill(corpus)
    built = corpus.build()
    manifest = current_folder(corpus) / "manifest.json"
    manifest.write_text('{"format": 1, "of": "another time"}', encoding="utf-8")
    add = {"embedder": corpus.embedder, "recipe": "test-1"}
    for refused in (
        corpus.open,
        lambda: check_index(corpus.path, embedder=corpus.embedder, repair=True),
        lambda: remove_articles(corpus.path, ["00.txt"], **add),  # type: ignore[arg-type]
    ):
        with pytest.raises(JuzhengError, match=r"1，.*juzheng build"):
            refused()
    report = corpus.build()
    assert (report.generation, report.added) == (built.generation, 12)
    assert report.healed is not None
    assert "older format" in report.healed
    assert check_index(corpus.path, embedder=corpus.embedder) == []


def test_a_folder_of_something_else_is_neither_read_nor_written(corpus: Corpus, tmp_path: Path) -> None:
    fill(corpus)
    other = tmp_path / "photos"
    with pytest.raises(JuzhengError, match="photos"):
        open_index(other, embedder=corpus.embedder)
    assert newest_generation(other) is None
    other.mkdir()
    (other / "holiday.jpg").write_bytes(b"...")
    with pytest.raises(JuzhengError, match="photos"):
        open_index(other, embedder=corpus.embedder)
    with pytest.raises(JuzhengError, match="photos"):
        build_index(other, corpus.files(), embedder=corpus.embedder, chunk=corpus.chunk, read=read)
    assert [file.name for file in other.iterdir()] == ["holiday.jpg"]
