"""Where a monitor's two sides come from: the reference's profile or rows, and the newest of the current data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.tabular import is_table, read_table
from nbmlops.errors import InvalidInput, NotFound
from nbmlops.measures.drift.profile import Profile

if TYPE_CHECKING:
    from nbmlops.datasets import Datasets
    from nbmlops.monitoring.records import Monitor
    from nbmlops.registry import Models


@dataclass(frozen=True)
class Reference:
    """A profile or a frame, and the words for it: ``delay@3``, the version that an alias stands for now."""

    words: str
    profile: Profile | None = None
    frame: Any = None


class Sides:
    """Reads both sides of monitors.

    Parameters
    ----------
    models, datasets
        Those of the workspace.
    folder : Path
        Where paths of files begin: the folder that holds the workspace.
    """

    def __init__(self, models: Models, datasets: Datasets, folder: Path) -> None:
        self.models = models
        self.datasets = datasets
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
            return Reference(version.spec, profile=Profile.from_json(record))
        if name in {one.partition("@")[0] for one in self.datasets.names()}:
            version_of_data, _ = self.datasets.show(spec)
            return Reference(version_of_data.spec, frame=self.datasets.load(spec))
        raise NotFound(
            f"{spec!r} is no model, data set or file.", "nbmlops models list   nbmlops datasets list   or a path"
        )

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


def trailing_rows(frame: Any, time: str, microseconds: int) -> Any:
    """Return the rows of the last span before the newest.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame({"t": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-06"]), "x": [1, 2, 3]})
    >>> trailing_rows(days, "t", 2 * 86_400_000_000)["x"].to_list()
    [2, 3]
    """
    import numpy as np

    from nbmlops.measures.drift.frames import Columns

    columns = Columns(frame)
    if time not in columns.names:
        raise InvalidInput(f"there is no column {time!r}.", f"The data have: {', '.join(columns.names[:10])}")
    seconds = columns.seconds(time)
    known = seconds[np.isfinite(seconds)]
    if not len(known):
        return frame
    chosen = np.flatnonzero(seconds > known.max() - microseconds / 1e6)
    if hasattr(frame, "iloc"):
        return frame.iloc[chosen]
    return frame.take(chosen) if hasattr(frame, "take") else frame[chosen]
