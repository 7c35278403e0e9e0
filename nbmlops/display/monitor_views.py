"""Monitors, their looks, their alerts, and what a self-test found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.drift_view import MARKS, STYLES
from nbmlops.display.format import NOTHING, count, when
from nbmlops.display.markup import esc, page
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import plain, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.monitoring.records import Alert, Check, Monitor
    from nbmlops.monitoring.self_test import SelfTest

_EMPTY = [
    "Nothing is watched yet. A monitor is set up in one line:",
    "  %nbmlops monitors create delay@champion --source 'data/*.parquet'",
]
_OUTCOMES = {"quiet": ("✓ quiet", "better"), "failed": ("✗ failed", "error")}


class _Rows(View):
    """Records, one a row."""

    def __init__(self, found: Sequence[Any], empty: Sequence[str]) -> None:
        self.found = found
        self._empty = empty

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, index: int) -> Any:
        return self.found[index]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the record of each."""
        return [one.to_json() for one in self.found]

    def text(self, color: bool = False) -> str:
        """Return the table for a terminal."""
        if not self.found:
            return "\n".join(self._empty)
        width = terminal_width()
        lines, hidden = self._table().text(width, color)
        return "\n".join([*lines, *(wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else [])])

    def html(self) -> str:
        """Return the table for a notebook."""
        if not self.found:
            first, *rest = self._empty
            return page(f"<p>{esc(first)}</p>", *(f'<pre class="o-p">{esc(line.strip())}</pre>' for line in rest))
        return page(self._table().html())

    def _table(self) -> Table:
        raise NotImplementedError


class MonitorTable(_Rows):
    """Monitors, each with its newest look.

    Parameters
    ----------
    found : list of Monitor
        The monitors.
    """

    def __init__(self, found: Sequence[Monitor]) -> None:
        super().__init__(found, _EMPTY)

    def _table(self) -> Table:
        columns = [Column("monitor"), Column("last look"), Column("found", most=44), numbers("alerts", drop=2)]
        columns += [Column("when", drop=3), Column("reference", drop=1), Column("source", drop=4), Column("", drop=5)]
        rows = []
        for one in self.found:
            last = one.last
            rows.append(
                [
                    Cell(one.name, "name"),
                    _outcome(last) if last else Cell("no look yet", "faint"),
                    Cell(last.summary if last else ""),
                    Cell(str(one.open_alerts) if one.open_alerts else NOTHING),
                    Cell(when(last.at) if last else "", "faint", last.at if last else ""),
                    Cell(one.reference),
                    Cell(one.source, "faint"),
                    Cell(f"muted until {when(one.muted_until)}" if one.muted_until else "", "warning"),
                ]
            )
        return Table(columns, rows)


class CheckTable(_Rows):
    """Looks of monitors, newest first.

    Parameters
    ----------
    found : list of Check
        The looks.
    """

    def __init__(self, found: Sequence[Check]) -> None:
        super().__init__(found, ["No look yet. nbmlops monitors run NAME"])

    def _table(self) -> Table:
        columns = [numbers("look"), Column("monitor", drop=3), Column("outcome"), Column("found", most=60)]
        columns += [numbers("rows", drop=2), Column("current", drop=1), Column("reference", drop=4), Column("when")]
        return Table(
            columns,
            [
                [
                    Cell(str(one.id), "name"),
                    Cell(one.monitor),
                    _outcome(one),
                    Cell(f"{one.summary}: {', '.join(one.columns)}" if one.columns else one.summary),
                    Cell(f"{one.rows:,}"),
                    Cell(one.current),
                    Cell(one.reference, "faint"),
                    Cell(when(one.at), "faint", one.at),
                ]
                for one in self.found
            ],
        )


class AlertTable(_Rows):
    """Alerts, newest first.

    Parameters
    ----------
    found : list of Alert
        The alerts.
    """

    def __init__(self, found: Sequence[Alert]) -> None:
        super().__init__(found, ["No alert: nothing that is watched has drifted."])

    def _table(self) -> Table:
        columns = [numbers("alert"), Column(""), Column("monitor"), Column("what happened", most=70, prose=True)]
        columns += [Column("state"), numbers("looks", drop=3), Column("since", drop=1), Column("note", drop=2)]
        return Table(
            columns,
            [
                [
                    Cell(str(one.id), "name"),
                    Cell(f"{MARKS[one.severity]} {one.severity}", STYLES[one.severity]),
                    Cell(one.monitor),
                    Cell(one.reason),
                    Cell(one.state if one.state != "acknowledged" else f"seen by {one.acknowledged_by}"),
                    Cell(str(one.times)),
                    Cell(when(one.first_at), "faint", one.first_at),
                    Cell(one.note),
                ]
                for one in self.found
            ],
        )


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
