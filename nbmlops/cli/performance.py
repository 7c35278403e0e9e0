"""``nbmlops performance``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.frames import frame_named
from nbmlops.display.performance_view import PerformanceView
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.command()
@click.argument("frame")
@click.option("--truth", metavar="COLUMN", required=True, help="What was true; with --reference it may be missing.")
@click.option("--prediction", metavar="COLUMN", help="What was predicted.")
@click.option("--probability", metavar="COLUMN", help="The probability of the positive label.")
@click.option("--scores", metavar="COLUMN", hidden=True, help="As --probability.")
@click.option("--time", metavar="COLUMN", help="When a row was, for --window.")
@click.option("--window", metavar="SPAN", help="By each hour, day, week, month, quarter or year; needs --time.")
@click.option("--by", multiple=True, metavar="COLUMN", help="By each value of a column; may be repeated.")
@click.option("--slices", is_flag=True, help="Look for the slices in which the model is worst.")
@click.option("--reference", metavar="FRAME", help="Rows with truth: estimates how the model does where there is none.")
@click.option("--positive", metavar="VALUE", help="The label that counts as positive.")
@click.pass_obj
def performance(
    session: Session, /, frame: str, reference: str | None, scores: str | None, **words: Any
) -> PerformanceView:
    """Say how well a model does: nbmlops performance scored.parquet --truth late --prediction said.

    FRAME is a file or a version of a data set (scored@3). In a notebook it may be the name of a variable. With
    --reference and rows without truth it is estimated, with what the estimate cannot see.
    """
    from nbmlops.measured import performance as measure

    if scores is not None:
        if words["probability"] is not None:
            raise InvalidInput("probability and scores say the same.", "Give one of them: --probability COLUMN")
        words["probability"] = scores
    known = None if reference is None else frame_named(session, reference)
    found = measure(frame_named(session, frame), reference=known, **{**words, "by": list(words["by"])})
    return PerformanceView(found, frame, reference or "reference")
