"""Making the articles of a store equal to corpus files: what is new is read, cut, embedded and committed in batches."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rag.articles.article import Article, Skipped
from rag.articles.files import CorpusFile
from rag.chunks import Passage
from rag.embeddings import Embedder
from rag.index import derive, stamps
from rag.index.derive import Progress
from rag.index.duplicates import signature_of
from rag.index.editor import Editor
from rag.index.rows import digest_of_article, keys_of
from rag.index.store import FileRecord, Store
from rag.index.work import Work
from rag.index.workers import Workers

_BATCH = 100_000  # characters of the articles that are embedded and committed together
_MUCH = 4_000_000  # bytes to be read that are worth processes of their own
_TWICE = "编号 {} 已被 {} 占用；请改其一 (the id is already taken)"

Read = Callable[[CorpusFile], Iterable[Article | Skipped]]
Chunk = Callable[[Article], list[Passage]]


class Sync:
    """Make a store equal to some files: to these alone, or to these beside what it has."""

    def __init__(self, files: list[CorpusFile], read: Read, chunk: Chunk, *, whole: bool) -> None:
        self._files = sorted(files, key=lambda file: file.source)
        self._read, self._chunk = read, chunk
        self.whole = whole
        self._waiting: dict[str, str] = {}  # articles that are read and not yet stored, and their files

    def needed(self, content: Store) -> bool:
        return any(self._gone(content)) or any(not stamps.is_known(content, file) for file in self._files)

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
        changed = [file for file in self._files if not stamps.is_known(content, file)]
        total = sum(map(stamps.size_of, changed))
        with Workers(_Prepare(self._chunk), much=total > _MUCH) as workers:
            for batch, prepared in workers.map(self._batches(content, changed, total, progress)):
                _store(batch, prepared, work, embedder)
                for article, _ in batch.articles:
                    self._waiting.pop(article.id, None)

    def _batches(
        self, content: Editor, changed: list[CorpusFile], total: int, progress: Progress
    ) -> "Iterator[_Batch]":
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
                progress("read", min(done + min(read, stamps.size_of(file)), total), total)
            done += stamps.size_of(file)
            progress("read", min(done, total), total)
        yield batch

    def _read_file(self, content: Editor, file: CorpusFile) -> Iterator[tuple[Article, bool] | FileRecord]:
        """Yield the articles of a file, each with whether it is new, and at last what to note of the file."""
        before = stamps.times_of(file)
        digest = stamps.digest_of(file)
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
        same = before == stamps.times_of(file)
        yield FileRecord(file.source, stamps.stamp_of(file) if same else "", digest if same else "", tuple(skipped))


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
                    f"{item.id}{item.source}{item.title}{item.text}{''.join(item.tags)}".encode()
                yield item
            except UnicodeEncodeError as error:
                yield Skipped(item.source, f"含有不成对的代理字符（第 {error.start} 个字符起）(lone surrogates)")
    except OSError as error:
        yield Skipped(file.source, f"读不出：{error.strerror} (cannot be read)")
