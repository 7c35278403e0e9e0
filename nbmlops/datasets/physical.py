"""One column of any library as plain Arrow memory, with the facts that make it what it was again.

What is stored is as plain as it can be, so that a change of type that changes no value shares all of it: instants as
UTC ticks, categories as codes with the categories beside them, strings as ``large_string``, Python objects as text.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.objects import to_text
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

Facts = dict[str, Any]
_MISSING_NAMES = {"NoneType": "None", "float": "nan", "NAType": "NA", "NaTType": "NaT"}


@dataclass
class Stored:
    """A column as it is stored: its values, how to make it back, and a smaller column that stands beside it."""

    array: Any
    facts: Facts = field(default_factory=dict)
    beside: Stored | None = None
    """The categories of a column of codes."""


def store_pandas(values: Any) -> Stored:
    """Return the values of a pandas column (``series.array``) as they are stored."""
    import numpy as np
    import pandas as pd

    if isinstance(values, pd.arrays.NumpyExtensionArray) and not isinstance(values.dtype, pd.StringDtype):
        values = values.to_numpy()
    dtype = values.dtype
    if isinstance(values, np.ndarray) or (isinstance(dtype, np.dtype) and dtype.kind in "Mm"):
        return store_numpy(np.asarray(values))
    for name, store in _STORES.items():
        if isinstance(dtype, getattr(pd, name)):
            return store(values)
    if hasattr(dtype, "numpy_dtype"):
        return Stored(values.__arrow_array__(), {"as": "extension", "dtype": str(dtype)})
    raise InvalidInput(
        f"values of the type {dtype} cannot be kept.", "Turn the column into numbers, text, dates or categories first."
    )


def store_numpy(values: Any) -> Stored:
    """Return a one-dimensional NumPy array as it is stored."""
    import numpy as np
    import pyarrow as pa

    dtype = values.dtype
    facts: Facts = {"as": "numpy", "dtype": dtype.str}
    if dtype.kind in "OT":
        return _store_objects(values.astype(object))
    if not dtype.isnative:
        values = values.astype(dtype.newbyteorder("="))
    values = np.ascontiguousarray(values)
    if dtype.kind in "Mm":
        unit = np.datetime_data(dtype)
        if unit[1] == 1 and unit[0] in ("s", "ms", "us", "ns"):
            make = pa.timestamp if dtype.kind == "M" else pa.duration
            return Stored(pa.array(values, type=make(unit[0])), {"as": "ticks", "dtype": dtype.str})
        return Stored(pa.array(values.view("i8")), facts)
    if dtype.kind in "biuf" and dtype.itemsize <= 8:
        return Stored(pa.array(values), facts)
    if dtype.kind in "cf":
        return Stored(_fixed(values, dtype.itemsize), facts)
    if dtype.kind in "SU":
        kind = pa.large_binary() if dtype.kind == "S" else pa.large_string()
        return Stored(pa.array(values.tolist(), type=kind), {"as": "texts", "dtype": dtype.str})
    raise InvalidInput(f"values of the type {dtype} cannot be kept.", "Keep their fields as columns of a frame.")


def store_arrow(column: Any) -> Stored:
    """Return an Arrow column as it is stored; a dictionary apart, text in one layout."""
    import pyarrow as pa

    kind = column.type
    facts: Facts = {"as": "arrow", "type": type_to_text(kind)}
    if pa.types.is_dictionary(kind):
        whole = column.unify_dictionaries() if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
        values = whole.chunk(0).dictionary if whole.num_chunks else pa.array([], kind.value_type)
        codes = pa.chunked_array([chunk.indices for chunk in whole.chunks], kind.index_type)
        return Stored(codes, facts, beside=store_arrow(pa.chunked_array([values])))
    for test, wide in ((pa.types.is_string, pa.large_string()), (pa.types.is_binary, pa.large_binary())):
        if test(kind):
            return Stored(column.cast(wide), facts)
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        return Stored(column.cast(pa.large_string() if pa.types.is_string_view(kind) else pa.large_binary()), facts)
    return Stored(column, facts)


def type_to_text(kind: Any) -> str:
    """Return an Arrow type as text."""
    import pyarrow as pa

    return base64.b64encode(pa.schema([pa.field("", kind)]).serialize()).decode()


def type_from_text(text: str) -> Any:
    """Return the Arrow type that `type_to_text` wrote."""
    import pyarrow as pa

    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text))).field(0).type


def _fixed(values: Any, width: int) -> Any:
    import pyarrow as pa

    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(values), [None, pa.py_buffer(values)])


def _store_objects(values: Any) -> Stored:
    """Store Python objects: as text or bytes where they are nothing else and what is missing is of one kind."""
    import pyarrow as pa

    kinds = set(map(type, values))
    missing = {kind for kind in kinds if kind.__name__ in _MISSING_NAMES}
    if float in missing and any(type(value) is float and value == value for value in values):  # noqa: PLR0124 - NaN
        missing.discard(float)
    plain = kinds - missing
    if len(missing) <= 1 and plain in ({str}, {bytes}, set()):
        word = next((_MISSING_NAMES[kind.__name__] for kind in missing), "")
        kind = pa.large_binary() if plain == {bytes} else pa.large_string()
        try:
            return Stored(pa.array(values, type=kind, from_pandas=True), {"as": "objects", "missing": word})
        except (UnicodeEncodeError, pa.ArrowException):
            pass  # text with half a surrogate pair is no UTF-8: written with escapes instead
    return Stored(pa.array([to_text(value) for value in values], type=pa.large_string()), {"as": "json"})


def _store_masked_string(values: Any) -> Stored:
    import numpy as np
    import pyarrow as pa

    dtype = values.dtype
    facts = {"as": "string", "storage": dtype.storage, "missing": "nan" if isinstance(dtype.na_value, float) else "NA"}
    try:
        return Stored(values.__arrow_array__().cast(pa.large_string()), facts)
    except (UnicodeEncodeError, pa.ArrowException):
        found = _store_objects(np.asarray(values, dtype=object))
        return Stored(
            found.array, {"as": "retyped", "inner": found.facts, **{k: v for k, v in facts.items() if k != "as"}}
        )


def _store_category(values: Any) -> Stored:
    import pyarrow as pa

    facts = {"as": "category", "ordered": bool(values.ordered), "freq": getattr(values.categories, "freqstr", None)}
    return Stored(pa.array(values.codes), facts, store_pandas(values.categories.array))


def _store_zoned(values: Any) -> Stored:
    import pyarrow as pa

    unit = values.dtype.unit
    ticks = values.tz_convert("UTC").tz_localize(None)
    return Stored(
        pa.array(ticks, type=pa.timestamp(unit)), {"as": "zoned", "zone": _zone_text(values.dtype.tz), "unit": unit}
    )


def _store_period(values: Any) -> Stored:
    import pyarrow as pa

    return Stored(pa.array(values.asi8, mask=values.isna()), {"as": "period", "dtype": values.dtype.name})


def _store_interval(values: Any) -> Stored:
    import pyarrow as pa

    sides = [store_pandas(getattr(values, side).array) for side in ("left", "right")]
    arrays = [one(side.array) for side in sides]
    return Stored(
        pa.StructArray.from_arrays(arrays, ["left", "right"]),
        {"as": "interval", "closed": values.closed, "inner": sides[0].facts},
    )


def _store_sparse(values: Any) -> Stored:
    import numpy as np

    inner = store_numpy(np.asarray(values.to_dense()))
    fill = values.dtype.fill_value
    return Stored(
        inner.array,
        {"as": "sparse", "subtype": values.dtype.subtype.str, "fill": to_text(fill), "inner": inner.facts},
        inner.beside,
    )


def _store_pandas_arrow(values: Any) -> Stored:
    found = store_arrow(values.__arrow_array__())
    return Stored(found.array, {**found.facts, "as": "pandas.arrow"}, found.beside)


_STORES: dict[str, Callable[[Any], Stored]] = {
    "CategoricalDtype": _store_category,
    "DatetimeTZDtype": _store_zoned,
    "PeriodDtype": _store_period,
    "IntervalDtype": _store_interval,
    "SparseDtype": _store_sparse,
    "StringDtype": _store_masked_string,
    "ArrowDtype": _store_pandas_arrow,
}


def one(array: Any) -> Any:
    """Return a ChunkedArray as one Array."""
    import pyarrow as pa

    if not isinstance(array, pa.ChunkedArray):
        return array
    if array.num_chunks == 1:
        return array.chunk(0)
    return pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)


def _zone_text(zone: Any) -> str:
    import pyarrow as pa

    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    return str(name or pa.lib.tzinfo_to_string(zone))
