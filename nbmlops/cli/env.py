"""``nbmlops env …``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nbmlops.cli.answers import ANSWERED_NO, Answer
from nbmlops.cli.groups import WordGroup
from nbmlops.display.environment_views import EnvironmentCheckView, EnvironmentView
from nbmlops.errors import AlreadyExists, InvalidInput, NotFound

if TYPE_CHECKING:
    from nbmlops.cli.app import Session


@click.group(cls=WordGroup)
def env() -> None:
    """Look at the environment of a run, compare it with this one, build it again.

    Without a name the last run is meant.
    """


@env.command()
@click.argument("run", default="@last")
@click.option("--out", type=click.Path(path_type=Path), help="Also write its pylock.toml to a file.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def show(session: Session, run: str, out: Path | None, force: bool) -> EnvironmentView:
    """Show interpreter and packages that a run had; --out writes them as a pylock.toml."""
    workspace = session.open()
    workspace.recorder.background.wait()
    found = workspace.environments.of(workspace.proving.target(run))
    if out is not None:
        if not found.lock:
            raise NotFound(f"no lock was written with {found.run}.", "Build one: nbmlops env rebuild RUN")
        if out.exists() and not force:
            raise AlreadyExists(f"{out} is there already.", "Choose another name, or say --force.")
        try:
            out.write_text(found.lock, encoding="utf-8")
        except OSError as error:
            raise InvalidInput(
                f"{out} cannot be written: {error.strerror}.", "Name a file: --out pylock.toml"
            ) from error
    return EnvironmentView(found, out)


@env.command()
@click.argument("run", default="@last")
@click.pass_obj
def check(session: Session, run: str) -> Answer:
    """Compare what is installed here with what a run had; exit code 3 where it is not the same."""
    workspace = session.open()
    found = workspace.environments.check(workspace.proving.target(run))
    return Answer(EnvironmentCheckView(found), 0 if found.same else ANSWERED_NO)


@env.command()
@click.argument("run", default="@last")
@click.option("--out", type=click.Path(path_type=Path), help="Where; a folder of the workspace by default.")
@click.pass_obj
def rebuild(session: Session, run: str, out: Path | None) -> Answer:
    """Build the environment of a run again with uv, and check it. Exit code 3 where it is not the same.

    The index that uv is set up with is asked for the very versions. A replay takes it by reproduce --rebuild-env.
    """
    workspace = session.open()
    target = workspace.proving.target(run)
    found = workspace.environments.rebuild(target, out, told=_say)
    return Answer(EnvironmentCheckView(found), 0 if found.same else ANSWERED_NO)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
