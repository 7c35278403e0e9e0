"""What is kept of data so that later data can be compared with them: quantiles, counts, rank correlations; no rows."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.drift.joint import correlations_of, even_rows
from nbmlops.measures.drift.sides import REST, Counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbmlops.measures.drift.sides import Family, Side

EDGES = 64
TAIL = 10
"""The outermost values on either end, kept one by one: they say how heavy the tails are."""
MOST_LABELS = 200
OFTEN = 20
"""Of more labels those are kept that came so often: the choice of rarer ones would be chance, and favour this side."""
MOST_CORRELATED = 60
MOST_ROWS = 10_000


@dataclass(frozen=True)
class ColumnProfile:
    """What is kept of one column.

    Of numbers ``points``, and how many rows lie on each or between it and the one before; of others ``labels``, and
    how many rows hold each, the rest as the last where there are too many.
    """

    family: Family
    rows: int
    missing: int
    points: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    is_declared: bool = False
    is_increasing: bool = False
    are_dates: bool = False


@dataclass(frozen=True)
class Profile:
    """A profile of a frame; ``basis`` is how many of its ``rows`` it rests on."""

    rows: int
    basis: int
    columns: dict[str, ColumnProfile]
    correlated: tuple[str, ...] = ()
    correlations: tuple[tuple[float, ...], ...] = field(default=())
    target: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON holds it, which knows no infinite number: these are words."""
        columns = {
            name: {**asdict(one), "points": [each if math.isfinite(each) else str(each) for each in one.points]}
            for name, one in self.columns.items()
        }
        return {**asdict(self), "columns": columns}

    @staticmethod
    def from_json(record: Mapping[str, Any]) -> Profile:
        """Return the profile that `to_json` wrote."""
        columns = {
            name: ColumnProfile(
                **{
                    **one,
                    "points": tuple(float(each) for each in one["points"]),
                    "labels": tuple(one["labels"]),
                    "counts": tuple(one["counts"]),
                }
            )
            for name, one in record["columns"].items()
        }
        pairs = {
            "correlated": tuple(record["correlated"]),
            "correlations": tuple(tuple(row) for row in record["correlations"]),
        }
        return Profile(**{**record, "columns": columns, **pairs})


def profile_of(frame: Any, *, target: str | None = None, most_rows: int = MOST_ROWS) -> Profile:
    """Return the profile of a frame, from evenly spaced rows where it has many.

    Parameters
    ----------
    frame : frame
        Of pandas, polars or Arrow; or a dictionary of sequences.
    target : str, optional
        The column that is to be predicted.
    most_rows : int
        How many rows it rests on at most.

    Examples
    --------
    >>> profile = profile_of({"month": [1, 1, 2, 3], "origin": ["EWR", "JFK", None, "EWR"]})
    >>> profile.columns["month"].points, profile.columns["month"].counts
    ((1.0, 2.0, 3.0), (2, 1, 1))
    >>> profile.columns["origin"].labels, profile.columns["origin"].missing
    (('EWR', 'JFK'), 1)
    """
    all_rows = len(frame) if hasattr(frame, "iloc") else None
    if all_rows is not None and all_rows > most_rows:  # before the columns are converted, which costs the most
        frame = frame.iloc[even_rows(all_rows, most_rows)]
    columns = Columns(frame)
    rows = even_rows(columns.rows, most_rows)
    chosen = None if len(rows) == columns.rows else rows
    sides = {name: columns.side(name, chosen) for name in columns.names}
    found = {name: _column(side) for name, side in sides.items()}
    ordered = [name for name, one in found.items() if (one.points or one.family == "boolean") and name != target]
    numeric = ordered[:MOST_CORRELATED]
    correlations: Sequence[Sequence[float]] = ()
    if numeric:
        matrix, _ = correlations_of(columns.matrix(numeric, rows, {}))
        correlations = [[round(float(one), 3) for one in row[: at + 1]] for at, row in enumerate(matrix)]
    return Profile(columns.rows, len(rows), found, tuple(numeric), tuple(tuple(row) for row in correlations), target)


def merged(first: Profile, second: Profile) -> Profile:
    """Return the profile of the rows of both; of numbers as near as their points are.

    Examples
    --------
    >>> both = merged(profile_of({"a": [1, 2]}), profile_of({"a": [2, 3]}))
    >>> both.rows, both.columns["a"].points, both.columns["a"].counts
    (4, (1.0, 2.0, 3.0), (1, 2, 1))
    """
    columns = {name: _both(one, second.columns[name]) for name, one in first.columns.items() if name in second.columns}
    correlated = tuple(name for name in first.correlated if name in second.correlated)
    return Profile(
        first.rows + second.rows,
        first.basis + second.basis,
        columns,
        correlated,
        _mean_correlations(first, second, correlated),
        first.target,
    )


def _column(side: Side) -> ColumnProfile:
    import numpy as np

    facts: dict[str, Any] = {
        "family": side.family,
        "rows": side.rows,
        "missing": side.missing,
        "is_declared": side.is_declared,
        "are_dates": side.are_dates(),
    }
    if side.family == "number" and not side.is_declared:
        ordered = side.numbers()
        points, counts = _points(ordered, np.ones(len(ordered), np.int64))
        return ColumnProfile(**facts, points=points, counts=counts, is_increasing=side.is_increasing())
    if side.family in ("empty", "time"):
        return ColumnProfile(**facts)
    found = side.counts()
    return ColumnProfile(**facts, **_labels(found.labels.to_pylist(), np.asarray(found.numbers)))


def _points(ordered: Any, weights: Any) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return points and the weight that lies between each and the one before, itself included."""
    import numpy as np

    values, at = np.unique(ordered, return_inverse=True)
    weight = np.bincount(at, weights, minlength=len(values))
    if len(values) > EDGES + 2 * TAIL:
        until = np.cumsum(weight)
        edges = np.searchsorted(until, until[-1] * np.arange(1, EDGES + 1) / EDGES)
        ends = [np.arange(TAIL), np.arange(len(values) - TAIL, len(values))]
        kept = np.unique(np.clip(np.concatenate([edges, *ends]), 0, len(values) - 1))
        values, weight = values[kept], np.diff(until[kept], prepend=0)
    return _written(values.tolist()), tuple(round(float(one)) for one in weight)


def _written(values: list[float]) -> tuple[float, ...]:
    """Return numbers in order with as few digits as keep them apart, and near where they are.

    Examples
    --------
    >>> _written([0.1234567891, 0.5])
    (0.12345679, 0.5)
    >>> _written([1e9 + 1, 1e9 + 2])
    (1000000001.0, 1000000002.0)
    """
    gaps = [high - low for low, high in pairwise(values)]
    room = [min(left, right) / 100 for left, right in zip([math.inf, *gaps], [*gaps, math.inf], strict=True)]
    for digits in (8, 12):
        found = [float(f"{one:.{digits}g}") for one in values]
        if all(near == one or abs(near - one) <= most for near, one, most in zip(found, values, room, strict=True)):
            return tuple(found)
    return tuple(float(one) for one in values)


def _labels(labels: list[str], numbers: Any) -> dict[str, Any]:
    order = sorted(range(len(labels)), key=lambda at: (-numbers[at], labels[at]))
    most = len(order) if len(order) <= MOST_LABELS else min(MOST_LABELS, int((numbers >= OFTEN).sum()))
    kept, rest = order[:most], order[most:]
    more = [sum(int(numbers[at]) for at in rest)] if rest else []
    return {
        "labels": tuple([labels[at] for at in kept] + [REST] * len(more)),
        "counts": tuple([int(numbers[at]) for at in kept] + more),
    }


def _both(one: ColumnProfile, other: ColumnProfile) -> ColumnProfile:
    import numpy as np

    facts: dict[str, Any] = {
        "family": other.family if one.family == "empty" else one.family,
        "rows": one.rows + other.rows,
        "missing": one.missing + other.missing,
        "is_declared": one.is_declared,
        "is_increasing": False,
        "are_dates": one.are_dates,
    }
    if one.points or other.points:
        points, counts = _points(np.array([*one.points, *other.points]), np.array([*one.counts, *other.counts]))
        return ColumnProfile(**facts, points=points, counts=counts)
    labels = dict(zip(one.labels, one.counts, strict=True))
    for label, count in zip(other.labels, other.counts, strict=True):
        labels[label] = labels.get(label, 0) + count
    rest = labels.pop(REST, 0)
    found = _labels(list(labels), np.array(list(labels.values())))
    if rest and found["labels"][-1:] != (REST,):
        found = {"labels": (*found["labels"], REST), "counts": (*found["counts"], rest)}
    elif rest:
        found["counts"] = (*found["counts"][:-1], found["counts"][-1] + rest)
    return ColumnProfile(**facts, **found)


def _mean_correlations(first: Profile, second: Profile, names: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
    weight = first.basis / (first.basis + second.basis)
    sides = [(one, [one.correlated.index(name) for name in names]) for one in (first, second)]

    def value(side: int, row: int, column: int) -> float:
        profile, at = sides[side]
        high, low = sorted((at[row], at[column]), reverse=True)
        return profile.correlations[high][low]

    return tuple(
        tuple(round(weight * value(0, row, at) + (1 - weight) * value(1, row, at), 3) for at in range(row + 1))
        for row in range(len(names))
    )


class ProfileSide:
    """A column of a profile where a column of data is expected."""

    is_mixed = False

    def __init__(self, column: ColumnProfile) -> None:
        self._column = column
        self.family = column.family
        self.rows, self.missing = column.rows, column.missing
        self.is_declared = column.is_declared

    @property
    def there(self) -> int:
        """How many values are not missing."""
        return self.rows - self.missing

    def numbers(self) -> Any:
        """Return the values in order; those between two points stand at the upper one."""
        import numpy as np

        return np.repeat(np.array(self._column.points), self._column.counts)

    def counts(self) -> Counts:
        """Return how often each label came."""
        import numpy as np
        import pyarrow as pa

        if self._column.points:
            labels = [str(int(one)) if one.is_integer() else str(one) for one in self._column.points]
            return Counts(pa.array(labels, pa.string()), np.array(self._column.counts))
        return Counts(pa.array(self._column.labels, pa.string()), np.array(self._column.counts, np.int64))

    def are_dates(self) -> bool:
        """Tell whether text is that of dates."""
        return self._column.are_dates

    def is_increasing(self) -> bool:
        """Tell whether each value was larger than the one before."""
        return self._column.is_increasing
