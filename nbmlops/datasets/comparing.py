"""What differs between two frames: rows added, removed and changed, and what became of each column.

Rows are known again by key columns where some are named; else by their place, where most of them stand where they
stood; else by their content. Rows without a counterpart that stand between the same neighbours count as changed, not as
one removed and one added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.column_facts import decoded, statistics
from nbmlops.datasets.forms import shown
from nbmlops.datasets.physical import one, type_from_text
from nbmlops.datasets.rows import differing, found_share, is_comparable, places_of, row_hashes
from nbmlops.errors import InvalidInput, NotFound, did_you_mean
from nbmlops.records import ColumnDifference, DatasetDifference

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    Array = np.ndarray[Any, Any]

RENAMED = 0.1
"""A column that differs in a smaller share of the rows than this from one that is gone has got another name."""
IN_PLACE = 0.5
"""Frames of one length that agree in place in this share of a column or more are compared in place."""


@dataclass
class Side:
    """One of the two frames: its columns by key, each as values, facts and what stands beside it."""

    name: str
    columns: dict[str, tuple[Any, dict[str, Any], Any]]
    rows: int


def compare(a: Side, b: Side, on: Sequence[str] = ()) -> DatasetDifference:
    """Return what became of ``a`` in ``b``.

    Parameters
    ----------
    a, b : Side
        Before and after.
    on : sequence of str
        Columns that name a row in both.

    Raises
    ------
    NotFound
        A column of ``on`` is missing.
    InvalidInput
        The columns of ``on`` name a row twice.
    """
    import numpy as np

    before, after = _plain(a), _plain(b)
    renamed = _renamed(before, after)
    pairs = {key: before[renamed.get(key, key)] for key in after if renamed.get(key, key) in before}
    same_type = [key for key, old in pairs.items() if old.type == after[key].type and is_comparable(old.type)]
    now, then = _aligned(a, b, before, after, pairs, same_type, on)
    identity = a.rows == b.rows == len(now) and bool((now == then).all())
    changed_rows = np.zeros(len(now), bool)
    found: list[ColumnDifference] = []
    if not identity:
        moved = _renamed_too(before, after, pairs, now, then)
        renamed |= moved
        pairs |= {key: before[old] for key, old in moved.items()}
    for key, old in pairs.items():
        new = after[key]
        spots = _differing(old, new, now, then, identity=identity)
        changed_rows[spots] = True
        kinds = _type_word(a.columns[renamed.get(key, key)]), _type_word(b.columns[key])
        if kinds[0] != kinds[1]:
            found.append(_difference(key, "type", len(spots), old, new, kinds))
        elif key in renamed:
            found.append(_difference(key, "renamed", len(spots), old, new, kinds, was=shown(renamed[key])))
        elif len(spots):
            found.append(_difference(key, "changed", len(spots), old, new, kinds))
    for key in after:
        if key not in pairs and not _only_counts(key, a):
            facts = statistics(None, after[key])[1]
            found.append(
                ColumnDifference(shown(key), "added", b.rows, None, facts | {"type": _type_word(b.columns[key])})
            )
    for key in before:
        if key not in after and key not in renamed.values() and not _only_counts(key, b):
            facts = statistics(before[key], None)[0]
            kind = _type_word(a.columns[key])
            found.append(ColumnDifference(shown(key), "removed", a.rows, facts | {"type": kind}, None))
    return DatasetDifference(
        a.name,
        b.name,
        rows_added=b.rows - len(now),
        rows_removed=a.rows - len(now),
        rows_changed=int(changed_rows.sum()),
        reordered=bool((np.diff(then) < 0).any()),
        columns=tuple(found),
        rows=(a.rows, b.rows),
    )


def _plain(side: Side) -> dict[str, Any]:
    return {key: decoded(*column) for key, column in side.columns.items()}


def _only_counts(key: str, other: Side) -> bool:
    """Tell whether a column is the index of rows that the other side numbers from 0: no news."""
    return key.startswith("i0:null") and not any(name.startswith("i") for name in other.columns)


def _renamed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    """Return, for new names, the old names of the columns with the same content."""
    found: dict[str, str] = {}
    gone = [key for key in before if key not in after]
    for key, column in after.items():
        if key in before:
            continue
        for old in gone:
            if old not in found.values() and before[old].type == column.type and before[old].equals(column):
                found[key] = old
                break
    return found


def _renamed_too(
    before: dict[str, Any], after: dict[str, Any], pairs: dict[str, Any], now: Array, then: Array
) -> dict[str, str]:
    """Return the new and old names of columns that are nearly the same where rows have a counterpart."""
    found: dict[str, str] = {}
    gone = [key for key in before if key not in after and all(before[key] is not old for old in pairs.values())]
    for key, column in after.items():
        if key in pairs or not len(now) or not is_comparable(column.type):
            continue
        for old in gone:
            if old in found.values() or before[old].type != column.type:
                continue
            if len(_differing(before[old], column, now, then, identity=False)) < RENAMED * len(now):
                found[key] = old
                break
    return found


def type_word(kind: Any, facts: dict[str, Any]) -> str:
    """Return the type of a stored column as people say it."""
    how = facts["as"]
    if how == "zoned":
        return f"timestamp[{facts['unit']}, tz={facts['zone']}]"
    if how in ("arrow", "pandas.arrow"):
        return str(type_from_text(facts["type"]))
    if how in ("period", "extension"):
        return str(facts["dtype"])
    word = {"category": "category", "string": "string", "objects": "string", "json": "object"}.get(how)
    text = str(kind).removeprefix("large_")
    return word or {"double": "float64", "float": "float32", "halffloat": "float16"}.get(text, text)


def _type_word(column: tuple[Any, dict[str, Any], Any]) -> str:
    return type_word(column[0].type, column[1])


def _aligned(
    a: Side,
    b: Side,
    before: dict[str, Any],
    after: dict[str, Any],
    pairs: dict[str, Any],
    keys: list[str],
    on: Sequence[str],
) -> tuple[Array, Array]:
    """Return the rows of ``b`` that have a counterpart in ``a``, and that counterpart."""
    import numpy as np

    if on:
        return _by_keys(a, b, before, after, on)
    if a.rows == b.rows and _in_place(pairs, after, keys, a.rows):
        return np.arange(b.rows), np.arange(a.rows)
    if not keys:
        both = min(a.rows, b.rows)
        return np.arange(both), np.arange(both)
    telling = [key for key in keys if found_share(after[key], pairs[key]) > 0.25] or keys
    places = places_of(
        *_numbered(row_hashes([after[key] for key in telling]), row_hashes([pairs[key] for key in telling]))
    )
    return _between(places, a.rows)


def _in_place(pairs: dict[str, Any], after: dict[str, Any], keys: list[str], rows: int) -> bool:
    """Tell whether rows stand where they stood: by the median of how much the columns differ in place."""
    import numpy as np

    shares = [len(differing(after[key], pairs[key])) / max(1, rows) for key in keys]
    return not shares or float(np.median(shares)) <= IN_PLACE


def _by_keys(a: Side, b: Side, before: dict[str, Any], after: dict[str, Any], on: Sequence[str]) -> tuple[Array, Array]:
    import numpy as np

    hashes = []
    for side, columns in ((b, after), (a, before)):
        named = {shown(key): key for key in columns}
        for name in on:
            if name not in named:
                hint = did_you_mean(name, named, f"the columns of {side.name}: {', '.join(named)}")
                raise NotFound(f"{side.name} has no column {name!r}.", hint)
        hashes.append(row_hashes([columns[named[name]] for name in on]))
        ordered = np.sort(hashes[-1])
        if (ordered[1:] == ordered[:-1]).any():
            raise InvalidInput(
                f"{' and '.join(on)} name{'s' if len(on) == 1 else ''} some row of {side.name} twice.",
                "Name more columns, or none: --on id --on date",
            )
    places = places_of(*hashes)
    now = np.flatnonzero(places >= 0)
    return now, places[now]


def _numbered(new: Array, old: Array) -> tuple[Array, Array]:
    """Return hashes in which equal rows are told apart by how many of them came before."""
    import numpy as np

    sorted_ = [np.sort(hashes) for hashes in (new, old)]  # faster by far than np.unique
    if not any((hashes[1:] == hashes[:-1]).any() for hashes in sorted_):
        return new, old
    return _with_rank(new), _with_rank(old)


def _with_rank(hashes: Array) -> Array:
    import numpy as np

    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    ranks = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.append(starts, len(ordered))))
    out = np.empty_like(hashes)
    out[order] = ordered + ranks.astype("u8") * np.uint64(0xD6E8FEB86659FD93)
    return out


def _between(places: Array, before: int) -> tuple[Array, Array]:
    """Pair what stands without a counterpart between the same neighbours: it was changed in place."""
    import numpy as np

    rows = np.arange(len(places))
    known = places >= 0
    taken = np.zeros(before + 1, bool)
    taken[places[known]] = True
    last = np.maximum.accumulate(np.where(known, rows, -1))
    anchor = np.where(last >= 0, places[np.maximum(last, 0)], -1)
    candidate = anchor + (rows - last)
    fits = ~known & (candidate < before)
    fits[fits] &= ~taken[candidate[fits]]
    # a gap of the new rows that runs into the next known row of the old ones ends there
    block = np.cumsum(taken[:before])
    base = np.where(anchor >= 0, block[np.maximum(anchor, 0)], 0)
    fits[fits] &= block[candidate[fits]] == base[fits]
    where = np.where(known, places, np.where(fits, candidate, -1))
    now = np.flatnonzero(where >= 0)
    then, first = np.unique(where[now], return_index=True)
    if len(then) < len(now):
        now = now[np.sort(first)]
    return now, where[now]


def _differing(old: Any, new: Any, now: Array, then: Array, *, identity: bool) -> Array:
    import numpy as np
    import pyarrow as pa

    if not identity:
        old, new = one(old).take(pa.array(then)), one(new).take(pa.array(now))
    if old.type != new.type:
        try:
            old = old.cast(new.type)
        except (pa.ArrowException, NotImplementedError):
            return np.arange(len(new))
    if is_comparable(old.type):
        return differing(new, old)
    if old.equals(new):
        return np.zeros(0, "i8")
    pairs = zip(old.to_pylist(), new.to_pylist(), strict=True)
    return np.flatnonzero(np.fromiter((repr(x) != repr(y) for x, y in pairs), bool, len(new)))


def _difference(
    key: str, change: Any, rows: int, old: Any, new: Any, kinds: tuple[str, str], was: str | None = None
) -> ColumnDifference:
    before, after = statistics(old, new)
    assert before is not None
    assert after is not None
    return ColumnDifference(shown(key), change, rows, before | {"type": kinds[0]}, after | {"type": kinds[1]}, was)
