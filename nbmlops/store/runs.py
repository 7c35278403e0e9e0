"""Writing runs: every method is one short transaction, durable when it returns."""

from __future__ import annotations

import json
import math
import time
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.store.ids import new_id, now
from nbmlops.store.processes import Process, is_alive, this_process

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from nbmlops.records import Artifact, Input, Output, Scalar, SliceCell, Status, UsedDataset
    from nbmlops.store.database import Database
    from nbmlops.store.directions import Direction

SILENT_SECONDS = 300.0
"""A run of another host that has not beaten for this long counts as interrupted."""

_INSERT_METRIC = "INSERT INTO metrics (run_id, name, value, step, timestamp) VALUES (?, ?, ?, ?, ?)"
_SETTLE = """
    INSERT INTO last_metrics (run_id, name, value, step, timestamp)
    WITH RECURSIVE names(name) AS (
      SELECT (SELECT min(name) FROM metrics WHERE run_id = :run)
      UNION ALL
      SELECT (SELECT min(m.name) FROM metrics AS m WHERE m.run_id = :run AND m.name > names.name)
      FROM names WHERE names.name IS NOT NULL
    )
    SELECT m.run_id, m.name, m.value, m.step, m.timestamp FROM names JOIN metrics AS m ON m.rowid = (
      SELECT rowid FROM metrics WHERE run_id = :run AND name = names.name ORDER BY step DESC, rowid DESC LIMIT 1)
    WHERE names.name IS NOT NULL
    ON CONFLICT (run_id, name) DO UPDATE SET value = excluded.value, step = excluded.step,
      timestamp = excluded.timestamp
    WHERE (excluded.value, excluded.step, excluded.timestamp) IS NOT (value, step, timestamp)
"""
_INSERT_RUN = """
    INSERT INTO runs (id, parent_id, experiment, base, ordinal, status, started_at, source, notebook, cell_id,
      user, host, pid, process_started, boot_id, heartbeat_at, note)
    SELECT :id, :parent, :experiment, :base, 1 + coalesce((SELECT max(ordinal) FROM runs WHERE base = :base), 0),
      'running', :started_at, :source, :notebook, :cell_id, :user, :host, :pid, :process_started,
      :boot_id, :started_at, :note
    RETURNING name
"""
_PUT_PARAM = "INSERT OR REPLACE INTO params (run_id, name, value, kind) VALUES (?, ?, ?, ?)"
PUT_OUTPUT = "INSERT OR REPLACE INTO outputs_written VALUES (?, ?, ?, ?, ?, ?)"
_PUT_TAG = "INSERT OR REPLACE INTO tags (run_id, name, value) VALUES (?, ?, ?)"


@dataclass(frozen=True)
class NewRun:
    """What is known of a run when it opens."""

    base: str
    experiment: str
    parent: str | None = None
    source: str = "cell"
    notebook: str | None = None
    cell_id: str | None = None
    user: str | None = None
    note: str = ""
    started_at: str = ""


@dataclass
class Closing:
    """What is known of a run when it closes; written in one transaction."""

    status: Status
    duration_s: float
    error: str | None = None
    execution_count: int | None = None
    environment: tuple[str, dict[str, Any]] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    cells: Sequence[SliceCell] = ()
    cell_states: Sequence[dict[str, str]] = ()
    states: dict[str, bytes] = field(default_factory=dict)
    datasets: Sequence[UsedDataset] = ()
    inputs: Sequence[Input] = ()
    outputs: Sequence[Output] = ()
    params: dict[str, Scalar] = field(default_factory=dict)
    metrics: dict[str, list[float]] = field(default_factory=dict)


class RunWriter:
    """Writes runs to a registry."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def create(self, new: NewRun) -> tuple[str, str]:
        """Open a run; give its id and its name (``rf``, then ``rf·2``, …)."""
        process = this_process()
        started = new.started_at or now()
        values = {
            "id": new_id(),
            "parent": new.parent,
            "experiment": new.experiment,
            "base": new.base,
            "started_at": started,
            "source": new.source,
            "notebook": new.notebook,
            "cell_id": new.cell_id,
            "user": new.user,
            "note": new.note,
            "host": process.host,
            "pid": process.pid,
            "process_started": process.started,
            "boot_id": process.boot_id,
        }
        with self.database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO experiments VALUES (?, ?)", (new.experiment, started))
            # fetchall: a RETURNING statement that is not read to its end keeps the transaction open
            [(name,)] = connection.execute(_INSERT_RUN, values).fetchall()
        return str(values["id"]), name

    def log_metric(self, run: str, name: str, value: float, step: int) -> None:
        """Write one value of an open run. The caller has checked it."""
        number = value if value == value else None  # noqa: PLR0124 - NaN, the value that is not itself
        self.database.write(_INSERT_METRIC, (run, name, number, step, time.time_ns() // 1_000_000))

    def log_metrics(self, run: str, points: Iterable[tuple[str, float, int]], *, settle: bool = False) -> None:
        """Write many values in one transaction; ``settle`` where the run is closed, or belongs to another process."""
        stamp = time.time_ns() // 1_000_000
        rows = [(run, name, None if value != value else value, step, stamp) for name, value, step in points]  # noqa: PLR0124
        with self.database.transaction() as connection:
            connection.executemany(_INSERT_METRIC, rows)
            if settle:
                connection.execute(_SETTLE, {"run": run})

    def log_params(self, run: str, params: dict[str, Scalar]) -> None:
        """Write params; one of the same name is replaced."""
        self.database.write_many(_PUT_PARAM, _param_rows(run, params))

    def set_tags(self, runs: Iterable[str], tags: dict[str, str | None]) -> None:
        """Set tags on runs; a tag of None is taken away."""
        with self.database.transaction() as connection:
            for run in runs:
                for name, value in tags.items():
                    if value is None:
                        connection.execute("DELETE FROM tags WHERE run_id = ? AND name = ?", (run, name))
                    else:
                        connection.execute(_PUT_TAG, (run, name, value))

    def set_direction(self, metric: str, direction: Direction) -> None:
        """Keep which way a metric is better."""
        self.database.write("INSERT OR REPLACE INTO metric_directions VALUES (?, ?)", (metric, direction))

    def add_artifact(self, run: str, artifact: Artifact, facts: dict[str, Any] | None = None) -> None:
        """Note a kept file of a run; one of the same name is replaced."""
        self.database.write(
            "INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                run,
                artifact.name,
                artifact.digest,
                artifact.bytes,
                artifact.media_type,
                artifact.kind,
                json.dumps(facts or {}),
                now(),
            ),
        )

    def remove_artifact(self, run: str, name: str) -> None:
        """Take the note of a kept file away; its bytes go with the next ``gc``."""
        self.database.write("DELETE FROM artifacts WHERE run_id = ? AND name = ?", (run, name))

    def close(self, run: str, closing: Closing) -> None:
        """Write everything that is known at the end of a run, and its status, in one transaction."""
        with self.database.transaction() as connection:
            _put_closing(connection, run, closing)
            connection.execute(
                "UPDATE runs SET status = ?, ended_at = ?, duration_s = ?, error = ?, execution_count = ? WHERE id = ?",
                (closing.status, now(), closing.duration_s, closing.error, closing.execution_count, run),
            )
            connection.execute(_SETTLE, {"run": run})

    def end(self, run: str, status: Status, duration_s: float, error: str | None) -> None:
        """Say how a run ended, for one whose facts another process has written."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE runs SET status = ?, ended_at = ?, duration_s = ?, error = coalesce(?, error) WHERE id = ?",
                (status, now(), duration_s, error, run),
            )
            connection.execute(_SETTLE, {"run": run})

    def add_facts(self, run: str, facts: dict[str, Any]) -> None:
        """Merge facts that became known later, such as the diff that git found in the background."""
        self.database.write(
            "INSERT INTO captures VALUES (?, ?) "
            "ON CONFLICT (run_id) DO UPDATE SET facts = json_patch(facts, excluded.facts)",
            (run, json.dumps(facts)),
        )

    def update(self, runs: Sequence[str], **columns: Any) -> None:
        """Set columns of runs: ``note``, ``starred``, ``archived_at``, ``deleted_at``, ``verdict``."""
        allowed = {"note", "starred", "archived_at", "deleted_at", "verdict", "notebook"}
        assert columns.keys() <= allowed, columns
        assignments = ", ".join(f"{column} = ?" for column in columns)
        statement = f"UPDATE runs SET {assignments} WHERE id = ?"
        self.database.write_many(statement, [(*columns.values(), run) for run in runs])

    def rename(self, run: str, base: str) -> str:
        """Give a run another name; a name in use gets the next number."""
        with self.database.transaction() as connection:
            [(name,)] = connection.execute(
                "UPDATE runs SET base = :base, ordinal = 1 + coalesce((SELECT max(ordinal) FROM runs "
                "WHERE base = :base AND id != :run), 0) WHERE id = :run RETURNING name",
                {"base": base, "run": run},
            ).fetchall()
        return str(name)

    def beat(self, run: str) -> None:
        """Say that an open run still lives."""
        self.database.write("UPDATE runs SET heartbeat_at = ? WHERE id = ? AND status = 'running'", (now(), run))

    def settle_open(self) -> None:
        """Bring runs that say *running* up to date: those of dead processes are interrupted, metrics are settled."""
        if self.database.read_only:
            return
        for row in self.database.query(
            "SELECT id, host, pid, process_started, boot_id, heartbeat_at FROM runs WHERE status = 'running'"
        ):
            process = Process(row["host"], row["pid"], row["process_started"], row["boot_id"])
            if is_alive(process) and not _is_silent(process, row["heartbeat_at"]):
                self.database.write(_SETTLE, {"run": row["id"]})
            else:
                self.interrupt(row["id"])

    def interrupt(self, run: str) -> None:
        """Mark an open run *interrupted*; it ended when it was last heard of."""
        with self.database.transaction() as connection:
            connection.execute(_SETTLE, {"run": run})
            connection.execute(
                """
                UPDATE runs SET status = 'interrupted', error = coalesce(error, 'its process ended without a word'),
                  ended_at = max(heartbeat_at, coalesce((SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00',
                    max(timestamp) / 1000.0, 'unixepoch') FROM metrics WHERE run_id = runs.id), ''))
                WHERE id = ? AND status = 'running'
                """,
                (run,),
            )
            connection.execute(
                "UPDATE runs SET duration_s = max(0, round((julianday(ended_at) - julianday(started_at)) * 86400, 3)) "
                "WHERE id = ? AND duration_s IS NULL",
                (run,),
            )

    def purge_deleted(self, before: str) -> list[str]:
        """Erase runs that were deleted before a time; give their ids."""
        with self.database.transaction() as connection:
            gone = [
                row[0]
                for row in connection.execute(
                    "DELETE FROM runs WHERE deleted_at IS NOT NULL AND deleted_at <= ? RETURNING id",
                    (before,),
                ).fetchall()
            ]
            connection.execute("DELETE FROM cells WHERE digest NOT IN (SELECT digest FROM slices)")
            connection.execute(
                "DELETE FROM generator_states WHERE digest NOT IN "
                "(SELECT j.value FROM slices, json_each(slices.generator_states) AS j)"
            )
        return gone


def _put_closing(connection: sqlite3.Connection, run: str, closing: Closing) -> None:
    if closing.environment is not None:
        key, facts = closing.environment
        if connection.execute("SELECT 1 FROM environments WHERE key = ?", (key,)).fetchone() is None:
            connection.execute("INSERT INTO environments (key, facts) VALUES (?, ?)", (key, json.dumps(facts)))
        connection.execute("UPDATE runs SET environment_key = ? WHERE id = ?", (key, run))
    connection.execute("INSERT OR REPLACE INTO captures VALUES (?, ?)", (run, json.dumps(closing.facts)))
    connection.executemany("INSERT OR IGNORE INTO generator_states VALUES (?, ?)", closing.states.items())
    for position, cell in enumerate(closing.cells):
        digest = cell_digest(cell.code)
        states = closing.cell_states[position] if position < len(closing.cell_states) else {}
        connection.execute("INSERT OR IGNORE INTO cells VALUES (?, ?)", (digest, cell.code))
        connection.execute(
            "INSERT OR REPLACE INTO slices VALUES (?, ?, ?, ?, ?, ?, ?)",
            (run, position, digest, cell.execution_count, cell.cell_id, cell.duration_s, json.dumps(states)),
        )
    # a training set was noted when it was made: here it has the name that the cell gave it
    connection.executemany(
        "DELETE FROM datasets_used WHERE run_id = ? AND source = ? AND source LIKE 'training set %'",
        [(run, d.source) for d in closing.datasets if d.source is not None],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO datasets_used VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(run, d.name, d.source, d.fingerprint, d.kind, d.rows, d.columns, d.bytes, d.note) for d in closing.datasets],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO inputs_read VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (run, at, one.path, one.named, one.kind, one.fingerprint, one.bytes, one.modified_at, one.kept)
            for at, one in enumerate(closing.inputs)
        ],
    )
    connection.executemany(PUT_OUTPUT, [(run, *astuple(one)) for one in closing.outputs])
    # what the user logged by hand stands; what was captured fills the rest
    captured = _PUT_PARAM.replace("REPLACE", "IGNORE")
    connection.executemany(captured, _param_rows(run, closing.params))
    stamp = time.time_ns() // 1_000_000
    logged = {name for (name,) in connection.execute("SELECT DISTINCT name FROM metrics WHERE run_id = ?", (run,))}
    connection.executemany(
        _INSERT_METRIC,
        [
            (run, name, None if math.isnan(value) else value, step, stamp)
            for name, values in closing.metrics.items()
            if name not in logged
            for step, value in enumerate(values)
        ],
    )


def cell_digest(code: str) -> str:
    """Return the content address of a cell's text."""
    from blake3 import blake3

    return "b3:" + blake3(code.encode("utf-8", "surrogatepass")).hexdigest()


def _param_rows(run: str, params: dict[str, Scalar]) -> list[tuple[Any, ...]]:
    rows = []
    for name, value in params.items():
        kind = "null" if value is None else type(value).__name__
        stored: Any = value
        if isinstance(value, bool):
            stored = int(value)
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            kind, stored = "big", str(value)
        rows.append((run, name, stored, kind))
    return rows


def _is_silent(process: Process, heartbeat: str | None) -> bool:
    """Tell whether a run of another host has not been heard of for too long."""
    if process.host == this_process().host or not heartbeat:
        return False
    import datetime

    beaten = datetime.datetime.fromisoformat(heartbeat)
    return (datetime.datetime.now(datetime.UTC) - beaten).total_seconds() > SILENT_SECONDS
