"""Arrays and frames inside an object graph: small ones by their bytes, others by their fingerprint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint._numpy import packed_dtype
from nbmlops.capture.fingerprint._record import Unreadable

if TYPE_CHECKING:
    import numpy as np

    from nbmlops.capture.fingerprint._objects import Walker

_SMALL = 65_536


def write_array(walker: Walker, out: bytearray, array: np.ndarray[Any, Any]) -> None:
    """Append an array: type, shape, values in C order, NaN in one spelling."""
    dtype = array.dtype
    if dtype.names is not None and not dtype.hasobject:
        dtype = packed_dtype(dtype)
        array = array.astype(dtype)
    elif array.nbytes > _SMALL or dtype.kind not in "biufSU" or dtype.itemsize > 8 or not dtype.isnative:
        write_data(walker, out, array)
        return
    walker.spend(array.nbytes)
    head = f"{dtype.str}{array.shape}".encode()
    out += b"A" + len(head).to_bytes(2, "little") + head
    if dtype.kind == "f":
        missing = array != array  # noqa: PLR0124 - NaN
        if missing.any():
            array = array.copy()
            array[missing] = float("nan")
    out += array.tobytes()


def write_data(walker: Walker, out: bytearray, data: Any) -> None:
    """Append the digests of a data object: its content, and the order of its columns."""
    from nbmlops.capture.fingerprint._data import fingerprint
    from nbmlops.capture.fingerprint._detect import nbytes

    walker.spend(nbytes(data))
    if walker.leaves_out:
        from nbmlops.capture.fingerprint._states import without_times

        data = without_times(data)
    found = fingerprint(data)
    if found is None:  # an array of figures: what they look like is no content
        out += b"D" + repr(data.shape).encode()
        return
    if found.digest is None:
        raise Unreadable(found.note)
    out += b"D" + found.digest.encode() + found.order.encode()
