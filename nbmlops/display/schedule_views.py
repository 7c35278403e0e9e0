"""Schedules: what starts which pipeline, what is next, and what was started."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from nbmlops.display.format import duration, when
from nbmlops.display.markup import esc, mark, page
from nbmlops.display.table import EMPTY, Cell, Column, Table
from nbmlops.display.terminal import plain, terminal_width
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.events import Event
    from nbmlops.pipelines.scheduling.records import Firing, Schedule
    from nbmlops.store.processes import Process

NO_SCHEDULE = 'nothing is scheduled here\n  nbmlops pipelines schedule --cron "0 3 * * *"'
_NO_FIRING = "no schedule has started anything here"
_NO_EVENT = "no event was emitted here\n  nbmlops events emit KIND NAME"
_OTHER_MARKS = {"skipped": ("○", "skipped", "faint"), "paused": ("‖", "paused", "faint"), "": ("·", "waits", "faint")}


class ScheduleTable(View, Sequence["Schedule"]):
    """Schedules; also a sequence of them.

    Parameters
    ----------
    found : list of Schedule
        They.
    at_work : Process, optional
        The scheduler that is at work. Where the question is what comes next, it is said.
    is_plan : bool
        Whether that is the question.

    Examples
    --------
    >>> from nbmlops.pipelines.scheduling.records import Schedule
    >>> nightly = Schedule("nightly", "/p/pipeline.yaml", "delay", {}, "dataset", {}, "a new version of flights",
    ...                    "latest", True, "ann", "2026-03-01T00:00:00+00:00", waiting="flights@3")
    >>> print(ScheduleTable([nightly]).text())
       schedule  pipeline  when                      next
    ·  nightly   delay     a new version of flights  now: flights@3
    """

    def __init__(self, found: list[Schedule], at_work: Process | None = None, *, is_plan: bool = False) -> None:
        self._found = found
        self._at_work = at_work
        self._is_plan = is_plan

    @overload
    def __getitem__(self, index: int) -> Schedule: ...
    @overload
    def __getitem__(self, index: slice) -> list[Schedule]: ...
    def __getitem__(self, index: int | slice) -> Schedule | list[Schedule]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the records of ``nbmlops pipelines schedules --json``."""
        return [schedule.to_json() for schedule in self._found]

    def text(self, color: bool = False) -> str:
        """Return the schedules as a table."""
        if not self._found:
            return NO_SCHEDULE
        lines = self._table().text(terminal_width(), color)[0]
        return "\n".join([*lines, *([plain(self._who())] if self._is_plan else [])])

    def html(self) -> str:
        """Return the schedules as a table."""
        if not self._found:
            return page(f"<div>{esc(NO_SCHEDULE)}</div>")
        return page(self._table().html(), f"<div>{esc(self._who())}</div>" if self._is_plan else "")

    def _who(self) -> str:
        if self._at_work is None:
            return "no scheduler is at work: nbmlops scheduler, or nbmlops scheduler print crontab"
        return f"the scheduler at work is process {self._at_work.pid} on {self._at_work.host}"

    def _table(self) -> Table:
        columns = [
            Column("", whole=True),
            Column("schedule", whole=True),
            Column("pipeline", drop=1),
            Column("when", most=60, least=8),
            Column("next", most=80, least=24, prose=True),
            Column("last", most=60, drop=2, prose=True),
        ]
        return Table(columns, [self._row(schedule) for schedule in self._found])

    def _row(self, schedule: Schedule) -> list[Cell]:
        last = schedule.last
        state = "paused" if not schedule.enabled else last.status if last else ""
        sign, word, style = _mark(state)
        return [
            Cell(sign, style, word),
            Cell(schedule.name, "name", schedule.file),
            Cell(schedule.pipeline),
            Cell(schedule.words),
            Cell(next_words(schedule)),
            Cell(f"{last.status} {when(last.ended_at or last.started_at)}", "", last.words) if last else EMPTY,
        ]


class FiringTable(View, Sequence["Firing"]):
    """What schedules have started, newest first; also a sequence of it."""

    def __init__(self, found: list[Firing]) -> None:
        self._found = found

    @overload
    def __getitem__(self, index: int) -> Firing: ...
    @overload
    def __getitem__(self, index: slice) -> list[Firing]: ...
    def __getitem__(self, index: int | slice) -> Firing | list[Firing]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the records of ``nbmlops scheduler log --json``."""
        return [firing.to_json() for firing in self._found]

    def text(self, color: bool = False) -> str:
        """Return what was started as a table."""
        return "\n".join(self._table().text(terminal_width(), color)[0]) if self._found else _NO_FIRING

    def html(self) -> str:
        """Return what was started as a table."""
        return page(self._table().html() if self._found else f"<div>{esc(_NO_FIRING)}</div>")

    def _table(self) -> Table:
        columns = [
            Column("", whole=True),
            Column("schedule", whole=True),
            Column("when"),
            Column("by", most=60),
            Column("run", whole=True),
            Column("time", right=True, drop=1),
            Column("error", most=80, drop=2, prose=True),
        ]
        rows = []
        for firing in self._found:
            sign, word, style = _mark(firing.status)
            tries = f" (try {firing.attempts})" if firing.attempts > 1 else ""
            rows.append(
                [
                    Cell(sign, style, word),
                    Cell(firing.schedule, "name"),
                    Cell(when(firing.started_at)),
                    Cell(firing.words + tries),
                    Cell(firing.run_name or ""),
                    Cell(duration(_seconds(firing)) if firing.status != "skipped" else ""),
                    Cell(firing.error or "", "error" if firing.status == "failed" else ""),
                ]
            )
        return Table(columns, rows)


class EventTable(View, Sequence["Event"]):
    """Events, newest first; also a sequence of them."""

    def __init__(self, found: list[Event]) -> None:
        self._found = found

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the records of ``nbmlops events list --json``."""
        return [event.to_json() for event in self._found]

    def text(self, color: bool = False) -> str:
        """Return the events as a table."""
        return "\n".join(self._table().text(terminal_width(), color)[0]) if self._found else _NO_EVENT

    def html(self) -> str:
        """Return the events as a table."""
        return page(self._table().html() if self._found else f"<div>{esc(_NO_EVENT)}</div>")

    def _table(self) -> Table:
        columns = [Column("event", right=True, whole=True), Column("kind"), Column("name"), Column("when")]
        columns += [Column("payload", most=80, prose=True), Column("by", drop=1)]
        rows = []
        for event in self._found:
            payload = ", ".join(f"{name}={value}" for name, value in event.payload.items())
            rows.append(
                [
                    Cell(str(event.id)),
                    Cell(event.kind, "name"),
                    Cell(event.name),
                    Cell(when(event.at)),
                    Cell(payload),
                    Cell(event.user or "", "faint"),
                ]
            )
        return Table(columns, rows)


def next_words(schedule: Schedule, now: datetime.datetime | None = None) -> str:
    """Return what a schedule will do next, in words."""
    if not schedule.enabled:
        return "paused"
    parts = [f"now: {schedule.waiting}"] if schedule.waiting else []
    if schedule.next:
        due = datetime.datetime.fromisoformat(schedule.next)
        left = duration((due - (now or datetime.datetime.now(datetime.UTC))).total_seconds())
        parts.append(f"{due.astimezone():%Y-%m-%d %H:%M}, in {left}")
    return "; then ".join(parts)


def _mark(state: str) -> tuple[str, str, str]:
    return _OTHER_MARKS.get(state) or mark(state)


def _seconds(firing: Firing) -> float | None:
    if firing.ended_at is None:
        return None
    began = datetime.datetime.fromisoformat(firing.started_at)
    return (datetime.datetime.fromisoformat(firing.ended_at) - began).total_seconds()
