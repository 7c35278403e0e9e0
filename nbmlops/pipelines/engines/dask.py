"""Steps on the workers of a Dask cluster.

What goes through the scheduler is small: the notebook, its parameters and paths. Data, results and the registry are
reached by their paths, so the pipeline's folder and the workspace have to be on a file system that the workers share.
Whether a step has to run, its gates and its outputs stay the business of the process that runs the pipeline.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.config import HOME_VARIABLE
from nbmlops.errors import Conflict, WorkspaceUnusable
from nbmlops.pipelines.engine.step import StepOfPipeline
from nbmlops.pipelines.engines._protocol import StepWork
from nbmlops.pipelines.guardian import Guardian
from nbmlops.pipelines.kernels import KernelPool
from nbmlops.pipelines.stepping import Attempt, StepProcess, run_step
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from nbmlops.pipelines.cell_tests import CellTest
    from nbmlops.pipelines.checkpoints import Checkpoint
    from nbmlops.pipelines.kernels import KernelKind
    from nbmlops.pipelines.step_notebooks import StepNotebook

DEATHS = 3
"""How many workers may die with a step before it counts as failed: it may be the step that kills them."""
CONNECT_TIMEOUT = 20
LOOK_SECONDS = 0.3
SIGNALS = "signals"
"""The folder of the workspace in which a file tells a worker to stop."""


@dataclass(frozen=True)
class Parcel:
    """A step's try on its way to a worker: what pickle can carry."""

    kind: KernelKind
    notebook: StepNotebook
    params: dict[str, Any]
    timeout: float | None
    workspace: str
    name: str
    experiment: str
    parent: str
    checkpoint: Checkpoint | None
    signal: str
    tests: tuple[CellTest, ...] = ()
    models: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Returned:
    """What comes back from a worker."""

    attempt: Attempt
    checkpoint: Checkpoint | None


class DaskEngine:
    """Runs each step on a worker of a cluster, in a kernel of its own there.

    Parameters
    ----------
    address : str
        A scheduler (``tcp://host:8786``), or empty for a cluster of this machine that grows and shrinks with the work.
    workers : int
        How many steps run at a time; the most workers of a cluster of this machine.
    """

    def __init__(self, address: str, workers: int) -> None:
        self.address = address
        self.workers = workers
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> DaskEngine:
        distributed = require("distributed", "dask", "--on dask")
        if self.address.startswith(("tcp:", "tls:", "ws:", "wss:", "ucx:")):
            try:
                client = distributed.Client(self.address, timeout=CONNECT_TIMEOUT)
            except (OSError, TimeoutError) as error:
                raise WorkspaceUnusable(
                    f"no Dask scheduler answers at {self.address}.", "Start one: dask scheduler   or use --on dask"
                ) from error
        else:
            most = int(self.address) if self.address.isdigit() else self.workers
            # for its workers Dask sets variables of this very process (the hash seed, one thread for numeric libraries)
            self._stack.callback(_put_back, dict(os.environ))
            # a notebook counts with as many threads there as it would here
            limits: dict[str, Any] = {"distributed.nanny.pre-spawn-environ": {}}
            self._stack.enter_context(require("dask.config", "dask", "--on dask").set(limits))
            # one step a worker: a notebook has the memory and the threads of its process to itself
            cluster = distributed.LocalCluster(
                n_workers=0, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs="CRITICAL"
            )
            self._stack.callback(cluster.close)
            cluster.adapt(minimum=0, maximum=most)
            client = distributed.Client(cluster, timeout=CONNECT_TIMEOUT)
        self._stack.callback(client.close)
        self._client = client
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def prepare(self, kinds: Iterable[KernelKind]) -> None:
        """Do nothing: where a step will run is known when it does."""

    def run(self, work: StepWork, process: StepProcess) -> Attempt:
        """Run a step once; a worker that dies is not the step's failure, and another one takes over."""
        import distributed

        workspace = work.step.recorder.database.path.parent
        signal = workspace / SIGNALS / secrets.token_hex(16)
        signal.parent.mkdir(exist_ok=True)
        parcel = _packed(work, workspace, signal)
        future = self._client.submit(
            run_remotely, parcel, pure=False, retries=0, key=f"nbmlops-{work.step.name}-{secrets.token_hex(8)}"
        )
        try:
            while not future.done():
                if process.stopped and not signal.exists():
                    signal.write_text(process.stopped, encoding="utf-8")
                time.sleep(0.05)
            returned: Returned = future.result()
        except distributed.KilledWorker:
            return Attempt("failed", None, f"{DEATHS + 1} workers died with it")
        except (distributed.CancelledError, distributed.comm.CommClosedError, OSError) as error:
            if process.stopped:
                return Attempt("interrupted", None, process.stopped)
            return Attempt("failed", None, f"the cluster went away: {type(error).__name__}")
        finally:
            signal.unlink(missing_ok=True)
            future.release()
        work.step.run = returned.attempt.run
        point = work.step.checkpoint
        if point is not None and returned.checkpoint is not None:
            point.resumed_from, point.resumed_run = returned.checkpoint.resumed_from, returned.checkpoint.resumed_run
        return returned.attempt


def _put_back(around: dict[str, str]) -> None:
    for name in os.environ.keys() - around.keys():
        del os.environ[name]
    os.environ.update(around)


def _packed(work: StepWork, workspace: Path, signal: Path) -> Parcel:
    step = work.step  # it holds the open registry, which stays here
    return Parcel(
        work.kind,
        work.notebook,
        work.params,
        work.timeout,
        str(workspace),
        step.name,
        step.experiment,
        step.parent,
        step.checkpoint,
        str(signal),
        step.tests,
        step.models,
    )


def run_remotely(parcel: Parcel) -> Returned:
    """Run a step on a worker; called there by Dask.

    Raises
    ------
    Conflict
        The worker does not see the workspace or the pipeline's folder.
    """
    from nbmlops.tracking.recorder import Recorder

    for folder in (parcel.workspace, parcel.kind.folder, str(Path(parcel.signal).parent)):
        if not Path(folder).is_dir():
            raise Conflict(
                f"the worker on {os.uname().nodename} does not see {folder}.",
                "Workers need the pipeline's folder and the workspace on a file system that they share.",
            )
    os.environ[HOME_VARIABLE] = str(Path(parcel.workspace).parent)
    recorder = Recorder.at(Path(parcel.workspace))
    process = StepProcess()
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(Path(parcel.signal), process, over), daemon=True)
    step = StepOfPipeline(
        recorder,
        parcel.notebook.path,
        parcel.name,
        parcel.experiment,
        parcel.parent,
        lambda *_: None,
        checkpoint=parcel.checkpoint,
        tests=parcel.tests,
        models=parcel.models,
    )
    try:
        watch.start()
        with Guardian() as guardian, contextlib.closing(KernelPool(1, guardian)) as pool:
            work = StepWork(parcel.kind, parcel.notebook, parcel.params, step, parcel.timeout)
            attempt = run_step(pool, work, process)
        return Returned(attempt, step.checkpoint)
    finally:
        over.set()
        recorder.close()


def _watch(signal: Path, process: StepProcess, over: threading.Event) -> None:
    """Stop the step when the file appears that asks for it."""
    while not over.wait(LOOK_SECONDS):
        with contextlib.suppress(OSError):
            if signal.exists():
                process.stop(signal.read_text(encoding="utf-8") or "it was cancelled")
                return
