"""What the page keeps for each visitor: conversations, feedback and options, in one SQLite file."""

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag._errors import JuzhengError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, visitor TEXT NOT NULL, title TEXT NOT NULL, updated TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_visitor ON conversations (visitor, updated);
CREATE TABLE IF NOT EXISTS turns (
    id INTEGER PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    asked TEXT NOT NULL, record TEXT NOT NULL,
    thumb INTEGER NOT NULL DEFAULT 0, saved INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS by_conversation ON turns (conversation);
CREATE TABLE IF NOT EXISTS options (visitor TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

_TURNS = "SELECT turns.id, asked, record, thumb, saved FROM turns JOIN conversations ON conversation = conversations.id"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A dialogue of one visitor; ``updated`` is an ISO time in UTC."""

    id: str
    title: str
    updated: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer as a record; ``asked`` is an ISO time in UTC.

    ``thumb`` is what the visitor thinks of it (1, 0 or -1), ``saved`` whether it was made a case of evaluation.
    """

    id: int
    asked: str
    record: dict[str, Any]
    thumb: int = 0
    saved: bool = False

    @property
    def question(self) -> str:
        return str(self.record["question"])


class Store:
    """Keeps what visitors did. Every method takes the visitor, and sees nothing of any other."""

    def __init__(self, path: Path) -> None:
        """Open or create the file ``path``; raises JuzhengError where it cannot be written."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise JuzhengError(
                f"对话记录要写入 {path}，但不能写：{error}。请检查权限和磁盘空间。(the history cannot be written there)"
            ) from error

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            connection.execute("PRAGMA foreign_keys = ON")
            yield connection

    def conversations(self, visitor: str) -> list[Conversation]:
        """Return the conversations of ``visitor``, the last used first."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT id, title, updated FROM conversations WHERE visitor = ? ORDER BY updated DESC, rowid DESC",
                (visitor,),
            )
            return [Conversation(*row) for row in rows]

    def conversation(self, visitor: str, conversation: str) -> Conversation | None:
        """Return a conversation, None where ``visitor`` has none of that id."""
        return next((one for one in self.conversations(visitor) if one.id == conversation), None)

    def turns(self, visitor: str, conversation: str) -> list[Turn]:
        """Return the turns of a conversation, oldest first; none where it is not the visitor's."""
        with self._open() as connection:
            rows = connection.execute(
                f"{_TURNS} WHERE conversation = ? AND visitor = ? ORDER BY turns.id",
                (conversation, visitor),
            )
            return [_turn(row) for row in rows]

    def turn(self, visitor: str, turn: int) -> Turn | None:
        """Return one turn, None where ``visitor`` has none of that id."""
        with self._open() as connection:
            row = connection.execute(
                f"{_TURNS} WHERE turns.id = ? AND visitor = ?",
                (turn, visitor),
            ).fetchone()
        return _turn(row) if row else None

    def append(self, visitor: str, conversation: str | None, record: Mapping[str, Any]) -> tuple[str, Turn]:
        """Add a turn to a conversation, to a new one where the visitor has none of that id, and return both."""
        now = datetime.now(UTC).isoformat()
        text = json.dumps(record, ensure_ascii=False)
        with self._open() as connection:
            updated = connection.execute(
                "UPDATE conversations SET updated = ? WHERE id = ? AND visitor = ?", (now, conversation, visitor)
            )
            if conversation is None or not updated.rowcount:
                conversation = uuid.uuid4().hex
                title = " ".join(str(record["question"]).split())[:60]
                connection.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", (conversation, visitor, title, now))
            number = connection.execute(
                "INSERT INTO turns (conversation, asked, record) VALUES (?, ?, ?)", (conversation, now, text)
            ).lastrowid
        assert number is not None
        return conversation, Turn(number, now, json.loads(text))

    def rename(self, visitor: str, conversation: str, title: str) -> None:
        """Give a conversation another title; a blank one changes nothing."""
        if title := " ".join(title.split())[:60]:
            with self._open() as connection:
                connection.execute(
                    "UPDATE conversations SET title = ? WHERE id = ? AND visitor = ?", (title, conversation, visitor)
                )

    def delete(self, visitor: str, conversation: str) -> None:
        """Delete a conversation with its turns."""
        with self._open() as connection:
            connection.execute("DELETE FROM conversations WHERE id = ? AND visitor = ?", (conversation, visitor))

    def rate(self, visitor: str, turn: int, thumb: int) -> None:
        """Keep what the visitor thinks of an answer: 1 good, -1 bad, 0 nothing."""
        self._set(visitor, turn, "thumb", thumb)

    def mark_saved(self, visitor: str, turn: int) -> None:
        """Keep that an answer was made a case of evaluation."""
        self._set(visitor, turn, "saved", 1)

    def _set(self, visitor: str, turn: int, column: str, value: int) -> None:
        with self._open() as connection:
            connection.execute(
                f"UPDATE turns SET {column} = ? WHERE id = ?"
                " AND conversation IN (SELECT id FROM conversations WHERE visitor = ?)",
                (value, turn, visitor),
            )

    def options(self, visitor: str) -> dict[str, Any]:
        """Return what the visitor has set, empty at first."""
        with self._open() as connection:
            row = connection.execute("SELECT value FROM options WHERE visitor = ?", (visitor,)).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def set_options(self, visitor: str, options: Mapping[str, Any]) -> None:
        """Keep what the visitor has set."""
        with self._open() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO options VALUES (?, ?)", (visitor, json.dumps(options, ensure_ascii=False))
            )


def _turn(row: tuple[Any, ...]) -> Turn:
    number, asked, record, thumb, saved = row
    return Turn(number, asked, json.loads(record), thumb, bool(saved))
