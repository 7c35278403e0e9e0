"""``nbmlops explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.frames import frame_named, model_named
from nbmlops.display.explain_view import ExplainView

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.command()
@click.argument("model")
@click.argument("frame")
@click.option("--target", metavar="COLUMN", help="What was true: importances are by how much worse the model gets.")
@click.option("--method", type=click.Choice(["permutation", "shap"]), help="permutation where --target is given.")
@click.option("--rows", type=int, metavar="N", help="So many at most; 2000, of shap 100.")
@click.option("--against", metavar="REFERENCE", help="Rows from before: has the model come to look at other columns?")
@click.option("--positive", metavar="VALUE", help="The label whose probability is explained.")
@click.pass_obj
def explain(session: Session, /, model: str, frame: str, against: str | None, **words: Any) -> ExplainView:
    """Say what a model looks at: nbmlops explain delay@champion flights.parquet --target late.

    MODEL is a registered model, FRAME a file or a version of a data set (flights@3). In a notebook both may be names of
    variables.
    """
    from nbmlops.measured import explain as look

    before = None if against is None else frame_named(session, against)
    found = look(model_named(session, model), frame_named(session, frame), against=before, **words)
    return ExplainView(found, model, frame, against or "reference")
