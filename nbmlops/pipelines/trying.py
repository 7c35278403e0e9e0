"""The tries of a step: again after a failure, stopped from outside, and what each wrote told from what others wrote."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from nbmlops.pipelines.checkpoints import Checkpoint, finish_with
from nbmlops.pipelines.contents import stamps_in
from nbmlops.pipelines.engine.step import StepOfPipeline
from nbmlops.pipelines.engines import StepWork
from nbmlops.pipelines.outputs import keep_outputs
from nbmlops.pipelines.paths import meet, parts_of
from nbmlops.pipelines.stepping import Attempt, StepProcess

if TYPE_CHECKING:
    from nbmlops.pipelines.deciding import Decision
    from nbmlops.pipelines.definition import Step
    from nbmlops.pipelines.running import PipelineRunner
    from nbmlops.tracking.active import ActiveRun

MAX_WAIT = 300.0
"""Seconds that a retry waits at most."""
CANCELLED = "it was cancelled"


class StepTries:
    """Runs the steps of one pipeline run on its engine.

    Parameters
    ----------
    runner : PipelineRunner
        The run: its states say who else is at work.
    """

    def __init__(self, runner: PipelineRunner) -> None:
        self._runner = runner
        self._processes: dict[str, StepProcess] = {}
        self._claimed: set[str] = set()
        self._lock = threading.Lock()

    def stop(self, reason: str) -> None:
        """Stop all steps; may be called from any thread."""
        with self._lock:
            processes = list(self._processes.values())
        for process in processes:
            process.stop(reason)

    def run(self, run: ActiveRun, step: Step, decision: Decision) -> tuple[Attempt, int]:
        """Run a step until it ends well or has no tries left; give the last attempt and how many there were."""
        process = StepProcess()
        with self._lock:
            self._processes[step.name] = process
        if self._runner.cancelled.is_set():
            process.stop(CANCELLED)
        attempts, warming = 0, 0.0
        retries = 0 if self._runner.options.only else step.retries
        try:
            while True:
                attempts += 1
                attempt = self._once(run, step, decision, process)
                attempt.warming_s = warming = warming + attempt.warming_s
                if attempt.ending != "failed" or attempts > retries or process.stopped == CANCELLED:
                    return attempt, attempts
                pause = min(MAX_WAIT, step.backoff * 2 ** (attempts - 1))
                said = f"try {attempts} of {retries + 1} failed: {attempt.reason}; again in {pause:g} s"
                self._runner.set(run.id, step.name, reason=said, attempts=attempts, run_id=attempt.run)
                if self._runner.cancelled.wait(pause):
                    return replace(attempt, ending="interrupted", reason=CANCELLED), attempts
                process = StepProcess()  # one that ran out of time is not stopped for ever
                with self._lock:
                    self._processes[step.name] = process
        finally:
            with self._lock:
                self._processes.pop(step.name, None)

    def _once(self, run: ActiveRun, step: Step, decision: Decision, process: StepProcess) -> Attempt:
        models = self._runner.models_before(step.name)
        known = StepOfPipeline(
            self._runner.recorder,
            self._runner.pipeline.folder / step.notebook,
            step.name,
            run.experiment,
            run.id,
            lambda cell, cells: self._runner.told(self._runner.states[step.name], cell + 1, cells),
            checkpoint=self._checkpoint(step, decision, models),
            tests=self._runner.tests[step.name],
            models=models,
        )
        alone = self._is_alone(step.name)
        before = stamps_in(self._runner.pipeline.folder)
        work = StepWork(self._runner.kind(step), self._runner.notebooks[step.name], step.params, known, step.timeout)
        attempt = self._runner.engine.run(work, process)
        if known.checkpoint is not None and attempt.run is not None:
            finish_with(known.checkpoint, attempt, self._runner.store)
        if attempt.ending == "ran" and attempt.run is not None:
            after = stamps_in(self._runner.pipeline.folder)
            changed = [path for path, stamp in after.items() if before.get(path) != stamp]
            own = self._own(step, changed, alone=alone and self._is_alone(step.name))
            outputs = keep_outputs(self._runner.recorder, attempt.run, own, self._runner.pipeline.folder)
            with self._lock:
                self._claimed.update(one.path for one in outputs)
        return attempt

    def _checkpoint(self, step: Step, decision: Decision, models: dict[str, int]) -> Checkpoint | None:
        if not self._runner.options.checkpoint:
            return None
        workspace = self._runner.recorder.database.path.parent
        point = Checkpoint.of(workspace, self._runner.pipeline.folder, step.name, decision.facts)
        noted = point.noted()
        if noted is not None and not self._runner.decider.may_go_on(step, noted["run"], decision.facts, models):
            point.forbid()
        return point

    def _is_alone(self, name: str) -> bool:
        return not any(other != name and state.status == "running" for other, state in self._runner.states.items())

    def _own(self, step: Step, changed: list[str], *, alone: bool) -> list[str]:
        """Return the changed files of a step: all while it ran alone, else those that it is said to write."""
        folder = self._runner.pipeline.folder
        mine = [parts_of(path, folder) for path in step.outputs]
        if alone:
            return [path for path in changed if path not in self._claimed]
        return [path for path in changed if any(meet(parts_of(path, folder), one) for one in mine)]
