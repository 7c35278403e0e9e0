"""What has to hold before a step counts as done: metrics against limits and against models, and its assumptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NbmlopsError, NotFound, nearest
from nbmlops.pipelines.conditions import Unset, check_condition, comparisons_in, names_in
from nbmlops.validation.challenging import is_unchallenged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbmlops.pipelines.definition import Step
    from nbmlops.records import RunDetail
    from nbmlops.registry import Models
    from nbmlops.tracking.recorder import Recorder

ASSUMPTIONS = "assumptions"
BASE = "base"
"""Stands for the metric's value in the base that ``ci`` compares with."""


@dataclass(frozen=True)
class BaseMetrics:
    """What a base came to, as its lock file pins it: metrics by step, and by the name of a model with its alias."""

    steps: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def check_gates(
    step: Step, run: str, recorder: Recorder, models: Models, base: BaseMetrics | None = None
) -> list[dict[str, Any]]:
    """Return what became of each gate of a step: ``gate``, ``holds``, ``detail``.

    Parameters
    ----------
    step : Step
        The step.
    run : str
        The run that it was recorded as.
    recorder : Recorder
        The registry.
    models : Models
        The models that gates name.
    base : BaseMetrics, optional
        The base that ``ci`` compares with; elsewhere ``base`` stands for nothing yet.
    """
    return [_check(gate, step, run, recorder, models, base) for gate in step.gates]


def _check(
    gate: str, step: Step, run: str, recorder: Recorder, models: Models, base: BaseMetrics | None
) -> dict[str, Any]:
    if gate.strip() == ASSUMPTIONS:
        return _assumptions(recorder.reader.detail(run), gate)
    metrics = metrics_of(run, recorder)
    before = None if base is None else base.steps.get(step.name, {})
    pinned = {} if base is None else base.models
    try:
        found = check_condition(gate, lambda name: value_of(name, gate, metrics, models, before, pinned))
    except NbmlopsError as error:
        return {"gate": gate, "holds": False, "detail": error.message}
    return {"gate": gate, "holds": found.holds, "detail": found.detail}


def metrics_of(run: str, recorder: Recorder) -> dict[str, float]:
    """Return the metrics of a step's run, and of the tracked cells in it: the last one of a name counts."""
    found: dict[str, float] = {}
    children = recorder.reader.by_ids(recorder.reader.child_ids(run))
    for one in [*sorted(children, key=lambda child: child.id), *recorder.reader.by_ids([run])]:
        found.update(one.metrics)
    return found


def value_of(
    name: str,
    gate: str,
    metrics: Mapping[str, float],
    models: Models,
    base: Mapping[str, float] | None,
    pinned: Mapping[str, Mapping[str, float]],
) -> Any:
    """Return what a name of a gate stands for: a metric, a model's value of it, or the base's.

    A model that the base pins is that one: a clone has no models, and a workspace may hold newer ones.

    Raises
    ------
    InvalidInput
        It stands for nothing.
    """
    if "@" in name:
        return _of_model(name, gate, metrics, models, pinned)
    if name == BASE and name not in metrics:
        return _of_base(gate, metrics, base)
    if name not in metrics and is_unchallenged(name, metrics):
        return Unset("unknown, as there is no champion yet")
    if name not in metrics:
        near = nearest(name, metrics)
        known = f"Did you mean {near[0]}?" if near else f"It computed {', '.join(metrics) or 'none'}."
        raise InvalidInput(f"the step computed no metric {name}. {known}")
    return metrics[name]


def _of_model(
    name: str, gate: str, metrics: Mapping[str, float], models: Models, pinned: Mapping[str, Mapping[str, float]]
) -> Any:
    """Return a model's value of the metric that a gate is about, such as that of the champion."""
    about = _about(name, gate, metrics)
    if about is None:
        raise InvalidInput(f"{name} stands for a model's value of the metric, and the gate names none.")
    spec, known = name, pinned.get(name)
    if known is None:
        try:
            version = models.get(name)
        except NotFound:
            return Unset("not there yet")  # the first model has nobody to beat
        spec, known = version.spec, version.metrics
    if about not in known and about.partition(".")[2] in known:
        about = about.partition(".")[2]  # a model knows no steps
    if about not in known:
        raise InvalidInput(f"{spec} has no metric {about}: it has {', '.join(known) or 'none'}.")
    return known[about]


def _of_base(gate: str, metrics: Mapping[str, float], base: Mapping[str, float] | None) -> Any:
    """Return the base's value of the metric that a gate is about."""
    about = _about(BASE, gate, metrics)
    if about is None:
        raise InvalidInput(
            f"{BASE} stands for the base's value of the metric, and the gate names none that was computed."
        )
    if base is None:
        return Unset("known under nbmlops ci only")
    return base[about] if about in base else Unset("not pinned there")


def _about(name: str, gate: str, metrics: Mapping[str, float]) -> str | None:
    """Return the metric whose value a name of a gate stands for: the first one of the comparison that it stands in.

    Raises
    ------
    InvalidInput
        It stands beside several metrics, so that one value cannot be meant.
    """
    beside = [names for names in comparisons_in(gate) if name in names]
    found = {metric: None for names in beside if (metric := _first(names, metrics)) is not None}
    if len(found) > 1:
        raise InvalidInput(f"{name} stands beside {' and '.join(found)}. Write a gate for each.")
    return next(iter(found), None) or _first(names_in(gate), metrics)


def _first(names: Iterable[str], metrics: Mapping[str, float]) -> str | None:
    return next((name for name in names if name in metrics), None)


def _assumptions(run: RunDetail, gate: str) -> dict[str, Any]:
    """Tell whether every assert of the notebook was reached and held: one that failed has failed the step already."""
    held = len(run.assumptions)
    return {"gate": gate, "holds": held > 0, "detail": f"{held} held" if held else "the notebook asserts nothing"}
