"""``nbmlops datasets …``."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.groups import WordGroup
from nbmlops.cli.runs import confirm
from nbmlops.display.views import DatasetDiffView, DatasetSaved, DatasetTable, DatasetView, Message
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbmlops.cli.app import Session

_QUICK = 2.0
"""Seconds that pass before a bar is shown."""


@click.group(cls=WordGroup)
def datasets() -> None:
    """Save, load and compare versions of data: a change of 1 % costs about 1 %.

    A data set is meant as flights (its newest version), flights@3 or flights@latest.
    """


@datasets.command()
@click.argument("path")
@click.argument("words", nargs=-1, required=True, metavar="as NAME")
@click.option("--note", default="", help="A sentence about this version.")
@click.option("--file", "as_file", is_flag=True, help="Keep a table byte for byte, as a file.")
@click.pass_obj
def save(session: Session, path: str, words: tuple[str, ...], note: str, as_file: bool) -> DatasetSaved:
    """Save a file or folder as the next version: nbmlops datasets save flights.csv as flights.

    csv, tsv, parquet, feather and jsonl are read as tables. In a notebook PATH may be the name of a variable.
    """
    name = words[-1]
    if len(words) > 2 or (len(words) == 2 and words[0] != "as"):
        raise InvalidInput(f"{' '.join(words)!r} cannot be read.", "nbmlops datasets save PATH as NAME")
    workspace = session.open()
    with _bar(session, name) as told:
        if path in session.namespace and not as_file:
            return DatasetSaved(workspace.datasets.save(session.namespace[path], name, note, source=path, told=told))
        return DatasetSaved(workspace.datasets.save_path(Path(path), name, note, as_file=as_file, told=told))


@datasets.command("list")
@click.pass_obj
def list_(session: Session) -> DatasetTable:
    """List the data sets, each with its newest version."""
    return DatasetTable(session.open().datasets.list())


@datasets.command()
@click.argument("dataset")
@click.pass_obj
def log(session: Session, dataset: str) -> DatasetTable:
    """List the versions of a data set, newest first, with what each has added."""
    return DatasetTable(session.open().datasets.log(dataset))


@datasets.command()
@click.argument("dataset")
@click.pass_obj
def show(session: Session, dataset: str) -> DatasetView:
    """Show a version with its columns and their types."""
    return DatasetView(*session.open().datasets.show(dataset))


@datasets.command()
@click.argument("a")
@click.argument("b")
@click.option("--on", multiple=True, metavar="COLUMN", help="A column that names a row; may be repeated.")
@click.pass_obj
def diff(session: Session, a: str, b: str, on: tuple[str, ...]) -> DatasetDiffView:
    """Say what differs between two versions, or files. For example: nbmlops datasets diff flights@1 flights@2."""
    workspace = session.open()
    sides = [_side(session, word) for word in (a, b)]
    found = workspace.datasets.diff(*sides, on=on)
    names = [word if not isinstance(side, str) else None for word, side in zip((a, b), sides, strict=True)]
    return DatasetDiffView(replace(found, a=names[0] or found.a, b=names[1] or found.b))


@datasets.command()
@click.argument("dataset")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file; its ending says the format.")
@click.pass_obj
def load(session: Session, dataset: str, out: Path) -> Message:
    """Write a version to a file: nbmlops datasets load flights@2 --out flights.parquet."""
    version = session.open().datasets.export(dataset, out)
    return Message({**version.to_json(), "out": str(out)}, f"{version.spec} is in {out}")


@datasets.command()
@click.argument("dataset")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(session: Session, dataset: str, yes: bool) -> Message:
    """Delete a version, or with a name alone all of them. Undelete takes it back until gc --deleted."""
    workspace = session.open()
    workspace.datasets.get(dataset)
    confirm(session, yes, f"Delete {dataset}?")
    count = workspace.datasets.delete(dataset)
    text = f"{_versions(count)} deleted; take it back: nbmlops datasets undelete {dataset}"
    return Message({"dataset": dataset, "deleted": count}, text)


@datasets.command()
@click.argument("dataset")
@click.pass_obj
def undelete(session: Session, dataset: str) -> Message:
    """Take a deleted version back, or all of a data set."""
    count = session.open().datasets.undelete(dataset)
    return Message({"dataset": dataset, "undeleted": count}, f"{_versions(count)} taken back")


def _versions(count: int) -> str:
    return f"{count} version{'' if count == 1 else 's'}"


def _side(session: Session, word: str) -> Any:
    """Return what a word means: a variable of the notebook, a file, or a version."""
    if word in session.namespace:
        return session.namespace[word]
    return Path(word) if Path(word).suffix and Path(word).is_file() else word


@contextlib.contextmanager
def _bar(session: Session, name: str) -> Iterator[Callable[[int], object]]:
    """Show on standard error how much has been written, where somebody looks and it takes long."""
    from tqdm.auto import tqdm

    hidden = False if session.in_notebook else None  # None: hidden where standard error is no terminal
    with tqdm(desc=name, unit="B", unit_scale=True, delay=_QUICK, leave=False, disable=hidden) as bar:
        yield bar.update
