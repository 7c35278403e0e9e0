"""The run that is written to where no cell is tracked: that of a notebook which is recorded as a whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nbmlops.tracking.active import ActiveRun, open_run
from nbmlops.tracking.recorder import PARENT_VARIABLE

if TYPE_CHECKING:
    from nbmlops.tracking.recorder import Recorder


def run_here(recorder: Recorder) -> ActiveRun | None:
    """Return the run that is open here; in a step of a pipeline, or under papermill, the notebook's own; else None.

    Parameters
    ----------
    recorder : Recorder
        The registry that the notebook is recorded in.
    """
    opened = open_run.get()
    whole = os.environ.get(PARENT_VARIABLE)
    if opened is not None or not whole:
        return opened
    known = recorder.reader.by_ids([whole])
    return ActiveRun(recorder, whole, known[0].name, known[0].experiment, attached=True) if known else None
