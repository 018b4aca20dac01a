"""Damaged files are named, never answered from, and repaired."""

import shutil
from pathlib import Path

import pytest
from indexed_corpus import Corpus, current_folder, cut, fill, flip

from rag._errors import JuzhengError
from rag.index import check_index, generations


@pytest.mark.parametrize("damage", [flip, cut])
def test_damage_to_any_file_is_named_and_never_answered_from(corpus: Corpus, tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    fill(corpus)
    built = corpus.build()
    folder = current_folder(corpus)
    files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file() and file.stat().st_size]
    assert {"articles.sqlite", "keys.i64", "vectors.f32", "manifest.json", "lexical/meta.json"} <= set(map(str, files))
    sound = tmp_path / "sound"
    shutil.copytree(corpus.path, sound)
    for file in files:
        shutil.rmtree(corpus.path)
        shutil.copytree(sound, corpus.path)
        damage(folder / file)
        with pytest.raises(JuzhengError) as raised:
            corpus.open()
        assert file.name in str(raised.value)
        faults = check_index(corpus.path, embedder=corpus.embedder)
        assert str(file) in {fault.file for fault in faults}
        if file.name not in ("articles.sqlite", "manifest.json"):
            embedded = corpus.embedder.embedded
            repaired = check_index(corpus.path, embedder=corpus.embedder, repair=True)
            assert all(fault.repaired for fault in repaired)
            assert check_index(corpus.path, embedder=corpus.embedder) == []
            if file.parent.name == "lexical":
                assert corpus.embedder.embedded <= embedded + 4 * 12, "sound vectors are kept"
        report = corpus.build()
        assert (report.generation, report.unchanged + report.added) == (built.generation, 12)
        assert check_index(corpus.path, embedder=corpus.embedder) == []


def test_a_flipped_bit_in_a_text_is_noticed_when_it_is_read(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(corpus)
    corpus.build()
    monkeypatch.setattr("rag.index.reader._SMALL", 0)  # as a large index: its checksums are not computed at open
    file = current_folder(corpus) / "articles.sqlite"
    content = file.read_bytes()
    assert content.count("第5号项目总投资57亿元".encode()) == 2  # in the article and in its passage
    file.write_bytes(content.replace("总投资57亿元".encode(), "总投资97亿元".encode()))
    with corpus.open() as index:
        keys = [key for key, _ in index.lexical(["投资"], 20)]
        with pytest.raises(JuzhengError, match=r"articles\.sqlite"):
            index.passages(keys)
        with pytest.raises(JuzhengError, match=r"articles\.sqlite"):
            index.article("05.txt")
        assert index.article("06.txt").id == "06.txt"
    (fault,) = check_index(corpus.path, embedder=corpus.embedder)
    assert fault.file == "articles.sqlite"
    assert "12 篇文章中 11 篇" in fault.what


def test_vectors_of_other_texts_are_noticed_though_the_checksums_fit(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    folder = current_folder(corpus)
    file = folder / "vectors.f32"
    row = corpus.embedder.dimension * 4
    content = file.read_bytes()
    file.write_bytes(content[row:] + content[:row])  # the classic: every id is one off
    manifest = generations.read_manifest(folder)
    manifest.checksums["vectors.f32"] = (len(content), generations.checksum(file))
    generations.write_manifest(folder, manifest)
    (fault,) = check_index(corpus.path, embedder=corpus.embedder)
    assert fault.file == "vectors.f32"


def test_a_damaged_pointer_is_named_and_repaired(corpus: Corpus) -> None:
    fill(corpus)
    corpus.build()
    for content in (b"", b"0000", b"\xff\xfe\x00"):
        (corpus.path / "CURRENT").write_bytes(content)
        with pytest.raises(JuzhengError, match="CURRENT"):
            corpus.open()
        assert [fault.file for fault in check_index(corpus.path, embedder=corpus.embedder)] == ["CURRENT"]
        assert all(fault.repaired for fault in check_index(corpus.path, embedder=corpus.embedder, repair=True))
        corpus.open().close()
