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

    As many rows of either side are looked at, since in more rows more are alike by chance. Of rows that were always
    written several times few come together where only some are looked at: as many are added as all rows have.
    """
    rows = min(reference.rows, current.rows, MOST_ROWS)
    before, now = (rows - _different(side, names, rows) for side in (reference, current))
    if not _are_more(before, now, rows):
        return None
    if rows < reference.rows:
        in_all, alike = _in_all(reference, current, names)
        unseen = (1 - rows / reference.rows) * max(0.0, in_all - alike)
        before = min(before + round(rows * unseen), round(rows * in_all))
        if not _are_more(before, now, rows):
            return None
    reason = f"{now / rows:.1%} of the rows are there already, before {before / rows:.1%}"
    return Finding("duplicates", (), "severe" if (now - before) / rows >= 5 * MORE_TWICE else "warn", reason, now)


def _are_more(before: int, now: int, rows: int) -> bool:
    return (now - before) / rows >= MORE_TWICE and z_of_shares(now, rows, before, rows) > SURE


def _in_all(reference: Columns, current: Columns, names: Sequence[str]) -> tuple[float, float]:
    """Return what share of all rows of the reference are there twice, and at most how many are so by chance.

    Rows that are alike by chance are so on both sides.
    """
    import numpy as np

    keys = [keys_of_both(reference, current, name) for name in names]
    known, there = (mixed([key[at] for key in keys]) for at in (0, 1))
    return 1 - len(np.unique(known)) / len(known), float(np.isin(there, known).mean())


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


def keys_of_both(reference: Columns, current: Columns, name: str) -> tuple[Any, Any]:
    """Return for each row of either side a number that is the same where the value is, on both sides."""
    import numpy as np
    import pyarrow as pa

    if all(side.side(name).family == "number" for side in (reference, current)):
        return reference.keys(name), current.keys(name)
    coded = [side.coded(name) for side in (reference, current)]
    labels = pa.concat_arrays([one for _, one in coded]).dictionary_encode().indices
    # the last place stands for what is missing
    known = np.append(labels.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64), -1)
    before, now = (places for places, _ in coded)
    first, second = np.where(before < 0, -1, before), np.where(now < 0, -1, now + len(coded[0][1]))
    return known[first].view(np.uint64), known[second].view(np.uint64)
