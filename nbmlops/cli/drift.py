"""``nbmlops drift``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.answers import ANSWERED_NO, Answer
from nbmlops.cli.frames import frame_named, model_named
from nbmlops.display.document import document, write_text
from nbmlops.display.drift_view import DriftView
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.command()
@click.argument("reference")
@click.argument("current")
@click.option("--time", metavar="COLUMN", help="When a row was: a season is compared with the same season.")
@click.option("--target", metavar="COLUMN", help="What is to be predicted: tells whether it still means the same.")
@click.option("--prediction", metavar="COLUMN", help="What was predicted.")
@click.option(
    "--window", metavar="SPAN", help="Compare each hour, day, week, month, quarter or year too; needs --time."
)
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A column that is not looked at; may be repeated.")
@click.option("--model", metavar="MODEL", help="A registered model: the columns that it looks at come first.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the report as an HTML file of its own.")
@click.option("--widget", is_flag=True, help="In a notebook: walk through columns and windows in a widget.")
@click.option("--fail-on-drift", is_flag=True, help="Exit with code 3 where something was found.")
@click.pass_obj
def drift(
    session: Session,
    /,
    reference: str,
    current: str,
    model: str | None,
    fail_on_drift: bool,
    out: Path | None,
    widget: bool,
    **words: Any,
) -> Any:
    """Say what differs between current data and a reference: nbmlops drift may.parquet june.parquet.

    Each is a file or a version of a data set (flights@3). In a notebook it may be the name of a variable. Nothing has
    to be set up.
    """
    from nbmlops.measured import drift as compare

    if widget and not session.in_notebook:
        raise InvalidInput("a widget is for a notebook.", "Here, a page to look at: --out drift.html")
    judge = None if model is None else model_named(session, model)
    sides = frame_named(session, reference), frame_named(session, current)
    found = compare(*sides, model=judge, **words)
    view = DriftView(found, reference, current)
    if out is not None:
        write_text(out, document(f"{current} against {reference}", view.html()))
    if widget:
        from nbmlops.display.drift_widget import drift_widget

        return drift_widget(view, *sides, time=words["time"], window=words["window"])
    return Answer(view, ANSWERED_NO if fail_on_drift and found.drifted else 0)
