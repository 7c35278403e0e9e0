"""Events: what happened and may start something, such as a drift alert or a batch of labels.

Monitors emit events of the kind ``alert`` under their name, label queues events of the kind ``labels``; anything else
may emit its own. An event is only a note: schedules look for those that they wait for, and each starts once by each.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.records import check_json, json_value
from nbmlops.store.events import EventStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.store.database import Database

_WORD = re.compile(r"\w[\w.-]{0,120}")


@dataclass(frozen=True)
class Event:
    """Something that happened: its kind, the name of what it happened to, and what is known of it."""

    id: int
    kind: str
    name: str
    payload: dict[str, Any]
    user: str | None
    at: str

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops events list --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


EventList = list[Event]


class Events:
    """The events of a workspace, as ``workspace.events``.

    Examples
    --------
    >>> import nbmlops, tempfile
    >>> workspace = nbmlops.workspace(tempfile.mkdtemp(), create=True)
    >>> workspace.events.emit("alert", "delay", {"column": "dep_delay", "psi": 0.31}).id
    1
    >>> [(event.kind, event.name, event.payload["psi"]) for event in workspace.events.list("alert")]
    [('alert', 'delay', 0.31)]
    """

    def __init__(self, database: Database, user: str | None) -> None:
        self._store = EventStore(database)
        self._user = user

    def emit(self, kind: str, name: str = "", payload: Mapping[str, Any] | None = None) -> Event:
        """Note that something happened; durable when this returns.

        Parameters
        ----------
        kind : str
            What: ``alert``, ``labels``, or a word of your own.
        name : str
            What it happened to, such as a monitor.
        payload : dict, optional
            What is known of it, as JSON has it. A schedule hands members to notebooks that declare parameters of these
            names.

        Raises
        ------
        InvalidInput
            Kind or name are no words, or the payload cannot be written as JSON.
        """
        check_event_word(kind, "kind")
        if name:
            check_event_word(name, "name")
        given = dict(payload or {})
        check_json(given, "the payload of an event")
        return Event(**self._store.get(self._store.add(kind, name, given, self._user)))

    def list(self, kind: str | None = None, name: str | None = None, limit: int | None = None) -> EventList:
        """Return events, newest first; those of one kind, or of one name."""
        return [Event(**row) for row in self._store.newest(kind, name, limit)]


def check_event_word(word: str, what: str) -> str:
    """Return a kind or name of events, or say what it may be made of.

    Raises
    ------
    InvalidInput
        It is no such word.

    Examples
    --------
    >>> check_event_word("alert", "kind")
    'alert'
    """
    if not _WORD.fullmatch(word):
        raise InvalidInput(
            f"{word!r} cannot be the {what} of an event.",
            "Use letters, digits, dots, dashes and underscores: alert, delay-eu",
        )
    return word
