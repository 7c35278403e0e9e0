"""The χ² test of a contingency table: whether two samples draw categories alike."""

from __future__ import annotations

from typing import Any, ClassVar

from nbmlops.measures.drift.tests._protocol import Measured, Takes

FEWEST_EXPECTED = 5.0


class ChiSquared:
    """χ² of the table of two samples by categories; both are drawn, neither is taken for the truth.

    Categories that either sample would hold fewer than five times are taken together (Cochran, 1954), then the values
    are those of ``scipy.stats.chi2_contingency(table, correction=False)``.

    Examples
    --------
    >>> import numpy as np
    >>> found = ChiSquared().measure(np.array([30, 70]), np.array([50, 50]))
    >>> round(found.value, 2), round(found.p_value, 4)
    (8.33, 0.0039)
    """

    name: ClassVar[str] = "chi_squared"
    takes: ClassVar[Takes] = "counts"

    def measure(self, reference: Any, current: Any) -> Measured:
        """Return χ² and its p-value."""
        import numpy as np
        from scipy.stats import chi2

        table = np.array([reference, current], float)
        table = table[:, table.sum(axis=0) > 0]
        share = table.sum(axis=1).min() / table.sum()
        rare = table.sum(axis=0) * share < FEWEST_EXPECTED
        if rare.any():
            rest = table[:, rare].sum(axis=1, keepdims=True)
            table = np.hstack([table[:, ~rare], rest])
            if rest.sum() * share < FEWEST_EXPECTED and table.shape[1] > 2:
                # the rest is still too small: it goes to the smallest of the others
                order = np.argsort(table[:, :-1].sum(axis=0))
                table[:, order[0]] += table[:, -1]
                table = table[:, :-1]
        if table.shape[1] < 2:
            return Measured(0.0, 1.0)
        expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
        value = float(((table - expected) ** 2 / expected).sum())
        return Measured(value, float(chi2.sf(value, table.shape[1] - 1)))
