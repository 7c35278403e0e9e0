"""How a model does where the truth is known: on all rows, window by window, and on parts that are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.measures.groups import VALUES, combined, joint_of
from nbmlops.measures.performance.records import Part, Performance
from nbmlops.measures.performance.scoring import (
    OF_AMOUNTS,
    OF_CLASSES,
    OF_LABELS,
    OF_PROBABILITIES,
    Rows,
    Scorer,
)
from nbmlops.measures.vectors import (
    coded,
    labels_of,
    named_columns,
    numbers,
    positive_of,
    present_rows,
    probabilities,
    same_length,
    task_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbmlops.measures.vectors import Coded, Task


def performance_of(
    truth: Any,
    prediction: Any = None,
    probability: Any = None,
    *,
    windows: Any = None,
    slices: Any = None,
    metrics: Sequence[str] | None = None,
    positive: Any = None,
    threshold: float = 0.5,
    confidence: float = 0.95,
    min_rows: int = 30,
    repeats: int = 1000,
    seed: int = 0,
    task: Task | None = None,
) -> Performance:
    """Return how a model does, each metric with an interval that says how sure it is.

    Parameters
    ----------
    truth : sequence
        The true labels or amounts. Rows where it is missing are left out and counted.
    prediction : sequence, optional
        The predicted labels or amounts; labels are made of ``probability`` where there are none.
    probability : sequence, optional
        The probability of the positive label: one number for each row, or two of which the second counts.
    windows : sequence, optional
        The window of each row, such as its month.
    slices : frame, dictionary or sequence, optional
        Columns; each of their values is a slice.
    metrics : sequence of str, optional
        Which; all that can be found by default: of two labels accuracy, f1, precision, recall, and roc_auc, log_loss
        and brier where there are probabilities; of several accuracy, balanced_accuracy and f1_macro; of amounts mae,
        rmse and r2.
    positive : object, optional
        The label that counts as positive; of 0 and 1 it is 1, of two others the last in order.
    threshold : float, default 0.5
        From which probability on a label is positive, where labels are made of probabilities.
    confidence : float, default 0.95
        Of the intervals.
    min_rows : int, default 30
        A part of fewer rows is uncertain.
    repeats, seed : int
        How often outcomes are drawn again for metrics without a formula, and what gives the same draws again.
    task : {"classification", "regression"}, optional
        Told by the values where it is not said.

    Raises
    ------
    InvalidInput
        Something given cannot be used.

    Examples
    --------
    >>> found = performance_of([1, 0, 1, 1, 0, 1], [1, 0, 1, 0, 0, 1], windows=[1, 1, 1, 2, 2, 2], metrics=["accuracy"])
    >>> print(found)
    all (6 rows, uncertain): accuracy 0.8333 (0.4365 to 0.9699)
    window = 1 (3 rows, uncertain): accuracy 1 (0.4385 to 1)
    window = 2 (3 rows, uncertain): accuracy 0.6667 (0.2077 to 0.9385)
    """
    if not 0 < confidence < 1:
        raise InvalidInput(f"confidence is a share between 0 and 1, not {confidence}.", "confidence=0.95")
    if prediction is None and probability is None:
        raise InvalidInput("there is nothing that was predicted.", "Give prediction, probability or both.")
    columns = {} if slices is None else named_columns(slices, "slice")
    beside = {"truth": truth, "prediction": prediction, "probability": probability, "windows": windows}
    same_length({name: one for name, one in beside.items() if one is not None})
    same_length({"truth": truth, **{repr(name): values for name, values in columns.items()}})
    true = coded(truth, "truth")
    said = None if prediction is None else coded(prediction, "prediction")
    keep = present_rows(true)
    kind: Task = task or ("classification" if probability is not None else task_of(true, said))
    if kind == "regression":
        rows, counts, known = _amounts(truth, prediction, keep)
    else:
        rows, counts, known = _labels(true, said, probability, positive, threshold, keep)
    chosen = known if metrics is None else tuple(dict.fromkeys(metrics))
    for name in chosen:
        if name not in known:
            raise InvalidInput(
                f"there is no metric {name!r} of this {kind}.", did_you_mean(name, known, ", ".join(known))
            )
    scorer = Scorer(confidence, repeats, seed)

    def part(name: str, values: Mapping[str, str], some: Rows) -> Part:
        size = len(some.truth)
        return Part(name, values, size, size < min_rows, {metric: scorer.score(metric, some) for metric in chosen})

    timed = {} if windows is None else {"window": windows}
    return Performance(
        kind,
        counts,
        len(rows.truth),
        len(true.codes) - len(rows.truth),
        confidence,
        min_rows,
        chosen,
        part("all", {}, rows),
        tuple(part(*one) for one in _parts(timed, keep, VALUES, rows)),
        tuple(part(*one) for name in columns for one in _parts({name: columns[name]}, keep, None, rows)),
    )


def _amounts(truth: Any, prediction: Any, keep: Any) -> tuple[Rows, Any, tuple[str, ...]]:
    import numpy as np

    if prediction is None:
        raise InvalidInput("amounts are judged by predictions, and there are none.", "Give prediction.")
    said = numbers(prediction, "prediction")[keep]
    if np.isnan(said).any():
        raise InvalidInput(f"{int(np.isnan(said).sum()):,} predictions are missing.", "Leave these rows out.")
    return Rows(numbers(truth, "truth")[keep], said, None), None, OF_AMOUNTS


def _labels(
    true: Coded, said: Coded | None, probability: Any, positive: Any, threshold: float, keep: Any
) -> tuple[Rows, Any, tuple[str, ...]]:
    """Return the rows of labels, the one that counts (None of several), and the metrics that can be found."""
    chance = None if probability is None else probabilities(probability)[keep]
    labels = labels_of(true, true if said is None else said)
    if len(labels) > 2 and positive is None and chance is None:
        places = {label: at for at, label in enumerate(labels)}
        assert said is not None
        truth, found = (one.mapped(lambda value: places.get(value, -1))[one.codes] for one in (true, said))
        if (found[keep] < 0).any():
            raise InvalidInput(f"{int((found[keep] < 0).sum()):,} predictions are missing.", "Leave these rows out.")
        return Rows(truth[keep], found[keep], None), None, OF_CLASSES
    counts = positive_of(labels, positive)
    truth = true.mapped(lambda value: value == counts)[true.codes][keep]
    known = (*OF_LABELS, *(OF_PROBABILITIES if chance is not None else ()))
    if said is None:
        assert chance is not None
        return Rows(truth, chance >= threshold, chance), counts, known
    missing = said.mapped(lambda value: value is None)[said.codes][keep]
    if missing.any():
        raise InvalidInput(f"{int(missing.sum()):,} predictions are missing.", "Leave these rows out.")
    return Rows(truth, said.mapped(lambda value: value == counts)[said.codes][keep], chance), counts, known


def _parts(
    columns: Mapping[str, Any], keep: Any, most: int | None, rows: Rows
) -> Iterator[tuple[str, Mapping[str, str], Rows]]:
    """Yield the rows of each value of a column."""
    import numpy as np

    if not columns:
        return
    joint = joint_of(columns, keep) if most is None else joint_of(columns, keep, most)
    for one in combined(joint, 1):
        of = one.places[joint.codes]
        order = np.argsort(of, kind="stable")
        ends = np.cumsum(np.bincount(of, minlength=len(one.values)))[:-1]
        for name, values, places in zip(one.names, one.values, np.split(order, ends), strict=True):
            yield name, values, rows.at(places)
