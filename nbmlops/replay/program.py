"""What a replay runs: cells with the states before them, the files they read, the variables around them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nbmlops.capture.secrets import unmask
from nbmlops.config import REPLAYED_VARIABLE
from nbmlops.replay.process import run_slice
from nbmlops.replay.scratch import Scratch, module_folders
from nbmlops.store.proofs import Proofs

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from nbmlops.artifacts import LocalStore
    from nbmlops.records import Input, RunDetail
    from nbmlops.replay.scratch import Restored
    from nbmlops.store.database import Database

START_SECONDS = 3.0
"""What a fresh process with its imports costs, for the estimate."""
LEAST_TIMEOUT = 120.0
FIXED_HASH_SEED = "0"


@dataclass(frozen=True)
class Options:
    """How to replay.

    ``current_data`` takes files as they are now; ``allow`` raises no wall; ``timeout`` is in seconds.
    ``rebuild_env`` replays with what was installed then. ``stop`` is set when the user interrupts replays that run in
    other threads.
    """

    current_data: bool = False
    allow: bool = False
    timeout: float | None = None
    rebuild_env: bool = False
    stop: threading.Event | None = None


@dataclass(frozen=True)
class ProgramCell:
    """One cell of a program.

    ``states`` are the packed generators that it starts from, ``names`` the versions that names of the workspace
    (``dataset flights``) stand for in it.
    """

    code: str
    execution_count: int | None
    cell_id: str | None
    failed: bool
    states: dict[str, bytes]
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Program:
    """Everything that a replay starts from."""

    cells: tuple[ProgramCell, ...]
    inputs: tuple[Input, ...]
    variables: dict[str, str | None]
    threads: dict[str, str]
    hash_seed: str
    folder: str
    path: tuple[str, ...]
    batch: bool
    seconds: float
    shell: str = ""
    """The class of the shell in which the cells ran."""
    screen: tuple[int, ...] = ()
    """Columns and lines of the screen, as the cells saw it."""


def program_of(database: Database, run: RunDetail) -> Program:
    """Return the program of a run's slice as it was captured."""
    proofs = Proofs(database)
    facts = proofs.facts(run.id)
    states = proofs.generator_states(run.id)
    failed = set(facts.get("failed_cells", ()))
    place, needs = facts.get("place", {}), facts.get("needs", ())
    names = facts.get("names", {})
    seed = str(run.randomness.get("hash_seed", "random"))
    return Program(
        cells=tuple(
            ProgramCell(
                unmask(cell.code, needs),
                cell.execution_count,
                cell.cell_id,
                position in failed,
                states[position],
                names.get(str(position), {}),
            )
            for position, cell in enumerate(run.slice)
        ),
        inputs=run.inputs,
        variables=dict(run.settings.get("variables", {})),
        threads=dict(run.randomness.get("threads", {})),
        hash_seed=seed if seed.isdigit() else FIXED_HASH_SEED,
        folder=place.get("folder", "."),
        path=tuple(place.get("path", ())),
        batch=bool(facts.get("batch", False)),
        seconds=expected_seconds(run),
        shell=place.get("shell", ""),
        screen=tuple(place.get("screen", ())),
    )


def expected_seconds(run: RunDetail) -> float:
    """Return what a replay of a run will about cost, from the recorded durations."""
    return START_SECONDS + sum(cell.duration_s or 0.0 for cell in run.slice)


def replay(
    program: Program,
    database: Database,
    blobs: LocalStore,
    options: Options,
    progress: Callable[[int], None] | None = None,
    python: str = "",
) -> tuple[dict[str, Any], Restored]:
    """Run a program in a fresh process; give what it reports, and what became of its inputs.

    Parameters
    ----------
    program, options
        What to run, and how.
    database, blobs
        The workspace's.
    progress : callable, optional
        Told the position of each cell that begins.
    python : str
        The interpreter of another environment; that of this process by default.

    Raises
    ------
    Stopped
        The time was over, or the process died.
    """
    with Scratch(program.folder) as scratch:
        restored = scratch.restore(database, blobs, program.inputs, current=options.current_data)
        if restored.gone:
            return {"error": {"text": restored.gone[0][1], "cell": None}, "refused": [], "gaps": []}, restored
        request = {
            "scratch": str(scratch.path),
            "cells": [
                _as_json(cell if not options.current_data else replace(cell, names={})) for cell in program.cells
            ],
            "batch": program.batch,
            "shell": program.shell,
            "copies": restored.copies,
            "folders": {program.folder: str(scratch.folder)},
            "module_folders": module_folders(scratch, program.inputs, program.path),
            "allow": options.allow,
        }
        timeout = max(LEAST_TIMEOUT, 10 * program.seconds) if options.timeout is None else options.timeout
        environment = {**_environment(program), REPLAYED_VARIABLE: str(database.path.parent)}
        return run_slice(request, scratch, environment, timeout, progress, python, options.stop), restored


def _as_json(cell: ProgramCell) -> dict[str, Any]:
    states = {name: base64.b64encode(state).decode("ascii") for name, state in cell.states.items()}
    return {
        "code": cell.code,
        "execution_count": cell.execution_count,
        "cell_id": cell.cell_id,
        "failed": cell.failed,
        "states": states,
        "names": cell.names,
    }


def _environment(program: Program) -> dict[str, str | None]:
    changes: dict[str, str | None] = {"PYTHONHASHSEED": program.hash_seed, **program.threads}
    # a secret is only known by its digest: it is taken as it is now
    changes |= {name: value for name, value in program.variables.items() if not str(value).startswith("b3:")}
    if len(program.screen) == 2:
        changes |= {"COLUMNS": str(program.screen[0]), "LINES": str(program.screen[1])}
    return changes
