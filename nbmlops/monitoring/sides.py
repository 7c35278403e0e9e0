"""Where a monitor's two sides come from: the reference's profile or rows, and the newest of the current data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.tabular import is_table, read_table
from nbmlops.errors import InvalidInput, NotFound
from nbmlops.measures.drift.profile import Profile
from nbmlops.monitoring.assuming import assumed_of

if TYPE_CHECKING:
    from nbmlops.datasets import Datasets
    from nbmlops.monitoring.assuming import Assumed
    from nbmlops.monitoring.records import Monitor
    from nbmlops.registry import Models
    from nbmlops.tracking.runs import Runs


@dataclass(frozen=True)
class Reference:
    """A profile or a frame, and the words for it: ``delay@3``, the version that an alias stands for now.

    ``assumed`` is what the run of a model asserted.
    """

    words: str
    profile: Profile | None = None
    frame: Any = None
    assumed: Assumed | None = None


class Sides:
    """Reads both sides of monitors.

    Parameters
    ----------
    models, datasets, runs
        Those of the workspace.
    folder : Path
        Where paths of files begin: the folder that holds the workspace.
    """

    def __init__(self, models: Models, datasets: Datasets, runs: Runs, folder: Path) -> None:
        self.models = models
        self.datasets = datasets
        self.runs = runs
        self.folder = folder

    def reference(self, spec: str) -> Reference:
        """Return what a monitor compares with.

        Raises
        ------
        NotFound
            There is no such model, data set or file.
        InvalidInput
            It is a model of which no profile was captured.
        """
        if self._is_file(spec):
            return Reference(spec, frame=read_table(self.folder / spec))
        name = spec.partition("@")[0]
        if name in {one.partition("@")[0] for one in self.models.names()}:
            version = self.models.get(spec)
            record = self.models.profile(spec)
            if record is None:
                raise InvalidInput(
                    f"of {version.spec} no profile of its training data is kept.",
                    "Train and register it again, or name the data: monitors create DATASET@VERSION",
                )
            assumed = assumed_of(version, self.runs.show(version.run)) if version.run else None
            return Reference(version.spec, profile=Profile.from_json(record), assumed=assumed)
        if name in {one.partition("@")[0] for one in self.datasets.names()}:
            version_of_data, _ = self.datasets.show(spec)
            return Reference(version_of_data.spec, frame=self.datasets.load(spec))
        raise NotFound(
            f"{spec!r} is no model, data set or file.", "nbmlops models list   nbmlops datasets list   or a path"
        )

    def tested(self, monitor: Monitor, reference: Reference) -> Any:
        """Return the rows by which it is told how well a model should do, None where there are none.

        Raises
        ------
        NotFound
            There are no such data.
        InvalidInput
            What is named is a model, and no rows.
        """
        if monitor.tested_on is None:
            return reference.frame
        found = self.reference(monitor.tested_on).frame
        if found is None:
            raise InvalidInput(f"{monitor.tested_on} is a model, and no rows.", "--tested-on DATASET   or a file")
        return found

    def current(self, monitor: Monitor) -> tuple[str, Any]:
        """Return the words and the frame of the newest data that a monitor watches.

        Raises
        ------
        NotFound
            No file fits its pattern.
        """
        source = monitor.source
        if self._is_file(source):
            return self.newest_file(source)
        version, _ = self.datasets.show(source)
        return version.spec, self.datasets.load(source)

    def newest_file(self, pattern: str) -> tuple[str, Any]:
        """Return the path and the frame of the file that was written last, of those that fit a pattern."""
        absolute = Path(pattern).is_absolute()
        base = Path(Path(pattern).anchor) if absolute else self.folder
        rest = str(Path(pattern).relative_to(base)) if absolute else pattern
        files = [file for file in base.glob(rest) if file.is_file()]
        if not files:
            raise NotFound(f"no file fits {pattern!r}.", f"It is looked for in {base}.")
        newest = max(files, key=lambda file: (file.stat().st_mtime_ns, file.name))
        shown = newest if absolute else newest.relative_to(self.folder)
        return str(shown), read_table(newest)

    @staticmethod
    def _is_file(spec: str) -> bool:
        return "@" not in spec and is_table(Path(spec))
