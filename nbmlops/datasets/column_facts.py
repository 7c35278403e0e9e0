"""What can be said of a column in a few numbers, the same bins before and after."""

from __future__ import annotations

from typing import Any

BINS = 20
TOP = 5
_MUCH = 5_000_000
"""Rows above which distinct numbers are not counted."""


def decoded(array: Any, facts: dict[str, Any], beside: Any) -> Any:
    """Return a stored column as plain values: codes as their categories."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if beside is None:
        return array
    values = beside[0].combine_chunks() if isinstance(beside[0], pa.ChunkedArray) else beside[0]
    values = pa.concat_arrays(values.chunks) if isinstance(values, pa.ChunkedArray) else values
    codes = array
    if facts["as"] == "category":
        codes = pc.if_else(pc.less(array, 0), pa.scalar(None, array.type), array)
    return values.take(codes) if isinstance(codes, pa.ChunkedArray) else pa.chunked_array([values.take(codes)])


def statistics(before: Any, after: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the statistics of a column before and after; an empty one where there is none.

    Examples
    --------
    >>> import pyarrow as pa
    >>> statistics(pa.chunked_array([[1, 2, None]]), None)[0]["mean"]
    1.5
    """
    sides = [side for side in (before, after) if side is not None]
    edges = _edges(sides)
    facts = [{} if side is None else _facts(side, edges) for side in (before, after)]
    return facts[0], facts[1]


def _facts(array: Any, edges: Any) -> dict[str, Any]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    types, kind = pa.types, array.type
    missing = array.null_count
    if types.is_floating(kind):
        missing += int(pc.sum(pc.is_nan(array)).as_py() or 0)
    facts: dict[str, Any] = {"rows": len(array), "nulls": missing}
    if types.is_nested(kind):
        return facts
    if _is_number(kind):
        values = _numbers(array)
        if len(values):
            facts |= {"mean": float(values.mean()), "min": _scalar(values.min()), "max": _scalar(values.max())}
            facts |= {"unique": _distinct(values)} if len(values) <= _MUCH else {}
            facts["histogram"] = [int(count) for count in np.histogram(values, edges)[0]]
    elif types.is_temporal(kind):
        found = pc.min_max(array).as_py()
        facts |= {name: None if value is None else str(value) for name, value in found.items()}
        values = _numbers(array)
        if len(values) and edges is not None:
            facts["histogram"] = [int(count) for count in np.histogram(values, edges)[0]]
    else:
        counts = pc.value_counts(array.drop_null())
        facts["unique"] = len(counts)
        order = pc.array_sort_indices(counts.field(1), order="descending")[:TOP]
        top = counts.take(order)
        facts["top"] = [[str(value)[:80], int(count)] for value, count in zip(*_lists(top), strict=True)]
    return facts


def _distinct(values: Any) -> int:
    """Return how many values differ; faster than ``np.unique`` where most do."""
    import numpy as np

    ordered = np.sort(values)
    return int((ordered[1:] != ordered[:-1]).sum()) + 1


def _lists(counts: Any) -> tuple[list[Any], list[Any]]:
    return counts.field(0).to_pylist(), counts.field(1).to_pylist()


def _edges(sides: list[Any]) -> Any:
    """Return bins for both sides; infinities stand outside of them."""
    import numpy as np

    kinds = {str(side.type) for side in sides}
    if len(kinds) > 1 or not all(_is_number(side.type) or _is_time(side.type) for side in sides):
        return BINS
    low, high = np.inf, -np.inf
    for side in sides:
        values = _numbers(side)
        if len(values):
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    return np.linspace(low, high if high > low else low + 1, BINS + 1) if np.isfinite([low, high]).all() else BINS


def _numbers(array: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    array = array.drop_null()
    if _is_time(array.type):
        array = array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64())
    values = array.to_numpy()
    if values.dtype.kind == "f":
        values = values.astype("f8", copy=False)
        return values[np.isfinite(values)]
    return values.astype("f8") if values.dtype.kind == "O" else values


def _scalar(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_time(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_temporal(kind) and not pa.types.is_interval(kind))
