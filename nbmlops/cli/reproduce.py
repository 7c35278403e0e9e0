"""``nbmlops reproduce``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.answers import ANSWERED_NO, Answer
from nbmlops.display.format import count, duration
from nbmlops.display.proof import ProofTable, ProofView
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from nbmlops.cli.app import Session
    from nbmlops.records import Replay, RunDetail


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN …]")
@click.option("--all", "is_all", is_flag=True, help="Every run, oldest first; or those of --filter.")
@click.option("--changed", is_flag=True, help="Only runs that are not proven as files, modules and cells are now.")
@click.option("--filter", help="Which runs --all means: 'auc > 0.8 and tag.stage = x'.")
@click.option("--current-data", is_flag=True, help="Take files as they are now, not as they were read.")
@click.option("--allow", is_flag=True, help="Let it write elsewhere, start processes and reach the network.")
@click.option("--rebuild-env", is_flag=True, help="Replay with what was installed then, built again by uv.")
@click.option("--timeout", type=float, metavar="SECONDS", help="When to stop; ten times the recorded time by default.")
@click.pass_obj
def reproduce(
    session: Session,
    runs: tuple[str, ...],
    is_all: bool,
    changed: bool,
    filter: str | None,
    current_data: bool,
    allow: bool,
    rebuild_env: bool,
    timeout: float | None,
) -> Answer:
    """Prove runs: replay them in a fresh process that can do no harm, and compare. Without a name: the last run.

    Exit code 3 where a run diverged or could not be replayed.
    """
    workspace = session.open()
    options: dict[str, Any] = {
        "current_data": current_data,
        "allow": allow,
        "timeout": timeout,
        "rebuild_env": rebuild_env,
    }
    if is_all or changed or filter:
        if runs:
            raise InvalidInput("name runs, or say --all.", "nbmlops reproduce --all --changed")
        found = list(workspace.reproduce_all(filter or "", changed=changed, told=_tell, **options))
        return Answer(ProofTable(found), _code(found))
    found = []
    for name in runs or ("@last",):
        run = workspace.proving.target(name)
        cost = duration(workspace.proving.expected_seconds(run.id))
        _say(f"replaying {run.name}: {count(len(run.slice), 'cell')}, about {cost}")
        progress = _progress(len(run.slice))
        found.append(workspace.reproduce(run.id, progress=progress, told=_say, **options))
        progress(None)
    return Answer(ProofView(found[0]) if len(found) == 1 else ProofTable(found), _code(found))


def _tell(run: RunDetail, position: int, number: int) -> None:
    _say(f"{position + 1} of {number}: {run.name}")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _progress(cells: int) -> Any:
    """Return what shows how far a replay has come, on a terminal; None ends it."""
    from tqdm.auto import tqdm

    bar = tqdm(total=cells, unit="cell", leave=False, disable=not sys.stderr.isatty(), file=sys.stderr)

    def told(position: int | None) -> None:
        if position is None:
            bar.close()
        else:
            bar.update(position - bar.n)

    return told


def _code(found: list[Replay]) -> int:
    return 0 if all(replay.verdict in ("identical", "equivalent") for replay in found) else ANSWERED_NO
