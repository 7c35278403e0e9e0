"""``nbmlops changes``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.frames import frame_named
from nbmlops.display.changes_view import ChangesView

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.command()
@click.argument("frame")
@click.option("--column", required=True, metavar="COLUMN", help="The numbers whose mean is followed.")
@click.option("--time", metavar="COLUMN", help="When a row was: rows are taken in this order, else as they stand.")
@click.option(
    "--method", type=click.Choice(["adwin", "page-hinkley"]), default="adwin", help="What notices; adwin by default."
)
@click.pass_obj
def changes(session: Session, frame: str, column: str, time: str | None, method: Any) -> ChangesView:
    """Say where the mean of a column has changed, row after row.

    FRAME is a file or a version of a data set. In a notebook it may be the name of a variable.
    """
    from nbmlops.measured import changes as look

    return ChangesView(look(frame_named(session, frame), column, time=time, method=method))
