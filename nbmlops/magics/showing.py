"""How a notebook shows the records that the Python API gives: as their views, which the records themselves know not.

Records stand below every screen, so the shell is told which view is whose, by the name of the type; nothing of it is
imported before such a record is the last line of a cell.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops.display.view import View

VIEWS = {
    "nbmlops.measures.drift.records.Drift": "drift_view:DriftView",
    "nbmlops.measures.drift.behind.DriftRows": "drift_rows_view:DriftRowsView",
    "nbmlops.measures.drift.changes.Changes": "changes_view:ChangesView",
    "nbmlops.measures.threats.finding.Threats": "threats_view:ThreatsView",
    "nbmlops.measures.fairness.records.Fairness": "fairness_view:FairnessView",
    "nbmlops.measures.performance.asking.PerformanceReport": "performance_view:PerformanceView",
    "nbmlops.measures.explaining.records.Explanation": "explain_view:ExplainView",
    "nbmlops.monitoring.records.Monitor": "monitor_views:monitor_view",
    "nbmlops.monitoring.records.Check": "monitor_views:look_view",
    "nbmlops.monitoring.records.Alert": "monitor_views:alert_view",
    "nbmlops.monitoring.self_test.SelfTest": "monitor_views:SelfTestView",
    "nbmlops.monitoring.cards.ModelCard": "model_card:ModelCardView",
}
"""The view of each type, or the function that makes it, in `nbmlops.display`."""


def register_views(shell: Any) -> None:
    """Let a shell show records as their views."""
    for kind, view in VIEWS.items():
        module, _, name = kind.rpartition(".")
        _formatter(shell).for_type_by_name(module, name, _shown_as(view))


def unregister_views(shell: Any) -> None:
    """Let a shell show records by their own words again."""
    for kind in VIEWS:
        _formatter(shell).pop(kind, None)


def _formatter(shell: Any) -> Any:
    return shell.display_formatter.mimebundle_formatter


def _shown_as(view: str) -> Callable[[Any], dict[str, str]]:
    def bundle(record: Any) -> dict[str, str]:
        module, _, name = view.partition(":")
        shown: View = getattr(importlib.import_module(f"nbmlops.display.{module}"), name)(record)
        return shown._repr_mimebundle_()

    return bundle
