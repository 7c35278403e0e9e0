"""How a model does on each group, put together: what is given is read, counted, and told as records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.measures.fairness.counting import Errors, Outcomes
from nbmlops.measures.fairness.gaps import Gaps, known_metrics
from nbmlops.measures.fairness.rates import AREA, COUNT, ERRORS, SHARES
from nbmlops.measures.fairness.records import Fairness, Group, Grouping, GroupMetric
from nbmlops.measures.groups import combined, joint_of
from nbmlops.measures.vectors import coded, named_columns, present_rows, same_length, task_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbmlops.measures.fairness.rates import Measured
    from nbmlops.measures.groups import Combined, Joint
    from nbmlops.measures.vectors import Task


def fairness_of(
    truth: Any,
    prediction: Any,
    groups: Any,
    *,
    metrics: Sequence[str] | None = None,
    scores: Any = None,
    positive: Any = None,
    confidence: float = 0.95,
    min_rows: int = 30,
    small: bool = False,
    depth: int = 2,
    task: Task | None = None,
) -> Fairness:
    """Return how a model does on each group, and how far the groups are apart.

    Gaps are fairlearn's. A rate that does not exist (no positive row, so no true positive rate) is None and takes part
    in no gap, where fairlearn takes it as nothing.

    Parameters
    ----------
    truth : sequence or None
        The true labels or amounts. Rows where it is missing are left out and counted; None: nothing is known yet, and
        only the selection rate is found.
    prediction : sequence
        The predicted labels or amounts.
    groups : frame, dictionary or sequence
        One or several columns; a missing value is the group "missing".
    metrics : sequence of str, optional
        Which; all that can be found by default.
    scores : sequence, optional
        Scores of the positive label, for the area under the ROC curve.
    positive : object, optional
        The label that counts as positive; of 0 and 1 it is 1, of two others the last in order.
    confidence : float, default 0.95
        Of the intervals.
    min_rows : int, default 30
        A group of fewer rows is uncertain, and so is a rate of fewer.
    small : bool, default False
        Let uncertain rates take part in gaps.
    depth : int, default 2
        Of how many columns together groups are made at most.
    task : {"classification", "regression"}, optional
        Told by the values where it is not said.

    Raises
    ------
    InvalidInput
        Something given cannot be used.

    Examples
    --------
    >>> truth, said = [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0]
    >>> found = fairness_of(truth, said, {"sex": list("ffffmmmm")}, min_rows=1)
    >>> print(found.by("sex").gap("demographic_parity_difference"))
    demographic_parity_difference: 0.5 (-0.1355 to 0.7891), sex = m beside sex = f
    >>> found.by("sex").groups[0].metrics["true_positive_rate"].value
    1.0
    """
    _check_options(confidence, min_rows, depth)
    columns = named_columns(groups, "group")
    beside = {"truth": truth, "scores": scores, **_quoted(columns)}
    same_length({"prediction": prediction, **{name: one for name, one in beside.items() if one is not None}})
    said, true = coded(prediction, "prediction"), None if truth is None else coded(truth, "truth")
    if None in said.values:
        missing = int((said.codes == said.values.index(None)).sum())
        raise InvalidInput(f"{missing:,} predictions are missing.", "Leave these rows out.")
    kind: Task = task or _asked_task(metrics) or ("classification" if true is None else task_of(true, said))
    if kind == "regression" and true is None:
        raise InvalidInput("errors of amounts need a truth.", "Give it, or wait until it is there.")
    known = known_metrics(kind, labelled=true is not None, scored=scores is not None)
    chosen = known if metrics is None else tuple(dict.fromkeys(metrics))
    for name in chosen:
        if name not in known:
            raise InvalidInput(
                _no_metric(name, kind, labelled=true is not None), did_you_mean(name, known, ", ".join(known))
            )
    keep = slice(None) if true is None else present_rows(true)
    joint = joint_of(columns, keep)
    codes, cells = joint.codes, len(joint.cells)
    counted = (
        Errors(truth, prediction, keep, codes, cells)
        if kind == "regression"
        else Outcomes(true, said, scores, positive, chosen, keep, codes, cells)
    )
    describe = _Describing(counted, chosen, confidence, min_rows, 0 if small else min_rows)
    return Fairness(
        kind,
        counted.positive,
        len(codes),
        len(said.codes) - len(codes),
        confidence,
        min_rows,
        small,
        chosen,
        describe.overall(joint),
        tuple(describe.grouping(one) for one in combined(joint, depth)),
    )


class _Describing:
    """Puts what was counted into records."""

    def __init__(
        self,
        counted: Outcomes | Errors,
        metrics: Sequence[str],
        confidence: float,
        min_rows: int,
        gap_rows: int,
    ) -> None:
        self.counted, self.metrics, self.confidence = counted, metrics, confidence
        self.min_rows, self.gap_rows = min_rows, gap_rows

    def overall(self, joint: Joint) -> Group:
        """Return all rows as one group."""
        import numpy as np

        measured = self.counted.measured(np.zeros(len(joint.cells), dtype=np.int64), 1)
        return self._group(measured, 0, "all", {})

    def grouping(self, one: Combined) -> Grouping:
        """Return the groups by some columns, and their gaps."""
        measured = self.counted.measured(one.places, len(one.values))
        names = one.names
        groups = tuple(self._group(measured, at, name, one.values[at]) for at, name in enumerate(names))
        shares = {name: found for name, found in measured.items() if name in SHARES}
        gaps = Gaps(names, self.confidence, self.gap_rows).all(shares, [measured[name] for name in self.metrics])
        return Grouping(one.columns, groups, tuple(gaps))

    def _group(self, measured: Mapping[str, Measured], at: int, name: str, values: Mapping[str, str]) -> Group:
        rows = int(measured[COUNT].rows[at])
        metrics = {metric: self._metric(measured[metric], at) for metric in self.metrics}
        return Group(name, values, rows, rows < self.min_rows, metrics)

    def _metric(self, one: Measured, at: int) -> GroupMetric:
        rows = int(one.rows[at])
        if math.isnan(one.values[at]):
            return GroupMetric(None, None, None, rows, None if one.hits is None else 0, rows < self.min_rows)
        low, high = (None if math.isnan(end) else end for end in one.ends(at, self.confidence))
        hits = None if one.hits is None else int(one.hits[at])
        return GroupMetric(float(one.values[at]), low, high, rows, hits, rows < self.min_rows)


def _asked_task(metrics: Sequence[str] | None) -> Task | None:
    """Return what was predicted, where the metrics that are asked for tell."""
    named = set(metrics or ()) - {COUNT}
    if not named:
        return None
    return "regression" if named <= set(ERRORS) else "classification" if named <= {*SHARES, AREA} else None


def _no_metric(name: str, task: Task, *, labelled: bool) -> str:
    if name in (*SHARES, *ERRORS, AREA):
        if name == AREA and task == "classification" and labelled:
            return "roc_auc needs scores, and none are given."
        return f"{name} cannot be found for {task} {'with' if labelled else 'without'} truth."
    return f"there is no metric {name!r}."


def _quoted(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns under names that are no argument's."""
    return {repr(name): values for name, values in columns.items()}


def _check_options(confidence: float, min_rows: int, depth: int) -> None:
    if not 0 < confidence < 1:
        raise InvalidInput(f"confidence is a share between 0 and 1, not {confidence}.", "confidence=0.95")
    if min_rows < 0:
        raise InvalidInput(f"min_rows is how many rows a group needs, not {min_rows}.", "min_rows=30")
    if depth < 1:
        raise InvalidInput(f"depth is of how many columns groups are made, not {depth}.", "depth=2")
