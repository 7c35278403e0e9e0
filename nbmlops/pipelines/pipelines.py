"""The pipelines of a workspace: planned, run, shown. Every door calls these methods."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nbmlops.errors import AlreadyExists, InvalidInput, NotFound
from nbmlops.pipelines.cancelling import cancel_run
from nbmlops.pipelines.definition import EXECUTION_SECONDS, FILE, Pipeline
from nbmlops.pipelines.graph import check_pipeline
from nbmlops.pipelines.parameters import Declared, declared_by
from nbmlops.pipelines.planning import forced_steps, plan_of, steps_named
from nbmlops.pipelines.reading import read_pipeline
from nbmlops.pipelines.recorded import NameList, RecordedRuns, RunList
from nbmlops.pipelines.scheduling.scheduled import Scheduled
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nbmlops.pipelines.gates import BaseMetrics
    from nbmlops.pipelines.graph import Graph
    from nbmlops.pipelines.inferring import Inferred
    from nbmlops.pipelines.kernels import KernelPool
    from nbmlops.pipelines.records import PipelineRun, StepRun
    from nbmlops.pipelines.scheduling.scheduler import Scheduler
    from nbmlops.registry import Models
    from nbmlops.tracking.recorder import Recorder


class Pipelines(Scheduled):
    """The pipelines of a workspace, as ``workspace.pipelines``."""

    def __init__(self, recorder: Recorder, models: Models, scheduler: Scheduler) -> None:
        super().__init__(scheduler)
        self._recorder = recorder
        self._models = models
        self._recorded = RecordedRuns(recorder)

    def read(
        self, source: str | os.PathLike[str] | Pipeline = FILE, params: Mapping[str, Any] | None = None
    ) -> Pipeline:
        """Return the pipeline of a file, or of the folder that holds a ``pipeline.yaml``.

        With ``params``, those that it is to run with, a mistake in the file is told with all else that is wrong.
        """
        return source if isinstance(source, Pipeline) else read_pipeline(source, params)

    def infer(
        self,
        notebooks: Iterable[str | os.PathLike[str]],
        *,
        out: str | os.PathLike[str] = FILE,
        execute: bool = False,
        timeout: float = EXECUTION_SECONDS,
        merge: bool = False,
        replace: bool = False,
        told: Callable[[str], None] | None = None,
    ) -> Inferred:
        """Find out from notebooks what they read and write, and write the pipeline that follows from it.

        Evidence is what earlier runs of the notebooks read and wrote, their code, and with ``execute`` a run of all of
        them in a scratch copy of the folder.

        Parameters
        ----------
        notebooks : iterable of path
            The notebooks, in any order.
        out : path
            The file that is written.
        execute : bool
            Run the notebooks in a scratch copy, and look at what they do; nothing of it stays.
        timeout : float
            Seconds after which a notebook that is run is stopped.
        merge : bool
            Keep what people wrote in a file that is there, and bring its inputs, outputs and order up to date.
        replace : bool
            Write over a file that is there.
        told : callable, optional
            Told what is being done, in words.

        Raises
        ------
        AlreadyExists
            The file is there, and neither ``merge`` nor ``replace`` was said.
        InvalidInput
            No notebooks are named, or one cannot be read; or the time is none.
        """
        from nbmlops.pipelines.inferring import infer_pipeline, merge_into

        if not timeout > 0:
            raise InvalidInput(f"{timeout:g} s is no time to run a notebook in.", "--timeout 600")

        file = Path(out)
        if file.exists() and not (merge or replace):
            raise AlreadyExists(
                f"{file} is there already.", "--merge keeps what was written by hand, --force writes over it."
            )
        folder = file.absolute().parent
        if not folder.is_dir():
            raise NotFound(f"there is no folder {folder}.", "Make it first.")
        found = infer_pipeline(
            notebooks, folder=folder, recorder=self._recorder, execute=execute, timeout=timeout, told=told
        )
        if merge and file.exists():
            found = merge_into(read_pipeline(file), found, file.read_text(encoding="utf-8"))
        part = file.with_name(f".{file.name}.part")
        part.write_text(found.text, encoding="utf-8")
        part.replace(file)
        return found

    def plan(
        self,
        source: str | os.PathLike[str] | Pipeline = FILE,
        params: Mapping[str, Any] | None = None,
        *,
        force: bool = False,
        start: str | None = None,
    ) -> PipelineRun:
        """Say for each step whether it would run or is cached, and why; nothing is run.

        Parameters
        ----------
        source : path or Pipeline
            The pipeline's file, its folder, or the pipeline itself.
        params : dict, optional
            ``name`` for all steps that declare it, ``step.name`` for one.
        force : bool
            All steps run.
        start : str, optional
            This step and all behind it run.

        Raises
        ------
        InvalidInput
            The pipeline cannot run; the message says all that is wrong.
        """
        pipeline = self.read(source, params or {})
        graph = check_pipeline(pipeline, params)
        forced = forced_steps(graph, force=force, start=start)
        return plan_of(pipeline, graph, self._recorder, forced, params or {})

    def run(
        self,
        source: str | os.PathLike[str] | Pipeline = FILE,
        params: Mapping[str, Any] | None = None,
        *,
        force: bool = False,
        start: str | None = None,
        only: str | None = None,
        workers: int | None = None,
        on: str = "",
        checkpoint: bool = False,
        cause: str = "",
        told: Callable[[StepRun, int, int], object] = lambda *_: None,
        began: Callable[[Graph], object] = lambda _: None,
        pool: KernelPool | None = None,
        tests: bool = False,
        base: BaseMetrics | None = None,
        promotes: bool = True,
    ) -> PipelineRun:
        """Run a pipeline: each step in a process of its own, as many at a time as there are processors.

        Steps whose code, parameters, inputs and environment are those of a finished run are not run again; their
        outputs are put back. Ctrl-C stops the steps and keeps what is done, so that the next run goes on from there.

        Parameters
        ----------
        source, params, force, start
            As in `plan`.
        only : str, optional
            Run this step alone, and once, when those that it needs have been seen to: what an orchestrator calls.
        workers : int, optional
            How many steps run at a time.
        on : str
            Where the steps run: this machine by default, ``dask`` for a cluster of its processes, ``tcp://HOST:PORT``
            for a Dask scheduler whose workers share the folder.
        checkpoint : bool
            Hold what each cell leaves in memory, so that a step that fails goes on at the failed cell when it is run
            again in this way. What is held is pickled: it is read again only where this is asked for.
        cause : str
            What started the run, where that was not a person.
        told : callable
            Told a step's state whenever it changes, the number of the cell that begins, and how many there are.
        began : callable
            Told the graph before the first step.
        pool : KernelPool, optional
            Kernels that are ready.
        tests : bool
            Run the cells that are tagged ``test`` behind each notebook.
        base : BaseMetrics, optional
            What ``base`` stands for in gates.
        promotes : bool
            Whether steps move the aliases that they promote.

        Raises
        ------
        InvalidInput
            The pipeline cannot run; the message says all that is wrong.
        """
        if checkpoint:
            require("dill", "checkpoint", "--checkpoint")
        from nbmlops.pipelines.engines import engine_for
        from nbmlops.pipelines.engines.local import LocalEngine
        from nbmlops.pipelines.running import PipelineRunner, RunOptions

        pipeline = self.read(source, params or {})
        graph = check_pipeline(pipeline, params)
        began(graph)
        options = RunOptions(
            params=dict(params or {}),
            forced=forced_steps(graph, force=force, start=start),
            workers=check_workers(workers),
            cause=cause,
            checkpoint=checkpoint,
            only=steps_named(graph, only, "--only") if only is not None else frozenset(),
            tests=tests,
            base=base,
            promotes=promotes,
        )
        engine = engine_for(on, options.workers) if pool is None else LocalEngine(pool=pool)
        return PipelineRunner(pipeline, graph, self._recorder, self._models, options, engine, told).run()

    def export(
        self,
        target: Literal["airflow", "kubeflow"],
        source: str | os.PathLike[str] | Pipeline = FILE,
        params: Mapping[str, Any] | None = None,
        *,
        schedule: str | None = None,
        image: str = "python:3.12",
        program: str = "nbmlops",
        folder: str | None = None,
        claim: str | None = None,
    ) -> str:
        """Return a pipeline as another orchestrator takes it; each of its tasks runs one step by ``run --only``.

        Parameters
        ----------
        target : str
            ``airflow``: a DAG file in Python. ``kubeflow``: a Kubeflow Pipelines YAML (extra ``[kubeflow]``).
        source, params
            As in `plan`.
        schedule : str, optional
            A cron expression, for Airflow.
        image, claim : str
            Container image with nbmlops in it, and the persistent volume claim with the folder, for Kubeflow.
        program : str
            How nbmlops is called where the tasks run.
        folder : str, optional
            Where the pipeline's folder is there; where it is here by default.

        Raises
        ------
        InvalidInput
            The pipeline cannot run; the message says all that is wrong.
        """
        pipeline = self.read(source, params or {})
        graph = check_pipeline(pipeline, params)
        place = folder or str(pipeline.folder)
        given = _in_json(params or {})
        if target == "airflow":
            from nbmlops.pipelines.exporting.airflow import airflow_dag

            return airflow_dag(pipeline, graph, given, schedule=schedule, program=program, folder=Path(place))
        from nbmlops.pipelines.exporting.kubeflow import kubeflow_yaml

        return kubeflow_yaml(pipeline, graph, given, image=image, program=program, folder=place, claim=claim)

    def list(self, pipeline: str | None = None, limit: int | None = None, *, latest: bool = False) -> RunList:
        """Return pipeline runs, newest first.

        Parameters
        ----------
        pipeline : str, optional
            Only runs of this pipeline.
        limit : int, optional
            At most this many.
        latest : bool
            Only the newest run of each pipeline.

        Raises
        ------
        NotFound
            No pipeline of that name has run.
        """
        return self._recorded.list(pipeline, limit, latest=latest)

    def parameters(self, source: str | os.PathLike[str] | Pipeline = FILE) -> tuple[Declared, ...]:
        """Return the parameters that the notebooks of a pipeline declare, each with the value that it would have.

        Raises
        ------
        InvalidInput
            A notebook cannot be read, or the file gives a value that no notebook takes.
        """
        return declared_by(self.read(source))

    def show(self, ref: str = "@last") -> PipelineRun:
        """Return one pipeline run, by its name, a part of its id, or ``@last``.

        Raises
        ------
        NotFound
            There is none.
        """
        return self._recorded.show(ref)

    def cancel(self, ref: str = "@last") -> PipelineRun:
        """Stop a pipeline run that another process of this host is at, as Ctrl-C in its terminal does.

        Raises
        ------
        Conflict
            It does not run, runs in this process, or on another host.
        """
        run = self._recorded.resolve(ref)
        cancel_run(self._recorder, run)
        return self._recorded.show(run)

    def names(self) -> NameList:
        """Return the names of pipeline runs and of their pipelines, for completion."""
        return self._recorded.names()


def _in_json(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as both orchestrators keep them; a date becomes its text."""
    try:
        found: dict[str, Any] = json.loads(json.dumps(dict(params), default=str, allow_nan=False))
    except ValueError as error:
        raise InvalidInput(f"a parameter cannot be exported: {error}.", "Give it another value with -p.") from error
    return found


def check_workers(workers: int | None) -> int:
    """Return how many steps run at a time.

    Raises
    ------
    InvalidInput
        The number is below one.
    """
    if workers is None:
        return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if workers < 1:
        raise InvalidInput(
            f"--workers {workers}: at least one step runs at a time.", "Leave it out for one a processor."
        )
    return workers
