"""Whether a model treats groups alike: rates of groups and of their intersections, and how far they are apart."""

from __future__ import annotations

from nbmlops.measures.fairness.measuring import fairness_of
from nbmlops.measures.fairness.records import Fairness, Gap, Group, Grouping, GroupMetric

__all__ = ["Fairness", "Gap", "Group", "GroupMetric", "Grouping", "fairness_of"]
