"""Whether columns hang together as they did: rank correlations of all pairs, beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.chance import FEWEST_ROWS, SURE
from nbmlops.measures.drift.records import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_CHANGE = 0.15
SEVERE_CHANGE = 0.3
VARIANCE = 1.06
"""Of Fisher's z of a rank correlation, times n - 3 (Fieller, Hartley, Pearson, 1957)."""
MOST_ROWS = 20_000
MOST_SHOWN = 20


def changed_pairs(reference: Any, current: Any, names: Sequence[str]) -> list[Finding]:
    """Return the pairs of columns whose rank correlation has changed, the largest change first.

    Parameters
    ----------
    reference, current : array of shape (rows, columns)
        Values by row; missing ones are not numbers. Rows should be drawn evenly from what they stand for.
    names : sequence of str
        The columns.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> x, noise = random.normal(size=(2, 2000))
    >>> before, now = np.column_stack([x, x + noise]), np.column_stack([x, -x + noise])
    >>> [found.reason for found in changed_pairs(before, now, ["x", "y"])]
    ['x and y: rank correlation 0.68 → -0.70']
    """
    if len(names) < 2 or min(len(reference), len(current)) < FEWEST_ROWS:
        return []
    return changed_correlations(correlations_of(reference), correlations_of(current), names)


def changed_correlations(reference: tuple[Any, Any], current: tuple[Any, Any], names: Sequence[str]) -> list[Finding]:
    """Return the pairs that `changed_pairs` does, from what `correlations_of` gave for either side."""
    import numpy as np

    (before, rows_before), (now, rows_now) = reference, current
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(VARIANCE / np.maximum(rows_before - 3, 1) + VARIANCE / np.maximum(rows_now - 3, 1))
        z = np.abs(np.arctanh(before) - np.arctanh(now)) / error
    change = np.abs(now - before)
    enough = np.minimum(rows_before, rows_now) >= FEWEST_ROWS
    found = np.triu(enough & (change >= LEAST_CHANGE) & (z > SURE), k=1)
    order = sorted(zip(*np.nonzero(found), strict=True), key=lambda at: -change[at])
    return [
        Finding(
            "correlation",
            (names[one], names[other]),
            "severe" if change[one, other] >= SEVERE_CHANGE else "warn",
            f"{names[one]} and {names[other]}: rank correlation {before[one, other]:.2f} → {now[one, other]:.2f}",
        )
        for one, other in order[:MOST_SHOWN]
    ]


def even_rows(rows: int, most: int = MOST_ROWS) -> Any:
    """Return the places of at most ``most`` rows, spread over all: one of each step.

    Examples
    --------
    >>> even_rows(3, 4).tolist(), len(even_rows(1000, 100))
    ([0, 1, 2], 100)
    """
    import numpy as np

    if rows <= most:
        return np.arange(rows)
    # by chance within each step: equal steps would meet one sensor, or one hour, of data that come in turns
    places = (np.arange(most) + np.random.default_rng(0).random(most)) * (rows / most)
    return np.minimum(places.astype(np.int64), rows - 1)


def correlations_of(values: Any) -> tuple[Any, Any]:
    """Return the rank correlations of all columns and how many rows each rests on.

    Ranks are those among the values that a column has. With missing values the sums run over the rows that both
    columns have, of ranks about the column's own middle.
    """
    import numpy as np
    from scipy.stats import rankdata

    there = ~np.isnan(values)
    ranks = np.zeros(values.shape)
    for at in range(values.shape[1]):
        some = there[:, at]
        if some.any():
            ranked = rankdata(values[some, at])
            ranks[some, at] = ranked - ranked.mean()
    mask = there.astype(float)
    together = ranks.T @ ranks
    squares = (ranks**2).T @ mask
    with np.errstate(divide="ignore", invalid="ignore"):
        found = together / np.sqrt(squares * squares.T)
    return np.clip(np.nan_to_num(found), -0.999999, 0.999999), mask.T @ mask
