"""Features by key, as the online store has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import NOTHING, setting
from nbmlops.display.markup import page, span
from nbmlops.display.table import Cell, Column, Table
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

    Examples
    --------
    >>> OnlineValues("weather@1", [{"key": "EWR", "event_timestamp": None, "values": {"temp": None}}])
    weather@1
      key  event time  temp
      EWR  –           –
    """

    def __init__(self, spec: str, rows: Sequence[dict[str, Any]]) -> None:
        self.spec = spec
        self.rows = [as_json(row) for row in rows]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the record of ``nbmlops features get --json``."""
        return self.rows

    def text(self, color: bool = False) -> str:
        """Return the table for a terminal."""
        width = terminal_width()
        lines, hidden = self._table().text(width, color, "  ")
        more = wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else []
        return "\n".join([paint(plain(self.spec), "name", color), *lines, *more])

    def html(self) -> str:
        """Return the table for a notebook."""
        return page(f"<div>{span(self.spec, 'name')}</div>", self._table().html())

    def _table(self) -> Table:
        names = list(dict.fromkeys(name for row in self.rows for name in row["values"]))
        columns = [Column("key"), Column(_AGE, drop=1), *(Column(name, drop=at + 2) for at, name in enumerate(names))]
        rows = [
            [
                Cell(_words(row["key"]), "name"),
                Cell(str(row["event_timestamp"] or NOTHING).replace("T", " "), "faint"),
                *(Cell(NOTHING if row["values"][name] is None else setting(row["values"][name])) for name in names),
            ]
            for row in self.rows
        ]
        return Table(columns, rows)


def _words(key: Any) -> str:
    return ", ".join(map(str, key)) if isinstance(key, list) else str(key)
