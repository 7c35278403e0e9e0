"""What every way of recording shares: the registry's writer and reader, the blobs, the settings, background work."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

from nbmlops.artifacts import LocalStore
from nbmlops.config import MODELS_VARIABLE, load_settings
from nbmlops.environments.locks import keep_lock
from nbmlops.errors import InvalidInput
from nbmlops.store.database import Database
from nbmlops.store.run_reader import RunReader
from nbmlops.store.runs import NewRun, RunWriter
from nbmlops.tracking.active import ActiveRun
from nbmlops.tracking.background import Background
from nbmlops.tracking.checks import check_name
from nbmlops.tracking.git_notes import GitNotes

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.artifacts import ArtifactStore
    from nbmlops.config import Settings

BLOBS = "blobs"
DEFAULT_EXPERIMENT = "default"
DEFAULT_RUN = "run"
PARENT_VARIABLE = "NBMLOPS_PARENT_RUN"
NOTEBOOK_VARIABLE = "NBMLOPS_NOTEBOOK"
STEP_VARIABLE = "NBMLOPS_STEP"
EXPERIMENT_VARIABLE = "NBMLOPS_EXPERIMENT"
OF_THE_NOTEBOOK = (PARENT_VARIABLE, NOTEBOOK_VARIABLE, EXPERIMENT_VARIABLE, MODELS_VARIABLE, "JPY_SESSION_NAME")
"""What the environment says of the notebook at work, and is not to say to another one that it starts."""


class Recorder:
    """Opens runs in one workspace.

    Parameters
    ----------
    database : Database
        The registry.
    blobs : ArtifactStore
        Where files are kept.
    settings : Settings
        The workspace's settings.
    """

    def __init__(self, database: Database, blobs: ArtifactStore, settings: Settings) -> None:
        self.database = database
        self.writer = RunWriter(database)
        self.reader = RunReader(database)
        self.blobs = blobs
        self.settings = settings
        self.background = Background()
        self._locked: set[str] = set()
        self.git_notes = GitNotes(self.background, self.writer)

    @classmethod
    def at(cls, workspace: Path) -> Recorder:
        """Open the recorder of a workspace folder."""
        return cls(Database(workspace), LocalStore(workspace / BLOBS), load_settings(workspace))

    def close(self) -> None:
        """Wait for what is still to be written, and close the registry."""
        self.background.close()
        self.database.close()

    def open_run(
        self,
        name: str | None = None,
        *,
        experiment: str | None = None,
        parent: str | None = None,
        source: str = "cell",
        notebook: str | None = None,
        cell_id: str | None = None,
        note: str = "",
        started_at: str = "",
    ) -> ActiveRun:
        """Open a run; without a name it is called ``run``, without an experiment it joins that of its notebook."""
        base = check_name(name, "run") if name is not None else DEFAULT_RUN
        if base.startswith("@"):
            raise InvalidInput(f"{base!r} begins with @, which stands for words like @last.", "Choose another name.")
        self.database.check_place()
        stem, dot, number = base.rpartition("·")
        if dot and number.isdigit() and stem:
            base = stem  # rf·2 is how the second rf is shown: a run asked for by that name is one more rf
        chosen = experiment or os.environ.get(EXPERIMENT_VARIABLE) or DEFAULT_EXPERIMENT
        new = NewRun(
            base=base,
            experiment=check_name(chosen, "experiment"),
            parent=parent or os.environ.get(PARENT_VARIABLE) or None,
            source=source,
            notebook=notebook or os.environ.get(NOTEBOOK_VARIABLE) or None,
            cell_id=cell_id,
            user=user_name(),
            note=note,
            started_at=started_at,
        )
        run, shown = self.writer.create(new)
        return ActiveRun(self, run, shown, new.experiment)

    def lock_environment(self, key: str) -> None:
        """Write down in the background what is installed here, once for each environment."""
        if key not in self._locked:
            self._locked.add(key)
            self.background.submit(lambda: keep_lock(self.database, key))

    def budget_left(self) -> int:
        """Return how many bytes may still be kept without being asked for."""
        return self.settings.keep_bytes - sum(size for _, size in self.blobs.digests())


def user_name() -> str | None:
    """Return who is at work, or None where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None
