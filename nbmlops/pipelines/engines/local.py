"""Steps in processes of this machine."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from nbmlops.pipelines.guardian import Guardian
from nbmlops.pipelines.kernels import KernelPool
from nbmlops.pipelines.stepping import Attempt, StepProcess, run_step

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from nbmlops.pipelines.engines._protocol import StepWork
    from nbmlops.pipelines.kernels import KernelKind


class LocalEngine:
    """Runs each step in a kernel of its own, from a pool that is filled while other steps run.

    Parameters
    ----------
    address : str
        Nothing stands behind the name of this machine.
    workers : int
        How many steps run at a time.
    pool : KernelPool, optional
        Kernels that are ready, and stay with who gave them; the engine has its own otherwise.
    """

    def __init__(self, address: str = "", workers: int = 2, *, pool: KernelPool | None = None) -> None:
        self.address = address
        self._workers = workers
        self._given = pool
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> LocalEngine:
        if self._given is not None:
            self._pool = self._given
        else:
            guardian = self._stack.enter_context(Guardian())
            self._pool = self._stack.enter_context(contextlib.closing(KernelPool(2 * self._workers, guardian)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def prepare(self, kinds: Iterable[KernelKind]) -> None:
        """Begin to start the kernels that are wanted next."""
        self._pool.prepare(kinds)

    def run(self, work: StepWork, process: StepProcess) -> Attempt:
        """Run a step once."""
        return run_step(self._pool, work, process)
