"""Columns of Python objects: text and bytes in Arrow's layout, anything else as canonical bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint._arrow import arrow_leaf, lengths_array
from nbmlops.capture.fingerprint._leaf import leaf_digest
from nbmlops.capture.fingerprint._numpy import blocks_of
from nbmlops.capture.fingerprint._objects import Walker

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Array = np.ndarray[Any, Any]

_TEXT = frozenset({"builtins.str", "numpy.str_"})
_ALWAYS_MISSING = frozenset({"builtins.NoneType", "pandas.NAType", "pandas.NaTType"})
_MAYBE_MISSING = frozenset({"builtins.float", "numpy.float64", "numpy.float32", "numpy.float16"})


def object_blocks(values: Array) -> tuple[str, list[bytes]]:
    """Return the type word (string, binary or object) of an object array, and its block digests."""
    if values.dtype.kind == "T":
        values = values.astype(object)
    flat = values.reshape(-1)
    word = _word(flat)
    leaves: dict[str, Callable[[Array], bytes]] = {"string": _text_leaf, "binary": _binary_leaf}
    return word, blocks_of(flat, flat.size, leaves.get(word, _object_leaf))


def is_missing(value: Any) -> bool:
    """Return whether an object stands for a missing value.

    Examples
    --------
    >>> is_missing(float("nan")), is_missing(None), is_missing(0)
    (True, True, False)
    """
    name = _name(type(value))
    return name in _ALWAYS_MISSING or (name in _MAYBE_MISSING and bool(value != value))  # noqa: PLR0124 - NaN


def _name(kind: type) -> str:
    module = kind.__module__.partition(".")[0]
    return f"{module}.{kind.__qualname__}"


def _word(flat: Array) -> str:
    names = {_name(kind) for kind in set(map(type, flat))}
    names -= _ALWAYS_MISSING
    if names & _MAYBE_MISSING and all(_name(type(v)) not in _MAYBE_MISSING or is_missing(v) for v in flat):
        names -= _MAYBE_MISSING
    if names <= _TEXT:
        return "string"
    return "binary" if names == {"builtins.bytes"} else "object"


def _text_leaf(block: Array) -> bytes:
    import pyarrow as pa

    try:
        array = pa.array(block, type=pa.large_string(), from_pandas=True)
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        return arrow_leaf(array)
    except (UnicodeEncodeError, pa.ArrowException):
        return _bytes_leaf([None if is_missing(v) else str.encode(v, "utf-8", "surrogatepass") for v in block])


def _binary_leaf(block: Array) -> bytes:
    return _bytes_leaf([None if is_missing(value) else value for value in block])


def _object_leaf(block: Array) -> bytes:
    walker = Walker()
    return _bytes_leaf([None if is_missing(value) else walker.encoded_whole(value) for value in block])


def _bytes_leaf(values: list[bytes | None]) -> bytes:
    import numpy as np

    valid = np.fromiter((value is not None for value in values), bool, len(values))
    lengths = np.fromiter((len(value or b"") for value in values), "i8", len(values))
    text = b"".join(value for value in values if value is not None)
    return leaf_digest(len(values), [text, lengths_array(lengths)], valid, b"text")
