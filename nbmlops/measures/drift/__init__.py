"""Drift: whether current data are distributed as the reference was, column by column and together."""

from nbmlops.measures.drift.comparing import drift_between
from nbmlops.measures.drift.records import ColumnDrift, Drift, Finding

__all__ = ["ColumnDrift", "Drift", "Finding", "drift_between"]
