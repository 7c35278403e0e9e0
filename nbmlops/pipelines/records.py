"""What is told of pipelines: frozen records that know no screen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from nbmlops.records import json_value

Action = Literal["run", "cached"]
StepStatus = Literal["running", "ran", "cached", "failed", "skipped", "interrupted"]
PipelineStatus = Literal["planned", "running", "finished", "failed", "interrupted"]


@dataclass(frozen=True)
class StepRun:
    """One step of a pipeline run, or of a plan: then ``status`` is None. ``run`` is the run that it was recorded as.

    ``seconds`` is how long it took; in a plan how long it took when it last ran. ``reason`` says why it runs, is
    cached, failed or was skipped. ``tests`` are its cells that are tagged ``test``, where ``ci`` ran it.
    """

    step: str
    needs: tuple[str, ...]
    action: Action | None
    status: StepStatus | None = None
    seconds: float | None = None
    reason: str = ""
    run: str | None = None
    notebook: str = ""
    run_name: str | None = None
    attempts: int = 0
    metrics: dict[str, float] | None = None
    gates: tuple[dict[str, Any], ...] = ()
    tests: tuple[dict[str, Any], ...] = ()
    started_at: str | None = None


@dataclass(frozen=True)
class PipelineRun:
    """A run of a pipeline, or a plan of one: then ``status`` is *planned*.

    ``warming_s`` are the seconds for which steps waited for kernels to start; ``cause`` says what started the run,
    where that was not a person.
    """

    pipeline: str
    status: PipelineStatus
    steps: tuple[StepRun, ...]
    id: str | None = None
    name: str | None = None
    started_at: str | None = None
    duration_s: float | None = None
    warming_s: float = 0.0
    file: str | None = None
    params: dict[str, Any] | None = None
    cause: str = ""
    error: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How many steps have each status; in a plan, how many have each action."""
        found: dict[str, int] = {}
        for step in self.steps:
            word = step.status or step.action or "waiting"
            found[word] = found.get(word, 0) + 1
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops pipelines run --json``."""
        result: dict[str, Any] = json_value(asdict(self))
        return result
