"""Gathers the rows of a column out of its pieces, with as few copies as there can be: touching memory is what costs.

Rows that stand in runs are slices of pieces, nothing is copied. Rows that stand one by one are gathered block by block,
out of the few pieces that a block needs; what has one width goes straight to where it will stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.physical import one, type_from_text
from nbmlops.datasets.threads import in_threads

if TYPE_CHECKING:
    import numpy as np

    from nbmlops.datasets.recipe import Column, Stack

    Array = np.ndarray[Any, Any]
    Runs = list[tuple[int, int]]

PART_ROWS = 1 << 18
"""Rows that are gathered at once."""
FEW_PIECES = 6
"""More pieces than these are made one before rows are chosen from them."""
_SAMPLE = 1 << 16
_OFTEN = 4
"""Texts that stand so often on average in a sample are gathered by their numbers: twice as fast, measured."""


class Rows:
    """Which rows of some stacks, laid one after the other, stand in a node: as runs or one by one."""

    def __init__(self, runs: Runs | None, positions: Array | None = None) -> None:
        self.runs = runs
        self._positions = positions

    def positions(self) -> Array:
        """Return the rows one by one."""
        import numpy as np

        if self._positions is None:
            parts = [np.arange(start, start + count) for start, count in self.runs or ()]
            self._positions = np.concatenate(parts) if parts else np.zeros(0, "i8")
        return self._positions


@dataclass
class Chunks:
    """A column before its rows are chosen: its pieces one after the other, None for those that no row needs."""

    kind: Any
    rows: Rows
    arrays: list[Any]
    starts: list[int]
    sizes: list[int]
    whole: Any = None
    """The pieces as one array, where a block of rows needs more than a few of them."""

    def make_whole(self) -> None:
        """Make the pieces one array; texts that stand often become their numbers and a dictionary."""
        self.whole = _numbered(self.arrays) or _joined(self.kind, self.arrays)


def chunks_of(column: Column, rows: Rows, read: dict[tuple[Stack, int], list[Any]]) -> Chunks:
    """Return the pieces of a column as they were read."""
    found = Chunks(type_from_text(column.type), rows, [], [], [])
    at = 0
    for stack in column.node.stacks:
        for blob, array in zip(stack.blobs, read[stack, column.at[stack]], strict=True):
            found.arrays.append(array)
            found.starts.append(at)
            found.sizes.append(blob.rows)
            at += blob.rows
    return found


def gathered(columns: list[Chunks]) -> list[Any]:
    """Return the chosen rows of each column as a ChunkedArray; what was gathered belongs to nobody else."""
    work = [
        (number, start)
        for number, column in enumerate(columns)
        if column.rows.runs is None and column.arrays
        for start in range(0, len(column.rows.positions()), PART_ROWS)
    ]
    work.sort(key=lambda item: (_has_width(columns[item[0]]), item[1]))  # slow types first
    outs = {number: _room(columns[number]) for number, _ in work}
    where: dict[tuple[int, int], tuple[list[int] | None, Array]] = {}
    for number, start in work:
        key = (id(columns[number].rows), start)
        if key not in where:
            where[key] = _needed(columns[number], start)

    scattered = {number for number, start in work if where[id(columns[number].rows), start][0] is None}
    in_threads(
        lambda number: columns[number].make_whole(), dict.fromkeys(item[0] for item in work if item[0] in scattered)
    )

    def gather(item: tuple[int, int]) -> Any:
        column, (pieces, spots) = columns[item[0]], where[id(columns[item[0]].rows), item[1]]
        source = column.whole if pieces is None else _joined(column.kind, [column.arrays[at] for at in pieces])
        return _take(source, spots, outs[item[0]], item[1])

    parts: dict[int, dict[int, Any]] = {}
    for (number, start), part in zip(work, in_threads(gather, work), strict=True):
        parts.setdefault(number, {})[start] = part
    return [_finished(column, parts.get(number), outs.get(number)) for number, column in enumerate(columns)]


def _has_width(column: Chunks) -> bool:
    """Tell whether values are of one width of whole bytes and none is missing."""
    import pyarrow as pa

    return bool(
        pa.types.is_primitive(column.kind)
        and not pa.types.is_boolean(column.kind)
        and not any(array.null_count for array in column.arrays)
    )


def _room(column: Chunks) -> Array | None:
    import numpy as np

    if not _has_width(column):
        return None
    return np.empty(len(column.rows.positions()), f"u{column.kind.bit_width // 8}")


def _needed(column: Chunks, start: int) -> tuple[list[int] | None, Array]:
    """Return which pieces a block of rows needs, and its rows in these; None for all."""
    import numpy as np

    spots = column.rows.positions()[start : start + PART_ROWS]
    some = np.searchsorted(np.array(column.starts), spots[:: max(1, len(spots) >> 10)], "right")
    if len(np.unique(some)) > FEW_PIECES:
        return None, spots  # a look at a thousand rows tells, where rows come from everywhere
    numbers = np.searchsorted(np.array(column.starts), spots, "right") - 1
    used = np.flatnonzero(np.bincount(numbers, minlength=len(column.starts)))
    if len(used) > FEW_PIECES:
        return None, spots
    shifts = np.zeros(len(column.starts), "i8")
    at = 0
    for number in used:
        shifts[number] = at - column.starts[number]
        at += column.sizes[number]
    return [int(number) for number in used], spots + shifts[numbers]


def _joined(kind: Any, arrays: list[Any]) -> Any:
    import pyarrow as pa

    return one(pa.chunked_array(arrays, kind))


def _numbered(arrays: list[Any]) -> Any:
    """Return a column of texts with its dictionary, where a sample of it says that they stand often; else None."""
    import pyarrow as pa

    kind = arrays[0].type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return None
    sample = arrays[0].slice(0, _SAMPLE)
    if len(sample.unique()) * _OFTEN > len(sample):
        return None
    return one(pa.chunked_array([array.dictionary_encode() for array in arrays]).unify_dictionaries())


def _take(source: Any, spots: Array, out: Array | None, start: int) -> Any:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if out is None:
        taken = pc.take(source, pa.array(spots), boundscheck=False)
        # a cast writes texts out three times as fast as dictionary_decode
        return taken.cast(taken.type.value_type) if pa.types.is_dictionary(taken.type) else taken
    values = np.frombuffer(source.buffers()[1], out.dtype, len(source), source.offset * out.itemsize)
    np.take(values, spots, out=out[start : start + len(spots)], mode="clip")
    return None


def _finished(column: Chunks, parts: dict[int, Any] | None, out: Array | None) -> Any:
    import pyarrow as pa

    if out is not None:
        array = pa.Array.from_buffers(column.kind, len(out), [None, pa.py_buffer(out)])
        return pa.chunked_array([array], column.kind)
    if parts is not None:
        return pa.chunked_array([one(parts[start]) for start in sorted(parts)], column.kind)
    chunks: list[Any] = []
    for start, count in column.rows.runs or ():
        for first, size, array in zip(column.starts, column.sizes, column.arrays, strict=True):
            begin, end = max(start, first), min(start + count, first + size)
            if begin < end:
                chunks.append(array.slice(begin - first, end - begin))
    return pa.chunked_array(chunks, column.kind)
