"""Gates and ``when``, read before anything starts: their words, and the steps and parameters that ``when`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, perhaps
from nbmlops.pipelines.conditions import names_in
from nbmlops.pipelines.gates import ASSUMPTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.pipelines.definition import Pipeline, Step
    from nbmlops.pipelines.faults import Faults
    from nbmlops.pipelines.notebooks import NotebookFile


def note_conditions(step: Step, pipeline: Pipeline, params: Mapping[str, Any], faults: Faults) -> None:
    """Note gates and a ``when`` that cannot be read, and steps of ``when`` that are not there.

    What a gate names is known when its step has run: metrics are its own, and may have dots in their names.

    Parameters
    ----------
    step : Step
        As it stands in the file.
    pipeline : Pipeline
        Its pipeline.
    params : mapping
        What ``-p`` says.
    faults : Faults
        Takes what is wrong.
    """
    for gate in step.gates:
        if gate.strip() != ASSUMPTIONS:
            _names(gate, "gates", step, faults)
    if not step.when:
        return
    members = {other.name: [one.name for one in other.members()] for other in pipeline.steps}
    single = {name for key, names in members.items() if key != step.name for name in names}
    given = {*pipeline.params, *step.params, *step.sweep, *params}
    for name in _names(step.when, "when", step, faults):
        before, dot, metric = name.rpartition(".")
        if not dot or name in given or before in single:
            continue
        if before in (step.name, *members[step.name]):
            said = f"{name} is a metric of the step itself, which has not run by then."
        elif before in members:
            said = f"{before} is a sweep. Name one of its steps, such as {members[before][0]}.{metric}."
        else:
            said = f"there is no step {before!r}.{perhaps(before, single)} Steps are {', '.join(members)}."
        faults.add(f"when: {said}", step)


def note_unknown(step: Step, values: Mapping[str, Any], notebook: NotebookFile, faults: Faults) -> None:
    """Note names in ``when`` that are no parameter with a value.

    Parameters
    ----------
    step : Step
        As it stands in the file.
    values : mapping
        The parameters of the step and of the run.
    notebook : NotebookFile
        The step's.
    faults : Faults
        Takes what is wrong.
    """
    try:
        names = names_in(step.when) if step.when else []
    except InvalidInput:
        return  # that is noted already
    for name in names:
        if name in values or "." in name:
            continue
        if name in notebook.parameters:
            said = f"{name} has its value in {step.notebook} alone, where it is not seen. Set it under params."
        else:
            meant = perhaps(name, [*values, *notebook.parameters])
            said = f"{name} is no parameter of {step.base} and no metric of an earlier step.{meant}"
        faults.add(f"when: {said}", step, "Write step.metric, or the name of a parameter.")


def _names(condition: str, what: str, step: Step, faults: Faults) -> list[str]:
    try:
        return names_in(condition)
    except InvalidInput as error:
        faults.add(f"{what}: {error.message}", step, error.hint)
        return []
