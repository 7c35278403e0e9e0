"""``nbmlops features …``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.features_online import COMMANDS as ONLINE
from nbmlops.cli.frames import frame_named
from nbmlops.cli.groups import WordGroup
from nbmlops.cli.runs import confirm
from nbmlops.display.views import FeatureTable, FeatureViewShown, Message, TrainingSetView
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.group(cls=WordGroup)
def features() -> None:
    """Define features once, join them right in time for training.

    A feature view is meant as weather (its newest version) or weather@3, a feature as weather:temp.
    """


@features.command("list")
@click.pass_obj
def list_(session: Session) -> FeatureTable:
    """List the feature views, each with its newest version."""
    return FeatureTable(session.open().features.list())


@features.command()
@click.argument("words", nargs=-1, required=True, metavar="WORD…")
@click.pass_obj
def search(session: Session, words: tuple[str, ...]) -> FeatureTable:
    """Find feature views by words, best match first.

    They are looked for in names, features, descriptions, tags, owners and bodies.
    """
    asked = " ".join(words)
    return FeatureTable(session.open().features.search(asked), asked)


@features.command()
@click.argument("view")
@click.pass_obj
def show(session: Session, view: str) -> FeatureViewShown:
    """Show a feature view: its definition, its features, where it reads, who uses it."""
    return FeatureViewShown(session.open().features.show(view))


@features.command()
@click.argument("view")
@click.pass_obj
def log(session: Session, view: str) -> FeatureTable:
    """List the versions of a feature view, newest first."""
    return FeatureTable(session.open().features.log(view))


@features.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--entity", default="", metavar="COLUMN[,COLUMN]", help="The key columns.")
@click.option("--timestamp", default="", metavar="COLUMN", help="The event time.")
@click.option("--created", metavar="COLUMN", help="When a row became known.")
@click.option("--ttl", help="How old a row may be when a label sees it, such as 2h; no limit by default.")
@click.option("--window", multiple=True, metavar="SPAN[,SPAN]", help="Trailing windows, such as 1h,24h.")
@click.option("--aggregate", multiple=True, help='What each window gives: "mean(dep_delay) as delay".')
@click.option("--check", multiple=True, metavar="SQL", help="A condition on every row; unique for key and time.")
@click.option("--source", multiple=True, metavar="NAME=PATH", help="Where a name of the body reads from.")
@click.option("--request", metavar="COLUMNS", help='Computed on demand, from what a request brings: "due TIMESTAMP".')
@click.option("--input", multiple=True, metavar="VIEW:COLUMN", help="A feature that a view on demand takes.")
@click.option("--tag", multiple=True, metavar="KEY=VALUE", help="A tag; may be repeated.")
@click.option("--owner", default="", help="Who is answerable for it.")
@click.option("--description", default="", help="A sentence about it.")
@click.option("--python", "is_python", is_flag=True, help="The body is Python, whatever it looks like.")
@click.pass_obj
def define(session: Session, /, name: str, file: Path, tag: tuple[str, ...], **words: Any) -> FeatureViewShown:
    """Define a feature view by a file of SQL or Python.

    For example: nbmlops features define weather weather.sql --entity origin.
    """
    from nbmlops.features.defining import asked_by_words, pairs

    if not file.is_file():
        raise InvalidInput(f"there is no file {file}.", "nbmlops features define NAME FILE --entity … --timestamp …")
    try:
        body = file.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise InvalidInput(f"{file} cannot be read as text.", "It holds the body: SQL or Python, as UTF-8.") from error
    asked = asked_by_words(name, body, words, session.namespace)
    view = session.open(create=True).features.define(
        asked, tags=pairs(tag, "--tag"), owner=words["owner"], description=words["description"]
    )
    return FeatureViewShown(view)


@features.command("training-set")
@click.argument("frame")
@click.argument("features", nargs=-1, required=True, metavar="VIEW:COLUMN…")
@click.option("--timestamp", metavar="COLUMN", help="The labels' time; the only column of times by default.")
@click.option("--check-leaks", is_flag=True, help="Compute again without the future; a difference is an error.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file; its ending says the format.")
@click.pass_obj
def training_set(
    session: Session, frame: str, features: tuple[str, ...], timestamp: str | None, check_leaks: bool, out: Path
) -> TrainingSetView:
    """Join features to a frame of labels.

    For example: nbmlops features training-set flights.csv weather:temp --out train.parquet.

    FRAME is a file or a version of a data set. In a notebook it may be the name of a variable.
    """
    from nbmlops.datasets.converting import converted
    from nbmlops.datasets.tabular import write_table

    workspace = session.open()
    labels = frame_named(session, frame)
    result, record = workspace.features.training_set(
        labels, list(features), timestamp=timestamp, check_leaks=check_leaks
    )
    write_table(converted(result, "pandas"), out)
    return TrainingSetView(record, str(out))


@features.command("new-since")
@click.argument("id")
@click.argument("frame", required=False)
@click.option("--timestamp", metavar="COLUMN", help="The labels' time; as in the training set by default.")
@click.pass_obj
def new_since(session: Session, id: str, frame: str | None, timestamp: str | None) -> Message:
    """Say what has moved on since a training set. That is newer views, changed sources, and later labels in FRAME."""
    labels = None if frame is None else frame_named(session, frame)
    found = session.open().features.new_since(id, labels, timestamp=timestamp)
    lines = [f"view {view}" for view in found.views]
    lines += [f"source {source} holds something else" for source in found.sources]
    lines += [f"{found.rows:,} later labels"] if found.rows else []
    return Message(found.to_json(), "\n".join(lines) or f"nothing is new since {found.training_set[:12]}")


@features.command()
@click.argument("view")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(session: Session, view: str, yes: bool) -> Message:
    """Delete a version of a feature view, or with a name alone all of them. Undelete takes it back."""
    workspace = session.open()
    workspace.features.get(view)
    confirm(session, yes, f"Delete {view}?")
    count = workspace.features.delete(view)
    text = f"{_versions(count)} deleted; take it back: nbmlops features undelete {view}"
    return Message({"view": view, "deleted": count}, text)


@features.command()
@click.argument("view")
@click.pass_obj
def undelete(session: Session, view: str) -> Message:
    """Take a deleted version of a feature view back, or all of a view."""
    count = session.open().features.undelete(view)
    return Message({"view": view, "undeleted": count}, f"{_versions(count)} taken back")


for _command in ONLINE:
    features.add_command(_command)


def _versions(count: int) -> str:
    return f"{count} version{'' if count == 1 else 's'}"
