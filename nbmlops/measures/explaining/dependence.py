"""How the answer depends on one column: the mean over all rows, were its value the same in each of them.

Partial dependence (Friedman, Annals of Statistics 29, 2001), counted out by asking the model, as scikit-learn's
``method="brute"``; columns of whole numbers, of labels and with missing values have one too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.measures.explaining.records import Dependence

if TYPE_CHECKING:
    from nbmlops.measures.explaining.inputs import Answers

POINTS = 20
LABELS = 10
ROWS = 500
"""So many rows are asked for each value."""
MARGIN = 0.05
"""Of a column of numbers what lies outside of these quantiles is left out: few rows tell of it."""


def dependence_of(answers: Answers, features: Any, column: str) -> Dependence:
    """Return how the answer depends on a column.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LinearRegression
    >>> from nbmlops.measures.explaining.inputs import Answers
    >>> rows = pd.DataFrame({"a": [0.0, 1.0, 2.0], "b": [5.0, 3.0, 4.0]})
    >>> found = dependence_of(Answers(LinearRegression().fit(rows, 2 * rows["a"])), rows, "a")
    >>> found.values, [round(1 + answer, 6) for answer in found.answers]
    ((0.0, 1.0, 2.0), [1.0, 3.0, 5.0])
    """
    import pandas as pd

    some = features.iloc[:ROWS]
    values = features[column]
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    grid = _numbers(values) if is_number else list(values.value_counts().index[:LABELS])
    found = []
    for value in grid:
        changed = some.copy()
        changed[column] = pd.Series([value] * len(some), index=some.index, dtype=_held(values, value))
        found.append(float(answers.of(changed).mean()))
    plain = tuple(float(value) if is_number else str(value) for value in grid)
    return Dependence(column, is_number, plain, tuple(found))


def _numbers(values: Any) -> list[Any]:
    """Return the values to ask for: all where they are few, else quantiles."""
    import numpy as np

    there = np.asarray(values.dropna(), dtype=float)
    there = there[np.isfinite(there)]
    few = np.unique(there)
    if len(few) > POINTS:
        few = np.unique(np.quantile(there, np.linspace(MARGIN, 1 - MARGIN, POINTS), method="inverted_cdf"))
    found: list[Any] = few.tolist()
    return found


def _held(values: Any, value: Any) -> Any:
    """Return the type of the column, or that of a number that it cannot hold."""
    return float if isinstance(value, float) and not value.is_integer() else values.dtype
