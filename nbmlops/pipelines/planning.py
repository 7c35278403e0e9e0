"""What a run would do, without doing it: which steps run, which are cached, and which run in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.pipelines.contents import Contents
from nbmlops.pipelines.deciding import Decider
from nbmlops.pipelines.promoting import registered_by, runs_before
from nbmlops.pipelines.records import PipelineRun, StepRun
from nbmlops.pipelines.step_notebooks import StepNotebook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.pipelines.definition import Pipeline
    from nbmlops.pipelines.graph import Graph
    from nbmlops.tracking.recorder import Recorder


def plan_of(
    pipeline: Pipeline, graph: Graph, recorder: Recorder, forced: Mapping[str, str], params: Mapping[str, Any]
) -> PipelineRun:
    """Return for each step whether it would run or is cached, and why.

    Parameters
    ----------
    pipeline : Pipeline
        The pipeline.
    graph : Graph
        Its steps, checked with ``params``.
    recorder : Recorder
        Knows the earlier runs.
    forced : mapping
        The steps that run in any case, with the reason.
    params : mapping
        What ``-p`` says.
    """
    decider = Decider(recorder, pipeline.folder, Contents())
    states: dict[str, StepRun] = {}
    for step in graph.steps:
        needs = graph.needs[step.name]
        running = [need for need in needs if states[need].action == "run"]
        notebook = StepNotebook.read(pipeline.folder / step.notebook)
        decision = decider.decide(
            step,
            notebook,
            forced=forced.get(step.name, ""),
            waits_for=" and ".join(running),
            models=registered_by(runs_before(needs, states), recorder),
        )
        states[step.name] = StepRun(
            step.name,
            needs,
            decision.action,
            seconds=decision.seconds,
            reason=decision.reason,
            run=decision.run,
            notebook=step.notebook,
        )
    return PipelineRun(
        pipeline.name,
        "planned",
        tuple(states.values()),
        file=str(pipeline.file) if pipeline.file else None,
        params=dict(params),
    )


def forced_steps(graph: Graph, *, force: bool, start: str | None) -> dict[str, str]:
    """Return the steps that run in any case, with the reason.

    Raises
    ------
    InvalidInput
        There is no step of the name ``start``.
    """
    if force:
        return {step.name: "--force" for step in graph.steps}
    if start is None:
        return {}
    found = set(steps_named(graph, start, "--from"))
    for step in graph.steps:  # in an order in which they can run
        if found.intersection(graph.needs[step.name]):
            found.add(step.name)
    return {step.name: f"--from {start}" for step in graph.steps if step.name in found}


def steps_named(graph: Graph, name: str, option: str) -> frozenset[str]:
    """Return the steps of a name: all members, where it is that of a sweep.

    Raises
    ------
    InvalidInput
        There is none; ``option`` is the word by which it was asked for.
    """
    found = frozenset(step.name for step in graph.steps if name in (step.name, step.base))
    if not found:
        raise InvalidInput(
            f"{option} {name}: there is no such step.", f"Steps are {', '.join(step.name for step in graph.steps)}."
        )
    return found
