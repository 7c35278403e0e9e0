"""Arrow columns as canonical blocks, whatever their chunks, slices, offset widths or string layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint._leaf import column_digest, joined, leaf_digest
from nbmlops.capture.fingerprint._numpy import blocks_of, numpy_leaf, time_leaf
from nbmlops.capture.fingerprint._record import BLOCK_ROWS, Unreadable

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_PIECE = 16_384
_NUMBERS = {"halffloat": "float16", "float": "float32", "double": "float64", "null": "string"}


def arrow_column(column: Any) -> tuple[str, list[bytes]]:
    """Return the type word of a ChunkedArray or Array, and the digests of its blocks."""
    import pyarrow as pa

    column = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    if pa.types.is_dictionary(column.type):
        return _categories(column)
    word = arrow_word(column.type)
    return word, blocks_of(_Slices(column), len(column), lambda block: arrow_leaf(block.whole()))


def arrow_word(kind: Any) -> str:
    """Return the word for an Arrow type; layouts of the same values, like ``large_string``, share one.

    Examples
    --------
    >>> import pyarrow as pa
    >>> arrow_word(pa.large_string()), arrow_word(pa.timestamp("us", "UTC")), arrow_word(pa.float64())
    ('string', 'datetime[UTC]', 'float64')
    """
    import pyarrow as pa

    types = pa.types
    text = str(kind)
    if text in _NUMBERS:
        return _NUMBERS[text]
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return "string"
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return "binary"
    if types.is_timestamp(kind):
        return f"datetime[{zone_word(kind.tz)}]" if kind.tz else "datetime"
    for test, word in ((types.is_duration, "timedelta"), (types.is_date, "date"), (types.is_time, "time")):
        if test(kind):
            return word
    return _nested_word(kind, text)


def zone_word(name: str) -> str:
    """Return a time zone's name in one spelling.

    Examples
    --------
    >>> zone_word("Etc/UTC"), zone_word("+00:00"), zone_word("Europe/Rome")
    ('UTC', 'UTC', 'Europe/Rome')
    """
    return "UTC" if name in ("UTC", "Etc/UTC", "+00:00", "UTC+00:00") else name


def arrow_leaf(array: Any) -> bytes:
    """Return the digest of one block, an Arrow Array."""
    import pyarrow as pa

    types, kind = pa.types, array.type
    if isinstance(array, pa.ExtensionArray):
        return arrow_leaf(array.storage)
    if types.is_dictionary(kind):
        return arrow_leaf(array.dictionary_decode())
    if types.is_run_end_encoded(kind):
        return arrow_leaf(pa.compute.run_end_decode(array))
    if types.is_null(kind):
        return _string_leaf(array.cast(pa.large_string()))
    if arrow_word(kind) in ("string", "binary"):
        return _string_leaf(array)
    return _nested_leaf(array) if types.is_nested(kind) else _fixed_leaf(array)


def _fixed_leaf(array: Any) -> bytes:
    """Return the digest of values that all have one width."""
    import pyarrow as pa

    types, kind, valid = pa.types, array.type, _valid(array)
    if types.is_boolean(kind):
        filled = array.fill_null(False) if array.null_count else array
        return numpy_leaf(filled.to_numpy(zero_copy_only=False), valid)
    if types.is_integer(kind) or types.is_floating(kind):
        return numpy_leaf(_values(array, arrow_word(kind)), valid)
    if types.is_timestamp(kind) or types.is_duration(kind) or types.is_time(kind):
        wide = "int32" if types.is_time32(kind) else "int64"
        return time_leaf(_values(array, wide).astype("i8", copy=False), kind.unit, valid)
    if types.is_date(kind):
        return numpy_leaf(_values(array.cast(pa.date32()), "int32"), valid)
    if types.is_decimal(kind) or types.is_fixed_size_binary(kind) or types.is_interval(kind):
        return numpy_leaf(_values(array, f"V{kind.bit_width // 8}"), valid)
    raise Unreadable(f"values of the Arrow type {kind}")


def lengths_array(lengths: Array) -> Array:
    """Return lengths in the narrowest unsigned type that holds the longest of them."""
    longest = int(lengths.max()) if lengths.size else 0
    width = next(width for width in (1, 2, 4, 8) if longest < 1 << (8 * width))
    return lengths.astype(f"<u{width}")


def _short_lengths(offsets: Array) -> Array | None:
    """Return the lengths between offsets when all are below 256, as nearly always; else None."""
    import numpy as np

    lengths = np.empty(offsets.size - 1, "u1")
    for start in range(0, lengths.size, _PIECE):
        piece = np.diff(offsets[start : start + _PIECE + 1])
        if piece.max() > 255:
            return None
        lengths[start : start + _PIECE] = piece
    return lengths


class _Slices:
    """A chunked array whose slices come as one Array."""

    def __init__(self, column: Any) -> None:
        self._column = column

    def __getitem__(self, rows: slice) -> _Slices:
        return _Slices(self._column.slice(rows.start, BLOCK_ROWS))

    def whole(self) -> Any:
        return one_array(self._column)


def one_array(column: Any) -> Any:
    """Return a ChunkedArray as one Array; nothing is copied when it has one chunk."""
    chunks = [chunk for chunk in column.chunks if len(chunk)]
    return chunks[0] if len(chunks) == 1 else column.combine_chunks()


def _values(array: Any, dtype: str) -> Array:
    import numpy as np

    buffer = array.buffers()[1]
    width = np.dtype(dtype).itemsize
    if buffer is None:
        return np.zeros(len(array), dtype)
    return np.frombuffer(buffer, dtype, count=len(array), offset=array.offset * width)


def _valid(array: Any) -> Array | None:
    if not array.null_count:
        return None
    result: Array = array.is_valid().to_numpy(zero_copy_only=False)
    return result


def _offsets(array: Any, width: int) -> Array:
    import numpy as np

    buffer = array.buffers()[1]
    if buffer is None or buffer.size == 0:
        return np.zeros(1, "i8")
    return np.frombuffer(buffer, f"<i{width}", count=len(array) + 1, offset=array.offset * width)


def _string_leaf(array: Any) -> bytes:
    import numpy as np
    import pyarrow as pa

    types, kind, rows = pa.types, array.type, len(array)
    if types.is_string_view(kind) or types.is_binary_view(kind):
        array = array.cast(pa.large_string() if types.is_string_view(kind) else pa.large_binary())
        kind = array.type
    valid = _valid(array)
    width = 8 if types.is_large_string(kind) or types.is_large_binary(kind) else 4
    offsets = _offsets(array, width)
    lengths = _short_lengths(offsets)
    lengths = lengths_array(np.diff(offsets)) if lengths is None else lengths
    if valid is not None and lengths[~valid].any():
        lengths = lengths_array(np.where(valid, lengths, 0))
        array = array.drop_null()
        offsets = _offsets(array, width)
    data = array.buffers()[2]
    text = b"" if data is None else np.frombuffer(data, "u1")[int(offsets[0]) : int(offsets[-1])]
    return leaf_digest(rows, [text, lengths], valid, b"text")


def _nested_word(kind: Any, text: str) -> str:
    import pyarrow as pa

    types = pa.types
    if types.is_map(kind):
        return f"map<{arrow_word(kind.key_type)},{arrow_word(kind.item_type)}>"
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return f"list<{arrow_word(kind.value_type)}>"
    if types.is_struct(kind):
        fields = (kind.field(i) for i in range(kind.num_fields))
        return f"struct<{','.join(f'{field.name}:{arrow_word(field.type)}' for field in fields)}>"
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return arrow_word(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return f"{kind.extension_name}<{arrow_word(kind.storage_type)}>"
    return text


def _nested_leaf(array: Any) -> bytes:
    import pyarrow as pa

    types, kind, rows, valid = pa.types, array.type, len(array), _valid(array)
    if types.is_struct(kind):
        return leaf_digest(rows, [arrow_leaf(field) for field in array.flatten()], valid)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind) or types.is_map(kind):
        lengths = _lengths(array, valid)
        return leaf_digest(rows, [lengths_array(lengths), arrow_leaf(_flattened(array))], valid, b"list")
    raise Unreadable(f"values of the Arrow type {kind}")


def _lengths(array: Any, valid: Array | None) -> Array:
    """Return the lengths of lists and maps, 0 where missing."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_fixed_size_list(array.type):
        lengths = np.full(len(array), array.type.list_size, "i8")
    else:
        lengths = np.diff(array.offsets.to_numpy(zero_copy_only=False))
    return lengths if valid is None else np.where(valid, lengths, 0)


def _flattened(array: Any) -> Any:
    """Return the values inside lists and maps, those under a null left out."""
    import pyarrow as pa

    if not pa.types.is_map(array.type):
        return array.flatten()
    array = array.drop_null()
    start, stop = (array.offsets[0].as_py(), array.offsets[-1].as_py()) if len(array) else (0, 0)
    parts = [part if len(part) == stop - start else part[start:stop] for part in (array.keys, array.items)]
    return pa.StructArray.from_arrays(parts, ["key", "value"])


def _categories(column: Any) -> tuple[str, list[bytes]]:
    import pyarrow as pa

    column = column.unify_dictionaries()
    kind = column.type
    values = column.chunk(0).dictionary if column.num_chunks else pa.array([], kind.value_type)
    if values.null_count:
        return arrow_column(column.cast(kind.value_type))
    codes = pa.chunked_array([chunk.indices for chunk in column.chunks], kind.index_type)
    width = codes_dtype(len(values))

    def leaf(block: _Slices) -> bytes:
        array = block.whole()
        array = array.fill_null(0) if (valid := _valid(array)) is not None else array
        narrow: Array = array.to_numpy(zero_copy_only=False).astype(width)
        if valid is not None:
            narrow[~valid] = -1
        return leaf_digest(len(array), [narrow])

    word = category_word(*arrow_column(values), rows=len(values), ordered=bool(kind.ordered))
    return word, blocks_of(_Slices(codes), len(codes), leaf)


def codes_dtype(categories: int) -> str:
    """Return the signed type of category codes: the narrowest that pandas would use.

    Examples
    --------
    >>> codes_dtype(3), codes_dtype(40_000)
    ('<i1', '<i4')
    """
    return "<i1" if categories < 127 else "<i2" if categories < 32_767 else "<i4"


def category_word(word: str, blocks: list[bytes], rows: int, ordered: bool) -> str:
    """Return the type word of a category column: order flag, type and digest of the categories."""
    digest = joined(b"categories1", [column_digest(word, rows, blocks)]).hex()[:32]
    return f"category[{'ordered,' if ordered else ''}{word},{digest}]"
