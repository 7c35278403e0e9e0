"""What starts the pipelines of a workspace: the part of ``workspace.pipelines`` that is about schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.pipelines.definition import FILE, Pipeline
from nbmlops.pipelines.reading import read_pipeline
from nbmlops.pipelines.scheduling.defining import read_trigger

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from nbmlops.pipelines.scheduling.records import Schedule
    from nbmlops.pipelines.scheduling.scheduler import Scheduler


class Scheduled:
    """Pipelines that the scheduler of their workspace starts."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

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
        pipeline = source if isinstance(source, Pipeline) else read_pipeline(source, params or {})
        if pipeline.file is None:
            raise InvalidInput(f"{pipeline.name} is not in a file.", "A schedule starts a pipeline.yaml.")
        return self._scheduler.put(pipeline, dict(params or {}), trigger, name=name, misfire=misfire, replace=replace)

    def schedules(self) -> list[Schedule]:
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
