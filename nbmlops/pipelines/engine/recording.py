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
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillExecutionError
from papermill.log import logger
from papermill.utils import merge_kwargs, remove_args

from nbmlops.capture.secrets import mask, mask_param
from nbmlops.config import HOME_VARIABLE, MODELS_VARIABLE, locate_workspace
from nbmlops.errors import InvalidInput
from nbmlops.pipelines import cell_tests
from nbmlops.pipelines.engine.client import RecordingClient
from nbmlops.records import SliceCell
from nbmlops.registry.of_this_run import as_variable
from nbmlops.store.runs import Closing
from nbmlops.tracking.checks import MAX_NAME, MAX_PARAM
from nbmlops.tracking.recorder import (
    EXPERIMENT_VARIABLE,
    NOTEBOOK_VARIABLE,
    PARENT_VARIABLE,
    STEP_VARIABLE,
    Recorder,
)
from nbmlops.tracking.scope import describe_error, status_of

if TYPE_CHECKING:
    from papermill.engines import NotebookExecutionManager

    from nbmlops.pipelines.engine.step import StepOfPipeline
    from nbmlops.pipelines.kernels import Kernel
    from nbmlops.records import Status
    from nbmlops.tracking.active import ActiveRun

EXECUTED = "executed.ipynb"
MAX_TEXT = 2_000_000
"""Characters of one output that are kept with a run."""


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
        kernel: Kernel | None = None,
        step: StepOfPipeline | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the notebook; called by papermill.

        Parameters
        ----------
        kernel : Kernel, optional
            One that is running already and stays so; without it the notebook starts its own.
        step : StepOfPipeline, optional
            The step of a pipeline that this is.
        """
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
        recorder = Recorder.at(locate_workspace(create=True)) if step is None else step.recorder
        folder = recorder.database.path.parent
        source = source if step is None else str(step.notebook)
        run = _open_run(recorder, nb_man, source, step)
        began = time.perf_counter()
        problem: BaseException | None = None
        environment = {
            HOME_VARIABLE: str(folder.parent),
            PARENT_VARIABLE: run.id,
            EXPERIMENT_VARIABLE: run.experiment,
            NOTEBOOK_VARIABLE: str(Path(source).absolute()) if source else "",
            STEP_VARIABLE: step.name if step else "",
            MODELS_VARIABLE: as_variable(step.models) if step else "",
        }
        try:
            client = RecordingClient(nb_man, km=kernel and kernel.manager, **options)
            client.environment, client.kernel = environment, kernel
            client.told = None if step is None else step.told
            client.checkpoint = None if step is None else step.checkpoint
            client.tests = () if step is None else step.tests
            try:
                return client.execute(env={**os.environ, **environment})
            finally:
                client.leave()
                if step is not None:
                    step.outcomes = client.outcomes
        except BaseException as error:
            problem = error
            raise
        finally:
            _close_run(recorder, run, nb_man, time.perf_counter() - began, problem)
            if step is not None and step.outcomes:
                cell_tests.keep(run, step.outcomes)
            if step is None:
                recorder.close()


def _open_run(
    recorder: Recorder, nb_man: NotebookExecutionManager, source: Any, step: StepOfPipeline | None
) -> ActiveRun:
    parameters = dict(nb_man.nb.metadata.get("papermill", {}).get("parameters", {}))
    stem = Path(str(source)).stem if source else "notebook"
    run = recorder.open_run(
        step.name if step else stem,
        experiment=step.experiment if step else stem,
        parent=step.parent if step else None,
        source="papermill",
        notebook=str(source) if source else None,
    )
    if step is not None:
        step.run = run.id
        if step.checkpoint is not None:
            step.checkpoint.run = run.id
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
    text = nbformat.writes(_with_error_on_top(_masked(nb_man.nb)))
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
                output["text"] = mask(_shortened(output["text"]))[0]
            for kind, data in output.get("data", {}).items():
                if kind.startswith("text/") and isinstance(data, str):
                    output["data"][kind] = mask(_shortened(data))[0]
    return copied


def _shortened(text: str) -> str:
    """Return a text without its middle where it is so long that nobody reads it."""
    if len(text) <= MAX_TEXT:
        return text
    left_out = len(text) - MAX_TEXT
    return f"{text[: MAX_TEXT // 2]}\n… {left_out:,} characters were left out here …\n{text[-MAX_TEXT // 2 :]}"


def _with_error_on_top(notebook: Any) -> Any:
    """Return a notebook with what failed said at its top, as papermill writes it."""
    from papermill.execute import raise_for_execution_errors  # papermill imports this module while it is being loaded

    notebook = nbformat.v4.upgrade(notebook)  # what papermill marks is then this very notebook
    with contextlib.suppress(PapermillExecutionError):
        raise_for_execution_errors(notebook, None)
    return notebook


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
