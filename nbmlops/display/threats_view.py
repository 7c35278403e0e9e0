"""Rows that do not belong, each with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import count
from nbmlops.display.markup import esc, page
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import plain, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.measures.threats import Threats

MOST = 30
_KINDS = {"out_of_distribution": ("! far out", "warning"), "flipped_label": ("✗ other label", "error")}


class ThreatsView(View):
    """The rows, the gravest first; one line where there are none.

    Parameters
    ----------
    threats : Threats
        What was found.
    """

    def __init__(self, threats: Threats) -> None:
        self.threats = threats

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return self.threats.to_json()

    def text(self, color: bool = False) -> str:
        """Return the rows for a terminal."""
        width = terminal_width()
        lines = wrapped(plain(self._sentence()), width, "  ", "")
        if self.threats.found:
            lines += ["", *self._table().text(width, color)[0]]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the rows for a notebook."""
        sentence = f"<p>{esc(self._sentence())}</p>"
        return page(sentence, self._table().html()) if self.threats.found else page(sentence)

    def _sentence(self) -> str:
        found = self.threats
        flipped = f", {count(found.flipped, 'row')} known under another label" if found.flipped else ""
        expected = f"{found.expected:.2g} expected by chance"
        return f"{found.out_of_distribution:,} of {count(found.rows, 'row')} far out ({expected}){flipped}"

    def _table(self) -> Table:
        columns = [numbers("row"), Column(""), Column("evidence", most=90, prose=True), numbers("score", drop=1)]
        return Table(
            columns,
            [
                [
                    Cell(f"{one.row:,}", "name"),
                    Cell(*_KINDS[one.kind]),
                    Cell(one.reason),
                    Cell("" if one.score is None else f"{one.score:.3f}", "faint"),
                ]
                for one in self.threats.found[:MOST]
            ],
        )
