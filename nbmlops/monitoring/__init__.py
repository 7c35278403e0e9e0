"""Monitors: they compare current data with a reference, again and again, and raise alerts."""

from nbmlops.monitoring.monitors import Monitors
from nbmlops.monitoring.records import Alert, Check, Monitor

__all__ = ["Alert", "Check", "Monitor", "Monitors"]
