"""What is not committed, asked of git in the background: once for all runs that wait for the answer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from nbmlops.capture.git import uncommitted
from nbmlops.capture.secrets import mask

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.store.runs import RunWriter
    from nbmlops.tracking.background import Background


class GitNotes:
    """Adds git's diff to runs after they have closed.

    Runs that close within the same quarter of a second share one answer, so that a quick series of cells does not start
    git over and over.
    """

    def __init__(self, background: Background, writer: RunWriter) -> None:
        self._background = background
        self._writer = writer
        self._lock = threading.Lock()
        self._waiting: dict[Path, list[str]] = {}

    def order(self, run: str, folder: Path) -> None:
        """Ask for the state of the repository that holds a folder, for a run."""
        with self._lock:
            runs = self._waiting.setdefault(folder, [])
            runs.append(run)
            if len(runs) > 1:
                return
        self._background.submit(lambda: self._answer(folder))

    def _answer(self, folder: Path) -> None:
        with self._lock:
            runs = self._waiting.pop(folder, [])
        found = uncommitted(folder)
        if "diff" in found:
            found["diff"] = mask(found["diff"])[0]
        for run in runs if found else ():
            self._writer.add_facts(run, {"git": found})
