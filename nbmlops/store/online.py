"""The file of the online store: the newest row of each key, the events of its windows, and what was pushed.

It is a SQLite file of its own beside the registry, since it is written and read at other rates. Times are whole numbers
in the unit of their view; keys and rows are packed by `nbmlops.features.online.packing`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from nbmlops.errors import WorkspaceUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FILE = "online.db"
VERSION = 1
BUSY_SECONDS = 30

_SCHEMA = """
CREATE TABLE views (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  facts TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE newest (
  view INTEGER NOT NULL REFERENCES views(id) ON DELETE CASCADE,
  key BLOB NOT NULL,
  event_time INTEGER NOT NULL,
  created INTEGER,
  row BLOB NOT NULL,
  PRIMARY KEY (view, key)
) WITHOUT ROWID;
CREATE TABLE tails (
  view INTEGER NOT NULL REFERENCES views(id) ON DELETE CASCADE,
  key BLOB NOT NULL,
  events BLOB NOT NULL,
  PRIMARY KEY (view, key)
) WITHOUT ROWID;
CREATE TABLE pushes (
  id INTEGER PRIMARY KEY,
  view TEXT NOT NULL,
  rows INTEGER NOT NULL,
  pushed_at TEXT NOT NULL,
  content BLOB NOT NULL
);
CREATE INDEX pushes_by_view ON pushes (view, id);
CREATE TABLE followed (
  view TEXT NOT NULL,
  place TEXT NOT NULL,
  position TEXT NOT NULL,
  PRIMARY KEY (view, place)
) WITHOUT ROWID;
"""
READ_ROW = "SELECT event_time, row FROM newest WHERE view = ? AND key = ?"
READ_TAIL = "SELECT events FROM tails WHERE view = ? AND key = ?"
_PUT_ROW = (
    "INSERT INTO newest VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET event_time = excluded.event_time, "
    "created = excluded.created, row = excluded.row WHERE excluded.event_time > newest.event_time OR "
    "(excluded.event_time = newest.event_time AND excluded.row <> newest.row AND "
    "coalesce(excluded.created, -9223372036854775808) >= coalesce(newest.created, -9223372036854775808))"
)
_PUT_TAIL = (
    "INSERT INTO tails VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET events = excluded.events "
    "WHERE excluded.events <> tails.events"
)

Row = tuple[bytes, int, int | None, bytes]
"""Key, event time, created time, packed features."""
Tail = tuple[bytes, bytes]
"""Key and packed events."""


class OnlineFile:
    """The online store's file; made when it is first written.

    Parameters
    ----------
    folder : Path
        The workspace.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    @property
    def exists(self) -> bool:
        """Whether anything was ever written."""
        return self.path.exists()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this process; a forked child gets its own."""
        if self._connection is None or self._pid != os.getpid():
            with self._lock:
                self._connection, self._pid = self._open(), os.getpid()
        return self._connection

    def close(self) -> None:
        """Close the file; it opens again when it is used."""
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    def backup_to(self, target: Path) -> bool:
        """Write one consistent copy of the file, where there is one; tell whether there is."""
        if not self.exists:
            return False
        with contextlib.closing(sqlite3.connect(target)) as copy:
            self.connection.backup(copy)
        return True

    def lock(self, name: str) -> contextlib.AbstractContextManager[Any]:
        """Return what lets one process at a time change the events of a view."""
        import filelock

        return filelock.FileLock(self.path.with_name(f"online.{name}.lock"))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One short write transaction; rolled back as a whole when its body raises."""
        connection = self.connection
        with self._lock:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def add_view(self, name: str, digest: str, facts: dict[str, Any]) -> int:
        """Return the number of a view's version, which is made where it is new."""
        number = self.find_view(digest)
        if number is not None:
            return number
        with self.transaction() as connection:
            statement = "INSERT OR IGNORE INTO views (name, digest, facts) VALUES (?, ?, ?)"
            connection.execute(statement, (name, digest, json.dumps(facts)))
        found = self.find_view(digest)
        assert found is not None
        return found

    def find_view(self, digest: str) -> int | None:
        """Return the number of a view's version, None where nothing of it was written yet."""
        if not self.exists:
            return None
        rows = self.connection.execute("SELECT id FROM views WHERE digest = ?", (digest,)).fetchall()
        return int(rows[0][0]) if rows else None

    def facts(self, view: int) -> dict[str, Any]:
        """Return what was noted of a view when it was made."""
        [(text,)] = self.connection.execute("SELECT facts FROM views WHERE id = ?", (view,)).fetchall()
        found: dict[str, Any] = json.loads(text)
        return found

    def state(self, view: int) -> dict[str, Any]:
        """Return how far a view was materialized."""
        [(text,)] = self.connection.execute("SELECT state FROM views WHERE id = ?", (view,)).fetchall()
        found: dict[str, Any] = json.loads(text)
        return found

    def count(self, view: int) -> int:
        """Return how many keys are stored of a view."""
        statement = "SELECT count(*) FROM {} WHERE view = ?"
        tables = ("newest", "tails")
        return sum(int(self.connection.execute(statement.format(one), (view,)).fetchone()[0]) for one in tables)

    def write(self, view: int, rows: Iterable[Row] = (), tails: Iterable[Tail] = (), **state: Any) -> int:
        """Write rows that are newer than what is there, events, and the state, in one transaction; give how many."""
        with self.transaction() as connection:
            before = connection.total_changes
            connection.executemany(_PUT_ROW, ((view, *row) for row in rows))
            connection.executemany(_PUT_TAIL, ((view, *tail) for tail in tails))
            written = connection.total_changes - before
            if state:
                self._set_state(connection, view, state)
        return written

    def _set_state(self, connection: sqlite3.Connection, view: int, state: dict[str, Any]) -> None:
        statement = "UPDATE views SET state = json_patch(state, ?) WHERE id = ?"
        connection.execute(statement, (json.dumps(state), view))

    def add_push(
        self,
        name: str,
        content: bytes,
        count: int,
        pushed_at: str,
        writes: Iterable[tuple[int, list[Row], list[Tail]]],
        followed: tuple[str, str] | None = None,
    ) -> None:
        """Keep a push and what follows from it, in one transaction.

        Parameters
        ----------
        content : bytes
            The rows as they were pushed.
        writes : iterable
            Number, rows and events of each version of the view.
        followed : tuple, optional
            A place that is followed, and how far it was read.
        """
        with self.transaction() as connection:
            statement = "INSERT INTO pushes (view, rows, pushed_at, content) VALUES (?, ?, ?, ?)"
            connection.execute(statement, (name, count, pushed_at, content))
            for view, rows, tails in writes:
                connection.executemany(_PUT_ROW, ((view, *row) for row in rows))
                connection.executemany(_PUT_TAIL, ((view, *tail) for tail in tails))
            if followed is not None:
                connection.execute("INSERT OR REPLACE INTO followed VALUES (?, ?, ?)", (name, *followed))

    def pushes(self, name: str, first: int | None = None) -> list[bytes]:
        """Return what was pushed to a view, in order; or only the first of it."""
        if not self.exists:
            return []
        statement = "SELECT content FROM pushes WHERE view = ? ORDER BY id LIMIT ?"
        most = -1 if first is None else first
        return [content for (content,) in self.connection.execute(statement, (name, most)).fetchall()]

    def pushed(self, name: str) -> tuple[int, int]:
        """Return how many pushes and rows a view got."""
        if not self.exists:
            return 0, 0
        statement = "SELECT count(*), coalesce(sum(rows), 0) FROM pushes WHERE view = ?"
        pushes, rows = self.connection.execute(statement, (name,)).fetchone()
        return int(pushes), int(rows)

    def position(self, name: str, place: str) -> str:
        """Return how far a place was followed; empty for not at all."""
        statement = "SELECT position FROM followed WHERE view = ? AND place = ?"
        rows = self.connection.execute(statement, (name, place)).fetchall()
        return str(rows[0][0]) if rows else ""

    def row(self, view: int, key: bytes) -> tuple[int, int | None, bytes] | None:
        """Return event time, created time and packed row of a key."""
        statement = "SELECT event_time, created, row FROM newest WHERE view = ? AND key = ?"
        found: tuple[int, int | None, bytes] | None = self.connection.execute(statement, (view, key)).fetchone()
        return found

    def tail(self, view: int, key: bytes) -> bytes | None:
        """Return the packed events of a key."""
        found = self.connection.execute(READ_TAIL, (view, key)).fetchone()
        return bytes(found[0]) if found else None

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            [(version,)] = connection.execute("PRAGMA user_version").fetchall()
            if version > VERSION:
                connection.close()
                raise WorkspaceUnusable(
                    f"the online store {self.path} was written by a newer release of nbmlops.",
                    "Nothing was changed. Upgrade: pip install --upgrade nbmlops",
                )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            if version < VERSION:
                self._make(connection)
        except sqlite3.Error as error:
            raise WorkspaceUnusable(
                f"the online store {self.path} cannot be opened: {error}.",
                "Restore a backup: nbmlops restore FILE   or delete it, which loses what was pushed.",
            ) from error
        return connection

    def _make(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        [(version,)] = connection.execute("PRAGMA user_version").fetchall()
        if version < VERSION:  # another process may have been first
            for statement in _SCHEMA.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
