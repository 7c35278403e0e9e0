"""Monitors, their looks and their alerts, as the registry knows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NotFound
from nbmlops.store.ids import new_id, now
from nbmlops.store.schedules import put_schedule

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from nbmlops.store.database import Database

_MONITORS = """
    SELECT m.name, m.facts, m.muted_until, m.user, m.created_at,
      (SELECT count(*) FROM alerts AS a WHERE a.monitor_id = m.id AND a.state = 'open') AS open_alerts,
      (SELECT max(id) FROM monitor_checks AS c WHERE c.monitor_id = m.id) AS last_check,
      EXISTS (SELECT 1 FROM schedules AS s WHERE s.monitor = m.name AND s.deleted_at IS NULL) AS looks_by_itself
    FROM monitors AS m WHERE m.deleted_at IS NULL
"""
_CHECKS = """
    SELECT c.id, m.name AS monitor, c.at, c.outcome, c.reference, c.current, c.rows, c.summary, c.columns,
      c.cause
    FROM monitor_checks AS c JOIN monitors AS m ON m.id = c.monitor_id
"""
_ADD_CHECK = """
    INSERT INTO monitor_checks
      (monitor_id, at, outcome, reference, current, rows, summary, columns, drift, cause, measured)
    VALUES (:monitor, :at, :outcome, :reference, :current, :rows, :summary, :columns, :drift, :cause, :measured)
    RETURNING id
"""
_ALERTS = """
    SELECT a.id, m.name AS monitor, a."column", a.kind, a.severity, a.reason, a.state, a.first_at, a.last_at, a.times,
      a.acknowledged_by, a.note
    FROM alerts AS a JOIN monitors AS m ON m.id = a.monitor_id
"""
_RAISE = """
    INSERT INTO alerts (monitor_id, check_id, "column", kind, severity, reason, state, first_at, last_at)
    VALUES (:monitor, :check, :column, :kind, :severity, :reason, 'open', :at, :at)
    ON CONFLICT (monitor_id, "column", kind) WHERE state <> 'over'
      DO UPDATE SET times = times + 1, last_at = :at, check_id = :check, reason = :reason,
        state = CASE WHEN severity = 'warn' AND :severity = 'severe' THEN 'open' ELSE state END,
        told_at = CASE WHEN severity = 'warn' AND :severity = 'severe' THEN NULL ELSE told_at END,
        sending_at = CASE WHEN severity = 'warn' AND :severity = 'severe' THEN NULL ELSE sending_at END,
        delivered_at = CASE WHEN severity = 'warn' AND :severity = 'severe' THEN NULL ELSE delivered_at END,
        severity = :severity
    RETURNING id
"""

_TELL = """
    UPDATE alerts SET told_at = ? WHERE monitor_id = ? AND state = 'open' AND told_at IS NULL
    RETURNING id, "column", kind, severity, reason
"""
_CLAIM = """
    UPDATE alerts SET sending_at = :now
    WHERE monitor_id = (SELECT id FROM monitors WHERE name = :monitor AND deleted_at IS NULL) AND state = 'open'
      AND told_at IS NOT NULL AND delivered_at IS NULL AND (sending_at IS NULL OR sending_at < :lost)
    RETURNING id, severity, reason
"""
_DELIVERED = """
    UPDATE alerts SET delivered_at = ? WHERE id IN (SELECT value FROM json_each(?)) AND sending_at IS NOT NULL
"""
_GOING_ON = """SELECT id, "column", kind FROM alerts WHERE monitor_id = ? AND state <> 'over'"""
_END = "UPDATE alerts SET state = 'over' WHERE id IN (SELECT value FROM json_each(?))"


class MonitorStore:
    """Reads and writes monitors."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(
        self, name: str, facts: Mapping[str, Any], user: str | None, schedule: Mapping[str, Any] | None = None
    ) -> None:
        """Write a monitor, and the schedule by which it looks; one of the same name is put away with its schedule."""
        with self.database.transaction() as connection:
            _put_away(connection, name)
            connection.execute(
                "INSERT INTO monitors (id, name, facts, user, created_at) VALUES (?, ?, ?, ?, ?)",
                (new_id(), name, json.dumps(dict(facts)), user, now()),
            )
            if schedule is not None:
                put_schedule(connection, schedule)

    def all(self) -> list[dict[str, Any]]:
        """Return the monitors by name, each with the number of its newest look and of its open alerts."""
        return [{**row, "facts": json.loads(row["facts"])} for row in self.database.query(f"{_MONITORS} ORDER BY name")]

    def delete(self, name: str) -> None:
        """Put a monitor away, and its schedule; its looks stay."""
        with self.database.transaction() as connection:
            _put_away(connection, name)

    def mute(self, name: str, until: str | None) -> None:
        """Let a monitor tell nobody until a time."""
        self.database.write("UPDATE monitors SET muted_until = ? WHERE name = ? AND deleted_at IS NULL", (until, name))

    def add_check(
        self,
        name: str,
        values: Mapping[str, Any],
        found: Iterable[Mapping[str, Any]],
        ends: Callable[[str, str], bool],
        *,
        tells: bool = True,
    ) -> tuple[int, list[dict[str, Any]]]:
        """Write a look and what it found, in one transaction.

        An alert that is not over is found again; one that this look has not found is over where ``ends`` says so of its
        kind and its column: where the look could tell of it. Gives the look's number, and the open alerts of which no
        event tells, or that have become severe since, where this look ``tells``: the caller writes the event in the
        same transaction. A look by a ``cause`` that the monitor has looked by is that look: nothing is written.
        """
        with self.database.transaction() as connection:
            there = connection.execute(
                "SELECT id FROM monitors WHERE name = ? AND deleted_at IS NULL", (name,)
            ).fetchall()
            if not there:
                raise NotFound(f"the monitor {name!r} was put away during the look.", "nbmlops monitors list")
            [(monitor,)] = there
            before = connection.execute(
                "SELECT id FROM monitor_checks WHERE monitor_id = ? AND cause = ? AND cause <> ''",
                (monitor, values["cause"]),
            ).fetchall()
            if before:
                return int(before[0][0]), []
            row = {**values, "monitor": monitor, "columns": json.dumps(values["columns"])}
            for part in ("drift", "measured"):
                row[part] = None if values[part] is None else json.dumps(values[part])
            [(check,)] = connection.execute(_ADD_CHECK, row).fetchall()
            seen = []
            for one in found:
                row = {**one, "monitor": monitor, "check": check, "at": values["at"]}
                [(number,)] = connection.execute(_RAISE, row).fetchall()
                seen.append(number)
            going_on = connection.execute(_GOING_ON, (monitor,)).fetchall()
            over = [number for number, column, kind in going_on if number not in seen and ends(kind, column)]
            connection.execute(_END, (json.dumps(over),))
            names = ("id", "column", "kind", "severity", "reason")
            told = connection.execute(_TELL, (values["at"], monitor)).fetchall() if tells else []
            fresh = sorted((dict(zip(names, one, strict=True)) for one in told), key=lambda one: one["id"])
        return int(check), fresh

    def claim_undelivered(self, name: str, lost: str) -> list[dict[str, Any]]:
        """Return the open alerts of which no address was told, and note that this process is about to.

        Those that another process is about to tell of are its own, unless it began before ``lost``: then it was killed.
        """
        with self.database.transaction() as connection:
            rows = connection.execute(_CLAIM, {"monitor": name, "now": now(), "lost": lost}).fetchall()
        return [dict(zip(("id", "severity", "reason"), row, strict=True)) for row in sorted(rows)]

    def note_delivered(self, numbers: Iterable[int]) -> None:
        """Note that the addresses were told of alerts, or that they cannot be reached."""
        self.database.write(_DELIVERED, (now(), json.dumps(list(numbers))))

    def check_by(self, name: str, cause: str) -> int | None:
        """Return the number of the look of a monitor by a cause, or None."""
        rows = self.database.rows(
            "SELECT c.id FROM monitor_checks AS c JOIN monitors AS m ON m.id = c.monitor_id "
            "WHERE m.name = ? AND m.deleted_at IS NULL AND c.cause = ?",
            [name, cause],
        )
        return int(rows[0][0]) if rows else None

    def checks(self, name: str | None, limit: int | None) -> list[dict[str, Any]]:
        """Return looks, newest first, without what differs in full."""
        where = "WHERE (?1 IS NULL OR (m.name = ?1 AND m.deleted_at IS NULL)) ORDER BY c.id DESC LIMIT ?2"
        rows = self.database.query(f"{_CHECKS} {where}", [name, -1 if limit is None else limit])
        return [{**row, "columns": json.loads(row["columns"])} for row in rows]

    def check(self, number: int) -> dict[str, Any] | None:
        """Return one look with what differs in full, or None."""
        rows = self.database.query(f"{_CHECKS} WHERE c.id = ?", [number])
        if not rows:
            return None
        [kept] = self.database.rows("SELECT drift, measured FROM monitor_checks WHERE id = ?", [number])
        drift, measured = (None if part is None else json.loads(part) for part in kept)
        return {**rows[0], "columns": json.loads(rows[0]["columns"]), "drift": drift, "measured": measured}

    def alerts(self, name: str | None, state: str | None, limit: int | None) -> list[dict[str, Any]]:
        """Return alerts, newest first."""
        where = (
            "WHERE (?1 IS NULL OR m.name = ?1) AND (?2 IS NULL OR a.state = ?2) AND m.deleted_at IS NULL "
            "ORDER BY a.last_at DESC, a.id DESC LIMIT ?3"
        )
        return self.database.query(f"{_ALERTS} {where}", [name, state, -1 if limit is None else limit])

    def alert(self, number: int) -> dict[str, Any] | None:
        """Return one alert, or None."""
        return next(iter(self.database.query(f"{_ALERTS} WHERE a.id = ?", [number])), None)

    def acknowledge(self, number: int, user: str | None, note: str) -> bool:
        """Note that somebody has seen an alert; tells whether it was open."""
        changed = self.database.write(
            "UPDATE alerts SET state = 'acknowledged', acknowledged_by = ?, note = ? WHERE id = ? AND state = 'open'",
            (user or "", note, number),
        )
        return changed > 0


def _put_away(connection: sqlite3.Connection, name: str) -> None:
    at = now()
    connection.execute("UPDATE monitors SET deleted_at = ? WHERE name = ? AND deleted_at IS NULL", (at, name))
    connection.execute("UPDATE schedules SET deleted_at = ? WHERE monitor = ? AND deleted_at IS NULL", (at, name))
