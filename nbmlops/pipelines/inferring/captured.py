"""What earlier runs of a notebook read and wrote, as the registry knows it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbmlops.pipelines.inferring.uses import Use
from nbmlops.store.notebook_runs import notebooks_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from nbmlops.pipelines.notebooks import NotebookFile
    from nbmlops.records import RunDetail
    from nbmlops.tracking.recorder import Recorder

MOST_RUNS = 50
"""How many runs of a notebook are looked at, newest first."""
_PARTITION = re.compile(r"^(.+?)/(?:\w+=[^/]*/.*|[^/]*(?:[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-)[^/]*)$")
"""A file of a partitioned table, whose name is new each time: the folder before it is what counts."""
_INJECTED = ("# Parameters", "# Injected")


@dataclass
class Lineage:
    """What runs of a notebook used.

    ``uses`` are those of runs whose code the notebook still has, ``stale`` those of the others. ``runs`` counts the
    first.
    """

    uses: list[Use] = field(default_factory=list)
    stale: list[Use] = field(default_factory=list)
    runs: int = 0


class CapturedRuns:
    """The runs of a registry, by notebook.

    Parameters
    ----------
    recorder : Recorder
        The workspace's.
    placed : callable
        Gives a path from the pipeline's folder for an absolute one.
    folders : sequence of Path
        Folders from which a run may have named its notebook.
    """

    def __init__(self, recorder: Recorder, placed: Callable[[str], str], folders: Sequence[Path]) -> None:
        self._recorder = recorder
        self._placed = placed
        self._by_file: dict[str, list[str]] = {}
        for run, named in notebooks_run(recorder.database):
            for file in {os.path.realpath(folder / named) for folder in folders}:
                self._by_file.setdefault(file, []).append(run)

    def of(self, notebook: NotebookFile, file: Path | None = None) -> Lineage:
        """Return what the runs of a notebook used; ``file`` is where it stood when it ran, if not where it is."""
        found = Lineage()
        sources = {cell.source.strip() for cell in notebook.cells}
        for run in self._by_file.get(os.path.realpath(file or notebook.path), ())[:MOST_RUNS]:
            detail = self._recorder.reader.detail(run)
            uses = list(self._uses(detail, notebook))
            if _is_current(detail, sources):
                found.runs += 1
                found.uses += [use for use in uses if use not in found.uses]
            else:
                found.stale += [use for use in uses if use not in found.stale]
        return found

    def _uses(self, run: RunDetail, notebook: NotebookFile) -> Iterable[Use]:
        read = [one.path for one in run.inputs if one.kind == "file"]
        written = [one.path for one in run.outputs]
        for path in read:
            if path not in written:
                yield Use("read", self._named(path, run, notebook))
        for path in written:
            # what was read before it was written was changed in place
            yield Use("update" if path in read else "write", self._named(path, run, notebook))
        for model in run.models:
            yield Use("write", model.partition("@")[0], "model")

    def _named(self, path: str, run: RunDetail, notebook: NotebookFile) -> str:
        """Return a path from the pipeline's folder, with the parameters whose values stand in it."""
        text = whole_of(self._placed(path)).replace("{", "{{").replace("}", "}}")
        for name in notebook.parameters:
            value = run.params.get(name)
            # a shorter text may stand there by chance
            if isinstance(value, str) and len(value) >= 4 and "/" not in value and value in text:
                text = text.replace(value, f"{{{name}}}")
        return text


def whole_of(path: str) -> str:
    """Return the folder of a partitioned table for one of its files, another path as it is.

    Examples
    --------
    >>> whole_of("clean/month=6/3f2a-0.parquet"), whole_of("clean/june.parquet")
    ('clean', 'clean/june.parquet')
    """
    found = _PARTITION.match(path)
    return found[1] if found else path


def _is_current(run: RunDetail, sources: set[str]) -> bool:
    """Tell whether a run's code still stands in the notebook, but for the parameters that were given to it."""
    cells = [cell.code.strip() for cell in run.slice if not cell.code.startswith(_INJECTED)]
    return bool(cells) and all(code in sources for code in cells)
