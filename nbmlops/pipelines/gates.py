"""What has to hold before a step counts as done: metrics against limits and against models, and its assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NbmlopsError, NotFound, nearest
from nbmlops.pipelines.conditions import Unset, check_condition
from nbmlops.validation.challenging import is_unchallenged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbmlops.pipelines.definition import Step
    from nbmlops.records import RunDetail
    from nbmlops.registry import Models
    from nbmlops.tracking.recorder import Recorder

ASSUMPTIONS = "assumptions"


def check_gates(step: Step, run: str, recorder: Recorder, models: Models) -> list[dict[str, Any]]:
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
    """
    return [_check(gate, run, recorder, models) for gate in step.gates]


def _check(gate: str, run: str, recorder: Recorder, models: Models) -> dict[str, Any]:
    if gate.strip() == ASSUMPTIONS:
        return _assumptions(recorder.reader.detail(run), gate)
    metrics = metrics_of(run, recorder)
    try:
        found = check_condition(gate, lambda name: _value(name, gate, metrics, models))
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


def _value(name: str, gate: str, metrics: Mapping[str, float], models: Models) -> Any:
    if "@" in name:
        return _of_model(name, gate, metrics, models)
    if name not in metrics and is_unchallenged(name, metrics):
        return Unset("unknown, as there is no champion yet")
    if name not in metrics:
        near = nearest(name, metrics)
        known = f"Did you mean {near[0]}?" if near else f"It computed {', '.join(metrics) or 'none'}."
        raise InvalidInput(f"the step computed no metric {name}. {known}")
    return metrics[name]


def _of_model(name: str, gate: str, metrics: Mapping[str, float], models: Models) -> Any:
    """Return a model's value of the metric that a gate is about, such as that of the champion."""
    about = next((metric for metric in metrics if metric in gate.replace(name, "")), None)
    if about is None:
        raise InvalidInput(f"{name} stands for a model's value of the metric, and the gate names none.")
    try:
        version = models.get(name)
    except NotFound:
        return Unset("not there yet")  # the first model has nobody to beat
    if about not in version.metrics:
        raise InvalidInput(f"{version.spec} has no metric {about}: it has {', '.join(version.metrics) or 'none'}.")
    return version.metrics[about]


def _assumptions(run: RunDetail, gate: str) -> dict[str, Any]:
    """Tell whether every assert of the notebook was reached and held: one that failed has failed the step already."""
    held = len(run.assumptions)
    return {"gate": gate, "holds": held > 0, "detail": f"{held} held" if held else "the notebook asserts nothing"}


def promote(step: Step, runs: Iterable[str], recorder: Recorder, models: Models) -> str:
    """Move the alias that a step promotes to the newest version which it, or a step before it, registered.

    Parameters
    ----------
    step : Step
        The step; ``promote`` is ``model@alias``.
    runs : iterable of str
        The runs of the step and of those before it.
    recorder : Recorder
        The registry.
    models : Models
        The models.

    Raises
    ------
    NotFound
        None of them registered a version of that model.
    """
    name, _, alias = step.promote.partition("@")
    runs = {child for run in runs for child in (run, *recorder.reader.child_ids(run))}
    made = [version for version in models.show(name) if version.run in runs] if name in models.names() else []
    if not made:
        raise NotFound(
            f"promote: neither the step nor one before it registered a version of {name}.", f"%register model as {name}"
        )
    newest = max(made, key=lambda version: version.version)
    return models.promote(newest.spec, alias).spec
