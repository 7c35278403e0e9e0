"""How much each column weighs for a model, for what ranks findings by it: drift, above all."""

from __future__ import annotations

from typing import Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.explaining.inputs import as_taken, inputs_of
from nbmlops.measures.explaining.permutation import shuffled
from nbmlops.measures.explaining.threads import one_thread
from nbmlops.validation.columns import columns_of

ROWS = 2000
SHUFFLES = 5


def weights_of(model: Any, frame: Any, target: str | None = None, seed: int = 0) -> dict[str, float]:
    """Return the share of importance of each column that a model knows.

    By permutation where the target is there; else by the importances or coefficients that the model has itself, a
    coefficient times the standard deviation of what it is of, since a number in metres has a larger one than in miles.

    Raises
    ------
    InvalidInput
        The target is not there, and the model itself does not say what it looks at.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LinearRegression
    >>> rows = pd.DataFrame({"a": [0.0, 1, 2, 3], "b": [0.0, 100, 0, 100]})
    >>> weights_of(LinearRegression().fit(rows, rows["a"] + rows["b"] / 100), rows)["b"] < 0.4
    True
    """
    import numpy as np
    import pandas as pd

    inputs = inputs_of(model, frame, target if target in columns_of(frame) else None, ROWS, seed)
    columns = [str(name) for name in inputs.features.columns]
    if inputs.truth is not None and pd.Series(inputs.truth).nunique() > 1:
        with one_thread():
            found = np.clip(shuffled(model, inputs, seed, SHUFFLES).falls.mean(axis=0), 0, None)
    else:
        found = _own(model, inputs.features)
    total = float(found.sum()) or 1.0
    return {name: float(value) / total for name, value in zip(columns, found, strict=True)}


def _own(model: Any, features: Any) -> Any:
    """Return the importances that a model has itself, of a pipeline summed up by the columns that it was given."""
    import numpy as np

    steps = getattr(model, "steps", None)
    last: Any = model if steps is None else steps[-1][1]
    made: Any = as_taken(model, features)
    columns = list(features.columns)
    names = columns
    if steps is not None and len(steps) > 1:
        made = model[:-1].transform(made)
        names = _names(model[:-1], columns)
    if hasattr(last, "feature_importances_"):
        found = np.asarray(last.feature_importances_, dtype=float)
    elif hasattr(last, "coef_"):
        # of several labels the sum over them
        found = np.abs(np.asarray(last.coef_, dtype=float).reshape(-1, np.shape(last.coef_)[-1])).sum(axis=0)
        dense = made.toarray() if hasattr(made, "toarray") else np.asarray(made, dtype=float)
        found = found * np.nanstd(dense, axis=0)
    else:
        raise InvalidInput(
            f"{type(last).__name__} does not say what it looks at.",
            "Name the target: --target COLUMN, in Python target=…",
        )
    owners = [_owner(name, columns) for name in names]
    if len(owners) != len(found) or None in owners:
        raise InvalidInput(
            f"what {type(model).__name__} makes of its columns does not say which they were.",
            "Name the target: --target COLUMN, in Python target=…",
        )
    return np.array(
        [sum(value for owner, value in zip(owners, found, strict=True) if owner == name) for name in columns]
    )


def _names(steps: Any, columns: list[str]) -> list[str]:
    """Return what the steps before the last call the columns that they make; nothing where they do not say."""
    try:
        return [str(name) for name in steps.get_feature_names_out(columns)]
    except (AttributeError, ValueError):
        return []


def _owner(name: str, columns: list[str]) -> str | None:
    """Return the column that something was made of, by its name.

    Examples
    --------
    >>> _owner("onehot__origin_EWR", ["origin", "origin_city"]), _owner("hour", ["hour"]), _owner("pca0", ["hour"])
    ('origin', 'hour', None)
    """
    plain = name.rpartition("__")[2] if name not in columns else name
    fitting = [column for column in columns if plain == column or plain.startswith(f"{column}_")]
    return max(fitting, key=len, default=None)
