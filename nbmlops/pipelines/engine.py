"""The papermill engine: ``papermill in.ipynb out.ipynb --engine nbmlops`` records a run.

The notebook need not know of us. Its kernel loads the extension silently, tracked cells become children of the run, and
what the other cells fitted and scored is the run's own. A kernel without nbmlops (another language, another
environment) is recorded from outside: parameters, duration, outcome, the executed notebook.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from papermill.log import logger
from papermill.utils import merge_kwargs, remove_args

from nbmlops.capture.secrets import mask, mask_param
from nbmlops.config import HOME_VARIABLE, locate_workspace
from nbmlops.errors import InvalidInput
from nbmlops.records import SliceCell
from nbmlops.store.runs import Closing
from nbmlops.tracking.checks import MAX_NAME, MAX_PARAM
from nbmlops.tracking.recorder import EXPERIMENT_VARIABLE, NOTEBOOK_VARIABLE, PARENT_VARIABLE, Recorder
from nbmlops.tracking.scope import describe_error, status_of

if TYPE_CHECKING:
    from papermill.engines import NotebookExecutionManager

    from nbmlops.records import Status
    from nbmlops.tracking.active import ActiveRun

EXECUTED = "executed.ipynb"
_BEGIN = """
try:
    from nbmlops.magics.batch import begin as _nbmlops_begin
    _nbmlops_begin(get_ipython())
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


class NbmlopsEngine(NBClientEngine):  # type: ignore[misc]
    """Runs a notebook as papermill does, and records it."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the notebook; called by papermill."""
        source = (
            kwargs.get("input_path") or nb_man.nb.metadata.get("papermill", {}).get("input_path") or nb_man.output_path
        )
        options = merge_kwargs(
            remove_args(["input_path", "timeout", "startup_timeout"], **kwargs),
            timeout=execution_timeout or kwargs.get("timeout"),
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log=logger,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
        )
        folder = locate_workspace(create=True)
        recorder = Recorder.at(folder)
        run = _open_run(recorder, nb_man, source)
        began = time.perf_counter()
        problem: BaseException | None = None
        environment = {
            **os.environ,
            HOME_VARIABLE: str(folder.parent),
            PARENT_VARIABLE: run.id,
            EXPERIMENT_VARIABLE: run.experiment,
            NOTEBOOK_VARIABLE: str(Path(source).absolute()) if source else "",
        }
        try:
            return RecordingClient(nb_man, **options).execute(env=environment)
        except BaseException as error:
            problem = error
            raise
        finally:
            _close_run(recorder, run, nb_man, time.perf_counter() - began, problem)
            recorder.close()


class RecordingClient(PapermillNotebookClient):  # type: ignore[misc]
    """Papermill's client, with a silent word to the kernel before the first cell and after the last."""

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

    def papermill_execute_cells(self) -> None:
        """Run the cells."""
        language = self.nb.metadata.get("kernelspec", {}).get("language", "python")
        speaks = language.lower() in ("python", "")
        if speaks:
            self._say(_BEGIN)
        try:
            super().papermill_execute_cells()
        finally:
            if speaks and self._is_alive():
                self._say(_END)

    def _say(self, code: str) -> None:
        message = self.kc.execute(code, silent=True, store_history=False, allow_stdin=False)
        try:
            while self.wait_for_reply_to(message) is None:
                continue
        except (TimeoutError, RuntimeError) as error:
            logger.warning("nbmlops: the kernel did not answer, so the run is recorded from outside (%s)", error)

    def wait_for_reply_to(self, message: str) -> Any:
        """Return the kernel's reply to a message of ours, or None for another message's."""
        from nbclient.util import run_sync

        reply = run_sync(self.kc.shell_channel.get_msg)(timeout=self.startup_timeout)
        return reply if reply["parent_header"].get("msg_id") == message else None

    def _is_alive(self) -> bool:
        from nbclient.util import run_sync

        return bool(run_sync(self.km.is_alive)())


def _open_run(recorder: Recorder, nb_man: NotebookExecutionManager, source: Any) -> ActiveRun:
    parameters = dict(nb_man.nb.metadata.get("papermill", {}).get("parameters", {}))
    name = Path(str(source)).stem if source else "notebook"
    run = recorder.open_run(name, experiment=name, source="papermill", notebook=str(source) if source else None)
    for key, value in parameters.items():
        try:
            run.log_params({key: value})
        except InvalidInput:  # too long, say: no trouble of ours may stop a batch
            with contextlib.suppress(InvalidInput):
                run.log_params({str(key)[:MAX_NAME]: f"{value!s:.{MAX_PARAM - 1}}…"})
    run.beat()
    return run


def _close_run(
    recorder: Recorder,
    run: ActiveRun,
    nb_man: NotebookExecutionManager,
    seconds: float,
    problem: BaseException | None,
) -> None:
    status, error = _outcome(nb_man, problem)
    if not recorder.reader.has_capture(run.id):
        cells = [
            SliceCell(mask(cell.source)[0], cell.get("execution_count"), cell.get("id"))
            for cell in nb_man.nb.cells
            if cell.cell_type == "code" and recorder.settings.capture.code == "on"
        ]
        run.close(Closing(status, round(seconds, 3), error, cells=cells))
    else:
        recorder.writer.end(run.id, status, round(seconds, 3), error)
    capture = recorder.settings.capture
    if capture.code == "off" or capture.output == "off":
        return
    text = nbformat.writes(_masked(nb_man.nb))
    run.keep(io.BytesIO(text.encode("utf-8")), EXECUTED, "notebook")


def _masked(notebook: Any) -> Any:
    """Return a copy of a notebook without its secrets: in parameters, code and what the cells printed."""
    copied = copy.deepcopy(notebook)
    given = copied.metadata.get("papermill", {}).get("parameters", {})
    for name, value in given.items():
        given[name] = mask_param(str(name), value)
    for cell in copied.cells:
        cell.source = mask(cell.source)[0]
        for output in cell.get("outputs", ()):
            if "text" in output:
                output["text"] = mask(output["text"])[0]
            for kind, data in output.get("data", {}).items():
                if kind.startswith("text/") and isinstance(data, str):
                    output["data"][kind] = mask(data)[0]
    return copied


def _outcome(nb_man: NotebookExecutionManager, problem: BaseException | None) -> tuple[Status, str | None]:
    """Return how the notebook ended: papermill raises for a failed cell only after the engine is done."""
    if problem is not None:
        status = status_of(problem)
        return ("failed" if status == "finished" else status), describe_error(problem)
    for cell in nb_man.nb.cells:
        if cell.metadata.get("papermill", {}).get("status") != nb_man.FAILED:
            continue
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                status = "interrupted" if output.ename == "KeyboardInterrupt" else "failed"
                return status, mask(f"{output.ename}: {output.evalue}"[:500])[0]
        return "failed", None
    return "finished", None
