"""NumPy blocks as canonical bytes: little endian, one missing value, instants in the finest unit."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint._leaf import LeafHasher, leaf_digest
from nbmlops.capture.fingerprint._record import BLOCK_ROWS, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    Array = np.ndarray[Any, Any]

_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "D": 86_400 * 10**9,
    "W": 7 * 86_400 * 10**9,
}
_CANONICAL_UNITS = (("ns", 1), ("us", 10**3), ("ms", 10**6), ("s", 10**9))
_MISSING = -(2**63)
_PIECE = 65_536


def numpy_word(dtype: np.dtype[Any]) -> str:  # noqa: PLR0911 - one return for each kind
    """Return the word for a dtype that is not of Python objects.

    Examples
    --------
    >>> import numpy as np
    >>> numpy_word(np.dtype(">i4")), numpy_word(np.dtype("M8[us]"))
    ('int32', 'datetime')
    """
    kind = dtype.kind
    if kind in "biufc":
        return dtype.name
    if kind in "Mm":
        return "datetime" if kind == "M" else "timedelta"
    if kind == "T":
        return "string"
    if dtype.names is not None and dtype.fields is not None:
        fields = (f"{name}:{numpy_word(dtype.fields[name][0])}" for name in dtype.names)
        return f"struct<{','.join(fields)}>"
    if dtype.subdtype is not None:
        return f"{numpy_word(dtype.subdtype[0])}{list(dtype.subdtype[1])}"
    if kind in "USV":
        return f"{kind}{dtype.itemsize}"
    return "object" if kind == "O" else str(dtype)


def numpy_leaf(block: Array, valid: Array | None = None) -> bytes:
    """Return the digest of one block; it may be strided, of any byte order and shape (read in C order)."""
    import numpy as np

    dtype = block.dtype
    rows = block.size
    if dtype.names is not None or dtype.subdtype is not None or not dtype.isnative:
        block = _packed(block)
        dtype = block.dtype
    flat = np.ascontiguousarray(block).reshape(-1)
    kind = dtype.kind
    if kind in "fc":
        return _float_leaf(flat, valid)
    if kind in "Mm":
        return _numpy_time_leaf(flat, valid)
    if kind == "b":
        bits = flat.view("u1") if valid is None else (flat & valid).view("u1")
        return leaf_digest(rows, [bits if not rows or bits.max() <= 1 else bits != 0], valid)
    if kind == "O":
        raise Unreadable("fields of Python objects inside a structured array")
    if kind not in "iuUSV":
        raise Unreadable(f"values of the NumPy type {dtype}")
    return leaf_digest(rows, [flat if valid is None else zeroed(flat, valid)], valid)


def pieces_of(flat: Array) -> Iterator[Array]:
    """Return pieces that stay in a processor's cache while they are checked and hashed."""
    return (flat[start : start + _PIECE] for start in range(0, flat.size, _PIECE))


def zeroed(values: Array, valid: Array) -> Array:
    """Return a copy whose missing values are zero bytes."""
    import numpy as np

    if values.dtype.kind in "iufc":
        return np.where(valid, values, values.dtype.type(0))
    kept = values.copy()
    kept[~valid] = np.zeros((), kept.dtype)
    return kept


def time_leaf(ticks: Array, unit: str, valid: Array | None) -> bytes:
    """Return the digest of instants or durations: ticks of the finest of ns, us, ms, s in which all fit."""
    if valid is not None:
        ticks = zeroed(ticks, valid)
    found = _ticks_in_nanoseconds(ticks, unit, valid)
    if found is not None:
        return found
    present = ticks != _MISSING
    valid = present if valid is None else present & valid
    ticks = zeroed(ticks, present)
    scale = _NANOSECONDS.get(unit)
    if scale is None or scale == 1:
        return leaf_digest(ticks.size, [ticks], valid, unit.encode())
    factor, name = _finest(scale, max(-int(ticks.min()), int(ticks.max())))
    return leaf_digest(ticks.size, [ticks * factor], valid, name)


def _ticks_in_nanoseconds(ticks: Array, unit: str, valid: Array | None) -> bytes | None:
    """Return the digest when nothing is NaT and all fit in ns, as nearly always; else None."""
    import numpy as np

    scale = _NANOSECONDS.get(unit)
    if scale is None:
        return None
    leaf, bound = LeafHasher(), (2**63 - 1) // scale
    space = np.empty(min(ticks.size, _PIECE), "i8")
    for piece in pieces_of(ticks):
        if piece.min() < -bound or (scale != 1 and piece.max() > bound):
            return None
        if scale != 1:
            piece = np.multiply(piece, scale, out=space[: piece.size])  # noqa: PLW2901 - the same instants
        leaf.update(piece)
    return leaf.digest(ticks.size, valid, b"ns")


def _finest(scale: int, largest: int) -> tuple[int, bytes]:
    for name, size in _CANONICAL_UNITS:
        factor, rest = divmod(scale, size)
        if not rest and largest * factor < 2**63:
            return factor, name.encode()
    raise Unreadable("instants too far away for 64 bits of seconds")


def blocks_of(values: Any, rows: int, digest: Callable[[Any], bytes], size: int = BLOCK_ROWS) -> list[bytes]:
    """Return the digest of each block of rows of anything that can be sliced."""
    if rows <= size:
        return [digest(values)] if rows else []
    return [digest(values[start : start + size]) for start in range(0, rows, size)]


def _float_leaf(flat: Array, valid: Array | None) -> bytes:
    """Return the digest of numbers that mark what is missing themselves, by one spelling of NaN."""
    import numpy as np

    if valid is not None:
        flat = np.where(valid, flat, flat.dtype.type(np.nan))
    leaf, simple = LeafHasher(), flat.dtype.char in "fd"
    extended = flat.dtype.char in "gG" and flat.dtype.itemsize > 8
    for piece in pieces_of(flat):
        if bool(np.isnan(piece.max())) if simple else bool(np.isnan(piece).any()):
            piece = _one_nan(piece)  # noqa: PLW2901 - the same numbers
        for part in _extended(piece) if extended else (piece,):
            leaf.update(part)
    return leaf.digest(flat.size)


def _one_nan(piece: Array) -> Array:
    import numpy as np

    missing = np.isnan(piece)
    nan = piece.dtype.type(np.nan)
    if piece.dtype.char in "fd":
        bits = f"u{piece.dtype.itemsize}"
        if np.count_nonzero(piece.view(bits) == nan.view(bits)) == np.count_nonzero(missing):
            return piece
    return np.where(missing, nan, piece)


def _extended(flat: Array) -> list[Array]:
    """Return extended-precision numbers without padding: exponent, leading and trailing mantissa."""
    import numpy as np

    real = flat.view(np.longdouble)
    mantissa, exponent = np.frexp(real)
    leading = mantissa.astype("f8")
    with np.errstate(invalid="ignore"):
        trailing = (mantissa - leading).astype("f8")
    trailing[np.isnan(trailing)] = 0.0
    return [exponent.astype("i4"), leading, trailing]


def _numpy_time_leaf(flat: Array, valid: Array | None) -> bytes:
    import numpy as np

    unit, count = np.datetime_data(flat.dtype)
    if unit in ("M", "Y") and flat.dtype.kind == "M":
        flat, unit, count = flat.astype("M8[D]"), "D", 1
    ticks = flat.view("i8")
    if count != 1:
        flat = flat.astype(f"{flat.dtype.kind}8[{unit}]")
        ticks = flat.view("i8")
    return time_leaf(ticks, unit, valid)


def _packed(block: Array) -> Array:
    """Return a copy in native (little) byte order without padding between fields."""
    return block.astype(packed_dtype(block.dtype))


@lru_cache(maxsize=64)
def packed_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype in native byte order, without padding between fields."""
    import numpy as np

    if dtype.names is not None and dtype.fields is not None:
        return np.dtype([(name, packed_dtype(dtype.fields[name][0])) for name in dtype.names])
    if dtype.subdtype is not None:
        return np.dtype((packed_dtype(dtype.subdtype[0]), dtype.subdtype[1]))
    return dtype.newbyteorder("<" if sys.byteorder == "little" else "=")
