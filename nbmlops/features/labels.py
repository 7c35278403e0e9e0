"""The entity frame: its keys and times taken out as Arrow columns, and features put beside it in its own kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.forms import form_name
from nbmlops.errors import InvalidInput, NotFound, did_you_mean
from nbmlops.features.sources import FRAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.features.times import Unit

_ISO = "ISO8601"


@dataclass
class Labels:
    """An entity frame, looked at.

    ``times`` are whole numbers in ``unit``, null where a label has no time; ``zoned`` tells whether they name their
    zone. ``timestamp`` is the column that they come from.
    """

    frame: Any
    form: str
    timestamp: str
    times: Any
    zoned: bool
    unit: Unit
    rows: int
    _arrow: dict[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The names of the frame's columns."""
        return column_names(self.frame, self.form)

    def key(self, name: str, view: str) -> Any:
        """Return a column of the frame as one Arrow array; categories become their values.

        Raises
        ------
        NotFound
            The frame has no such column.
        """
        if name not in self.columns:
            hint = did_you_mean(name, [str(one) for one in self.columns], ", ".join(map(str, self.columns[:20])))
            raise NotFound(f"the frame has no column {name!r}, which is a key of {view}.", hint)
        if name not in self._arrow:
            self._arrow[name] = _one_array(arrow_column(self.frame, self.form, name))
        return self._arrow[name]


def look_at(frame: Any, timestamp: str | None, names: Sequence[str] = ()) -> Labels:
    """Return the labels that a frame holds.

    Parameters
    ----------
    frame : frame
        Of pandas, polars or Arrow, or a list of records.
    timestamp : str, optional
        The column of its times; the only one of times by default.
    names : sequence of str
        How the views call their event time: a column of text with one of these names is read as times.

    Raises
    ------
    InvalidInput
        It is no frame, or its times cannot be told.
    """
    form = form_name(frame)
    if form == "records":
        import pandas as pd

        frame, form = pd.DataFrame(frame), "pandas.frame"
    if form not in FRAMES:
        raise InvalidInput(
            f"a training set is made of a frame, not of a {type(frame).__name__}.", "pandas, polars or Arrow"
        )
    columns = column_names(frame, form)
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise InvalidInput(f"the frame has two columns {twice!r}.", "Give each column a name of its own.")
    chosen = timestamp if timestamp is not None else _the_time(frame, form, columns, names)
    if chosen not in columns:
        hint = did_you_mean(str(chosen), map(str, columns), ", ".join(map(str, columns[:20])))
        raise NotFound(f"the frame has no column {chosen!r}.", hint)
    times, zoned, unit = _ticks(arrow_column(frame, form, chosen), str(chosen))
    return Labels(frame, form, chosen, times, zoned, unit, len(times))


def column_names(frame: Any, form: str) -> list[str]:
    """Return the names of a frame's columns."""
    return list(frame.column_names if form == "arrow.table" else frame.columns)


def arrow_column(frame: Any, form: str, name: str) -> Any:
    """Return one column of a frame as Arrow."""
    import pyarrow as pa

    if form == "arrow.table":
        return frame.column(name)
    if form == "polars.frame":
        return frame.get_column(name).to_arrow()
    try:
        return pa.array(frame[name], from_pandas=True)
    except pa.ArrowException as error:
        raise InvalidInput(f"the column {name!r} cannot be read: {error}", "Give its values one type.") from error


def put_beside(labels: Labels, features: Any) -> Any:
    """Return the frame with an Arrow table of features beside its columns, of the kind that was given."""
    if labels.form == "arrow.table":
        found = labels.frame
        for name in features.column_names:
            found = found.append_column(name, features.column(name))
        return found
    if labels.form == "polars.frame":
        import polars as pl

        return labels.frame.hstack(pl.from_arrow(features).get_columns()) if features.num_columns else labels.frame
    import pandas as pd

    if not features.num_columns:
        return labels.frame
    added = features.to_pandas()
    added.index = labels.frame.index
    return pd.concat([labels.frame, added], axis=1)


def _the_time(frame: Any, form: str, columns: list[str], names: Sequence[str]) -> str:
    """Return the only column of times, or the one that is called as the views call theirs."""
    found = [name for name in columns if _is_time(frame, form, name)]
    if len(found) == 1:
        return found[0]
    alike = [name for name in columns if name in names and (not found or name in found)]
    if len(alike) == 1:
        return alike[0]
    if found:
        raise InvalidInput(
            f"the frame has {len(found)} columns of times: {', '.join(map(str, found[:8]))}.",
            f"Say which one: timestamp={found[0]!r}   or   --timestamp {found[0]}",
        )
    raise InvalidInput(
        "the frame has no column of times.",
        "Make one: frame['time'] = pd.to_datetime(frame['time'])   or name one of texts: --timestamp COLUMN",
    )


def _is_time(frame: Any, form: str, name: str) -> bool:
    import pyarrow as pa

    if form != "pandas.frame":
        kind = frame.schema.field(name).type if form == "arrow.table" else frame.get_column(name).to_arrow().type
        return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))
    import pandas as pd

    dtype = frame[name].dtype
    if isinstance(dtype, pd.ArrowDtype):
        return bool(pa.types.is_timestamp(dtype.pyarrow_dtype) or pa.types.is_date(dtype.pyarrow_dtype))
    return bool(pd.api.types.is_datetime64_any_dtype(dtype))


def _ticks(column: Any, name: str) -> tuple[Any, bool, Unit]:
    """Return times as whole numbers, whether they name their zone, and what they count."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = _one_array(column)
    kind = whole.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        whole = _read_times(whole, name)
        kind = whole.type
    if pa.types.is_date(kind):
        whole, kind = whole.cast(pa.timestamp("us")), pa.timestamp("us")
    if pa.types.is_null(kind):
        whole, kind = whole.cast(pa.timestamp("us")), pa.timestamp("us")
    if not pa.types.is_timestamp(kind):
        raise InvalidInput(
            f"the column {name!r} is {kind}, not times.", f"frame[{name!r}] = pd.to_datetime(frame[{name!r}])"
        )
    if kind.unit != "ns":
        return whole.cast(pa.timestamp("us", kind.tz)).cast(pa.int64()), kind.tz is not None, "us"
    numbers = whole.cast(pa.int64())
    values = np.asarray(pc.fill_null(numbers, 0))
    micro = values // 1000
    if (micro * 1000 == values).all():
        return pa.array(micro, mask=np.asarray(pc.is_null(numbers))), kind.tz is not None, "us"
    return numbers, kind.tz is not None, "ns"


def _read_times(column: Any, name: str) -> Any:
    """Return texts as the times that they write."""
    import pandas as pd
    import pyarrow as pa

    texts = column.to_pandas()
    zoned = texts.dropna().str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True)
    try:
        if len(zoned) and zoned.all():
            return pa.array(pd.to_datetime(texts, format=_ISO, utc=True))
        return pa.array(pd.to_datetime(texts, format=_ISO))
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            f"the column {name!r} is text that does not write times: {str(error).splitlines()[0]}",
            f"frame[{name!r}] = pd.to_datetime(frame[{name!r}], format=…)",
        ) from error


def _one_array(column: Any) -> Any:
    """Return a column in one piece, categories as their values."""
    import pyarrow as pa

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    return whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole


def moment_text(ticks: int | None, unit: Unit) -> str | None:
    """Return a time in ticks as ISO 8601.

    Examples
    --------
    >>> moment_text(1_356_998_400_000_000, "us"), moment_text(None, "us")
    ('2013-01-01T00:00:00.000000', None)
    """
    import numpy as np

    return None if ticks is None else str(np.datetime64(ticks, unit))


def moment_of(text: str, unit: Unit) -> int:
    """Return the ticks of a time that `moment_text` wrote."""
    import numpy as np

    return int(np.datetime64(text).astype(f"datetime64[{unit}]").astype("int64"))
