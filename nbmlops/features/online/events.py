"""The events of a key that its windows can still see, and what the windows give at an instant.

The answer is computed from the events themselves each time, so it is that of a training set at every instant, also when
nothing happens but time passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from nbmlops.features.aggregates import WindowFeature

    Array = np.ndarray[Any, Any]

NEVER = -(2**63)
"""The created time of an event that has none: it was known from the beginning."""


@dataclass
class Events:
    """Events in order of their time: ``created`` where the view has such a time; columns by name, None for nulls.

    ``times`` and ``created`` are int64 of shape (n,); a column is float64 or int64 with a mask of nulls, or a list.
    """

    times: Array
    created: Array | None
    columns: dict[str, tuple[Any, Array | None]]

    def newest(self, now: int) -> int | None:
        """Return the time of the newest event that had happened and was known at an instant, None for none."""
        known = self.times <= now
        if self.created is not None:
            known &= self.created <= now
        return int(self.times[known][-1]) if known.any() else None


def make_events(times: Any, created: Any, columns: dict[str, Any]) -> Events:
    """Return events out of Arrow columns, sorted by time.

    Parameters
    ----------
    times, created : Arrow array of int64
        ``created`` None where the view has no such time.
    columns : dict
        What the aggregates read, by name.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    own = times.to_numpy(zero_copy_only=False)
    order = np.argsort(own, kind="stable")
    made: dict[str, tuple[Any, Array | None]] = {}
    for name, column in columns.items():
        kind = column.type
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            wide = pa.float64() if pa.types.is_floating(kind) else pa.int64()
            nulls = np.asarray(pc.is_null(column))[order] if column.null_count else None
            values = pc.fill_null(column.cast(wide), 0).to_numpy(zero_copy_only=False)[order]
            made[name] = (values, nulls)
        else:
            values = column.to_pylist()
            made[name] = ([values[at] for at in order], None)
    late = pc.fill_null(created, NEVER).to_numpy(zero_copy_only=False)[order] if created is not None else None
    return Events(own[order], late, made)


def pack_events(events: Events, pack: Callable[[Any], bytes]) -> bytes:
    """Return events as bytes."""
    columns = [
        [name, values, None]
        if isinstance(values, list)
        else [name, values.dtype.str, values.tobytes(), None if nulls is None else nulls.tobytes()]
        for name, (values, nulls) in events.columns.items()
    ]
    return pack([events.times.tobytes(), None if events.created is None else events.created.tobytes(), columns])


def read_events(data: bytes, unpack: Callable[[bytes], list[Any]]) -> Events:
    """Return the events that `pack_events` packed.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from nbmlops.features.online.packing import packer, unpacker
    >>> events = make_events(pa.array([2, 1]), None, {"delay": pa.array([7.0, None])})
    >>> again = read_events(pack_events(events, packer()), unpacker())
    >>> again.times.tolist(), again.columns["delay"][1].tolist()
    ([1, 2], [True, False])
    """
    import numpy as np

    times, created, columns = unpack(data)
    found: dict[str, tuple[Any, Array | None]] = {}
    for name, values, *rest in columns:
        if isinstance(values, list):
            found[name] = (values, None)
            continue
        raw, nulls = rest
        found[name] = (np.frombuffer(raw, values), None if nulls is None else np.frombuffer(nulls, bool))
    own = np.frombuffer(times, "i8")
    return Events(own, None if created is None else np.frombuffer(created, "i8"), found)


def joined(older: Events, newer: Events, horizon: int) -> Events:
    """Return the events of both, without those at or before the horizon; the newest stays, for its age."""
    import numpy as np

    times = np.concatenate([older.times, newer.times])
    order = np.argsort(times, kind="stable")
    order = np.append(order[:-1][times[order[:-1]] > horizon], order[-1:])
    created = None
    if older.created is not None and newer.created is not None:
        created = np.concatenate([older.created, newer.created])[order]
    columns: dict[str, tuple[Any, Array | None]] = {}
    for name, (values, nulls) in older.columns.items():
        more, more_nulls = newer.columns[name]
        if isinstance(values, list):
            both = [*values, *more]
            columns[name] = ([both[at] for at in order], None)
            continue
        masks = [_mask(nulls, len(values)), _mask(more_nulls, len(more))]
        missing = np.concatenate(masks)[order]
        columns[name] = (np.concatenate([values, more])[order], missing if missing.any() else None)
    return Events(times[order], created, columns)


def windows_at(events: Events, features: Sequence[WindowFeature], spans: Sequence[int], now: int) -> list[Any]:
    """Return what each window feature is at an instant: over the events of ``(now - span, now]`` known by then.

    Parameters
    ----------
    spans : sequence of int
        The length of each feature's window, in the unit of the times.
    now : int
        The instant.
    """
    import numpy as np

    end = int(np.searchsorted(events.times, now, "right"))
    starts = {span: int(np.searchsorted(events.times, now - span, "right")) for span in set(spans)}
    return [_aggregate(events, feature, starts[span], end, now) for feature, span in zip(features, spans, strict=True)]


def _aggregate(events: Events, feature: WindowFeature, start: int, end: int, now: int) -> Any:
    import numpy as np

    known = None if events.created is None else events.created[start:end] <= now
    if not feature.aggregate.column:
        return end - start if known is None else int(known.sum())
    values, nulls = events.columns[feature.aggregate.column]
    if isinstance(values, list):
        chosen = [at for at in range(start, end) if values[at] is not None and (known is None or known[at - start])]
        return _of_objects(events, values, chosen, feature)
    keep = known
    if nulls is not None:
        keep = ~nulls[start:end] if keep is None else keep & ~nulls[start:end]
    if feature.aggregate.function == "last":
        where = np.arange(start, end) if keep is None else np.flatnonzero(keep) + start
        return _last(events, values, where.tolist(), feature.place)
    return _of_numbers(values[start:end] if keep is None else values[start:end][keep], feature.aggregate.function)


def _of_numbers(inside: Array, function: str) -> Any:
    """Return an aggregate of numbers; NaN is the greatest of them, as DuckDB has it."""
    import numpy as np

    if function == "count":
        return len(inside)
    if not len(inside) or (function == "std" and len(inside) == 1):
        return None
    functions: dict[str, Callable[[Array], Any]] = {
        "sum": np.sum,
        "mean": np.mean,
        "std": lambda values: np.std(values, ddof=1),
        "min": np.fmin.reduce,
        "max": np.max,
    }
    return functions[function](inside).item()


def _of_objects(events: Events, values: list[Any], chosen: list[int], feature: WindowFeature) -> Any:
    function = feature.aggregate.function
    if function == "count":
        return len(chosen)
    if not chosen:
        return None
    if function == "last":
        return _last(events, values, chosen, feature.place)
    return (min if function == "min" else max)(values[at] for at in chosen)


def _last(events: Events, values: Any, chosen: list[int], place: int) -> Any:
    """Return the value of the event in a place from the end: by time, by created time, by value."""
    if len(chosen) < place:
        return None
    late = events.created
    # only events as new as the wanted one can be among those before it
    edge = events.times[chosen[-place]]
    near = [at for at in chosen if events.times[at] >= edge]
    near.sort(key=lambda at: (events.times[at], NEVER if late is None else late[at], values[at]), reverse=True)
    value = values[near[place - 1]]
    return value.item() if hasattr(value, "item") else value


def _mask(nulls: Array | None, size: int) -> Array:
    import numpy as np

    return np.zeros(size, bool) if nulls is None else nulls
