"""Rows that somebody hands over, in whatever form, as an Arrow table."""

from __future__ import annotations

from typing import Any

from nbmlops.errors import InvalidInput


def rows_table(rows: Any) -> Any:
    """Return rows as an Arrow table: a table as it is, a frame, a record, or a list of records.

    Raises
    ------
    InvalidInput
        They are no rows, or a column holds values of several types.

    Examples
    --------
    >>> rows_table([{"origin": "EWR", "temp": 39.0}, {"origin": "JFK"}]).to_pylist()[1]
    {'origin': 'JFK', 'temp': None}
    """
    import pyarrow as pa

    if isinstance(rows, pa.Table):
        return rows
    if isinstance(rows, dict):
        rows = [rows]
    if isinstance(rows, list):
        if not all(isinstance(row, dict) for row in rows):
            raise InvalidInput("a row is no record.", 'Give [{"origin": "EWR", …}], or a frame.')
        names = list(dict.fromkeys(name for row in rows for name in row))
        try:
            return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise InvalidInput(f"the rows cannot be read: {error}", "A column holds values of one type.") from error
    if hasattr(rows, "to_arrow"):
        return rows.to_arrow()
    try:
        return pa.Table.from_pandas(rows, preserve_index=False)
    except (AttributeError, TypeError) as error:
        raise InvalidInput(
            f"{type(rows).__name__} is no table of rows.", "Give a frame, or a list of records."
        ) from error
