"""Where the mean of a column has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import count, number
from nbmlops.display.markup import esc, page
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import plain, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.measures.drift.changes import Changes

MOST = 50


class ChangesView(View):
    """The changes, the first first; one line where there are none.

    Parameters
    ----------
    changes : Changes
        What was found.
    """

    def __init__(self, changes: Changes) -> None:
        self.changes = changes

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return self.changes.to_json()

    def text(self, color: bool = False) -> str:
        """Return the changes for a terminal."""
        width = terminal_width()
        lines = wrapped(plain(self._sentence()), width, "  ", "")
        if self.changes.changes:
            lines += ["", *self._table().text(width, color)[0]]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the changes for a notebook."""
        sentence = f"<p>{esc(self._sentence())}</p>"
        return page(sentence, self._table().html()) if self.changes.changes else page(sentence)

    def _sentence(self) -> str:
        found = self.changes
        rows = count(found.rows, "row")
        if not found.changes:
            return f"{found.column}: the mean has not changed in {rows} ({found.method})"
        times = count(len(found.changes), "time")
        rest = f"; the first {MOST}" if len(found.changes) > MOST else ""
        return f"{found.column}: the mean has changed {times} in {rows} ({found.method}){rest}"

    def _table(self) -> Table:
        columns = [numbers("row"), Column("time", least=10), numbers("before"), numbers("after")]
        columns += [numbers("change"), numbers("noticed", drop=1)]
        return Table(
            columns,
            [
                [
                    Cell(f"{one.row:,}", "name"),
                    Cell(one.time or ""),
                    Cell(number(one.before)),
                    Cell(number(one.after)),
                    Cell(f"{one.after - one.before:+.4g}"),
                    Cell(f"{one.noticed:,}", "faint"),
                ]
                for one in self.changes.changes[:MOST]
            ],
        )
