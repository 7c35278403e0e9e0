"""Tell data objects by their type, without importing a library that the caller has not imported."""

from __future__ import annotations

import sys
from typing import Any, Literal

Form = Literal[
    "pandas.frame",
    "pandas.series",
    "pandas.index",
    "pandas.array",
    "arrow.table",
    "arrow.array",
    "polars.frame",
    "polars.series",
    "numpy.array",
    "scipy.sparse",
    "torch.tensor",
    "records",
]

SHOWN = frozenset({"matplotlib", "seaborn", "plotly", "IPython", "ipywidgets", "altair", "bokeh", "ipykernel", "tqdm"})
"""Packages whose objects show something: they carry random ids and back-ends, and are no content."""

_CLASSES: tuple[tuple[str, tuple[str, ...], Form], ...] = (
    ("numpy", ("ndarray",), "numpy.array"),
    ("pandas", ("DataFrame",), "pandas.frame"),
    ("pandas", ("Series",), "pandas.series"),
    ("pandas", ("Index",), "pandas.index"),
    ("pandas.api.extensions", ("ExtensionArray",), "pandas.array"),
    ("pyarrow", ("Table", "RecordBatch"), "arrow.table"),
    ("pyarrow", ("ChunkedArray", "Array"), "arrow.array"),
    ("polars", ("DataFrame",), "polars.frame"),
    ("polars", ("Series",), "polars.series"),
    ("scipy.sparse", ("spmatrix", "sparray"), "scipy.sparse"),
    ("torch", ("Tensor",), "torch.tensor"),
)


def form_of(obj: object) -> Form | None:
    """Return which kind of data object this is, or None; what ``plt.subplots`` gives is none.

    Examples
    --------
    >>> form_of([{"a": 1}]), form_of("text")
    ('records', None)
    """
    if type(obj) is list:
        return "records" if _is_records(obj) else None
    form = form_of_type(type(obj))
    return None if form == "numpy.array" and _holds_figures(obj) else form


def form_of_type(kind: type) -> Form | None:
    """Return which kind of data object instances of a class are, or None.

    Examples
    --------
    >>> import numpy as np
    >>> form_of_type(np.ndarray), form_of_type(dict)
    ('numpy.array', None)
    """
    if kind.__module__ == "builtins":
        return None
    for module_name, names, form in _CLASSES:
        module = sys.modules.get(module_name)
        if module is None:
            continue
        for name in names:
            base = getattr(module, name, None)
            if isinstance(base, type) and issubclass(kind, base):
                return form
    return None


def is_data(obj: object) -> bool:
    """Return whether the object is a frame, series, array, sparse matrix, tensor or a list of records.

    Examples
    --------
    >>> is_data([{"a": 1}]), is_data(3)
    (True, False)
    """
    return form_of(obj) is not None


def nbytes(obj: object) -> int:  # noqa: PLR0911 - one return for each kind
    """Return roughly how many bytes an object holds, without a deep scan: Python objects count as pointers.

    Examples
    --------
    >>> import numpy as np
    >>> nbytes(np.zeros(10))
    80
    """
    form = form_of(obj)
    data: Any = obj
    if form == "pandas.frame":
        columns = sum(int(column.array.nbytes) for _, column in data.items())
        return columns + int(data.index.nbytes)
    if form == "pandas.series":
        return int(data.array.nbytes) + int(data.index.nbytes)
    if form in ("polars.frame", "polars.series"):
        return int(data.estimated_size())
    if form == "scipy.sparse":
        return sum(int(part.nbytes) for part in _arrays_of(data))
    if form == "torch.tensor":
        return int(data.element_size() * data.nelement())
    if form == "records":
        return sys.getsizeof(data) + len(data) * sys.getsizeof(data[0])
    if form is not None:
        return int(data.nbytes)
    if type(obj).__module__ == "builtins":
        return sys.getsizeof(obj)
    return object.__sizeof__(obj)


def _arrays_of(matrix: Any) -> list[Any]:
    names = ("data", "indices", "indptr", "row", "col", "offsets")
    return [part for name in names if (part := getattr(matrix, name, None)) is not None and hasattr(part, "nbytes")]


def is_shown(kind: type) -> bool:
    """Return whether instances of a class are figures, widgets and their parts.

    Examples
    --------
    >>> is_shown(dict)
    False
    """
    return kind.__module__.partition(".")[0] in SHOWN


def _holds_figures(array: Any) -> bool:
    return array.dtype.kind == "O" and array.size > 0 and is_shown(type(array.flat[0]))


def _is_records(obj: Any) -> bool:
    return bool(obj) and all(type(row) is dict and row and type(next(iter(row))) is str for row in (obj[0], obj[-1]))
