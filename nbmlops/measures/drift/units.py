"""Whether values look like those of the reference in another unit: metres for centimetres, miles, Fahrenheit.

It is asked only of what is a finding already, and finds nothing itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.tests.ks import largest_distance

if TYPE_CHECKING:
    from collections.abc import Callable

FEWEST = 4
"""Values below which any factor may fit."""
MOST = 4_000
"""Values that are looked at, evenly in their order."""
ALIKE = 1.36
"""Of Kolmogorov and Smirnov's D: beyond it one of twenty samples of one kind lies."""
ROUNDING = 0.02
"""What rounding, and the points of a profile, add to it."""


OUTER = 0.01
"""The share of values that may lie among those of another unit, at either end."""
NARROW, WIDE = 1.08, 1.3
"""By how much a factor has to be told from others: data grow by half or twice, and hardly tenfold."""


@dataclass(frozen=True)
class Unit:
    """What values of the reference become: so many times and more. ``step`` is by how much others are told from it."""

    words: str
    times: float
    more: float = 0.0
    step: float = NARROW

    def of(self, values: Any) -> Any:
        """Return values in this unit."""
        return values * self.times + self.more


_FACTORS = (10.0, 100.0, 1000.0, 1e6, 1.609344, 2.54, 3.28084, 2.204623, 60.0, 3600.0)
UNITS = (
    *(
        Unit(f"× {factor:.4g}" if factor < 1e6 else "× 1,000,000", factor, step=WIDE if one >= 10 else NARROW)
        for one in _FACTORS
        for factor in (one, 1 / one)
    ),
    Unit("°C → °F", 1.8, 32.0),
    Unit("°F → °C", 1 / 1.8, -32 / 1.8),
)
"""Decimal units; miles, inches, feet, pounds, minutes and hours; temperatures."""


def unit_of(known: Any, values: Any) -> str:
    """Return how values look like those of the reference in another unit; empty where they do not.

    They do where they are distributed as the reference's are in that unit, and not as they would be in one nearby.
    Where the two units are far apart those on the other's side are looked at: they may be a share of the rows.

    Parameters
    ----------
    known, values : array
        Numbers of the reference and others, in order.

    Examples
    --------
    >>> import numpy as np
    >>> heights = np.sort(np.random.default_rng(0).normal(170, 10, 2000))
    >>> some = np.sort(np.where(np.arange(2000) % 5, heights, heights / 2.54))
    >>> unit_of(heights, heights[::2] / 100), unit_of(heights, heights + 80), unit_of(heights, some)
    ('as if in another unit (× 0.01)', '', 'as if in another unit (× 0.3937)')
    """
    import numpy as np

    known, values = (_some(side[np.isfinite(side)]) for side in (known, values))
    if min(len(known), len(values)) < FEWEST or known[0] == known[-1]:
        return ""
    best, words = 1.0, ""
    for unit in UNITS:
        expected = unit.of(known)
        side = _side_of(known, expected)
        there = values if side is None else values[side(values)]
        if len(there) < FEWEST:
            continue
        apart, *nearby = (_apart(expected * near, there, side) for near in (1.0, unit.step, 1 / unit.step))
        if apart < best and min(nearby) >= 1.0:
            best, words = apart, f"as if in another unit ({unit.words})"
    return words


def _side_of(known: Any, expected: Any) -> Callable[[Any], Any] | None:
    """Return what tells values in one unit from those in another; None where they lie among each other."""
    ends = [[float(side[int(at * (len(side) - 1))]) for at in (OUTER, 1 - OUTER)] for side in (known, expected)]
    if ends[0][1] < ends[1][0]:
        return lambda values: values > (ends[0][1] + ends[1][0]) / 2
    if ends[1][1] < ends[0][0]:
        return lambda values: values < (ends[1][1] + ends[0][0]) / 2
    return None


def _apart(expected: Any, values: Any, side: Callable[[Any], Any] | None) -> float:
    """Return how far values are from those expected: D by what is alike, so that below one they are."""
    expected = expected if side is None else expected[side(expected)]
    if not len(expected):
        return math.inf
    alike = ALIKE * math.sqrt(1 / len(expected) + 1 / len(values)) + ROUNDING
    return largest_distance(expected, values) / alike


def _some(ordered: Any) -> Any:
    import numpy as np

    if len(ordered) <= MOST:
        return ordered
    return ordered[np.linspace(0, len(ordered) - 1, MOST).astype(int)]
