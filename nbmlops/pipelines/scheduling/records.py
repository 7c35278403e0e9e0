"""What is told of schedules: frozen records that know no screen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from nbmlops.records import json_value

Misfire = Literal["latest", "skip", "all"]
MISFIRES: tuple[Misfire, ...] = ("latest", "skip", "all")
MONITOR = "monitor:"
"""What the names of schedules begin with that have a monitor look; no other name may hold a colon."""
FiringStatus = Literal["running", "finished", "failed", "interrupted", "skipped"]


@dataclass(frozen=True)
class Cause:
    """One reason to start a pipeline or a look, such as a due time; a schedule starts once by each ``key``.

    ``at`` is when it came up; ``params`` are for notebooks that declare them; ``facts`` are noted with the firing.
    """

    key: str
    at: str
    words: str
    params: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Firing:
    """What a schedule did by one cause: the pipeline run that it became, or why it became none.

    Of a schedule that has a ``monitor`` look: the number of its ``look``, and what that ``found``.
    """

    id: int
    schedule: str
    pipeline: str
    cause: str
    at: str
    words: str
    status: FiringStatus
    started_at: str
    ended_at: str | None
    attempts: int
    run: str | None
    run_name: str | None
    error: str | None
    params: dict[str, Any]
    facts: dict[str, Any]
    monitor: str | None = None
    look: int | None = None
    found: str = ""

    @classmethod
    def read(cls, row: dict[str, Any]) -> Firing:
        """Return the firing of a row of the registry."""
        names = "id schedule pipeline cause at words status started_at ended_at attempts error params facts monitor"
        found = f"{row['outcome']}: {row['summary']}" if row["outcome"] else ""
        values = {name: row[name] for name in names.split()}
        return cls(**values, run=row["run_id"], run_name=row["run_name"], look=row["check_id"], found=found)

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops scheduler log --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


@dataclass(frozen=True)
class Schedule:
    """A pipeline, or a monitor that looks by itself, and what starts it.

    ``file`` and ``pipeline`` are empty where there is a ``monitor``.
    ``kind`` and ``facts`` are the trigger, ``words`` say it. ``next`` is when it is due, where that is a time;
    ``waiting`` says what has come up and has not started anything yet. ``last`` is its newest firing. ``missing`` says
    that what it waits for is not there yet.
    """

    name: str
    file: str
    pipeline: str
    params: dict[str, Any]
    kind: str
    facts: dict[str, Any]
    words: str
    misfire: Misfire
    enabled: bool
    user: str | None
    created_at: str
    next: str | None = None
    waiting: str = ""
    last: Firing | None = None
    monitor: str | None = None
    missing: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops pipelines schedules --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


@dataclass(frozen=True)
class Deed:
    """One thing that the scheduler did, in words."""

    at: str
    schedule: str
    what: Literal["started", "finished", "failed", "interrupted", "skipped", "running", "trouble"]
    words: str
    firing: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as a record."""
        return asdict(self)
