"""What happened, and may have started something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.display.format import when
from nbmlops.display.record_table import RecordTable
from nbmlops.display.table import Cell, Column

if TYPE_CHECKING:
    from nbmlops.events import Event


class EventTable(RecordTable["Event"]):
    """Events, newest first; also a sequence of them."""

    nothing = "no event was emitted here\n  nbmlops events emit KIND NAME"
    columns = (
        Column("event", right=True, whole=True),
        Column("kind"),
        Column("name"),
        Column("when"),
        Column("payload", most=80, prose=True),
        Column("by", drop=1),
    )

    def row(self, record: Event) -> list[Cell]:
        """Return what stands in the row of an event."""
        return [
            Cell(str(record.id)),
            Cell(record.kind, "name"),
            Cell(record.name),
            Cell(when(record.at)),
            Cell(", ".join(f"{name}={value}" for name, value in record.payload.items())),
            Cell(record.user or "", "faint"),
        ]
