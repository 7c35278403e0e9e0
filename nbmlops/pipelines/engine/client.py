"""How a notebook is run: papermill's client, with a word to the kernel before the first cell and after the last."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nbclient.exceptions import CellExecutionError
from nbclient.util import run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.log import logger

from nbmlops.pipelines.engine.replies import ABORTED, reply_to
from nbmlops.pipelines.engine.testing import run_tests
from nbmlops.pipelines.kernels import START_TIMEOUT, until_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbmlops.pipelines.cell_tests import CellTest
    from nbmlops.pipelines.checkpoints import Checkpoint
    from nbmlops.pipelines.kernels import Kernel

_BEGIN = """
try:
    from nbmlops.magics.batch import begin as _nbmlops_begin
    _nbmlops_begin(get_ipython(), {environment!r})
    del _nbmlops_begin
except ImportError:
    pass
"""
_END = """
try:
    from nbmlops.magics.batch import end as _nbmlops_end
    _nbmlops_end(get_ipython())
    del _nbmlops_end
except ImportError:
    pass
"""
_SAVE = """
from nbmlops.magics.checkpoint import save as _nbmlops_save
_nbmlops_save(get_ipython(), {file!r})
"""
_RESTORE = """
from nbmlops.magics.checkpoint import restore as _nbmlops_restore
_nbmlops_restore(get_ipython(), {file!r})
"""


class RecordingClient(PapermillNotebookClient):  # type: ignore[misc]
    """Papermill's client, with a silent word to the kernel before the first cell and after the last.

    ``environment`` are the variables that name the run, ``told`` is told of each cell that begins, ``kernel``
    is one that runs already, ``checkpoint`` is where what the cells left is held. ``tests`` run last, where
    all cells ended well; ``outcomes`` says what became of them.
    """

    environment: Mapping[str, str] = MappingProxyType({})
    told: Callable[[int, int], object] | None = None
    kernel: Kernel | None = None
    checkpoint: Checkpoint | None = None
    tests: tuple[CellTest, ...] = ()
    outcomes: list[dict[str, Any]] = []  # noqa: RUF012 - replaced, never changed

    _failed = False

    _sockets: tempfile.TemporaryDirectory[str] | None = None

    def create_kernel_manager(self) -> Any:
        """Make the kernel's manager, over sockets in a private folder where the system has such: ports may clash."""
        manager = super().create_kernel_manager()
        if hasattr(socket, "AF_UNIX"):
            # a short path: the name of a socket has about a hundred characters at most
            self._sockets = tempfile.TemporaryDirectory(prefix="nbmlops-")
            manager.transport = "ipc"
            manager.connection_file = str(Path(self._sockets.name) / "kernel.json")
            manager.ip = str(Path(self._sockets.name) / "kernel")
        return manager

    def leave(self) -> None:
        """End the talk: a kernel that was given goes on, the folder of a kernel's own sockets is taken away."""
        if self.kernel is not None and self.kc is not None:
            self.kc.stop_channels()
        if self._sockets is not None:
            self._sockets.cleanup()

    async def async_start_new_kernel_client(self) -> Any:
        """Make the client; to a kernel that is ready already, without the pause that Jupyter makes."""
        if self.kernel is None:
            return await super().async_start_new_kernel_client()
        self.kc = self.km.client()
        self.kc.start_channels()
        await until_ready(self.kc, self.kernel.is_alive, START_TIMEOUT)
        self.kc.allow_stdin = False
        return self.kc

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    def papermill_execute_cells(self) -> None:
        """Run the cells."""
        language = self.nb.metadata.get("kernelspec", {}).get("language", "python")
        speaks = language.lower() in ("python", "")
        if speaks:
            self._say(_BEGIN.format(environment=dict(self.environment)))
        patience = None
        try:
            self._execute_cells(self._go_on() if speaks else 0)
        except KeyboardInterrupt:
            if self._is_alive():  # it has a terminal of its own, where Ctrl-C was not heard
                run_sync(self.km.interrupt_kernel)()
                patience = self.startup_timeout  # a cell may be deaf to it
            raise
        finally:
            if speaks and self._is_alive():
                self._say(_END, patience)
        if self.tests and not self._failed:
            self.outcomes = run_tests(self.kc, self.tests, self._is_alive)

    def _execute_cells(self, first: int) -> None:
        """Do what papermill does with the cells, from one on, and hold what they left where that is asked for."""
        for index, cell in enumerate(self.nb.cells):
            if index < first:
                continue
            try:
                self.nb_man.cell_start(cell, index)
                self.execute_cell(cell, index)
            except CellExecutionError as error:
                self.nb_man.cell_exception(self.nb.cells[index], cell_index=index, exception=error)
                self._failed = True
                break
            finally:
                self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
            if self.checkpoint is not None and cell.cell_type == "code":
                self._hold(index)

    def _go_on(self) -> int:
        """Bring back what the cells before the failed one had left; give the first cell that is to run."""
        point = self.checkpoint
        held = point.read(self.nb) if point is not None else None
        if point is None or held is None:
            return 0
        if self._say(_RESTORE.format(file=str(point.state))) != "ok":
            return 0
        for index, cell in enumerate(held.cells):
            if cell.cell_type == "code":
                self.nb.cells[index].outputs = cell.outputs
                self.nb.cells[index].execution_count = cell.execution_count
        point.resumed_from = held.cell
        return held.cell

    def _hold(self, index: int) -> None:
        """Write what the notebook has in memory, so that a later run can go on behind this cell."""
        assert self.checkpoint is not None
        if self._say(_SAVE.format(file=str(self.checkpoint.fresh))) == "ok":
            self.checkpoint.write(self.nb, index + 1)

    async def async_execute_cell(self, cell: Any, cell_index: int, *args: Any, **kwargs: Any) -> Any:
        """Run one cell."""
        if self.told is not None:
            self.told(cell_index, len(self.nb.cells))
        return await super().async_execute_cell(cell, cell_index, *args, **kwargs)

    execute_cell = run_sync(async_execute_cell)

    def _say(self, code: str, patience: float | None = None) -> str:
        """Have the kernel run code of ours, unseen; give the status of its reply."""
        status = ABORTED
        while status == ABORTED:  # what was in line when a cell was interrupted is dropped; ask again
            message = self.kc.execute(code, silent=True, store_history=False, allow_stdin=False)
            reply = reply_to(self.kc, message, self._is_alive, patience)
            status = reply["status"]
        if status not in ("ok", "error"):
            logger.warning("nbmlops: %s, so the run is recorded from outside", reply["ename"])
        return str(status)

    def _is_alive(self) -> bool:
        return bool(run_sync(self.km.is_alive)())
