"""The values of the names in a ``when``: parameters of the step and of the run, metrics of earlier steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.pipelines.gates import metrics_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.pipelines.definition import Step
    from nbmlops.pipelines.records import StepRun
    from nbmlops.tracking.recorder import Recorder


def value_for(
    name: str, step: Step, states: Mapping[str, StepRun], params: Mapping[str, Any], recorder: Recorder
) -> Any:
    """Return the value of a name in the condition of a step.

    Raises
    ------
    InvalidInput
        The name is neither a parameter nor a metric of a step that is done.
    """
    known = {**params, **step.params}
    if name in known:
        return known[name]
    before, _, metric = name.rpartition(".")
    if before in states:
        run = states[before].run
        metrics = metrics_of(run, recorder) if run is not None else {}
        if metric in metrics:
            return metrics[metric]
        raise InvalidInput(f"when: {before} computed no metric {metric}: it has {', '.join(metrics) or 'none'}.")
    raise InvalidInput(
        f"when: {name} is no parameter of {step.name} and no metric of an earlier step.",
        "Write step.metric, or the name of a parameter.",
    )
