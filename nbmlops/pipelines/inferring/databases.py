"""Data bases in a file: which tables are read and written through a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.pipelines.inferring.sql import statement_of
from nbmlops.pipelines.inferring.uses import ALL_TABLES
from nbmlops.pipelines.inferring.values import (
    UNKNOWN,
    Handle,
    options_of,
    path_text,
    plain,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.pipelines.inferring.uses import How
    from nbmlops.pipelines.inferring.walking import Walker

_SCHEMES = ("sqlite:///", "sqlite+pysqlite:///", "sqlite+aiosqlite:///", "duckdb:///", "sqlite://", "duckdb://")
_SAME = frozenset(
    "cursor connect begin raw_connection execution_options __enter__ connection session con raw_sql".split()
)
_STATEMENTS = frozenset(
    "execute executemany executescript exec_driver_sql sql query read_sql fetch_df raw_sql query_df".split()
)
_READS = frozenset("table list_tables table_names rows_where".split())
_WRITES = frozenset("create_table insert insert_all upsert_all drop_table create_view drop_view".split())


def connected(kind: str, value: Any) -> Any:
    """Return a connection; connecting alone reads and writes nothing."""
    text = path_text(value)
    if text is None:
        return Handle("", kind) if kind == "duckdb" else UNKNOWN
    scheme = next((one for one in _SCHEMES if text.startswith(one)), None)
    if scheme is not None:
        text = text[len(scheme) :]
        kind = "duckdb" if scheme.startswith("duckdb") else kind
    elif "://" in text:
        return UNKNOWN
    text = text.removeprefix("file:").partition("?")[0]
    return Handle("" if text in (":memory:", "") else text, kind)


def queried(walker: Walker, args: Sequence[Any], words: dict[str, Any]) -> Any:
    """Note what ``pandas.read_sql`` and its like read."""
    text = args[0] if args else words.get("sql", words.get("query", words.get("table_name", UNKNOWN)))
    source = args[1] if len(args) > 1 else words.get("con", words.get("connection", UNKNOWN))
    for one in options_of(source):
        handle = one if isinstance(one, Handle) else connected("database", one)
        if isinstance(handle, Handle):
            words_of = text_of(text).split()
            if len(words_of) == 1:
                _note(walker, "read", handle, words_of[0].lower() if text is not UNKNOWN else ALL_TABLES)
            else:
                note_sql(walker, handle, text)
    return UNKNOWN


def note_table(walker: Walker, args: Sequence[Any], words: dict[str, Any]) -> None:
    """Note what ``to_sql`` writes."""
    name = args[0] if args else words.get("name", UNKNOWN)
    target = args[1] if len(args) > 1 else words.get("con", UNKNOWN)
    for one in options_of(target):
        handle = one if isinstance(one, Handle) else connected("database", one)
        if isinstance(handle, Handle):
            _note(walker, "update", handle, text_of(name).lower() if name is not UNKNOWN else ALL_TABLES)


def note_sql(walker: Walker, handle: Handle, value: Any) -> None:
    """Note the files and tables that a statement names."""
    for one in options_of(plain(value)):
        if not isinstance(one, str):
            _note(walker, "update", handle, ALL_TABLES)
            continue
        found = statement_of(one)
        for path in found.files_read:
            walker.note("read", path)
        for path in found.files_written:
            walker.note("write", path)
        for path in found.attached:
            walker.note("read", path, table=ALL_TABLES)
        if handle.path and not found.tables_written and found.changes:
            _note(walker, "update", handle, ALL_TABLES)
        for table in found.tables_read:
            _note(walker, "read", handle, table)
        for table in found.tables_written:
            _note(walker, "update", handle, table)


def call_of_database(walker: Walker, handle: Handle, name: str, args: Sequence[Any]) -> Any:
    """Return what a method of a connection gives; what it reads and writes is noted."""
    if name in _STATEMENTS:
        if args:
            note_sql(walker, handle, _statement(args[0]))
        return Handle(handle.path, handle.kind)
    if name.startswith("read_") and handle.kind == "duckdb" and args:
        walker.note("read", args[0])
        return Handle("", "duckdb")
    if name in ("write_parquet", "write_csv", "to_parquet", "to_csv") and args:
        walker.note("write", args[0])
        return UNKNOWN
    table = text_of(args[0]).lower() if args and isinstance(plain(args[0]), str) else ALL_TABLES
    if name in _READS:
        _note(walker, "read", handle, table)
    elif name in _WRITES:
        _note(walker, "update", handle, table if name in ("create_table", "drop_table") else ALL_TABLES)
    return handle if name in _SAME else UNKNOWN


def _statement(value: Any) -> Any:
    """Return the text of a statement, also of one in ``sqlalchemy.text``, which gives back what it is given."""
    return value if isinstance(plain(value), str) else UNKNOWN


def _note(walker: Walker, how: How, handle: Handle, table: str) -> None:
    if handle.path:
        walker.note(how, handle.path, table=table)
