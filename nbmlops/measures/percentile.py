"""Percentiles by nearest rank: one of the values, so that a few times are not made into one that nothing took."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def percentile(values: Iterable[float], share: int) -> float:
    """Return the value below which a share of the values lies, of at least one.

    Parameters
    ----------
    values : iterable of float
        The values; one at least.
    share : int
        How many of a hundred.

    Examples
    --------
    >>> percentile([1.0, 2.0, 3.0, 4.0], 50), percentile([1.0], 95)
    (2.0, 1.0)
    """
    found = sorted(values)
    return found[max(0, -(-len(found) * share // 100) - 1)]
