"""Stored columns made into what they were: the other half of `nbmlops.datasets.physical`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.objects import from_text
from nbmlops.datasets.physical import one, type_from_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops.datasets.physical import Facts


def restore_pandas(array: Any, facts: Facts, beside: Any = None) -> Any:
    """Return a column's values as pandas held them: a NumPy array or an ExtensionArray."""
    return _RESTORES[facts["as"]](array, facts, beside)


def restore_arrow(array: Any, facts: Facts, beside: Any = None) -> Any:
    """Return a column as Arrow held it."""
    import pyarrow as pa

    kind = type_from_text(facts["type"])
    if beside is not None:
        values = restore_arrow(beside[0], beside[1])
        values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        values = pa.concat_arrays(values.chunks) if isinstance(values, pa.ChunkedArray) else values
        chunks = [
            pa.DictionaryArray.from_arrays(chunk, values, ordered=kind.ordered)
            for chunk in array.chunks or [pa.array([], array.type)]
        ]
        return pa.chunked_array(chunks, kind)
    return array if array.type == kind else array.cast(kind)


def with_freq(index: Any, freq: str) -> Any:
    """Return an index of dates or durations that knows its frequency."""
    return type(index)(index, freq=freq, name=index.name)


def writable(array: Any, facts: Facts | None = None) -> Any:
    """Return an Arrow column without a missing value as a NumPy array that may be changed.

    Nothing is copied where ``facts`` say that the column was gathered, and so is nobody else's.
    """
    import numpy as np
    import pyarrow as pa

    if facts and facts.get("own") and isinstance(array, pa.ChunkedArray) and array.num_chunks == 1:
        [chunk] = array.chunks
        buffer = chunk.buffers()[1] if pa.types.is_primitive(chunk.type) and not chunk.null_count else None
        if buffer is not None and buffer.is_mutable and not pa.types.is_boolean(chunk.type) and not chunk.offset:
            return np.frombuffer(buffer, chunk.type.to_pandas_dtype(), len(chunk))
    values = array.to_numpy() if isinstance(array, pa.ChunkedArray) else array.to_numpy(zero_copy_only=False)
    return values if values.flags.writeable else np.array(values)


def _numpy(array: Any, facts: Facts, beside: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    del beside
    dtype = np.dtype(facts["dtype"])
    if pa.types.is_fixed_size_binary(array.type):
        block = one(array)
        raw = np.frombuffer(block.buffers()[1], "u1")[block.offset * dtype.itemsize :][: len(block) * dtype.itemsize]
        return raw.view(dtype.newbyteorder("=")).astype(dtype)
    values = writable(array, facts)
    return values.view(dtype) if dtype.kind in "Mm" else values.astype(dtype, copy=False)


def _ticks(array: Any, facts: Facts, beside: Any) -> Any:
    import numpy as np

    del beside
    return np.ascontiguousarray(writable(array, facts)).astype(facts["dtype"], copy=False)


def _texts(array: Any, facts: Facts, beside: Any) -> Any:
    import numpy as np

    del beside
    return np.array(array.to_pylist(), dtype=facts["dtype"])


def _extension(array: Any, facts: Facts, beside: Any) -> Any:
    import pandas as pd

    del beside
    dtype: Any = pd.api.types.pandas_dtype(facts["dtype"])
    return dtype.__from_arrow__(array)


def _string(array: Any, facts: Facts, beside: Any) -> Any:
    import pandas as pd

    del beside
    return pd.StringDtype(facts["storage"], _string_missing(facts)).__from_arrow__(array)  # type: ignore[attr-defined]


def _string_missing(facts: Facts) -> Any:
    import pandas as pd

    return float("nan") if facts["missing"] == "nan" else pd.NA


def _retyped(array: Any, facts: Facts, beside: Any) -> Any:
    import pandas as pd

    dtype: Any = pd.StringDtype(facts["storage"], _string_missing(facts))
    return pd.array(restore_pandas(array, facts["inner"], beside), dtype=dtype)


def _category(array: Any, facts: Facts, beside: Any) -> Any:
    import pandas as pd

    values = restore_pandas(*beside)
    categories = pd.Index(values, dtype=values.dtype)
    if facts["freq"] and isinstance(categories, pd.DatetimeIndex | pd.TimedeltaIndex):
        categories = with_freq(categories, facts["freq"])
    return pd.Categorical.from_codes(writable(array, facts), dtype=pd.CategoricalDtype(categories, facts["ordered"]))


def _zoned(array: Any, facts: Facts, beside: Any) -> Any:
    import pandas as pd

    del beside
    plain = pd.DatetimeIndex(writable(array))
    return plain.tz_localize("UTC").tz_convert(_zone(facts["zone"])).array


def _period(array: Any, facts: Facts, beside: Any) -> Any:
    import pandas as pd

    del beside
    ordinals = writable(array.fill_null(pd.NaT._value))  # type: ignore[attr-defined] # noqa: SLF001 - iNaT
    return pd.arrays.PeriodArray._simple_new(ordinals, dtype=pd.PeriodDtype(facts["dtype"][7:-1]))  # type: ignore[attr-defined] # noqa: SLF001


def _interval(array: Any, facts: Facts, beside: Any) -> Any:
    import pandas as pd

    del beside
    left, right = (restore_pandas(side, facts["inner"]) for side in one(array).flatten())
    return pd.arrays.IntervalArray.from_arrays(left, right, closed=facts["closed"])


def _sparse(array: Any, facts: Facts, beside: Any) -> Any:
    import pandas as pd

    dense = restore_pandas(array, facts["inner"], beside)
    return pd.arrays.SparseArray(dense, dtype=pd.SparseDtype(facts["subtype"], from_text(facts["fill"])))


def _pandas_arrow(array: Any, facts: Facts, beside: Any) -> Any:
    import pandas as pd

    return pd.arrays.ArrowExtensionArray(restore_arrow(array, facts, beside))


def _objects(array: Any, facts: Facts, beside: Any) -> Any:
    del beside
    values = array.to_numpy(zero_copy_only=False) if hasattr(array, "buffers") else array.to_numpy()
    values = values if values.flags.writeable else values.copy()
    if facts["missing"] not in ("", "None"):
        values[
            array.is_null().to_numpy(zero_copy_only=False) if hasattr(array, "buffers") else array.is_null().to_numpy()
        ] = _missing(facts["missing"])
    return values


def _missing(word: str) -> Any:
    import pandas as pd

    return {"nan": float("nan"), "NA": pd.NA, "NaT": pd.NaT}[word]


def _json(array: Any, facts: Facts, beside: Any) -> Any:
    import numpy as np

    del facts, beside
    values = np.empty(len(array), dtype=object)
    for at, text in enumerate(array.to_pylist()):
        values[at] = from_text(text)
    return values


_RESTORES: dict[str, Callable[[Any, Facts, Any], Any]] = {
    "numpy": _numpy,
    "ticks": _ticks,
    "texts": _texts,
    "extension": _extension,
    "string": _string,
    "retyped": _retyped,
    "category": _category,
    "zoned": _zoned,
    "period": _period,
    "interval": _interval,
    "sparse": _sparse,
    "pandas.arrow": _pandas_arrow,
    "objects": _objects,
    "json": _json,
}


def _zone(name: str) -> Any:
    if name in ("UTC", "Etc/UTC", "+00:00"):
        return datetime.UTC
    if name[:1] in "+-":
        hours, minutes = name[1:].split(":")
        delta = datetime.timedelta(hours=int(hours), minutes=int(minutes))
        return datetime.timezone(-delta if name[0] == "-" else delta)
    return name
