"""What schedules have started, and what became of it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from nbmlops.display.format import duration, when
from nbmlops.display.markup import mark
from nbmlops.display.record_table import RecordTable
from nbmlops.display.table import Cell, Column

if TYPE_CHECKING:
    from nbmlops.pipelines.scheduling.records import Firing

_OTHER_MARKS = {"skipped": ("○", "skipped", "faint"), "paused": ("‖", "paused", "faint"), "": ("·", "waits", "faint")}


class FiringTable(RecordTable["Firing"]):
    """What schedules have started, newest first; also a sequence of it."""

    nothing = "no schedule has started anything here"
    columns = (
        Column("", whole=True),
        Column("schedule", whole=True),
        Column("when"),
        Column("by", most=60),
        Column("run", whole=True),
        Column("time", right=True, drop=1),
        Column("found", most=80, drop=2, prose=True),
    )

    def row(self, record: Firing) -> list[Cell]:
        """Return what stands in the row of a firing."""
        sign, word, style = firing_mark(record.status)
        tries = f" (try {record.attempts})" if record.attempts > 1 else ""
        return [
            Cell(sign, style, word),
            Cell(record.schedule, "name"),
            Cell(when(record.started_at)),
            Cell(record.words + tries),
            Cell(record.run_name or (f"look {record.look}" if record.look is not None else "")),
            Cell(duration(_seconds(record)) if record.status != "skipped" else ""),
            Cell(record.error or record.found, "error" if record.status == "failed" else ""),
        ]


def firing_mark(state: str) -> tuple[str, str, str]:
    """Return sign, word and style of a firing's state; of a schedule that rests, or waits for its first."""
    return _OTHER_MARKS.get(state) or mark(state)


def _seconds(firing: Firing) -> float | None:
    if firing.ended_at is None:
        return None
    began = datetime.datetime.fromisoformat(firing.started_at)
    return (datetime.datetime.fromisoformat(firing.ended_at) - began).total_seconds()
