"""A pipeline that people wrote, brought up to date with what was inferred."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from nbmlops.pipelines.definition import free_name
from nbmlops.pipelines.graph import edges_of, ordered
from nbmlops.pipelines.inferring.places import loose
from nbmlops.pipelines.inferring.rewriting import rewritten

if TYPE_CHECKING:
    from nbmlops.pipelines.definition import Pipeline, Step
    from nbmlops.pipelines.inferring.inferred import Inferred


def merge_into(existing: Pipeline, inferred: Inferred, text: str | None = None) -> Inferred:
    """Return a pipeline with what people wrote, and the inputs, outputs and order that were inferred.

    Steps are matched by their notebooks; they keep name, place and everything else. A step whose notebook was not
    looked at stays as it is. Where nothing was inferred for a step's inputs or outputs, those that stand there stay;
    ``after`` keeps what stands there, unless that makes a cycle now.

    Parameters
    ----------
    existing : Pipeline
        As it was read from its file.
    inferred : Inferred
        What `infer_pipeline` gave for the same folder.
    text : str, optional
        That of the file: its comments, and all that is as it was, stay as they are written.
    """
    found = {posixpath.normpath(step.notebook): step for step in inferred.pipeline.steps}
    names = {step.name: step.name for step in inferred.pipeline.steps}
    names |= {
        found[key].name: step.name for step in existing.steps if (key := posixpath.normpath(step.notebook)) in found
    }
    taken = {step.name for step in existing.steps}
    known = {posixpath.normpath(step.notebook) for step in existing.steps}
    for key, step in found.items():
        if key not in known and step.name in taken:
            names[step.name] = free_name(step.name, taken)
            taken.add(names[step.name])
    merged = [_merged(step, found.get(posixpath.normpath(step.notebook)), names) for step in existing.steps]
    merged += [
        replace(step, name=names[step.name], after=tuple(names[one] for one in step.after))
        for key, step in found.items()
        if key not in known
    ]
    unsure = list(inferred.unsure)
    steps = _without_cycles(merged, {step.name: step for step in existing.steps}, existing, unsure)
    pipeline = replace(existing, steps=tuple(steps))
    comments = {names.get(name, name): lines for name, lines in inferred.comments.items()}
    return replace(
        inferred,
        pipeline=pipeline,
        comments=comments,
        unsure=tuple(unsure),
        written=None if text is None else rewritten(text, existing, pipeline, comments),
    )


def _merged(step: Step, found: Step | None, names: dict[str, str]) -> Step:
    if found is None:
        return step
    after = dict.fromkeys([*step.after, *(names[one] for one in found.after)])
    after.pop(step.name, None)
    return replace(step, inputs=found.inputs or step.inputs, outputs=found.outputs or step.outputs, after=tuple(after))


def _without_cycles(steps: list[Step], before: dict[str, Step], pipeline: Pipeline, unsure: list[str]) -> list[Step]:
    """Take out of ``after`` what was there before and makes a cycle with what was inferred."""
    by_name = {step.name: step for step in steps}
    while True:
        bare = [
            replace(step, inputs=tuple(map(loose, step.inputs)), outputs=tuple(map(loose, step.outputs)))
            for step in by_name.values()
        ]
        edges = edges_of(bare, pipeline.folder)
        cycles = ordered(edges)[1]
        old = [
            (one, name)
            for cycle in cycles
            for one, name in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
            if name in before and one in before[name].after and one in by_name[name].after
        ]
        if not old:
            return list(by_name.values())
        one, name = old[0]
        unsure.append(f"{name} was said to come after {one}, which now needs what {name} makes: left out")
        by_name[name] = replace(by_name[name], after=tuple(other for other in by_name[name].after if other != one))
