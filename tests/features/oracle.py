"""What a label sees, told row by row in plain Python: slow, and plain enough to be believed."""

from __future__ import annotations

import math
import statistics
from typing import Any

Row = dict[str, Any]


def known(rows: list[Row], label: Row, keys: list[str], timestamp: str, created: str | None) -> list[Row]:
    """Return the rows of a label's key that had happened and were known at its time."""
    if label[timestamp] is None or any(label[key] is None for key in keys):
        return []
    return [
        row
        for row in rows
        if all(row[key] is not None and row[key] == label[key] for key in keys)
        and row[timestamp] is not None
        and row[timestamp] <= label[timestamp]
        and (created is None or row[created] is None or row[created] <= label[timestamp])
    ]


def newest(rows: list[Row], timestamp: str, created: str | None, features: list[str]) -> Row | None:
    """Return the newest row: by event time, then created, then by its values, of which none is less than any."""

    def rank(value: Any) -> tuple[bool, Any]:
        return (False, 0) if value is None else (True, value)

    def order(row: Row) -> tuple[Any, ...]:
        last = rank(row[created]) if created else ()
        return (row[timestamp], last, *(rank(row[name]) for name in features))

    return max(rows, key=order, default=None)


def seen(
    rows: list[Row],
    labels: list[Row],
    *,
    keys: list[str],
    features: list[str],
    timestamp: str = "t",
    created: str | None = None,
    ttl: int | None = None,
    ticks: int = 1,
) -> tuple[list[Row], list[str]]:
    """Return the features that each label sees, and why there is nothing: ``no_key``, ``too_old`` or empty."""
    found, reasons = [], []
    for label in labels:
        row = newest(known(rows, label, keys, timestamp, created), timestamp, created, features)
        reason = "no_key" if row is None else ""
        if row is not None and ttl is not None and label[timestamp] - row[timestamp] > ttl * ticks:
            row, reason = None, "too_old"
        found.append({name: None if row is None else row[name] for name in features})
        reasons.append(reason)
    return found, reasons


def windowed(
    rows: list[Row], label: Row, function: str, column: str, window: int, *, keys: list[str], created: str | None = None
) -> list[float | None]:
    """Return an aggregate over ``(t - window, t]``; ``last`` gives all values, the newest first."""
    inside = [row for row in known(rows, label, keys, "t", created) if row["t"] > label["t"] - window]
    if function == "count" and not column:
        return [len(inside)]
    values = [row[column] for row in inside if row[column] is not None]
    if function == "last":
        order = sorted(
            (row for row in inside if row[column] is not None),
            key=lambda row: (row["t"], (row[created] is not None, row[created] or 0) if created else 0, row[column]),
            reverse=True,
        )
        return [row[column] for row in order]
    if function == "count":
        return [len(values)]
    if not values:
        return [None]
    plain = {"sum": math.fsum, "mean": statistics.fmean, "min": min, "max": max}
    if function in plain:
        return [plain[function](values)]
    return [statistics.stdev(values) if len(values) > 1 else None]
