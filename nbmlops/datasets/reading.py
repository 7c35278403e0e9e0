"""Reads the columns of a recipe: each blob once, then one gathering of rows a column, however long the recipe."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.gathering import Spare, finish, gathered_column, in_batches
from nbmlops.datasets.physical import type_from_text
from nbmlops.datasets.pieces import Pieces
from nbmlops.datasets.placing import Patched, Rows, place, row_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from nbmlops.artifacts import ArtifactStore
    from nbmlops.datasets.placing import Placement
    from nbmlops.datasets.recipe import Column, Node, Recipe, RowMap, Stack

    Array = np.ndarray[Any, Any]
    Runs = list[tuple[int, int]]

FEW_RUNS = 4096


class Reader:
    """Reads columns from pieces.

    Parameters
    ----------
    blobs : ArtifactStore
        Where the pieces are.
    """

    def __init__(self, blobs: ArtifactStore) -> None:
        self.pieces = Pieces(blobs)
        self._resolved: dict[Node, Rows] = {}
        self._placed: dict[Node, Placement] = {}

    def frame(self, recipe: Recipe, keys: Iterable[str] | None = None) -> dict[str, tuple[Any, Any, Any]]:
        """Return columns of a recipe by key, each as values, facts and what stands beside it."""
        chosen = {key: recipe.columns[key] for key in (recipe.columns if keys is None else keys)}
        arrays = self.columns(list(chosen.values()))
        beside = [
            (self._chunked(self.pieces.read_one(column.beside[0])), column.beside[1]) if column.beside else None
            for column in chosen.values()
        ]
        return {
            key: (array, {**column.facts, "own": True}, other)
            for (key, column), array, other in zip(chosen.items(), arrays, beside, strict=True)
        }

    def columns(self, columns: list[Column], rows: RowMap | None = None) -> list[Any]:
        """Return the values of columns as ChunkedArrays; with ``rows``, only of these rows of each."""
        places: dict[Node, Placement] = {}
        for column in columns:
            if column.node not in places:
                places[column.node] = self.placement_of(column.node, rows)
        kinds = [(type_from_text(column.type), places[column.node]) for column in columns]
        spare = Spare()
        return [
            array
            for batch in in_batches(kinds)
            for array in self._gathered([columns[at] for at in batch], [kinds[at] for at in batch], spare)
        ]

    def _gathered(self, columns: list[Column], kinds: list[tuple[Any, Placement]], spare: Spare) -> list[Any]:
        found = [gathered_column(kind, placement, spare) for kind, placement in kinds]
        takers: dict[tuple[Stack, int], list[tuple[int, Callable[[Any], None]]]] = {}
        for column, target in zip(columns, found, strict=True):
            pieces = [(stack, at) for stack in column.node.stacks for at in range(len(stack.blobs))]
            for number in sorted(target.placement.pieces):
                stack, at = pieces[number]
                takers.setdefault((stack, at), []).append((column.at[stack], partial(target.put, number)))
        self.pieces.read_stacks(takers, by_leaps=any(placement.second is not None for _, placement in kinds))
        return finish(found, spare)

    def placement_of(self, node: Node, rows: RowMap | None = None) -> Placement:
        """Return how the node's rows are put together, or these of them; that of all its rows is made once."""
        found = self._placed.get(node) if rows is None else None
        if found is None:
            sizes = [blob.rows for stack in node.stacks for blob in stack.blobs]
            whole = self.rows_of(node)
            found = place(whole if rows is None else self._taken(whole, rows), sizes)
            if rows is None:
                self._placed[node] = found
        return found

    def rows_of(self, node: Node) -> Rows:
        """Return the rows of the node's own stacks, laid one after the other in their order, that stand in it."""
        found = self._resolved.get(node)
        if found is None:
            found = self._resolved[node] = self._resolve(node)
        return found

    def _resolve(self, node: Node) -> Rows:
        if node.stack is not None:
            return Rows([(0, node.rows)])
        parts = [_moved(self.rows_of(part), part.stacks, node.stacks) for part in node.parts]
        if node.at is not None:
            runs = _patched(parts[0].runs, parts[1].runs, node.at)
            if runs is not None:
                return Rows(runs)
            return Patched(parts[0], self.pieces.read_map(node.at), parts[1])
        whole = _joined(parts)
        return whole if node.take is None else self._taken(whole, node.take)

    def _taken(self, whole: Rows, rows: RowMap) -> Rows:
        import numpy as np

        if rows.blob is None and whole.runs is not None:
            return Rows([piece for start, count in rows.runs for piece in _cut(whole.runs, start, count)])
        if whole.runs is not None and len(whole.runs) == 1:
            chosen = self.pieces.read_map(rows)
            [(start, count)] = whole.runs
            return Rows(None, np.add(chosen, start, dtype=row_type(start + count)) if start else chosen)
        return Rows(None, whole.positions()[self.pieces.read_map(rows)])

    @staticmethod
    def _chunked(array: Any) -> Any:
        import pyarrow as pa

        return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _moved(rows: Rows, inside: tuple[Stack, ...], around: tuple[Stack, ...]) -> Rows:
    """Return rows of some stacks as rows of more stacks."""
    import numpy as np

    if inside == around[: len(inside)]:
        return rows
    if isinstance(rows, Patched):
        return Patched(_moved(rows.below, inside, around), rows.at, _moved(rows.upper, inside, around))
    starts = dict(zip(around, _starts(around), strict=True))
    shifts = [(first, stack.rows, starts[stack] - first) for stack, first in zip(inside, _starts(inside), strict=True)]
    if rows.runs is not None:
        moved = []
        for start, count in rows.runs:
            for first, size, shift in shifts:
                begin, end = max(start, first), min(start + count, first + size)
                if begin < end:
                    moved.append((begin + shift, end - begin))
        return Rows(moved)
    positions = rows.positions().astype("i8")
    for first, size, shift in shifts:
        if shift:
            here = (rows.positions() >= first) & (rows.positions() < first + size)
            np.add(positions, shift, out=positions, where=here)
    return Rows(None, positions)


def _patched(runs: Runs | None, over: Runs | None, at: RowMap) -> Runs | None:
    """Return rows in which stretches are replaced by others, as runs; None where that would be many."""
    if runs is None or over is None or at.blob is not None or len(runs) + len(over) + len(at.runs) > FEW_RUNS:
        return None
    found: Runs = []
    done = used = 0
    for start, count in at.runs:
        found += _cut(runs, done, start - done) + _cut(over, used, count)
        done, used = start + count, used + count
    return found + _cut(runs, done, sum(count for _, count in runs) - done)


def _starts(stacks: tuple[Stack, ...]) -> list[int]:
    starts, total = [], 0
    for stack in stacks:
        starts.append(total)
        total += stack.rows
    return starts


def _joined(parts: list[Rows]) -> Rows:
    import numpy as np

    if len(parts) == 1:
        return parts[0]
    if all(part.runs is not None for part in parts) and sum(len(part.runs or ()) for part in parts) <= FEW_RUNS:
        return Rows([run for part in parts for run in part.runs or ()])
    return Rows(None, np.concatenate([part.positions() for part in parts]))


def _cut(runs: Runs, start: int, count: int) -> Runs:
    """Return ``count`` rows from ``start`` on, of the rows that runs stand for."""
    found, at = [], 0
    for first, size in runs:
        begin, end = max(start, at), min(start + count, at + size)
        if begin < end:
            found.append((first + begin - at, end - begin))
        at += size
    return found
