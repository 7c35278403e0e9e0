"""The population stability index over the tenths of the reference."""

from __future__ import annotations

from typing import Any, ClassVar

from nbmlops.measures.drift.tests._protocol import Measured, Takes

BINS = 10
SMALLEST = 1e-4
"""What an empty bin counts for; without it the index would be infinite."""


class PopulationStability:
    """Σ (c − r) ln(c / r) over ten bins, at the tenths of the reference, where r and c are the shares of the samples.

    Customary words for it: below 0.1 little, above 0.25 much (Siddiqi, 2006). It grows with noise in small samples,
    which is why it is shown and decides nothing.

    Examples
    --------
    >>> import numpy as np
    >>> sample = np.arange(1000.0)
    >>> PopulationStability().measure(sample, sample).value
    0.0
    """

    name: ClassVar[str] = "psi"
    takes: ClassVar[Takes] = "numbers"

    def measure(self, reference: Any, current: Any) -> Measured:
        """Return the index."""
        import numpy as np

        tenths = np.arange(1, BINS) / BINS
        edges = np.unique(reference[(tenths * len(reference)).astype(int)])
        shares = [
            np.maximum(np.diff(np.searchsorted(sample, edges), prepend=0, append=len(sample)) / len(sample), SMALLEST)
            for sample in (reference, current)
        ]
        return Measured(float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum()))
