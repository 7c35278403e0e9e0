"""By events: a monitor's alert, a batch of labels, or anything that was emitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from nbmlops.errors import InvalidInput
from nbmlops.events import check_event_word
from nbmlops.pipelines.scheduling.records import Cause
from nbmlops.pipelines.scheduling.triggers import MOST
from nbmlops.store.events import EventStore

if TYPE_CHECKING:
    import datetime

    from nbmlops.pipelines.scheduling.records import Misfire
    from nbmlops.pipelines.scheduling.triggers import Look
    from nbmlops.store.database import Database


@dataclass(frozen=True)
class EventTrigger:
    """Events of a kind, or of a kind and a name; each starts the pipeline once.

    Parameters
    ----------
    event : str
        ``KIND`` or ``KIND:NAME``.

    Examples
    --------
    >>> EventTrigger("alert:delay").words
    'an event alert of delay'
    """

    kind: ClassVar[str] = "event"
    misfire: ClassVar[Misfire] = "all"

    event: str

    @property
    def words(self) -> str:
        """Kind and name."""
        kind, _, name = self.event.partition(":")
        return f"an event {kind} of {name}" if name else f"an event {kind}"

    @property
    def facts(self) -> dict[str, Any]:
        """Kind and name."""
        return {"event": self.event}

    def begin(self, database: Database, now: datetime.datetime) -> dict[str, Any]:  # noqa: ARG002 - the contract's
        """Return the number of the newest event."""
        return {"event": EventStore(database).last()}

    def causes(self, look: Look) -> list[Cause]:
        """Return the events behind that number which have started nothing."""
        kind, _, name = self.event.partition(":")
        limit = -1 if look.newest else MOST
        found = EventStore(look.database).unhandled(look.schedule, kind, name or None, look.since["event"], limit)
        return [
            Cause(
                f"event {row['id']}",
                row["at"],
                f"event {row['id']}, {row['kind']}{' ' + row['name'] if row['name'] else ''}",
                row["payload"],
            )
            for row in found
        ]

    def next(self, look: Look) -> datetime.datetime | None:  # noqa: ARG002 - the contract's
        """Return None: nobody knows when something happens."""
        return None


def check_event(spec: str) -> EventTrigger:
    """Return the trigger of ``KIND`` or ``KIND:NAME``.

    Raises
    ------
    InvalidInput
        Kind or name are no words.
    """
    kind, colon, name = spec.partition(":")
    check_event_word(kind, "kind")
    if colon and not name:
        raise InvalidInput(f"{spec!r} names no event.", "--on-event alert, or --on-event alert:delay")
    if name:
        check_event_word(name, "name")
    return EventTrigger(spec)
