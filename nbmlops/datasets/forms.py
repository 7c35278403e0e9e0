"""Whole data objects taken apart into stored columns, and put together again as what they were.

The layout holds what is no column: the kind of object, labels, the index, shapes. Every level of a row index that is
not a plain range is a column like any other.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.objects import ABSENT, from_text, to_text
from nbmlops.datasets.physical import (
    Facts,
    Stored,
    store_arrow,
    store_numpy,
    store_pandas,
)
from nbmlops.datasets.restoring import restore_arrow, restore_pandas, with_freq
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

Layout = dict[str, Any]
Column = tuple[Any, Facts, Any]
"""Values, facts, and the column beside it as (values, facts) or None."""
WIDE = 1000
"""A matrix wider than this is stored as one run of values, not as columns."""


@dataclass
class Taken:
    """A data object, taken apart: its columns by key, and the rest."""

    columns: dict[str, Stored]
    layout: Layout
    rows: int


def take_apart(data: Any) -> Taken:
    """Return a data object as stored columns and layout.

    Raises
    ------
    InvalidInput
        It is no data that can be kept, or a column of it is not.
    """
    form = form_name(data)
    if form not in _TAKERS:
        raise InvalidInput(
            f"{type(data).__module__}.{type(data).__qualname__} is no data that can be kept.",
            "Give a pandas or polars frame, a Series, an Arrow table, a NumPy array or a list of records.",
        )
    return _TAKERS[form](data)


def put_together(columns: dict[str, Column], layout: Layout, rows: int) -> Any:
    """Return the data object that `take_apart` took apart; a part of a frame's columns gives the frame of these."""
    return _PUTTERS[layout["form"]](columns, layout, rows)


def form_name(data: object) -> str:
    """Return the kind of a data object as a word, or an empty one."""
    from nbmlops.capture.fingerprint._detect import form_of

    return form_of(data) or ""


def column_key(label: Any, number: int = 0) -> str:
    """Return the key under which a column is stored; ``number`` tells columns of one name apart."""
    return f"c{number}:{to_text(label)}"


def label_of(key: str) -> Any:
    """Return the label behind a key.

    Examples
    --------
    >>> label_of(column_key("delay"))
    'delay'
    """
    return from_text(key.partition(":")[2])


def shown(key: str) -> str:
    """Return a column's name for people.

    Examples
    --------
    >>> shown(column_key("delay")), shown(column_key(("a", 1))), shown("i0:null")
    ('delay', "('a', 1)", 'index')
    """
    label = label_of(key)
    if key.startswith("i"):
        return "index" if label is None else f"index {label}"
    return str(label)


def column_keys(labels: Any) -> list[str]:
    """Return the keys of columns, those of one name told apart."""
    seen: Counter[str] = Counter()
    keys = []
    for label in labels:
        text = to_text(label)
        keys.append(f"c{seen[text]}:{text}")
        seen[text] += 1
    return keys


def _store(label: Any, store: Callable[[Any], Stored], values: Any) -> Stored:
    import pyarrow as pa

    try:
        return store(values)
    except InvalidInput as error:
        raise InvalidInput(f"column {label!r}: {error.message}", error.hint) from error
    except pa.ArrowException as error:
        raise InvalidInput(f"column {label!r} cannot be kept: {error}", "Give its values one type.") from error


def _from_frame(frame: Any) -> Taken:
    keys = column_keys(frame.columns)
    columns = {
        key: _store(label, store_pandas, series.array) for key, (label, series) in zip(keys, frame.items(), strict=True)
    }
    layout: Layout = {"form": "pandas.frame", "order": keys, "labels": _labels(frame.columns)}
    layout["index"] = _take_index(frame.index, columns)
    return Taken(columns, layout, len(frame))


def _to_frame(columns: dict[str, Column], layout: Layout, rows: int) -> Any:
    import pandas as pd

    order = [key for key in layout["order"] if key in columns]
    index = _put_index(layout["index"], columns, rows)
    arrays = {at: _unguessed(restore_pandas(*columns[key]), index) for at, key in enumerate(order)}
    frame = pd.DataFrame(arrays, index=index, copy=False)
    if len(order) == len(layout["order"]):
        frame.columns = _put_labels(layout["labels"], order)
    else:
        names = layout["labels"]["names"]
        multi = layout["labels"]["kind"] == "multi"
        labels = [label_of(key) for key in order]
        frame.columns = (
            pd.MultiIndex.from_tuples(labels, names=from_text(names)) if multi and labels else pd.Index(labels)
        )
    return frame


def _unguessed(values: Any, index: Any) -> Any:
    """Return values such that pandas leaves their type: a bare array of objects would become text."""
    import pandas as pd

    return pd.Series(values, index=index, dtype=object, copy=False) if values.dtype == object else values


def _labels(labels: Any) -> Layout:
    import pandas as pd

    facts: Layout = {"names": to_text(list(labels.names)), "kind": "plain", "dtype": str(labels.dtype)}
    if isinstance(labels, pd.DatetimeIndex | pd.TimedeltaIndex) and labels.freqstr:
        facts["freq"] = labels.freqstr
    if isinstance(labels, pd.RangeIndex):
        return {**facts, "kind": "range", "range": [labels.start, labels.stop, labels.step]}
    if isinstance(labels, pd.MultiIndex):
        return {**facts, "kind": "multi", "dtypes": [str(dtype) for dtype in labels.dtypes]}
    if isinstance(labels, pd.CategoricalIndex):
        categories = labels.categories
        facts |= {"kind": "category", "ordered": bool(labels.ordered)}
        facts |= {"categories": to_text(list(categories)), "dtype": str(categories.dtype)}
    return facts


def _put_labels(facts: Layout, keys: list[str]) -> Any:
    import pandas as pd

    names = from_text(facts["names"])
    if facts["kind"] == "range":
        start, stop, step = facts["range"]
        return pd.RangeIndex(start, stop, step, name=names[0])
    labels = [label_of(key) for key in keys]
    if facts["kind"] == "multi":
        levels = [pd.Index([label[at] for label in labels], dtype=dtype) for at, dtype in enumerate(facts["dtypes"])]
        return pd.MultiIndex.from_arrays(levels, names=names)
    if facts["kind"] == "category":
        categories = pd.Index(from_text(facts["categories"]), dtype=facts["dtype"])
        return pd.CategoricalIndex(labels, dtype=pd.CategoricalDtype(categories, facts["ordered"]), name=names[0])
    index = pd.Index(labels, dtype=facts["dtype"], name=names[0], tupleize_cols=False)
    if "freq" in facts:
        index = with_freq(index, facts["freq"])
    return index


def _take_index(index: Any, columns: dict[str, Stored]) -> Layout:
    import pandas as pd

    names = to_text(list(index.names))
    if isinstance(index, pd.RangeIndex):
        return {"kind": "range", "range": [index.start, index.stop, index.step], "names": names}
    multi = isinstance(index, pd.MultiIndex)
    levels = [index.get_level_values(at) for at in range(index.nlevels)] if multi else [index]
    keys = []
    for at, level in enumerate(levels):
        key = f"i{at}:{to_text(level.name)}"
        columns[key] = _store("of the index", store_pandas, level.array)
        keys.append(key)
    freq = getattr(index, "freqstr", None) if not isinstance(index, pd.PeriodIndex) else None
    return {"kind": "multi" if multi else "plain", "keys": keys, "names": names, "freq": freq}


def _put_index(facts: Layout, columns: dict[str, Column], rows: int) -> Any:
    import pandas as pd

    names = from_text(facts["names"])
    if facts["kind"] == "range":
        start, stop, step = facts["range"]
        return pd.RangeIndex(start, stop, step, name=names[0])
    del rows
    arrays = [restore_pandas(*columns[key]) for key in facts["keys"]]
    levels = [pd.Index(values, dtype=values.dtype) for values in arrays]
    if facts["kind"] == "multi":
        return pd.MultiIndex.from_arrays(levels, names=names)
    index = levels[0].rename(names[0])
    if facts.get("freq"):
        index = with_freq(index, facts["freq"])
    return index


def _from_series(series: Any) -> Taken:
    key = column_key(series.name)
    columns = {key: _store(series.name, store_pandas, series.array)}
    layout: Layout = {"form": "pandas.series", "order": [key], "index": _take_index(series.index, columns)}
    return Taken(columns, layout, len(series))


def _to_series(columns: dict[str, Column], layout: Layout, rows: int) -> Any:
    import pandas as pd

    [key] = layout["order"]
    index = _put_index(layout["index"], columns, rows)
    values = restore_pandas(*columns[key])
    return pd.Series(values, index=index, name=label_of(key), copy=False, dtype=values.dtype)


def _from_numpy(array: Any) -> Taken:
    import numpy as np

    if isinstance(array, np.ma.MaskedArray):
        raise InvalidInput("a masked array cannot be kept.", "Fill it, or make it a frame: pd.DataFrame(array)")
    values = np.asarray(array)
    layout: Layout = {"form": "numpy.array", "shape": list(values.shape), "dtype": values.dtype.str}
    rows = values.shape[0] if values.ndim else 1
    width = values.size // rows if rows else 0
    if rows and 0 < width <= WIDE:
        matrix = values.reshape(rows, width)
        parts = [matrix[:, at] for at in range(width)]
    else:
        parts = [values.reshape(-1)]
    columns = {column_key(at): _store(at, store_numpy, part) for at, part in enumerate(parts)}
    layout["order"] = list(columns)
    return Taken(columns, layout, len(parts[0]))


def _to_numpy(columns: dict[str, Column], layout: Layout, rows: int) -> Any:
    import numpy as np

    del rows
    parts = [restore_pandas(*columns[key]) for key in layout["order"]]
    dtype = np.dtype(layout["dtype"]) if parts[0].dtype.kind != "O" else np.dtype(object)
    out = np.empty((len(parts[0]), len(parts)), dtype=dtype)
    for at, part in enumerate(parts):
        out[:, at] = part
    return out.reshape(layout["shape"])


def _from_arrow(table: Any) -> Taken:
    import base64

    import pyarrow as pa

    table = pa.Table.from_batches([table]) if isinstance(table, pa.RecordBatch) else table
    keys = column_keys(table.column_names)
    columns = {key: _store(label_of(key), store_arrow, table.column(at)) for at, key in enumerate(keys)}
    schema = base64.b64encode(table.schema.serialize()).decode()
    return Taken(columns, {"form": "arrow.table", "order": keys, "schema": schema}, table.num_rows)


def _to_arrow(columns: dict[str, Column], layout: Layout, rows: int) -> Any:
    import base64

    import pyarrow as pa

    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(layout["schema"])))
    chosen = [at for at, key in enumerate(layout["order"]) if key in columns]
    fields = pa.schema([schema.field(at) for at in chosen], schema.metadata)
    arrays = [restore_arrow(*columns[layout["order"][at]]) for at in chosen]
    if not arrays and rows:  # a table without columns still has rows
        return pa.table({"": pa.nulls(rows)}).select([])
    return pa.Table.from_arrays(arrays, schema=fields)


def _from_polars(frame: Any) -> Taken:
    taken = _from_arrow(frame.to_arrow())
    taken.layout["form"] = "polars.frame"
    return taken


def _to_polars(columns: dict[str, Column], layout: Layout, rows: int) -> Any:
    import polars as pl

    return pl.from_arrow(_to_arrow(columns, layout, rows), rechunk=False)


def _from_records(records: list[dict[str, Any]]) -> Taken:
    import numpy as np

    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {}
    for name in names:
        values = np.empty(len(records), dtype=object)
        for at, record in enumerate(records):
            values[at] = record.get(name, ABSENT)
        columns[column_key(name)] = _store(name, store_numpy, values)
    return Taken(columns, {"form": "records", "order": list(columns)}, len(records))


def _to_records(columns: dict[str, Column], layout: Layout, rows: int) -> Any:
    records: list[dict[str, Any]] = [{} for _ in range(rows)]
    for key in layout["order"]:
        if key in columns:
            name = label_of(key)
            for record, value in zip(records, restore_pandas(*columns[key]), strict=True):
                if value is not ABSENT:
                    record[name] = value
    return records


_TAKERS: dict[str, Callable[[Any], Taken]] = {
    "pandas.frame": _from_frame,
    "pandas.series": _from_series,
    "numpy.array": _from_numpy,
    "arrow.table": _from_arrow,
    "polars.frame": _from_polars,
    "records": _from_records,
}
_PUTTERS: dict[str, Callable[[dict[str, Column], Layout, int], Any]] = {
    "pandas.frame": _to_frame,
    "pandas.series": _to_series,
    "numpy.array": _to_numpy,
    "arrow.table": _to_arrow,
    "polars.frame": _to_polars,
    "records": _to_records,
}


def layout_text(layout: Layout) -> str:
    """Return a layout as text that is equal where layouts are."""
    return json.dumps(layout, sort_keys=True, separators=(",", ":"))
