"""Where the mean of a column has changed, row after row: a stream test notices, and the rows say where it was."""

from __future__ import annotations

import itertools
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.measures.drift.chance import FEWEST_ROWS, SURE
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.drift.streams import Adwin, PageHinkley
from nbmlops.measures.drift.written import written
from nbmlops.records import json_value

if TYPE_CHECKING:
    from nbmlops.measures.drift.streams import StreamTest

Method = Literal["adwin", "page-hinkley"]

METHODS: tuple[str, ...] = get_args(Method)
MOST_STEPS = 100_000
"""Of longer streams the means of as many rows are taken as one value."""
DELTA = 1e-4
SLACK, THRESHOLD = 0.25, 25.0
"""Of Page and Hinkley's test, in standard deviations."""
OUTER = 0.01
FEWEST_BEYOND = 10
"""Rows of a new level below which it is none."""


@dataclass(frozen=True)
class Change:
    """A change of the mean: the first row of the new level, its time, the row at which it was noticed, both means."""

    row: int
    time: str | None
    noticed: int
    before: float
    after: float


@dataclass(frozen=True)
class Changes:
    """The changes of a column, the first first; ``rows`` is how many had a value, and a time where one was named."""

    column: str
    method: Method
    rows: int
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        told = [
            f"row {one.row:,}{f' ({one.time})' if one.time else ''}: mean {written(one.before)} → {written(one.after)}"
            for one in self.changes
        ]
        return "\n".join(told or [f"{self.column}: no change in {self.rows:,} rows"])

    def __repr__(self) -> str:
        return f"<changes of {self.column}: {len(self.changes)} in {self.rows:,} rows>"

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops changes --json``."""
        result: dict[str, Any] = json_value({**asdict(self), "changes": [asdict(one) for one in self.changes]})
        return result


def changes_in(frame: Any, column: str, *, time: str | None = None, method: Method = "adwin") -> Changes:
    """Return where the mean of a column has changed; see `nbmlops.changes`.

    Examples
    --------
    >>> import random
    >>> source = random.Random(0)
    >>> frame = {"x": [source.gauss(0, 1) for _ in range(2000)] + [source.gauss(1, 1) for _ in range(1000)]}
    >>> [abs(one.row - 2000) < 50 for one in changes_in(frame, "x").changes]
    [True]
    """
    import numpy as np

    if method not in METHODS:
        raise InvalidInput(
            f"{method!r} is no method.", did_you_mean(method, get_args(Method), ", ".join(get_args(Method)))
        )
    columns = Columns(frame)
    for name in (column, *([time] if time else [])):
        if name not in columns.names:
            raise InvalidInput(
                f"there is no column {name!r}.", did_you_mean(name, columns.names, ", ".join(columns.names[:10]))
            )
    if columns.side(column).family not in ("number", "boolean", "empty"):
        raise InvalidInput(f"{column!r} holds no numbers, so it has no mean.", "Name a column of numbers.")
    values = columns.matrix([column], np.arange(columns.rows), {})[:, 0]
    moments = None if time is None else columns.seconds(time)
    rows = np.flatnonzero(np.isfinite(values) & (True if moments is None else np.isfinite(moments)))
    if moments is not None:
        rows = rows[np.argsort(moments[rows], kind="stable")]
    stream = values[rows]
    size = max(1, math.ceil(len(stream) / MOST_STEPS))
    steps = stream[: len(stream) // size * size].reshape(-1, size).mean(axis=1)
    found = _levels(steps, method)
    edges = [0, *(at * size for at, _ in found), len(stream)]
    means = [float(stream[low:high].mean()) for low, high in itertools.pairwise(edges) if high > low]
    return Changes(
        column,
        method,
        len(stream),
        tuple(
            Change(
                int(rows[at * size]),
                None if moments is None else _written(moments[rows[at * size]]),
                int(rows[min(noticed * size, len(rows) - 1)]),
                means[place],
                means[place + 1],
            )
            for place, (at, noticed) in enumerate(found)
        ),
    )


def _levels(values: Any, method: Method) -> list[tuple[int, int]]:
    """Return where each new level begins, and where that was noticed.

    The tests notice late, and a window that lets go of old values notices twice. So the rows since the last change are
    split where the two parts differ most, and it counts where they do by more than chance brings.
    """
    import numpy as np

    if len(values) < 2 * FEWEST_ROWS:
        return []
    # neighbours are of one level: their differences say how far values spread, whatever the levels
    usual = 1.4826 * float(np.median(np.abs(np.diff(values)))) / math.sqrt(2)
    low, high = np.quantile(values, [OUTER, 1 - OUTER])
    # what lies far out may have no more say than others: a mean of heavy tails changes by itself
    values = values.clip(low - 3 * usual, high + 3 * usual)
    spread = max(usual, float(np.diff(values).std()) / math.sqrt(2))
    if not spread > 0:
        return []
    drawn_in = (values - float(np.median(values))) / spread
    test: StreamTest = Adwin(delta=DELTA) if method == "adwin" else PageHinkley(slack=SLACK, threshold=THRESHOLD)
    found: list[tuple[int, int]] = []
    start = 0
    for at, value in enumerate(drawn_in.tolist()):
        if test.update(value):
            split = _split(drawn_in[start : at + 1])
            if split is not None:
                found.append((start + split, at))
                start += split
    return found


def _split(values: Any) -> int | None:
    """Return where two levels part, or None where it is one."""
    import numpy as np

    rows = len(values)
    if rows < 2 * FEWEST_BEYOND:
        return None
    before = np.arange(FEWEST_BEYOND, rows - FEWEST_BEYOND + 1)
    sums = np.cumsum(values)[before - 1]
    apart = np.abs(sums / before - (values.sum() - sums) / (rows - before)) * np.sqrt(before * (rows - before) / rows)
    at = int(before[np.argmax(apart)])
    one, other = values[:at], values[at:]
    variances = [float(part.var(ddof=1)) for part in (one, other)]
    # few rows may look more even than their like
    whole = (variances[0] * (len(one) - 1) + variances[1] * (len(other) - 1)) / (rows - 2)
    error = math.sqrt(sum(max(each, whole) / len(part) for each, part in zip(variances, (one, other), strict=True)))
    return at if abs(float(one.mean() - other.mean())) > SURE * error else None


def _written(seconds: float) -> str:
    import pandas as pd

    return str(pd.Timestamp(round(seconds * 1e6), unit="us").isoformat())
