"""``--limit``, how many records a list shows, and other numbers that have a least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from nbmlops.cli.app import Session

ON_SCREEN = 20

AMOUNT = click.IntRange(min=1)
"""So many records: with none of them a list would say that there are none."""

SECONDS = click.FloatRange(min=0, min_open=True)
"""A time that passes."""

LIMIT = click.option(
    "--limit", type=AMOUNT, metavar="N", help=f"At most this many; all with --json, {ON_SCREEN} on a screen."
)


def most(session: Session, limit: int | None) -> int | None:
    """Return how many records are asked for; None for all.

    Examples
    --------
    >>> from nbmlops.cli.app import Session
    >>> most(Session(), None), most(Session(as_json=True), None), most(Session(), 3)
    (20, None, 3)
    """
    return limit if limit is not None or session.as_json else ON_SCREEN
