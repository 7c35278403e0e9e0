"""What ``nbmlops ci`` tells: frozen records that know no screen."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from nbmlops.records import json_value

CiStatus = Literal["passed", "failed", "error"]
Severity = Literal["severe", "warn"]
FindingKind = Literal["lint", "format", "data", "reproduction"]
EXIT_CODES: dict[CiStatus, int] = {"passed": 0, "error": 1, "failed": 3}
"""A step that broke is an error; a gate, a test or a check that said no is an answer."""


@dataclass(frozen=True)
class MetricChange:
    """A metric in the base and now; ``better`` is None where it did not change, or nobody knows which way is better."""

    metric: str
    base: float | None
    now: float | None
    direction: Literal["higher", "lower"] | None = None

    @property
    def change(self) -> float | None:
        """What was added to the base's value."""
        return None if self.base is None or self.now is None else self.now - self.base

    @property
    def better(self) -> bool | None:
        """Whether it is better than in the base."""
        if not self.change or math.isnan(self.change) or self.direction is None:
            return None
        return (self.change > 0) == (self.direction == "higher")

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return {**asdict(self), "change": self.change, "better": self.better}


@dataclass(frozen=True)
class CiRun:
    """A step that ran, or whose earlier run stands for it.

    ``in_base`` tells whether the base's lock pins it; ``code_changed`` whether its code is another one there.
    """

    step: str
    pipeline: str
    notebook: str
    status: str | None
    action: str | None
    run: str | None
    seconds: float | None
    reason: str
    metrics: tuple[MetricChange, ...] = ()
    gates: tuple[dict[str, Any], ...] = ()
    tests: tuple[dict[str, Any], ...] = ()
    assumptions: tuple[dict[str, Any], ...] = ()
    error: str = ""
    in_base: bool = False
    code_changed: bool | None = None

    @property
    def failed_by_gate(self) -> bool:
        """Whether it ended well, but for a gate that was missed."""
        return self.status == "failed" and any(not gate["holds"] for gate in self.gates)

    @property
    def has_run(self) -> bool:
        """Whether its notebook ran to the end now, whatever its gates said."""
        return self.action == "run" and (self.status == "ran" or self.failed_by_gate)

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return {**asdict(self), "metrics": [metric.to_json() for metric in self.metrics]}


@dataclass(frozen=True)
class ModelChange:
    """A metric that a step computed, beside that of a registered model, such as the champion: its ``base``."""

    model: str
    step: str
    metric: MetricChange

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return {"model": self.model, "step": self.step, **self.metric.to_json()}


@dataclass(frozen=True)
class CellChange:
    """A cell of a notebook that differs from the base. ``cell`` counts from 1, in the base where it was removed."""

    notebook: str
    cell: int
    change: Literal["added", "removed", "changed"]
    kind: str
    diff: str


@dataclass(frozen=True)
class DataChange:
    """A file or a data set that is not what it was in the base; ``detail`` says in words what is different."""

    step: str
    path: str
    change: Literal["added", "removed", "changed"]
    detail: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that a check found. A severe one fails the whole; the others do so with ``--strict``."""

    kind: FindingKind
    where: str
    what: str
    severity: Severity = "warn"


@dataclass(frozen=True)
class CiReport:
    """All that was found. ``base`` is how the base was named, ``base_commit`` the commit that was compared with."""

    status: CiStatus
    base: str
    base_commit: str
    head: str
    changed: tuple[str, ...] = ()
    runs: tuple[CiRun, ...] = ()
    gates: tuple[dict[str, Any], ...] = ()
    models: tuple[ModelChange, ...] = ()
    cells: tuple[CellChange, ...] = ()
    data: tuple[DataChange, ...] = ()
    findings: tuple[Finding, ...] = ()
    replays: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    strict: bool = False
    duration_s: float = 0.0
    report: str | None = None

    @property
    def exit_code(self) -> int:
        """0 where all is well, 1 where a step broke, 3 where a check said no."""
        return EXIT_CODES[self.status]

    @property
    def cells_by_notebook(self) -> dict[str, list[CellChange]]:
        """The cells that differ, by notebook."""
        found: dict[str, list[CellChange]] = {}
        for change in self.cells:
            found.setdefault(change.notebook, []).append(change)
        return found

    @property
    def failed_tests(self) -> list[tuple[str, dict[str, Any]]]:
        """The tests that failed, with the name of their step."""
        return [(run.step, test) for run in self.runs for test in run.tests if not test["passed"]]

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops ci --json``."""
        whole = {
            **asdict(self),
            "runs": [run.to_json() for run in self.runs],
            "models": [model.to_json() for model in self.models],
            "exit_code": self.exit_code,
        }
        result: dict[str, Any] = json_value(whole)
        return result
