"""The end of a tracked cell: what is known goes to the registry in one transaction, the rest to the background."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.environment import environment
from nbmlops.capture.git import git_state
from nbmlops.capture.params import literal_params
from nbmlops.capture.randomness import describe_randomness
from nbmlops.capture.secrets import mask
from nbmlops.capture.unrepeatable import unrepeatable
from nbmlops.capture.values import bound_scalars
from nbmlops.capture.workers import drawn_in_workers
from nbmlops.errors import NbmlopsError
from nbmlops.records import SliceCell
from nbmlops.store.directions import known_direction
from nbmlops.store.runs import Closing, cell_digest
from nbmlops.tracking.inputs import keep_inputs, sources_of
from nbmlops.tracking.kept_models import keep_fitted
from nbmlops.tracking.metric_names import curves_by_name
from nbmlops.tracking.outputs import note_contents
from nbmlops.tracking.proof_facts import proof_facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbmlops.capture.cells import ExecutedCell
    from nbmlops.capture.data import DataUse
    from nbmlops.capture.observer import Fit, Observation, Score
    from nbmlops.capture.printed import Printed
    from nbmlops.config import Capture
    from nbmlops.records import Output, Scalar, Status, UsedDataset
    from nbmlops.tracking.active import ActiveRun
    from nbmlops.tracking.directive import Directive
    from nbmlops.tracking.inputs import ReadFile
    from nbmlops.tracking.recorder import Recorder


@dataclass(frozen=True)
class CellFacts:
    """Everything that is known when a tracked cell has run."""

    cell: ExecutedCell
    slice: Sequence[ExecutedCell]
    observation: Observation
    namespace: dict[str, Any]
    status: Status
    error: str | None
    directive: Directive
    capture: Capture
    data: DataUse
    hardware: dict[str, Any]
    folder: Path
    warnings: tuple[str, ...] = ()
    own_cells: Sequence[ExecutedCell] | None = None
    """The cells of the slice whose literals are params of this run; all of them by default."""
    elsewhere: frozenset[str] = frozenset()
    """Names of metrics that joined other runs."""
    changed: frozenset[str] | None = None
    """Names that the cell bound or whose objects it changed; None where only its text tells."""
    printed: Printed | None = None
    result: Any = None
    """The value of the cell's last expression."""
    inputs: Sequence[ReadFile] = ()
    outputs: Sequence[Output] = ()
    is_block: bool = False
    """Whether this is a ``with nbmlops.track()`` block: its code is that of a script, not of a cell."""
    is_batch: bool = False
    """Whether this is a whole notebook that ran as a batch."""
    started_in: Path = Path()
    """The working folder when the notebook began: the slice's first cell starts from there."""


@dataclass
class Children:
    """The runs that a cell's fits became, and which run owns which fit."""

    ids: tuple[str, ...] = ()
    owners: list[tuple[Fit, str]] = field(default_factory=list)


def close_cell_run(recorder: Recorder, run: ActiveRun, facts: CellFacts) -> Children:
    """Write the end of a cell's run; several fits become child runs, one each."""
    metrics, values = bound_scalars(facts.cell, facts.slice, facts.namespace, facts.directive.metrics)
    metrics = {name: value for name, value in metrics.items() if name not in facts.elsewhere}
    predictors = [fit for fit in facts.observation.fits if fit.is_predictor]
    fits = predictors or facts.observation.fits
    several = len(predictors) > 1
    scores = facts.observation.scores
    own_scores = [score for score in scores if not (several and score.fit in predictors)]
    params = literal_params(facts.slice if facts.own_cells is None else facts.own_cells)
    params = {name: value for name, value in params.items() if name not in metrics}
    if len(fits) == 1:
        # what the estimator was made with is the truth; only a ``model`` that the user named stands above its class
        params = {**params, **fits[0].params, **({"model": params["model"]} if "model" in params else {})}
    facts.data.note_loaded(facts.cell, facts.namespace, facts.observation.predicted)
    of_children = {score.name for score in scores} if several else set()
    bound = {name: [value] for name, value in metrics.items() if name not in of_children}
    captured = {**bound, **curves_by_name(own_scores)}
    closing = _closing(recorder, facts, params, captured, values)
    closing.facts |= proof_facts(recorder, run.id, facts, captured, fits_scores(predictors, scores) if several else {})
    run.close(closing)
    children = Children()
    if several:
        children = _child_runs(recorder, run, facts, predictors, scores)
    else:
        children.owners = [(fit, run.id) for fit in fits]
    _after_the_card(recorder, run, facts, children, closing)
    return children


def _closing(
    recorder: Recorder,
    facts: CellFacts,
    params: dict[str, Scalar],
    metrics: dict[str, list[float]],
    values: dict[str, Any],
) -> Closing:
    code, needs = mask(facts.cell.code)
    keep_code = facts.capture.code == "on"
    sources = [*unrepeatable(facts.slice), *drawn_in_workers(facts.slice, facts.namespace)]
    warnings = [*facts.warnings, *sources, *_direction_warnings(recorder, metrics)]
    states: dict[str, bytes] = {}
    cells, cell_states = [], []
    for cell in facts.slice if keep_code else ():
        text, more = mask(cell.code)
        needs += more
        cells.append(SliceCell(text, cell.execution_count, cell.cell_id, cell.duration_s))
        packed = cell.generators.pack() if cell.generators else {}
        digests = {name: cell_digest(state.decode("ascii")) for name, state in packed.items()}
        states.update({digests[name]: state for name, state in packed.items()})
        cell_states.append(digests)
    return Closing(
        status=facts.status,
        duration_s=round(facts.cell.duration_s or 0.0, 6),
        error=mask(facts.error)[0] if facts.error else None,
        execution_count=facts.cell.execution_count,
        environment=environment(),
        facts={
            "code": code if keep_code else "",
            "git": git_state(facts.folder.absolute()),
            "randomness": describe_randomness(facts.cell.generators, facts.directive.seed, sources),
            "hardware": facts.hardware,
            "warnings": warnings,
            "values": values if facts.capture.output == "on" else {},
            "needs": sorted(set(needs)),
        },
        cells=cells,
        cell_states=cell_states,
        states=states,
        datasets=_with_sources(facts),
        inputs=[one.input for one in facts.inputs],
        outputs=facts.outputs,
        params=params,
        metrics=metrics,
    )


def _child_runs(
    recorder: Recorder, run: ActiveRun, facts: CellFacts, predictors: list[Fit], scores: list[Score]
) -> Children:
    children = Children()
    variables = [fit.variable for fit in predictors]
    for fit in predictors:
        own = own_name(fit, variables)
        child = recorder.open_run(
            f"{run.name}/{own}",
            experiment=run.experiment,
            parent=run.id,
            source="fit",
            cell_id=facts.cell.cell_id,
            started_at=facts.cell.started_at,
        )
        curves = curves_by_name(score for score in scores if score.fit is fit)
        child.close(
            Closing(
                facts.status,
                round(fit.seconds or 0.0, 6),
                execution_count=facts.cell.execution_count,
                environment=environment(),
                params=fit.params,
                metrics=curves,
                datasets=facts.data.datasets(),
            )
        )
        children.ids = (*children.ids, child.id)
        children.owners.append((fit, child.id))
    return children


def _with_sources(facts: CellFacts) -> list[UsedDataset]:
    """Return the data that was used, each with the training set or the file that it comes from, where that is plain."""
    sources = sources_of(facts.slice)
    return [replace(used, source=used.source or sources.get(used.name)) for used in facts.data.datasets()]


def own_name(fit: Fit, variables: Sequence[str | None]) -> str:
    """Return what tells a fit from the others of its cell: its variable, or its class where that is not one."""
    return fit.variable if fit.variable and variables.count(fit.variable) == 1 else str(fit.params["model"])


def fits_scores(predictors: Sequence[Fit], scores: Sequence[Score]) -> dict[str, list[float]]:
    """Return the metrics of a cell's several fits, each under the fit and the metric: ``rf.auc``."""
    variables = [fit.variable for fit in predictors]
    found: dict[str, list[float]] = {}
    for fit in predictors:
        for name, values in curves_by_name(score for score in scores if score.fit is fit).items():
            found.setdefault(f"{own_name(fit, variables)}.{name}", []).extend(values)
    return found


def _after_the_card(recorder: Recorder, run: ActiveRun, facts: CellFacts, children: Children, closing: Closing) -> None:
    folder = facts.folder.absolute()
    if closing.facts["git"] is not None and facts.capture.code == "on":
        recorder.git_notes.order(run.id, folder)
    keep_inputs(recorder, run.id, facts.inputs, facts.capture)
    note_contents(recorder, run.id, facts.outputs, facts.capture)
    if closing.environment is not None:
        recorder.lock_environment(closing.environment[0])
    if facts.capture.data != "keep":
        return
    # one object fitted several times holds only what the last fit made of it
    last = {id(fit.estimator): fit for fit, _ in children.owners}
    for fit, owner in children.owners:
        if fit.is_predictor and last[id(fit.estimator)] is fit:
            keep_fitted(recorder, owner, fit)


def _direction_warnings(recorder: Recorder, metrics: Iterable[str]) -> list[str]:
    """Say once for each metric of unknown direction how it is taken; the answer is kept."""
    warnings = []
    try:
        for name in metrics:
            if known_direction(name) is None and recorder.reader.kept_direction(name) is None:
                recorder.writer.set_direction(name, "higher")
                warnings.append(f"{name}: taken as higher is better; if not, say --lower {name}")
    except NbmlopsError:
        return warnings
    return warnings
