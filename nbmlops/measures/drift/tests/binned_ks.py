"""The Kolmogorov–Smirnov distance at the points of a profile, where its distribution function is known."""

from __future__ import annotations

from typing import Any, ClassVar

from nbmlops.measures.drift.tests._protocol import Measured, Takes


class BinnedKolmogorovSmirnov:
    """The largest distance between two distribution functions at the values that the reference has.

    Between the points of a profile its distribution function is not known. The largest distance at the points is no
    larger than the largest of all, so its p-value, that of Kolmogorov and Smirnov's distribution, errs on the side of
    no alarm; by how much, `false_alarms` of a monitor measures.

    Examples
    --------
    >>> import numpy as np
    >>> BinnedKolmogorovSmirnov().measure(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0.0, 0.5, 2.0, 9.0])).value
    0.25
    """

    name: ClassVar[str] = "binned_ks"
    takes: ClassVar[Takes] = "numbers"

    def measure(self, reference: Any, current: Any) -> Measured:
        """Return the distance and its p-value."""
        import numpy as np
        from scipy.stats import kstwo

        points = np.unique(reference)
        shares = [np.searchsorted(side, points, side="right") / len(side) for side in (reference, current)]
        distance = float(np.abs(shares[0] - shares[1]).max())
        size = len(reference) * len(current) / (len(reference) + len(current))
        return Measured(distance, float(np.clip(kstwo.sf(distance, max(np.round(size), 1)), 0, 1)))
