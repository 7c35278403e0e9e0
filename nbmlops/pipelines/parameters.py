"""Which values each step gets: from the file, from its sweep and from ``-p``, for names that its notebook declares."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nbmlops.errors import NbmlopsError, perhaps
from nbmlops.pipelines.faults import Faults
from nbmlops.pipelines.notebooks import read_notebook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.pipelines.definition import Pipeline, Step
    from nbmlops.pipelines.notebooks import NotebookFile

_KINDS: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "str": str,
    "bool": bool,
    "list": (list, tuple),
    "tuple": (list, tuple),
    "dict": dict,
    "None": type(None),
}
_TAGGED = "A notebook declares a parameter in its cell that is tagged parameters."


@dataclass(frozen=True)
class _Given:
    """A value, and how it was given: as the person will look for it."""

    value: Any
    how: str


def params_for(pipeline: Pipeline, given: Mapping[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """Return the parameters of each step, members of sweeps one by one.

    Parameters
    ----------
    pipeline : Pipeline
        Its ``params`` go to every step that declares the name; the ``params`` of a step win over them.
    given : dict, optional
        What ``-p`` says, and wins over both: ``name`` for all steps that declare it, ``step.name`` for one step.

    Raises
    ------
    InvalidInput
        A name is declared by no notebook, or by none that it was given to; a value has not the declared type. All that
        is wrong is said at once.
    """
    faults = Faults(pipeline)
    notebooks = notebooks_of(pipeline, faults)
    found = resolve(pipeline, given or {}, notebooks, faults)
    faults.raise_if_any()
    return found


@dataclass(frozen=True)
class Declared:
    """A parameter that steps of a pipeline declare: the steps, and the value that it has where nobody says another.

    ``value`` is that of the first of the steps, in the words of JSON where it can be said so; empty where the notebook
    computes it.
    """

    name: str
    steps: tuple[str, ...]
    kind: str = ""
    value: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return {"name": self.name, "steps": list(self.steps), "kind": self.kind, "value": self.value}


def declared_by(pipeline: Pipeline) -> tuple[Declared, ...]:
    """Return the parameters that may be given to a pipeline, in the order of its steps; those of sweeps are fixed.

    Raises
    ------
    InvalidInput
        A notebook cannot be read, or the file gives a value that no notebook takes.
    """
    faults = Faults(pipeline)
    notebooks = notebooks_of(pipeline, faults)
    values = resolve(pipeline, {}, notebooks, faults)
    faults.raise_if_any()
    found: dict[str, Declared] = {}
    for step in pipeline.steps:
        notebook = notebooks[step.name]
        given = values[step.members()[0].name]
        for name, one in notebook.parameters.items() if notebook is not None else ():
            if name in step.sweep:
                continue
            known = name in given or one.has_default
            value = _in_json(given.get(name, one.default)) if known else ""
            before = found.get(name, Declared(name, (), one.kind, value))
            found[name] = replace(before, steps=(*before.steps, step.name))
    return tuple(found.values())


def _in_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return repr(value)


def notebooks_of(pipeline: Pipeline, faults: Faults) -> dict[str, NotebookFile | None]:
    """Return the notebook of each step, None where it cannot be used: that is noted."""
    found: dict[str, NotebookFile | None] = {}
    for step in pipeline.steps:
        found[step.name] = None
        try:
            notebook = read_notebook(pipeline.folder / step.notebook)
        except NbmlopsError as error:
            faults.add(error.message.replace(str(pipeline.folder / step.notebook), step.notebook), step, error.hint)
            continue
        if any(cell.source.strip() for cell in notebook.cells):
            found[step.name] = notebook
        else:
            faults.add(f"{step.notebook} has no code cells.", step, "A step runs the code cells of its notebook.")
    return found


def resolve(
    pipeline: Pipeline,
    given: Mapping[str, Any],
    notebooks: Mapping[str, NotebookFile | None],
    faults: Faults,
) -> dict[str, dict[str, Any]]:
    """Return the parameters of each step; what cannot be given is noted in ``faults``."""
    everywhere = {name: _Given(value, f"params: {name}") for name, value in pipeline.params.items()}
    single: dict[str, dict[str, _Given]] = {step.name: {} for step in pipeline.steps}
    for key, value in given.items():
        step, name = _addressed(key, pipeline)
        if step is not None:
            single[step.name][name] = _Given(value, f"-p {key}")
        elif "." in key and not any(key in book.parameters for book in notebooks.values() if book is not None):
            _note_unknown_step(key, pipeline, faults)
        else:
            everywhere[key] = _Given(value, f"-p {key}")
    _note_undeclared(everywhere, pipeline, notebooks, faults)
    found = {}
    for step in pipeline.steps:
        own = _values_of(step, everywhere, single[step.name], notebooks[step.name], faults)
        for member in step.members():
            swept = {name: member.params[name] for name in step.sweep}
            found[member.name] = {**own, **swept}
    return found


def _values_of(
    step: Step,
    everywhere: Mapping[str, _Given],
    single: Mapping[str, _Given],
    notebook: NotebookFile | None,
    faults: Faults,
) -> dict[str, Any]:
    if notebook is None:
        return {}
    told = {name: _Given(value, f"params: {name}") for name, value in step.params.items()}
    for name, values in step.sweep.items():
        if name in single:
            faults.add(
                f"{single[name].how}: the step sweeps over {name}.", step, "Change the list under sweep in the file."
            )
        for one in values:
            _check(step, name, _Given(one, f"sweep: {name}"), notebook, faults)
    common = {name: one for name, one in everywhere.items() if name in notebook.parameters}
    from_file = {name: one for name, one in common.items() if not one.how.startswith("-p")}
    by_hand = {name: one for name, one in common.items() if one.how.startswith("-p")}
    chosen = {**from_file, **told, **by_hand, **single}
    for name, given in chosen.items():
        if name not in step.sweep:
            _check(step, name, given, notebook, faults)
    return {name: given.value for name, given in chosen.items()}


def _check(step: Step, name: str, one: _Given, notebook: NotebookFile, faults: Faults) -> None:
    declared = notebook.parameters.get(name)
    if declared is None:
        faults.add(f"{one.how}: {step.notebook} {_declares(notebook, name)}", step, _TAGGED)
    elif not _fits(declared.kind, one.value):
        faults.add(f"{one.how}: {step.notebook} declares {name}: {declared.kind}, not {one.value!r}.", step)


def _declares(notebook: NotebookFile, name: str) -> str:
    if not notebook.parameters:
        return "declares no parameters."
    return f"does not declare {name}.{perhaps(name, notebook.parameters)} It declares {', '.join(notebook.parameters)}."


def _addressed(key: str, pipeline: Pipeline) -> tuple[Step | None, str]:
    """Return the step and the name of ``step.name``; names of steps may hold dots, so the longest one counts."""
    named = {step.name: step for step in pipeline.steps}
    dots = [place for place, sign in enumerate(key) if sign == "."]
    for place in reversed(dots):
        if key[:place] in named:
            return named[key[:place]], key[place + 1 :]
    return None, key


def _note_unknown_step(key: str, pipeline: Pipeline, faults: Faults) -> None:
    name = key.partition(".")[0]
    steps = [step.name for step in pipeline.steps]
    faults.add(f"-p {key}: there is no step {name!r}.{perhaps(name, steps)} Steps are {', '.join(steps)}.")


def _note_undeclared(
    everywhere: Mapping[str, _Given],
    pipeline: Pipeline,
    notebooks: Mapping[str, NotebookFile | None],
    faults: Faults,
) -> None:
    if any(notebook is None for notebook in notebooks.values()):
        return  # the one that cannot be read may be the one that declares it
    declared = {
        name: None
        for step in pipeline.steps
        if (notebook := notebooks[step.name]) is not None
        for name in notebook.parameters
        if name not in step.sweep
    }
    swept = {name: step.name for step in pipeline.steps for name in step.sweep}
    for name, one in everywhere.items():
        if name in declared:
            continue
        if name in swept:
            faults.add(f"{one.how}: the step {swept[name]} sweeps over {name}, and no other declares it.")
            continue
        faults.add(f"{one.how}: no notebook declares {name}.{perhaps(name, declared)}", None, _TAGGED)


def _fits(kind: str, value: Any) -> bool:
    """Tell whether a value may be of a declared type; a type that is no simple one takes all.

    Examples
    --------
    >>> _fits("int", 3), _fits("int", "three"), _fits("list[str] | None", None), _fits("Season", "summer")
    (True, False, True, True)
    """
    names = [one.strip().partition("[")[0] for one in kind.split("|")] if kind else []
    if not names or value is None or any(name not in _KINDS for name in names):
        return True
    if isinstance(value, bool):
        return "bool" in names
    return any(isinstance(value, _KINDS[name]) for name in names)
