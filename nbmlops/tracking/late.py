"""Metrics that are computed in a later cell than the fit: they join the run that fitted the model they score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.tracking.metric_names import curves_by_name

if TYPE_CHECKING:
    import weakref
    from collections.abc import Sequence

    from nbmlops.capture.cells import ExecutedCell
    from nbmlops.capture.observer import Observation, Score
    from nbmlops.tracking.recorder import Recorder


def join_late_metrics(
    recorder: Recorder,
    observation: Observation,
    fitted: Sequence[tuple[weakref.ref[Any], str]],
    slice_cells: Sequence[ExecutedCell],
    namespace: dict[str, Any],
) -> dict[str, list[str]]:
    """Write the metrics of an untracked cell to the runs that fitted what they score; give names of metrics by run.

    The model is known when the metric is its own ``score``, or when its predictions were passed on as they were. Else
    it is looked for among the names that the cell and its slice reach: if they lead to one run, that is the one. A
    metric that leads to several runs, or to none, joins none of them and stays in ``observation``.
    """
    joined: dict[str, list[Score]] = {}
    for score in observation.scores:
        has_model = score.estimator is not None
        owner = _owner(score.estimator, fitted) if has_model else _reached(fitted, slice_cells, namespace)
        if owner is not None:
            joined.setdefault(owner, []).append(score)
    observation.scores = [score for score in observation.scores if not any(score in taken for taken in joined.values())]
    for run, scores in joined.items():
        known = recorder.reader.curves(run)
        points = [
            (name, value, len(known.get(name, ())) + step)
            for name, values in curves_by_name(scores).items()
            for step, value in enumerate(values)
        ]
        recorder.writer.log_metrics(run, points, settle=True)
    return {run: [score.name for score in scores] for run, scores in joined.items()}


def _owner(estimator: Any, fitted: Sequence[tuple[weakref.ref[Any], str]]) -> str | None:
    return next((run for made, run in reversed(fitted) if made() is estimator), None)


def _reached(
    fitted: Sequence[tuple[weakref.ref[Any], str]], slice_cells: Sequence[ExecutedCell], namespace: dict[str, Any]
) -> str | None:
    names = {name for cell in slice_cells for name in cell.effects.reads | cell.effects.writes}
    reached = [_owner(namespace[name], fitted) for name in names if name in namespace]
    owners = {run for run in reached if run is not None}
    return owners.pop() if len(owners) == 1 else None
