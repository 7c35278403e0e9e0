"""One column of one side: its rows, what is missing, and its values as numbers in order or as counts of labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

from nbmlops.validation.columns import kind_of, missing_in, present

Family = Literal["number", "boolean", "text", "time", "empty", "other"]
"""What values are, whatever their width: an integer that became a float because some are missing is a number still."""

LOOKED_AT = 100
_DATE = re.compile(r"\d{4}-[01]\d-[0-3]\d([T ][0-2]\d:[0-5]\d.*)?$")
_FAMILIES: dict[str, Family] = {
    "integer": "number",
    "number": "number",
    "duration": "number",
    "boolean": "boolean",
    "text": "text",
    "time": "time",
    "null": "empty",
}


REST = "\ue000"
"""The label of all labels beyond those that a profile keeps; no data can hold it."""


@dataclass(frozen=True)
class Counts:
    """How often each label comes: an Arrow array of text and an array of numbers."""

    labels: Any
    numbers: Any


class AnySide(Protocol):
    """A column as it is compared: of data, or of a profile."""

    family: Family
    rows: int
    missing: int
    is_declared: bool
    is_mixed: bool

    @property
    def there(self) -> int:
        """How many values are not missing."""

    def numbers(self) -> Any:
        """Return the values in order, as floats."""

    def counts(self) -> Counts:
        """Return how often each label comes."""

    def are_dates(self) -> bool:
        """Tell whether text is that of dates."""

    def is_increasing(self) -> bool:
        """Tell whether each value is larger than the one before."""


class Side:
    """A column of the reference or of the current data.

    Parameters
    ----------
    values : ChunkedArray or None
        Of Arrow; None where the values are of several types, which ``mixed`` then holds.
    mixed : sequence, optional
        Such values.
    """

    def __init__(self, values: Any, mixed: Any = None) -> None:
        import pyarrow as pa

        self.is_declared = values is not None and pa.types.is_dictionary(values.type)
        """Whether the column says of itself that it holds categories."""
        self.is_mixed = values is None
        self.rows = len(mixed) if values is None else len(values)
        if values is not None and self.is_declared:
            values = values.cast(values.type.value_type)
        self._values = values
        self._mixed = mixed
        self.family: Family = "other" if values is None else _FAMILIES.get(kind_of(values), "other")
        if values is not None and self.family == "number" and values.null_count == len(values):
            self.family = "empty"
        self.missing = self._missing()
        if self.missing == self.rows:
            self.family = "empty"

    @property
    def there(self) -> int:
        """How many values are not missing."""
        return self.rows - self.missing

    def numbers(self) -> Any:
        """Return the values in order, as floats; missing ones are left out, and what is no number."""
        import numpy as np
        import pandas as pd

        if self.family == "number":
            flat = floats_of(self._values)
        elif self.is_mixed or self.family == "text":
            given = self._mixed if self.is_mixed else self._values.to_pylist()
            flat = pd.to_numeric(pd.Series(list(given), dtype=object), errors="coerce").to_numpy(float)
        else:
            return np.array([])
        ordered = np.sort(flat)
        return ordered[: np.searchsorted(ordered, np.nan)]

    def are_dates(self) -> bool:
        """Tell whether text is that of dates: it moves on as times do."""
        if self.family != "text" or self.is_declared:
            return False
        some = present(self._values.slice(0, LOOKED_AT)).to_pylist()
        return bool(some) and all(_DATE.match(one) for one in some)

    def is_increasing(self) -> bool:
        """Tell whether each value is larger than the one before, as numbers of rows and of orders are."""
        import numpy as np

        if self.family != "number" or self.missing or self.rows < 2:
            return False
        flat = self._values.to_numpy(zero_copy_only=False)
        return bool(np.all(flat[1:] > flat[:-1]))

    def counts(self) -> Counts:
        """Return how often each label comes; missing values are left out."""
        import numpy as np
        import pyarrow as pa

        if self.is_mixed:
            values = pa.array([str(one) for one in self._mixed if not is_none(one)], pa.string())
        else:
            values = self._values
        if self.family == "other" and not self.is_mixed:  # lists, structures: what they look like
            values = pa.array([None if one is None else str(one) for one in values.to_pylist()], pa.string())
        found = present(pa.chunked_array([values]) if isinstance(values, pa.Array) else values).value_counts()
        labels, numbers = found.field("values"), found.field("counts").to_numpy(zero_copy_only=False)
        if self.family == "number":
            return Counts(pa.array([_label(one) for one in labels.to_pylist()], pa.string()), numbers)
        if not pa.types.is_string(labels.type):
            try:
                labels = labels.cast(pa.string())
            except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
                labels = pa.array([str(one) for one in labels.to_pylist()], pa.string())
        return Counts(labels, np.asarray(numbers))

    def _missing(self) -> int:
        import pyarrow.compute as pc

        if self.is_mixed:
            return int(sum(is_none(one) for one in self._mixed))  # NumPy's truth values add up to its integers
        return pc.sum(missing_in(self._values)).as_py() or 0


def floats_of(values: Any) -> Any:
    """Return numbers as floats, missing ones as not a number; spans of time are nanoseconds, whatever their unit."""
    import pyarrow as pa

    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_duration(values.type):
        values = values.cast(pa.duration("ns")).cast(pa.int64())
    return values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def is_none(value: Any) -> bool:
    """Tell whether a value is missing: none, or not a number."""
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - a float that is no number


def as_label(value: Any) -> str:
    """Return a value as `Side.counts` names it."""
    if isinstance(value, bool):
        return str(value).lower()
    return _label(value) if isinstance(value, float | Decimal) else str(value)


def _label(value: float | Decimal) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
