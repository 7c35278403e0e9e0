"""The order of a pipeline's steps: a step needs those whose outputs it reads. Checked before anything starts."""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, perhaps
from nbmlops.pipelines.asking import note_conditions, note_unknown
from nbmlops.pipelines.conditions import names_in
from nbmlops.pipelines.faults import Faults
from nbmlops.pipelines.parameters import notebooks_of, resolve
from nbmlops.pipelines.paths import has_pattern, is_there, meet, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from nbmlops.pipelines.definition import Pipeline, Step
    from nbmlops.pipelines.notebooks import NotebookFile

_BRACES = re.compile(r"\{[^{}]*\}")

Edges = dict[str, dict[str, str]]
"""For each step those that it needs, each with the reason: a path, or ``after``."""


@dataclass(frozen=True)
class Graph:
    """A pipeline's steps, ready to run.

    Attributes
    ----------
    steps : tuple of Step
        In an order in which they can run; as in the file where that leaves a choice. Sweeps are expanded, parameters
        and paths filled in, and ``after`` names members.
    needs : dict
        For each step the names of those that have to be done before, in the order of the file.
    """

    steps: tuple[Step, ...]
    needs: dict[str, tuple[str, ...]]


def check_pipeline(pipeline: Pipeline, params: Mapping[str, Any] | None = None) -> Graph:
    """Return the graph of a pipeline, checked.

    Parameters
    ----------
    pipeline : Pipeline
        The steps.
    params : dict, optional
        What ``-p`` says: see `nbmlops.pipelines.parameters.params_for`.

    Raises
    ------
    InvalidInput
        The pipeline cannot run: cycles, inputs that nobody makes, two steps that write the same file, unknown steps and
        parameters, notebooks, gates and conditions that cannot be read. All that is wrong is said at once, with file,
        line and step.
    """
    faults = Faults(pipeline)
    graph = note_all(pipeline, params or {}, faults)
    faults.raise_if_any()
    return graph


def note_all(pipeline: Pipeline, params: Mapping[str, Any], faults: Faults) -> Graph:
    """Return the graph of a pipeline, and note all that is wrong: with a fault it is good for nothing else.

    Parameters
    ----------
    pipeline, params
        As in `check_pipeline`.
    faults : Faults
        Takes what is wrong.
    """
    notebooks = notebooks_of(pipeline, faults)
    values = resolve(pipeline, params, notebooks, faults)
    steps = []
    for step in pipeline.steps:
        notebook = notebooks[step.name]
        after = _members_named(step, pipeline, faults)
        note_conditions(step, pipeline, params, faults)
        for member in step.members():
            if notebook is not None:
                note_unknown(step, {**params, **values[member.name]}, notebook, faults)
            known = {**pipeline.params, **_plain(params), **values[member.name]}
            filled = _filled(member, step, known, notebook, faults)
            steps.append(replace(filled, params=values[member.name], after=after))
    edges = edges_of(steps, pipeline.folder)
    _note_writers(steps, edges, pipeline.folder, faults)
    _note_missing(steps, pipeline.folder, faults)
    order, cycles = ordered(edges)
    named = {step.name: step for step in steps}
    for cycle in cycles:
        _note_cycle(cycle, edges, named, faults)
    return Graph(
        steps=tuple(named[name] for name in order),
        needs={step.name: tuple(edges[step.name]) for step in steps},
    )


def note_names(pipeline: Pipeline, params: Mapping[str, Any], faults: Faults) -> None:
    """Note what is wrong with the conditions of steps and with the steps that they name, without their notebooks."""
    for step in pipeline.steps:
        _members_named(step, pipeline, faults)
        note_conditions(step, pipeline, params, faults)


def edges_of(steps: Sequence[Step], folder: Path) -> Edges:
    """Return what each step needs, and why.

    A step that reads and writes a file updates it in place: it comes after the step that makes the file, and among
    several of the kind ``after`` decides.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nbmlops.pipelines.definition import Step
    >>> train = Step("train", "t.ipynb", inputs=("data/*.csv",))
    >>> edges_of([train, Step("ingest", "i.ipynb", outputs=("data/june.csv",))], Path("/p"))
    {'train': {'ingest': 'data/june.csv'}, 'ingest': {}}
    """
    names = {step.name for step in steps}
    said = {step.name: [one for one in _said_before(step, steps) if one in names] for step in steps}
    earlier = _closure(said)
    reads = {step.name: [parts_of(path, folder) for path in step.inputs] for step in steps}
    writes = {step.name: [(path, parts_of(path, folder)) for path in step.outputs] for step in steps}
    found: Edges = {}
    for step in steps:
        needs = dict.fromkeys(said[step.name], "after")
        for other in steps:
            if other.name == step.name:
                continue
            for path, made in writes[other.name]:
                read = next((one for one in reads[step.name] if meet(one, made)), None)
                if read is None:
                    continue
                updates = any(meet(one, made) for one in reads[other.name])
                if updates and (step.name in earlier[other.name] or _writes(writes[step.name], made)):
                    continue  # it reads the file before the other one goes on with it, or nobody has said who is first
                needs.setdefault(other.name, path)
                break
        found[step.name] = {one.name: needs[one.name] for one in steps if one.name in needs}
    return found


def ordered(edges: Mapping[str, Iterable[str]]) -> tuple[list[str], list[list[str]]]:
    """Return the names in an order in which each comes after what it needs, and the cycles that are in the way.

    Where several are ready, the one that stands first comes first.

    Examples
    --------
    >>> ordered({"c": ["b"], "a": [], "b": ["a"]})
    (['a', 'b', 'c'], [])
    >>> ordered({"a": ["b"], "b": ["a"], "c": ["b"]})
    (['a', 'b', 'c'], [['a', 'b']])
    """
    names = list(edges)
    place = {name: index for index, name in enumerate(names)}
    open_needs = {name: {one for one in edges[name] if one in place} for name in names}
    wanted_by: dict[str, list[str]] = {name: [] for name in names}
    for name, needs in open_needs.items():
        for one in needs:
            wanted_by[one].append(name)
    ready = [place[name] for name in names if not open_needs[name]]
    order: list[str] = []
    cycles: list[list[str]] = []
    done: set[str] = set()
    while len(order) < len(names):
        if not ready:
            cycle = _cycle(next(name for name in names if name not in done), open_needs, place)
            cycles.append(cycle)
            for name in cycle:
                open_needs[name] -= set(cycle)
            ready = [place[name] for name in cycle if not open_needs[name]]
            heapq.heapify(ready)
            continue
        name = names[heapq.heappop(ready)]
        order.append(name)
        done.add(name)
        for one in wanted_by[name]:
            if name in open_needs[one]:
                open_needs[one].discard(name)
                if not open_needs[one]:
                    heapq.heappush(ready, place[one])
    return order, cycles


def _cycle(name: str, needs: Mapping[str, set[str]], place: Mapping[str, int]) -> list[str]:
    """Return a cycle in the order in which its steps feed each other, beginning with the one that stands first."""
    path: list[str] = []
    while name not in path:
        path.append(name)
        name = min(needs[name], key=place.__getitem__)
    cycle = path[path.index(name) :][::-1]
    first = min(range(len(cycle)), key=lambda index: place[cycle[index]])
    return cycle[first:] + cycle[:first]


def _note_cycle(cycle: list[str], edges: Edges, steps: Mapping[str, Step], faults: Faults) -> None:
    pairs = zip(cycle, [*cycle[1:], cycle[0]], strict=True)
    reasons = []
    for before, name in pairs:
        reason = edges[name][before]
        reasons.append(f"{name} is after {before}" if reason == "after" else f"{name} reads {reason} of {before}")
    faults.add(
        f"a cycle: {' → '.join([*cycle, cycle[0]])} ({', '.join(reasons)}).",
        steps[cycle[0]],
        "A file that a step updates in place stands in its inputs and in its outputs.",
    )


def _filled(member: Step, step: Step, values: Mapping[str, Any], notebook: NotebookFile | None, faults: Faults) -> Step:
    """Return a step with its paths filled in; what the caller does not set has its value from the notebook."""
    declared = {} if notebook is None else notebook.parameters
    known = {name: one.default for name, one in declared.items() if one.has_default}
    try:
        return replace(member, params={**known, **values}).filled({})
    except InvalidInput as error:
        if notebook is not None:
            faults.add(error.message.removeprefix(f"step {member.name}: "), step, error.hint)
        # what it makes is known all the same, and nobody is told that it is missing
        return replace(member, inputs=(), outputs=tuple(_BRACES.sub("*", path) for path in member.outputs))


def _plain(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (given or {}).items() if name.isidentifier()}


def _members_named(step: Step, pipeline: Pipeline, faults: Faults) -> tuple[str, ...]:
    """Return the steps of ``after``, a sweep as all of its members."""
    members = {other.name: [one.name for one in other.members()] for other in pipeline.steps}
    single = {name for names in members.values() for name in names}
    found: list[str] = []
    for name in step.after:
        if name == step.name:
            faults.add("after: the step names itself.", step)
        elif name in members:
            found += members[name]
        elif name in single:
            found.append(name)
        else:
            said = f"there is no step {name!r}.{perhaps(name, members)} Steps are {', '.join(members)}."
            faults.add(f"after: {said}", step)
    return tuple(dict.fromkeys(found))


def _said_before(step: Step, steps: Sequence[Step]) -> list[str]:
    """Return the steps that ``after`` names, or whose metrics the condition of ``when`` asks for."""
    try:
        asked = {name.rpartition(".")[0] for name in names_in(step.when)} if step.when else set()
    except InvalidInput:
        return [*step.after]  # whoever checks the pipeline says so
    names = [other.name for other in steps if other.base != step.base and asked & {other.name, other.base}]
    return [*step.after, *names]


def _closure(needs: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in needs:
        waiting, seen = list(needs[name]), set[str]()
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += needs.get(one, ())
        found[name] = seen
    return found


def _writes(writes: Sequence[tuple[str, tuple[str, ...]]], made: tuple[str, ...]) -> bool:
    return any(parts == made for _, parts in writes)


def _note_writers(steps: Sequence[Step], edges: Edges, folder: Path, faults: Faults) -> None:
    """Note steps that write the same file, unless each but the first updates it, in an order that is said."""
    earlier = _closure(edges)
    writers: dict[tuple[str, ...], list[Step]] = {}
    named: dict[tuple[str, ...], str] = {}
    for step in steps:
        for path in dict.fromkeys(step.outputs):
            parts = parts_of(path, folder)
            named.setdefault(parts, path)
            writers.setdefault(parts, []).append(step)
    for parts, found in writers.items():
        for index, one in enumerate(found):
            for other in found[index + 1 :]:
                if other.name == one.name:
                    continue
                later = other if one.name in earlier[other.name] else one if other.name in earlier[one.name] else None
                if later is not None and any(meet(parts_of(path, folder), parts) for path in later.inputs):
                    continue
                _note_two(one, other, named[parts], faults)


def _note_two(one: Step, other: Step, path: str, faults: Faults) -> None:
    if one.base == other.base:
        faults.add(
            f"members of its sweep write the same {path}.", one, "Put a parameter of the sweep into the path: {name}."
        )
    else:
        faults.add(
            f"{one.base} and {other.base} write the same {path}.",
            other,
            "Where a step updates what another one made, name the file in its inputs too, and the other step in after.",
        )


def _note_missing(steps: Sequence[Step], folder: Path, faults: Faults) -> None:
    """Note inputs that no step makes and that are not there."""
    made = [parts_of(path, folder) for step in steps for path in step.outputs]
    for step in steps:
        for path in step.inputs:
            if "://" in path or is_there(path, folder) or any(meet(parts_of(path, folder), one) for one in made):
                continue
            what = "no file fits" if has_pattern(path) else "there is no"
            meant = perhaps(path, {output for other in steps for output in other.outputs})
            faults.add(f"missing producer: {what} {path}, and no step makes it.{meant}", step)
