"""``nbmlops ci``: what changed is run again, compared with the base, and judged."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nbmlops.errors import Conflict, MissingExtra, NbmlopsError
from nbmlops.integration.cell_changes import cell_changes
from nbmlops.integration.data_checks import data_changes, data_findings
from nbmlops.integration.linting import lint_notebooks
from nbmlops.integration.planning import find_pipeline, plan, untouched_steps
from nbmlops.integration.project_gates import Measured, check_all, check_readable
from nbmlops.integration.records import CellChange, CiReport, CiRun, DataChange, Finding, MetricChange, ModelChange
from nbmlops.integration.repository import Repository
from nbmlops.integration.settings import read_settings
from nbmlops.pipelines.gates import BaseMetrics
from nbmlops.registry.lockfile import FILE as LOCK
from nbmlops.registry.pinned_steps import PinnedStep, read_datasets, read_models, read_steps, steps_of_run
from nbmlops.store.datasets import DatasetStore
from nbmlops.store.directions import known_direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from nbmlops.datasets import Datasets
    from nbmlops.integration.planning import Planned
    from nbmlops.integration.records import CiStatus
    from nbmlops.integration.repository import Base
    from nbmlops.integration.settings import CiSettings
    from nbmlops.pipelines.graph import Graph
    from nbmlops.pipelines.pipelines import Pipelines
    from nbmlops.pipelines.records import PipelineRun, StepRun
    from nbmlops.registry import Models
    from nbmlops.replay.proving import Proving
    from nbmlops.tracking.recorder import Recorder

_Pinned = dict[tuple[str, str], PinnedStep]


@dataclass(frozen=True)
class _Before:
    """What the lock file of the base pins."""

    steps: _Pinned
    models: Mapping[str, Mapping[str, float]]
    datasets: Mapping[str, tuple[int, str]]


@dataclass(frozen=True)
class CiOptions:
    """What a call of ``ci`` asks for; what it leaves open is as the project's settings say.

    Attributes
    ----------
    base : str or None
        A branch, a tag or a commit.
    pipeline : str or None
        The pipeline's file.
    params : mapping
        As in `Pipelines.run`.
    gates : tuple of str
        Conditions beside those of the project and of the steps.
    everything : bool
        All notebooks run, changed or not.
    strict : bool
        Warnings fail.
    lint : bool
        Whether ruff looks at notebooks.
    reproduce : bool
        What ran is replayed.
    workers : int or None
        How many steps run at a time.
    """

    base: str | None = None
    pipeline: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    gates: tuple[str, ...] = ()
    everything: bool = False
    strict: bool = False
    lint: bool = True
    reproduce: bool = False
    workers: int | None = None


class Integration:
    """Checks of a repository, with the workspace that its runs are recorded in."""

    def __init__(
        self, recorder: Recorder, pipelines: Pipelines, models: Models, datasets: Datasets, proving: Proving
    ) -> None:
        self._recorder = recorder
        self._pipelines = pipelines
        self._models = models
        self._datasets = datasets
        self._proving = proving

    def check(
        self,
        folder: Path,
        options: CiOptions,
        *,
        told: Callable[[StepRun, int, int], object] = lambda *_: None,
        began: Callable[[Graph], object] = lambda _: None,
    ) -> CiReport:
        """Run what a change touches, compare it with the base, and say whether it may go on.

        Parameters
        ----------
        folder : Path
            A folder of the repository: where ``pipeline.yaml`` and ``nbmlops.lock`` are looked for.
        options : CiOptions
            What is asked for.
        told, began : callable
            As in `Pipelines.run`.
        """
        started = time.perf_counter()
        repository = Repository(folder)
        settings = read_settings(folder, repository.root)
        check_readable((*settings.gates, *options.gates))
        base = repository.base(options.base or settings.base)
        changed = repository.changed(base.commit)
        named = options.pipeline or settings.pipeline
        planned = plan(repository, folder, named, changed, options.params, everything=options.everything)
        file = find_pipeline(folder, named)
        lock, notes = self._lock_of_base(repository, folder if file is None else file.parent, base)
        before = _Before(read_steps(lock or ""), read_models(lock or ""), read_datasets(lock or ""))
        done = [self._run(one, before, options, told, began) for one in planned]
        if not planned:
            unasked = " and the project's gates were not asked" if settings.gates else ""
            notes.append(f"no notebook is touched by the change, so that nothing ran{unasked}")
        elif not any(run.steps for run in done):
            notes.append("the pipeline has no steps")
        report = self._judged(done, before, CiReport("passed", base.named, base.commit, repository.head()))
        measured = [_measured(run) for run in report.runs]
        gates, more = check_all(
            (*settings.gates, *options.gates) if planned else options.gates,
            measured,
            self._models,
            before.models,
            untouched_steps(before.steps, [(run.pipeline, run.step) for run in report.runs], changed),
        )
        replays = tuple(self._replays(report.runs)) if options.reproduce else ()
        findings, unlinted = self._findings(repository, changed, settings, options)
        report = replace(
            report,
            changed=tuple(changed),
            gates=(*report.gates, *gates),
            models=tuple(self._beside_models(measured, before.models)),
            cells=tuple(_cells(repository, base, changed)),
            findings=(*findings, *report.findings, *_of_replays(replays)),
            replays=replays,
            notes=(*notes, *more, *unlinted),
            strict=options.strict or settings.strict,
            duration_s=round(time.perf_counter() - started, 3),
        )
        return replace(report, status=_status(report))

    def _judged(self, done: Sequence[PipelineRun], before: _Before, report: CiReport) -> CiReport:
        """Return a report with what ran, the gates of its steps, and its data beside those of the base."""
        now = {
            (step.pipeline, step.step): step
            for run in done
            for step in steps_of_run(self._recorder.database, str(run.id))
        }
        runs = tuple(self._told(run.pipeline, step, before.steps, now) for run in done for step in run.steps)
        return replace(
            report,
            runs=runs,
            gates=tuple({**gate, "step": run.step} for run in runs for gate in run.gates),
            data=(
                *(one for key, step in now.items() for one in data_changes(before.steps.get(key), step)),
                *self._dataset_changes(before.datasets),
            ),
            findings=tuple(one for key, step in now.items() for one in data_findings(before.steps.get(key), step)),
        )

    def _lock_of_base(self, repository: Repository, folder: Path, base: Base) -> tuple[str | None, list[str]]:
        """Return the base's lock file: the one beside the pipeline, or that of the repository's root."""
        for path in dict.fromkeys((repository.path_of(folder / LOCK), LOCK)):
            text = repository.show(base.commit, path)
            if text is not None:
                return text, []
        return None, [
            f"{LOCK} is not in {base.named}, so that there is nothing to compare with. Write it (nbmlops lock) and "
            "commit it."
        ]

    def _run(
        self,
        planned: Planned,
        before: _Before,
        options: CiOptions,
        told: Callable[[StepRun, int, int], object],
        began: Callable[[Graph], object],
    ) -> PipelineRun:
        steps = {step: one.metrics for (name, step), one in before.steps.items() if name == planned.pipeline.name}
        return self._pipelines.run(
            planned.pipeline,
            planned.params,
            workers=options.workers,
            cause="ci",
            told=told,
            began=began,
            tests=True,
            base=BaseMetrics(steps, before.models),
            promotes=False,
        )

    def _told(self, pipeline: str, step: StepRun, pinned: _Pinned, now: _Pinned) -> CiRun:
        key = (pipeline, step.step)
        before = pinned.get(key)
        metrics = (step.metrics or {}) or (now[key].metrics if key in now else {})
        names = sorted({*metrics, *(before.metrics if before else ())}) if step.run is not None else []
        changes = tuple(
            MetricChange(name, before.metrics.get(name) if before else None, metrics.get(name), self._direction(name))
            for name in names
        )
        details = [self._recorder.reader.detail(run) for run in self._runs_of(step.run)]
        return CiRun(
            step=step.step,
            pipeline=pipeline,
            notebook=step.notebook,
            status=step.status,
            action=step.action,
            run=step.run,
            seconds=step.seconds,
            reason=step.reason,
            metrics=changes,
            gates=step.gates,
            tests=step.tests,
            assumptions=tuple(one for detail in details for one in detail.assumptions),
            error=next((detail.error for detail in reversed(details) if detail.error), "") or "",
            in_base=before is not None,
            code_changed=before.code != now[key].code if before is not None and key in now else None,
        )

    def _beside_models(
        self, measured: Sequence[Measured], pinned: Mapping[str, Mapping[str, float]]
    ) -> Iterator[ModelChange]:
        """Yield what steps computed beside the models that have an alias: those of the base, and of the workspace."""
        known = dict(pinned)
        for version in self._models.list():
            for alias in version.aliases:
                known.setdefault(f"{version.name}@{alias}", version.metrics)
        for model, metrics in sorted(known.items()):
            for one in measured:
                for name, value in sorted(one.now.items()):
                    if name in metrics:
                        changed = MetricChange(name, metrics[name], value, self._direction(name))
                        yield ModelChange(model, one.step, changed)

    def _runs_of(self, run: str | None) -> list[str]:
        return [] if run is None else [*self._recorder.reader.child_ids(run), run]

    def _direction(self, metric: str) -> Any:
        return self._recorder.reader.kept_direction(metric) or known_direction(metric)

    def _findings(
        self, repository: Repository, changed: Sequence[str], settings: CiSettings, options: CiOptions
    ) -> tuple[list[Finding], list[str]]:
        """Return what ruff says of notebooks that changed; of all, where all run."""
        if not (options.lint and settings.lint):
            return [], []
        notebooks = repository.notebooks() if options.everything else changed
        chosen = [path for path in notebooks if path.endswith(".ipynb") and (repository.root / path).is_file()]
        if not chosen:
            return [], []
        try:
            return lint_notebooks(repository.root, chosen), []
        except MissingExtra as error:
            return [], [f"notebooks were not linted: {error.message} {error.hint}"]
        except Conflict as error:  # what ran is reported all the same
            return [Finding("lint", "notebooks", error.message, "severe")], []

    def _replays(self, runs: Sequence[CiRun]) -> list[dict[str, Any]]:
        """Replay what ran: the tracked cells of a notebook, or the notebook where it has none."""
        from nbmlops.replay.program import Options

        found = []
        for run in runs:
            if not run.has_run or run.run is None:
                continue
            made = self._recorder.reader.child_ids(run.run) or [run.run]
            for one in dict.fromkeys(self._proving.target(name).id for name in made):
                try:
                    replay = self._proving.reproduce(one, Options())
                except NbmlopsError as error:
                    found.append({"step": run.step, "run": one, "verdict": "not_replayable", "reason": error.message})
                    continue
                found.append({"step": run.step, **replay.to_json()})
        return found

    def _dataset_changes(self, pinned: Mapping[str, tuple[int, str]]) -> list[DataChange]:
        """Return the data sets whose newest version is not the base's; with the rows, where both are here."""
        found = []
        for newest in DatasetStore(self._recorder.database).newest():
            if newest.dataset not in pinned:
                continue
            version, fingerprint = pinned[newest.dataset]
            if fingerprint != newest.fingerprint:
                old = f"{newest.dataset}@{version}"
                found.append(DataChange("", newest.dataset, "changed", self._rows(old, fingerprint, newest.spec)))
        return found

    def _rows(self, old: str, fingerprint: str, new: str) -> str:
        try:
            if self._datasets.get(old).fingerprint != fingerprint:  # a version of that number, of another history
                return f"{old} → {new}"
            diff = self._datasets.diff(old, new)
        except NbmlopsError:
            return f"{old} → {new}"
        counts = [
            f"{amount:,} rows {word}"
            for amount, word in (
                (diff.rows_added, "added"),
                (diff.rows_removed, "removed"),
                (diff.rows_changed, "changed"),
            )
            if amount
        ]
        columns = [f"{column.column} {column.change}" for column in diff.columns]
        return f"{old} → {new}: {', '.join([*counts, *columns]) or 'the rows are the same'}"


def _status(report: CiReport) -> CiStatus:
    broke = [run for run in report.runs if run.status in ("failed", "interrupted") and not run.failed_by_gate]
    if broke:
        return "error"
    said_no = (
        any(not gate["holds"] for gate in report.gates)
        or report.failed_tests
        or any(one.severity == "severe" or report.strict for one in report.findings)
    )
    return "failed" if said_no else "passed"


def _of_replays(replays: Sequence[dict[str, Any]]) -> list[Finding]:
    found = []
    for one in replays:
        where = f"{one['step']}: {one.get('name') or one['run']}"
        if one["verdict"] == "diverged":
            factors = ", ".join(factor["factor"] for factor in one.get("factors", ())) or "for no known reason"
            found.append(Finding("reproduction", where, f"its replay diverged: {factors}", "severe"))
        elif one["verdict"] == "not_replayable":
            found.append(Finding("reproduction", where, f"it cannot be replayed: {one.get('reason', '')}"))
    return found


def _measured(run: CiRun) -> Measured:
    return Measured(
        run.step,
        {one.metric: one.now for one in run.metrics if one.now is not None},
        {one.metric: one.base for one in run.metrics if one.base is not None},
        sum(bool(one.get("ok")) for one in run.assumptions),
        run.pipeline,
    )


def _cells(repository: Repository, base: Base, changed: Sequence[str]) -> Iterator[CellChange]:
    for path in changed:
        if path.endswith(".ipynb"):
            yield from cell_changes(path, repository.show(base.commit, path), _text(repository.root / path))


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
