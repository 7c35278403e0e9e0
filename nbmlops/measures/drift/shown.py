"""Statistics that are shown beside those that decide: all that are installed, ours and those of other packages."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

from nbmlops import plugins

if TYPE_CHECKING:
    from nbmlops.measures.drift.tests._protocol import DriftTest, Takes

GROUP = "drift_tests"
DECIDE = ("ks", "binned_ks", "chi_squared", "jensen_shannon")


def shown_beside(takes: Takes, reference: Any, current: Any) -> dict[str, float]:
    """Return by name what the installed statistics that decide nothing say of two samples.

    One that fails, or has no number to say, is left out: it must not cost the comparison.

    Examples
    --------
    >>> import numpy as np
    >>> sorted(shown_beside("numbers", np.arange(100.0), np.arange(100.0) + 1))
    ['psi', 'wasserstein']
    """
    found = {}
    for test in _installed():
        if test.takes == takes and test.name not in DECIDE:
            try:
                value = float(test.measure(reference, current).value)
            except Exception:  # noqa: BLE001, S112 - of another package
                continue
            if math.isfinite(value):
                found[test.name] = value
    return found


@functools.cache
def _installed() -> tuple[DriftTest, ...]:
    tests = []
    for name in plugins.names(GROUP):
        try:
            tests.append(plugins.get(GROUP, name)())
        except Exception:  # noqa: BLE001, S112 - of another package
            continue
    return tuple(tests)
