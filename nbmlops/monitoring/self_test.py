"""How many false alarms a monitor raises on data that have not changed: drawn from its own reference."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.against_profile import drift_from_profile
from nbmlops.measures.drift.columns import LIMITS
from nbmlops.measures.drift.comparing import drift_between
from nbmlops.records import json_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops.measures.drift.comparing import Roles
    from nbmlops.measures.drift.profile import ColumnProfile, Profile
    from nbmlops.monitoring.sides import Reference

TIMES = 200
MOST_ROWS = 5_000


@dataclass(frozen=True)
class SelfTest:
    """Of ``times`` looks at unchanged data of ``rows`` rows ``alarms`` found something; ``columns`` says where."""

    monitor: str
    times: int
    rows: int
    alarms: int
    columns: dict[str, int]

    @property
    def rate(self) -> float:
        """The share of looks that were false alarms."""
        return self.alarms / self.times if self.times else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops monitors test --json``."""
        result: dict[str, Any] = json_value({**asdict(self), "rate": self.rate})
        return result


def self_test(
    monitor: str,
    reference: Reference,
    roles: Roles,
    *,
    rows: int,
    times: int = TIMES,
    ignore: tuple[str, ...] = (),
    limits: tuple[float, float] = LIMITS,
    told: Callable[[int, int], object] | None = None,
) -> SelfTest:
    """Compare a reference with draws of itself.

    Of rows two halves are drawn, which share none; of a profile every column is drawn by itself, since no rows are
    kept, and rank correlations are not compared.
    """
    import numpy as np

    random = np.random.default_rng(0)
    alarms, columns = 0, dict[str, int]()
    for time in range(times):
        if reference.profile is not None:
            kept = _drawable(reference.profile)
            drawn = drawn_from(kept, rows, random)
            found = drift_from_profile(kept, drawn, roles, ignore=ignore, limits=limits)
        else:
            found = drift_between(*_halves(reference.frame, rows, random), roles, ignore=ignore, limits=limits)
        alarms += found.drifted
        others = [*found.schema, *found.joint, *([found.concept] if found.concept else [])]
        names = {one.column for one in found.drifted_columns} | {one.column for one in others}
        for name in names:
            columns[name] = columns.get(name, 0) + 1
        if told is not None:
            told(time + 1, times)
    return SelfTest(monitor, times, rows, alarms, columns)


def drawn_from(profile: Profile, rows: int, random: Any) -> dict[str, Any]:
    """Return columns of ``rows`` rows, each drawn from what a profile says of it."""
    return {name: _column(column, rows, random) for name, column in profile.columns.items()}


def _column(column: ColumnProfile, rows: int, random: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    gone = random.random(rows) < (column.missing / column.rows if column.rows else 1.0)
    if column.points:
        points, weights = np.array(column.points), np.array(column.counts, float)
        at = random.choice(len(points), rows, p=weights / weights.sum())
        values = points[at]
        if not np.all(points == np.floor(points)):
            # between two points anything may come
            values = values - random.random(rows) * np.where(weights[at] > 1, values - points[np.maximum(at - 1, 0)], 0)
        return np.where(gone, np.nan, values)
    if not column.labels:
        return pa.nulls(rows)
    weights = np.array(column.counts, float)
    drawn = np.array(column.labels, dtype=object)[random.choice(len(column.labels), rows, p=weights / weights.sum())]
    if column.family == "boolean":
        return pa.array([None if empty else one == "true" for one, empty in zip(drawn, gone, strict=True)], pa.bool_())
    found = pa.array([None if empty else one for one, empty in zip(drawn, gone, strict=True)], pa.string())
    return found.dictionary_encode() if column.is_declared else found


def _drawable(profile: Profile) -> Profile:
    """Return a profile without rank correlations, and of the columns that say how they were distributed.

    Times and values of several types are compared by their type only.
    """
    from dataclasses import replace

    columns = {name: one for name, one in profile.columns.items() if one.family not in ("time", "other")}
    return replace(profile, columns=columns, correlated=(), correlations=())


def _halves(frame: Any, rows: int, random: Any) -> tuple[Any, Any]:
    order = random.permutation(len(frame))
    rows = min(rows, len(frame) // 2)
    parts = order[:rows], order[rows:]
    if hasattr(frame, "iloc"):
        return frame.iloc[parts[1]], frame.iloc[parts[0]]
    return frame[parts[1]], frame[parts[0]]
