"""Rows that were written several times: they count once, since they tell no more than one does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.chance import FEWEST_ROWS
from nbmlops.measures.drift.rows import keys_of_both, mixed, twice_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.measures.drift.frames import Columns

LEAST_TWICE = 0.02
MOST_LOOKED_AT = 20_000
MOST_FIRST = 1000
MOST_SHARED = 0.1
"""Of the rows of one side that the other has as well: where more are, rows are alike by chance."""
LEAST_TOLD_APART = 0.9
COLLAPSED = 0.02
FEW_TIMES = 10
MOST_TIMES = 3
"""Times as often as rows usually come, from which on a row is no repeated one."""


def repeated(reference: Columns, current: Columns, names: Sequence[str]) -> tuple[Any, Any]:
    """Return for each side the places of the first of rows that are the same; None where they are to count as they are.

    A test takes each row for one that was drawn by itself: of rows that were written five times it would be far too
    sure. But rows of few labels are the same by chance. So rows count once only where either side has hardly any twice,
    or the two have hardly any in common; and where a column, or half of them, tells nearly all rows of either side
    apart that are not the same.
    """
    import numpy as np

    sides = (reference, current)
    counted = [name for name in names if not all(_counts_rows(side, name) for side in sides)]
    if not counted or all(twice_in(side, counted, min(side.rows, MOST_LOOKED_AT)) < LEAST_TWICE for side in sides):
        return None, None
    keys = {name: keys_of_both(reference, current, name) for name in counted}
    counted = [name for name in counted if not _has_collapsed(keys[name])]
    if not counted:
        return None, None
    whole = [mixed([keys[name][at] for name in counted]) for at in (0, 1)]
    firsts = [np.unique(key, return_index=True) for key in whole]
    shared = len(np.intersect1d(firsts[0][0], firsts[1][0], assume_unique=True))
    fewest = min(len(values) for values, _ in firsts)
    single = max(len(values) / side.rows for side, (values, _) in zip(sides, firsts, strict=True))
    if fewest < FEWEST_ROWS or (shared > MOST_SHARED * fewest and single < LEAST_TOLD_APART):
        return None, None
    places = [at for _, at in firsts]
    telling = _telling(keys, [counted[::2], counted[1::2], *([name] for name in counted)], places)
    if not telling:
        return None, None
    first, second = (_once(key, [one[at] for one in telling]) for at, key in enumerate(whole))
    return first, second


def _once(whole: Any, telling: list[Any]) -> Any:
    """Return the places of rows, of those that were written several times the first.

    Rows are that where what tells rows apart is theirs alone, and they do not come far more often than others: a value
    that stands in for many, or is missing, makes rows alike as well, and that is drift. Of those as many are kept as of
    the others.
    """
    import numpy as np

    _, firsts, of_row, counts = np.unique(whole, return_index=True, return_inverse=True, return_counts=True)
    is_own = np.zeros(len(firsts), bool)
    for key in telling:
        _, of_first, shared = np.unique(key[firsts], return_inverse=True, return_counts=True)
        is_own |= shared[of_first] == 1
    is_own &= counts <= max(FEW_TIMES, MOST_TIMES * float(np.median(counts)))
    if not is_own.any():
        return None
    others = np.flatnonzero(~is_own[of_row])
    share = is_own.sum() / counts[is_own].sum()
    kept = others[np.random.default_rng(0).random(len(others)) < share]
    found = np.sort(np.concatenate([firsts[is_own], kept]))
    return found if len(found) < len(whole) else None


def _has_collapsed(keys: tuple[Any, Any]) -> bool:
    """Tell whether a column has far fewer values on one side: rows are the same for that, not written again."""
    import numpy as np

    values = [len(np.unique(key)) for key in keys]
    (few, its_rows), (many, other_rows) = sorted((size, len(key)) for size, key in zip(values, keys, strict=True))
    return few < COLLAPSED * many * min(1.0, its_rows / other_rows)


def _counts_rows(side: Columns, name: str) -> bool:
    """Tell whether a column grows with each of the first rows: then it is of the rows themselves."""
    import numpy as np

    return side.side(name, np.arange(min(side.rows, MOST_FIRST))).is_increasing()


def _telling(keys: dict[str, Any], choices: list[list[str]], places: list[Any]) -> list[tuple[Any, Any]]:
    """Return the keys, of those of some columns, that tell nearly all rows apart on either side."""
    import numpy as np

    found = []
    for names in choices:
        key = tuple(mixed([keys[name][at] for name in names]) for at in (0, 1)) if names else None
        if key and all(
            len(np.unique(side[rows])) >= LEAST_TOLD_APART * len(rows) for side, rows in zip(key, places, strict=True)
        ):
            found.append((key[0], key[1]))
    return found
