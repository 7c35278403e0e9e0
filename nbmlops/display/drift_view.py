"""What differs between current data and a reference, the most harmful first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.drift_rows_view import folded_rows
from nbmlops.display.format import count, number
from nbmlops.display.heat_map import MOST_WINDOWS, heat_map, window_table
from nbmlops.display.markup import esc, folded, page
from nbmlops.display.overlay_svg import legend, overlay_chart, overlay_spark
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import paint, plain, terminal_width, wrapped
from nbmlops.display.view import View
from nbmlops.measures.drift.columns import LIMITS, SEVERE_EFFECT
from nbmlops.measures.drift.records import TOO_FEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.measures.drift.behind import DriftRows
    from nbmlops.measures.drift.records import ColumnDrift, Drift, Finding, Shape

MOST_COLUMNS = 40
MOST_LETTERS = 80_000
"""Of the HTML, beyond which no rows are added: with its style it stays below 100 kB."""
MOST_CHARTS = 20
STYLES = {"severe": "error", "warn": "warning", "none": "faint"}
MARKS = {"severe": "✗", "warn": "!", "none": ""}
BY_WINDOW = "by window: distance from the reference"
_LEVELS = " ▁▂▃▄▅▆▇█"


class DriftView(View):
    """A ranking of what was found, with a small picture of each column; one line where nothing was.

    Parameters
    ----------
    drift : Drift
        What was found.
    reference, current : str
        What the two sides are called.
    behind : sequence of DriftRows, optional
        The rows behind what was found, where the data were at hand; the HTML has the first of them folded.
    """

    def __init__(
        self,
        drift: Drift,
        reference: str = "reference",
        current: str = "current",
        behind: Sequence[DriftRows] = (),
    ) -> None:
        self.drift = drift
        self.names = (reference, current)
        self.behind = tuple(behind)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.drift, name)

    def to_json(self) -> dict[str, Any]:
        """Return the record of what was found."""
        return self.drift.to_json()

    def text(self, color: bool = False) -> str:
        """Return the ranking for a terminal."""
        width = terminal_width()
        lines = wrapped(plain(self.sentence()), width, "  ", "")
        lines += [line for note in self._notes() for line in wrapped(plain(note), width, "  ", "")]
        for finding in self._findings():
            style = STYLES[finding.severity]
            first, *more = wrapped(plain(finding.reason), width - 2, "    ", "")
            lines += [f"{paint(MARKS[finding.severity], style, color)} {first}", *more]
        shown = self._shown()
        if shown:
            table, hidden = self._table(shown, graphic=False).text(width, color)
            lines += ["", *table, *(wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else [])]
            lines += self._windows_text(shown, width, color)
        return "\n".join(lines)

    def html(self) -> str:
        """Return the ranking for a notebook."""
        parts = [f"<p>{esc(self.sentence())}</p>"]
        parts += [f'<p class="o-f">{esc(note)}</p>' for note in self._notes()]
        for finding in self._findings():
            style = "o-r" if finding.severity == "severe" else "o-w"
            parts.append(
                f'<p><span class="{style}">{MARKS[finding.severity]} {finding.severity}</span> '
                f"&ensp;<bdi>{esc(finding.reason)}</bdi></p>"
            )
        shown = self._shown()
        if shown:
            table = self._table(shown, graphic=True).html()
            for at, column in enumerate(shown):
                if column.shape is not None:
                    table = table.replace(esc(_mark(at)), overlay_spark(column.shape, f"{column.column}: both sides"))
            parts += [table, *self._charts(shown), *self._map(shown)]
        room = MOST_LETTERS - sum(map(len, parts))
        for found in self.behind:
            part = folded_rows(found)
            room -= len(part)
            parts += [part] if room > 0 else []
        return page(*parts)

    def sentence(self) -> str:
        """Return what was found, in one sentence."""
        drift = self.drift
        sides = f"{self.names[1]} ({drift.current_rows:,} rows) against {self.names[0]} ({drift.reference_rows:,} rows)"
        tested = sum(one.p_value is not None for one in drift.columns)
        if not drift.drifted and drift.untold:
            return f"{drift.untold}; {sides}"
        if not drift.drifted:
            told = f"{count(tested, 'column')} compared" if tested else "nothing could be compared"
            return f"nothing has drifted: {sides}, {told}"
        moved = len(drift.drifted_columns)
        still = tested - moved
        rest = f"; {count(still, 'other column')} moved no more than chance or season brings" if still and moved else ""
        return f"{drift.summary}: {sides}{rest}"

    def _notes(self) -> Sequence[str]:
        """Return what is to be said besides; that too few rows tell stands above already."""
        is_said = bool(self.drift.untold) and not self.drift.drifted
        return [note for note in self.drift.notes if not (is_said and note.startswith(TOO_FEW))]

    def _findings(self) -> list[Finding]:
        concept = [self.drift.concept] if self.drift.concept else []
        found = [*self.drift.schema, *concept, *self.drift.joint]
        return sorted(found, key=lambda one: one.severity != "severe")

    def _shown(self) -> list[ColumnDrift]:
        """Return the columns of the ranking: those that drifted, as whole or in a window; none where nothing did."""
        moved = {name for window in self.drift.windows for name in window.drifted}
        shown = [one for one in self.drift.columns if one.drifted or one.column in moved]
        return shown[:MOST_COLUMNS]

    def _table(self, shown: Sequence[ColumnDrift], *, graphic: bool) -> Table:
        has_impact = any(one.impact is not None for one in shown)
        columns = [Column(""), Column("column", least=8), Column("what happened", most=60, least=20)]
        columns += [numbers("distance"), numbers("p", drop=3), numbers("impact", drop=1)]
        columns += [Column("reference, current", drop=2, most=30)]
        rows = [
            [
                Cell(f"{MARKS[one.severity]} {one.severity}".strip(), STYLES[one.severity]),
                Cell(one.column, "name", one.statistic or ""),
                Cell(one.reason),
                Cell(number(one.value)),
                Cell("" if one.p_value is None else f"{one.p_value:.1g}", "faint"),
                Cell(number(one.impact) if has_impact and one.impact is not None else ""),
                Cell("" if one.shape is None else _mark(at) if graphic else _blocks(one.shape)),
            ]
            for at, one in enumerate(shown)
        ]
        return Table(columns, rows)

    @staticmethod
    def _charts(shown: Sequence[ColumnDrift]) -> list[str]:
        charts = [
            f'<div class="o-v"><div>{esc(one.column)} <span class="o-f">{esc(_others(one))}</span></div>'
            f"{overlay_chart(one.shape, one.column)}</div>"
            for one in shown[:MOST_CHARTS]
            if one.shape is not None
        ]
        return [folded("distributions", legend() + "".join(charts))] if charts else []

    def _by_window(self, shown: Sequence[ColumnDrift]) -> tuple[dict[str, list[float | None]], list[str]]:
        """Return the distances of columns, none where every window has too few rows; and the newest windows."""
        windows = self.drift.windows[-MOST_WINDOWS:]
        rows = {one.column: [window.values.get(one.column) for window in windows] for one in shown}
        known = {name: values for name, values in rows.items() if any(value is not None for value in values)}
        return known, [one.window for one in windows]

    def _map(self, shown: Sequence[ColumnDrift]) -> list[str]:
        rows, windows = self._by_window(shown)
        return [folded(BY_WINDOW, heat_map(rows, windows, SEVERE_EFFECT), True)] if rows else []

    def _windows_text(self, shown: Sequence[ColumnDrift], width: int, color: bool) -> list[str]:
        rows, windows = self._by_window(shown)
        if not rows:
            return []
        table, hidden = window_table(rows, windows, LIMITS).text(width, color)
        older = len(self.drift.windows) - len(windows) + len(hidden)
        more = wrapped(f"no room here for {count(older, 'older window')}", width) if older else []
        return ["", BY_WINDOW, *table, *more]


def _others(column: ColumnDrift) -> str:
    """Return the statistics that are shown and decide nothing."""
    return ", ".join(f"{name.replace('_', ' ')} {number(value)}" for name, value in column.others.items())


def _mark(at: int) -> str:
    """Return the word in whose place a picture is put once the table is HTML; no data can hold it."""
    return f"\ue000{at}\ue001"


def _blocks(shape: Shape) -> str:
    """Return both sides as blocks, one after the other.

    Examples
    --------
    >>> from nbmlops.measures.drift.records import Shape
    >>> _blocks(Shape((0.5, 0.5), (0.25, 0.75), labels=("a", "b")))
    '▅▅ ▃█'
    """
    most = max(*shape.reference, *shape.current)
    return " ".join(
        "".join(_LEVELS[0 if not share else max(1, round(8 * share / most))] for share in _halved(side))
        for side in (shape.reference, shape.current)
    )


def _halved(shares: Sequence[float]) -> list[float]:
    """Two bins a letter, where there are many."""
    if len(shares) <= len(_LEVELS) + 3:
        return list(shares)
    return [max(shares[at : at + 2]) for at in range(0, len(shares), 2)]
