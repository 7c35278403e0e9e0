"""When the rows of current data were: the newest of them, those that claim to be from later than now, the last span."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.drift.freshness import moment_of

AHEAD_SECONDS = 14 * 3600
"""No clock on Earth is further ahead of UTC, as which times without a zone are read."""
MANY = 0.001
"""From this share of rows on, times later than now are a finding."""


@dataclass(frozen=True)
class AsOf:
    """The time that counts as now; rows after ``until`` are later than now, both in seconds since 1970."""

    now: float
    until: float

    @classmethod
    def read(cls, given: str | datetime.datetime | None) -> AsOf:
        """Return the time that is meant; now, where none is given.

        Raises
        ------
        InvalidInput
            It is no time.

        Examples
        --------
        >>> AsOf.read("2024-01-01T12:00").now - AsOf.read("2024-01-01").now
        43200.0
        """
        if given is None:
            now = datetime.datetime.now(datetime.UTC).timestamp()
            return cls(now, now + AHEAD_SECONDS)
        moment = moment_of(given)
        return cls(moment, moment)


@dataclass(frozen=True)
class Times:
    """The times of rows: ``newest`` of those that are not later than now, and how many are ``later``.

    Examples
    --------
    >>> found = Times.of({"t": ["2024-01-01", "2024-01-05", "2099-01-01"]}, "t", AsOf.read("2024-02-01"))
    >>> found.later, found.words
    (1, 't: 1 of 3 rows is later than now, up to 2099-01-01 00:00; it is left out where the last rows are meant')
    """

    column: str
    rows: int
    newest: float | None
    later: int
    latest: float | None

    @classmethod
    def of(cls, frame: Any, column: str, as_of: AsOf) -> Times:
        """Return the times of a frame.

        Raises
        ------
        InvalidInput
            There is no such column.
        """
        seconds = _seconds(frame, column)
        past = seconds[seconds <= as_of.until]
        later = seconds[seconds > as_of.until]
        newest, latest = (float(one.max()) if len(one) else None for one in (past, later))
        return cls(column, len(seconds), newest, len(later), latest)

    @property
    def words(self) -> str:
        """What is to be said of rows that are later than now; empty where there are none."""
        if self.latest is None:
            return ""
        one = self.later == 1
        return (
            f"{self.column}: {self.later:,} of {self.rows:,} rows {'is' if one else 'are'} later than now, up to "
            f"{shown(self.latest)}; {'it is' if one else 'they are'} left out where the last rows are meant"
        )

    @property
    def are_many(self) -> bool:
        """Whether so many rows are later than now that it is a finding."""
        return self.later > MANY * self.rows


def trailing_rows(frame: Any, time: str, microseconds: int, as_of: AsOf | None = None) -> Any:
    """Return the rows of the last span before the newest; rows that are later than now are none of them.

    Where all rows are later than now, the newest of these counts.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-06", "2099-01-01"])
    >>> trailing_rows(pd.DataFrame({"t": days, "x": [1, 2, 3, 4]}), "t", 2 * 86_400_000_000)["x"].to_list()
    [2, 3]
    """
    import numpy as np

    seconds = _seconds(frame, time)
    known = seconds[np.isfinite(seconds)]
    if not len(known):
        return frame
    until = (as_of or AsOf.read(None)).until
    past = known[known <= until]
    newest = past.max() if len(past) else known.max()
    chosen = np.flatnonzero((seconds > newest - microseconds / 1e6) & (seconds <= newest))
    if isinstance(frame, dict):
        return {name: [values[at] for at in chosen] for name, values in frame.items()}
    if hasattr(frame, "iloc"):
        return frame.iloc[chosen]
    return frame.take(chosen) if hasattr(frame, "take") else frame[chosen]


def shown(seconds: float) -> str:
    """Return a time in UTC, for a person.

    Examples
    --------
    >>> shown(0)
    '1970-01-01 00:00'
    """
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%d %H:%M}"


def _seconds(frame: Any, column: str) -> Any:
    columns = Columns(frame)
    if column not in columns.names:
        raise InvalidInput(f"there is no column {column!r}.", f"The data have: {', '.join(columns.names[:10])}")
    return columns.seconds(column)
