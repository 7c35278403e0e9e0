"""The columns of an array of numbers, described all at once: one by one, 800 of them cost more than the fit."""

from __future__ import annotations

import sys
from typing import Any

from nbmlops.flavors._columns import plain_value


def is_matrix(data: Any) -> bool:
    """Return whether something is an array of numbers with two dimensions.

    Examples
    --------
    >>> is_matrix([[1, 2]])
    False
    """
    numpy = sys.modules.get("numpy")
    if numpy is None or type(data) is not numpy.ndarray or data.ndim != 2:
        return False
    return data.dtype.kind in "biuf" and data.dtype.itemsize <= 8


def matrix_entries(matrix: Any, names: Any = None) -> list[dict[str, Any]]:
    """Return name, type, whether values are missing, and range of each column.

    Examples
    --------
    >>> import numpy as np
    >>> matrix_entries(np.array([[1.5], [np.nan]]))
    [{'name': '0', 'type': 'float64', 'nullable': True, 'min': 1.5, 'max': 1.5}]
    """
    import numpy as np

    count = matrix.shape[1]
    titles = names if names is not None and len(names) == count else range(count)
    word = str(matrix.dtype)
    if word == "bool":
        return [{"name": str(title), "type": word, "nullable": False} for title in titles]
    if matrix.dtype.kind != "f":
        known = np.full(count, len(matrix) > 0)
        missing = np.zeros(count, dtype=bool)
        low, high = (matrix.min(axis=0), matrix.max(axis=0)) if len(matrix) else (known, known)
    else:
        finite = np.isfinite(matrix)
        known, missing = finite.any(axis=0), np.isnan(matrix).any(axis=0)
        low = matrix.min(axis=0, initial=np.inf, where=finite)
        high = matrix.max(axis=0, initial=-np.inf, where=finite)
    return [
        {
            "name": str(title),
            "type": word,
            "nullable": bool(missing[position]),
            "min": plain_value(low[position]) if known[position] else None,
            "max": plain_value(high[position]) if known[position] else None,
        }
        for position, title in enumerate(titles)
    ]
