"""The truth of an index: articles, passages and what is known of the corpus files, in one SQLite file.

Vectors and words are derived from it. A published store is immutable; each row carries a digest of its content, so
that a damaged one is named and never returned.
"""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.articles.article import Article, Published, Skipped
from rag.chunks import Passage
from rag.index.damage import DamagedError
from rag.index.filters import Filter
from rag.index.rows import blocks_of, digest_of, digest_of_article, digest_of_row, spans_of, tags_of

NAME = "articles.sqlite"

SCHEMA = """
CREATE TABLE files (
    name TEXT PRIMARY KEY,          -- path below the corpus folder
    stamp TEXT NOT NULL,            -- size and times of the file when it was read
    digest TEXT NOT NULL,           -- SHA-256 of its bytes
    skipped TEXT NOT NULL           -- JSON: [[source, why], ...]
) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    file TEXT NOT NULL,             -- files.name
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    published TEXT,                 -- partial ISO date
    basis TEXT,
    first INTEGER,                  -- the days that the date may mean, as yyyymmdd
    last INTEGER,
    text TEXT NOT NULL,
    blocks TEXT NOT NULL,           -- JSON: [[role, [start, end, start, end, ...]], ...]
    pages TEXT NOT NULL,            -- JSON: [offset, ...]
    tags TEXT NOT NULL,             -- JSON: [tag, ...]
    digest BLOB NOT NULL,           -- of the article as it was read
    signature BLOB NOT NULL,        -- MinHash of the body
    family INTEGER                  -- articles that say nearly the same have the same number; NULL where alone
);
CREATE INDEX articles_of_file ON articles (file);
CREATE INDEX articles_of_family ON articles (family) WHERE family IS NOT NULL;
CREATE TABLE tags (
    tag TEXT NOT NULL,              -- folded, as it is asked for
    article INTEGER NOT NULL REFERENCES articles (number),
    PRIMARY KEY (tag, article)
) WITHOUT ROWID;
CREATE INDEX tags_of_article ON tags (article);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY,
    key INTEGER NOT NULL UNIQUE,    -- hash of what is searched; see key_of
    article INTEGER NOT NULL REFERENCES articles (number),
    position INTEGER NOT NULL,      -- in reading order
    id TEXT NOT NULL,
    spans TEXT NOT NULL,            -- JSON: [start, end, start, end, ...]
    heading TEXT NOT NULL,
    text TEXT NOT NULL,
    digest BLOB NOT NULL            -- of the row
);
CREATE INDEX passages_of_article ON passages (article, position);
"""


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """An article without its text: what a list of articles shows.

    ``published`` is a partial ISO date; ``tags`` are the folders it lies in, and those of its record.
    """

    id: str
    source: str
    title: str
    published: str | None
    file: str
    characters: int
    passages: int
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What is known of a corpus file since it was last read."""

    name: str
    stamp: str
    digest: str
    skipped: tuple[Skipped, ...]


class Store:
    """One SQLite file, read; from several threads if need be."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> "Store":
        """Open a published store, which nobody writes any more.

        Raises DamagedError where there is none or it is no SQLite file.
        """
        try:
            connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            connection.execute("SELECT number FROM articles LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise DamagedError(path, str(error)) from error
        return cls(path, connection)

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        # Trap: SQLite crashes where a connection is closed while another thread fetches from it.
        with self._lock:
            self._connection.close()

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query; for one with few rows.

        Raises DamagedError where SQLite finds the file damaged.
        """
        with self._lock:
            try:
                return self._connection.execute(sql, parameters).fetchall()
            except sqlite3.DatabaseError as error:
                raise DamagedError(self.path, str(error)) from error

    def stream(self, sql: str, parameters: Sequence[Any] = (), batch: int = 1000) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query in lists of at most ``batch``.

        Raises DamagedError where SQLite finds the file damaged.
        """
        try:
            with self._lock:
                cursor = self._connection.execute(sql, parameters)
            while True:
                with self._lock:
                    rows = cursor.fetchmany(batch)
                if not rows:
                    return
                yield rows
        except sqlite3.DatabaseError as error:
            raise DamagedError(self.path, str(error)) from error

    def count(self, table: str) -> int:
        """Return the number of rows of ``table``."""
        return int(self.query(f"SELECT count(*) FROM {table}")[0][0])

    def sorted_keys(self, where: Filter | None = None) -> Iterator[list[int]]:
        """Yield the keys of the passages that ``where`` admits, in rising order, in batches."""
        sql, parameters = "SELECT key FROM passages ORDER BY key", list[str | int]()
        if where is not None:
            condition, parameters = where.sql()
            sql = f"SELECT key FROM passages JOIN articles ON article = articles.number WHERE {condition} ORDER BY key"
        for rows in self.stream(sql, parameters, batch=10_000):
            yield [row[0] for row in rows]

    def passages(self, condition: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[int, Passage]]:
        """Yield (key, passage) for the rows of ``passages p JOIN articles a`` under ``condition``, which may order.

        Raises DamagedError for a row that does not match its digest.
        """
        sql = (
            "SELECT p.key, p.id, a.id, p.spans, p.text, p.heading, a.title, a.source, a.published, a.tags, p.digest "
            f"FROM passages p JOIN articles a ON p.article = a.number WHERE {condition}"
        )
        for rows in self.stream(sql, parameters):
            for key, id_, article_id, spans, text, heading, title, source, published, tags, digest in rows:
                passage = Passage(
                    id_, article_id, spans_of(spans), text, heading, title, source, published, tags_of(tags)
                )
                if digest != digest_of_row(key, passage, spans):
                    raise DamagedError(self.path, f"{source} 的段落 {id_} 与存入时不同")
                yield key, passage

    def article(self, article_id: str) -> Article | None:
        """Return an article, or None where there is none of that id.

        Raises DamagedError where it does not match its digest.
        """
        rows = self.query(
            "SELECT id, source, title, published, basis, text, blocks, pages, tags, digest FROM articles WHERE id = ?",
            (article_id,),
        )
        if not rows:
            return None
        id_, source, title, published, basis, text, blocks, pages, tags, digest = rows[0]
        article = Article(
            id=id_,
            source=source,
            title=title,
            published=None if published is None else Published(published, basis),
            text=text,
            blocks=blocks_of(blocks),
            pages=tuple(json.loads(pages)),
            tags=tags_of(tags),
        )
        if digest_of_article(article) != digest:
            raise DamagedError(self.path, f"文章 {article_id} 与存入时不同")
        return article

    def infos(self) -> Iterator[ArticleInfo]:
        """Yield every article without its text, by id."""
        for rows in self.stream(
            "SELECT id, source, title, published, file, length(text), "
            "(SELECT count(*) FROM passages WHERE article = articles.number), tags FROM articles ORDER BY id"
        ):
            for *shown, tags in rows:
                yield ArticleInfo(*(*shown, tags_of(tags)))

    def file(self, name: str) -> FileRecord | None:
        """Return what is known of the corpus file ``name``."""
        rows = self.query("SELECT name, stamp, digest, skipped FROM files WHERE name = ?", (name,))
        return _file(rows[0]) if rows else None

    def files(self) -> Iterator[FileRecord]:
        """Yield what is known of every corpus file, by name."""
        for rows in self.stream("SELECT name, stamp, digest, skipped FROM files ORDER BY name"):
            for row in rows:
                yield _file(row)

    def file_names(self) -> list[str]:
        """Return the names of all corpus files."""
        return [row[0] for row in self.query("SELECT name FROM files UNION SELECT file FROM articles ORDER BY 1")]

    def owner(self, article_id: str) -> str | None:
        """Return the name of the file that an article is from, None where there is none of that id."""
        rows = self.query("SELECT file FROM articles WHERE id = ?", (article_id,))
        return rows[0][0] if rows else None

    def digest(self, article_id: str) -> bytes | None:
        """Return the digest of an article, None where there is none of that id."""
        rows = self.query("SELECT digest FROM articles WHERE id = ?", (article_id,))
        return rows[0][0] if rows else None

    def ids_of(self, file: str) -> list[str]:
        """Return the ids of the articles of a corpus file."""
        return [row[0] for row in self.query("SELECT id FROM articles WHERE file = ?", (file,))]

    def content(self) -> str:
        """Return a digest of the whole content: the same corpus gives the same one, however it was built."""
        digest = hashlib.blake2b(digest_size=16)
        for rows in self.stream("SELECT name, digest, skipped FROM files ORDER BY name"):
            for row in rows:
                digest.update(digest_of(*row))
        for rows in self.stream("SELECT id, file, digest FROM articles ORDER BY id"):
            for row in rows:
                digest.update(digest_of(*row))
        return digest.hexdigest()


def _file(row: tuple[Any, ...]) -> FileRecord:
    name, stamp, digest, skipped = row
    return FileRecord(name, stamp, digest, tuple(Skipped(source, why) for source, why in json.loads(skipped)))
