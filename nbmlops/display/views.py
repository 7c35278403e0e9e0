"""Every view, by one name each: what magics and commands give back."""

from __future__ import annotations

from nbmlops.display.comparison import ComparisonView
from nbmlops.display.dataset_views import DatasetDiffView, DatasetSaved, DatasetTable, DatasetView
from nbmlops.display.event_views import EventTable
from nbmlops.display.feature_views import FeatureTable, FeatureViewShown, TrainingSetView
from nbmlops.display.firing_views import FiringTable
from nbmlops.display.messages import Checks, Message
from nbmlops.display.model_views import ModelTable, ModelView
from nbmlops.display.run_table import RunTable
from nbmlops.display.run_view import RunView
from nbmlops.display.schedule_views import ScheduleTable
from nbmlops.display.summary import DemoSummary

__all__ = [
    "Checks",
    "ComparisonView",
    "DatasetDiffView",
    "DatasetSaved",
    "DatasetTable",
    "DatasetView",
    "DemoSummary",
    "EventTable",
    "FeatureTable",
    "FeatureViewShown",
    "FiringTable",
    "Message",
    "ModelTable",
    "ModelView",
    "RunTable",
    "RunView",
    "ScheduleTable",
    "TrainingSetView",
]
