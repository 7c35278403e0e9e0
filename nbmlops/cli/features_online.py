"""``nbmlops features materialize``, ``get``, ``push`` and ``follow``: the online store."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.display.format import count
from nbmlops.display.online_views import OnlineValues
from nbmlops.display.views import Message
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbmlops.cli.app import Session
    from nbmlops.features.online.pushing import Pushed

_QUICK = 1.0
"""Seconds that pass before a bar is shown."""


@click.command()
@click.argument("view")
@click.option("--upto", metavar="TIME", help="Leave out what is later; now by default.")
@click.pass_obj
def materialize(session: Session, view: str, upto: str | None) -> Message:
    """Write the newest row of each key to the online store; one that was interrupted goes on.

    Of a view of windows, the events that its windows can still see are written.
    """
    with _bar(session, view) as told:
        done = session.open().features.materialize(view, upto, told=told)
    spec = f"{done.view}@{done.version}"
    if done.unchanged:
        text = f"{spec}: nothing is new; {done.keys:,} keys are online"
    else:
        resumed = f", {done.resumed:,} of them before it was interrupted" if done.resumed else ""
        text = f"{spec}: {done.written:,} of {done.keys:,} keys written{resumed}; {done.seconds:.1f} s"
    return Message(done.to_json(), text)


@click.command()
@click.argument("view")
@click.argument("keys", nargs=-1, required=True, metavar="KEY…")
@click.option("--at", metavar="TIME", help="The instant that is meant by now.")
@click.pass_obj
def get(session: Session, view: str, keys: tuple[str, ...], at: str | None) -> OnlineValues:
    """Read features by key from the online store: nbmlops features get weather EWR JFK.

    The values of a key of several columns stand behind commas.
    """
    store = session.open().features
    found = store.online.view(view)
    rows = found.get_many([found.key(key) for key in keys], at)
    return OnlineValues(found.spec, rows, store.get(view).definition.ttl or "")


@click.command()
@click.argument("view")
@click.argument("rows", metavar="FILE")
@click.pass_obj
def push(session: Session, view: str, rows: str) -> Message:
    """Push rows of a view's source: they count for training sets, and are online at once.

    FILE is a table, or JSON lines. In a notebook it may be the name of a variable. A bad row refuses all of them.
    """
    from nbmlops.datasets.tabular import read_table

    if rows not in session.namespace and not Path(rows).is_file():
        raise InvalidInput(f"there is no file {rows}.", "nbmlops features push VIEW FILE")
    given: Any = session.namespace[rows] if rows in session.namespace else read_table(Path(rows))
    pushed = session.open().features.push(view, given)
    return Message(pushed.to_json(), _pushed(pushed))


@click.command()
@click.argument("view")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--once", is_flag=True, help="End when the file is read; else wait for more, until Ctrl-C.")
@click.pass_obj
def follow(session: Session, view: str, file: Path, once: bool) -> Message:
    """Push what is written to a growing file of JSON lines; goes on where it was."""
    total = 0
    online = session.open().features.online
    with _bar(session, view, "row") as told, contextlib.suppress(KeyboardInterrupt):

        def pushed(found: Any) -> None:
            nonlocal total
            total += found.rows
            told(total, 0)

        online.follow(view, file, forever=not once, told=pushed)
    return Message(
        {"view": view, "file": str(file), "rows": total}, f"{view}: {count(total, 'row')} pushed from {file}"
    )


def _pushed(done: Pushed) -> str:
    """Return what became of pushed rows; those that no label and no reader can ever see are not passed over."""
    text = f"{done.view}@{done.version}: {count(done.rows, 'row')} pushed, {count(done.keys, 'key')} changed online"
    lost = done.rows - done.kept
    if lost:
        text += f"\n{count(lost, 'row')} will not be seen: without key or time, or left out by the body"
    return text


@contextlib.contextmanager
def _bar(session: Session, name: str, unit: str = "key") -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how far it has come, where somebody looks and it takes long."""
    from tqdm.auto import tqdm

    hidden = False if session.in_notebook else None  # None: hidden where standard error is no terminal
    with tqdm(desc=name, unit=unit, delay=_QUICK, leave=False, disable=hidden) as bar:

        def told(done: int, of: int) -> None:
            bar.total = of or None
            bar.update(done - bar.n)

        yield told


COMMANDS = (materialize, get, push, follow)
