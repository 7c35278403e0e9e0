"""Times as whole numbers that two sides agree on: microseconds since 1970 in UTC, nanoseconds where one needs them.

Nanoseconds reach from 1677 to 2262 only, so they are used only where a time really has a part below the microsecond.
"""

from __future__ import annotations

from typing import Literal

Unit = Literal["us", "ns"]
PER_MICROSECOND: dict[Unit, int] = {"us": 1, "ns": 1000}

_REACH = (2**63 - 1) // 1000
_NANO = ("TIMESTAMP_NS", "TIMESTAMPTZ_NS", "TIMESTAMP_NS WITH TIME ZONE")
_ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ", "TIMESTAMPTZ_NS", "TIMESTAMP_NS WITH TIME ZONE")
_PLAIN = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE")


def quoted(name: str) -> str:
    """Return a name as SQL reads it, whatever it is made of.

    Examples
    --------
    >>> quoted("time_hour"), quoted('a"b')
    ('"time_hour"', '"a""b"')
    """
    return '"' + name.replace('"', '""') + '"'


def is_time(kind: str) -> bool:
    """Tell whether a DuckDB type is an instant or a date."""
    return kind in _ZONED or kind in _PLAIN


def has_zone(kind: str) -> bool:
    """Tell whether a DuckDB type knows its time zone."""
    return kind in _ZONED


def may_be_finer(kind: str) -> bool:
    """Tell whether a DuckDB type can hold a part below the microsecond."""
    return kind in _NANO


def ticks(name: str, kind: str, unit: Unit) -> str:
    """Return the SQL of a column's time as a whole number; NULL for none and for infinities.

    Examples
    --------
    >>> ticks("time_hour", "TIMESTAMP", "us")
    'CASE WHEN isfinite("time_hour") THEN epoch_us("time_hour") END'
    """
    column = quoted(name)
    if kind in _NANO:
        return f"epoch_ns({column})" if unit == "ns" else f"epoch_ns({column}) // 1000"
    if kind in ("TIMESTAMP_S", "TIMESTAMP_MS"):
        column = f"CAST({column} AS TIMESTAMP)"
    whole = f"epoch_us({column})"
    if unit == "ns":  # what lies beyond what nanoseconds reach stays later than all that they can tell
        whole = f"greatest(least({whole}, {_REACH}), -{_REACH}) * 1000"
    return f"CASE WHEN isfinite({column}) THEN {whole} END"
