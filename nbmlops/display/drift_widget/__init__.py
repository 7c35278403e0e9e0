"""Drift to walk through in a notebook: columns by their weight, both sides of each, and window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.drift_widget.exploring import Explorer
from nbmlops.errors import MissingExtra

if TYPE_CHECKING:
    from nbmlops.display.drift_view import DriftView


def drift_widget(
    view: DriftView, reference: Any, current: Any, *, time: str | None = None, window: str | None = None
) -> Any:
    """Return the widget of a comparison.

    Parameters
    ----------
    view : DriftView
        What was found.
    reference, current : frame
        The two sides.
    time, window : str, optional
        As they were given to the comparison.

    Raises
    ------
    MissingExtra
        anywidget is not installed.
    """
    try:
        from nbmlops.display.drift_widget.widget import DriftWidget
    except ImportError:
        raise MissingExtra("the widget needs anywidget.", "pip install anywidget") from None
    return DriftWidget(view, Explorer(view.drift, reference, current, time, window))
