"""One view of the columns of frames, arrays and sparse matrices, with what a signature asks of them."""

from __future__ import annotations

import math
import sys
from typing import Any

from nbmlops.errors import InvalidInput

_SAFE = ("builtins", "datetime", "decimal", "fractions", "uuid", "pathlib", "pandas", "numpy", "zoneinfo")


class Column:
    """One column, held as a pandas Series; ``zeros`` says that values of a sparse column left out zeros.

    Parameters
    ----------
    name
        The name as text.
    series
        The values.
    zeros
        How many zeros a sparse column does not store.
    """

    def __init__(self, name: str, series: Any, zeros: int = 0) -> None:
        self.name = name
        self._series = series
        self._zeros = zeros
        self.rows = len(series) + zeros
        self.word = _word(series)

    def has_missing(self) -> bool:
        """Return whether a value is missing."""
        return bool(self._series.hasnans)

    def extremes(self) -> tuple[Any, Any]:
        """Return the smallest and the largest finite value, or Nones."""
        import numpy as np

        series = self._series
        if self.word.startswith(("complex", "period", "interval", "list", "struct")) or not len(series):
            return (0, 0) if self._zeros else (None, None)
        low, high = series.min(), series.max()
        if self.word.startswith("float"):
            values = series.to_numpy(dtype="f8", na_value=np.nan) if not isinstance(series.dtype, np.dtype) else series
            if math.isinf(low) or math.isinf(high):
                finite = np.asarray(values)[np.isfinite(np.asarray(values))]
                low, high = (finite.min(), finite.max()) if finite.size else (None, None)
        if self._zeros and low is not None:
            return min(low, 0), max(high, 0)
        return low, high

    def categories(self, limit: int, probe: int) -> list[Any] | None:
        """Return the different values when there are at most ``limit``, else None."""
        series = self._series
        if self.word == "category":
            known = list(series.cat.categories)
            return known if len(known) <= limit else None
        try:
            if series.iloc[:probe].nunique() > limit:
                return None
            found = list(series.dropna().unique())
            return sorted(found) if len(found) <= limit else None
        except TypeError:  # values that cannot be hashed or sorted
            return None

    def values(self, n: int) -> list[Any]:
        """Return the first values, None where missing."""
        head = self._series.iloc[:n]
        return [None if gone else value for value, gone in zip(head.tolist(), head.isna().tolist(), strict=True)]


def columns_of(data: Any, names: Any = None, probe: int | None = None) -> list[Column]:
    """Return the columns of anything that a model is fitted on; ``names`` name those of arrays.

    Parameters
    ----------
    data
        A frame, series, array, sparse matrix, or nested list.
    names
        Names for the columns of an array.
    probe
        Look at no more rows than this.
    """
    import pandas as pd

    if probe is not None and hasattr(data, "__getitem__") and not isinstance(data, dict):
        data = data[:probe]
    if hasattr(data, "tocsc") and hasattr(data, "nnz"):
        return _sparse_columns(data, names)
    if _is_of("pyarrow", data) or _is_of("polars", data):
        data = data.to_pandas()
    if isinstance(data, pd.DataFrame):
        return [Column(str(name), series) for name, series in data.items()]
    if isinstance(data, pd.Series | pd.Index):
        return [Column(str(data.name if data.name is not None else "0"), pd.Series(data))]
    return _array_columns(data, names)


def plain_value(value: Any) -> Any:  # noqa: PLR0911 - one return for each kind
    """Return a value as strict JSON can hold it: what is missing is None, infinities and instants are words.

    Examples
    --------
    >>> plain_value(float("inf")), plain_value(float("nan")), plain_value(b"x")
    ('inf', None, "b'x'")
    """
    if hasattr(value, "item") and type(value).__module__ == "numpy":
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain_value(item) for key, item in value.items()}
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if type(value).__module__.partition(".")[0] in _SAFE:
        return str(value)
    return f"<{type(value).__qualname__}>"


def _is_of(library: str, data: Any) -> bool:
    return library in sys.modules and type(data).__module__.partition(".")[0] == library


def _names(count: int, names: Any) -> list[str]:
    if names is not None and len(names) == count:
        return [str(name) for name in names]
    return [str(position) for position in range(count)]


def _array_columns(data: Any, names: Any) -> list[Column]:
    import numpy as np
    import pandas as pd

    array = np.asarray(data)
    if array.ndim > 2:
        raise InvalidInput(
            f"data with {array.ndim} dimensions has no columns.",
            "Reshape it to rows and columns, or pass a frame.",
        )
    if array.dtype.kind == "V":
        raise InvalidInput("a structured array has no signature.", "Pass pandas.DataFrame(array).")
    array = array.reshape(-1, 1) if array.ndim < 2 else array
    titles = _names(array.shape[1], names)
    return [Column(title, pd.Series(array[:, position])) for position, title in enumerate(titles)]


def _sparse_columns(matrix: Any, names: Any) -> list[Column]:
    import pandas as pd

    if len(matrix.shape) != 2:
        raise InvalidInput("a sparse array without two dimensions has no columns.", "Reshape it to rows and columns.")
    columns = matrix.tocsc()
    rows, starts = matrix.shape[0], columns.indptr
    titles = _names(matrix.shape[1], names)
    return [
        Column(title, pd.Series(columns.data[starts[i] : starts[i + 1]]), int(rows - (starts[i + 1] - starts[i])))
        for i, title in enumerate(titles)
    ]


def _word(series: Any) -> str:
    """Return the type of a column as a word: int64, float64, string, category, datetime, bool."""
    import pandas as pd

    dtype = series.dtype
    types = pd.api.types
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    for test, word in (
        (types.is_bool_dtype, "bool"),
        (types.is_datetime64_any_dtype, "datetime"),
        (types.is_timedelta64_dtype, "timedelta"),
    ):
        if test(dtype):
            return word
    if types.is_object_dtype(dtype):
        inferred = types.infer_dtype(series, skipna=True)
        return {"string": "string", "empty": "string", "boolean": "bool", "date": "date"}.get(inferred, "object")
    if types.is_string_dtype(dtype):
        return "string"
    if isinstance(dtype, pd.PeriodDtype | pd.IntervalDtype):
        return type(dtype).__name__.removesuffix("Dtype").lower()
    plain = getattr(dtype, "numpy_dtype", getattr(dtype, "subtype", dtype))
    return str(plain)
