"""The scalars that a cell bound: metrics by their name, else values that a replay compares, volatile ones marked."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

from nbmlops.capture.params import MAX_TEXT, as_scalar
from nbmlops.capture.secrets import mask_param
from nbmlops.store.directions import is_metric_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from nbmlops.capture.cells import ExecutedCell


def note_scalars(cell: ExecutedCell, namespace: dict[str, Any]) -> None:
    """Remember the scalars that a cell is going to assign, to see later which it has."""
    cell.scalars_before = {
        name: id(namespace[name]) for name in cell.effects.writes if name in namespace and as_scalar(namespace[name])[0]
    }


def bound_scalars(
    cell: ExecutedCell,
    slice_cells: Iterable[ExecutedCell],
    namespace: dict[str, Any],
    named: Collection[str] = (),
) -> tuple[dict[str, float], dict[str, dict[str, Any]]]:
    """Return the metrics and the other values among the scalars that a cell bound.

    Parameters
    ----------
    cell : ExecutedCell
        The cell, after it ran.
    slice_cells : iterable of ExecutedCell
        Its slice: volatility is followed through all of it.
    namespace : dict
        The notebook's globals.
    named : collection of str
        Names that the user calls metrics.

    Examples
    --------
    >>> from nbmlops.capture.cells import ExecutedCell
    >>> cell = ExecutedCell("", "import time\\nauc = f()\\nrows = g()\\nstart = time.time()")
    >>> metrics, values = bound_scalars(cell, [cell], {"auc": 0.8, "rows": 336776, "start": 1.5})
    >>> metrics, values["rows"], values["start"]["volatile"]
    ({'auc': 0.8}, {'value': 336776}, True)
    """
    volatile = {name for one in slice_cells for name in one.effects.volatile}
    temporary = os.path.join(tempfile.gettempdir(), "")  # noqa: PTH118 - with the separator at its end
    metrics: dict[str, float] = {}
    values: dict[str, dict[str, Any]] = {}
    for name in sorted(cell.effects.writes):
        if name.startswith("_") or name not in namespace:
            continue
        found, value = as_scalar(namespace[name])
        if not found or value is None:
            continue
        is_sure = name in cell.effects.surely and not cell.failed
        if not is_sure and cell.scalars_before.get(name) == id(namespace[name]):
            continue  # the cell may not have come to the assignment: the value is an older cell's
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # a whole number that was typed in is a setting (precision = 2), whatever its name
        typed_in = isinstance(value, int) and name in dict(cell.effects.literals)
        by_name = is_metric_name(name) and name not in volatile and not typed_in
        if is_number and (name in named or by_name):
            metrics[name] = float(value)
            continue
        is_volatile = name in volatile or (isinstance(value, str) and value.startswith(temporary))
        if isinstance(value, str):
            value = str(mask_param(name, value))[:MAX_TEXT]
        values[name] = {"value": value, **({"volatile": True} if is_volatile else {})}
    return metrics, values
