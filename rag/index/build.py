"""Making an index equal to its corpus: only what changed is read, only what is new is embedded."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag._errors import JuzhengError
from rag.articles.article import Article, Skipped
from rag.articles.files import CorpusFile
from rag.chunks import Passage
from rag.embeddings import Embedder
from rag.index import derive, generations, work
from rag.index.damage import DamagedError
from rag.index.derive import Progress
from rag.index.duplicates import families, signature_of
from rag.index.reader import LocalIndex, verify
from rag.index.store import FileRecord, Store, digest_of_article, keys_of
from rag.index.work import Work
from rag.index.workers import Workers

_BATCH = 100_000  # characters of the articles that are embedded and committed together
_MUCH = 4_000_000  # bytes to be read that are worth processes of their own
_TWICE = "编号 {} 已被 {} 占用；请改其一 (the id is already taken)"


Read = Callable[[CorpusFile], Iterable[Article | Skipped]]
Chunk = Callable[[Article], list[Passage]]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, counted in articles against the generation before.

    ``skipped`` are all files and records of the corpus that give no article, also those found by an earlier build.
    ``healed`` says what was damaged before and has been made anew.
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
    a second build changes nothing. A build that was killed is taken up; a damaged index is made anew. Of two articles
    with one id, that of the file that sorts first is kept.

    Raises JuzhengError where another process is writing, where the folder holds something else, and where it cannot be
    written.
    """
    return _update(Path(path), _Sync(list(files), read, chunk, whole=True), embedder, recipe, progress)


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
    return _update(Path(path), _Sync(list(files), read, chunk, whole=False), embedder, recipe, progress)


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
    except DamagedError as error:
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


def _compare(content: Store, base: LocalIndex | None) -> tuple[int, int, int, int]:
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


def _group(content: Store) -> None:
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


class _Sync:
    """Make a store equal to some files: to these alone, or to these beside what it has."""

    def __init__(self, files: list[CorpusFile], read: Read, chunk: Chunk, *, whole: bool) -> None:
        self._files = sorted(files, key=lambda file: file.source)
        self._read, self._chunk = read, chunk
        self.whole = whole
        self._waiting: dict[str, str] = {}  # articles that are read and not yet stored, and their files

    def needed(self, content: Store) -> bool:
        return any(self._gone(content)) or any(not _known(content, file) for file in self._files)

    def _gone(self, content: Store) -> Iterator[str]:
        if self.whole:
            names = {file.source for file in self._files}
            yield from (name for name in content.file_names() if name not in names)

    def apply(self, work: Work, embedder: Embedder, progress: Progress) -> None:
        content = work.store
        for name in list(self._gone(content)):
            content.delete_articles_of(name)
            content.delete_file(name)
        # An article that lost its id to another file's may have it back now.
        for record in list(content.files()):
            if any(item.why.startswith(_TWICE[:2]) for item in record.skipped):
                content.delete_file(record.name)
        content.commit()
        changed = [file for file in self._files if not _known(content, file)]
        total = sum(map(_size, changed))
        with Workers(_Prepare(self._chunk), much=total > _MUCH) as workers:
            for batch, prepared in workers.map(self._batches(content, changed, total, progress)):
                _store(batch, prepared, work, embedder)
                for article, _ in batch.articles:
                    self._waiting.pop(article.id, None)

    def _batches(self, content: Store, changed: list[CorpusFile], total: int, progress: Progress) -> "Iterator[_Batch]":
        """Read the files and yield their new articles; what they no longer hold is deleted."""
        # A file may come to be changed on the way, when one that sorts before it takes an article away from it.
        names = {file.source for file in changed}
        batch = _Batch([], [])
        done = 0
        for file in self._files:
            if file.source not in names and content.file(file.source) is not None:
                continue
            read = 0
            for item in self._read_file(content, file):
                if isinstance(item, FileRecord):
                    batch.files.append(item)
                    continue
                article, new = item
                if new:
                    batch.articles.append((article, file.source))
                    batch.characters += len(article.text)
                    self._waiting[article.id] = file.source
                if batch.characters >= _BATCH:
                    yield batch
                    batch = _Batch([], [])
                read += 3 * len(article.text)  # bytes of a Chinese character in UTF-8
                progress("read", min(done + min(read, _size(file)), total), total)
            done += _size(file)
            progress("read", min(done, total), total)
        yield batch

    def _read_file(self, content: Store, file: CorpusFile) -> Iterator[tuple[Article, bool] | FileRecord]:
        """Yield the articles of a file, each with whether it is new, and at last what to note of the file."""
        before = _times(file)
        digest = _digest(file)
        # From here to the end of the file nothing is known of it: a kill in between must not leave an old note.
        content.delete_file(file.source)
        seen: set[str] = set()
        skipped: list[Skipped] = []
        for item in _without_faults(self._read, file):
            if isinstance(item, Skipped):
                skipped.append(item)
                continue
            owner = file.source if item.id in seen else self._waiting.get(item.id) or content.owner(item.id)
            if item.id in seen or (owner is not None and owner < file.source):
                skipped.append(Skipped(item.source, _TWICE.format(item.id, owner)))
                continue
            seen.add(item.id)
            if owner is not None and owner != file.source:
                content.delete_file(owner)  # it comes later in the order: it is read again, without this article
            new = owner is None or content.digest(item.id) != digest_of_article(item)
            if not new:
                content.move_article(item.id, file.source)
            yield item, new
        for id_ in content.ids_of(file.source):
            if id_ not in seen:
                content.delete_article(id_)
        # A file that changed while it was read is read again by the next build.
        same = before == _times(file)
        yield FileRecord(file.source, _stamp(file) if same else "", digest if same else "", tuple(skipped))


@dataclass(slots=True)
class _Batch:
    """Articles, each with its file, that are embedded and committed together, and files that are then read."""

    articles: list[tuple[Article, str]]
    files: list[FileRecord]
    characters: int = 0


@dataclass(frozen=True, slots=True)
class _Prepare:
    """What is done to articles in processes of their own: passages, with their keys, and signatures."""

    chunk: Chunk

    def __call__(self, batch: _Batch) -> list[tuple[list[Passage], list[int], bytes]]:
        prepared = []
        for article, _ in batch.articles:
            passages = self.chunk(article)
            prepared.append((passages, keys_of(passages), signature_of(article)))
        return prepared


def _store(
    batch: _Batch, prepared: list[tuple[list[Passage], list[int], bytes]], work: Work, embedder: Embedder
) -> None:
    """Embed what has no vector yet, and commit a batch."""
    passage_of = {key: passage for passages, keys, _ in prepared for key, passage in zip(keys, passages, strict=True)}
    missing = work.missing(list(passage_of))
    if missing:
        work.stage(missing, derive.embed_passages(embedder, [passage_of[key] for key in missing]))
    for (article, file), (passages, keys, signature) in zip(batch.articles, prepared, strict=True):
        work.store.put_article(article, file, passages, keys, signature)
    for record in batch.files:
        work.store.put_file(record)
    work.store.commit()


def _without_faults(read: Read, file: CorpusFile) -> Iterator[Article | Skipped]:
    """Yield what ``read`` gives; a file that vanishes or text that cannot be stored is skipped, with the reason."""
    try:
        for item in read(file):
            try:
                if isinstance(item, Article):
                    f"{item.id}{item.source}{item.title}{item.text}".encode()
                yield item
            except UnicodeEncodeError as error:
                yield Skipped(item.source, f"含有不成对的代理字符（第 {error.start} 个字符起）(lone surrogates)")
    except OSError as error:
        yield Skipped(file.source, f"读不出：{error.strerror} (cannot be read)")


def _known(content: Store, file: CorpusFile) -> bool:
    """Tell whether ``file`` is as it was when it was read: by size and times, else by its bytes."""
    record = content.file(file.source)
    if record is None:
        return False
    stamp = _stamp(file)
    return bool((stamp and stamp == record.stamp) or (record.digest and record.digest == _digest(file)))


def _times(file: CorpusFile) -> str:
    """Return what of a file changes when it is written: its size and times; empty where it cannot be told."""
    try:
        stat = file.path.stat()
    except OSError:
        return ""
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"


def _stamp(file: CorpusFile) -> str:
    """Return by what a file is known to be unchanged without being read; empty where it must be read.

    A file written in the last two seconds, by whatever clock, may be written again within the same tick.
    """
    times = _times(file)
    return times if times and abs(time.time_ns() - int(times.split()[1])) > 2_000_000_000 else ""


def _digest(file: CorpusFile) -> str:
    try:
        with file.path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


def _size(file: CorpusFile) -> int:
    try:
        return file.path.stat().st_size
    except OSError:
        return 0
