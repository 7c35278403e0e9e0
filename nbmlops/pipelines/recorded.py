"""Pipeline runs as they were recorded: listed, found by what a person calls them, and read with their steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.errors import NotFound, did_you_mean
from nbmlops.pipelines.gates import metrics_of
from nbmlops.pipelines.records import PipelineRun, StepRun
from nbmlops.store.pipelines import PipelineStore
from nbmlops.store.run_names import resolve_run

if TYPE_CHECKING:
    from nbmlops.tracking.recorder import Recorder

LISTING = "nbmlops pipelines list"
RunList = list[PipelineRun]
NameList = list[str]


class RecordedRuns:
    """The pipeline runs of a workspace; see `Pipelines`, whose methods of these names call them."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._store = PipelineStore(recorder.database)

    def list(self, pipeline: str | None, limit: int | None, *, latest: bool) -> RunList:
        """Return pipeline runs, newest first.

        Raises
        ------
        NotFound
            No pipeline of that name has run.
        """
        self._recorder.writer.settle_open()
        if pipeline is not None and pipeline not in (known := self._store.names()):
            raise NotFound(f"no pipeline {pipeline!r} has run here.", did_you_mean(pipeline, known, LISTING))
        return [self._read(run) for run in self._store.runs(pipeline, limit, latest=latest)]

    def show(self, ref: str) -> PipelineRun:
        """Return one pipeline run."""
        self._recorder.writer.settle_open()
        return self._read(self.resolve(ref))

    def names(self) -> NameList:
        """Return the names of pipeline runs and of their pipelines, newest first."""
        rows = self._recorder.database.rows(
            "SELECT r.name, p.pipeline FROM pipeline_runs AS p JOIN runs AS r ON r.id = p.run_id "
            "WHERE r.deleted_at IS NULL ORDER BY p.run_id DESC LIMIT 100"
        )
        return list(dict.fromkeys(name for row in rows for name in row))

    def resolve(self, ref: str) -> str:
        """Return the id of a pipeline run, by its name, a part of its id, or ``@last``.

        Raises
        ------
        NotFound
            There is none.
        """
        if ref == "@last":
            found = self._store.runs(limit=1)
            if not found:
                raise NotFound("no pipeline has run here.", "nbmlops pipelines run")
            return found[0]
        try:
            run = resolve_run(self._recorder.reader, ref)
        except NotFound as error:
            raise NotFound(error.message, did_you_mean(ref, self.names(), LISTING)) from error
        if self._store.get(run) is None:
            raise NotFound(f"{ref} is no run of a pipeline.", did_you_mean(ref, self.names(), LISTING))
        return run

    def _read(self, run: str) -> PipelineRun:
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
                    tuple(row["facts"].get("gates", ())),
                    started_at=row["started_at"],
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
