"""How much a metric falls when the values of one column are shuffled (Breiman, Machine Learning 45, 2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.explaining.inputs import as_taken

if TYPE_CHECKING:
    from nbmlops.measures.explaining.inputs import Inputs

REPEATS = 10
WORDS = f"least and most of {REPEATS} shuffles"


@dataclass(frozen=True)
class Shuffled:
    """The metric, its value, and by how much it fell: an array of shuffles by columns."""

    metric: str
    score: float
    falls: Any


def shuffled(model: Any, inputs: Inputs, seed: int, repeats: int = REPEATS) -> Shuffled:
    """Return by how much a metric falls where each column is shuffled.

    The metric is the area under the ROC curve of two labels, balanced accuracy of several, R² of amounts.

    Raises
    ------
    InvalidInput
        There is no truth, or the metric has no value on these rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from nbmlops.measures.explaining.inputs import inputs_of
    >>> frame = {"a": np.arange(50.0), "b": np.tile([0.0, 1.0], 25), "y": np.arange(50.0)}
    >>> model = LinearRegression().fit(np.column_stack([frame["a"], frame["b"]]), frame["y"])
    >>> found = shuffled(model, inputs_of(model, frame, "y", 100, 0), 0)
    >>> found.metric, bool(found.falls[:, 0].min() > 1), bool(abs(found.falls[:, 1]).max() < 1e-9)
    ('r2', True, True)
    """
    import numpy as np
    from sklearn.base import is_classifier
    from sklearn.inspection import permutation_importance
    from sklearn.metrics import get_scorer

    if inputs.truth is None:
        raise InvalidInput(
            "permutation needs the truth.",
            "Name its column: --target COLUMN, in Python target=…; or take method='shap'.",
        )
    metric = "r2"
    if is_classifier(model):
        classes = getattr(model, "classes_", [])
        scored = hasattr(model, "predict_proba") or hasattr(model, "decision_function")
        metric = "roc_auc" if len(classes) == 2 and scored else "balanced_accuracy"
    if len(np.unique(inputs.truth)) < 2:
        raise InvalidInput(
            f"all {len(inputs.truth):,} rows have the same truth: nothing is told apart.",
            "Give rows of which the truth differs.",
        )
    taken = as_taken(model, inputs.features)
    found = permutation_importance(
        model, taken, inputs.truth, scoring=metric, n_repeats=repeats, random_state=seed, n_jobs=None
    )
    # what the metric was before any shuffle, by the same scorer
    return Shuffled(metric, float(get_scorer(metric)(model, taken, inputs.truth)), found["importances"].T)
