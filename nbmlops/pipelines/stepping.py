"""One step, run once: in a kernel of its own, by papermill with our engine, with an eye on its time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from nbmlops.errors import NbmlopsError
from nbmlops.pipelines.step_notebooks import TEST_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.pipelines.engine.step import StepOfPipeline
    from nbmlops.pipelines.engines._protocol import StepWork
    from nbmlops.pipelines.kernels import Kernel, KernelPool
    from nbmlops.pipelines.step_notebooks import StepNotebook

PATIENCE = 5.0
"""Seconds between the request to stop and the end of the process."""

Ending = Literal["ran", "failed", "interrupted"]


@dataclass
class Attempt:
    """How one try of a step ended.

    ``seconds`` are the notebook's own, ``warming_s`` those of waiting for its kernel. ``tests`` says what became of
    its test cells.
    """

    ending: Ending
    run: str | None = None
    reason: str = ""
    seconds: float = 0.0
    warming_s: float = 0.0
    note: str = ""
    tests: tuple[dict[str, Any], ...] = ()


@dataclass
class StepProcess:
    """A step while it runs: it can be stopped from another thread.

    Examples
    --------
    >>> StepProcess().stop("it was cancelled")  # nothing runs yet: it will not begin
    """

    stopped: str = ""
    is_out_of_time: bool = False
    _kernel: Kernel | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run_out(self, timeout: float) -> None:
        """Stop the step because its time is over: that is a failure, not an interruption."""
        self.stop(f"it ran longer than {timeout:g} s", is_out_of_time=True)

    def stop(self, reason: str, *, is_out_of_time: bool = False) -> None:
        """Ask the running cell to stop, as Ctrl-C does; what has not stopped soon after is ended."""
        with self._lock:
            if self.stopped:
                return
            self.stopped, self.is_out_of_time = reason, is_out_of_time
            kernel = self._kernel
        if kernel is not None:
            kernel.interrupt()
            threading.Thread(target=self._end, args=(kernel,), name="nbmlops-stop", daemon=True).start()

    def _end(self, kernel: Kernel) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self._kernel is not kernel:
                return
            time.sleep(0.05)
        kernel.kill()

    @contextlib.contextmanager
    def running(self, kernel: Kernel) -> Iterator[None]:
        """Hold the kernel that can be stopped."""
        with self._lock:
            self._kernel = kernel
        try:
            yield
        finally:
            with self._lock:
                self._kernel = None


def run_step(pool: KernelPool, work: StepWork, process: StepProcess) -> Attempt:
    """Run a step's notebook once; what goes wrong in it is an ending, not an error.

    Parameters
    ----------
    pool : KernelPool
        Gives the kernel.
    work : StepWork
        What is run; the notebook stays as it is.
    process : StepProcess
        By which it is stopped.
    """
    step, timeout = work.step, work.timeout
    began = time.perf_counter()
    try:
        kernel = pool.take(work.kind)
    except NbmlopsError as error:
        return Attempt("failed", None, f"{error.message} {error.hint}".strip(), warming_s=time.perf_counter() - began)
    warm = time.perf_counter()
    watch = threading.Timer(timeout, process.run_out, [timeout]) if timeout else None
    problem: BaseException | None = None
    try:
        with process.running(kernel):
            if process.stopped:
                return Attempt("interrupted", None, process.stopped, warming_s=warm - began)
            if watch is not None:
                watch.daemon = True
                watch.start()
            with _own_loop():
                _execute(work.notebook, work.params, step, kernel)
    except Exception as error:  # noqa: BLE001 - the notebook's own failure in papermill's words, or a dead kernel
        problem = error
    finally:
        if watch is not None:
            watch.cancel()
        pool.give_back(kernel)
    seconds = time.perf_counter() - warm
    attempt = Attempt("ran", step.run, seconds=seconds, warming_s=warm - began, tests=tuple(step.outcomes))
    if process.stopped:
        attempt.ending = "failed" if process.is_out_of_time else "interrupted"
        attempt.reason = process.stopped
    elif problem is not None:
        attempt.ending, attempt.reason = "failed", _said(problem)
    return attempt


@contextlib.contextmanager
def _own_loop() -> Iterator[None]:
    """Close the event loop that nbclient opens in this thread, and would leave open."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    try:
        yield
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        asyncio.set_event_loop(None)


def _execute(notebook: StepNotebook, params: dict[str, Any], step: StepOfPipeline, kernel: Kernel) -> None:
    import copy

    import papermill

    content = copy.deepcopy(notebook.content)
    content.cells = [cell for cell in content.cells if TEST_TAG not in cell.metadata.get("tags", ())]
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    papermill.execute_notebook(
        content,
        None,
        parameters=params or None,
        engine_name="nbmlops",
        kernel_name=kernel.kind.name,
        progress_bar=False,
        kernel=kernel,
        step=step,
    )


def _said(problem: BaseException) -> str:
    """Return why a notebook failed, in one line: the exception of its cell, not papermill's frame around it."""
    name, value = getattr(problem, "ename", None), getattr(problem, "evalue", None)
    if name:
        count = getattr(problem, "exec_count", None)
        where = f"cell [{count}]: " if count else ""
        return f"{where}{name}: {str(value).strip().splitlines()[0] if str(value).strip() else ''}"[:500].rstrip(": ")
    if type(problem).__name__ == "DeadKernelError":
        return "its kernel died"
    lines = str(problem).strip().splitlines()
    return f"{type(problem).__name__}: {lines[0] if lines else ''}"[:500]
