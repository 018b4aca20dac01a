"""BM25 over Chinese words: a tantivy index whose segments are shared by successive generations.

Words are cut here, not by tantivy, by the function that search uses for questions; tantivy splits them at spaces only.
"""

import errno
import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rag._figures import number_tokens
from rag._text import fold, words
from rag.chunks import Passage
from rag.index.filters import Filter, days
from rag.index.workers import Workers

NAME = "lexical"
# A change of how words are cut, or of the fields, must change this stamp: all words are then indexed anew.
STAMP = "words-3"

# A word of the title, heading or date counts half a word of the text: it says what the article is about, and every
# passage of the article has it.
HEAD_WEIGHT = 0.5
_LONGEST_WORD = 100  # characters; tantivy drops words over 65,530 bytes, and nobody asks for one over a hundred


def index_words(text: str) -> list[str]:
    """Return what ``text`` is indexed under and a question is searched by: its words, and its figures by value."""
    return [word[:_LONGEST_WORD] for word in (*words(text), *number_tokens(text))]


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("key", indexed=True, fast=True)
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("head", tokenizer_name="whitespace", index_option="freq")
    builder.add_integer_field("first", fast=True)
    builder.add_integer_field("last", fast=True)
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("tag", tokenizer_name="raw", index_option="basic")
    return builder.build()


Batch = list[tuple[int, Passage]]


def write(folder: Path, base: Path | None, added: Iterable[Batch], removed: Sequence[int], *, much: bool) -> None:
    """Write the lexical index ``folder``: that of ``base`` without the keys ``removed``, and with ``added``.

    The files of ``base`` are linked, not copied: tantivy never changes a segment once it is written. With ``much`` to
    add, words are cut in several processes.

    Raises OSError where the folder cannot be written.
    """
    import tantivy

    folder.mkdir()
    if base is None:
        index = tantivy.Index(_schema(), path=str(folder))
    else:
        for file in base.iterdir():
            if file.suffix == ".json":  # the list of segments is replaced in place, so it must not be shared
                shutil.copyfile(file, folder / file.name)
            elif file.suffix != ".lock":
                link_or_copy(file, folder / file.name)
        index = tantivy.Index.open(str(folder))
    # One thread: the same passages in the same order give the same segments.
    writer = index.writer(heap_size=128_000_000, num_threads=1)
    try:
        for key in removed:
            writer.delete_documents_by_term("key", key)
        with Workers(_fields, much=much) as workers:
            for batch, fields in workers.map(added):
                for (key, passage), (text, head) in zip(batch, fields, strict=True):
                    writer.add_document(_document(key, passage, text, head))
        writer.commit()
        writer.wait_merging_threads()
    except ValueError as error:  # what tantivy makes of a full disk
        raise OSError(errno.EIO, str(error), str(folder)) from error
    for lock in folder.glob("*.lock"):
        lock.unlink()
    # tantivy keeps its lists to their owner; who may read the folder may read them.
    for listed in folder.glob("*.json"):
        listed.chmod(folder.stat().st_mode & 0o666)


def _fields(batch: Batch) -> list[tuple[str, str]]:
    """Return the words of text and head of each passage, between spaces."""
    return [(" ".join(index_words(passage.text)), " ".join(index_words(passage.context))) for _, passage in batch]


def _document(key: int, passage: Passage, text: str, head: str) -> Any:
    import tantivy

    document = tantivy.Document()
    document.add_integer("key", key)
    document.add_text("text", text)
    document.add_text("head", head)
    document.add_text("source", passage.source)
    for tag in passage.tags:
        document.add_text("tag", fold(tag))
    published = days(passage.published) if passage.published else None
    if published:
        document.add_integer("first", published[0])
        document.add_integer("last", published[1])
    return document


class Lexical:
    """The lexical index of one generation, to be searched."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        # tantivy locks the folder that it opens, and waits for the lock: a reader would write where it only reads, fail
        # on a read-only medium, and hang behind a process that was stopped or forked just then. So it is shown a folder
        # of links of its own, which is not needed any more once all segments are mapped.
        links = tempfile.mkdtemp(prefix="juzheng-")
        # A thread of tantivy may put its lock there once more while the folder is deleted: the last look is at the end.
        weakref.finalize(self, shutil.rmtree, links, ignore_errors=True)
        for file in folder.iterdir():
            if file.suffix != ".lock":
                Path(links, file.name).symlink_to(file.resolve())
        index = tantivy.Index.open(links)
        index.config_reader(reload_policy="manual")
        self._schema = index.schema
        self._searcher = index.searcher()
        shutil.rmtree(links, ignore_errors=True)

    @property
    def count(self) -> int:
        """The number of passages in it."""
        return int(self._searcher.num_docs)

    def keys(self) -> list[int]:
        """Return the keys of all passages in it, unsorted."""
        import tantivy

        hits = self._searcher.search(tantivy.Query.all_query(), limit=max(self.count, 1), count=False).hits
        return self._searcher.fast_field_values("key", [address for _, address in hits])  # type: ignore[no-any-return]

    def search(
        self, query: Sequence[str], limit: int, where: Filter | None, sources: Sequence[str]
    ) -> list[tuple[int, float]]:
        """Return (key, BM25 score) of the ``limit`` best passages that have one of the words.

        ``sources`` are the names that the patterns of ``where`` stand for.
        """
        from tantivy import Occur, Query

        def term(field: str, word: str) -> Any:
            return Query.term_query(self._schema, field, word, index_option="freq")

        clauses = []
        for word in dict.fromkeys(word[:_LONGEST_WORD] for word in query):
            clauses.append((Occur.Should, term("text", word)))
            clauses.append((Occur.Should, Query.boost_query(term("head", word), HEAD_WEIGHT)))
        if not clauses or limit < 1:
            return []
        found = Query.boolean_query(clauses)
        if where is not None:
            found = Query.boolean_query(
                [(Occur.Must, found), *((Occur.Must, one) for one in self._bounds(where, sources))]
            )
        hits = self._searcher.search(found, limit=limit, count=False).hits
        keys = self._searcher.fast_field_values("key", [address for _, address in hits])
        return [(key, float(score)) for key, (score, _) in zip(keys, hits, strict=True)]

    def _bounds(self, where: Filter, sources: Sequence[str]) -> list[Any]:
        from tantivy import FieldType, Query

        bounds = []
        for column, sign, day in where.bounds():
            lower, upper = (day, None) if sign == ">=" else (None, day)
            bounds.append(Query.range_query(self._schema, column, FieldType.Integer, lower, upper))
        if where.sources:
            bounds.append(Query.term_set_query(self._schema, "source", list(sources)))
        bounds.extend(Query.term_query(self._schema, "tag", tag) for tag in where.folded_tags())
        # A filter chooses; it must not add to the scores.
        return [Query.const_score_query(bound, 0.0) for bound in bounds]


def deleted(folder: Path) -> int:
    """Return how many deleted passages the index still counts."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    return sum(segment["deletes"]["num_deleted_docs"] for segment in meta["segments"] if segment["deletes"])


def link_or_copy(source: Path, target: Path) -> None:
    """Give ``source`` a second name, or copy it where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
