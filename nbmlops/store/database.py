"""The one place that opens ``registry.db``, decides how it is written, and turns SQLite's errors into words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import WorkspaceUnusable
from nbmlops.store.ids import new_id, now
from nbmlops.store.schema_version import LATEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FILE = "registry.db"
BUSY_SECONDS = 30
NETWORK_FILE_SYSTEMS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "fuse.sshfs",
    "glusterfs",
    "lustre",
    "ceph",
}


class Database:
    """A connection to a workspace's registry, safe to use from several threads and after a fork.

    Parameters
    ----------
    workspace : Path
        The ``.nbmlops`` folder. The file is made, and brought to the newest schema, when it is opened.

    Raises
    ------
    WorkspaceUnusable
        Read-only at creation, locked, full, corrupt, or written by a newer release.
    """

    def __init__(self, workspace: Path) -> None:
        self.path = workspace / FILE
        self.read_only = False
        self.notice = ""
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._inside = False
        self._connection = self._open()
        _open_databases.add(self)

    @property
    def connection(self) -> sqlite3.Connection:
        """The live connection of this process."""
        return self._connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One short write transaction; rolled back as a whole when its body raises."""
        with self._lock, _words_for_errors(self.path):
            connection = self._connection
            if self._inside and connection.in_transaction:
                yield connection
                return
            self._heal()
            try:
                self._inside = True
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._inside = False

    def write(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> int:
        """Run one constant statement in a transaction of its own; durable when it returns. Gives the rows changed."""
        try:
            with self._lock:
                if not self._inside:
                    self._heal()
                return self._connection.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise _in_words(error, self.path) from error

    def _heal(self) -> None:
        """Take back a transaction that an interrupt has left open: in it, nothing written later would ever be kept."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def write_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one constant statement for many rows, in one transaction."""
        with self.transaction() as connection:
            connection.executemany(sql, rows)

    def query(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
        """Return the rows of a read as dictionaries."""
        with self._lock, _words_for_errors(self.path):
            cursor = self._connection.execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def rows(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a read as tuples."""
        with self._lock, _words_for_errors(self.path):
            return self._connection.execute(sql, values).fetchall()

    def data_version(self) -> int:
        """Return a number that changes whenever another connection has committed."""
        with self._lock, _words_for_errors(self.path):
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            return version

    def check_place(self) -> None:
        """Make sure that the file that is open here is still the workspace's: a restore puts another in its place.

        Raises
        ------
        WorkspaceUnusable
            It is gone, or another file has its name.
        """
        if _file_number(self.path) != self._file:
            raise WorkspaceUnusable(
                f"the registry {self.path} is gone or was replaced since it was opened.",
                "Nothing was written. In a notebook load it again: %reload_ext nbmlops   else open the workspace anew.",
            )

    def backup_to(self, target: Path) -> None:
        """Write one consistent copy of the registry, also while others write to it."""
        with _words_for_errors(target), contextlib.closing(sqlite3.connect(target)) as copy, self._lock:
            self._connection.backup(copy)

    def check(self) -> list[str]:
        """Return what SQLite finds wrong with the file; an empty list when it is whole."""
        found = [row[0] for row in self.rows("PRAGMA quick_check(20)")]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Close the connection; safe to call twice."""
        with self._lock:
            self._connection.close()

    def after_fork(self) -> None:
        """Give a forked child a connection of its own: SQLite connections must not cross a fork."""
        self._lock = threading.RLock()
        self._inside = False
        if self._pid == os.getpid():
            return
        self._pid = os.getpid()
        _inherited.append(self._connection)  # never closed here: closing would touch the parent's file locks
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        with _words_for_errors(self.path):
            connection = _connect(self.path)
            try:
                self.read_only = not _is_writable(self.path)
                connection.execute("PRAGMA foreign_keys = ON")
                if not _is_current(connection, self.path):
                    self._bring_up_to_date(connection)
                if not self.read_only:
                    # a power cut may cost the last moments, never the file; a killed process costs nothing
                    connection.execute("PRAGMA synchronous = NORMAL")
            except BaseException:
                connection.close()
                raise
            self._file = _file_number(self.path)
            return connection

    def _bring_up_to_date(self, connection: sqlite3.Connection) -> None:
        import filelock
        import sqlite_utils

        from nbmlops.store.migrations import migrations

        if self.read_only:
            raise WorkspaceUnusable(
                f"the registry {self.path} is of an older release and cannot be written here.",
                "Open it once where it can be written, or copy the folder.",
            )
        with filelock.FileLock(self.path.with_suffix(".lock"), timeout=BUSY_SECONDS):
            journal = "DELETE" if _file_system(self.path) in NETWORK_FILE_SYSTEMS else "WAL"
            if journal == "DELETE":
                self.notice = "the workspace is on a network file system: slower and for one writer at a time"
            connection.execute(f"PRAGMA journal_mode = {journal}")
            if _is_current(connection, self.path):
                return
            tables = sqlite_utils.Database(connection, execute_plugins=False)
            migrations.apply(tables)
            with tables.atomic():
                if not tables["workspace"].count:
                    connection.execute("INSERT INTO workspace VALUES (?, ?)", (new_id(), now()))
                connection.execute(f"PRAGMA user_version = {LATEST}")


_open_databases: weakref.WeakSet[Database] = weakref.WeakSet()
_inherited: list[sqlite3.Connection] = []


def _reopen_in_child() -> None:
    for database in list(_open_databases):
        with contextlib.suppress(Exception):
            database.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reopen_in_child)


def _connect(path: Path) -> sqlite3.Connection:
    address = path.absolute().as_uri()
    if path.exists() and not _is_writable(path):
        beside = path.with_name(path.name + "-wal")
        address += "?mode=ro" + ("" if beside.exists() and beside.stat().st_size else "&immutable=1")
    # isolation_level=None: every statement commits by itself, transactions are said with BEGIN
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _file_number(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_writable(path: Path) -> bool:
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def _is_current(connection: sqlite3.Connection, path: Path) -> bool:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        return False
    if version > LATEST:
        raise WorkspaceUnusable(
            f"the registry {path} was written by a newer release of nbmlops: schema {version}, known {LATEST}.",
            "Nothing was changed. Upgrade: pip install --upgrade nbmlops",
        )
    return version == LATEST


def _file_system(path: Path) -> str:
    """Return the type of the file system that holds ``path``, or an empty string where that cannot be known."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return ""
    best, kind = "", ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        _, point, name, *_ = line.split()
        if len(point) > len(best) and path.absolute().is_relative_to(point):
            best, kind = point, name
    return kind


@contextlib.contextmanager
def _words_for_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _in_words(error, path) from error


def _in_words(error: sqlite3.Error, path: Path) -> Exception:
    """Return the error that tells a person what is wrong with the file; a mistake of ours stays what it is."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    said = str(error)
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return WorkspaceUnusable(
            f"the registry {path} is locked by another program for more than {BUSY_SECONDS} s.",
            "Nothing was changed. Close the program that holds it (a database browser?), then try again.",
        )
    if primary == sqlite3.SQLITE_READONLY:
        return WorkspaceUnusable(
            f"the registry {path} cannot be written: it is read-only.",
            "Nothing was changed. Make it writable, or choose another workspace by NBMLOPS_HOME.",
        )
    if primary == sqlite3.SQLITE_FULL:
        return WorkspaceUnusable(
            f"the disk that holds {path} is full.",
            "What was logged before is safe. Free some space (nbmlops gc), then try again.",
        )
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return WorkspaceUnusable(
            f"the registry {path} is damaged: {said}.",
            "Nothing was changed. Restore a copy: nbmlops restore FILE",
        )
    if primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM):
        return WorkspaceUnusable(
            f"the registry {path} cannot be opened: {said}.",
            "Check that the folder exists and may be read and written.",
        )
    return error
