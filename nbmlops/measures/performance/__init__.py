"""How well a model does: where the truth is known, where it is worst, and what can be told without any truth."""

from __future__ import annotations

from nbmlops.measures.performance.conditions import Condition
from nbmlops.measures.performance.estimating import Estimate, estimate_performance
from nbmlops.measures.performance.measuring import performance_of
from nbmlops.measures.performance.records import Part, Performance, Score
from nbmlops.measures.performance.worst import Slice, WorstSlices, worst_slices

__all__ = [
    "Condition",
    "Estimate",
    "Part",
    "Performance",
    "Score",
    "Slice",
    "WorstSlices",
    "estimate_performance",
    "performance_of",
    "worst_slices",
]
