"""Copies of files that the notebook read and is about to overwrite or delete: a replay needs what was read.

The copies live in a temporary folder as long as the notebook does; those that a tracked run needs are kept with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.capture.cells import ExecutedCell
    from nbmlops.capture.slicing.files import FileUse, FileWatch

MAX_BYTES = 256_000_000
"""A larger file is not copied: the user's own write should not wait for ours."""
MAX_TOTAL = 2_000_000_000


class SafeFiles:
    """Keeps what is read from being lost.

    Parameters
    ----------
    cells : sequence of ExecutedCell
        The executions so far.
    watch : FileWatch
        Tells of the losses, and what the running cell has read.
    """

    def __init__(self, cells: Sequence[ExecutedCell], watch: FileWatch) -> None:
        self._cells = cells
        self._watch = watch
        self._folder = ""
        self._copies: dict[tuple[str, tuple[int, int]], str] = {}
        self._total = 0
        self._pid = os.getpid()

    def copy_of(self, path: str, stamp: tuple[int, int] | None) -> str | None:
        """Return the copy of a file as it was at a time and size, or None."""
        return self._copies.get((path, stamp)) if stamp is not None else None

    def before_loss(self, path: str) -> None:
        """Copy a file that was read, right before its content is changed."""
        stamp = self._read_stamp(path)
        if stamp is None or (path, stamp) in self._copies or os.getpid() != self._pid:
            return
        if stamp[1] > MAX_BYTES or self._total + stamp[1] > MAX_TOTAL:
            return
        with contextlib.suppress(OSError):
            status = os.stat(path)  # noqa: PTH116
            if (status.st_mtime_ns, status.st_size) != stamp:
                return  # it has changed since it was read: what was read is gone already
            if not self._folder:
                self._folder = tempfile.mkdtemp(prefix="nbmlops-read-")
                weakref.finalize(self, _remove, self._folder, self._pid)  # also when the interpreter ends
            copy = str(Path(self._folder) / str(len(self._copies)))
            shutil.copyfile(path, copy)
            self._copies[path, stamp] = copy
            self._total += stamp[1]

    def _read_stamp(self, path: str) -> tuple[int, int] | None:
        """Return time and size of a file when it was last read by the notebook, or None where it was not."""
        uses: list[FileUse] = [self._watch.use, *(cell.files for cell in reversed(self._cells) if cell.files)]
        for use in uses:
            if path in use.reads:
                return use.stamps.get(path)
        return None


def _remove(folder: str, pid: int) -> None:
    """Remove the copies, but not those of a parent process."""
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)
