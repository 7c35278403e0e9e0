"""``nbmlops threats``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nbmlops.cli.frames import frame_named
from nbmlops.display.threats_view import ThreatsView

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.command()
@click.argument("reference")
@click.argument("current")
@click.option("--target", metavar="COLUMN", help="The labels: rows known under another one are found too.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A column that is not looked at; may be repeated.")
@click.pass_obj
def threats(session: Session, reference: str, current: str, target: str | None, ignore: tuple[str, ...]) -> ThreatsView:
    """List rows to look at: far from all that the reference holds, or known under another label.

    Each side is a file or a version of a data set. In a notebook it may be the name of a variable.
    """
    from nbmlops.measured import threats as look

    return ThreatsView(
        look(frame_named(session, reference), frame_named(session, current), target=target, ignore=ignore)
    )
