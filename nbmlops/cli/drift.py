"""``nbmlops drift``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.answers import ANSWERED_NO, Answer, tell_written
from nbmlops.cli.frames import frame_named, model_named
from nbmlops.cli.limits import AMOUNT
from nbmlops.display.document import document, write_text
from nbmlops.display.drift_rows_view import FEW_ROWS, DriftRowsView
from nbmlops.display.drift_view import DriftView
from nbmlops.display.format import count
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from nbmlops.cli.app import Session
    from nbmlops.measures.drift.behind import DriftRows
    from nbmlops.measures.drift.records import Drift


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
@click.option("--max-age", metavar="SPAN", help="The newest row may be so old, such as 1d or 90m; needs --time.")
@click.option("--as-of", metavar="TIME", help="The moment from which the age is measured; now by default.")
@click.option("--classifier", is_flag=True, help="Let a classifier look at what columns do together.")
@click.option("--rows", metavar="COLUMN", help="List the rows behind what was found about a column.")
@click.option("--limit", type=AMOUNT, metavar="N", help="With --rows: so many rows at most.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the report as an HTML file of its own; rows as CSV."
)
@click.option("--widget", is_flag=True, help="In a notebook: walk through columns and windows in a widget.")
@click.option("--fail-on-drift", is_flag=True, help="Exit with code 3 where something was found, or too few rows tell.")
@click.pass_obj
def drift(
    session: Session,
    /,
    reference: str,
    current: str,
    model: str | None,
    rows: str | None,
    limit: int | None,
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

    if limit is not None and rows is None:
        raise InvalidInput("--limit is of rows.", "Say of which column: --rows COLUMN --limit N")
    if widget and not session.in_notebook:
        raise InvalidInput("a widget is for a notebook.", "Here, a page to look at: --out drift.html")
    if rows is not None and (widget or model is not None):
        raise InvalidInput(
            "--rows is of one column and all its rows.", f"Leave out --{'widget' if widget else 'model'}."
        )
    sides = frame_named(session, reference), frame_named(session, current)
    if rows is not None:
        return _rows(session, sides, rows, limit, out, fail_on_drift, f"{current} against {reference}", words)
    judge = None if model is None else model_named(session, model)
    found = compare(*sides, model=judge, **words)
    is_drawn = session.in_notebook or out is not None
    view = DriftView(found, reference, current, _behind(sides, found, words) if is_drawn else ())
    if out is not None:
        write_text(out, document(f"{current} against {reference}", view.html()))
        tell_written(session, out)
    if widget:
        from nbmlops.display.drift_widget import drift_widget

        return drift_widget(view, *sides, time=words["time"], window=words["window"])
    return Answer(view, ANSWERED_NO if fail_on_drift and (found.drifted or found.untold) else 0)


def _behind(sides: tuple[Any, Any], found: Drift, words: dict[str, Any]) -> list[DriftRows]:
    from nbmlops.measures.drift.behind import rows_behind_all
    from nbmlops.measures.drift.comparing import Roles

    roles = Roles(*(words[name] for name in ("time", "target", "prediction")))
    return rows_behind_all(*sides, found, roles, ignore=words["ignore"], limit=FEW_ROWS)


def _rows(
    session: Session,
    sides: tuple[Any, Any],
    column: str,
    limit: int | None,
    out: Path | None,
    fail: bool,
    title: str,
    words: dict[str, Any],
) -> Answer:
    from nbmlops.measured import drift_rows

    asked = [option for option in ("window", "max_age", "as_of", "classifier") if words.pop(option)]
    if asked:
        raise InvalidInput("--rows is of one column and all its rows.", f"Leave out --{asked[0].replace('_', '-')}.")
    found = drift_rows(*sides, column, limit=limit, **words)
    view = DriftRowsView(found)
    if out is not None:
        is_table = out.suffix == ".csv"
        write_text(out, _csv(found) if is_table else document(title, view.html()))
        tell_written(session, out, count(len(found.frame), "row") if is_table else "")
    return Answer(view, ANSWERED_NO if fail and found.findings else 0)


def _csv(found: DriftRows) -> str:
    """Return the rows as CSV, their number first, and their index where it is another."""
    frame = found.frame.copy()
    places = list(found.places[: len(frame)])
    if list(frame.index) != places:
        frame.insert(0, "index" if "index" not in frame.columns else "index of the frame", frame.index)
    text: str = frame.set_axis(places).rename_axis("row").to_csv()
    return text
