"""What a monitor is, what one look of it found, and the alerts that it raised."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from nbmlops.records import json_value

Outcome = Literal["quiet", "warn", "severe", "failed"]
AlertState = Literal["open", "acknowledged", "over"]


@dataclass(frozen=True)
class Monitor:
    """What is watched, against what, and who is told.

    ``reference`` is a model (``delay@champion``: the profile of what its present version was trained on), a version
    of a data set, or a file. ``source`` is a data set, or a pattern of files of which the newest is meant; empty where
    each look is handed its data. ``when`` says when it looks by itself, ``next`` is the time where that is known;
    ``missing`` says that what it waits for is not there yet.
    """

    name: str
    reference: str
    source: str = ""
    time: str | None = None
    trailing: str | None = None
    max_age: str | None = None
    target: str | None = None
    prediction: str | None = None
    truth: str | None = None
    probability: str | None = None
    positive: str | None = None
    metric: str | None = None
    floor: float | None = None
    drop: float | None = None
    tested_on: str | None = None
    by: tuple[str, ...] = ()
    gap: float = 0.1
    ignore: tuple[str, ...] = ()
    warn: float = 0.05
    severe: float = 0.1
    notify: tuple[str, ...] = ()
    muted_until: str | None = None
    user: str | None = None
    created_at: str = ""
    last: Check | None = None
    open_alerts: int = 0
    when: str = ""
    next: str | None = None
    missing: str = ""

    def __repr__(self) -> str:
        found = f"; {self.last.outcome}, {self.open_alerts} open alerts" if self.last else "; no look yet"
        return f"<monitor {self.name} of {self.reference}{found}>"

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops monitors list --json``."""
        last = self.last.to_json() if self.last else None
        result: dict[str, Any] = json_value({**asdict(self), "last": last})
        return result


@dataclass(frozen=True)
class Check:
    """One look of a monitor. ``drift`` is the record of what differs, None where the look failed.

    ``cause`` says what had the monitor look, where that was nobody. ``measured`` holds what was found besides, by its
    kind: ``freshness`` and ``later`` of the times, ``performance``, ``fairness`` and ``assumption``s of the model; each
    has ``words``.
    """

    id: int
    monitor: str
    at: str
    outcome: Outcome
    reference: str
    current: str
    rows: int
    summary: str
    columns: tuple[str, ...] = ()
    cause: str = ""
    drift: dict[str, Any] | None = None
    measured: dict[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.outcome}: {self.summary}"

    def __repr__(self) -> str:
        return f"<look {self.id} of {self.monitor}: {self}>"

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops monitors run --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


@dataclass(frozen=True)
class Alert:
    """Something that a monitor found, as long as it goes on. ``times`` is how many looks in a row have found it."""

    id: int
    monitor: str
    column: str
    kind: str
    severity: Literal["warn", "severe"]
    reason: str
    state: AlertState
    first_at: str
    last_at: str
    times: int
    acknowledged_by: str | None = None
    note: str = ""

    def __repr__(self) -> str:
        return f"<alert {self.id} of {self.monitor}: {self.severity}, {self.state}: {self.reason}>"

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops monitors alerts --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result
