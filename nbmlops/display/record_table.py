"""Records as a table: one row each, and what there was no room for is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, TypeVar, overload

from nbmlops.display.markup import esc, page
from nbmlops.display.table import Cell, Column, Table
from nbmlops.display.terminal import plain, terminal_width, wrapped
from nbmlops.display.view import View


class Record(Protocol):
    """What a row shows."""

    def to_json(self) -> dict[str, Any]:
        """Return it for a script."""


T = TypeVar("T", bound=Record)


class RecordTable(View, Sequence[T]):
    """Records as a table; also a sequence of them. Subclasses say what the columns are, and what stands in a row.

    Attributes
    ----------
    nothing : str
        What is said where there are no records.
    columns : tuple of Column
        They.

    Parameters
    ----------
    found : list
        The records.
    """

    nothing: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]

    def __init__(self, found: list[T]) -> None:
        self._found = found

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def row(self, record: T) -> list[Cell]:
        """Return what stands in the row of a record."""
        raise NotImplementedError

    def below(self) -> list[str]:
        """Return lines below the table."""
        return []

    def to_json(self) -> list[dict[str, Any]]:
        """Return the record of each."""
        return [record.to_json() for record in self._found]

    def text(self, color: bool = False) -> str:
        """Return the records as a table."""
        if not self._found:
            return self.nothing
        width = terminal_width()
        lines, hidden = self._table().text(width, color)
        lines += wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else []
        return "\n".join([*lines, *map(plain, self.below())])

    def html(self) -> str:
        """Return the records as a table."""
        if not self._found:
            return page(f"<div>{esc(self.nothing)}</div>")
        return page(self._table().html(), *(f"<div>{esc(line)}</div>" for line in self.below()))

    def _table(self) -> Table:
        return Table(list(self.columns), [self.row(record) for record in self._found])
