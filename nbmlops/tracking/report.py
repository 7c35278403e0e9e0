"""What a tracked cell reports when it is done: the record, and each metric against the last and the best run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nbmlops.records import RunDetail
    from nbmlops.store.run_reader import RunReader


@dataclass(frozen=True)
class MetricChange:
    """A metric of a run beside the last run of its experiment and the best one before it."""

    name: str
    value: float
    direction: Literal["higher", "lower"]
    last: float | None = None
    best: float | None = None
    best_run: str | None = None

    @property
    def is_best(self) -> bool:
        """Whether no earlier run of the experiment is better."""
        if self.best is None:
            return False
        return self.value > self.best if self.direction == "higher" else self.value < self.best

    @property
    def change(self) -> float | None:
        """The change against the last run."""
        return None if self.last is None else self.value - self.last

    @property
    def is_better(self) -> bool | None:
        """Whether the change against the last run is for the better; None where there is none."""
        change = self.change
        if change is None or change == 0 or math.isnan(change):
            return None
        return (change > 0) == (self.direction == "higher")


@dataclass(frozen=True)
class CellReport:
    """What the card under a tracked cell shows."""

    run: RunDetail
    metrics: tuple[MetricChange, ...] = ()
    changed_params: tuple[tuple[str, object, object], ...] = ()
    last_run: str | None = None
    children: tuple[CellReport, ...] = ()
    joined: tuple[str, ...] = ()
    """Names of metrics that joined the run from a later cell; where there are some, the card tells only of them."""


def report_on(
    reader: RunReader, run: str, children: tuple[str, ...] = (), *, joined: tuple[str, ...] = ()
) -> CellReport:
    """Read a closed run and put it beside the runs before it in its experiment."""
    detail = reader.detail(run)
    last_id = reader.previous(run)
    last = reader.by_ids([last_id])[0] if last_id else None
    changes = []
    for name, value in detail.metrics.items():
        best = reader.best(name, detail.experiment, before=run)
        changes.append(
            MetricChange(
                name,
                value,
                reader.direction(name),
                last.metrics.get(name) if last else None,
                best[1] if best else None,
                reader.by_ids([best[0]])[0].name if best else None,
            )
        )
    changed: tuple[tuple[str, object, object], ...] = ()
    if last is not None:
        names = [name for name in detail.params if name in last.params and last.params[name] != detail.params[name]]
        changed = tuple((name, last.params[name], detail.params[name]) for name in names)
    return CellReport(
        detail,
        tuple(changes),
        changed,
        last.name if last else None,
        tuple(report_on(reader, child) for child in children),
        joined,
    )
