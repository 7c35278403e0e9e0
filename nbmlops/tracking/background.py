"""Work that waits until after the card: git's diff, the bytes of fitted models."""

from __future__ import annotations

import atexit
import os
import queue
import threading
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 20.0
"""Seconds that a process waits at its end for what is still to be written."""

HEAD_START = 0.25
"""Seconds that a job leaves to the cell that ordered it, for its card."""

_living: weakref.WeakSet[Background] = weakref.WeakSet()


def _forget_in_child() -> None:
    for background in list(_living):
        background.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)


class Background:
    """One thread that does jobs in order; started by the first, waited for when the process ends.

    Examples
    --------
    >>> done = []
    >>> background = Background()
    >>> background.submit(lambda: done.append("kept"))
    >>> background.wait(), done
    (True, ['kept'])
    """

    def __init__(self) -> None:
        self._jobs: queue.Queue[tuple[float, Callable[[], object]] | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        self.errors: list[str] = []
        _living.add(self)

    def submit(self, job: Callable[[], object]) -> None:
        """Add a job; an error in it is noted in ``errors`` and disturbs nothing else."""
        self._jobs.put((time.monotonic(), job))
        if self._thread is None or not self._thread.is_alive():
            if self._thread is None:
                atexit.register(self.wait)
            self._thread = threading.Thread(target=self._work, name="nbmlops-background", daemon=True)
            self._thread.start()

    def wait(self, seconds: float = PATIENCE) -> bool:
        """Wait until all jobs are done; tell whether they are."""
        self._hurry.set()
        end = time.monotonic() + seconds
        while self._jobs.unfinished_tasks and self._thread is not None and self._thread.is_alive():
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        self._hurry.clear()
        return True

    def forget(self) -> None:
        """Drop the thread of a parent process; for a forked child."""
        self._jobs = queue.Queue()
        self._hurry = threading.Event()
        self._thread = None

    def close(self) -> None:
        """Wait for the jobs, then end the thread."""
        self.wait()
        atexit.unregister(self.wait)
        if self._thread is not None:
            self._hurry.set()
            self._jobs.put(None)
            self._thread = None

    def _work(self) -> None:
        while True:
            job: Callable[[], object] | None = None
            ordered = self._jobs.get()
            try:
                if ordered is None:
                    return
                since, job = ordered
                # the card comes first: two threads of Python hinder each other
                self._hurry.wait(max(0.0, since + HEAD_START - time.monotonic()))
                job()
            except Exception as error:  # noqa: BLE001 - background work must never disturb the user's
                self.errors.append(f"{type(error).__name__}: {error}")
            finally:
                ordered = job = None  # what a job holds, such as a model, is not kept until the next one
                self._jobs.task_done()
