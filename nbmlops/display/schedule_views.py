"""Schedules: what starts which pipeline, what is next, and what came of it last."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from nbmlops.display.firing_views import firing_mark
from nbmlops.display.format import duration, when
from nbmlops.display.record_table import RecordTable
from nbmlops.display.table import EMPTY, Cell, Column

if TYPE_CHECKING:
    from nbmlops.pipelines.scheduling.records import Schedule
    from nbmlops.store.processes import Process


class ScheduleTable(RecordTable["Schedule"]):
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

    nothing = 'nothing is scheduled here\n  nbmlops pipelines schedule --cron "0 3 * * *"'
    columns = (
        Column("", whole=True),
        Column("schedule", whole=True),
        Column("pipeline", drop=1),
        Column("when", most=60, least=8),
        Column("next", most=80, least=24, prose=True),
        Column("last", most=60, drop=2, prose=True),
    )

    def __init__(self, found: list[Schedule], at_work: Process | None = None, *, is_plan: bool = False) -> None:
        super().__init__(found)
        self._at_work = at_work
        self._is_plan = is_plan

    def row(self, record: Schedule) -> list[Cell]:
        """Return what stands in the row of a schedule."""
        last = record.last
        sign, word, style = firing_mark("paused" if not record.enabled else last.status if last else "")
        return [
            Cell(sign, style, word),
            Cell(record.name, "name", record.file),
            Cell(record.pipeline) if record.monitor is None else EMPTY,
            Cell(record.words),
            Cell(next_words(record)),
            Cell(f"{last.status} {when(last.ended_at or last.started_at)}", "", last.words) if last else EMPTY,
        ]

    def below(self) -> list[str]:
        """Say who will start what is next."""
        if not self._is_plan:
            return []
        if self._at_work is None:
            return ["no scheduler is at work: nbmlops scheduler, or nbmlops scheduler print crontab"]
        return [f"the scheduler at work is process {self._at_work.pid} on {self._at_work.host}"]


def next_words(schedule: Schedule, now: datetime.datetime | None = None) -> str:
    """Return what a schedule will do next, in words."""
    if not schedule.enabled:
        return "paused"
    parts = [f"now: {schedule.waiting}"] if schedule.waiting else []
    if schedule.missing:
        parts.append(schedule.missing)
    if schedule.next:
        parts.append(due_words(schedule.next, now))
    return "; then ".join(parts)


def due_words(next: str, now: datetime.datetime | None = None) -> str:
    """Return a time that is due, and how long that is from now."""
    due = datetime.datetime.fromisoformat(next)
    left = duration((due - (now or datetime.datetime.now(datetime.UTC))).total_seconds())
    return f"{due.astimezone():%Y-%m-%d %H:%M}, in {left}"
