"""``nbmlops fairness``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.answers import ANSWERED_NO, Answer
from nbmlops.cli.frames import frame_named
from nbmlops.display.fairness_view import FairnessView

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.command()
@click.argument("frame")
@click.option("--truth", metavar="COLUMN", help="What was true; without it only how often who is chosen can be told.")
@click.option("--prediction", metavar="COLUMN", required=True, help="What was predicted.")
@click.option("--by", multiple=True, required=True, metavar="COLUMN", help="Groups; repeated, their intersections too.")
@click.option(
    "--probability", metavar="COLUMN", help="Of the positive label, or a score of it: for the area under the ROC curve."
)
@click.option("--scores", metavar="COLUMN", hidden=True, help="As --probability.")
@click.option("--positive", metavar="VALUE", help="The label that counts as positive.")
@click.option("--depth", type=int, default=2, show_default=True, metavar="N", help="Columns together, at most.")
@click.option(
    "--fail-below",
    multiple=True,
    metavar="[GAP=]RATIO",
    help="Exit with code 3 where a ratio is below: 0.8 is that of selection rates, equalized_odds_ratio=0.8 another.",
)
@click.pass_obj
def fairness(session: Session, /, frame: str, fail_below: tuple[str, ...], **words: Any) -> Any:
    """Say whether a model treats groups alike: nbmlops fairness scored.parquet --prediction said --by sex.

    FRAME is a file or a version of a data set (scored@3). In a notebook it may be the name of a variable.
    """
    from nbmlops.measured import fairness as measure
    from nbmlops.measures.fairness.limits import broken_limits, limits_of

    limits = limits_of(fail_below)
    found = measure(frame_named(session, frame), **{**words, "by": list(words["by"])})
    broken = broken_limits(found, limits)
    return Answer(FairnessView(found, frame, [(gap, limits[gap.name]) for gap in broken]), ANSWERED_NO if broken else 0)
