"""Monitors, their looks, their alerts, and what a self-test found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.drift_view import MARKS, STYLES, DriftView
from nbmlops.display.format import NOTHING, count, when
from nbmlops.display.markup import esc, page
from nbmlops.display.record_table import RecordTable
from nbmlops.display.schedule_views import due_words
from nbmlops.display.table import Cell, Column, numbers
from nbmlops.display.terminal import plain, terminal_width, wrapped
from nbmlops.display.view import View
from nbmlops.measures.drift.records import read_drift

if TYPE_CHECKING:
    from nbmlops.monitoring.records import Alert, Check, Monitor
    from nbmlops.monitoring.self_test import SelfTest
    from nbmlops.store.processes import Process

_PARTS = {
    "later": "times",
    "performance": "performance",
    "fairness": "fairness",
    "assumption": "assumptions",
}
_OUTCOMES = {"quiet": ("✓ quiet", "better"), "failed": ("✗ failed", "error")}


class MonitorTable(RecordTable["Monitor"]):
    """Monitors, each with its newest look; also a sequence of them."""

    nothing = (
        "Nothing is watched yet. A monitor is set up in one line:\n"
        "  %nbmlops monitors create delay@champion --source 'data/*.parquet'"
    )
    columns = (
        Column("monitor"),
        Column("last look"),
        Column("found", most=44),
        numbers("alerts", drop=2),
        Column("when", drop=3),
        Column("next", drop=2),
        Column("reference", drop=1),
        Column("source", drop=4),
        Column("", drop=5),
    )

    def below(self) -> list[str]:
        """Say which of them wait for what is not there."""
        return [f"{one.name}: {one.missing}" for one in self if one.missing]

    def row(self, record: Monitor) -> list[Cell]:
        """Return what stands in the row of a monitor."""
        last = record.last
        return [
            Cell(record.name, "name"),
            _outcome(last) if last else Cell("no look yet", "faint"),
            Cell(last.summary if last else ""),
            Cell(str(record.open_alerts) if record.open_alerts else NOTHING),
            Cell(when(last.at) if last else "", "faint", last.at if last else ""),
            Cell(due_words(record.next) if record.next else record.when, "", record.when),
            Cell(record.reference),
            Cell(record.source, "faint"),
            Cell(f"muted until {when(record.muted_until)}" if record.muted_until else "", "warning"),
        ]


class CheckTable(RecordTable["Check"]):
    """Looks of monitors, newest first; also a sequence of them.

    Parameters
    ----------
    found : list of Check
        They.
    monitor : Monitor, optional
        Whose looks they are: it is said when it looks next.
    at_work : Process, optional
        The scheduler that has it look.
    """

    nothing = "No look yet. nbmlops monitors run NAME"
    columns = (
        numbers("look"),
        Column("monitor", drop=3),
        Column("outcome"),
        Column("found", most=60),
        numbers("rows", drop=2),
        Column("current", drop=1),
        Column("reference", drop=4),
        Column("when"),
        Column("by", drop=5),
    )

    def __init__(self, found: list[Check], monitor: Monitor | None = None, at_work: Process | None = None) -> None:
        super().__init__(found)
        self._monitor, self._at_work = monitor, at_work

    def below(self) -> list[str]:
        """Say when the monitor looks next, and who has it look."""
        if self._monitor is None or not self._monitor.when:
            return []
        due = f"; next {due_words(self._monitor.next)}" if self._monitor.next else ""
        lines = [f"{self._monitor.name} looks by itself: {self._monitor.when}{due}"]
        lines += [self._monitor.missing] if self._monitor.missing else []
        return lines if self._at_work else [*lines, "no scheduler is at work: nbmlops scheduler"]

    def text(self, color: bool = False) -> str:
        """Return the looks as a table; where there is none yet, what the monitor waits for."""
        return super().text(color) if self._found else "\n".join([self.nothing, *map(plain, self.below())])

    def html(self) -> str:
        """Return the looks as a table; where there is none yet, what the monitor waits for."""
        if self._found:
            return super().html()
        return page(*(f"<div>{esc(line)}</div>" for line in (self.nothing, *self.below())))

    def row(self, record: Check) -> list[Cell]:
        """Return what stands in the row of a look."""
        return [
            Cell(str(record.id), "name"),
            Cell(record.monitor),
            _outcome(record),
            Cell(f"{record.summary}: {', '.join(record.columns)}" if record.columns else record.summary),
            Cell(f"{record.rows:,}"),
            Cell(record.current),
            Cell(record.reference, "faint"),
            Cell(when(record.at), "faint", record.at),
            Cell(record.cause, "faint"),
        ]


class LookView(DriftView):
    """What one look found: what was measured besides, then what differs.

    Parameters
    ----------
    check : Check
        A look that did not fail, in full.
    """

    def __init__(self, check: Check) -> None:
        assert check.drift is not None
        super().__init__(read_drift(check.drift), check.reference, check.current)
        measured = check.measured or {}
        self._check = check
        self._measured = [(_PARTS.get(kind, ""), words) for kind, part in measured.items() for words in part["words"]]

    def to_json(self) -> dict[str, Any]:
        """Return the record of what differs, and what was measured besides."""
        return {**super().to_json(), "measured": self._check.measured}

    def text(self, color: bool = False) -> str:
        """Return what was found for a terminal."""
        said = [f"{about}: {words}" if about else words for about, words in self._measured]
        lines = [line for one in said for line in wrapped(plain(one), terminal_width(), "  ", "")]
        return "\n".join([*lines, super().text(color)])

    def html(self) -> str:
        """Return what was found for a notebook."""
        said = [
            f"<p>{f'<b>{esc(about)}</b> ' if about else ''}<bdi>{esc(words)}</bdi></p>"
            for about, words in self._measured
        ]
        return (page(*said) if said else "") + super().html()


def monitor_view(monitor: Monitor) -> MonitorTable:
    """Return the view of one monitor."""
    return MonitorTable([monitor])


def look_view(check: Check) -> View:
    """Return the view of one look: in full where that is at hand."""
    return CheckTable([check]) if check.drift is None else LookView(check)


def alert_view(alert: Alert) -> AlertTable:
    """Return the view of one alert."""
    return AlertTable([alert])


class AlertTable(RecordTable["Alert"]):
    """Alerts, newest first; also a sequence of them."""

    nothing = "No alert: nothing that is watched has drifted."
    columns = (
        numbers("alert"),
        Column(""),
        Column("monitor"),
        Column("what happened", most=70, prose=True),
        Column("state"),
        numbers("looks", drop=3),
        Column("since", drop=1),
        Column("note", drop=2),
    )

    def row(self, record: Alert) -> list[Cell]:
        """Return what stands in the row of an alert."""
        return [
            Cell(str(record.id), "name"),
            Cell(f"{MARKS[record.severity]} {record.severity}", STYLES[record.severity]),
            Cell(record.monitor),
            Cell(record.reason),
            Cell(record.state if record.state != "acknowledged" else f"seen by {record.acknowledged_by}"),
            Cell(str(record.times)),
            Cell(when(record.first_at), "faint", record.first_at),
            Cell(record.note),
        ]


class SelfTestView(View):
    """How many false alarms a monitor raises.

    Parameters
    ----------
    found : SelfTest
        What was found.
    """

    def __init__(self, found: SelfTest) -> None:
        self.found = found

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return self.found.to_json()

    def text(self, color: bool = False) -> str:  # noqa: ARG002 - one signature for all views
        """Return the sentences for a terminal."""
        return "\n".join(line for said in self._words() for line in wrapped(plain(said), terminal_width(), "  ", ""))

    def html(self) -> str:
        """Return the sentences for a notebook."""
        return page(*(f"<p>{esc(said)}</p>" for said in self._words()))

    def _words(self) -> list[str]:
        found = self.found
        words = [
            f"{found.monitor}: {count(found.alarms, 'false alarm')} in {count(found.times, 'look')} at {found.rows:,} "
            f"rows of its own reference ({found.rate:.1%})",
            f"looking once a day: about {30 * found.rate:.1f} false alarms a month",
        ]
        if found.columns:
            ranked = sorted(found.columns.items(), key=lambda one: -one[1])
            words.append("by " + ", ".join(f"{name or 'whole rows'} ({times})" for name, times in ranked[:5]))
        return words


def _outcome(check: Check) -> Cell:
    if check.outcome in _OUTCOMES:
        return Cell(*_OUTCOMES[check.outcome])
    return Cell(f"{MARKS[check.outcome]} {check.outcome}", STYLES[check.outcome])
