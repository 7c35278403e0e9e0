"""Keys and rows as bytes: MessagePack, with times, dates and decimals as what they are."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TIME, _DATE, _CLOCK, _SPAN, _DECIMAL, _UUID, _LARGE = range(1, 8)
_WRITTEN: dict[type, tuple[int, Callable[[Any], str]]] = {
    datetime.datetime: (_TIME, lambda value: value.isoformat()),
    datetime.date: (_DATE, lambda value: value.isoformat()),
    datetime.time: (_CLOCK, lambda value: value.isoformat()),
    datetime.timedelta: (_SPAN, lambda value: f"{value.days} {value.seconds} {value.microseconds}"),
    decimal.Decimal: (_DECIMAL, str),
    uuid.UUID: (_UUID, str),
    int: (_LARGE, str),  # beyond 64 bits
}
_READ: dict[int, Callable[[str], Any]] = {
    _TIME: datetime.datetime.fromisoformat,
    _DATE: datetime.date.fromisoformat,
    _CLOCK: datetime.time.fromisoformat,
    _SPAN: lambda text: datetime.timedelta(*map(int, text.split())),
    _DECIMAL: decimal.Decimal,
    _UUID: uuid.UUID,
    _LARGE: int,
}


def packer() -> Callable[[Any], bytes]:
    """Return what packs a row, a sequence of values."""
    msgpack = require("msgpack", "features", "The online store")

    def write(value: Any) -> Any:
        for kind, (code, text) in _WRITTEN.items():
            if isinstance(value, kind):
                return msgpack.ExtType(code, text(value).encode())
        raise InvalidInput(
            f"a {type(value).__name__} cannot be kept in the online store.", "Keep numbers, text, times, lists."
        )

    pack = msgpack.Packer(default=write, strict_types=False).pack

    def packed(row: Any) -> bytes:
        try:
            found: bytes = pack(row)
        except OverflowError:
            found = pack([write(value) if type(value) is int and value.bit_length() > 63 else value for value in row])
        return found

    return packed


def unpacker() -> Callable[[bytes], list[Any]]:
    """Return what reads a packed row.

    Examples
    --------
    >>> import datetime
    >>> row = [1.5, None, "EWR", datetime.date(2013, 1, 1), 2**70]
    >>> unpacker()(packer()(row)) == row
    True
    """
    msgpack = require("msgpack", "features", "The online store")
    unpackb = msgpack.unpackb

    def read(code: int, data: bytes) -> Any:
        return _READ[code](data.decode())

    return lambda data: unpackb(data, ext_hook=read, strict_map_key=False)


def key_packer(names: Sequence[str]) -> Callable[[Any], bytes]:
    """Return what packs a key: a value where the entity has one column, else a sequence or a mapping.

    Numbers that are equal give the same bytes, as they are equal in a join.

    Examples
    --------
    >>> pack = key_packer(["origin", "hour"])
    >>> pack(("EWR", 5)) == pack({"hour": 5.0, "origin": "EWR"})
    True
    """
    pack = packer()
    width = len(names)

    def packed(key: Any) -> bytes:
        if type(key) is str and width == 1:
            return pack((key,))
        if isinstance(key, dict):
            missing = [name for name in names if name not in key]
            if missing or len(key) != width:
                raise InvalidInput(f"{key!r} is no key of ({', '.join(names)}).", "Give a value for each of them.")
            key = tuple(key[name] for name in names)
        values = tuple(key) if isinstance(key, tuple | list) else (key,)
        if len(values) != width:
            raise InvalidInput(
                f"a key has {width} value{'s' if width > 1 else ''} ({', '.join(names)}), not {len(values)}.",
                f"Give {'a tuple' if width > 1 else 'one value'}: {tuple(names) if width > 1 else names[0]}",
            )
        return pack(tuple(_plain(value) for value in values))

    return packed


def _plain(value: Any) -> Any:
    """Return a key's value as what it is equal to: NumPy's scalars as Python's, whole floats as whole numbers."""
    value = value.item() if hasattr(value, "item") and not isinstance(value, str | bytes) else value
    if isinstance(value, bool):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
