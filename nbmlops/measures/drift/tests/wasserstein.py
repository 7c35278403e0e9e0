"""The Wasserstein distance: how far values would have to be carried, in units of the column."""

from __future__ import annotations

from typing import Any, ClassVar

from nbmlops.measures.drift.tests._protocol import Measured, Takes


class Wasserstein:
    """The first Wasserstein distance of two samples, in the column's own units; that of ``scipy.stats``.

    Examples
    --------
    >>> import numpy as np
    >>> Wasserstein().measure(np.array([0.0, 1.0, 3.0]), np.array([5.0, 6.0, 8.0])).value
    5.0
    """

    name: ClassVar[str] = "wasserstein"
    takes: ClassVar[Takes] = "numbers"

    def measure(self, reference: Any, current: Any) -> Measured:
        """Return the distance; not a number where a value is infinite."""
        import numpy as np

        if not np.isfinite([reference[0], reference[-1], current[0], current[-1]]).all():
            return Measured(float("nan"))
        if len(reference) == len(current):  # quantile by quantile; both are sorted
            return Measured(float(np.abs(reference - current).mean()))
        # the area between the two distribution functions; SciPy's own sorts what is sorted already
        every = np.sort(np.concatenate([reference, current]), kind="stable")
        shares = (np.searchsorted(side, every[:-1], side="right") / len(side) for side in (reference, current))
        apart = np.abs(np.subtract(*shares))
        return Measured(float((apart * np.diff(every)).sum()))
