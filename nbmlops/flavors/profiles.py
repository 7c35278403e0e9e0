"""The profile of what a model was fitted on, with which later data are compared."""

from __future__ import annotations

from typing import Any

MOST_ROWS = 2_000
"""So many rows tell a distance of 0.05, the least that counts, from chance, and take some milliseconds."""
MOST_COLUMNS = 300
TARGET = "target"


def training_profile(features: Any, target: Any) -> dict[str, Any] | None:
    """Return the profile of features and target as JSON holds it; None of what is no table of single values.

    Parameters
    ----------
    features : frame or array of shape (rows, columns)
        Columns of an array are named by their place, as in the model's signature.
    target : series or array of shape (rows,), optional
        A series keeps its name.

    Examples
    --------
    >>> import pandas as pd
    >>> profile = training_profile(pd.DataFrame({"a": [1.5, 2.5]}), pd.Series([0, 1], name="late"))
    >>> profile["target"], sorted(profile["columns"])
    ('late', ['a', 'late'])
    """
    from nbmlops.errors import InvalidInput
    from nbmlops.measures.drift.profile import profile_of

    try:
        frame, name = _with_target(features, target)
        return None if frame is None else profile_of(frame, target=name, most_rows=MOST_ROWS).to_json()
    except (InvalidInput, TypeError, ValueError, AttributeError, NotImplementedError, ArithmeticError):
        return None  # a column of objects that nothing is known of is no reason to lose a run


def _with_target(features: Any, target: Any) -> tuple[Any, str | None]:
    """Return evenly spaced rows of features and target as one frame, and what the target is called in it."""
    import numpy as np
    import pandas as pd

    from nbmlops.measures.drift.joint import even_rows

    if getattr(features, "ndim", 2) != 2 or not 0 < features.shape[1] <= MOST_COLUMNS or hasattr(features, "tocsr"):
        return None, None
    rows = even_rows(features.shape[0], MOST_ROWS)
    if hasattr(features, "iloc"):
        frame = features.iloc[rows].reset_index(drop=True)
    elif hasattr(features, "get_columns"):
        frame = features[rows].to_pandas()
    else:
        taken = np.asarray(features)[rows]
        frame = pd.DataFrame(taken, columns=[str(at) for at in range(taken.shape[1])])
    labels = np.asarray(target)[rows] if target is not None and getattr(target, "ndim", 1) == 1 else None
    if labels is None:
        return frame, None
    name = str(getattr(target, "name", None) or TARGET)
    if name in map(str, frame.columns):
        return frame, None
    frame[name] = labels
    return frame, name
