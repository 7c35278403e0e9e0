"""Direct loss estimation: a model of the error, fitted where it is known, says what it is to be where it is not.

The models are fitted on all rows of the reference but one fold, each fold once. The mean of what they say is the
estimate; how far they are apart tells how well it is known (jackknife by groups), and how far errors are from what is
said of them, on the fold that a model has not seen, tells what chance does (NannyML, Direct Loss Estimation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.measures.performance.conditions import ticks
from nbmlops.measures.performance.records import Score
from nbmlops.measures.vectors import Coded, coded, numbers
from nbmlops.validation.columns import kind_of
from nbmlops.validation.metrics import LOSSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.measures.intervals import Ends

FOLDS = 5
ROWS = 100_000
"""So many rows of the reference are fitted at most."""
CATEGORIES = 200
WORDS = "jackknife by folds, and chance"
LIMITS = (
    "Estimated from how large errors were for such inputs on the reference: a change of p(y|x), of which amount "
    "belongs to the same inputs, is not seen."
)
_OF = {"mae": "mae", "mse": "mse", "rmse": "mse"}


class Foreseen:
    """Errors to be expected of rows without truth.

    Parameters
    ----------
    inputs : array of rows by columns
        Of the reference.
    categories : list of bool
        Which columns hold codes of categories.
    truth, said : array of float
        The true and the predicted amounts.
    confidence : float
        Of the intervals.
    seed : int
        Divides the rows the same way again.
    """

    def __init__(
        self, inputs: Any, categories: list[bool], truth: Any, said: Any, confidence: float, seed: int
    ) -> None:
        import numpy as np

        self.confidence, self.seed, self.categories = confidence, seed, categories
        some = np.random.default_rng(seed).permutation(len(truth))[:ROWS]
        self.inputs, self.truth, self.said = inputs[some], truth[some], said[some]
        self.fitted: dict[str, tuple[list[Any], float]] = {}

    def scores(self, names: tuple[str, ...], inputs: Any) -> dict[str, Score]:
        """Return the metrics of rows to be expected, with the interval in which those of their truth will be."""
        return {name: self._score(name, inputs) for name in names}

    def _score(self, name: str, inputs: Any) -> Score:
        value, (low, high) = self._mean(_OF[name], inputs)
        if name == "rmse":
            value, low, high = value**0.5, low**0.5, high**0.5
        return Score(value, low, high, WORDS)

    def _mean(self, loss: str, inputs: Any) -> tuple[float, Ends]:
        import numpy as np
        from scipy.special import stdtrit

        if loss not in self.fitted:
            self.fitted[loss] = self._fit(loss)
        models, chance = self.fitted[loss]
        each = np.array([np.maximum(model.predict(inputs), 0.0) for model in models])
        means = each.mean(axis=1)
        value = float(means.mean())
        between = (FOLDS - 1) / FOLDS * float(((means - value) ** 2).sum())
        within = chance * float((each.mean(axis=0) ** 2).mean()) / len(inputs)
        sure = (1 + self.confidence) / 2
        half = (float(stdtrit(FOLDS - 1, sure)) ** 2 * between + float(stdtrit(1e9, sure)) ** 2 * within) ** 0.5
        return value, (max(0.0, value - half), value + half)

    def _fit(self, loss: str) -> tuple[list[Any], float]:
        """Return a model for each fold, and the variance of errors beside the square of what is said of them."""
        import numpy as np
        from sklearn.ensemble import HistGradientBoostingRegressor

        errors = np.asarray(LOSSES[loss](self.truth, self.said), dtype=float)
        folds = np.arange(len(errors)) % FOLDS
        models, said = [], np.empty(len(errors))
        for fold in range(FOLDS):
            unseen = folds == fold
            model = HistGradientBoostingRegressor(
                max_iter=100,
                learning_rate=0.05,
                max_leaf_nodes=15,
                min_samples_leaf=max(20, len(errors) // 200),
                categorical_features=self.categories,
                random_state=self.seed,
            ).fit(self.inputs[~unseen], errors[~unseen])
            models.append(model)
            said[unseen] = np.maximum(model.predict(self.inputs[unseen]), 0.0)
        return models, float(((errors - said) ** 2).mean() / max((said**2).mean(), np.finfo(float).tiny))


def inputs_of(reference: Mapping[str, Any], current: Mapping[str, Any]) -> tuple[Any, Any, list[bool]]:
    """Return the inputs of both as arrays of numbers, and which columns hold categories.

    A category that the reference has not is as one that is missing, and so is one of those beyond the most frequent.

    Parameters
    ----------
    reference, current : dictionary of sequences
        The same columns.
    """
    import numpy as np

    sides: tuple[list[Any], list[Any]] = ([], [])
    categories = []
    for name, values in reference.items():
        both = (values, current[name])
        if kind_of(values) in ("integer", "number", "boolean", "null"):
            arrays = [numbers(one, name, infinite=True) for one in both]
            categories.append(False)
        elif kind_of(values) in ("time", "duration"):
            arrays = [ticks(one)[0] for one in both]
            categories.append(False)
        else:
            known = coded(values, name)
            counts = np.bincount(known.codes, minlength=len(known.values))
            frequent = np.argsort(-counts, kind="stable")[:CATEGORIES]
            places = {known.values[at]: place for place, at in enumerate(frequent) if known.values[at] is not None}
            arrays = [_places(one, places) for one in (known, coded(current[name], name))]
            categories.append(True)
        for side, array in zip(sides, arrays, strict=True):
            side.append(array)
    return np.column_stack(sides[0]), np.column_stack(sides[1]), categories


def realised(name: str, truth: Any, said: Any) -> float:
    """Return the metric of rows whose truth is known."""
    mean = float(LOSSES[_OF[name]](truth, said).mean())
    return mean**0.5 if name == "rmse" else mean


def _places(values: Coded, places: Mapping[Any, int]) -> Any:
    import numpy as np

    return values.mapped(lambda value: float(places.get(value, np.nan)))[values.codes]
