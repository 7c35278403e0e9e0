"""Metrics of many draws at once: from how often each row is drawn, as sums over rows.

With a count of one for every row each is what scikit-learn's function of the same name gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from nbmlops.errors import InvalidInput, did_you_mean

Needs = Literal["answers", "labels", "scores", "probabilities", "values"]
"""Answers are what ``predict`` gives, whatever that is: what a function of the user takes."""
Measure = Callable[[Any], Any]
"""Gives the metric of each draw from the counts of its rows: an array of draws by rows."""


@dataclass(frozen=True)
class Metric:
    """A metric: what it needs of a model, and how it is computed.

    ``make`` takes the truth and what the model said (``of_positive``: as whether each row is positive), and gives a
    function of counts. ``stratified``: draws without one of the classes would have no value. ``probable``: scores have
    to be probabilities.
    """

    name: str
    needs: Needs
    make: Callable[[Any, Any], Measure]
    lower: bool = False
    stratified: bool = False
    of_positive: bool = False
    probable: bool = False


def metric_named(name: str) -> Metric:
    """Return a metric by its name.

    Raises
    ------
    InvalidInput
        There is none.

    Examples
    --------
    >>> import numpy as np
    >>> truth, said = np.array([1, 0, 1, 1]), np.array([1, 0, 0, 1])
    >>> metric_named("accuracy").make(truth, said)(np.ones((1, 4))).tolist()
    [0.75]
    """
    if name not in METRICS:
        raise InvalidInput(
            f"there is no metric {name!r} to challenge by.",
            f"{did_you_mean(name, METRICS, ', '.join(METRICS))}; or give a function of truth and prediction.",
        )
    return METRICS[name]


def of_function(function: Callable[[Any, Any], float]) -> Callable[[Any, Any], Measure]:
    """Return a measure that calls a function of truth and prediction for each draw."""

    def make(truth: Any, said: Any) -> Measure:
        import numpy as np

        def measure(counts: Any) -> Any:
            at = np.arange(len(truth))
            rows = (np.repeat(at, one.astype(int)) for one in counts)
            return np.array([float(function(truth[row], said[row])) for row in rows])

        return measure

    return make


def _mean_of(loss: Callable[[Any, Any], Any], root: bool = False) -> Callable[[Any, Any], Measure]:
    def make(truth: Any, said: Any) -> Measure:
        import numpy as np

        values = np.asarray(loss(truth, said), dtype=float)

        def measure(counts: Any) -> Any:
            means = counts @ values / counts.sum(axis=1)
            return np.sqrt(means) if root else means

        return measure

    return make


def _log_loss(truth: Any, said: Any) -> Any:
    import numpy as np

    smallest = np.finfo(float).eps  # as scikit-learn: a probability of nothing would be infinitely wrong
    probabilities = np.clip(said[np.arange(len(truth)), truth], smallest, 1 - smallest)
    return -np.log(probabilities)


def _brier(truth: Any, said: Any) -> Any:
    return (said - truth) ** 2


def _r2(truth: Any, said: Any) -> Measure:
    import numpy as np

    centred = truth - truth.mean()  # keeps the digits that a difference of large squares would lose
    errors, squares = (truth - said) ** 2, centred**2

    def measure(counts: Any) -> Any:
        total = counts.sum(axis=1)
        spread = counts @ squares - (counts @ centred) ** 2 / total
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(spread > 0, 1 - (counts @ errors) / spread, np.nan)

    return measure


def _ratio(above: Any, below: Any) -> Any:
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / np.where(below > 0, below, 1), 0.0)


def _of_counts(value: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any], Measure]:
    def make(truth: Any, said: Any) -> Measure:
        right, wrong, missed = truth & said, ~truth & said, truth & ~said

        def measure(counts: Any) -> Any:
            return value(counts @ right.astype(float), counts @ wrong.astype(float), counts @ missed.astype(float))

        return measure

    return make


def _by_class(value: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any], Measure]:
    """Return the mean over the classes of a metric of one against the others."""

    def make(truth: Any, said: Any) -> Measure:
        import numpy as np

        classes = np.unique(np.concatenate([truth, said]))
        each = [_of_counts(value)(truth == one, said == one) for one in classes]
        return lambda counts: np.mean([measure(counts) for measure in each], axis=0)

    return make


def _balanced_accuracy(truth: Any, said: Any) -> Measure:
    import numpy as np

    recall = _of_counts(_recall)
    each = [recall(truth == one, said == one) for one in np.unique(truth)]
    return lambda counts: np.mean([measure(counts) for measure in each], axis=0)


def _precision(right: Any, wrong: Any, missed: Any) -> Any:  # noqa: ARG001 - one signature for all three
    return _ratio(right, right + wrong)


def _recall(right: Any, wrong: Any, missed: Any) -> Any:  # noqa: ARG001
    return _ratio(right, right + missed)


def _f1(right: Any, wrong: Any, missed: Any) -> Any:
    return _ratio(2 * right, 2 * right + wrong + missed)


def _ranked(scores: Any, descending: bool) -> tuple[Any, Any]:
    """Return the order of rows by score, and where each group of equal scores begins in it."""
    import numpy as np

    order = np.argsort(-scores if descending else scores, kind="stable")
    ordered = scores[order]
    return order, np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])


def _roc_auc(truth: Any, said: Any) -> Measure:
    """Return the share of pairs that are in the right order, ties counting half (Mann and Whitney, 1947)."""
    import numpy as np

    order, begins = _ranked(said, descending=False)
    positive = truth[order]

    def measure(counts: Any) -> Any:
        drawn = counts[:, order]
        above = np.add.reduceat(drawn * positive, begins, axis=1)
        below = np.add.reduceat(drawn * ~positive, begins, axis=1)
        before = np.cumsum(below, axis=1) - below
        return (above * (before + below / 2)).sum(axis=1) / (above.sum(axis=1) * below.sum(axis=1))

    return measure


def _average_precision(truth: Any, said: Any) -> Measure:
    import numpy as np

    order, begins = _ranked(said, descending=True)
    positive = truth[order]

    def measure(counts: Any) -> Any:
        drawn = counts[:, order]
        found = np.add.reduceat(drawn * positive, begins, axis=1)
        taken = np.cumsum(np.add.reduceat(drawn, begins, axis=1), axis=1)
        precision = _ratio(np.cumsum(found, axis=1), taken)
        return (found * precision).sum(axis=1) / found.sum(axis=1)

    return measure


def _absolute(truth: Any, said: Any) -> Any:
    return abs(truth - said)


def _squared(truth: Any, said: Any) -> Any:
    return (truth - said) ** 2


LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "log_loss": _log_loss,
    "brier": _brier,
    "mae": _absolute,
    "mse": _squared,
}
"""What a metric is the mean of, row by row; of truth and what was said as the metric takes them."""
METRICS: dict[str, Metric] = {
    one.name: one
    for one in (
        Metric("roc_auc", "scores", _roc_auc, stratified=True, of_positive=True),
        Metric("average_precision", "scores", _average_precision, stratified=True, of_positive=True),
        Metric("log_loss", "probabilities", _mean_of(_log_loss), lower=True),
        Metric("brier", "scores", _mean_of(_brier), lower=True, of_positive=True, probable=True),
        Metric("accuracy", "labels", _mean_of(lambda truth, said: truth == said)),
        Metric("balanced_accuracy", "labels", _balanced_accuracy, stratified=True),
        Metric("f1", "labels", _of_counts(_f1), stratified=True, of_positive=True),
        Metric("precision", "labels", _of_counts(_precision), stratified=True, of_positive=True),
        Metric("recall", "labels", _of_counts(_recall), stratified=True, of_positive=True),
        Metric("f1_macro", "labels", _by_class(_f1), stratified=True),
        Metric("r2", "values", _r2),
        Metric("mae", "values", _mean_of(_absolute), lower=True),
        Metric("mse", "values", _mean_of(_squared), lower=True),
        Metric("rmse", "values", _mean_of(_squared, root=True), lower=True),
    )
}
