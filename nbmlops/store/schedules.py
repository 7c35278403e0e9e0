"""Schedules and what they started, as the registry knows them.

A firing is written before its pipeline begins. Schedule and cause are unique together, and a schedule has one firing at
a time that runs: so a job runs once, however many schedulers look at it and whenever one of them is killed.
"""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

from nbmlops.store.ids import new_id, now
from nbmlops.store.processes import Process, host_name, is_alive

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from nbmlops.store.database import Database

SILENT_SECONDS = 300
"""A scheduler on another host that has not been heard of for so long counts as dead."""
_PUT = """
    INSERT INTO schedules (id, name, file, pipeline, monitor, params, kind, facts, since, misfire, user, created_at)
    VALUES (:id, :name, :file, :pipeline, :monitor, :params, :kind, :facts, :since, :misfire, :user, :created_at)
"""
_IS_FREE = """
    SELECT 1 WHERE EXISTS (SELECT 1 FROM schedules WHERE id = :schedule AND enabled AND deleted_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM schedule_firings
        WHERE schedule_id = :schedule AND (status = 'running' OR cause = :cause))
"""
_CLAIM = """
    INSERT INTO schedule_firings (schedule_id, cause, at, words, params, facts, status, started_at, host, pid,
      process_started, boot_id)
    VALUES (:schedule, :cause, :at, :words, :params, :facts, 'running', :now, :host, :pid, :started, :boot_id)
    RETURNING id
"""
_SKIP = """
    INSERT INTO schedule_firings (schedule_id, cause, at, words, params, facts, status, started_at, ended_at, error)
    VALUES (:schedule, :cause, :at, :words, '{}', :facts, 'skipped', :now, :now, :why)
    ON CONFLICT (schedule_id, cause) DO NOTHING
"""
_AGAIN = """
    UPDATE schedule_firings SET status = 'running', attempts = attempts + 1, started_at = ?, ended_at = NULL,
      error = NULL, run_id = NULL, check_id = NULL, host = ?, pid = ?, process_started = ?, boot_id = ?
    WHERE id = ? AND status = 'interrupted'
      AND EXISTS (SELECT 1 FROM schedules WHERE id = schedule_id AND enabled AND deleted_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM schedule_firings AS f
        WHERE f.schedule_id = schedule_firings.schedule_id AND f.status = 'running')
"""
_FIRINGS = """
    SELECT f.*, s.name AS schedule, s.pipeline, s.monitor, r.name AS run_name, c.outcome, c.summary
    FROM schedule_firings AS f JOIN schedules AS s ON s.id = f.schedule_id
    LEFT JOIN runs AS r ON r.id = f.run_id LEFT JOIN monitor_checks AS c ON c.id = f.check_id
"""
_RUN_OF = """
    SELECT r.id, r.status, r.error, r.host, r.pid, r.process_started, r.boot_id, r.ended_at
    FROM pipeline_runs AS p JOIN runs AS r ON r.id = p.run_id
    WHERE p.cause = ? AND r.started_at >= ? ORDER BY r.id DESC LIMIT 1
"""
_LOOK_OF = """
    SELECT c.id, c.outcome, c.summary FROM monitor_checks AS c JOIN monitors AS m ON m.id = c.monitor_id
    WHERE m.name = ? AND c.cause = ? ORDER BY c.id DESC LIMIT 1
"""
_JSON = ("params", "facts", "since")


class ScheduleStore:
    """Reads and writes schedules, their firings, and which scheduler is at work."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def put(self, values: dict[str, Any]) -> None:
        """Write a schedule; one of the same name is put away."""
        with self.database.transaction() as connection:
            put_schedule(connection, values)

    def all(self) -> list[dict[str, Any]]:
        """Return the schedules, by name."""
        return [
            _read(row) for row in self.database.query("SELECT * FROM schedules WHERE deleted_at IS NULL ORDER BY name")
        ]

    def names(self) -> list[str]:
        """Return the names of all schedules, also of those that were taken away."""
        return [name for (name,) in self.database.rows("SELECT DISTINCT name FROM schedules ORDER BY name")]

    def find(self, name: str) -> dict[str, Any] | None:
        """Return a schedule by its name, or None."""
        rows = self.database.query("SELECT * FROM schedules WHERE name = ? AND deleted_at IS NULL", [name])
        return _read(rows[0]) if rows else None

    def delete(self, schedule: str) -> None:
        """Put a schedule away; what it started stays known."""
        self.database.write("UPDATE schedules SET deleted_at = ? WHERE id = ?", (now(), schedule))

    def enable(self, schedule: str, enabled: bool, since: dict[str, Any]) -> None:
        """Let a schedule rest, or go on: then from ``since``."""
        self.database.write(
            "UPDATE schedules SET enabled = ?, since = ? WHERE id = ?", (int(enabled), json.dumps(since), schedule)
        )

    def claim(self, schedule: str, cause: dict[str, Any], skipped: list[dict[str, Any]], owner: Process) -> int | None:
        """Take a cause before anything is started by it; None where another has it, or where the schedule is at work.

        Parameters
        ----------
        schedule : str
            The schedule's id.
        cause : dict
            ``cause``, ``at``, ``words``, ``params`` and ``facts`` of the firing.
        skipped : list of dict
            Causes that are passed over for it, each with ``why``.
        owner : Process
            Who takes it.
        """
        values = {"schedule": schedule, "now": now(), **_process(owner)}
        taken = {**values, **_written(cause)}
        with self.database.transaction() as connection:
            if not connection.execute(_IS_FREE, taken).fetchall():
                return None
            # before it, so that the newest firing is the one that counts
            connection.executemany(_SKIP, [{**values, **_written(one)} for one in skipped])
            [(number,)] = connection.execute(_CLAIM, taken).fetchall()
        return int(number)

    def skip(self, schedule: str, causes: list[dict[str, Any]]) -> None:
        """Note causes that start nothing."""
        with self.database.transaction() as connection:
            connection.executemany(_SKIP, [{"schedule": schedule, "now": now(), **_written(cause)} for cause in causes])

    def claim_again(self, firing: int, owner: Process) -> bool:
        """Take a firing that was interrupted once more; tell whether it is ours."""
        changed = self.database.write(_AGAIN, (now(), owner.host, owner.pid, owner.started, owner.boot_id, firing))
        return bool(changed)

    def own(self, firing: int, owner: Process) -> None:
        """Note the process that works at a firing."""
        self.database.write(
            "UPDATE schedule_firings SET host = ?, pid = ?, process_started = ?, boot_id = ? "
            "WHERE id = ? AND status = 'running'",
            (owner.host, owner.pid, owner.started, owner.boot_id, firing),
        )

    def close(
        self, firing: int, status: str, run: str | None = None, error: str | None = None, *, look: int | None = None
    ) -> bool:
        """Note how a firing ended; tell whether that was news. What is more than *interrupted* is not changed."""
        changed = self.database.write(
            "UPDATE schedule_firings SET status = ?1, run_id = coalesce(?2, run_id), error = ?3, ended_at = ?4, "
            "check_id = ?6 "
            "WHERE id = ?5 AND status IN ('running', 'interrupted') AND (status != ?1 OR run_id IS NOT ?2)",
            (status, run, error, now(), firing, look),
        )
        return bool(changed)

    def follow(self, firing: int, run: str, owner: Process) -> None:
        """Note the pipeline run that a firing has become; one that seemed interrupted runs after all."""
        self.database.write(
            "UPDATE schedule_firings SET status = 'running', ended_at = NULL, error = NULL, run_id = ?, host = ?, "
            "pid = ?, process_started = ?, boot_id = ? WHERE id = ? AND status IN ('running', 'interrupted')",
            (run, owner.host, owner.pid, owner.started, owner.boot_id, firing),
        )

    def firings(
        self, schedule: str | None = None, statuses: tuple[str, ...] = (), limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return firings, newest first; of the schedules of one name, of some statuses."""
        marks = ", ".join("?" for _ in statuses)
        rows = self.database.query(
            f"{_FIRINGS} WHERE (? IS NULL OR s.name = ?) {f'AND f.status IN ({marks})' if statuses else ''} "
            "ORDER BY f.id DESC LIMIT ?",
            [schedule, schedule, *statuses, -1 if limit is None else limit],
        )
        return [_read(row) for row in rows]

    def firing(self, number: int) -> dict[str, Any]:
        """Return a firing that is there."""
        [row] = self.database.query(f"{_FIRINGS} WHERE f.id = ?", [number])
        return _read(row)

    def last(self, schedule: str) -> dict[str, Any] | None:
        """Return the newest firing of a schedule, by its id, or None."""
        rows = self.database.query(f"{_FIRINGS} WHERE f.schedule_id = ? ORDER BY f.id DESC LIMIT 1", [schedule])
        return _read(rows[0]) if rows else None

    def count(self, schedule: str) -> int:
        """Return how often a schedule has fired or was skipped."""
        [(number,)] = self.database.rows("SELECT count(*) FROM schedule_firings WHERE schedule_id = ?", [schedule])
        return int(number)

    def run_of(self, cause: str, started_at: str) -> dict[str, Any] | None:
        """Return the pipeline run that names a cause and began no earlier than ``started_at``, or None."""
        rows = self.database.query(_RUN_OF, [cause, started_at])
        return rows[0] if rows else None

    def look_of(self, monitor: str, cause: str) -> dict[str, Any] | None:
        """Return number, outcome and summary of the look of a monitor that names a cause, or None."""
        rows = self.database.query(_LOOK_OF, [monitor, cause])
        return rows[0] if rows else None

    def take_over(self, process: Process) -> Process | None:
        """Become the scheduler of the workspace; give the one that is at work already, or None."""
        with self.database.transaction() as connection:
            rows = connection.execute(
                "SELECT host, pid, process_started, boot_id, beat_at FROM scheduler WHERE id = 1"
            ).fetchall()
            if rows and _works(Process(*rows[0][:4]), rows[0][4]) and Process(*rows[0][:4]) != process:
                return Process(*rows[0][:4])
            connection.execute(
                "INSERT OR REPLACE INTO scheduler VALUES (1, ?, ?, ?, ?, ?, ?)",
                (process.host, process.pid, process.started, process.boot_id, now(), now()),
            )
        return None

    def at_work(self) -> Process | None:
        """Return the scheduler that is at work, or None."""
        rows = self.database.rows("SELECT host, pid, process_started, boot_id, beat_at FROM scheduler WHERE id = 1")
        return Process(*rows[0][:4]) if rows and _works(Process(*rows[0][:4]), rows[0][4]) else None

    def beat(self, process: Process) -> None:
        """Say that the scheduler still works."""
        self.database.write(
            "UPDATE scheduler SET beat_at = ? WHERE host = ? AND pid = ?", (now(), process.host, process.pid)
        )

    def give_up(self, process: Process) -> None:
        """Say that the scheduler works no more."""
        self.database.write("DELETE FROM scheduler WHERE host = ? AND pid = ?", (process.host, process.pid))


def put_schedule(connection: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """Write a schedule within a transaction; one of the same name is put away."""
    gone = "UPDATE schedules SET deleted_at = ? WHERE name = ? AND deleted_at IS NULL"
    connection.execute(gone, (now(), values["name"]))
    connection.execute(_PUT, {"monitor": None, **_written(values), "id": new_id(), "created_at": now()})


def _works(process: Process, beat_at: str) -> bool:
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(beat_at)
    return is_alive(process) and (process.host == host_name() or age.total_seconds() < SILENT_SECONDS)


def _process(owner: Process) -> dict[str, Any]:
    return {"host": owner.host, "pid": owner.pid, "started": owner.started, "boot_id": owner.boot_id}


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(value) if name in _JSON else value for name, value in row.items()}


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return {name: json.loads(value) if name in _JSON else value for name, value in row.items()}
