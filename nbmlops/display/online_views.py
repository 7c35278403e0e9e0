"""Features by key, as the online store has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import NOTHING, figure, setting
from nbmlops.display.markup import page, span
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import paint, plain, terminal_width, wrapped
from nbmlops.display.view import View
from nbmlops.features.online.reading import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

_AGE = "event time"


class OnlineValues(View):
    """What some keys have online: a key a row.

    Parameters
    ----------
    spec : str
        The view's version.
    rows : sequence of dict
        Each with ``key``, ``event_timestamp`` and ``values``.
    ttl : str
        How old a row of the view may be.

    Examples
    --------
    >>> OnlineValues("weather@1", [{"key": "EWR", "event_timestamp": None, "values": {"temp": None}}], "2h")
    weather@1
      key  event time  temp
      EWR  –              –
      – nothing is online for this key at that instant, or it is older than 2h; --at TIME asks for another instant
    """

    def __init__(self, spec: str, rows: Sequence[dict[str, Any]], ttl: str = "") -> None:
        self.spec = spec
        self.rows = [as_json(row) for row in rows]
        self.ttl = ttl

    def to_json(self) -> list[dict[str, Any]]:
        """Return the record of ``nbmlops features get --json``."""
        return self.rows

    def text(self, color: bool = False) -> str:
        """Return the table for a terminal."""
        width = terminal_width()
        lines, hidden = self._table().text(width, color, "  ")
        more = wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else []
        note = wrapped(self._note(), width, "    ", "  – ") if self._note() else []
        return "\n".join([paint(plain(self.spec), "name", color), *lines, *more, *note])

    def html(self) -> str:
        """Return the table for a notebook."""
        note = f"<div>{span(f'– {self._note()}', 'faint')}</div>" if self._note() else ""
        return page(f"<div>{span(self.spec, 'name')}</div>", self._table().html(), note)

    def _note(self) -> str:
        """Return why there are keys without values."""
        empty = [row for row in self.rows if all(value is None for value in row["values"].values())]
        lost = sum(row["event_timestamp"] is None for row in empty)
        if not lost or any(isinstance(row["key"], dict) for row in empty):
            return ""
        keys = "this key" if lost == 1 else f"{lost} keys"
        old = f", or it is older than {self.ttl}" if self.ttl else ""
        return f"nothing is online for {keys} at that instant{old}; --at TIME asks for another instant"

    def _table(self) -> Table:
        names = list(dict.fromkeys(name for row in self.rows for name in row["values"]))
        columns = [Column("key"), Column(_AGE, drop=1, whole=True), *map(self._column, range(len(names)), names)]
        rows = [
            [
                Cell(_words(row["key"]), "name"),
                Cell(str(row["event_timestamp"] or NOTHING).replace("T", " "), "faint"),
                *(Cell(_value(row["values"][name])) for name in names),
            ]
            for row in self.rows
        ]
        return Table(columns, rows)

    def _column(self, at: int, name: str) -> Column:
        """Return a feature's column: numbers stand to the right, whole."""
        values = [row["values"][name] for row in self.rows]
        if all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values):
            return numbers(name, drop=at + 2)
        return Column(name, drop=at + 2)


def _value(value: Any) -> str:
    return figure(value) if isinstance(value, float) else setting(value)


def _words(key: Any) -> str:
    return ", ".join(map(str, key)) if isinstance(key, list) else str(key) or "''"
