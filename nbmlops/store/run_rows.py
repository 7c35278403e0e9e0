"""All that a registry holds of some runs, as rows by table: to carry them into another one."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from nbmlops.store.database import Database

_OF_RUNS = (
    "params",
    "metrics",
    "last_metrics",
    "tags",
    "slices",
    "captures",
    "datasets_used",
    "inputs_read",
    "outputs_written",
    "artifacts",
    "replays",
)
_RUN_COLUMNS = (
    "id parent_id experiment base ordinal status started_at ended_at duration_s source notebook cell_id "
    "execution_count user host pid process_started boot_id heartbeat_at environment_key verdict note error starred "
    "archived_at"
).split()

Rows = dict[str, list[dict[str, Any]]]


def rows_of(database: Database, runs: Sequence[str]) -> Rows:
    """Return the rows of runs and of what they refer to: cells, generator states, environments.

    Bytes are text: ``{"base64": …}``.
    """
    marks = ", ".join("?" * len(runs))
    columns = ", ".join(_RUN_COLUMNS)
    found: Rows = {"runs": database.query(f"SELECT {columns} FROM runs WHERE id IN ({marks}) ORDER BY id", list(runs))}
    for table in _OF_RUNS:
        found[table] = database.query(f"SELECT * FROM {table} WHERE run_id IN ({marks})", list(runs))
    digests = {row["digest"] for row in found["slices"]}
    states = {digest for row in found["slices"] for digest in json.loads(row["generator_states"] or "{}").values()}
    keys = {row["environment_key"] for row in found["runs"] if row["environment_key"]}
    for table, column, wanted in (
        ("cells", "digest", digests),
        ("generator_states", "digest", states),
        ("environments", "key", keys),
    ):
        marks = ", ".join("?" * len(wanted))
        found[table] = database.query(f"SELECT * FROM {table} WHERE {column} IN ({marks})", sorted(wanted))
    return {table: [_as_text(row) for row in rows] for table, rows in found.items()}


def add_rows(database: Database, rows: Rows, started_at: str) -> list[str]:
    """Write the rows of runs that are not here yet, in one transaction; give the names that the runs have here.

    A name that is taken gets the next number.
    """
    names = []
    with database.transaction() as connection:
        for table in ("cells", "generator_states", "environments"):
            _insert(connection, table, rows.get(table, ()))
        for run in rows["runs"]:
            connection.execute("INSERT OR IGNORE INTO experiments VALUES (?, ?)", (run["experiment"], started_at))
            [(last,)] = connection.execute("SELECT max(ordinal) FROM runs WHERE base = ?", (run["base"],)).fetchall()
            is_free = not connection.execute(
                "SELECT 1 FROM runs WHERE base = ? AND ordinal = ?", (run["base"], run["ordinal"])
            ).fetchall()
            row = dict(run) if is_free else {**run, "ordinal": (last or 0) + 1}
            _insert(connection, "runs", [row])
            names += [
                name for (name,) in connection.execute("SELECT name FROM runs WHERE id = ?", (row["id"],)).fetchall()
            ]
        for table in _OF_RUNS:
            _insert(connection, table, rows.get(table, ()))
    return names


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    known = {row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()}
    for row in rows:
        columns = [column for column in row if column in known]
        marks = ", ".join("?" * len(columns))
        values = [_as_value(row[column]) for column in columns]
        connection.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"base64": base64.b64encode(value).decode("ascii")} if isinstance(value, bytes) else value
        for name, value in row.items()
    }


def _as_value(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value
