"""The Jensen–Shannon distance of two samples of categories."""

from __future__ import annotations

from typing import Any, ClassVar

from nbmlops.measures.drift.tests._protocol import Measured, Takes


class JensenShannon:
    """The root of the Jensen–Shannon divergence in nats, from 0 to √ln 2 ≈ 0.83, as ``scipy.spatial`` has it.

    Examples
    --------
    >>> import numpy as np
    >>> round(JensenShannon().measure(np.array([30, 70]), np.array([50, 50])).value, 4)
    0.1449
    """

    name: ClassVar[str] = "jensen_shannon"
    takes: ClassVar[Takes] = "counts"

    def measure(self, reference: Any, current: Any) -> Measured:
        """Return the distance."""
        from scipy.spatial.distance import jensenshannon

        return Measured(float(jensenshannon(reference, current)))
