"""The writing side of a store: the content of a generation while it is made."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rag._text import fold
from rag.articles.article import Article
from rag.chunks import Passage
from rag.index.filters import days
from rag.index.rows import blocks_json, digest_of_article, digest_of_row, spans_json, tags_json
from rag.index.store import SCHEMA, FileRecord, Store


class Editor(Store):
    """A store that is written, by one thread; what it reads it reads as written so far."""

    @classmethod
    def create(cls, path: Path) -> "Editor":
        """Make an empty store at ``path``, to be written."""
        editor = cls.edit(path)
        try:
            editor._connection.executescript(SCHEMA)
        except BaseException:
            editor.close()
            raise
        return editor

    @classmethod
    def edit(cls, path: Path) -> "Editor":
        """Open the store at ``path`` to be written; a commit survives the death of the process."""
        connection = sqlite3.connect(path.resolve().as_uri(), uri=True, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            # Trap: a connection that nobody closes keeps the next build of this process out.
            connection.close()
            raise
        return cls(path, connection)

    def finish(self) -> None:
        """Commit, fold the write-ahead log into the file and close it: the file alone is then the store."""
        self._connection.commit()
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()

    def commit(self) -> None:
        """Make what was written durable against a kill of the process."""
        self._connection.commit()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one writing statement."""
        self._connection.execute(sql, parameters)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one writing statement for each of ``rows``."""
        self._connection.executemany(sql, rows)

    def put_file(self, record: FileRecord) -> None:
        """Note that a corpus file was read."""
        skipped = json.dumps([[item.source, item.why] for item in record.skipped], ensure_ascii=False)
        self.execute("REPLACE INTO files VALUES (?, ?, ?, ?)", (record.name, record.stamp, record.digest, skipped))

    def put_article(
        self, article: Article, file: str, passages: Sequence[Passage], keys: Sequence[int], signature: bytes
    ) -> None:
        """Add ``article``, in place of one of the same id."""
        self.delete_article(article.id)
        published = article.published
        first, last = (days(published.date) if published else None) or (None, None)
        cursor = self._connection.execute(
            "INSERT INTO articles (id, file, source, title, published, basis, first, last, text, blocks, pages, "
            "tags, digest, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id,
                file,
                article.source,
                article.title,
                published.date if published else None,
                published.basis if published else None,
                first,
                last,
                article.text,
                blocks_json(article.blocks),
                json.dumps(article.pages),
                tags_json(article.tags),
                digest_of_article(article),
                signature,
            ),
        )
        folded = {fold(tag) for tag in article.tags}
        self.execute_many("INSERT INTO tags VALUES (?, ?)", ((tag, cursor.lastrowid) for tag in folded))
        rows = []
        for position, (key, passage) in enumerate(zip(keys, passages, strict=True)):
            spans = spans_json(passage.spans)
            digest = digest_of_row(key, passage, spans)
            rows.append((key, cursor.lastrowid, position, passage.id, spans, passage.heading, passage.text, digest))
        self.execute_many(
            "INSERT INTO passages (key, article, position, id, spans, heading, text, digest) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def delete_article(self, article_id: str) -> None:
        """Remove an article and its passages; none of that id is no fault."""
        for table in ("passages", "tags"):
            self.execute(
                f"DELETE FROM {table} WHERE article = (SELECT number FROM articles WHERE id = ?)", (article_id,)
            )
        self.execute("DELETE FROM articles WHERE id = ?", (article_id,))

    def delete_articles_of(self, file: str) -> None:
        """Remove the articles of a corpus file and their passages."""
        for table in ("passages", "tags"):
            self.execute(f"DELETE FROM {table} WHERE article IN (SELECT number FROM articles WHERE file = ?)", (file,))
        self.execute("DELETE FROM articles WHERE file = ?", (file,))

    def move_article(self, article_id: str, file: str) -> None:
        """Note that an article, otherwise unchanged, is now from another corpus file."""
        self.execute("UPDATE articles SET file = ? WHERE id = ?", (file, article_id))

    def delete_file(self, name: str) -> None:
        """Forget a corpus file; its articles stay until they are deleted."""
        self.execute("DELETE FROM files WHERE name = ?", (name,))
