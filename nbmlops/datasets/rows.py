"""Rows by their content: which values differ, what a row hashes to, and where the rows of one version stand in another.

A hash only ever proposes: what it finds is compared value by value before it is believed, so it may be fast and weak.
Two values are the same if a fingerprint says so: ``0.0`` and ``-0.0`` differ, every NaN is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.datasets.physical import one
from nbmlops.datasets.threads import in_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    Array = np.ndarray[Any, Any]

_ODD = 0x9E3779B97F4A7C15
_MIX = 0xBF58476D1CE4E5B9
_TEXT_BYTES = 1 << 22
_WINDOW = 16
SAMPLE = 512
_PART = 1 << 16
_REPEATED = 1e-3


def is_comparable(kind: Any) -> bool:
    """Tell whether values of an Arrow type can be compared and hashed one by one; nested ones cannot."""
    import pyarrow as pa

    types = pa.types
    return _width(kind) > 0 or types.is_boolean(kind) or types.is_large_string(kind) or types.is_large_binary(kind)


def differing(a: Any, b: Any) -> Array:
    """Return the positions at which two Arrow columns of one type and length differ."""
    import numpy as np
    import pyarrow.compute as pc

    if _width(a.type):
        a, b = one(a), one(b)
        same = _bits(a) == _bits(b)
        if a.null_count or b.null_count:
            same &= a.is_null().to_numpy(zero_copy_only=False) == b.is_null().to_numpy(zero_copy_only=False)
        return np.flatnonzero(~same)
    same = pc.fill_null(pc.equal(a, b), False)
    if a.null_count and b.null_count:
        same = pc.or_(same, pc.and_(a.is_null(), b.is_null()))
    same = one(same)
    return np.flatnonzero(~same.to_numpy(zero_copy_only=False))


def row_hashes(columns: Sequence[Any]) -> Array:
    """Return a hash of each row over some Arrow columns of one length.

    Examples
    --------
    >>> import pyarrow as pa
    >>> found = row_hashes([pa.array([1, 2, 1]), pa.array(["a", "b", "a"], pa.large_string())])
    >>> bool(found[0] == found[2]), bool(found[0] == found[1])
    (True, False)
    """
    import numpy as np

    total = np.zeros(len(columns[0]), "u8")
    for number, column in enumerate(columns, 1):
        hashes = _hashes(one(column))
        hashes *= np.uint64((_ODD * (2 * number + 1)) % 2**64)
        hashes ^= hashes >> np.uint64(29)
        hashes *= np.uint64(_MIX)
        hashes ^= hashes >> np.uint64(32)
        total += hashes
    return total


def variety(values: Any) -> float:
    """Return which share of a sample of a column's values are distinct."""
    sample, size = _sample(values)
    return len(sample) / size if size else 0.0


def found_share(new: Any, old: Any) -> float:
    """Return which share of a sample of a column's values another column has."""
    import pyarrow.compute as pc

    sample, size = _sample(new)
    if not size or not len(old):
        return 0.0
    hits = old.filter(pc.is_in(old, value_set=sample)).unique()
    return len(hits) / len(sample)


def _sample(values: Any) -> tuple[Any, int]:
    import numpy as np
    import pyarrow as pa

    spots = np.unique(np.linspace(0, len(values) - 1, SAMPLE).astype("i8")) if len(values) else np.zeros(0, "i8")
    parts = [values.slice(int(spot), 1) for spot in spots]
    chunks = [chunk for part in parts for chunk in (part.chunks if isinstance(part, pa.ChunkedArray) else [part])]
    return pa.chunked_array(chunks, values.type).unique(), len(spots)


def places_of(new: Array, old: Array) -> Array:
    """Return where each of ``new``'s row hashes stands in ``old``, or -1; neighbours stay neighbours where they can.

    Examples
    --------
    >>> import numpy as np
    >>> places_of(np.array([5, 7, 7, 9], "u8"), np.array([1, 5, 7, 7, 8], "u8"))
    array([ 1,  2,  3, -1])
    """
    import numpy as np

    if not len(new) or not len(old):
        return np.full(len(new), -1, "i8")
    if len(old) <= _PART:
        places, repeated = _join(new, old)
    else:
        places, repeated = _join_parts(new, old)
    return _in_runs(new, old, places) if repeated else places


def _join(new: Array, old: Array) -> tuple[Array, bool]:
    """Return where each hash stands first in ``old``, or -1, and whether ``old`` has one twice."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    known = pa.array(old)
    places = pc.index_in(pa.array(new), value_set=known).fill_null(-1).to_numpy(zero_copy_only=False)
    first = pc.index_in(known, value_set=known).to_numpy(zero_copy_only=False)
    return places.astype("i8"), bool((first != np.arange(len(old))).any())


def _join_parts(new: Array, old: Array) -> tuple[Array, bool]:
    """Do the same in parts that fit a cache, by the first bits of the hashes: four times as fast on many rows.

    Whether rows repeat is asked of one part: where a few do, any of them will do.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    bits = min(8, max(1, (len(old) // _PART).bit_length()))
    sides = [_parted(hashes, bits) for hashes in (new, old)]
    places = np.empty(len(new), "i8")

    def join(part: int) -> None:
        (rows, hashes, ends), (old_rows, old_hashes, old_ends) = sides
        here, there = slice(ends[part], ends[part + 1]), slice(old_ends[part], old_ends[part + 1])
        if there.start == there.stop:
            places[rows[here]] = -1
            return
        found = pc.index_in(pa.array(hashes[here]), value_set=pa.array(old_hashes[there])).fill_null(-1)
        spots = found.to_numpy(zero_copy_only=False)
        places[rows[here]] = np.where(spots >= 0, old_rows[there][np.maximum(spots, 0)], -1)

    in_threads(join, range(1 << bits))
    _, hashes, ends = sides[1]
    some = np.sort(hashes[: max(int(ends[1]), 1)])
    return places, bool((some[1:] == some[:-1]).mean() > _REPEATED) if len(some) > 1 else False


def _parted(hashes: Array, bits: int) -> tuple[Array, Array, Array]:
    """Return rows and hashes ordered by the first bits of the hashes, and where each part ends."""
    import numpy as np

    keys = (hashes >> np.uint64(64 - bits)).astype("u1")
    order = np.argsort(keys, kind="stable")
    ends = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=1 << bits))])
    return order, hashes[order], ends


def _in_runs(new: Array, old: Array, places: Array) -> Array:
    """Among equal rows of ``old``, choose those that continue the run of the row before, or lead to the row after."""
    import numpy as np

    certain = _certain(new, old, places)
    step = np.arange(len(new))
    for direction in (1, -1):
        offsets = np.where(certain, places - step, 0)[::direction]
        last = np.maximum.accumulate(np.where(certain[::direction], step, -1))
        wanted = np.where(last >= 0, offsets[np.maximum(last, 0)], -1)[::direction] + step
        inside = (last[::direction] >= 0) & (wanted >= 0) & (wanted < len(old)) & ~certain
        fits = inside.copy()
        fits[inside] = old[wanted[inside]] == new[inside]
        places = np.where(fits, wanted, places)
        certain = certain | fits
    return places


def _certain(new: Array, old: Array, places: Array) -> Array:
    """Return which rows of ``new`` have one place only: by themselves, else together with the rows that follow."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    _, first, counts = np.unique(old, return_index=True, return_counts=True)
    single = np.zeros(len(old), bool)
    single[first[counts == 1]] = True
    certain: Array = (places >= 0) & single[np.maximum(places, 0)]
    if certain.mean() > 0.2 or min(len(new), len(old)) <= _WINDOW:
        return certain
    wide_old, wide_new = _windows(old), _windows(new)
    wide = pc.index_in(pa.array(wide_new), value_set=pa.array(wide_old)).fill_null(-1).to_numpy(zero_copy_only=False)
    hit = np.flatnonzero(wide >= 0)
    places[hit] = wide[hit]
    certain[hit] = True
    return certain


def _windows(hashes: Array) -> Array:
    """Return the hash of each row together with the rows that follow it."""
    import numpy as np

    total = hashes[: len(hashes) - _WINDOW + 1].copy()
    for step in range(1, _WINDOW):
        total *= np.uint64(_ODD)
        total += hashes[step : len(hashes) - _WINDOW + 1 + step]
    return total


def _width(kind: Any) -> int:
    """Return the number of bytes of a value whose bits can be compared, else 0."""
    import pyarrow as pa

    types = pa.types
    if types.is_integer(kind) or types.is_floating(kind) or types.is_temporal(kind):
        return 0 if types.is_interval(kind) else int(kind.bit_width // 8)
    return 0


def _bits(array: Any) -> Array:
    """Return values as unsigned integers; missing ones as 0, every NaN as the same."""
    import numpy as np

    width = _width(array.type)
    buffer = array.buffers()[1]
    if buffer is None:
        return np.zeros(len(array), f"u{width}")
    bits = np.frombuffer(buffer, f"u{width}", count=len(array), offset=array.offset * width)
    if array.type in _floats():
        values = bits.view(f"f{width}")
        nan = np.isnan(values)
        if nan.any():
            bits = np.where(nan, np.array(np.nan, f"f{width}").view(f"u{width}"), bits)
    if array.null_count:
        bits = np.where(array.is_null().to_numpy(zero_copy_only=False), bits.dtype.type(0), bits)
    return bits


def _floats() -> tuple[Any, ...]:
    import pyarrow as pa

    return (pa.float16(), pa.float32(), pa.float64())


def _hashes(array: Any) -> Array:
    import numpy as np
    import pyarrow as pa

    if _width(array.type):
        return _bits(array).astype("u8")
    if pa.types.is_boolean(array.type):
        filled: Array = array.fill_null(False).to_numpy(zero_copy_only=False).astype("u8")
        filled += 2 * array.is_null().to_numpy(zero_copy_only=False).astype("u8")
        return filled
    out = np.empty(len(array), "u8")
    start = 0
    while start < len(array):
        start += _hash_texts(array[start:], out[start:])
    return out


def _hash_texts(array: Any, out: Array) -> int:
    """Fill in the hashes of the first few megabytes of text; give how many values that were."""
    import numpy as np

    offsets = np.frombuffer(array.buffers()[1], "i8", count=len(array) + 1, offset=array.offset * 8)
    first = int(offsets[0])
    count = max(1, int(np.searchsorted(offsets, first + _TEXT_BYTES, "right")) - 1)
    ends = offsets[: count + 1] - first
    data = array.buffers()[2]
    if ends[-1] > 2 * _TEXT_BYTES:  # a single huge text: its beginning must do
        out[:count] = ends[-1]
        return count
    text = np.zeros(0, "u1") if data is None else np.frombuffer(data, "u1", count=int(ends[-1]), offset=first)
    powers, inverses = _powers(len(text) + 1)
    sums = np.zeros(len(text) + 1, "u8")
    np.cumsum((text.astype("u8") + np.uint64(1)) * powers[: len(text)], out=sums[1:])
    out[:count] = (sums[ends[1:]] - sums[ends[:-1]]) * inverses[ends[:-1]]
    return count


_POWERS: dict[int, tuple[Array, Array]] = {}


def _powers(count: int) -> tuple[Array, Array]:
    """Return the powers of an odd number and of its inverse modulo 2**64."""
    import numpy as np

    size = 1 << max(count - 1, 1).bit_length()
    if size not in _POWERS:
        tables = []
        for base in (_ODD, pow(_ODD, -1, 2**64)):
            table = np.full(size, base, "u8")
            table[0] = 1
            tables.append(np.multiply.accumulate(table))
        _POWERS[size] = (tables[0], tables[1])
    return _POWERS[size]
