"""What is not as it was before distributions are looked at: columns, types, missing values, ranges, new values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from nbmlops.measures.drift.chance import SURE, all_on_one_side, z_of_shares
from nbmlops.measures.drift.records import Finding
from nbmlops.measures.drift.units import unit_of
from nbmlops.measures.drift.written import written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.measures.drift.pairs import Pair, Table
    from nbmlops.measures.drift.sides import AnySide

MORE_MISSING = 0.02
"""Points by which the share of missing values has to change."""
SHARE_BEYOND = 0.001
TENFOLD = 10.0
FEWEST_OF_NEW = 5
"""Rows below which a new value may be a slip."""
UNLIKELY = 1e-6
BY_CHANCE = 0.001
PER_COLUMN = 0.01
SHOWN = 3
TAIL = 20
"""The largest values from which the weight of the tail is taken."""
FEWEST_FOR_TAIL = 150
"""Values below which the largest say too little of the tail."""


def of_columns(reference: Iterable[str], current: Iterable[str]) -> list[Finding]:
    """Return the columns that are missing or new."""
    known, there = list(reference), list(current)
    missing = [Finding("missing", (name,), "severe", f"{name} is missing") for name in known if name not in there]
    return missing + [
        Finding("extra", (name,), "warn", f"{name} is new: the reference has no such column")
        for name in there
        if name not in known
    ]


def of_pair(pair: Pair, columns: int) -> list[Finding]:
    """Return what is not as it was in one column; ``columns`` is how many are looked at."""
    found = [_type(pair), _nulls(pair), _infinite(pair)]
    if pair.kind == "number" and pair.is_comparable and pair.has_rows:
        found.append(_beyond(pair))
    if pair.kind == "category" and pair.table is not None and pair.has_rows:
        found.append(_unseen(pair, columns))
    return [one for one in found if one is not None]


def _type(pair: Pair) -> Finding | None:
    before, now = pair.reference, pair.current
    if "empty" in (before.family, now.family) or _are_times(before, now):
        return None
    if before.family == "number" and now.is_mixed:
        odd = now.there - len(pair.current_numbers)
        if not odd:
            return None
        return Finding(
            "type", (pair.name,), "severe", f"{pair.name}: {odd:,} of {now.rows:,} rows hold text, not numbers", odd
        )
    if before.family == now.family:
        return None
    words = f"{_word(before)} → {_word(now)}"
    if before.family == "number" and now.family == "text":
        readable = len(pair.current_numbers) / now.there
        words += f", of which {readable:.0%} can be read as numbers"
    return Finding("type", (pair.name,), "severe", f"{pair.name}: {words}", now.there)


def _are_times(*sides: AnySide) -> bool:
    """Tell whether both hold times, be it as text: a file of text has no other."""
    return all(side.family == "time" or side.are_dates() for side in sides)


def _word(side: AnySide) -> str:
    return "mixed types" if side.is_mixed else {"other": "another type"}.get(side.family, side.family)


def _nulls(pair: Pair) -> Finding | None:
    before, now = pair.reference, pair.current
    if not before.rows or not now.rows:
        return None
    shares = before.missing / before.rows, now.missing / now.rows
    change = shares[1] - shares[0]
    z = z_of_shares(now.missing, now.rows, before.missing, before.rows)
    if abs(change) < MORE_MISSING or abs(z) <= SURE:
        return None
    severity: Literal["warn", "severe"] = "severe" if change >= 5 * MORE_MISSING else "warn"
    reason = f"{pair.name}: missing in {shares[0]:.1%} → {shares[1]:.1%} of the rows"
    return Finding("nulls", (pair.name,), severity, reason, now.missing)


def _infinite(pair: Pair) -> Finding | None:
    import numpy as np

    if pair.reference_numbers is None or pair.current_numbers is None:
        return None
    before, now = (int(np.isinf(one).sum()) for one in (pair.reference_numbers, pair.current_numbers))
    if before or not now:
        return None
    return Finding("infinite", (pair.name,), "severe", f"{pair.name}: infinite in {now:,} rows", now)


def _beyond(pair: Pair) -> Finding | None:
    """Find values further beyond the reference's range than its tails explain."""
    import numpy as np

    known = pair.reference_numbers[np.isfinite(pair.reference_numbers)]
    values = pair.current_numbers[np.isfinite(pair.current_numbers)]
    if len(known) < 2 or known[0] == known[-1]:
        return None
    least, most = float(known[0]), float(known[-1])
    span = most - least
    above = int(len(values) - np.searchsorted(values, most + span, side="right"))
    below = int(np.searchsorted(values, least - span, side="left"))
    rows = above + below
    if rows <= SHARE_BEYOND * len(values):
        return _far_below(pair.name, known, values)
    likely = all_on_one_side(rows, len(values), len(known))
    if min(likely, _by_tail(known, values, above, below)) > UNLIKELY:
        return _far_below(pair.name, known, values)
    ends = [f"down to {written(float(values[0]))}"] if below else []
    ends += [f"up to {written(float(values[-1]))}"] if above else []
    share = rows / len(values)
    unit = unit_of(known, values)
    reason = (
        f"{pair.name}: {rows:,} rows lie beyond {written(least)} to {written(most)}, {' and '.join(ends)}"
        f"{f': {unit}' if unit else _power(known, values, above)}"
    )
    return Finding("range", (pair.name,), "severe" if share >= 10 * SHARE_BEYOND else "warn", reason, rows)


def _far_below(name: str, known: Any, values: Any) -> Finding | None:
    """Find values above nothing that are less than a tenth of the reference's least: in thousands, say."""
    import numpy as np

    if known[0] < 0:
        return None
    known, values = (side[np.searchsorted(side, 0, side="right") :] for side in (known, values))
    if len(known) < 2 or not len(values) or known[0] == known[-1]:
        return None
    rows = int(np.searchsorted(values, known[0] / TENFOLD))
    if rows <= SHARE_BEYOND * len(values):
        return None
    likely = all_on_one_side(rows, len(values), len(known))
    if min(likely, _by_tail(np.log10(known), np.log10(values), 0, rows)) > UNLIKELY:
        return None
    share = rows / len(values)
    reason = f"{name}: {rows:,} rows lie below a tenth of the least, {written(float(known[0]))}, down to "
    unit = unit_of(known, values)
    reason += f"{written(float(values[0]))}: {unit or 'perhaps another unit'}"
    return Finding("range", (name,), "severe" if share >= 10 * SHARE_BEYOND else "warn", reason, rows)


def _by_tail(known: Any, values: Any, above: int, below: int) -> float:
    """Return how likely that many values are so far out, given how heavy the reference's tails are.

    The weight of a tail is Hill's estimate (1975) over the twenty largest distances from the median.
    """
    import numpy as np
    from scipy.stats import poisson

    if len(known) < FEWEST_FOR_TAIL:
        return 1.0
    middle = float(np.median(known))
    distances = np.sort(np.abs(known - middle))
    largest = distances[-min(TAIL, max(2, len(distances) // 10)) :]
    if largest[0] <= 0:
        return 1.0
    weight = float(np.log(largest / largest[0])[1:].mean())
    if weight <= 0:
        return 0.0
    # an estimate from so few values may be off by half; the tail is taken to be as heavy as it may be
    weight *= 1 + 3 / np.sqrt(len(largest))
    out = np.concatenate([values[:below], values[len(values) - above :]]) if above else values[:below]
    nearest = float(np.abs(out - middle).min())
    share = 2 * len(largest) / len(known) * float(nearest / largest[0]) ** (-1 / weight)
    return float(poisson.sf(above + below - 1, share * len(values)))


def _power(known: Any, values: Any, above: int) -> str:
    """Say that values look like others in another unit, where those far out are a power of ten times the usual."""
    import numpy as np

    if not above:
        return ""
    usual, far = float(np.median(np.abs(known))), float(np.median(np.abs(values[len(values) - above :])))
    if usual <= 0:
        return ""
    power = np.log10(far / usual)
    near = round(power)
    return (
        f": about {10**near:,} times the usual, perhaps another unit" if near >= 2 and abs(power - near) < 0.15 else ""
    )


def _unseen(pair: Pair, columns: int) -> Finding | None:
    """Find values that the reference has never had, in more rows than its rare ones explain."""
    assert pair.table is not None
    labels, rows = new_labels(pair.table, columns)
    if not labels:
        return None
    more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    reason = f"{pair.name}: {rows:,} rows hold {', '.join(map(repr, labels[:SHOWN]))}{more}, never seen before"
    severe = rows >= 0.01 * int(pair.table.current.sum())
    return Finding("unseen", (pair.name,), "severe" if severe else "warn", reason, rows)


def new_labels(table: Table, columns: int) -> tuple[list[str], int]:
    """Return the labels that only the current data have, more often than rare ones would, and in how many rows."""
    before, now = int(table.reference.sum()), int(table.current.sum())
    known = table.reference > 0
    new = ~known & (table.current >= FEWEST_OF_NEW)
    if not new.any() or not known.any():
        return [], 0
    counts = table.current[new]
    rarest = int(table.reference[known].min())
    if rarest >= 2 * FEWEST_OF_NEW:
        is_new = [all_on_one_side(int(one), now, before) <= BY_CHANCE for one in counts]
    else:
        # where the reference has values that came once or twice, others like them are to be expected
        rare = int((table.reference + table.current <= counts.max()).sum())
        is_new = [all_on_one_side(int(one), now, before) * rare <= PER_COLUMN / columns for one in counts]
    labels = [label for label, one in zip(_labels(table, new), is_new, strict=True) if one]
    return labels, int(counts[is_new].sum())


def _labels(table: Any, chosen: Any) -> list[str]:
    import pyarrow as pa

    return [str(one) for one in table.labels.filter(pa.array(chosen)).to_pylist()]
