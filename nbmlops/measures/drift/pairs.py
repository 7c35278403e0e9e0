"""A column of both sides, as it is compared: what it is, and its numbers or counts beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift.sides import REST, Counts

if TYPE_CHECKING:
    from nbmlops.measures.drift.records import ColumnKind
    from nbmlops.measures.drift.sides import AnySide, Side

MOST_CODES = 50
"""Whole numbers with no more values than this are codes, where each could have been seen often."""
OFTEN = 20
FEW_CODES = 20
MOST_LABELS = 0.5
"""Text of which more than this share of the rows is different names things; that new ones come says nothing."""
FEWEST_LABELS = 50


@dataclass(frozen=True)
class Table:
    """How often each label comes on either side, the most frequent first."""

    labels: Any
    reference: Any
    current: Any


@dataclass
class Pair:
    """A column that both sides have; ``is_comparable`` says whether its two distributions mean the same."""

    name: str
    kind: ColumnKind
    reference: AnySide
    current: Side
    reference_numbers: Any = None
    current_numbers: Any = None
    table: Table | None = None
    is_comparable: bool = True

    @property
    def has_rows(self) -> bool:
        """Whether both sides have values."""
        if self.kind == "number":
            return len(self.reference_numbers) > 0 and len(self.current_numbers) > 0
        return self.table is not None and bool(self.table.reference.sum()) and bool(self.table.current.sum())


def pair_of(name: str, reference: AnySide, current: Side, is_time: bool = False) -> Pair:
    """Say what a column is, by both its sides, and lay its values beside each other.

    The reference decides: a column that held numbers is compared as numbers, whatever it holds now. ``is_time`` says
    that the column was named as that of times, whatever it looks like.
    """
    families = (reference.family, current.family)
    if "empty" in families:
        return Pair(name, "empty", reference, current, is_comparable=False)
    if is_time or "time" in families or (reference.are_dates() and current.are_dates()):
        return Pair(name, "time", reference, current, is_comparable=False)
    if reference.family == "number" and not reference.is_declared:
        return _of_numbers(name, reference, current)
    if families.count("boolean") == 1:
        return Pair(name, "category", reference, current, is_comparable=False)
    table = _table(*_of_one_kind(reference.counts(), current.counts()))
    if not reference.is_declared and _names_things(table, reference.there, current.there):
        return Pair(name, "identifier", reference, current, table=table, is_comparable=False)
    return Pair(name, "category", reference, current, table=table)


def _of_one_kind(reference: Counts, current: Counts) -> tuple[Counts, Counts]:
    """Take labels together that a profile has not kept one by one."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.equal(reference.labels, REST)).as_py():
        return reference, current
    known = pc.is_in(current.labels, value_set=reference.labels).to_numpy(zero_copy_only=False)
    known &= pc.not_equal(current.labels, REST).to_numpy(zero_copy_only=False)
    labels = pa.array([*current.labels.filter(pa.array(known)).to_pylist(), REST], pa.string())
    return reference, Counts(labels, np.append(current.numbers[known], current.numbers[~known].sum()))


def _of_numbers(name: str, reference: AnySide, current: Side) -> Pair:
    if current.family in ("boolean", "other") and not current.is_mixed:
        return Pair(name, "number", reference, current, is_comparable=False)
    before, now = reference.numbers(), current.numbers()
    if _is_identifier(reference, current, before, now):
        return Pair(name, "identifier", reference, current, is_comparable=False)
    if current.family == "number" and _are_codes(before, now):
        return Pair(name, "category", reference, current, before, now, _table(_tally(before), _tally(now)))
    return Pair(name, "number", reference, current, before, now)


def _are_codes(before: Any, now: Any) -> bool:
    import numpy as np

    for values in (before, now):
        if not len(values) or not np.isfinite(values[[0, -1]]).all() or not _are_whole(values):
            return False
    different = int(np.count_nonzero(np.diff(before))) + 1
    if different > MOST_CODES or int(np.count_nonzero(np.diff(now))) >= 2 * MOST_CODES:
        return False
    return different <= FEW_CODES or len(before) >= OFTEN * different


def _is_identifier(reference: AnySide, current: Side, before: Any, now: Any) -> bool:
    """Tell whether whole numbers only count rows or name them, so that it means nothing that they have grown."""
    import numpy as np

    if min(len(before), len(now)) < FEWEST_LABELS or current.family != "number":
        return False
    if not np.isfinite([before[0], before[-1], now[0], now[-1]]).all():
        return False
    if before[0] == before[-1] or not (_are_whole(before[:100]) and _are_whole(before) and _are_whole(now)):
        return False
    if reference.is_increasing() and current.is_increasing():
        return True
    if (np.diff(before) == 0).any() or (np.diff(now) == 0).any() or not (before[-1] < now[0] or now[-1] < before[0]):
        return False
    return all(len(values) >= 0.5 * (values[-1] - values[0]) for values in (before, now))


def _are_whole(values: Any) -> bool:
    import numpy as np

    return bool(np.all(values == np.floor(values)))


def _names_things(table: Table, before: int, now: int) -> bool:
    different = [int((numbers > 0).sum()) for numbers in (table.reference, table.current)]
    return all(
        rows >= FEWEST_LABELS and labels > MOST_LABELS * rows
        for labels, rows in zip(different, (before, now), strict=True)
    )


def _tally(ordered: Any) -> Counts:
    import numpy as np
    import pyarrow as pa

    values, numbers = np.unique(ordered, return_counts=True)
    return Counts(pa.array([str(int(one)) for one in values], pa.string()), numbers)


def _table(reference: Counts, current: Counts) -> Table:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    known, seen = (
        one.labels.combine_chunks() if isinstance(one.labels, pa.ChunkedArray) else one.labels
        for one in (reference, current)
    )
    known, seen = known.cast(pa.string()), seen.cast(pa.string())
    place = pc.index_in(seen, value_set=known)
    new = pc.is_null(place).to_numpy(zero_copy_only=False)
    at = pc.fill_null(place, 0).to_numpy(zero_copy_only=False)
    labels = pa.concat_arrays([known, seen.filter(pa.array(new))])
    before = np.zeros(len(labels), np.int64)
    now = np.zeros(len(labels), np.int64)
    before[: len(known)] = reference.numbers
    now[at[~new]] = current.numbers[~new]
    now[len(known) :] = current.numbers[new]
    order = np.argsort(-(before + now), kind="stable")
    return Table(labels.take(pa.array(order)), before[order], now[order])
