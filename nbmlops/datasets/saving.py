"""Makes the recipe of a new version out of older ones, such that it costs what has changed.

In this order, each column by itself: content that an older version has is shared; values that differ in place are a
patch; rows that stand elsewhere are found by their hash, in the newest version, then in those before it; what is left
is stored. Whatever was found is compared value by value before it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint import BLOCK_ROWS
from nbmlops.capture.fingerprint._arrow import arrow_column
from nbmlops.datasets.physical import Stored, one, type_to_text
from nbmlops.datasets.pieces import groups_of
from nbmlops.datasets.reading import Reader
from nbmlops.datasets.recipe import Column, Node, Recipe, RowMap, Stack
from nbmlops.datasets.rows import differing, found_share, is_comparable, places_of, row_hashes, variety
from nbmlops.datasets.threads import in_threads

if TYPE_CHECKING:
    import numpy as np

    from nbmlops.artifacts import ArtifactStore
    from nbmlops.datasets.forms import Taken
    from nbmlops.datasets.pieces import Pieces

    Array = np.ndarray[Any, Any]

LOOK_BACK = 8
"""How many older versions are looked at."""
MAX_DEPTH = 8
"""How many maps may stand one upon the other; then they become one."""
MUCH = 0.4
"""A column that differs in a larger share of its rows is stored whole."""
REST = 0.02
"""A larger share of new rows is looked for in versions before the newest."""
WASTE = 4
"""Rows stored for each row that is used, above which a column is stored whole again."""
ALIKE = 0.4
"""Patches of which one covers this share of the other's rows become one."""
MORE = 1.2
"""By how much that may make the larger one longer."""
HASHED = 2
"""By how many columns rows are known again, where these are varied enough."""
VARIED = 0.9


@dataclass
class _New:
    """A column to be stored, with what tells whether it is known."""

    key: str
    stored: Stored
    array: Any
    type: str
    form: str
    blocks: tuple[str, ...]

    @property
    def content(self) -> tuple[str, str, tuple[str, ...], int]:
        return self.type, self.form, self.blocks, len(self.array)


def make_recipe(taken: Taken, older: list[Recipe], pieces: Pieces, blobs: ArtifactStore) -> Recipe:
    """Return the recipe of a data object; what older versions lack is written.

    Parameters
    ----------
    taken : Taken
        The data, taken apart.
    older : list of Recipe
        Recipes of older versions, newest first.
    pieces : Pieces
        Writes what is new.
    blobs : ArtifactStore
        Where the pieces of older versions are read.
    """
    new = dict(zip(taken.columns, in_threads(lambda item: _describe(*item), taken.columns.items()), strict=True))
    return _Planner(new, taken, older[:LOOK_BACK], pieces, Reader(blobs)).plan()


def _describe(key: str, stored: Stored) -> _New:
    import pyarrow as pa

    array = stored.array if isinstance(stored.array, pa.ChunkedArray) else pa.chunked_array([stored.array])
    blocks = tuple(block.hex() for block in arrow_column(array)[1])
    return _New(key, stored, array, type_to_text(array.type), missing_form(array), blocks)


def missing_form(array: Any) -> str:
    """Return which missing values a column has: a fingerprint does not tell NaN from null, a version must."""
    import pyarrow as pa
    import pyarrow.compute as pc

    has_nan = pa.types.is_floating(array.type) and bool(pc.any(pc.is_nan(array)).as_py())
    if not array.null_count:
        return "nan" if has_nan else "none"
    return "mixed" if has_nan else "null"


class _Planner:
    def __init__(self, new: dict[str, _New], taken: Taken, older: list[Recipe], pieces: Pieces, reader: Reader) -> None:
        self.new = new
        self.rows = taken.rows
        self.layout = taken.layout
        self.older = older
        self.pieces = pieces
        self.reader = reader
        self.made: dict[str, tuple[Node, dict[Stack, int]]] = {}

    def plan(self) -> Recipe:
        self._share()
        rest = [column for column in self.new.values() if column.key not in self.made]
        if rest and self.older and self.rows:
            self._derive(rest)
        self._shorten()
        self._store([column for column in self.new.values() if column.key not in self.made])
        columns = {key: self._column(column) for key, column in self.new.items()}
        return Recipe(self.rows, self.layout, columns)

    def _column(self, new: _New) -> Column:
        node, at = self.made[new.key]
        beside = None
        if new.stored.beside is not None:
            other = new.stored.beside
            beside = (self.pieces.write_one(other.array), other.facts)
        return Column(node, at, new.stored.facts, new.type, new.form, new.blocks, beside)

    def _share(self) -> None:
        """Share the columns that an older version has, under whatever name."""
        known: dict[Any, tuple[str, Column]] = {}
        for recipe in self.older:
            for key, column in recipe.columns.items():
                known.setdefault(column.content, (key, column))
                known.setdefault((key, column.content), (key, column))
        for key, new in self.new.items():
            found = known.get((key, new.content)) or known.get(new.content)
            if found is not None and new.form != "mixed":
                self.made[key] = (found[1].node, found[1].at)

    def _store(self, columns: list[_New]) -> None:
        """Store columns whole; those of a first version, of which others will be made, such that they are read fast."""
        if columns:
            arrays = [column.array for column in columns]
            places = self.pieces.write_stacks(arrays, groups_of(arrays, quick=not self.older))
            for column, (stack, at) in zip(columns, places, strict=True):
                self.made[column.key] = (Node(stack=stack), {stack: at})

    def _derive(self, rest: list[_New]) -> None:
        """Make columns out of those of older versions, where they are much alike."""
        import numpy as np

        pairs = _Pairs(self.older[0], rest)
        if not pairs.old or not self.older[0].rows:
            return
        overlap = min(self.rows, self.older[0].rows)
        # two varied columns that differ nearly everywhere: rows have moved, and the others need no look in place
        varied = {key: variety(pairs.new[key].array) if pairs.comparable(key) else 0.0 for key in pairs.old}
        first = sorted(varied, key=lambda key: -varied[key])[:HASHED]
        changed = self._changed_in(pairs, first, overlap)
        sure = len(first) == HASHED and all(changed[key] is None and varied[key] > VARIED for key in first)
        moved = self._moved(pairs, first) if sure else None
        if moved is None:
            changed |= self._changed_in(pairs, [key for key in pairs.old if key not in changed], overlap)
            heavy = [key for key, found in changed.items() if found is None]
            moved = self._moved(pairs, heavy) if heavy else None
        where = np.arange(self.rows, dtype="i8")
        where[overlap:] = -1
        if moved is not None:
            where = moved
            changed = {}
        else:
            for key in heavy:
                pairs.drop(key)
                changed.pop(key)
        if pairs.old:
            self._map(pairs, where, changed)

    def _changed_in(self, pairs: _Pairs, keys: list[str], overlap: int) -> dict[str, Array | None]:
        return dict(zip(keys, in_threads(lambda key: self._changed(pairs, key, overlap), keys), strict=True))

    def _changed(self, pairs: _Pairs, key: str, overlap: int) -> Array | None:
        """Return the rows at which a column differs in place, or None where that is much of it."""
        import numpy as np
        import pyarrow as pa

        new, old = pairs.new[key], pairs.old[key]
        runs = []
        for number, start in enumerate(range(0, overlap, BLOCK_ROWS)):
            alike = min(BLOCK_ROWS, self.rows - start) == min(BLOCK_ROWS, old.node.rows - start)
            if not alike or new.blocks[number] != old.blocks[number]:
                runs.append((start, min(BLOCK_ROWS, overlap - start)))
        if not runs:
            return np.zeros(0, "i8")
        if not pairs.comparable(key):
            return None
        if len(runs) * BLOCK_ROWS > MUCH * overlap > BLOCK_ROWS:  # much may differ: the first block tells
            start, size = runs[0]
            [before] = self.reader.columns([old], RowMap(size, (runs[0],)))
            if len(differing(new.array.slice(start, size), before)) > 0.9 * size:
                return None
        total = sum(size for _, size in runs)
        [before] = self.reader.columns([old], RowMap(total, tuple(runs)))
        now = pa.chunked_array([chunk for run in runs for chunk in new.array.slice(*run).chunks], new.array.type)
        spots = differing(now, before)
        if len(spots) > MUCH * overlap:
            return None
        return np.concatenate([np.arange(start, start + size) for start, size in runs])[spots]

    def _moved(self, pairs: _Pairs, heavy: list[str]) -> Array | None:
        """Return where each row stands in the newest version, as row hashes say; None where most are not there."""
        keys, values = self._telling(pairs, heavy)
        if not keys:
            return None
        hashes = row_hashes([pairs.new[key].array for key in keys])
        places = places_of(hashes, row_hashes([values[key] for key in keys]))
        return places if (places >= 0).mean() > 0.1 else None

    def _telling(self, pairs: _Pairs, keys: list[str]) -> tuple[list[str], dict[str, Any]]:
        """Return the columns by which rows are known again: their values moved rather than changed, and are varied."""
        values: dict[str, Any] = {}
        varied = {key: variety(pairs.new[key].array) for key in keys if pairs.comparable(key)}
        telling: list[str] = []
        for key in sorted(varied, key=lambda key: -varied[key]):
            [values[key]] = self.reader.columns([pairs.old[key]])
            if found_share(pairs.new[key].array, values[key]) > 0.25:
                telling.append(key)
            if len(telling) >= HASHED and all(varied[key] > VARIED for key in telling):
                break
        best = [key for key in telling if varied[key] > VARIED]
        return best or telling, values

    def _map(self, pairs: _Pairs, where: Array, changed: dict[str, Array | None]) -> None:
        """Make the columns of pairs out of older rows: ``where`` says which, -1 for rows that are new."""
        import numpy as np

        keys = list(pairs.old)
        sources: list[dict[str, Column]] = [pairs.old]
        total = self.older[0].rows
        if (where < 0).mean() > REST:
            for recipe in self.older[1:]:
                total, where = self._search(pairs, recipe, sources, total, where)
        if len(sources) > 1:
            changed = {}  # what row hashes have found is not believed before it has been compared
        fresh = np.flatnonzero(where < 0)
        where[fresh] = total + np.arange(len(fresh))
        tail = self._tail(pairs, keys, fresh)
        in_order = total + len(fresh) == len(where) and bool((where == np.arange(len(where))).all())
        rows = None if in_order else self.pieces.write_map(where)
        for key in keys:
            columns = [source[key] for source in sources]
            parts = tuple(column.node for column in columns)
            at: dict[Stack, int] = {stack: place for column in columns for stack, place in column.at.items()}
            if key in tail:
                stack, place = tail[key]
                if at.get(stack, place) != place:  # the same values are known there, under another number
                    continue
                parts += (Node(stack=stack),)
                at[stack] = place
            node = parts[0] if rows is None and len(parts) == 1 else Node(parts=parts, take=rows)
            self.made[key] = (node, at)
        self._patch(pairs, [key for key in keys if key in self.made], changed)

    def _tail(self, pairs: _Pairs, keys: list[str], fresh: Array) -> dict[str, tuple[Stack, int]]:
        """Store the rows that no older version has."""
        import pyarrow as pa

        if not len(fresh):
            return {}
        if len(fresh) == fresh[-1] - fresh[0] + 1:
            arrays = [pairs.new[key].array.slice(int(fresh[0]), len(fresh)) for key in keys]
        else:
            spots = pa.array(fresh)
            arrays = [one(pairs.new[key].array).take(spots) for key in keys]
        return dict(zip(keys, self.pieces.write_stacks(arrays), strict=True))

    def _search(
        self, pairs: _Pairs, recipe: Recipe, sources: list[dict[str, Column]], total: int, where: Array
    ) -> tuple[int, Array]:
        """Look for the rows that are still new in one more version; give the number of source rows and the places."""
        import numpy as np
        import pyarrow as pa

        fresh = np.flatnonzero(where < 0)
        if len(fresh) <= REST * len(where) or not recipe.rows:
            return total, where
        more = _Pairs(recipe, [pairs.new[key] for key in pairs.old])
        clash = any(
            source[key].at.get(stack, place) != place
            for source in sources
            for key, column in more.old.items()
            for stack, place in column.at.items()
        )
        if len(more.old) < len(pairs.old) or clash:
            return total, where
        spots = pa.array(fresh)
        wanted = {key: replace_array(new, one(new.array).take(spots)) for key, new in more.new.items()}
        keys, values = self._telling(_Pairs(recipe, list(wanted.values())), list(more.old))
        if not keys:
            return total, where
        places = places_of(row_hashes([wanted[key].array for key in keys]), row_hashes([values[key] for key in keys]))
        if (places >= 0).mean() < 0.1:
            return total, where
        where[fresh[places >= 0]] = places[places >= 0] + total
        sources.append(more.old)
        return total + recipe.rows, where

    def _patch(self, pairs: _Pairs, keys: list[str], changed: dict[str, Array | None]) -> None:
        """Compare what was put together with what it must be; store the differences, or the column."""
        import pyarrow as pa

        known = {key: found for key, found in changed.items() if found is not None}
        unsure = [key for key in keys if key not in known]
        for key in {self.made[key][0]: key for key in unsure}.values():
            self.reader.placement_of(self.made[key][0])  # once, not in each thread
        known |= dict(zip(unsure, in_threads(lambda key: self._wrong(pairs, key), unsure), strict=True))
        for key in [key for key, spots in known.items() if len(spots) > MUCH * self.rows]:
            del known[key], self.made[key]
        for spots, same in _grouped(known):
            rows = self.pieces.write_map(spots)
            arrays = [one(pairs.new[key].array).take(pa.array(spots)) for key in same]
            for key, (stack, place) in zip(same, self.pieces.write_stacks(arrays), strict=True):
                node, at = self.made[key]
                patched = Node(parts=(node, Node(stack=stack)), at=rows)
                if at.get(stack, place) != place:  # the same few values stand there under another number
                    del self.made[key]
                    continue
                self.made[key] = (patched, {**at, stack: place})

    def _wrong(self, pairs: _Pairs, key: str) -> Array:
        """Return the rows at which a column that was put together is not what it must be."""
        import numpy as np

        new = pairs.new[key]
        [values] = self.reader.columns([self._made_column(new)])
        if pairs.comparable(key):
            return differing(new.array, values)
        # nested values are compared by their digests
        same = tuple(block.hex() for block in arrow_column(values)[1]) == new.blocks
        return np.zeros(0, "i8") if same else np.arange(self.rows)

    def _made_column(self, new: _New) -> Column:
        node, at = self.made[new.key]
        return Column(node, at, {}, new.type, new.form, new.blocks)

    def _shorten(self) -> None:
        """Make one map of many, and store whole what uses little of what it would have to read."""
        flat: dict[Node, Node] = {}
        for key, (node, at) in list(self.made.items()):
            if sum(stack.rows for stack in node.stacks) > WASTE * max(1, self.rows):
                del self.made[key]
            elif node.depth > MAX_DEPTH:
                if node not in flat:
                    rows = self.reader.rows_of(node).positions()
                    parts = tuple(Node(stack=stack) for stack in node.stacks)
                    flat[node] = Node(parts=parts, take=self.pieces.write_map(rows))
                self.made[key] = (flat[node], at)


class _Pairs:
    """New columns beside the columns of an older version that they may come from: of the same name and type."""

    def __init__(self, older: Recipe, new: list[_New]) -> None:
        self.new: dict[str, _New] = {}
        self.old: dict[str, Column] = {}
        for column in new:
            before = older.columns.get(column.key)
            if before is None or column.form == "mixed" or before.form == "mixed":
                continue
            missing = {column.form, before.form} - {"none"}
            if before.type == column.type and len(missing) <= 1:
                self.new[column.key] = column
                self.old[column.key] = before

    def comparable(self, key: str) -> bool:
        return is_comparable(self.new[key].array.type)

    def drop(self, key: str) -> None:
        del self.new[key], self.old[key]


def replace_array(new: _New, array: Any) -> _New:
    """Return a column with other values, for comparing part of it."""
    return replace(new, array=array)


def _grouped(known: dict[str, Array]) -> list[tuple[Array, list[str]]]:
    """Return positions with the columns that are patched there; columns edited in nearly the same rows share them.

    That costs a few values that are what they were, and saves a map for each column, now and at every load.
    """
    import numpy as np

    groups: list[tuple[Array, list[str]]] = []
    for key in sorted((key for key in known if len(known[key])), key=lambda key: -len(known[key])):
        spots = known[key]
        for at, (rows, keys) in enumerate(groups):
            if len(spots) < ALIKE * len(rows):
                continue
            both = np.union1d(rows, spots)
            if ALIKE * len(both) <= len(spots) and len(both) <= MORE * len(rows):
                groups[at] = (both, [*keys, key])
                break
        else:
            groups.append((spots, [key]))
    return groups
