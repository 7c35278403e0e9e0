"""The columns of a frame as sides, and rows of it as an array of numbers."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.drift.sides import Side, as_label, floats_of, is_none
from nbmlops.validation.columns import columns_of, missing_in

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_SECONDS = 1e11
"""From here on numbers are milliseconds rather than seconds: that is the year 5138."""
LEAST_SECONDS = 1e8
"""Numbers that are mostly smaller count something else, such as years of age: that is March 1973."""
FEWEST_TIMES = 0.1
"""The share of texts below which those that can be read as dates are slips: some towns are called March."""


class Columns:
    """The columns of a frame of pandas, polars or Arrow, or of a dictionary of sequences.

    Raises
    ------
    InvalidInput
        It is no frame, two of its columns have one name, or they are of different lengths.
    """

    def __init__(self, frame: Any) -> None:
        self._values = columns_of(frame)
        self._frame = frame
        self._moments: dict[tuple[str, str | None], Any] = {}
        self.names = list(self._values)
        sizes = {name: len(self._raw(name) if values is None else values) for name, values in self._values.items()}
        self.rows = sizes[self.names[0]] if self.names else 0
        for name, size in sizes.items():
            if size != self.rows:
                reason = f"{self.names[0]!r} has {self.rows:,} rows, {name!r} has {size:,}."
                raise InvalidInput(reason, "Give columns of one length.")

    def side(self, name: str, rows: Any = None) -> Side:
        """Return a column; only some rows of it where ``rows`` says which, by place."""
        import pyarrow as pa

        values = self._values[name]
        if values is None:
            mixed = self._raw(name)
            return Side(None, mixed if rows is None else [mixed[at] for at in rows])
        return Side(values if rows is None else values.take(pa.array(rows)))

    def labels(self, name: str) -> list[str | None]:
        """Return the values of a column as text, row by row; missing ones are None."""
        return [None if value is None else as_label(value) for value in self._raw(name)]

    def coded(self, name: str) -> tuple[Any, Any]:
        """Return for each row the place of its value among some labels, -1 where it is missing; and the labels."""
        import pyarrow as pa

        values = self._values[name]
        if values is None:
            values = pa.array([None if is_none(one) else as_label(one) for one in self._raw(name)], pa.large_string())
        codes = _encoded(values)
        labels = codes.dictionary
        if not (pa.types.is_string(labels.type) or pa.types.is_large_string(labels.type)):
            labels = pa.array(
                [None if is_none(one) else as_label(one) for one in labels.to_pylist()], pa.large_string()
            )
        places = codes.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
        return places, labels.cast(pa.large_string())

    def keys(self, name: str, rows: Any = None) -> Any:
        """Return for each row a number that is the same where the value is; of numbers these are their bits."""
        import numpy as np
        import pyarrow as pa

        values = self._values[name]
        if values is None:
            values = pa.array([str(one) for one in self._raw(name)], pa.string())
        part = values if rows is None else values.take(pa.array(rows))
        if Side(part).family == "number":
            return (floats_of(part) + 0.0).view(np.uint64)
        codes = _encoded(part).indices.cast(pa.int64())
        return codes.fill_null(-1).to_numpy(zero_copy_only=False).view(np.uint64)

    def is_missing(self, name: str) -> Any:
        """Return for each row whether it has no value."""
        import numpy as np

        values = self._values[name]
        if values is None:
            return np.array([is_none(one) for one in self._raw(name)], bool)
        return missing_in(values).to_numpy()

    def is_text(self, name: str) -> Any:
        """Return for each row whether its value is text."""
        import numpy as np

        if self._values[name] is None:
            return np.array([isinstance(one, str) for one in self._raw(name)], bool)
        return np.full(self.rows, self.side(name).family == "text")

    def floats(self, name: str) -> Any:
        """Return the values row by row as floats; what is missing or none is not a number."""
        import numpy as np
        import pandas as pd

        values = self._values[name]
        if values is not None and self.side(name).family == "number":
            return self.matrix([name], np.arange(self.rows), {})[:, 0]
        return pd.to_numeric(pd.Series(list(self._raw(name)), dtype=object), errors="coerce").to_numpy(float)

    def rows_at(self, places: Sequence[int]) -> Any:
        """Return some rows as a frame of pandas, with the index that they had."""
        import pandas as pd
        import pyarrow as pa

        if hasattr(self._frame, "iloc"):
            found = self._frame.iloc[list(places)]
            return found.set_axis(list(self.names), axis=1)
        columns = {
            name: pd.Series(list(self._raw(name)), dtype=object).iloc[list(places)].reset_index(drop=True)
            if values is None
            else values.take(pa.array(places, pa.int64())).to_pandas()
            for name, values in self._values.items()
        }
        return pd.DataFrame(columns).set_axis(list(places), axis=0)

    def _raw(self, name: str) -> Any:
        values = self._values[name]
        if values is not None:
            return values.to_pylist()
        is_bare = isinstance(self._frame, dict)
        label = next(one for one in (self._frame if is_bare else self._frame.columns) if str(one) == name)
        return list(self._frame[label] if is_bare else self._frame.loc[:, label])

    def zone(self, name: str) -> str | None:
        """Return the time zone of a column of times, None where it has none."""
        values = self._values[name]
        return None if values is None else getattr(values.type, "tz", None)

    def seconds(self, name: str, zone: str | None = None) -> Any:
        """Return a column of times as seconds since 1970; missing ones, and what is no time, are not numbers.

        Text is read as dates, numbers as seconds, or as what fits their size: milli-, micro- or nanoseconds. With a
        ``zone`` they are those that its clocks show: seasons of days and weeks follow them.

        Raises
        ------
        InvalidInput
            The column holds values, and no times.
        """
        if (name, zone) not in self._moments:  # each window of time asks again
            self._moments[name, zone] = self._seconds(name, zone)
        return self._moments[name, zone]

    def _seconds(self, name: str, zone: str | None) -> Any:
        import pyarrow as pa

        values = self._values[name]
        if values is not None and self.side(name).family == "time":
            if zone is not None and self.zone(name) is not None:
                local = values.cast(pa.timestamp("us", self.zone(name)), safe=False).to_pandas()
                values = pa.array(local.dt.tz_convert(zone).dt.tz_localize(None), from_pandas=True)
            moments = values.cast(pa.timestamp("us"), safe=False).cast(pa.int64()).cast(pa.float64(), safe=False)
            return moments.to_numpy(zero_copy_only=False) / 1e6
        if values is not None and self.side(name).family == "number":
            return _of_numbers(name, values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
        return _of_text(name, self._raw(name))

    def matrix(self, names: list[str], rows: Any, codes: dict[str, dict[Any, int]]) -> Any:
        """Return some rows of some columns as floats; labels as what ``codes`` says, missing values as no numbers."""
        import numpy as np
        import pyarrow as pa

        found = np.full((len(rows), len(names)), np.nan)
        for at, name in enumerate(names):
            values = self._values[name]
            if values is None:
                if name in codes:
                    labels = [codes[name].get(str(one), np.nan) for one in self._raw(name)]
                    found[:, at] = np.array(labels, float)[rows]
                continue
            part = values.take(pa.array(rows))
            if name in codes:
                found[:, at] = _places(part, codes[name])
            elif pa.types.is_boolean(part.type) or Side(part).family == "number":
                found[:, at] = floats_of(part)
        return found


def _of_numbers(name: str, flat: Any) -> Any:
    """Return numbers as seconds since 1970, of whichever unit they are by their size."""
    import numpy as np

    sizes = np.abs(flat[np.isfinite(flat)])
    largest = sizes.max(initial=0)
    hint = "Numbers are seconds since 1970, or milli-, micro- or nanoseconds."
    if largest > MOST_SECONDS * 1e9:
        raise InvalidInput(f"{name}: {flat[np.isfinite(flat)][sizes.argmax()]:.4g} is no time.", hint)
    unit = next((unit for unit in (1.0, 1e3, 1e6) if largest < MOST_SECONDS * unit), 1e9)
    if len(sizes) and not np.median(sizes[sizes > 0] if largest else sizes) >= LEAST_SECONDS * unit:
        raise InvalidInput(f"{name!r} holds no times, but numbers such as {_usual(flat):.6g}.", hint)
    return np.where(np.isfinite(flat), flat, np.nan) / unit


def _usual(flat: Any) -> float:
    """Return a number of the middle, one that is there."""
    import numpy as np

    known = np.sort(flat[np.isfinite(flat)])
    return float(known[len(known) // 2])


def _of_text(name: str, given: Any) -> Any:
    """Return what can be read as dates as seconds since 1970."""
    import numpy as np
    import pandas as pd

    values = pd.Series(list(given), dtype=object)
    text = values.where(values.isna(), values.astype(str))
    read = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    if read.isna().all():
        read = _read_loosely(text)
    is_given = text.notna() & (text != "")
    if is_given.any() and read.notna().sum() < FEWEST_TIMES * is_given.sum():
        some = text[is_given & read.isna()].iloc[0]
        raise InvalidInput(
            f"{name!r} holds no times, but values such as {some!r}.",
            "Name a column of dates: 2026-03-01, 2026-03-01T12:00:00+00:00, or seconds since 1970.",
        )
    return np.where(read.isna(), np.nan, (read - pd.Timestamp(0, tz="UTC")).dt.total_seconds())


def _read_loosely(text: Any) -> Any:
    """Return dates that are written in another way than ISO 8601; a month or an hour without its year is none."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # each value is read by itself then
        read = pd.to_datetime(text, errors="coerce", utc=True)
    return read.where(read.dt.year > 1)


def _encoded(values: Any) -> Any:
    """Return values as places in a dictionary of them; lists and structures as what they look like."""
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    try:
        return values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    except pa.ArrowNotImplementedError:
        return pa.array([None if one is None else str(one) for one in values.to_pylist()]).dictionary_encode()


def _places(values: Any, known: dict[Any, int]) -> Any:
    """Return for each value the number of its label, no number where that is not known."""
    import numpy as np
    import pyarrow as pa

    coded = _encoded(values)
    labels = [np.nan if one is None else known.get(as_label(one), np.nan) for one in coded.dictionary.to_pylist()]
    places = coded.indices.cast(pa.int64()).fill_null(len(labels)).to_numpy(zero_copy_only=False)
    return np.array([*labels, np.nan], float)[places]
