"""Canonical bytes of the value types of the standard library, NumPy and pandas, by their public fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint._record import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops.capture.fingerprint._objects import NodeWriter, Walker


def _by_fields(mark: str, fields: Callable[[Any], object]) -> NodeWriter:
    def write(walker: Walker, out: bytearray, value: Any) -> None:
        out += b"V" + len(mark).to_bytes(1, "little") + mark.encode()
        walker.write(out, fields(value))

    return write


def _zone(value: Any) -> object:
    zone = value.tzinfo
    if zone is None:
        return None
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    return name or str(
        zone.utcoffset(None) if hasattr(value, "hour") and not hasattr(value, "year") else value.utcoffset()
    )


def _datetime(value: Any) -> object:
    clock = (value.hour, value.minute, value.second, value.microsecond, getattr(value, "nanosecond", 0))
    return (value.year, value.month, value.day, *clock, value.fold, _zone(value))


def _time(value: Any) -> object:
    return (value.hour, value.minute, value.second, value.microsecond, value.fold, _zone(value))


def _timedelta(value: Any) -> object:
    return (value.days, value.seconds, value.microseconds, getattr(value, "nanoseconds", 0))


def _zone_itself(value: Any) -> object:
    return getattr(value, "key", None) or str(value)


def _numpy_scalar(walker: Walker, out: bytearray, value: Any) -> None:
    import numpy as np

    from nbmlops.capture.fingerprint._arrays import write_array

    out += b"g"
    write_array(walker, out, np.asarray(value))


def _generator_state(value: Any) -> object:
    state = value.get_state(legacy=False) if hasattr(value, "get_state") else value.bit_generator.state
    return dict(state)


def _dtype(value: Any) -> object:
    if value.names is not None:
        return [(name, _dtype(value.fields[name][0])) for name in value.names]
    return str(value) if value.subdtype is None else [_dtype(value.subdtype[0]), list(value.subdtype[1])]


def _memoryview(value: Any) -> object:
    return (value.format, value.shape, value.tobytes())


def _partial(value: Any) -> object:
    return (value.func, value.args, value.keywords)


def _bound(value: Any) -> object:
    return (value.__self__, value.__func__.__qualname__)


def _interval(value: Any) -> object:
    return (value.left, value.right, value.closed)


def _refuse(walker: Walker, out: bytearray, value: Any) -> None:
    del walker, out
    raise Unreadable(f"a {type(value).__qualname__}")


_PATHS = ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath", "Path", "PurePath")
_BITS = ("_mt19937.MT19937", "_pcg64.PCG64", "_pcg64.PCG64DXSM", "_philox.Philox", "_sfc64.SFC64")

VALUES: dict[str, NodeWriter] = {
    "datetime.datetime": _by_fields("datetime", _datetime),
    "datetime.date": _by_fields("date", lambda value: (value.year, value.month, value.day)),
    "datetime.time": _by_fields("time", _time),
    "datetime.timedelta": _by_fields("timedelta", _timedelta),
    "datetime.timezone": _by_fields("zone", _zone_itself),
    "zoneinfo.ZoneInfo": _by_fields("zone", _zone_itself),
    "decimal.Decimal": _by_fields("decimal", lambda value: tuple(value.as_tuple())),
    "fractions.Fraction": _by_fields("fraction", lambda value: (value.numerator, value.denominator)),
    "uuid.UUID": _by_fields("uuid", lambda value: value.int),
    "builtins.range": _by_fields("range", lambda value: (value.start, value.stop, value.step)),
    "builtins.slice": _by_fields("slice", lambda value: (value.start, value.stop, value.step)),
    "builtins.memoryview": _by_fields("memoryview", _memoryview),
    "builtins.method": _by_fields("method", _bound),
    "builtins.module": _by_fields("module", lambda value: value.__name__),
    "module": _by_fields("module", lambda value: value.__name__),
    "re.Pattern": _by_fields("pattern", lambda value: (value.pattern, value.flags)),
    "functools.partial": _by_fields("partial", _partial),
    "random.Random": _by_fields("random", lambda value: value.getstate()),
    "numpy.random.mtrand.RandomState": _by_fields("RandomState", _generator_state),
    "numpy.random._generator.Generator": _by_fields("Generator", _generator_state),
    "pandas.Timestamp": _by_fields("datetime", _datetime),
    "pandas.Timedelta": _by_fields("timedelta", _timedelta),
    "pandas.NaTType": _by_fields("missing", lambda _: "NaT"),
    "pandas.NAType": _by_fields("missing", lambda _: "NA"),
    "pandas.Period": _by_fields("period", lambda value: (value.freqstr, value.ordinal)),
    "pandas.Interval": _by_fields("interval", _interval),
    **{f"pathlib.{name}": _by_fields("path", str) for name in _PATHS},
    **{f"numpy.random.{name}": _by_fields("bits", lambda value: dict(value.state)) for name in _BITS},
    **dict.fromkeys(
        (
            "_thread.lock",
            "_thread.RLock",
            "threading.Thread",
            "socket.socket",
            "_io.TextIOWrapper",
            "_io.BufferedReader",
            "_io.BufferedWriter",
            "_io.FileIO",
            "sqlite3.Connection",
        ),
        _refuse,
    ),
}


def value_writer(kind: type, name: str) -> NodeWriter | None:
    """Return how a value type is written, by its full name; NumPy scalars and dtypes by their base."""
    package = kind.__module__.partition(".")[0]
    if package in ("pandas", "pathlib"):  # in which module they define a class depends on the release
        name = f"{package}.{kind.__qualname__}"
    found = VALUES.get(name)
    if found is not None or not kind.__module__.startswith("numpy"):
        return found
    bases = {f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__}
    if "numpy.generic" in bases:
        return _numpy_scalar
    return _DTYPE if "numpy.dtype" in bases else None


_DTYPE = _by_fields("dtype", _dtype)
