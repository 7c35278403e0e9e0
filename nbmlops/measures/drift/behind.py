"""The rows of the current data behind what was found about a column."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.measures.drift.comparing import Roles, drift_between, in_phase
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.drift.pairs import pair_of
from nbmlops.measures.drift.schema import SHARE_BEYOND, TENFOLD, new_labels

if TYPE_CHECKING:
    from collections.abc import Collection

    from nbmlops.measures.drift.pairs import Pair
    from nbmlops.measures.drift.records import Drift, Finding

MOST_COLUMNS = 10
NO_ROWS = ("missing", "extra", "freshness")
"""Findings that are of a column as a whole: their rows say nothing."""
STEPS = 200
"""Borders of stretches that are tried."""


@dataclass(frozen=True)
class RowsBehind:
    """One thing that was found, said by the rows that carry it: their places in the current data."""

    kind: str
    reason: str
    places: tuple[int, ...]


@dataclass(frozen=True)
class DriftRows:
    """The rows of the current data that carry what was found about a column.

    ``findings`` say what, each with the places of its rows, counted from 0; ``places`` are those of all of them, and
    ``frame`` holds these rows with the index that they had, up to the limit that was asked.
    """

    column: str
    current_rows: int
    findings: tuple[RowsBehind, ...]
    places: tuple[int, ...]
    frame: Any = field(repr=False, compare=False)

    def __str__(self) -> str:
        lines = [f"{one.reason} ({len(one.places):,} rows)" for one in self.findings]
        return "\n".join(lines or [f"{self.column}: nothing was found"])

    def __repr__(self) -> str:
        return f"<rows behind {self.column}: {len(self.places):,} of {self.current_rows:,}, {len(self.findings)} found>"

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops drift --rows --json``."""
        values = json.loads(self.frame.to_json(orient="records", date_format="iso", default_handler=str))
        return {
            "column": self.column,
            "current_rows": self.current_rows,
            "findings": [{"kind": one.kind, "reason": one.reason, "rows": len(one.places)} for one in self.findings],
            "rows": [
                {"row": place, "values": row} for place, row in zip(self.places[: len(values)], values, strict=True)
            ],
        }


def rows_behind(
    reference: Any,
    current: Any,
    column: str,
    roles: Roles | None = None,
    *,
    ignore: Collection[str] = (),
    limit: int | None = None,
    drift: Drift | None = None,
) -> DriftRows:
    """Return the rows behind what was found about a column; see `nbmlops.drift_rows`.

    Examples
    --------
    >>> before = {"distance": [float(at % 100) for at in range(1000)]}
    >>> now = {"distance": [float(at % 100) for at in range(500)] + [80.0 + at % 20 for at in range(500)]}
    >>> print(rows_behind(before, now, "distance"))
    distance above 79: 60% of the rows, was 20% (600 rows)
    """
    roles = roles or Roles()
    if limit is not None and limit < 1:
        raise InvalidInput(f"a limit of {limit} rows shows nothing.", "Give 1 or more.")
    known, there = Columns(reference), Columns(current)
    names = list(dict.fromkeys([*there.names, *known.names]))
    if column not in names:
        raise InvalidInput(f"there is no column {column!r}.", did_you_mean(column, names, ", ".join(names[:10])))
    if column in ignore:
        raise InvalidInput(f"{column!r} is ignored.", "Ask for the rows of a column that is looked at.")
    drift = drift or drift_between(reference, current, roles, ignore=ignore)
    rows, _ = in_phase(known, there, roles.time) if known.rows and there.rows else (None, ())
    return _behind(known, there, column, drift, (rows, roles, ignore, limit))


def rows_behind_all(
    reference: Any, current: Any, drift: Drift, roles: Roles | None = None, *, ignore: Collection[str] = (), limit: int
) -> list[DriftRows]:
    """Return the rows behind all that was found about single columns, the weightiest first; at most ten columns."""
    names = [one.column for one in drift.drifted_columns]
    names += [one.column for one in drift.schema if len(one.columns) == 1 and one.kind not in NO_ROWS]
    chosen = list(dict.fromkeys(names))[:MOST_COLUMNS]
    if not chosen:
        return []
    roles = roles or Roles()
    known, there = Columns(reference), Columns(current)
    rows, _ = in_phase(known, there, roles.time)
    return [_behind(known, there, name, drift, (rows, roles, ignore, limit)) for name in chosen]


def _behind(
    known: Columns,
    there: Columns,
    column: str,
    drift: Drift,
    asked: tuple[Any, Roles, Collection[str], int | None],
) -> DriftRows:
    rows, roles, ignore, limit = asked
    of_column = [one for one in drift.schema if one.columns == (column,)]
    if column in there.names and column in known.names and there.rows and known.rows:
        pair = pair_of(column, known.side(column, rows), there.side(column), column == roles.time)
        shared = len([name for name in known.names if name in there.names and name not in ignore])
        found = [_of_finding(one, pair, there, shared) for one in of_column]
        if any(one.column == column and one.drifted for one in drift.columns):
            gained = _most_gained(pair, there)
            if not any(one.kind == "unseen" and set(gained.places) <= set(one.places) for one in found):
                found.append(gained)
    else:  # a column that is new has all of its rows, one that is missing none
        places = tuple(range(there.rows)) if column in there.names else ()
        found = [RowsBehind(one.kind, one.reason, places) for one in of_column]
    places = tuple(dict.fromkeys(place for one in found for place in one.places))
    return DriftRows(column, there.rows, tuple(found), places, there.rows_at(places[:limit]))


def _of_finding(finding: Finding, pair: Pair, there: Columns, columns: int) -> RowsBehind:
    import numpy as np

    if finding.kind == "nulls":
        rows = np.flatnonzero(there.is_missing(pair.name))
    elif finding.kind == "unseen":
        assert pair.table is not None
        rows = _with_labels(there, pair.name, new_labels(pair.table, columns)[0])
    elif finding.kind == "type":
        name, is_there = pair.name, ~there.is_missing(pair.name)
        as_before = there.is_text(name) if pair.reference.family == "text" else ~np.isnan(there.floats(name))
        odd = is_there & ~as_before
        rows = np.flatnonzero(odd if odd.any() else is_there)
    elif finding.kind == "infinite":
        rows = np.flatnonzero(np.isinf(there.floats(pair.name)))
    elif finding.kind == "range":
        rows = _far_out(pair, there.floats(pair.name), finding.rows)
    else:  # the age of the newest is of no row
        rows = np.zeros(0, int)
    return RowsBehind(finding.kind, finding.reason, tuple(rows.tolist()))


def _far_out(pair: Pair, values: Any, rows: int | None) -> Any:
    """Return the rows beyond the range, or far below all that is above nothing, the farthest first."""
    import numpy as np

    known = pair.reference_numbers[np.isfinite(pair.reference_numbers)]
    span = known[-1] - known[0]
    finite = np.isfinite(values)
    beyond = finite & ((values > known[-1] + span) | (values < known[0] - span))
    above_nothing = known[known > 0]
    below = finite & (values > 0) & (values < (above_nothing[0] / TENFOLD if len(above_nothing) else 0))
    is_beyond = beyond.sum() == rows or (below.sum() != rows and beyond.sum() > SHARE_BEYOND * len(values))
    chosen = np.flatnonzero(beyond if is_beyond else below)
    return chosen[np.argsort(-np.abs(values[chosen] - np.median(known)), kind="stable")]


def _with_labels(there: Columns, name: str, labels: Collection[str]) -> Any:
    import numpy as np

    found = there.matrix([name], np.arange(there.rows), {name: dict.fromkeys(labels, 1)})
    return np.flatnonzero(found[:, 0] == 1)


def _most_gained(pair: Pair, there: Columns) -> RowsBehind:
    """Return the rows of the label that gained most beside what it had, or in the stretch that gained most."""
    import numpy as np

    if pair.table is not None:
        shares = [side / max(side.sum(), 1) for side in (pair.table.reference, pair.table.current)]
        gained = np.maximum(shares[1] - shares[0], 0) ** 2 / (shares[0] + shares[1])
        at = int(np.argmax(gained))
        label = pair.table.labels[at].as_py()
        rows = (
            np.flatnonzero(there.floats(pair.name) == float(label))
            if pair.reference_numbers is not None
            else _with_labels(there, pair.name, [label])
        )
        where = f"{pair.name} {label!r}"
        return RowsBehind("shift", _shares(where, shares[0][at], shares[1][at]), tuple(rows.tolist()))
    before, now = pair.reference_numbers, pair.current_numbers
    borders = _borders(before, now)
    gained = np.concatenate(
        [
            [0.0],
            np.searchsorted(now, borders, side="right") / len(now)
            - np.searchsorted(before, borders, side="right") / len(before),
            [0.0],
        ]
    )
    edges = [-math.inf, *borders.tolist(), math.inf]
    least = np.minimum.accumulate(gained)
    # of stretches that gained as much the one without ends: what lies beyond them came no more often
    gain = gained - least
    high = int(np.flatnonzero(gain >= gain.max() - 1e-12)[-1])
    low = int(np.argmin(gained[: high + 1]))
    above, upto = edges[low], edges[high]
    values = there.floats(pair.name)
    rows = np.flatnonzero((values > above) & (values <= upto))
    shares = [
        float((np.searchsorted(side, upto, side="right") - np.searchsorted(side, above, side="right")) / len(side))
        for side in (before, now)
    ]
    return RowsBehind("shift", _shares(_stretch(pair.name, above, upto), *shares), tuple(rows.tolist()))


def _borders(before: Any, now: Any) -> Any:
    """Return values that may bound a stretch, round ones where rounding moves them little."""
    import numpy as np

    places = np.linspace(0, 1, STEPS + 1)[1:-1]
    values = np.concatenate([side[(places * (len(side) - 1)).astype(int)] for side in (before, now)])
    values = values[np.isfinite(values)]
    if not len(values):
        return np.zeros(1)
    spread = float(np.subtract(*np.quantile(values, [0.75, 0.25])))
    if 0 < spread < math.inf:
        # two digits more than the spread has: what is said is where the border lies
        digits = 2 - math.floor(math.log10(spread))
        if abs(digits) < 300:
            values = np.round(values, digits)
    return np.unique(values)


def _stretch(name: str, above: float, upto: float) -> str:
    if math.isinf(above) and math.isinf(upto):
        return f"{name} anywhere"
    if math.isinf(upto):
        return f"{name} above {_number(above)}"
    return (
        f"{name} up to {_number(upto)}" if math.isinf(above) else f"{name} above {_number(above)} up to {_number(upto)}"
    )


def _number(value: float) -> str:
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}" if abs(value) < 1e15 else f"{value:.4g}"


def _shares(where: str, before: float, now: float) -> str:
    words = f"{now:.0%} of the rows, was {before:.0%}"
    return f"{where}: {words if f'{now:.0%}' != f'{before:.0%}' else f'{now:.1%} of the rows, was {before:.1%}'}"
