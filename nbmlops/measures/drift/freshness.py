"""Whether the newest of the current rows is as new as was asked."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbmlops.errors import InvalidInput
from nbmlops.measures.drift.records import Finding

if TYPE_CHECKING:
    from nbmlops.measures.drift.frames import Columns

CLOCKS = 15 * 3600.0
"""How far times without a zone may be ahead: they are those of some clock."""
SEVERE = 2.0
_UNITS = ((86_400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))


@dataclass(frozen=True)
class Freshness:
    """How old the newest row may be, in seconds, at a moment in seconds since 1970."""

    max_age: float
    as_of: float


def moment_of(value: str | float | datetime.datetime) -> float:
    """Return a moment as seconds since 1970; one without a zone is of UTC.

    Parameters
    ----------
    value : str, float or datetime
        ISO 8601, seconds since 1970, or the moment itself.

    Raises
    ------
    InvalidInput
        It is no time.

    Examples
    --------
    >>> moment_of("1970-01-02"), moment_of("1970-01-01T01:00+01:00"), moment_of(5)
    (86400.0, 0.0, 5.0)
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    try:
        found = value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidInput(f"{value!r} is no time.", "Write 2026-03-01 or 2026-03-01T12:00:00+00:00.") from error
    return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).timestamp()


def stale(current: Columns, time: str, asked: Freshness) -> Finding | None:
    """Return that the newest row is older than was asked, or None.

    A row that is later than the moment is not known then: one of a wrong year must not make old data new. Where all of
    them are later nothing is old.

    Examples
    --------
    >>> from nbmlops.measures.drift.frames import Columns
    >>> rows = Columns({"at": ["2026-03-01", "2026-03-04"]})
    >>> stale(rows, "at", Freshness(86400, 1772928000)).reason
    'at: the newest row is 4 days old, asked was at most 1 day'
    """
    import numpy as np

    moments = current.seconds(time)
    moments = moments[np.isfinite(moments)]
    if not len(moments):
        return Finding("freshness", (time,), "severe", f"{time}: no row has a time, so none is new")
    ahead = 0.0 if current.zone(time) else CLOCKS
    known = moments[moments <= asked.as_of + ahead]
    if not len(known):
        return None
    age = asked.as_of - float(known.max())
    if age <= asked.max_age:
        return None
    reason = f"{time}: the newest row is {age_words(age)} old, asked was at most {span_words(asked.max_age)}"
    return Finding("freshness", (time,), "severe" if age >= SEVERE * asked.max_age else "warn", reason)


def age_words(seconds: float) -> str:
    """Return how old something is, in the largest unit that it fills.

    Examples
    --------
    >>> age_words(349_000), age_words(5400), age_words(864_000_000)
    ('4 days', '1.5 hours', '10,000 days')
    """
    size, word = next(((size, word) for size, word in _UNITS if seconds >= size), _UNITS[-1])
    amount = f"{seconds / size:.2g}" if seconds < 10 * size else f"{seconds / size:,.0f}"
    return _counted(amount, word)


def span_words(seconds: float) -> str:
    """Return a span that somebody asked for, in the largest unit of which it is a whole number.

    Examples
    --------
    >>> span_words(172_800), span_words(5400), span_words(86_400), span_words(0.5)
    ('2 days', '90 minutes', '1 day', '0.5 seconds')
    """
    size, word = next(((size, word) for size, word in _UNITS if seconds % size == 0), _UNITS[-1])
    return _counted(f"{seconds / size:,g}", word)


def _counted(amount: str, word: str) -> str:
    return f"{amount} {word}{'' if amount == '1' else 's'}"
