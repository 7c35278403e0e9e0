"""Whole rows: how many of them are there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.chance import SURE, z_of_shares
from nbmlops.measures.drift.records import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.measures.drift.frames import Columns

MOST_ROWS = 200_000
MORE_TWICE = 0.02


def more_twice(reference: Columns, current: Columns, names: Sequence[str]) -> Finding | None:
    """Return that more rows are there twice than were, or None.

    As many rows of either side are looked at, since in more rows more are alike by chance.
    """
    rows = min(reference.rows, current.rows, MOST_ROWS)
    before, now = (rows - _different(side, names, rows) for side in (reference, current))
    if (now - before) / rows < MORE_TWICE or z_of_shares(now, rows, before, rows) <= SURE:
        return None
    reason = f"{now / rows:.1%} of the rows are there already, before {before / rows:.1%}"
    return Finding("duplicates", (), "severe" if (now - before) / rows >= 5 * MORE_TWICE else "warn", reason, now)


def are_shared(side: Columns, name: str) -> bool:
    """Tell whether a column's values come twice on average, or more often."""
    import numpy as np

    return 2 * len(np.unique(side.keys(name))) <= side.rows


def twice_in(side: Columns, names: Sequence[str], rows: int) -> float:
    """Return the share of the rows, of so many of them, that are there already."""
    return 1 - _different(side, names, rows) / rows if rows else 0.0


def mixed(keys: Sequence[Any]) -> Any:
    """Return of the keys of several columns one for each row: the same where all of them are."""
    import numpy as np

    found = np.zeros(len(keys[0]), np.uint64)
    for key in keys:
        found = (found ^ (found >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15) + key
    return found


def _different(side: Columns, names: Sequence[str], rows: int) -> int:
    import numpy as np

    chosen = np.random.default_rng(0).choice(side.rows, rows, replace=False) if side.rows > rows else None
    return len(np.unique(mixed([side.keys(name, chosen) for name in names]))) if names else min(rows, 1)
