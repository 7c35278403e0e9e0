"""``nbmlops runs …``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbmlops.cli.groups import WordGroup
from nbmlops.cli.limits import AMOUNT, most
from nbmlops.display.format import count, size
from nbmlops.display.messages import Message
from nbmlops.display.views import ComparisonView, RunTable, RunView
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from nbmlops.cli.app import Session
    from nbmlops.records import Run


@click.group(cls=WordGroup)
def runs() -> None:
    """List, look at, compare, mark and put away runs.

    A run is meant by its name (rf is the newest of that name, rf·2 or rf.2 the second), a unique part of its id, or
    @last, @last-2, @best:METRIC.
    """


@runs.command("list")
@click.argument("filter", nargs=-1)
@click.option("--sort", help="A metric (best first), a param, tag or field; -NAME turns it round.")
@click.option("--limit", type=AMOUNT, metavar="N", help="How many at most; 20 on a screen, all with --json.")
@click.option("--archived", is_flag=True, help="List what was put away instead.")
@click.option("--lower", multiple=True, metavar="METRIC", help="A metric that is better when lower; kept.")
@click.pass_obj
def list_(
    session: Session,
    filter: tuple[str, ...],
    sort: str | None,
    limit: int | None,
    archived: bool,
    lower: tuple[str, ...],
) -> RunTable:
    """List runs, newest first: nbmlops runs list 'auc > 0.8 and status = finished' --sort auc."""
    workspace = session.open()
    for metric in lower:
        workspace.runs.set_direction(metric, lower=True)
    return RunTable.of(workspace.runs, " ".join(filter), sort, most(session, limit), archived=archived)


@runs.command()
@click.argument("run")
@click.pass_obj
def show(session: Session, run: str) -> RunView:
    """Show everything that is known of a run."""
    workspace = session.open()
    detail = workspace.runs.show(run)
    return RunView(detail, workspace.runs.metrics(detail.id))


@runs.command()
@click.argument("runs", nargs=-1, metavar="[RUN RUN …]")
@click.pass_obj
def compare(session: Session, runs: tuple[str, ...]) -> ComparisonView:
    """Put runs side by side; without names the best and the last."""
    return ComparisonView(session.open().runs.compare(runs))


@runs.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN… KEY=VALUE…")
@click.option("--remove", multiple=True, metavar="KEY", help="A tag to take away.")
@click.pass_obj
def tag(session: Session, runs: tuple[str, ...], remove: tuple[str, ...]) -> RunTable:
    """Set tags: nbmlops runs tag rf knn stage=dev."""
    names = [word for word in runs if "=" not in word]
    tags: dict[str, str | None] = dict.fromkeys(remove)
    for word in runs:
        key, equals, value = word.partition("=")
        if equals:
            tags[key] = value
    if not names or not tags:
        raise InvalidInput("tag wants runs, and tags as key=value.", "nbmlops runs tag rf stage=dev")
    return _table(session, session.open().runs.tag(names, tags))


@runs.command()
@click.argument("run")
@click.argument("text", nargs=-1, required=True)
@click.pass_obj
def note(session: Session, run: str, text: tuple[str, ...]) -> RunTable:
    """Write a run's note."""
    return _table(session, [session.open().runs.note(run, " ".join(text))])


@runs.command()
@click.argument("run")
@click.argument("name")
@click.pass_obj
def rename(session: Session, run: str, name: str) -> RunTable:
    """Give a run another name."""
    return _table(session, [session.open().runs.rename(run, name)])


@runs.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.pass_obj
def star(session: Session, runs: tuple[str, ...]) -> RunTable:
    """Star runs, to find them by: nbmlops runs list starred."""
    return _table(session, session.open().runs.star(runs))


@runs.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.pass_obj
def unstar(session: Session, runs: tuple[str, ...]) -> RunTable:
    """Take the star away."""
    return _table(session, session.open().runs.star(runs, starred=False))


@runs.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.pass_obj
def archive(session: Session, runs: tuple[str, ...]) -> RunTable:
    """Put runs away: they are kept and not listed."""
    return _table(session, session.open().runs.archive(runs))


@runs.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.pass_obj
def unarchive(session: Session, runs: tuple[str, ...]) -> RunTable:
    """Take runs out of the archive."""
    return _table(session, session.open().runs.unarchive(runs))


@runs.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(session: Session, runs: tuple[str, ...], yes: bool) -> RunTable:
    """Delete runs and their children. `undelete` takes it back until `nbmlops gc --deleted` erases them."""
    workspace = session.open()
    found = list({run.id: run for run in (workspace.runs.get(name) for name in runs)}.values())
    confirm(session, yes, f"Delete {', '.join(run.name for run in found)}?")
    return _table(session, workspace.runs.delete([run.id for run in found]))


@runs.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.pass_obj
def undelete(session: Session, runs: tuple[str, ...]) -> RunTable:
    """Bring deleted runs back."""
    return _table(session, session.open().runs.undelete(runs))


@runs.command()
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def export(session: Session, run: str, file: Path, force: bool) -> Message:
    """Write a run to one file, with what it read and its models: nbmlops runs export rf rf.run."""
    record = session.open().runs.export(run, file, replace=force)
    inputs = count(record["inputs"], "file")
    return Message(record, f"{record['file']}  {size(record['bytes'])}, with {inputs} that it read")


@runs.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def import_(session: Session, file: Path) -> RunTable:
    """Read a run that `export` wrote; it can be reproduced here: nbmlops runs import rf.run."""
    return _table(session, session.open(create=True).runs.import_(file))


def confirm(session: Session, yes: bool, question: str) -> None:
    """Ask before a loss; where nobody can answer, say how to go on without a question.

    Raises
    ------
    InvalidInput
        Nobody can answer and ``yes`` is false.
    click.Abort
        The answer is no.
    """
    if yes:
        return
    if session.in_notebook or session.as_json or not sys.stdin.isatty():
        raise InvalidInput(f"{question.rstrip('?')}: nobody can be asked here.", "Say --yes to go on.")
    click.confirm(question, abort=True, err=True)


def _table(session: Session, found: list[Run]) -> RunTable:
    return RunTable(found, session.open().runs)
