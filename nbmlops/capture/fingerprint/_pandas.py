"""pandas columns and indexes as canonical blocks: NumPy memory as it stands, other types by their parts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint._arrow import (
    arrow_column,
    arrow_leaf,
    category_word,
    codes_dtype,
    one_array,
    zone_word,
)
from nbmlops.capture.fingerprint._elements import object_blocks
from nbmlops.capture.fingerprint._leaf import joined, leaf_digest
from nbmlops.capture.fingerprint._numpy import blocks_of, numpy_leaf, numpy_word, time_leaf
from nbmlops.capture.fingerprint._record import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Array = np.ndarray[Any, Any]


def pandas_column(values: Any) -> tuple[str, list[bytes]]:
    """Return the type word and the block digests of an ExtensionArray (``series.array``) or a NumPy array."""
    import numpy as np
    import pandas as pd

    if isinstance(values, pd.arrays.NumpyExtensionArray):
        values = values.to_numpy()
    dtype, rows = values.dtype, len(values)
    if isinstance(dtype, np.dtype) and dtype.kind not in "Mm":
        array = np.asarray(values)
        if dtype.kind in "OT":
            return object_blocks(array)
        return numpy_word(dtype), blocks_of(array, rows, numpy_leaf)
    for kind, read in _READERS.items():
        if isinstance(dtype, getattr(pd, kind)):
            return read(values)
    if isinstance(dtype, np.dtype):
        return _ticks(values, "datetime" if dtype.kind == "M" else "timedelta")
    if hasattr(dtype, "numpy_dtype") and dtype.numpy_dtype.kind in "biuf" and not hasattr(dtype, "pyarrow_dtype"):
        return _masked(values)
    return _by_arrow(values)


def index_columns(index: Any) -> list[tuple[Any, str, list[bytes]]]:
    """Return name, type word and block digests of each level; none for 0, 1, 2 without a name."""
    import numpy as np
    import pandas as pd

    if isinstance(index, pd.MultiIndex):
        levels = [index.get_level_values(position) for position in range(index.nlevels)]
        return [(level.name, *pandas_column(level.array)) for level in levels]
    if index.name is None and index.dtype == np.dtype("int64"):
        if isinstance(index, pd.RangeIndex):
            counts = index.start == 0 and index.step == 1
        else:
            first_last = len(index) == 0 or (index[0] == 0 and index[-1] == len(index) - 1)
            counts = first_last and bool((index.to_numpy() == np.arange(len(index))).all())
        if counts or len(index) == 0:
            return []
    if index.name is None and len(index) == 0 and index.dtype == object:
        return []
    return [(index.name, *pandas_column(index.array))]


def _masked(values: Any) -> tuple[str, list[bytes]]:
    plain = values.dtype.numpy_dtype

    def leaf(block: Any) -> bytes:
        missing = block.isna()
        if not missing.any():
            return numpy_leaf(block.to_numpy(dtype=plain, copy=False))
        return numpy_leaf(block.to_numpy(dtype=plain, na_value=plain.type(0)), ~missing)

    return numpy_word(plain), blocks_of(values, len(values), leaf)


def _category(values: Any) -> tuple[str, list[bytes]]:
    names = values.categories
    word = category_word(*pandas_column(names.array), rows=len(names), ordered=bool(values.ordered))
    width = codes_dtype(len(names))

    def leaf(block: Any) -> bytes:
        return leaf_digest(len(block), [block.astype(width, order="C", copy=False)])

    return word, blocks_of(values.codes, len(values), leaf)


def _zoned(values: Any) -> tuple[str, list[bytes]]:
    import pyarrow as pa

    zone = values.dtype.tz
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    offset = zone.utcoffset(None) if name is None else None
    if isinstance(offset, timedelta):
        minutes = int(offset.total_seconds()) // 60
        name = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    return _ticks(values, f"datetime[{zone_word(name or pa.lib.tzinfo_to_string(zone))}]")


def _ticks(values: Any, word: str) -> tuple[str, list[bytes]]:
    unit = getattr(values.dtype, "unit", None) or _unit(values.dtype)

    def leaf(block: Any) -> bytes:
        return time_leaf(_contiguous(block.view("i8")), unit, None)

    return word, blocks_of(values, len(values), leaf)


def _period(values: Any) -> tuple[str, list[bytes]]:
    def leaf(block: Any) -> bytes:
        return time_leaf(_contiguous(block.asi8), "period", None)

    return values.dtype.name, blocks_of(values, len(values), leaf)


def _interval(values: Any) -> tuple[str, list[bytes]]:
    sides = [pandas_column(getattr(values, side).array) for side in ("left", "right")]
    pairs = zip(sides[0][1], sides[1][1], strict=True)
    return f"interval[{values.closed},{sides[0][0]}]", [joined(b"interval1", pair) for pair in pairs]


def _sparse(values: Any) -> tuple[str, list[bytes]]:
    import numpy as np

    subtype = values.dtype.subtype
    if subtype.kind in "OMm":
        return pandas_column(values.to_dense())
    return numpy_word(subtype), blocks_of(values, len(values), lambda block: numpy_leaf(np.asarray(block)))


def _text(values: Any) -> tuple[str, list[bytes]]:
    import numpy as np
    import pyarrow as pa

    try:
        return "string", blocks_of(values, len(values), _arrow_block)
    except (UnicodeEncodeError, pa.ArrowException):
        return object_blocks(np.asarray(values, dtype=object))


def _arrow_block(block: Any) -> bytes:
    import pyarrow as pa

    array = block.__arrow_array__()
    return arrow_leaf(one_array(array) if isinstance(array, pa.ChunkedArray) else array)


def _by_arrow(values: Any) -> tuple[str, list[bytes]]:
    convert: Callable[[], Any] | None = getattr(values, "__arrow_array__", None)
    if convert is None:
        raise Unreadable(f"values of the type {type(values).__module__}.{type(values).__qualname__}")
    return arrow_column(convert())


def _unit(dtype: Any) -> str:
    import numpy as np

    return np.datetime_data(dtype)[0]


def _contiguous(ticks: Any) -> Array:
    import numpy as np

    return np.ascontiguousarray(ticks)


_READERS: dict[str, Callable[[Any], tuple[str, list[bytes]]]] = {
    "CategoricalDtype": _category,
    "DatetimeTZDtype": _zoned,
    "PeriodDtype": _period,
    "IntervalDtype": _interval,
    "SparseDtype": _sparse,
    "StringDtype": _text,
}
