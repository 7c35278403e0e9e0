"""Confidence-based performance estimation: what labels are to be expected where probabilities are what they say.

A row with the probability c is positive with c and negative with 1 - c, so each stands there twice, as a positive and
as a negative, weighted by these; a metric of rows so weighted is the one to be expected: confusion matrix, accuracy,
F1, area under the curve (NannyML, Estimation of Performance of the Monitored Model; Bialek and others, 2024,
arXiv:2401.08348).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.measures.performance.calibration import Kind, beta, binned, calibration_of, calibrator, shifted
from nbmlops.measures.performance.records import Score
from nbmlops.validation.bootstrap import interval
from nbmlops.validation.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable

CALIBRATIONS = 100
DRAWS = 200
ROWS = 2000
"""Labels are drawn of so many rows at most; chance in more of them is smaller by the square root of their number."""
WORDS = "labels and calibration drawn again"
LIMITS = (
    "Estimated from probabilities that are taken to mean what they meant on the reference: a change of p(y|x), of "
    "which label belongs to the same inputs, is not seen."
)


class Expected:
    """Metrics to be expected of rows without labels.

    Parameters
    ----------
    truth : array of bool
        Which rows of the reference are positive.
    probabilities : array of float
        What was said of them.
    confidence : float
        Of the intervals.
    seed : int
        Gives the same draws again.
    """

    def __init__(self, truth: Any, probabilities: Any, confidence: float, seed: int) -> None:
        import numpy as np

        self.confidence, self.seed = confidence, seed
        self.kind: Kind = calibration_of(truth, probabilities, seed)
        rows = binned(truth, probabilities)
        self.calibrated = calibrator(self.kind, rows, rows.positive, rows.negative)
        here = beta(rows.probabilities, rows.positive, rows.negative) if self.kind == "none" else None
        cells = np.concatenate([rows.positive, rows.negative])
        drawn = np.random.default_rng(seed).multinomial(len(truth), cells / len(truth), CALIBRATIONS).astype(float)
        self.others = []
        for positive, negative in (np.split(one, 2) for one in drawn):
            if not positive.any() or not negative.any():
                continue
            if self.kind == "none":
                self.others.append(shifted(beta(rows.probabilities, positive, negative), here))
            else:
                self.others.append(calibrator(self.kind, rows, positive, negative))

    def scores(self, names: tuple[str, ...], said: Any, probabilities: Any) -> dict[str, Score]:
        """Return the metrics of rows to be expected, with the interval in which those of their labels will be."""
        import numpy as np

        rng = np.random.default_rng(self.seed)
        chance = self.calibrated(probabilities)
        some = np.sort(rng.permutation(len(chance))[:ROWS])
        known = chance[some]
        calibrations = [other(probabilities[some]) for other in self.others] or [known]
        each = np.array([calibrations[at % len(calibrations)] for at in range(DRAWS)])
        labels = (rng.random(each.shape) < each).astype(float)
        narrower = (len(some) / len(chance)) ** 0.5
        found = {}
        for name in names:
            value = float(_measure(name, said, probabilities)(_twice(chance[None]))[0])
            measure = _measure(name, said[some], probabilities[some])
            with np.errstate(invalid="ignore", divide="ignore"):
                expected, drawn = measure(_twice(each)), measure(_twice(labels))
            around = expected - measure(_twice(known[None]))[0] + narrower * (drawn - expected)
            around = around[~np.isnan(around)]
            if np.isnan(value) or not len(around):
                found[name] = Score(None, None, None, WORDS)
                continue
            low, high = interval(value + around, self.confidence)
            most = np.inf if name == "log_loss" else 1.0
            found[name] = Score(value, max(0.0, min(low, value)), min(most, max(high, value)), WORDS)
        return found


def realised(names: tuple[str, ...], truth: Any, said: Any, probabilities: Any) -> dict[str, float]:
    """Return the metrics of rows whose labels are known."""
    return {name: float(_measure(name, said, probabilities)(_twice(truth[None].astype(float)))[0]) for name in names}


def _measure(name: str, said: Any, probabilities: Any) -> Callable[[Any], Any]:
    """Return a function of weights, of rows as positive ones and then as negative ones."""
    import numpy as np

    metric = METRICS[name]
    truth = np.repeat([True, False], len(said))
    if metric.needs == "labels":
        return metric.make(truth, np.tile(said, 2))
    both = np.tile(probabilities, 2)
    if metric.needs == "probabilities":
        return metric.make(truth.astype(np.int64), np.column_stack([1 - both, both]))
    return metric.make(truth, both)


def _twice(chances: Any) -> Any:
    import numpy as np

    return np.concatenate([chances, 1 - chances], axis=1)
