"""The columns of a frame of any library, as Arrow has them, and what is to be known of one."""

from __future__ import annotations

from typing import Any

from nbmlops.errors import InvalidInput

MIXED = "mixed"
"""The kind of a column whose values are of several types."""


def columns_of(frame: Any) -> dict[str, Any]:
    """Return the columns of a frame by name, each as an Arrow array, or as None where its values are mixed.

    Parameters
    ----------
    frame : frame
        Of pandas, polars or Arrow; or a dictionary of sequences.

    Raises
    ------
    InvalidInput
        It is no frame, or two of its columns have one name.

    Examples
    --------
    >>> {name: kind_of(values) for name, values in columns_of({"a": [1, 2], "b": ["x", None]}).items()}
    {'a': 'integer', 'b': 'text'}
    """
    import pyarrow as pa

    if isinstance(frame, dict):
        pairs = list(frame.items())
    elif isinstance(frame, pa.Table | pa.RecordBatch):
        pairs = [(name, frame.column(at)) for at, name in enumerate(frame.schema.names)]
    elif hasattr(frame, "iloc") and hasattr(frame, "columns"):
        pairs = [(name, frame.iloc[:, at]) for at, name in enumerate(frame.columns)]
    elif hasattr(frame, "get_columns"):
        pairs = [(column.name, column.to_arrow()) for column in frame.get_columns()]
    else:
        kind = type(frame).__name__
        article = "an" if kind[:1].lower() in "aeiou" else "a"
        raise InvalidInput(f"{article} {kind} is no frame.", "Give one of pandas, polars or Arrow.")
    names = [str(name) for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(f"two columns are named {twice[0]!r}.", "Rename one of them.")
    return {str(name): _array(values) for name, values in pairs}


def pandas_of(frame: Any) -> Any:
    """Return a frame of any library as one of pandas; one that is such already as it is.

    Parameters
    ----------
    frame : frame
        Of pandas, polars or Arrow; or a dictionary of sequences.

    Examples
    --------
    >>> pandas_of({"a": [1, 2]}).shape
    (2, 1)
    """
    import pandas as pd

    if hasattr(frame, "iloc"):
        return frame
    return frame.to_pandas() if hasattr(frame, "to_pandas") else pd.DataFrame(frame)


def rows_of(frame: Any) -> int:
    """Return how many rows a frame has, whatever is in its columns.

    Examples
    --------
    >>> rows_of({"a": [1, "x"], "b": []}), rows_of({})
    (2, 0)
    """
    return max(map(len, frame.values()), default=0) if isinstance(frame, dict) else len(frame)


def kind_of(values: Any) -> str:
    """Return the kind of a column: integer, number, boolean, text, time, duration, or Arrow's own word."""
    import pyarrow as pa

    if values is None:
        return MIXED
    kind = values.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = {
        "null": pa.types.is_null,
        "boolean": pa.types.is_boolean,
        "integer": pa.types.is_integer,
        "number": lambda one: pa.types.is_floating(one) or pa.types.is_decimal(one),
        "text": lambda one: pa.types.is_string(one) or pa.types.is_large_string(one) or pa.types.is_string_view(one),
        "time": lambda one: pa.types.is_timestamp(one) or pa.types.is_date(one),
        "duration": pa.types.is_duration,
    }
    return next((name for name, fits in tests.items() if fits(kind)), str(kind))


def missing_in(values: Any) -> Any:
    """Return for each value whether it is missing: null, or not a number."""
    import pyarrow.compute as pc

    return pc.is_null(values, nan_is_null=True)


def present(values: Any) -> Any:
    """Return the values that are not missing, categories as what they stand for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    return values.filter(pc.invert(missing_in(values)))


def _array(values: Any) -> Any:
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray | pa.Array):
        found = values
    else:
        try:
            found = pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
            return None
    if pa.types.is_float16(found.type):
        found = found.cast(pa.float32())  # Arrow finds no smallest and largest of half floats
    return pa.chunked_array([found]) if isinstance(found, pa.Array) else found
