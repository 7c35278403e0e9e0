"""A pipeline run: steps begin as soon as what they need is done, each in a process of its own."""

from __future__ import annotations

import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nbmlops.capture.environment import environment
from nbmlops.errors import NbmlopsError
from nbmlops.pipelines.cell_tests import recalled, tests_of
from nbmlops.pipelines.conditions import check_condition
from nbmlops.pipelines.contents import Contents
from nbmlops.pipelines.deciding import Decider
from nbmlops.pipelines.gates import check_gates, metrics_of
from nbmlops.pipelines.kernels import KernelKind
from nbmlops.pipelines.outputs import put_back
from nbmlops.pipelines.promoting import promote, registered_by, runs_before
from nbmlops.pipelines.records import PipelineRun, StepRun
from nbmlops.pipelines.step_notebooks import StepNotebook
from nbmlops.pipelines.trying import CANCELLED, StepTries
from nbmlops.pipelines.when import value_for
from nbmlops.store.pipelines import PipelineStore
from nbmlops.store.runs import Closing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbmlops.pipelines.deciding import Decision
    from nbmlops.pipelines.definition import Pipeline, Step
    from nbmlops.pipelines.engines import StepEngine
    from nbmlops.pipelines.gates import BaseMetrics
    from nbmlops.pipelines.graph import Graph
    from nbmlops.registry import Models
    from nbmlops.tracking.active import ActiveRun
    from nbmlops.tracking.recorder import Recorder

BEAT_SECONDS = 30.0


@dataclass(frozen=True)
class RunOptions:
    """How a pipeline is run.

    ``forced`` maps the names of steps that run in any case to the reason. ``workers`` run at a time; by default as many
    as there are processors. ``cause`` says what started the run, where that was not a person. ``checkpoint``: what each
    cell leaves in memory is held, and a step that failed goes on at the cell that failed. ``only`` names the steps
    that are run, each tried once, where another orchestrator sees to the rest. With ``tests`` the cells that are tagged
    ``test`` run behind each notebook. ``base`` is what gates compare with. Without ``promotes`` no alias is moved.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    forced: Mapping[str, str] = field(default_factory=dict)
    workers: int = 2
    cause: str = ""
    checkpoint: bool = False
    only: frozenset[str] = frozenset()
    tests: bool = False
    base: BaseMetrics | None = None
    promotes: bool = True


class PipelineRunner:
    """Runs the steps of one pipeline, once.

    Parameters
    ----------
    pipeline : Pipeline
        As its file says it.
    graph : Graph
        Its steps, checked.
    recorder : Recorder
        Records the runs.
    models : Models
        The models that gates and promotions name.
    options : RunOptions
        How.
    told : callable
        Told a step's state whenever it changes, with the number of the cell that begins and how many there are.
    engine : StepEngine
        Where the steps run.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        graph: Graph,
        recorder: Recorder,
        models: Models,
        options: RunOptions,
        engine: StepEngine,
        told: Callable[[StepRun, int, int], object] = lambda *_: None,
    ) -> None:
        self.pipeline, self.graph, self.options = pipeline, graph, options
        self.recorder, self.models, self.told = recorder, models, told
        self.store = PipelineStore(recorder.database)
        self.contents = Contents()
        self.decider = Decider(recorder, pipeline.folder, self.contents)
        self.steps = {step.name: step for step in graph.steps if not options.only or step.name in options.only}
        self.notebooks = {step.name: StepNotebook.read(pipeline.folder / step.notebook) for step in self.steps.values()}
        self.states = {
            step.name: StepRun(step.name, graph.needs[step.name], None, notebook=step.notebook) for step in graph.steps
        }
        for name in self.states.keys() - self.steps.keys():  # somebody else has seen to these
            last = self.store.last(str(pipeline.folder), name)
            self.states[name] = replace(self.states[name], status="cached", run=last[0] if last else None)
        self.tests = {name: tests_of(one) if options.tests else () for name, one in self.notebooks.items()}
        self.warming_s = 0.0
        self.engine = engine
        self._lock = threading.Lock()
        self.cancelled = threading.Event()
        self.tries = StepTries(self)

    def run(self) -> PipelineRun:
        """Run the pipeline; what goes wrong in its steps is their state, not an error.

        A KeyboardInterrupt stops the steps, writes down how far they came, and goes on to the caller.
        """
        began = time.perf_counter()
        run = self._open()
        problem: BaseException | None = None
        try:
            with self.engine:
                self._work(run)
        except BaseException as error:
            problem = error
            raise
        finally:
            self._close(run, time.perf_counter() - began, problem)
        return self.result(run, time.perf_counter() - began)

    def cancel(self, reason: str = CANCELLED) -> None:
        """Stop all steps; may be called from any thread."""
        self.cancelled.set()
        self.tries.stop(reason)

    def result(self, run: ActiveRun, seconds: float) -> PipelineRun:
        """Return the state of the whole."""
        return PipelineRun(
            self.pipeline.name,
            self._status(),
            tuple(self.states[name] for name in self.steps),
            id=run.id,
            name=run.name,
            started_at=self.recorder.reader.by_ids([run.id])[0].started_at,
            duration_s=round(seconds, 3),
            warming_s=round(self.warming_s, 3),
            file=str(self.pipeline.file) if self.pipeline.file else None,
            params=dict(self.options.params),
            cause=self.options.cause,
            error=self._error(),
        )

    def _open(self) -> ActiveRun:
        run = self.recorder.open_run(self.pipeline.name, experiment=self.pipeline.name, source="pipeline")
        if self.options.params:
            run.log_params({name: _scalar(value) for name, value in self.options.params.items()})
        self.store.create(
            run.id,
            pipeline=self.pipeline.name,
            file=str(self.pipeline.file) if self.pipeline.file else None,
            folder=str(self.pipeline.folder),
            definition={"steps": list(self.steps)},
            params=dict(self.options.params),
            cause=self.options.cause,
            steps=[(name, step.notebook, self.graph.needs[name]) for name, step in self.steps.items()],
        )
        return run

    def _close(self, run: ActiveRun, seconds: float, problem: BaseException | None) -> None:
        for name, state in self.states.items():
            if state.status in (None, "running"):
                self.set(run.id, name, status="interrupted", reason=state.reason or CANCELLED)
        status = self._status()
        error = self._error() or (f"{type(problem).__name__}: {problem}" if problem is not None else None)
        run.close(
            Closing(
                "finished" if status == "finished" else "interrupted" if status == "interrupted" else "failed",
                round(seconds, 3),
                error,
                environment=environment(),
                facts={"pipeline": self.pipeline.name},
            )
        )

    def _status(self) -> Any:
        found = {state.status for state in self.states.values()}
        if self.cancelled.is_set() or "interrupted" in found:
            return "interrupted"
        return "failed" if "failed" in found else "finished"

    def _error(self) -> str | None:
        failed = [state for state in self.states.values() if state.status == "failed"]
        return f"{failed[0].step}: {failed[0].reason}" if failed else None

    def _work(self, run: ActiveRun) -> None:
        waiting = list(self.steps)
        running: dict[Future[None], str] = {}
        beaten = time.monotonic()
        with ThreadPoolExecutor(self.options.workers, thread_name_prefix="nbmlops-step") as executor:
            try:
                while waiting or running:
                    for name in [name for name in waiting if self._is_ready(name)]:
                        if len(running) >= self.options.workers:
                            break
                        waiting.remove(name)
                        if not self._is_blocked(run.id, name):
                            running[executor.submit(self._step, run, self.steps[name])] = name
                    self._prepare(waiting)
                    done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                    for future in done:
                        name = running.pop(future)
                        error = future.exception()
                        if error is not None:
                            self.set(run.id, name, status="failed", reason=_said(error))
                    if self.cancelled.is_set() and not running:
                        return
                    if time.monotonic() - beaten > BEAT_SECONDS:
                        beaten = time.monotonic()
                        run.beat()
            except BaseException:
                self.cancel()
                raise

    def _is_ready(self, name: str) -> bool:
        return not self.cancelled.is_set() and all(
            self.states[need].status not in (None, "running") for need in self.graph.needs[name]
        )

    def _is_blocked(self, run: str, name: str) -> bool:
        """Skip a step that needs one which did not end well."""
        for need in self.graph.needs[name]:
            status = self.states[need].status
            if status not in ("ran", "cached"):
                words = {"failed": "failed", "skipped": "was skipped"}.get(str(status), "did not finish")
                self.set(run, name, status="skipped", reason=f"{need} {words}")
                return True
        return False

    def _prepare(self, waiting: list[str]) -> None:
        """Have kernels started, while others run, for the steps that will probably run next."""
        if self.cancelled.is_set():
            return
        runs: dict[str, bool] = {}
        for name, state in self.states.items():
            runs[name] = state.action == "run" or name in self.options.forced or any(runs[need] for need in state.needs)
        self.engine.prepare(self.kind(self.steps[name]) for name in waiting if runs[name])

    def kind(self, step: Step) -> KernelKind:
        """Return the kind of kernel that a step runs in."""
        notebook = self.notebooks[step.name]
        return KernelKind(step.kernel or notebook.kernel, str(self.pipeline.folder), notebook.imports())

    def _step(self, run: ActiveRun, step: Step) -> None:
        """Do one step; called in a thread of its own."""
        name = step.name
        if step.when:
            found = check_condition(
                step.when, lambda word: value_for(word, step, self.states, self.options.params, self.recorder)
            )
            if not found.holds:
                self.set(run.id, name, status="skipped", reason=f"when {step.when}: {found.detail}")
                return
        forced, models = self.options.forced.get(name, ""), self.models_before(name)
        decision = self._untested(step, self.decider.decide(step, self.notebooks[name], forced=forced, models=models))
        self.set(
            run.id,
            name,
            action=decision.action,
            reason=decision.reason,
            status="running",
            key=decision.key,
            facts=decision.facts,
        )
        began = time.perf_counter()
        if decision.action == "cached":
            restored = put_back(self.recorder, decision, self.pipeline.folder, self.contents)
            more = f"; put back {', '.join(restored[:3])}{' …' if len(restored) > 3 else ''}" if restored else ""
            self.set(run.id, name, run_id=decision.run, reason=decision.reason + more)
            ending, reason, _ = self._gated(run.id, step, str(decision.run), promotes=False)
            status = "cached" if ending == "ran" else ending
            seconds = round(time.perf_counter() - began, 3)
            self.set(run.id, name, status=status, seconds=seconds, **({"reason": reason} if reason else {}))
            return
        attempt, attempts = self.tries.run(run, step, decision)
        with self._lock:
            self.warming_s += attempt.warming_s
            self.states[name] = replace(self.states[name], tests=attempt.tests)
        ending, reason, promoted = attempt.ending, attempt.reason, ""
        if ending == "ran":
            ending, reason, promoted = self._gated(run.id, step, str(attempt.run), promotes=True)
        self.set(
            run.id,
            name,
            status=ending,
            seconds=round(attempt.seconds, 3),
            attempts=attempts,
            run_id=attempt.run,
            reason=reason or "; ".join(part for part in (promoted, decision.reason, attempt.note) if part),
        )

    def _untested(self, step: Step, decision: Decision) -> Decision:
        """Have a step run whose tests have not run behind its cached run; note what they came to where they have."""
        tests = self.tests[step.name]
        if decision.action != "cached" or not tests:
            return decision
        outcomes = recalled(self.recorder.database, self.recorder.blobs, str(decision.run), tests)
        if outcomes is None:
            return replace(decision, action="run", reason="its tests have not run yet")
        with self._lock:
            self.states[step.name] = replace(self.states[step.name], tests=outcomes)
        return decision

    def _gated(self, run: str, step: Step, made: str, *, promotes: bool) -> tuple[Any, str, str]:
        """Check the gates of a step that is done, and promote what it registered.

        Gives its ending, why it failed, and which version an alias was moved to.
        """
        gates = tuple(check_gates(step, made, self.recorder, self.models, self.options.base))
        self.states[step.name] = replace(self.states[step.name], gates=gates, metrics=metrics_of(made, self.recorder))
        if gates:
            self.store.note(run, step.name, gates=gates)
        missed = [gate for gate in gates if not gate["holds"]]
        if missed:
            return "failed", f"gate {missed[0]['gate']}: {missed[0]['detail']}", ""
        if step.promote and promotes and self.options.promotes:
            try:
                before = runs_before(self.graph.needs[step.name], self.states)
                now = promote(step, made, before, self.recorder, self.models)
                self.store.note(run, step.name, promoted={step.promote: now})
            except NbmlopsError as error:
                return "failed", error.message, ""
            return "ran", "", f"{step.promote} is {now} now"
        return "ran", "", ""

    def models_before(self, name: str) -> dict[str, int]:
        """Return the versions of models that the steps before a step have registered, in this run or a cached one."""
        return registered_by(runs_before(self.graph.needs[name], self.states), self.recorder)

    def set(self, run: str, name: str, **columns: Any) -> None:
        """Change the state of a step: in the registry, in the result, and for who looks on."""
        self.store.update(run, name, **columns)
        shown = {
            "run" if key == "run_id" else key: value for key, value in columns.items() if key not in ("key", "facts")
        }
        with self._lock:
            self.states[name] = replace(self.states[name], **shown)
        self.told(self.states[name], 0, 0)


def _said(error: BaseException) -> str:
    return error.message if isinstance(error, NbmlopsError) else f"{type(error).__name__}: {error}"


def _scalar(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)
