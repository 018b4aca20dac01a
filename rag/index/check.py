"""Is an index what it says it is? Every checksum, count, id and passage, and a sample of the vectors."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rag._errors import JuzhengError
from rag.embeddings import Embedder
from rag.index import dense, derive, generations, lexical, store
from rag.index.damage import DamagedError
from rag.index.dense import Dense, Keys, Vectors
from rag.index.derive import embed_passages, fetch
from rag.index.generations import Manifest
from rag.index.reader import differences
from rag.index.rows import keys_of
from rag.index.store import Store

_SAMPLE = 64  # passages that are embedded again
# Models that run on another machine or in another batch differ in the last digits of a vector, not more.
_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with an index: the file, what it is, and what helps; ``repaired`` if it has been mended."""

    file: str
    what: str
    remedy: str
    repaired: bool = False

    def __str__(self) -> str:
        return f"{self.file}：{self.what}；{'已修复。(repaired)' if self.repaired else self.remedy}"


_REPAIR = "juzheng check --repair 可由索引中的文章重做。(can be repaired)"
_REBUILD = "请以 juzheng build 由语料重建索引。(build the index anew)"


def check_index(path: Path | str, *, embedder: Embedder, repair: bool = False) -> list[Fault]:
    """Compare the current generation of the index in ``path`` with its manifest and its parts with each other.

    Every checksum; every article and passage against its digest, key and spans; the counts; the keys of vectors and
    words against those of the articles; all vectors for length 1, a sample of them embedded again. With ``repair``,
    what is derived is made anew from sound articles, as a new generation; where the articles themselves are damaged it
    is said how many still read back whole. An empty list means that no fault was found.

    Raises JuzhengError where there is no index, where it was built with another model than ``embedder``, and where it
    cannot be written for the repair.
    """
    path = Path(path)
    try:
        name = generations.current(path)
    except DamagedError as error:
        fault = Fault(error.path.name, error.what, _REPAIR)
        return [fault] if not repair else _repoint(path, fault, embedder)
    if name is None:
        raise JuzhengError(f"{path} 里没有索引；请先运行 juzheng build 文件夹 --index {path}。(no index there)")
    folder = generations.folder_of(path, name)
    try:
        manifest = generations.read_manifest(folder)
        _, held = generations.lease(path)
    except DamagedError as error:
        return [Fault(error.path.name, error.what, _REBUILD)]
    if manifest.fingerprint != embedder.fingerprint:
        held.close()
        raise JuzhengError(
            f"索引 {path} 用嵌入模型 {manifest.embedding}（{manifest.fingerprint}）建立，不是 {embedder.name}"
            f"（{embedder.fingerprint}）；请以该模型核对。(another embedding model)"
        )
    with held:
        faults = _check_generation(folder, manifest, embedder)
        if repair and faults and not any(fault.file == store.NAME for fault in faults):
            usable = not any(fault.file in (dense.KEYS, dense.VECTORS) for fault in faults)
            _rederive(path, folder, manifest, Dense(folder, manifest.dimension) if usable else None, embedder)
            faults = [replace(fault, repaired=True) for fault in faults]
    return faults


def _check_generation(folder: Path, manifest: Manifest, embedder: Embedder) -> list[Fault]:
    faults = [
        Fault(file, what, _REBUILD if file == store.NAME else _REPAIR)
        for file, what in differences(folder, manifest, thorough=True)
    ]
    named = {fault.file.split("/")[0] for fault in faults}
    unsound = _check_articles(folder, manifest)
    if unsound is not None:
        return [*(fault for fault in faults if fault.file != store.NAME), unsound]
    content = Store.open(folder / store.NAME)
    try:
        keys = np.fromiter((key for batch in content.sorted_keys() for key in batch), np.int64)
        if not named & {dense.KEYS, dense.VECTORS}:
            faults.extend(_check_vectors(folder, manifest, content, keys, embedder))
        if lexical.NAME not in named:
            faults.extend(_check_words(folder, keys))
    finally:
        content.close()
    return faults


def _check_articles(folder: Path, manifest: Manifest) -> Fault | None:
    """Return what is wrong with the articles, the truth that all else is derived from."""
    sound = 0
    found: list[str] = []
    try:
        content = Store.open(folder / store.NAME)
    except DamagedError as error:
        return Fault(store.NAME, f"{error.what}，一篇文章也读不出", _REBUILD)
    try:
        try:
            found.extend(row[0] for row in content.query("PRAGMA integrity_check(3)") if row[0] != "ok")
            ids = [row[0] for row in content.query("SELECT id FROM articles ORDER BY id")]
        except DamagedError as error:
            return Fault(store.NAME, f"{error.what}，文章目录读不出", _REBUILD)
        for id_ in ids:
            what = _check_article(content, id_)
            if what is None:
                sound += 1
            else:
                found.append(what)
        if not found:
            counts = content.count("articles"), content.count("passages"), content.count("files")
            if counts != (manifest.articles, manifest.passages, manifest.files):
                found.append(f"文章、段落、文件数 {counts} 与清单不符")
            elif derive.generation_of(content, manifest.fingerprint, manifest.recipe) != manifest.generation:
                found.append("内容不是清单所记的那一代")
    except DamagedError as error:
        found.append(error.what)
    finally:
        content.close()
    if not found:
        return None
    more = f"（另有 {len(found) - 1} 处）" if len(found) > 1 else ""
    return Fault(store.NAME, f"{found[0]}{more}；{manifest.articles} 篇文章中 {sound} 篇仍可完整读回", _REBUILD)


def _check_article(content: Store, article_id: str) -> str | None:
    """Return what is wrong with an article or its passages."""
    try:
        article = content.article(article_id)
        passages = list(content.passages("a.id = ? ORDER BY p.position", (article_id,)))
    except DamagedError as error:
        return error.what
    except ValueError as error:  # what a flipped bit makes of JSON
        return f"文章 {article_id}：{error}"
    if article is None:
        return f"文章 {article_id} 在目录中却找不到"
    if [key for key, _ in passages] != keys_of([passage for _, passage in passages]):
        return f"文章 {article_id} 的段落编号与内容不符"
    for _, passage in passages:
        if "".join(span.of(article.text) for span in passage.spans) != passage.text:
            return f"文章 {article_id} 的段落 {passage.id} 不是其区间所指的文字"
    return None


def _check_vectors(folder: Path, manifest: Manifest, content: Store, keys: Keys, embedder: Embedder) -> Iterator[Fault]:
    try:
        vectors = Dense(folder, manifest.dimension)
    except DamagedError as error:
        yield Fault(dense.VECTORS, error.what, _REPAIR)
        return
    if not np.array_equal(vectors.keys, keys):
        yield Fault(dense.KEYS, f"其中 {len(vectors.keys)} 个编号不是 {len(keys)} 个段落的编号", _REPAIR)
        return
    for start in range(0, len(keys), 16_384):
        lengths = np.linalg.norm(vectors.vectors[start : start + 16_384], axis=1)
        if not np.all(np.abs(lengths - 1) < _TOLERANCE):
            yield Fault(dense.VECTORS, "有的向量长度不是 1", _REPAIR)
            return
    if len(keys):
        places = np.unique(np.linspace(0, len(keys) - 1, min(_SAMPLE, len(keys))).astype(np.intp))
        again = embed_passages(embedder, [passage for _, passage in fetch(content, keys[places])])
        apart = np.abs(again - vectors.vectors[places]).max(axis=1)
        if np.any(apart > _TOLERANCE):
            worst = keys[places[int(apart.argmax())]]
            yield Fault(dense.VECTORS, f"段落 {worst} 的向量与其文字不符", _REPAIR)


def _check_words(folder: Path, keys: Keys) -> Iterator[Fault]:
    try:
        found = np.sort(np.array(lexical.Lexical(folder / lexical.NAME).keys(), np.int64))
    except (ValueError, OSError) as error:
        yield Fault(lexical.NAME, f"打不开（{error}）", _REPAIR)
        return
    if not np.array_equal(found, keys):
        yield Fault(lexical.NAME, f"其中 {len(found)} 个编号不是 {len(keys)} 个段落的编号", _REPAIR)


def _rederive(path: Path, folder: Path, manifest: Manifest, vectors: Dense | None, embedder: Embedder) -> None:
    """Publish a generation with the articles of ``folder``, and with its vectors where they are sound."""

    def vectors_of(content: Store, keys: Keys) -> Vectors:
        if vectors is not None:
            rows, _ = vectors.rows(keys)
            return vectors.vectors[rows]
        return embed_passages(embedder, [passage for _, passage in fetch(content, keys)])

    with generations.complaining(path), generations.writing(path):
        derive.publish(
            path,
            folder / store.NAME,
            embedding=manifest.embedding,
            fingerprint=manifest.fingerprint,
            dimension=manifest.dimension,
            recipe=manifest.recipe,
            generation=manifest.generation,
            base=None,
            vectors_of=vectors_of,
            progress=lambda stage, done, total: None,
        )
        generations.collect(path)


def _repoint(path: Path, fault: Fault, embedder: Embedder) -> list[Fault]:
    """Name the newest generation that has a sound manifest as the current one, and check that."""
    for name in reversed(generations.names(path)):
        try:
            generations.read_manifest(generations.folder_of(path, name))
        except JuzhengError:  # damaged, or of another format
            continue
        with generations.complaining(path), generations.writing(path):
            generations.point(path, name)
        return [replace(fault, repaired=True), *check_index(path, embedder=embedder, repair=True)]
    return [replace(fault, remedy=_REBUILD)]
