"""What chance alone brings: the yardsticks by which a difference counts as one."""

from __future__ import annotations

from typing import Any

FALSE_DISCOVERIES = 0.001
"""The share of false ones among what is called drift: Benjamini and Hochberg's q, over all columns and windows."""

SURE = 5.0
"""Standard errors beyond which a difference is none of chance, however many columns or pairs there are."""
FEWEST_ROWS = 30
"""Rows below which a sample says too little."""


def is_discovery(p_values: Any, q: float = FALSE_DISCOVERIES) -> Any:
    """Return which of many p-values are discoveries at a false discovery rate of ``q`` (Benjamini, Hochberg, 1995).

    Examples
    --------
    >>> [bool(one) for one in is_discovery([0.0001, 0.4, 0.03])]
    [True, False, False]
    """
    import numpy as np
    from scipy.stats import false_discovery_control

    given = np.asarray(p_values, float)
    return false_discovery_control(given, method="bh") <= q if len(given) else np.zeros(0, bool)


def z_of_shares(some: int, of: int, others: int, of_others: int) -> float:
    """Return by how many standard errors two shares differ (the two-proportion z-test, pooled).

    Examples
    --------
    >>> round(z_of_shares(60, 100, 40, 100), 3)
    2.828
    """
    if not of or not of_others:
        return 0.0
    pooled = (some + others) / (of + of_others)
    error = (pooled * (1 - pooled) * (1 / of + 1 / of_others)) ** 0.5
    return (some / of - others / of_others) / error if error else 0.0


def all_on_one_side(count: int, its_rows: int, other_rows: int) -> float:
    """Return the chance that ``count`` equal rows all lie on one side, where either side could hold them.

    Examples
    --------
    >>> all_on_one_side(5, 1000, 1000)
    0.03125
    """
    return float((its_rows / (its_rows + other_rows)) ** count)
