"""What a model looks at: importances, how its answer depends on a column, and whether it still looks at the same."""

from __future__ import annotations

from nbmlops.measures.explaining.explaining import explain_model
from nbmlops.measures.explaining.records import AttributionDrift, Dependence, Explained, Explanation, Importance, Rank
from nbmlops.measures.explaining.weights import weights_of

__all__ = [
    "AttributionDrift",
    "Dependence",
    "Explained",
    "Explanation",
    "Importance",
    "Rank",
    "explain_model",
    "weights_of",
]
