"""What a statistic of two samples offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

Takes = Literal["numbers", "counts"]


@dataclass(frozen=True)
class Measured:
    """How far two samples are apart, and how often chance alone brings as much; None where that is not known."""

    value: float
    p_value: float | None = None


class DriftTest(Protocol):
    """A statistic of two samples.

    One that takes ``numbers`` is given two sorted arrays of floats without missing values, one that takes ``counts``
    two arrays that say how often each category came, in the same order. Both samples have rows.
    """

    name: ClassVar[str]
    takes: ClassVar[Takes]

    def measure(self, reference: Any, current: Any) -> Measured:
        """Return how far the samples are apart."""
