"""The environments that runs of a workspace had, as ``workspace.environments``."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbmlops.capture.lock import environment_lock
from nbmlops.environments.checking import compare
from nbmlops.environments.locks import complete_lock, find_lock, parse_lock
from nbmlops.environments.rebuilding import build, folder_name, is_built, look_into
from nbmlops.environments.records import Environment
from nbmlops.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbmlops.environments.records import EnvironmentCheck
    from nbmlops.records import RunDetail
    from nbmlops.store.database import Database

FOLDER = "environments"


class Environments:
    """What was installed where runs ran.

    Parameters
    ----------
    database : Database
        The registry.
    folder : Path
        Where environments that are rebuilt stand, unless another place is named.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self.folder = folder

    def of(self, run: RunDetail) -> Environment:
        """Return the environment of a run.

        Raises
        ------
        NotFound
            None was recorded with it.
        """
        facts = run.environment
        if not facts.get("key"):
            raise NotFound(f"no environment was recorded with {run.name}.", "A tracked cell records one.")
        return Environment(
            run.name,
            facts["key"],
            facts.get("python", ""),
            facts.get("implementation", ""),
            facts.get("platform", ""),
            dict(facts.get("packages", {})),
            find_lock(self._database, facts["key"]),
        )

    def check(self, run: RunDetail) -> EnvironmentCheck:
        """Compare this process's environment with that of a run: interpreter, versions, installed files."""
        then = self.of(run)
        return compare(then, self._lock(then), environment_lock())

    def rebuild(
        self, run: RunDetail, out: Path | None = None, *, told: Callable[[str], object] = lambda _: None
    ) -> EnvironmentCheck:
        """Build the environment of a run again, or find it built; give how it compares with what was recorded.

        Asks the index that pip and uv are set up with. What it answers (addresses, hashes) completes the lock.

        Parameters
        ----------
        run : RunDetail
            Whose environment.
        out : Path, optional
            Where; a folder of the workspace by default, which `gc` removes when no run has that environment any more.
        told : callable, optional
            Told in words what is done next.

        Raises
        ------
        MissingExtra
            uv is not installed.
        NotFound
            No such interpreter is on this machine.
        Conflict
            A package cannot be had any more.
        """
        then = self.of(run)
        folder = out if out is not None else self.folder / folder_name(then.key)
        lock = self._lock(then)
        notes: tuple[str, ...] = ()
        if not is_built(folder, then.key):
            folder.parent.mkdir(parents=True, exist_ok=True)
            built = build(folder, then.key, lock, then.python, told)
            notes = tuple(built.notes)
            complete_lock(self._database, then.key, lock, built.answer)
        told("comparing")
        python, now = look_into(folder)
        return replace(compare(then, lock, now, python), folder=str(folder), notes=notes)

    def remove_unused(self, *, dry_run: bool = False) -> int:
        """Remove rebuilt environments that no run has any more; give how many."""
        if not self.folder.is_dir():
            return 0
        keys = self._database.rows("SELECT DISTINCT environment_key FROM runs WHERE environment_key IS NOT NULL")
        used = {folder_name(key) for (key,) in keys}
        unused = [folder for folder in self.folder.iterdir() if folder.name not in used]
        for folder in () if dry_run else unused:
            shutil.rmtree(folder, ignore_errors=True)
        return len(unused)

    def _lock(self, then: Environment) -> dict[str, Any]:
        return parse_lock(then.lock, then.packages, then.python)
