"""Python objects as text that any reader understands, and back: never pickle.

JSON's own types stand for themselves, but each of the values that pandas takes as missing, and every other known
type, is an object with one member that names it: ``{"decimal": "1.10"}``. A type that is not known is refused by
name.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import json
import math
import uuid
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

ABSENT = type("Absent", (), {"__repr__": lambda _: "absent"})()
"""Stands for the member that a record does not have."""


def to_text(value: object) -> str:
    """Return an object as text.

    Raises
    ------
    InvalidInput
        Its type is not known.

    Examples
    --------
    >>> to_text(decimal.Decimal("1.10")), to_text([1, None, (2.5,)])
    ('{"decimal":"1.10"}', '[1,null,{"tuple":[2.5]}]')
    """
    return json.dumps(_plain(value), separators=(",", ":"), allow_nan=False)


def from_text(text: str) -> Any:
    """Return the object that `to_text` wrote.

    Examples
    --------
    >>> from_text('[1,null,{"tuple":[2.5]}]')
    [1, None, (2.5,)]
    """
    return _live(json.loads(text))


def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, str) or (kind is float and math.isfinite(value)):
        return value
    if kind is list:
        return [_plain(item) for item in value]
    found = _SIMPLE.get(kind)
    if found is not None:
        name, write = found
        return {name: write(value)}
    return _of_libraries(value)


def _of_libraries(value: Any) -> Any:
    """Return values of NumPy and pandas, which are told by name: whoever made one has loaded its library."""
    kind, module = type(value), type(value).__module__.partition(".")[0]
    found = None
    if module == "pandas" and kind.__name__ in _PANDAS:
        found = _PANDAS[kind.__name__](value)
    elif module == "numpy":
        found = _of_numpy(value)
    if found is None:
        raise InvalidInput(
            f"a value of the type {module}.{kind.__qualname__} cannot be kept.",
            "Make it numbers, text, dates, lists or dictionaries, or leave the column out.",
        )
    return found


def _of_numpy(value: Any) -> Any:
    import numpy as np

    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return {"objects": [list(value.shape), [_plain(item) for item in value.reshape(-1)]]}
    if not hasattr(value, "dtype") or value.dtype.kind not in "biufcmMSU":
        return None
    if isinstance(value, np.ndarray):
        return {"array": [value.dtype.str, list(value.shape), np.ascontiguousarray(value).tobytes().hex()]}
    return {"numpy": [value.dtype.str, value.tobytes().hex()]}


def _from_stamp(value: Any) -> Any:
    zone = getattr(value.tz, "key", None) or (None if value.tz is None else str(value.tz))
    ticks = value if value.tz is None else value.tz_convert("UTC").tz_localize(None)
    return {"timestamp": [ticks.isoformat(), value.unit, zone, value.fold]}


_PANDAS: dict[str, Callable[[Any], Any]] = {
    "NAType": lambda _: {"missing": "NAType"},
    "NaTType": lambda _: {"missing": "NaTType"},
    "Timestamp": _from_stamp,
    "Timedelta": lambda value: {"pandas.timedelta": [int(value.asm8.view("i8")), value.unit]},
    "Period": lambda value: {"period": [value.ordinal, value.freqstr]},
    "Interval": lambda value: {"interval": [_plain(value.left), _plain(value.right), value.closed]},
}


def _live(value: Any) -> Any:
    if isinstance(value, list):
        return [_live(item) for item in value]
    if not isinstance(value, dict):
        return value
    [(name, inside)] = value.items()
    if name in _KINDS:
        return _KINDS[name][2](inside)
    return _READERS[name](inside)


def _stamp(parts: Any) -> Any:
    import pandas as pd

    text, unit, zone, fold = parts
    stamp = pd.Timestamp(text).as_unit(unit)
    if zone is not None:
        stamp = stamp.tz_localize("UTC").tz_convert(_zone(zone))
    return stamp.replace(fold=fold) if fold and stamp.fold != fold else stamp


def _zone(name: str) -> Any:
    return datetime.UTC if name == "UTC" else name


def _missing(name: str) -> Any:
    import pandas as pd

    return pd.NA if name == "NAType" else pd.NaT


def _numpy_scalar(parts: Any) -> Any:
    import numpy as np

    return np.frombuffer(bytes.fromhex(parts[1]), parts[0])[0]


def _array(parts: Any) -> Any:
    import numpy as np

    return np.frombuffer(bytes.fromhex(parts[2]), parts[0]).reshape(parts[1]).copy()


def _objects(parts: Any) -> Any:
    import numpy as np

    values = np.empty(len(parts[1]), dtype=object)
    for at, item in enumerate(parts[1]):
        values[at] = _live(item)
    return values.reshape(parts[0])


def _pandas(name: str) -> Callable[[Any], Any]:
    def make(parts: Any) -> Any:
        import pandas as pd

        if name == "Timedelta":
            import numpy as np

            return pd.Timedelta(np.timedelta64(parts[0], parts[1]))
        if name == "Period":
            return pd.Period(ordinal=parts[0], freq=parts[1])
        return pd.Interval(_live(parts[0]), _live(parts[1]), closed=parts[2])

    return make


def _moment(value: datetime.datetime) -> list[Any]:
    if value.tzinfo is None:
        return [value.isoformat(), None, value.fold]
    name = getattr(value.tzinfo, "key", None) or getattr(value.tzinfo, "zone", None)
    if name is None and value.tzinfo is not datetime.UTC and type(value.tzinfo) is not datetime.timezone:
        raise InvalidInput(f"a time in the zone {value.tzinfo!r} cannot be kept.", "Use a zone of zoneinfo.")
    return [value.replace(tzinfo=None).isoformat() if name else value.isoformat(), name, value.fold]


def _from_moment(parts: Any) -> datetime.datetime:
    from zoneinfo import ZoneInfo

    text, zone, fold = parts
    value = datetime.datetime.fromisoformat(text)
    return value.replace(tzinfo=ZoneInfo(zone) if zone else value.tzinfo, fold=fold)


def _time(value: datetime.time) -> list[Any]:
    if value.tzinfo is not None and type(value.tzinfo) is not datetime.timezone:
        raise InvalidInput(f"a time of day in the zone {value.tzinfo!r} cannot be kept.", "Use an offset or UTC.")
    return [value.isoformat(), value.fold]


_KINDS: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "tuple": (tuple, lambda v: [_plain(item) for item in v], lambda v: tuple(_live(item) for item in v)),
    "set": (set, lambda v: sorted((_plain(i) for i in v), key=repr), lambda v: {_live(item) for item in v}),
    "frozenset": (
        frozenset,
        lambda v: sorted((_plain(i) for i in v), key=repr),
        lambda v: frozenset(_live(item) for item in v),
    ),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "complex": (complex, lambda v: [_plain(v.real), _plain(v.imag)], lambda v: complex(_live(v[0]), _live(v[1]))),
    "decimal": (decimal.Decimal, str, decimal.Decimal),
    "fraction": (fractions.Fraction, str, fractions.Fraction),
    "uuid": (uuid.UUID, str, uuid.UUID),
    "datetime": (datetime.datetime, _moment, _from_moment),
    "date": (datetime.date, datetime.date.isoformat, datetime.date.fromisoformat),
    "time": (datetime.time, _time, lambda v: datetime.time.fromisoformat(v[0]).replace(fold=v[1])),
    "timedelta": (
        datetime.timedelta,
        lambda v: [v.days, v.seconds, v.microseconds],
        lambda v: datetime.timedelta(*v),
    ),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "absent": lambda _: ABSENT,
    "dict": lambda v: {_live(key): _live(item) for key, item in v},
    "missing": _missing,
    "timestamp": _stamp,
    "pandas.timedelta": _pandas("Timedelta"),
    "period": _pandas("Period"),
    "interval": _pandas("Interval"),
    "numpy": _numpy_scalar,
    "array": _array,
    "objects": _objects,
}
_SIMPLE: dict[type, tuple[str, Callable[[Any], Any]]] = {
    float: ("float", str),
    type(ABSENT): ("absent", lambda _: None),
    dict: ("dict", lambda value: [[_plain(key), _plain(item)] for key, item in value.items()]),
    **{wanted: (name, write) for name, (wanted, write, _) in _KINDS.items()},
}
