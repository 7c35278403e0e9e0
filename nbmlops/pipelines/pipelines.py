"""The pipelines of a workspace: planned, run, shown. Every door calls these methods."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any, TypeAlias

from nbmlops.errors import Conflict, InvalidInput, NotFound
from nbmlops.pipelines.contents import Contents
from nbmlops.pipelines.deciding import Decider
from nbmlops.pipelines.definition import FILE, Pipeline
from nbmlops.pipelines.gates import metrics_of
from nbmlops.pipelines.graph import check_pipeline
from nbmlops.pipelines.reading import read_pipeline
from nbmlops.pipelines.records import PipelineRun, StepRun
from nbmlops.pipelines.step_notebooks import StepNotebook
from nbmlops.plugins import require
from nbmlops.store.pipelines import PipelineStore
from nbmlops.store.processes import Process, is_alive
from nbmlops.store.run_names import resolve_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbmlops.pipelines.graph import Graph
    from nbmlops.pipelines.kernels import KernelPool
    from nbmlops.pipelines.scheduling.records import Schedule
    from nbmlops.pipelines.scheduling.scheduler import Scheduler
    from nbmlops.registry import Models
    from nbmlops.tracking.recorder import Recorder


RunList = list[PipelineRun]
NameList = list[str]
ScheduleList: TypeAlias = "list[Schedule]"


class Pipelines:
    """The pipelines of a workspace, as ``workspace.pipelines``."""

    def __init__(self, recorder: Recorder, models: Models, scheduler: Scheduler) -> None:
        self._recorder = recorder
        self._models = models
        self._scheduler = scheduler
        self._store = PipelineStore(recorder.database)

    def read(self, source: str | os.PathLike[str] | Pipeline = FILE) -> Pipeline:
        """Return the pipeline of a file, or of the folder that holds a ``pipeline.yaml``."""
        return source if isinstance(source, Pipeline) else read_pipeline(source)

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
        pipeline = self.read(source)
        graph = check_pipeline(pipeline, params)
        forced = forced_steps(graph, force=force, start=start)
        decider = Decider(self._recorder, pipeline.folder, Contents())
        states: dict[str, StepRun] = {}
        for step in graph.steps:
            needs = graph.needs[step.name]
            running = [need for need in needs if states[need].action == "run"]
            notebook = StepNotebook.read(pipeline.folder / step.notebook)
            decision = decider.decide(step, notebook, forced=forced.get(step.name, ""), waits_for=" and ".join(running))
            states[step.name] = StepRun(
                step.name,
                needs,
                decision.action,
                seconds=decision.seconds,
                reason=decision.reason,
                run=decision.run,
                notebook=step.notebook,
            )
        return PipelineRun(
            pipeline.name,
            "planned",
            tuple(states.values()),
            file=str(pipeline.file) if pipeline.file else None,
            params=dict(params or {}),
        )

    def run(
        self,
        source: str | os.PathLike[str] | Pipeline = FILE,
        params: Mapping[str, Any] | None = None,
        *,
        force: bool = False,
        start: str | None = None,
        workers: int | None = None,
        on: str = "",
        checkpoint: bool = False,
        cause: str = "",
        told: Callable[[StepRun, int, int], object] = lambda *_: None,
        began: Callable[[Graph], object] = lambda _: None,
        pool: KernelPool | None = None,
    ) -> PipelineRun:
        """Run a pipeline: each step in a process of its own, as many at a time as there are processors.

        Steps whose code, parameters, inputs and environment are those of a finished run are not run again; their
        outputs are put back. Ctrl-C stops the steps and keeps what is done, so that the next run goes on from there.

        Parameters
        ----------
        source, params, force, start
            As in `plan`.
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

        pipeline = self.read(source)
        graph = check_pipeline(pipeline, params)
        began(graph)
        options = RunOptions(
            params=dict(params or {}),
            forced=forced_steps(graph, force=force, start=start),
            workers=check_workers(workers),
            cause=cause,
            checkpoint=checkpoint,
        )
        engine = engine_for(on, options.workers) if pool is None else LocalEngine(pool=pool)
        return PipelineRunner(pipeline, graph, self._recorder, self._models, options, engine, told).run()

    def list(self, pipeline: str | None = None, limit: int | None = None) -> RunList:
        """Return pipeline runs, newest first."""
        self._recorder.writer.settle_open()
        return [self._shown(run) for run in self._store.runs(pipeline, limit)]

    def show(self, ref: str = "@last") -> PipelineRun:
        """Return one pipeline run, by its name, a part of its id, or ``@last``.

        Raises
        ------
        NotFound
            There is none.
        """
        self._recorder.writer.settle_open()
        return self._shown(self._resolve(ref))

    def cancel(self, ref: str = "@last") -> PipelineRun:
        """Stop a pipeline run that another process of this host is at, as Ctrl-C in its terminal does.

        Raises
        ------
        Conflict
            It does not run, or runs on another host.
        """
        run = self._resolve(ref)
        self._recorder.writer.settle_open()
        [row] = self._recorder.database.query(
            "SELECT status, name, host, pid, process_started, boot_id FROM runs WHERE id = ?", [run]
        )
        process = Process(row["host"], row["pid"], row["process_started"], row["boot_id"])
        if row["status"] != "running":
            raise Conflict(f"{row['name']} does not run: it is {row['status']}.", "nbmlops pipelines list")
        if not is_alive(process) or row["pid"] == os.getpid():
            raise Conflict(
                f"{row['name']} runs in another place: {row['host']}, process {row['pid']}.", "Stop it there."
            )
        os.kill(row["pid"], signal.SIGINT)
        return self._shown(run)

    def schedule(
        self,
        source: str | os.PathLike[str] | Pipeline = FILE,
        params: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        cron: str | None = None,
        timezone: str | None = None,
        on_file: str | os.PathLike[str] | None = None,
        on_dataset: str | None = None,
        on_pipeline: str | None = None,
        on_event: str | None = None,
        on_alert: str | None = None,
        on_labels: str | None = None,
        misfire: str | None = None,
        replace: bool = False,
    ) -> Schedule:
        """Keep what starts a pipeline; the scheduler of the workspace does it: ``nbmlops scheduler``.

        Only what comes after this call is a cause, and each cause starts the pipeline once.

        Parameters
        ----------
        source : path or Pipeline
            The pipeline's file, or its folder.
        params : dict, optional
            As in `plan`.
        name : str, optional
            The schedule's name; the pipeline's by default.
        cron : str, optional
            Times as in crontab: ``0 3 * * *``, or ``@daily``.
        timezone : str, optional
            Whose clock ``cron`` goes by, such as ``Europe/Berlin``; this machine's by default.
        on_file : path, optional
            A file, a folder or a pattern: started when its content has changed.
        on_dataset : str, optional
            A data set: started by a new version.
        on_pipeline : str, optional
            A pipeline: started when a run of it has finished.
        on_event : str, optional
            ``KIND`` or ``KIND:NAME``: started by each such event, whose payload gives parameters to notebooks that
            declare them.
        on_alert, on_labels : str, optional
            A monitor, a label queue: short for the events ``alert:NAME`` and ``labels:NAME``.
        misfire : {"latest", "skip", "all"}, optional
            What is done about causes that were missed: one run for the latest, none, or one for each. ``all`` for
            events, else ``latest`` by default.
        replace : bool
            Take the place of a schedule of the same name.

        Raises
        ------
        InvalidInput
            The pipeline cannot run with these parameters, or the trigger cannot be read.
        AlreadyExists
            There is a schedule of the name.
        Conflict
            Pipelines would start one another for ever.
        """
        from nbmlops.pipelines.scheduling.defining import read_trigger

        trigger = read_trigger(
            cron=cron,
            timezone=timezone,
            on_file=on_file,
            on_dataset=on_dataset,
            on_pipeline=on_pipeline,
            on_event=on_event,
            on_alert=on_alert,
            on_labels=on_labels,
        )
        pipeline = self.read(source)
        if pipeline.file is None:
            raise InvalidInput(f"{pipeline.name} is not in a file.", "A schedule starts a pipeline.yaml.")
        return self._scheduler.put(pipeline, dict(params or {}), trigger, name=name, misfire=misfire, replace=replace)

    def schedules(self) -> ScheduleList:
        """Return the schedules by name, with when they are due and what they did last."""
        return self._scheduler.list()

    def unschedule(self, name: str) -> Schedule:
        """Take a schedule away; what it has started goes on, and stays known.

        Raises
        ------
        NotFound
            There is none of that name.
        """
        return self._scheduler.delete(name)

    def pause(self, name: str) -> Schedule:
        """Let a schedule rest until `unpause`."""
        return self._scheduler.pause(name)

    def unpause(self, name: str) -> Schedule:
        """Let a schedule go on; what came up while it rested starts nothing."""
        return self._scheduler.pause(name, paused=False)

    def names(self) -> NameList:
        """Return the names of pipeline runs and of their pipelines, for completion."""
        rows = self._recorder.database.rows(
            "SELECT r.name, p.pipeline FROM pipeline_runs AS p JOIN runs AS r ON r.id = p.run_id "
            "WHERE r.deleted_at IS NULL ORDER BY p.run_id DESC LIMIT 100"
        )
        return list(dict.fromkeys(name for row in rows for name in row))

    def _resolve(self, ref: str) -> str:
        if ref == "@last":
            found = self._store.runs(limit=1)
            if not found:
                raise NotFound("no pipeline has run here.", "nbmlops pipelines run")
            return found[0]
        run = resolve_run(self._recorder.reader, ref)
        if self._store.get(run) is None:
            raise NotFound(f"{ref} is no run of a pipeline.", "List them: nbmlops pipelines list")
        return run

    def _shown(self, run: str) -> PipelineRun:
        noted = self._store.get(run)
        assert noted is not None
        [known] = self._recorder.reader.by_ids([run])
        is_over = known.status != "running"
        steps = []
        for row in self._store.steps(run):
            status = row["status"]
            if is_over and status in (None, "running"):
                status = "interrupted"  # the process that ran it was killed
            steps.append(
                StepRun(
                    row["step"],
                    tuple(row["needs"]),
                    row["action"],
                    status,
                    row["seconds"],
                    row["reason"] or (known.error or "" if status == "interrupted" else ""),
                    row["run_id"],
                    row["notebook"],
                    row["run_name"],
                    row["attempts"],
                    metrics_of(row["run_id"], self._recorder) if row["run_id"] else None,
                )
            )
        return PipelineRun(
            noted["pipeline"],
            known.status,
            tuple(steps),
            run,
            known.name,
            known.started_at,
            known.duration_s,
            file=noted["file"],
            params=noted["params"],
            cause=noted["cause"],
            error=known.error,
        )


def forced_steps(graph: Graph, *, force: bool, start: str | None) -> dict[str, str]:
    """Return the steps that run in any case, with the reason.

    Raises
    ------
    InvalidInput
        There is no step of the name ``start``.
    """
    if force:
        return {step.name: "--force" for step in graph.steps}
    if start is None:
        return {}
    found = {step.name for step in graph.steps if start in (step.name, step.base)}
    if not found:
        raise InvalidInput(
            f"--from {start}: there is no such step.", f"Steps are {', '.join(step.name for step in graph.steps)}."
        )
    for step in graph.steps:  # in an order in which they can run
        if found.intersection(graph.needs[step.name]):
            found.add(step.name)
    return {step.name: f"--from {start}" for step in graph.steps if step.name in found}


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
