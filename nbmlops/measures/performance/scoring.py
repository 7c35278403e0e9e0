"""Metrics of some rows with their intervals: by formula where there is one, else by drawing outcomes again.

A bootstrap of rows draws, for a metric of labels alone, nothing else than how often each pair of truth and prediction
occurs; so it is these counts that are drawn, from a multinomial distribution, however many rows there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.measures.intervals import Ends, delong, normal, student, wilson
from nbmlops.measures.performance.records import Score
from nbmlops.validation.bootstrap import interval
from nbmlops.validation.metrics import LOSSES, METRICS

if TYPE_CHECKING:
    from collections.abc import Callable

OF_LABELS = ("accuracy", "f1", "precision", "recall")
OF_PROBABILITIES = ("roc_auc", "log_loss", "brier")
OF_CLASSES = ("accuracy", "balanced_accuracy", "f1_macro")
OF_AMOUNTS = ("mae", "rmse", "r2")
_NONE = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Rows:
    """The rows of a part: ``truth`` and ``said`` as whether they are positive, as codes of labels, or as amounts.

    ``probability`` is that of the positive label.
    """

    truth: Any
    said: Any
    probability: Any

    def at(self, places: Any) -> Rows:
        """Return some of the rows."""
        said = None if self.said is None else self.said[places]
        return Rows(self.truth[places], said, None if self.probability is None else self.probability[places])


class Scorer:
    """Finds metrics of rows.

    Parameters
    ----------
    confidence : float
        Of the intervals.
    repeats, seed : int
        How often outcomes are drawn again where there is no formula, and what gives the same draws again.
    """

    def __init__(self, confidence: float, repeats: int, seed: int) -> None:
        self.confidence, self.repeats, self.seed = confidence, repeats, seed

    def score(self, name: str, rows: Rows) -> Score:
        """Return one metric."""
        words, find = _WAYS[name]
        value, ends = find(self, name, rows)
        if math.isnan(value):
            return Score(None, None, None, words)
        low, high = (None, None) if any(math.isnan(end) for end in ends) else ends
        return Score(value, low, high, words)

    def _share(self, name: str, rows: Rows) -> tuple[float, Ends]:
        counted = {
            "accuracy": (rows.truth == rows.said, slice(None)),
            "precision": (rows.truth, rows.said),
            "recall": (rows.said, rows.truth),
        }
        hits, of = counted[name]
        hits = hits[of]
        if not len(hits):
            return float("nan"), _NONE
        return float(hits.mean()), wilson(int(hits.sum()), len(hits), self.confidence)

    def _drawn(self, name: str, rows: Rows) -> tuple[float, Ends]:
        import numpy as np

        truth, said = rows.truth.astype(np.int64), rows.said.astype(np.int64)
        many = int(max(truth.max(), said.max())) + 1
        counts = np.bincount(truth * many + said, minlength=many * many)
        there = np.flatnonzero(counts)
        pairs = np.divmod(there, many)
        kind = bool if METRICS[name].of_positive else np.int64
        measure = METRICS[name].make(*(one.astype(kind) for one in pairs))
        value = float(measure(counts[None, there].astype(float))[0])
        if METRICS[name].of_positive and not (rows.truth.any() or rows.said.any()):
            return float("nan"), _NONE  # there is no positive row that could be found or missed
        drawn = np.random.default_rng(self.seed).multinomial(len(truth), counts[there] / len(truth), self.repeats)
        return value, interval(measure(drawn.astype(float)), self.confidence)

    def _area(self, name: str, rows: Rows) -> tuple[float, Ends]:  # noqa: ARG002 - one signature for all
        if not rows.truth.any() or rows.truth.all():
            return float("nan"), _NONE
        area, error = delong(rows.truth, rows.probability)
        return area, _NONE if math.isnan(error) else normal(area, error, self.confidence, 0.0, 1.0)

    def _mean(self, name: str, rows: Rows) -> tuple[float, Ends]:
        import numpy as np

        said = rows.said if name in OF_AMOUNTS else rows.probability
        truth = rows.truth
        if name == "log_loss":
            said, truth = np.column_stack([1 - said, said]), truth.astype(np.int64)
        losses = np.asarray(LOSSES["mse" if name == "rmse" else name](truth, said), dtype=float)
        mean = float(losses.mean())
        ends = _NONE if len(losses) < 2 else student(mean, float(losses.var(ddof=1)), len(losses), self.confidence)
        # a loss is never below nothing, though the formula does not know it
        low, high = max(0.0, ends[0]) if len(losses) > 1 else ends[0], ends[1]
        return (mean**0.5, (low**0.5, high**0.5)) if name == "rmse" else (mean, (low, high))

    def _explained(self, name: str, rows: Rows) -> tuple[float, Ends]:
        """Return R² with the interval of the infinitesimal jackknife (Efron, The Jackknife, 1982, chapter 6)."""
        import numpy as np

        value = float(METRICS[name].make(rows.truth, rows.said)(np.ones((1, len(rows.truth))))[0])
        if math.isnan(value) or len(rows.truth) < 3:
            return value, _NONE
        squares = (rows.truth - rows.truth.mean()) ** 2
        influence = ((1 - value) * squares - LOSSES["mse"](rows.truth, rows.said)) / squares.mean()
        error = float(influence.std(ddof=1)) / len(influence) ** 0.5
        return value, normal(value, error, self.confidence, -math.inf, 1.0)


_Way = tuple[str, "Callable[[Scorer, str, Rows], tuple[float, Ends]]"]
_WAYS: dict[str, _Way] = {
    **dict.fromkeys(("accuracy", "precision", "recall"), ("Wilson 1927", Scorer._share)),  # noqa: SLF001 - its own
    **dict.fromkeys(("f1", "f1_macro", "balanced_accuracy"), ("bootstrap of rows", Scorer._drawn)),  # noqa: SLF001
    **dict.fromkeys(("log_loss", "brier", "mae", "rmse"), ("Student", Scorer._mean)),  # noqa: SLF001
    "roc_auc": ("DeLong 1988", Scorer._area),  # noqa: SLF001
    "r2": ("infinitesimal jackknife", Scorer._explained),  # noqa: SLF001
}
