"""Making an index equal to its corpus: only what changed is read, only what is new is embedded."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag._errors import JuzhengError
from rag.articles.article import Skipped
from rag.articles.files import CorpusFile
from rag.embeddings import Embedder
from rag.index import derive, generations, work
from rag.index.damage import DamagedError, OutdatedError
from rag.index.derive import Progress
from rag.index.duplicates import families
from rag.index.editor import Editor
from rag.index.reader import LocalIndex, verify
from rag.index.store import Store
from rag.index.sync import Chunk, Read, Sync
from rag.index.work import Work


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, counted in articles against the generation before.

    ``skipped`` are all files and records of the corpus that give no article, also those found by an earlier build.
    ``healed`` says what was damaged or outdated before and has been made anew.
    """

    added: int
    replaced: int
    removed: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    generation: str
    seconds: float
    healed: str | None = None


def build_index(
    path: Path | str,
    files: Iterable[CorpusFile],
    *,
    embedder: Embedder,
    chunk: Chunk,
    read: Read,
    recipe: str = "",
    progress: Progress | None = None,
) -> BuildReport:
    """Make the index in the folder ``path`` equal to ``files``: add, replace and remove articles.

    ``read`` gives the articles of a file and what it skips; ``chunk`` cuts an article; ``recipe`` names the versions
    of both: where it differs from that of the index, everything is read again. ``progress`` is called with a stage,
    what is done and what there is: bytes for "read", passages for "index". The same files give the same generation, and
    a second build changes nothing. A build that was killed is taken up; an index that is damaged, or of an older
    format, is made anew. Of two articles with one id, that of the file that sorts first is kept.

    Raises JuzhengError where another process is writing, where the folder holds something else, and where it cannot be
    written.
    """
    return _update(Path(path), Sync(list(files), read, chunk, whole=True), embedder, recipe, progress)


def add_files(
    path: Path | str,
    files: Iterable[CorpusFile],
    *,
    embedder: Embedder,
    chunk: Chunk,
    read: Read,
    recipe: str = "",
    progress: Progress | None = None,
) -> BuildReport:
    """Add or replace the articles of ``files`` and leave all others; parameters and errors as in ``build_index``.

    Raises JuzhengError also where the index is damaged, or made with another model or recipe.
    """
    return _update(Path(path), Sync(list(files), read, chunk, whole=False), embedder, recipe, progress)


def remove_articles(path: Path | str, ids: Sequence[str], *, embedder: Embedder, recipe: str = "") -> BuildReport:
    """Delete articles; an id that is not there is no fault. ``build_index`` brings back those whose file still exists.

    Raises JuzhengError as ``add_files`` does.
    """
    return _update(Path(path), _Removal(tuple(ids)), embedder, recipe, None)


class _Change(Protocol):
    whole: bool  # the result does not depend on the generation before

    def needed(self, content: Store) -> bool:
        """Tell whether anything is to be done to ``content``."""
        ...

    def apply(self, work: Work, embedder: Embedder, progress: Progress) -> None: ...


def _update(path: Path, change: _Change, embedder: Embedder, recipe: str, progress: Progress | None) -> BuildReport:
    started = time.perf_counter()
    progress = progress or (lambda stage, done, total: None)
    with generations.complaining(path), generations.writing(path):
        base, healed = _base(path, embedder, recipe, whole=change.whole)
        if healed is None:
            generations.collect(path)
        try:
            same_recipe = base is not None and base.manifest.recipe == recipe
            if base is not None and same_recipe and not change.needed(base.store):
                work.discard(path)
                return _unchanged(base, started)
            under_way = Work(path, base, embedder, recipe, whole=change.whole)
            try:
                change.apply(under_way, embedder, progress)
                _group(under_way.store)
                under_way.store.commit()
                generation = derive.generation_of(under_way.store, embedder.fingerprint, recipe)
                counts = _compare(under_way.store, base)
                skipped = tuple(item for record in under_way.store.files() for item in record.skipped)
                if base is not None and generation == base.generation:
                    under_way.close()
                    work.discard(path)
                    return _unchanged(base, started)
                under_way.store.finish()
                derive.publish(
                    path,
                    under_way.articles,
                    embedding=embedder.name,
                    fingerprint=embedder.fingerprint,
                    dimension=embedder.dimension,
                    recipe=recipe,
                    generation=generation,
                    base=base,
                    vectors_of=under_way.vectors_of,
                    progress=progress,
                )
            finally:
                under_way.close()
            work.discard(path)
        finally:
            if base is not None:
                base.close()
        generations.collect(path)
        return BuildReport(*counts, skipped, generation, time.perf_counter() - started, healed)


def _base(path: Path, embedder: Embedder, recipe: str, *, whole: bool) -> tuple[LocalIndex | None, str | None]:
    """Return the generation to start from, if it is sound and its vectors are of this model; and what is unsound."""
    try:
        if generations.current(path) is None:
            return None, None
        base = LocalIndex(path)
        try:
            # Files are carried on into the next generation, so damage must not be.
            verify(base.folder, base.manifest, thorough=True)
        except DamagedError:
            base.close()
            raise
    except (DamagedError, OutdatedError) as error:
        if not whole:
            raise
        return None, str(error)
    manifest = base.manifest
    if manifest.fingerprint == embedder.fingerprint and (whole or manifest.recipe == recipe):
        return base, None
    base.close()
    if not whole:
        raise JuzhengError(
            f"索引 {path} 用模型 {manifest.embedding}（{manifest.fingerprint}，{manifest.recipe!r}）建立，不是 "
            f"{embedder.name}（{embedder.fingerprint}，{recipe!r}）；请先以 juzheng build 重建索引。"
            "(another model or recipe)"
        )
    return None, None


def _unchanged(base: LocalIndex, started: float) -> BuildReport:
    return BuildReport(
        0, 0, 0, base.manifest.articles, tuple(base.skipped()), base.generation, time.perf_counter() - started
    )


def _compare(content: Editor, base: LocalIndex | None) -> tuple[int, int, int, int]:
    """Return how many articles of ``content`` are added, replaced, removed and unchanged against ``base``."""
    count = content.count("articles")
    if base is None:
        return count, 0, 0, 0
    content.execute("ATTACH ? AS base", (f"{base.store.path.resolve().as_uri()}?mode=ro&immutable=1",))
    ((same, equal),) = content.query(
        "SELECT count(*), coalesce(sum(new.digest = old.digest), 0) "
        "FROM articles new JOIN base.articles old ON new.id = old.id"
    )
    content.execute("DETACH base")
    return count - same, same - equal, base.manifest.articles - same, equal


def _group(content: Editor) -> None:
    """Note which articles say nearly the same."""
    rows = content.query("SELECT number, signature, family FROM articles ORDER BY id")
    found = families([signature for _, signature, _ in rows])
    content.execute_many(
        "UPDATE articles SET family = ? WHERE number = ?",
        (
            (None if first is None else rows[first][0], number)
            for (number, _, family), first in zip(rows, found, strict=True)
            if family != (None if first is None else rows[first][0])
        ),
    )


class _Removal:
    """Delete some articles."""

    whole = False

    def __init__(self, ids: tuple[str, ...]) -> None:
        self._ids = ids

    def needed(self, content: Store) -> bool:
        return any(content.owner(id_) is not None for id_ in self._ids)

    def apply(self, work: Work, embedder: Embedder, progress: Progress) -> None:
        for id_ in self._ids:
            owner = work.store.owner(id_)
            if owner is not None:
                work.store.delete_article(id_)
                # What is left no longer is what the file gives, so a build must not take it for unchanged.
                work.store.delete_file(owner)
