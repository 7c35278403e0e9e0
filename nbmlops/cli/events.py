"""``nbmlops events …``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nbmlops.cli.groups import WordGroup
from nbmlops.cli.limits import LIMIT, most
from nbmlops.cli.pipeline_params import PARAMS, read_params
from nbmlops.display.event_views import EventTable
from nbmlops.display.views import Message

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.group(cls=WordGroup)
def events() -> None:
    """Note that something happened, which may start a pipeline: nbmlops pipelines schedule --on-event."""


@events.command()
@click.argument("kind")
@click.argument("name", default="")
@PARAMS
@click.pass_obj
def emit(session: Session, kind: str, name: str, params: tuple[str, ...]) -> Message:
    """Note an event of a KIND, such as alert, about a NAME: nbmlops events emit alert delay.

    With -p it has a payload.
    """
    event = session.open(create=True).events.emit(kind, name, read_params(params))
    return Message(event.to_json(), f"event {event.id}: {' '.join(word for word in (event.kind, event.name) if word)}")


@events.command("list")
@click.argument("kind", required=False)
@click.argument("name", required=False)
@LIMIT
@click.pass_obj
def list_(session: Session, kind: str | None, name: str | None, limit: int | None) -> EventTable:
    """List events, newest first; those of one KIND, or of one NAME."""
    return EventTable(session.open().events.list(kind, name, most(session, limit)))
