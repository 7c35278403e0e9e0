"""What a run wrote: noted with the run, fingerprinted in the background after the card."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.datasets.files import file_fingerprint
from nbmlops.errors import NbmlopsError
from nbmlops.records import Output
from nbmlops.store.outputs import Outputs
from nbmlops.tracking.inputs import kind_of, said_path, stamp_of
from nbmlops.tracking.recorder import STEP_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.capture.cells import ExecutedCell
    from nbmlops.config import Capture
    from nbmlops.tracking.recorder import Recorder


def outputs_of(cells: Iterable[ExecutedCell]) -> list[Output]:
    """Return the files that cells wrote and that are still there; temporary files and caches are none.

    In a step of a pipeline others may write into the same folder: there the pipeline tells whose the rest is.
    """
    used = [cell.files for cell in cells if cell.files is not None]
    in_step = bool(os.environ.get(STEP_VARIABLE))
    written = set[str]().union(*(use.writes - (use.noticed if in_step else set()) for use in used))
    return [
        Output(path, said_path(path), bytes=stamp[1])
        for path in sorted(written)
        if kind_of(path) == "file" and not is_temporary(path) and os.path.isfile(path)  # noqa: PTH113 - before the card
        if (stamp := stamp_of(path)) is not None
    ]


def is_temporary(path: str) -> bool:
    """Tell whether a file lies in the system's temporary folder, and not because the work itself does."""
    folder = os.path.realpath(tempfile.gettempdir()) + os.sep
    here = os.path.realpath(Path.cwd())
    if here.startswith(folder):
        return not os.path.realpath(path).startswith(here + os.sep) and os.path.realpath(path).startswith(folder)
    return os.path.realpath(path).startswith(folder)


def note_contents(recorder: Recorder, run: str, outputs: Iterable[Output], capture: Capture) -> None:
    """Fingerprint what a run wrote, in the background; what changes meanwhile has the fingerprint of no moment."""
    waiting = [(one, stamp_of(one.path)) for one in outputs]
    if not waiting or capture.data == "off":
        return

    def look() -> None:
        store = Outputs(recorder.database)
        for one, stamp in waiting:
            try:
                fingerprint, size = file_fingerprint(Path(one.path))
            except (OSError, NbmlopsError):
                continue  # it is gone already: its name and size stay
            if stamp_of(one.path) == stamp:
                store.note_content(run, one.path, fingerprint, size)

    recorder.background.submit(look)
