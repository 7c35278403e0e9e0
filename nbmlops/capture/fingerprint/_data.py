"""One digest tree for each kind of data object."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint._detect import Form, form_of, nbytes
from nbmlops.capture.fingerprint._leaf import Column, root_digests
from nbmlops.capture.fingerprint._numpy import blocks_of, numpy_leaf, numpy_word
from nbmlops.capture.fingerprint._record import BLOCK_ROWS, Fingerprint, Kind, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FAILURES = (
    Unreadable,
    TypeError,
    ValueError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    AttributeError,
)


def fingerprint(obj: object) -> Fingerprint | None:
    """Return the content fingerprint of a data object, or None for anything else.

    Examples
    --------
    >>> import numpy as np
    >>> found = fingerprint(np.arange(6).reshape(2, 3))
    >>> found.kind, found.rows, found.columns, found.bytes
    ('array', 2, 3, 48)
    >>> found.digest == fingerprint(np.asfortranarray(np.arange(6).reshape(2, 3))).digest
    True
    >>> fingerprint("text") is None
    True
    """
    form = form_of(obj)
    if form is None:
        return None
    kind, read = _READERS[form]
    rows, columns = _shape(obj, form)
    size = nbytes(obj)
    try:
        tree = read(obj)
    except _FAILURES as failure:
        return Fingerprint(None, kind, rows, columns, size, "", (), note=f"no digest: {failure}")
    digest, order = root_digests(kind, tree.shape, tree.columns, tree.index, tree.layout)
    leaves = tuple(column.leaf() for column in tree.columns)
    index = tuple(column.leaf() for column in tree.index)
    return Fingerprint(digest, kind, rows, columns, size, order, leaves, index)


class _Tree:
    """What a reader returns: shape, columns, levels of the index, and bytes that only order depends on."""

    __slots__ = ("columns", "index", "layout", "shape")

    def __init__(
        self,
        shape: Sequence[int],
        columns: list[Column],
        index: list[Column] | None = None,
        layout: bytes = b"",
    ) -> None:
        self.shape = shape
        self.columns = columns
        self.index = index or []
        self.layout = layout


def _shape(obj: Any, form: Form) -> tuple[int | None, int | None]:
    if form == "records":
        return len(obj), len(dict.fromkeys(chain.from_iterable(obj)))
    if form in ("pandas.series", "pandas.index", "pandas.array", "polars.series", "arrow.array"):
        return len(obj), 1
    shape = [int(size) for size in obj.shape]
    return (shape[0] if shape else None), (shape[1] if len(shape) == 2 else None)


def _column(name: Any, rows: int, word: str, blocks: list[bytes]) -> Column:
    from nbmlops.capture.fingerprint._objects import Walker

    return Column(Walker().encoded(name), _text(name), word, rows, blocks)


def _text(name: Any) -> str:
    """Return a column's name for people; only names of builtin types are spelled out."""
    if type(name) is tuple:
        return f"({', '.join(_text(part) for part in name)})"
    plain = type(name).__module__.partition(".")[0] in ("builtins", "numpy", "pandas", "datetime")
    return str(name) if plain else type(name).__qualname__


def _named(name: Any, rows: int, read: Callable[[Any], tuple[str, list[bytes]]], values: Any) -> Column:
    try:
        return _column(name, rows, *read(values))
    except _FAILURES as failure:
        raise Unreadable(f"column {_text(name)!r}: {failure}") from failure


def _levels(index: Any) -> list[Column]:
    from nbmlops.capture.fingerprint._pandas import index_columns

    return [_column(name, len(index), word, blocks) for name, word, blocks in index_columns(index)]


def _pandas_frame(frame: Any) -> _Tree:
    from nbmlops.capture.fingerprint._objects import Walker
    from nbmlops.capture.fingerprint._pandas import pandas_column

    rows = len(frame)
    columns = [_named(name, rows, pandas_column, column.array) for name, column in frame.items()]
    titles = list(frame.columns.names)
    layout = b"" if titles == [None] else Walker().encoded(titles)
    return _Tree(frame.shape, columns, _levels(frame.index), layout)


def _pandas_series(series: Any) -> _Tree:
    from nbmlops.capture.fingerprint._pandas import pandas_column

    return _Tree((len(series),), [_named(series.name, len(series), pandas_column, series.array)], _levels(series.index))


def _pandas_index(index: Any) -> _Tree:
    import pandas as pd

    return _pandas_frame(index.to_frame(index=False)) if isinstance(index, pd.MultiIndex) else _unindexed(index)


def _unindexed(values: Any) -> _Tree:
    from nbmlops.capture.fingerprint._pandas import pandas_column

    array = getattr(values, "array", values)
    return _Tree((len(values),), [_named(getattr(values, "name", None), len(values), pandas_column, array)])


def _arrow_table(table: Any) -> _Tree:
    from nbmlops.capture.fingerprint._arrow import arrow_column

    names, rows = list(table.schema.names), table.num_rows
    columns = [_named(name, rows, arrow_column, table.column(i)) for i, name in enumerate(names)]
    return _Tree((rows, len(names)), columns)


def _arrow_array(array: Any) -> _Tree:
    from nbmlops.capture.fingerprint._arrow import arrow_column

    return _Tree((len(array),), [_named(None, len(array), arrow_column, array)])


def _polars_frame(frame: Any) -> _Tree:
    columns = [_named(column.name, len(frame), _polars_column, column) for column in frame.get_columns()]
    return _Tree(frame.shape, columns)


def _polars_series(series: Any) -> _Tree:
    return _Tree((len(series),), [_named(series.name or None, len(series), _polars_column, series)])


def _polars_column(series: Any) -> tuple[str, list[bytes]]:
    from nbmlops.capture.fingerprint._arrow import arrow_column
    from nbmlops.capture.fingerprint._elements import object_blocks

    name = type(series.dtype).__name__
    if name == "Object":
        return object_blocks(series.to_numpy())
    if name == "Categorical":  # its codes belong to the process, not to the content
        import polars as pl

        series = series.cast(pl.String)
    return arrow_column(series.to_arrow())


def _numpy_array(array: Any, word: str = "") -> _Tree:
    import numpy as np

    from nbmlops.capture.fingerprint._elements import object_blocks

    shape = array.shape
    if array.dtype.kind in "OT":
        plain = array.filled(None) if isinstance(array, np.ma.MaskedArray) else np.asarray(array)
        word, blocks = object_blocks(plain)
    elif isinstance(array, np.ma.MaskedArray):
        present = ~np.ma.getmaskarray(array).reshape(-1)
        word, blocks = numpy_word(array.dtype), [numpy_leaf(np.asarray(array.data), present)]
    else:
        word, values = word or numpy_word(array.dtype), np.asarray(array)
        if values.ndim == 0:
            blocks = [numpy_leaf(values)]
        else:
            width = max(1, values.size // max(1, len(values)))
            blocks = blocks_of(values, len(values), numpy_leaf, max(1, BLOCK_ROWS // width))
    return _Tree((len(shape), *shape), [_column("", array.size, word, blocks)])


def _sparse_matrix(matrix: Any) -> _Tree:
    import numpy as np

    rows = matrix.tocsr(copy=True) if matrix.ndim == 2 else matrix.reshape(1, -1).tocsr(copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    parts = {
        "lengths": np.diff(rows.indptr).astype("i8"),
        "positions": rows.indices.astype("i8"),
        "data": rows.data,
    }
    columns = [
        _column(name, len(part), numpy_word(part.dtype), blocks_of(part, len(part), numpy_leaf))
        for name, part in parts.items()
    ]
    return _Tree((matrix.ndim, *matrix.shape), columns)


def _torch_tensor(tensor: Any) -> _Tree:
    if str(tensor.layout) != "torch.strided":
        raise Unreadable(f"a tensor with the layout {tensor.layout}")
    import torch

    plain = tensor.detach().cpu().resolve_conj().resolve_neg()
    if plain.dtype == torch.bfloat16:
        return _numpy_array(plain.view(torch.int16).numpy(), "bfloat16")
    return _numpy_array(plain.numpy())


def _records(rows: list[dict[str, Any]]) -> _Tree:
    import numpy as np

    from nbmlops.capture.fingerprint._elements import object_blocks

    columns = []
    for name in dict.fromkeys(chain.from_iterable(rows)):
        values = np.fromiter((row.get(name) for row in rows), dtype=object, count=len(rows))
        columns.append(_named(name, len(rows), object_blocks, values))
    return _Tree((len(rows), len(columns)), columns)


_READERS: dict[Form, tuple[Kind, Callable[[Any], _Tree]]] = {
    "pandas.frame": ("frame", _pandas_frame),
    "pandas.series": ("series", _pandas_series),
    "pandas.index": ("series", _pandas_index),
    "pandas.array": ("series", _unindexed),
    "arrow.table": ("frame", _arrow_table),
    "arrow.array": ("series", _arrow_array),
    "polars.frame": ("frame", _polars_frame),
    "polars.series": ("series", _polars_series),
    "numpy.array": ("array", _numpy_array),
    "scipy.sparse": ("sparse", _sparse_matrix),
    "torch.tensor": ("tensor", _torch_tensor),
    "records": ("frame", _records),
}
