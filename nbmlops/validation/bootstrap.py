"""The paired bootstrap: how sure the difference of two models is, from the same rows drawn again and again.

Rows are drawn with replacement, and both models are judged on the same draw: what is hard in a draw is hard for both.
The interval is that of percentiles (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3). Draws
are kept as how often each row is in them, so that a metric is computed for many draws at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ELEMENTS = 4_000_000
"""So many numbers are held at once at most."""


def draws(strata: Any, repeats: int, seed: int) -> Iterator[Any]:
    """Yield arrays of how often each row is drawn, a row for each draw; some draws at a time.

    Parameters
    ----------
    strata : array of int
        The group of each row: from each group as many rows are drawn as it has. All alike: from all rows.
    repeats : int
        How many draws.
    seed : int
        Gives the same draws again.

    Examples
    --------
    >>> import numpy as np
    >>> [found] = draws(np.array([0, 0, 0, 1]), 5, seed=0)
    >>> found.sum(axis=1).tolist(), found[:, 3].tolist()
    ([4, 4, 4, 4, 4], [1, 1, 1, 1, 1])
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    rows = len(strata)
    groups = [np.flatnonzero(strata == group) for group in np.unique(strata)]
    at_once = max(1, ELEMENTS // max(1, rows))
    for start in range(0, repeats, at_once):
        many = min(at_once, repeats - start)
        counts = np.zeros((many, rows), dtype=np.int64)
        for group in groups:
            size = len(group)
            drawn = rng.integers(0, size, (many, size)) + np.arange(many)[:, None] * size
            counts[:, group] = np.bincount(drawn.ravel(), minlength=many * size).reshape(many, size)
        yield counts


def interval(values: Any, confidence: float) -> tuple[float, float]:
    """Return the percentiles that leave half of what is not ``confidence`` on either side.

    Examples
    --------
    >>> [round(end, 6) for end in interval(range(101), 0.9)]
    [5.0, 95.0]
    """
    import numpy as np

    rest = (1 - confidence) / 2
    low, high = np.quantile(np.asarray(list(values), dtype=float), [rest, 1 - rest])
    return float(low), float(high)
