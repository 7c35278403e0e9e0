"""The two-sample test of Kolmogorov and Smirnov: the largest distance between two distribution functions."""

from __future__ import annotations

from typing import Any, ClassVar

from nbmlops.measures.drift.tests._protocol import Measured, Takes


class KolmogorovSmirnov:
    """The largest distance D between the distribution functions of two samples, from 0 to 1.

    Both values are those of ``scipy.stats.ks_2samp(…, method="asymp")``: the p-value is that of the one-sample
    distribution at the effective size n₁n₂/(n₁+n₂) (Hodges, 1958). With ties it is too large, never too small.

    Examples
    --------
    >>> import numpy as np
    >>> KolmogorovSmirnov().measure(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 4.0, 5.0, 6.0])).value
    0.5
    """

    name: ClassVar[str] = "ks"
    takes: ClassVar[Takes] = "numbers"

    def measure(self, reference: Any, current: Any) -> Measured:
        """Return D and its p-value."""
        import numpy as np
        from scipy.stats import kstwo

        distance = largest_distance(reference, current)
        size = len(reference) * len(current) / (len(reference) + len(current))
        return Measured(distance, float(np.clip(kstwo.sf(distance, max(np.round(size), 1)), 0, 1)))


def largest_distance(one: Any, other: Any) -> float:
    """Return D, the largest distance between the distribution functions of two samples.

    Parameters
    ----------
    one, other : array
        Numbers in order, at least one on each side.

    Examples
    --------
    >>> import numpy as np
    >>> largest_distance(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    0.5
    """
    import numpy as np

    few, many = sorted((one, other), key=len)
    # between two neighbours of one sample its function is level and the other one only grows, so the largest
    # distances lie at the values of the shorter sample and right before them; ties make them smaller, not larger
    steps = np.arange(len(few) + 1) / len(few)
    at = np.searchsorted(many, few, side="right") / len(many)
    before = np.searchsorted(many, few, side="left") / len(many)
    return float(max((steps[1:] - at).max(), (before - steps[:-1]).max(), 0.0))
