"""``nbmlops models …``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbmlops.cli.answers import tell_written
from nbmlops.cli.frames import frame_named
from nbmlops.cli.groups import WordGroup
from nbmlops.display.document import write_text
from nbmlops.display.model_card import ModelCardView
from nbmlops.display.views import ModelTable, ModelView
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.group(cls=WordGroup)
def models() -> None:
    """Register models, move aliases, look at versions.

    A model is meant as delay (its newest version), delay@3 or delay@champion.
    """


@models.command("list")
@click.pass_obj
def list_(session: Session) -> ModelTable:
    """List every version of every model."""
    return ModelTable(session.open().models.list())


@models.command()
@click.argument("model")
@click.pass_obj
def show(session: Session, model: str) -> ModelView:
    """Show a model's versions, or one version in full: nbmlops models show delay@champion."""
    workspace = session.open()
    return ModelView(workspace.models.show(model), workspace.models.history(model.partition("@")[0]))


@models.command()
@click.argument("model")
@click.argument("frame", required=False)
@click.option("--target", metavar="COLUMN", help="The truth in FRAME.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Groups of FRAME whose rates are compared.")
@click.option("--out", type=click.Path(path_type=Path), help="Write it: .md or .html.")
@click.pass_obj
def card(
    session: Session, model: str, frame: str | None, target: str | None, by: tuple[str, ...], out: Path | None
) -> ModelCardView:
    """Show a model's card: what it is, its data, its proof. On FRAME how well it does, and for whom.

    FRAME is a file or a version of a data set. In a notebook it may be the name of a variable.
    """
    if out is not None and out.suffix not in (".md", ".html"):
        raise InvalidInput(f"a card is written as .md or .html, not {out.suffix or out.name!r}.", "--out card.md")
    data = None if frame is None else frame_named(session, frame)
    view = ModelCardView(session.open().model_card(model, data, called=frame or "", target=target, by=by))
    if out is not None:
        write_text(out, view.markdown() if out.suffix == ".md" else view.document())
        tell_written(session, out)
    return view


@models.command()
@click.argument("run")
@click.argument("words", nargs=-1, required=True, metavar="as NAME[@ALIAS]")
@click.pass_obj
def register(session: Session, run: str, words: tuple[str, ...]) -> ModelTable:
    """Register the model that a run fitted: nbmlops models register rf as delay@champion.

    RUN:VARIABLE says which, where a run fitted several.
    """
    name = words[-1]
    if len(words) > 2 or (len(words) == 2 and words[0] != "as"):
        raise InvalidInput(
            f"{' '.join(words)!r} cannot be read.", "nbmlops models register RUN[:VARIABLE] as NAME[@ALIAS]"
        )
    ref, variable = run, None
    if (":" in run and not run.startswith("@best:")) or run.count(":") > 1:
        ref, _, variable = run.rpartition(":")
    return ModelTable([session.open().models.register(ref, name, variable=variable)])


@models.command()
@click.argument("model")
@click.argument("alias")
@click.pass_obj
def promote(session: Session, model: str, alias: str) -> ModelTable:
    """Move an alias to a version: nbmlops models promote delay@3 champion."""
    return ModelTable([session.open().models.promote(model, alias)])


@models.command()
@click.argument("model")
@click.argument("alias")
@click.pass_obj
def demote(session: Session, model: str, alias: str) -> ModelTable:
    """Take an alias away from the version that has it."""
    return ModelTable([session.open().models.demote(model, alias)])
