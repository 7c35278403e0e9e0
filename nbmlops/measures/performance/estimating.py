"""How a model is likely to do where there is no truth yet, from how it did where there was."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.measures.groups import VALUES, combined, joint_of
from nbmlops.measures.performance import cbpe, dle
from nbmlops.measures.performance.records import Part, Score
from nbmlops.measures.vectors import (
    coded,
    labels_of,
    named_columns,
    numbers,
    plain_column,
    positive_of,
    present_rows,
    probabilities,
    same_length,
)
from nbmlops.records import json_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LABELS = ("accuracy", "f1", "precision", "recall", "roc_auc", "log_loss", "brier")
AMOUNTS = ("mae", "mse", "rmse")
CLASS_ROWS = 10
"""So many rows of each label the reference has at least."""
AMOUNT_ROWS = 100
"""So many rows the reference of amounts has at least."""


@dataclass(frozen=True)
class Estimate:
    """What a model's metrics are likely to be on rows without truth; ``limits`` says what this cannot see.

    ``reference`` holds each metric on the reference, where the truth is known. An interval is where the metric will be
    once the truth is there. ``calibration`` is what was done to probabilities that were not what they say on the
    reference.
    """

    method: Literal["CBPE", "DLE"]
    limits: str
    positive: Any
    calibration: str
    reference_rows: int
    confidence: float
    metrics: tuple[str, ...]
    reference: Mapping[str, float]
    whole: Part
    windows: tuple[Part, ...]

    def __str__(self) -> str:
        lines = []
        for part in (self.whole, *self.windows):
            found = ", ".join(
                f"{name} –" if one.value is None else f"{name} {one.value:.4g} ({one.low:.4g} to {one.high:.4g})"
                for name, one in part.scores.items()
            )
            lines.append(f"{part.name} ({part.rows:,} rows): {found}")
        known = ", ".join(f"{name} {value:.4g}" for name, value in self.reference.items())
        return "\n".join(
            [*lines, f"reference ({self.reference_rows:,} rows): {known}", f"{self.method}. {self.limits}"]
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as a record."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


def estimate_performance(
    reference: Any,
    current: Any,
    *,
    truth: str,
    prediction: str | None = None,
    probability: str | None = None,
    window: str | None = None,
    features: Sequence[str] | None = None,
    metrics: Sequence[str] | None = None,
    positive: Any = None,
    threshold: float = 0.5,
    confidence: float = 0.95,
    min_rows: int = 30,
    seed: int = 0,
) -> Estimate:
    """Return how a model is likely to do on rows without truth.

    With probabilities of a label by confidence-based performance estimation (CBPE): those that are not what they say on
    the reference are calibrated there. With predicted amounts by direct loss estimation (DLE): a model of the error.
    Neither sees that the same inputs have come to mean something else.

    Parameters
    ----------
    reference : frame
        Rows with truth that the model was not trained on.
    current : frame
        Rows without.
    truth, prediction, probability : str
        The columns with the true values (of the reference), the predicted labels or amounts, and the probability of
        the positive label. With probability labels are judged, without amounts.
    window : str, optional
        A column of ``current`` with the window of each row.
    features : sequence of str, optional
        The columns that the error of amounts may depend on, beside the prediction; by default all that both frames
        have, but those whose values are of several types.
    metrics : sequence of str, optional
        Which; all that can be found by default.
    positive : object, optional
        The label that counts as positive; of 0 and 1 it is 1, of two others the last in order.
    threshold : float, default 0.5
        From which probability on a label is positive, where there is no column of predictions.
    confidence : float, default 0.95
        Of the intervals.
    min_rows : int, default 30
        A part of fewer rows is uncertain.
    seed : int
        Gives the same draws again.

    Raises
    ------
    InvalidInput
        Something given cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> def rows(many, shift):
    ...     chance = 1 / (1 + np.exp(-rng.normal(shift, 2, many)))
    ...     return {"chance": chance, "late": rng.random(many) < chance}
    >>> before, after = rows(2000, 0), rows(2000, 2)
    >>> found = estimate_performance(before, {"chance": after["chance"]}, truth="late", probability="chance")
    >>> score = found.whole.scores["accuracy"]
    >>> bool(score.low <= np.mean((after["chance"] >= 0.5) == after["late"]) <= score.high)
    True
    """
    import numpy as np
    import pyarrow as pa

    if not 0 < confidence < 1:
        raise InvalidInput(f"confidence is a share between 0 and 1, not {confidence}.", "confidence=0.95")
    if prediction is None and probability is None:
        raise InvalidInput(
            "there is nothing that was predicted.",
            "Name a column: --prediction or --probability, in Python prediction=… or probability=…",
        )
    said = [name for name in (prediction, probability) if name is not None]
    before = _read("reference", reference, [truth, *said])
    now = _read("current", current, [*said, *([] if window is None else [window])])
    kept = np.zeros(len(before[truth]), dtype=bool)
    kept[present_rows(coded(before[truth], truth))] = True
    before = {name: values.filter(pa.array(kept)) for name, values in before.items()}
    chosen = _chosen(metrics, AMOUNTS if probability is None else LABELS)
    if probability is None:
        assert prediction is not None
        inputs = _features(before, now, features, {truth, window, prediction})
        found = _amounts(before, now, truth, prediction, inputs, chosen, confidence, seed)
    else:
        found = _labels(before, now, truth, prediction, probability, positive, threshold, chosen, confidence, seed)

    def part(name: str, values: Mapping[str, str], places: Any) -> Part:
        return Part(name, values, len(places), len(places) < min_rows, found.scores(places))

    windows = []
    if window is not None:
        joint = joint_of({window: now[window]}, slice(None), VALUES)
        [by] = combined(joint, 1)
        of = by.places[joint.codes]
        windows = [part(name, by.values[at], np.flatnonzero(of == at)) for at, name in enumerate(by.names)]
    return Estimate(
        "DLE" if probability is None else "CBPE",
        dle.LIMITS if probability is None else cbpe.LIMITS,
        found.positive,
        found.calibration,
        int(kept.sum()),
        confidence,
        chosen,
        found.reference,
        part("all", {}, np.arange(len(now[said[0]]))),
        tuple(windows),
    )


@dataclass(frozen=True)
class _Found:
    """What gives the scores of rows by their places, and what is known of the reference."""

    scores: Callable[[Any], dict[str, Score]]
    reference: dict[str, float]
    positive: Any
    calibration: str


def _labels(
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    truth: str,
    prediction: str | None,
    probability: str,
    positive: Any,
    threshold: float,
    metrics: tuple[str, ...],
    confidence: float,
    seed: int,
) -> _Found:
    true = coded(before[truth], truth)
    counts = positive_of(labels_of(true, true), positive)
    is_positive = true.mapped(lambda value: value == counts)[true.codes]
    rarer = min(int(is_positive.sum()), int((~is_positive).sum()))
    if rarer < CLASS_ROWS:
        raise InvalidInput(
            f"the rarer label of the reference has {rarer} rows: too few to know what probabilities mean.",
            f"Give a reference with at least {CLASS_ROWS} of each.",
        )
    chances = [probabilities(side[probability]) for side in (before, now)]
    said = [
        chance >= threshold if prediction is None else _is(side[prediction], prediction, counts)
        for side, chance in zip((before, now), chances, strict=True)
    ]
    expected = cbpe.Expected(is_positive, chances[0], confidence, seed)
    return _Found(
        lambda places: expected.scores(metrics, said[1][places], chances[1][places]),
        cbpe.realised(metrics, is_positive, said[0], chances[0]),
        counts,
        expected.kind,
    )


def _amounts(
    before: Mapping[str, Any],
    now: Mapping[str, Any],
    truth: str,
    prediction: str,
    features: list[str],
    metrics: tuple[str, ...],
    confidence: float,
    seed: int,
) -> _Found:
    true = numbers(before[truth], truth)
    said = [_complete(numbers(side[prediction], prediction)) for side in (before, now)]
    if len(true) < AMOUNT_ROWS:
        raise InvalidInput(
            f"the reference has {len(true)} rows with truth: too few for a model of the error.",
            f"Give at least {AMOUNT_ROWS}.",
        )
    columns = [prediction, *features]
    known, asked, categories = dle.inputs_of({name: before[name] for name in columns}, now)
    foreseen = dle.Foreseen(known, categories, true, said[0], confidence, seed)
    return _Found(
        lambda places: foreseen.scores(metrics, asked[places]),
        {name: dle.realised(name, true, said[0]) for name in metrics},
        None,
        "none",
    )


def _read(which: str, frame: Any, needed: Sequence[str]) -> dict[str, Any]:
    """Return the columns of a frame, those of mixed values left out unless they are needed."""
    given = named_columns(frame, which)
    for name in needed:
        if name not in given:
            raise InvalidInput(f"{which} has no column {name!r}.", did_you_mean(name, given, ", ".join(given)))
    found = {}
    for name, values in given.items():
        try:
            found[name] = plain_column(values, name)
        except InvalidInput:
            if name in needed:
                raise
    same_length(found)
    return found


def _features(
    before: Mapping[str, Any], now: Mapping[str, Any], features: Sequence[str] | None, others: set[str | None]
) -> list[str]:
    if features is None:
        return [name for name in before if name in now and name not in others]
    for name in features:
        for which, side in (("reference", before), ("current", now)):
            if name not in side:
                raise InvalidInput(f"{which} has no column {name!r}.", did_you_mean(name, side, ", ".join(side)))
    return [name for name in features if name not in others]


def _chosen(metrics: Sequence[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    for name in metrics or ():
        if name not in known:
            raise InvalidInput(
                f"{name!r} cannot be estimated without truth.", did_you_mean(name, known, ", ".join(known))
            )
    return known if metrics is None else tuple(dict.fromkeys(metrics))


def _is(values: Any, name: str, positive: Any) -> Any:
    found = coded(values, name)
    if None in found.values:
        raise InvalidInput(f"some of {name!r} are missing.", "Leave these rows out.")
    return found.mapped(lambda value: value == positive)[found.codes]


def _complete(values: Any) -> Any:
    import numpy as np

    if np.isnan(values).any():
        raise InvalidInput(f"{int(np.isnan(values).sum()):,} predictions are missing.", "Leave these rows out.")
    return values
