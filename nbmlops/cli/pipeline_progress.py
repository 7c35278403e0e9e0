"""How far a pipeline run has come: lines on a terminal, a live picture in a notebook."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from nbmlops.display.format import duration
from nbmlops.display.pipeline_views import PipelineView, step_mark
from nbmlops.display.terminal import paint, plain, shorten, terminal_width
from nbmlops.pipelines.records import PipelineRun, StepRun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.cli.app import Session
    from nbmlops.pipelines.graph import Graph

LEAST_SECONDS = 0.25
"""Between two pictures in a notebook."""
_OVER = ("ran", "cached", "failed", "skipped", "interrupted")


class Progress:
    """What looks on while a pipeline runs; the base tells nobody."""

    def __init__(self) -> None:
        self.states: dict[str, StepRun] = {}
        self.cells: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def began(self, graph: Graph) -> None:
        """Take the steps, before the first one begins."""
        self.states = {
            step.name: StepRun(step.name, graph.needs[step.name], None, notebook=step.notebook) for step in graph.steps
        }

    def told(self, step: StepRun, cell: int, cells: int) -> None:
        """Take the state of a step."""
        with self._lock:
            before = self.states.get(step.step)
            self.states[step.step] = step
            if cells:
                self.cells[step.step] = (cell, cells)
            self._changed(step, is_over=step.status in _OVER and (before is None or before.status != step.status))

    def close(self) -> None:
        """End the show."""

    def _changed(self, step: StepRun, *, is_over: bool) -> None:
        pass


class Lines(Progress):
    """A line for each step that is done, and on a terminal one that changes, with what runs."""

    def __init__(self) -> None:
        super().__init__()
        self._is_terminal = sys.stderr.isatty()

    def close(self) -> None:
        """Take the changing line away."""
        self._put("")

    def _changed(self, step: StepRun, *, is_over: bool) -> None:
        if is_over:
            sign, word, style = step_mark(step)
            took = duration(step.seconds) if step.status == "ran" else ""
            words = "  ".join(part for part in (word, took, step.reason if step.status != "ran" else "") if part)
            line = f"{paint(sign, style, self._is_terminal)} {plain(step.step)}  {plain(words)}"
            self._put(line, stays=True)
        running = [name for name, state in self.states.items() if state.status == "running"]
        shown = [
            f"{name} {self.cells[name][0]}/{self.cells[name][1]}" if name in self.cells else name for name in running
        ]
        done = sum(state.status in _OVER for state in self.states.values())
        self._put(f"{done}/{len(self.states)}  {', '.join(shown)}" if running else "")

    def _put(self, line: str, *, stays: bool = False) -> None:
        if self._is_terminal:
            cut = line if stays else shorten(line, terminal_width() - 1)
            print(f"\r\x1b[K{cut}", end="\n" if stays else "", file=sys.stderr, flush=True)
        elif stays:
            print(line, file=sys.stderr, flush=True)


class Picture(Progress):
    """The view of the run below the notebook's cell, changed while it goes on.

    Parameters
    ----------
    name : str
        What runs.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._handle: Any = None
        self._drawn = 0.0
        self._began = time.monotonic()

    def began(self, graph: Graph) -> None:
        """Draw the waiting steps."""
        super().began(graph)
        self._draw()

    def close(self) -> None:
        """Take the picture away: the result of the command takes its place."""
        if self._handle is not None:
            self._handle.update({"text/plain": "", "text/html": ""}, raw=True)

    def _changed(self, step: StepRun, *, is_over: bool) -> None:
        if time.monotonic() - self._drawn >= LEAST_SECONDS or is_over:
            self._draw()

    def _draw(self) -> None:
        from IPython.display import DisplayHandle

        seconds = time.monotonic() - self._began
        run = PipelineRun(self._name, "running", tuple(self.states.values()), duration_s=seconds)
        view = PipelineView(run, self.cells)
        self._drawn = time.monotonic()
        if self._handle is None:
            self._handle = DisplayHandle()
            self._handle.display(view)
        else:
            self._handle.update(view)


@contextlib.contextmanager
def showing(session: Session, name: str) -> Iterator[Progress]:
    """Show how far a run of this name has come, where somebody looks."""
    progress: Progress = Progress() if session.as_json else Picture(name) if session.in_notebook else Lines()
    try:
        yield progress
    finally:
        progress.close()
