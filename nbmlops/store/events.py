"""Events, as the registry knows them: their numbers grow, and are never used twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbmlops.store.ids import now

if TYPE_CHECKING:
    from nbmlops.store.database import Database

_INSERT = "INSERT INTO events (kind, name, payload, user, at) VALUES (?, ?, ?, ?, ?) RETURNING id"
_SELECT = "SELECT id, kind, name, payload, user, at FROM events"
_FITS = "(?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR name = ?2)"


class EventStore:
    """Reads and writes events."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, kind: str, name: str, payload: dict[str, Any], user: str | None) -> int:
        """Write an event; durable when it returns its number."""
        with self.database.transaction() as connection:
            values = (kind, name, json.dumps(payload), user, now())
            [(number,)] = connection.execute(_INSERT, values).fetchall()
            return int(number)

    def last(self) -> int:
        """Return the number of the newest event; 0 where there is none."""
        [(number,)] = self.database.rows("SELECT coalesce(max(id), 0) FROM events")
        return int(number)

    def get(self, number: int) -> dict[str, Any]:
        """Return an event that is there."""
        [row] = self.database.query(f"{_SELECT} WHERE id = ?", [number])
        return _read(row)

    def newest(self, kind: str | None, name: str | None, limit: int | None) -> list[dict[str, Any]]:
        """Return events, newest first."""
        values = [kind, name, -1 if limit is None else limit]
        return [_read(row) for row in self.database.query(f"{_SELECT} WHERE {_FITS} ORDER BY id DESC LIMIT ?3", values)]

    def unhandled(self, schedule: str, kind: str, name: str | None, since: int, limit: int) -> list[dict[str, Any]]:
        """Return the events behind a number that a schedule has not been started by, oldest first."""
        rows = self.database.query(
            f"{_SELECT} AS e WHERE {_FITS} AND id > ?3 AND NOT EXISTS "
            "(SELECT 1 FROM schedule_firings AS f WHERE f.schedule_id = ?4 AND f.cause = 'event ' || e.id) "
            "ORDER BY id LIMIT ?5",
            [kind, name, since, schedule, limit],
        )
        return [_read(row) for row in rows]


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "payload": json.loads(row["payload"])}
