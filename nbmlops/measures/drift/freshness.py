"""Whether the newest of the current rows is as new as was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    reason = f"{time}: the newest row is {_span(age)} old, asked was at most {_span(asked.max_age)}"
    return Finding("freshness", (time,), "severe" if age >= SEVERE * asked.max_age else "warn", reason)


def _span(seconds: float) -> str:
    size, word = next(((size, word) for size, word in _UNITS if seconds >= size), _UNITS[-1])
    amount = f"{seconds / size:.3g}" if seconds < 1000 * size else f"{seconds / size:,.0f}"
    return f"{amount} {word}{'' if amount == '1' else 's'}"
