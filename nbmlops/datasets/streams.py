"""Tables larger than memory: read, fingerprinted and stored block by block, in memory for a few blocks.

Blocks that the newest version holds at the same place are shared; where rows have moved, blocks are stored again. The
version is kept as an Arrow table, so that parts of it can be loaded: ``columns=[…]``.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint import BLOCK_ROWS
from nbmlops.capture.fingerprint._arrow import arrow_column
from nbmlops.capture.fingerprint._data import _column
from nbmlops.capture.fingerprint._leaf import root_digests
from nbmlops.datasets.forms import column_keys
from nbmlops.datasets.physical import store_arrow, type_to_text
from nbmlops.datasets.pieces import groups_of
from nbmlops.datasets.recipe import Column, Node, Recipe, RowMap, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbmlops.datasets.pieces import Group, Pieces

SHARE = 0.15
"""A file whose size is a larger share of the free memory than this is read as a stream; in memory it takes more."""
_FORMATS = {".parquet": "parquet", ".pq": "parquet", ".feather": "feather", ".arrow": "feather", ".csv": "csv"}


def is_large(path: Path) -> bool:
    """Tell whether a table must be read as a stream."""
    import psutil

    return path.suffix.lower() in _FORMATS and path.stat().st_size > SHARE * psutil.virtual_memory().available


class Stream:
    """A table on its way from a file into the store.

    Parameters
    ----------
    path : Path
        The file.
    older : Recipe, optional
        The newest version, whose blocks are shared.
    pieces : Pieces
        Writes what is new.
    """

    def __init__(self, path: Path, older: Recipe | None, pieces: Pieces) -> None:
        import pyarrow.dataset as ds

        self._source = ds.dataset(path, format=_FORMATS[path.suffix.lower()])
        self._older = older
        self._pieces = pieces
        self.schema = _plain_schema(self._source.schema)
        self.keys = column_keys(self.schema.names)
        self.rows = 0
        self.bytes = 0
        self._words: list[str] = [""] * len(self.keys)
        self._types: list[str] = [""] * len(self.keys)
        self._facts: list[dict[str, Any]] = [{} for _ in self.keys]
        self._missing: list[set[str]] = [set() for _ in self.keys]
        self._digests: list[list[bytes]] = [[] for _ in self.keys]
        self._groups: list[Group] = []

    def save(self) -> Recipe:
        """Read and store the whole table; give its recipe."""
        stacks: list[Stack] = []
        runs: list[tuple[bool, int, int]] = []
        places: list[tuple[int, int]] = []  # of each column: which of the stacks of a block, and its number there
        fresh = 0
        for block in self._blocks():
            stored = [store_arrow(block.column(at)) for at in range(block.num_columns)]
            same = self._describe(stored)
            if same:
                runs.append((False, self.rows, block.num_rows))
            else:
                arrays = [one.array for one in stored]
                self._groups = self._groups or groups_of(arrays, quick=self._older is None)
                written = self._pieces.write_stacks(arrays, self._groups)
                groups = list(dict.fromkeys(stack for stack, _ in written))
                places = [(groups.index(stack), at) for stack, at in written]
                stacks = stacks or [Stack(()) for _ in groups]
                stacks = [Stack((*all_.blobs, *new.blobs)) for all_, new in zip(stacks, groups, strict=True)]
                runs.append((True, fresh, block.num_rows))
                fresh += block.num_rows
            self.rows += block.num_rows
            self.bytes += block.nbytes
        return self._recipe(stacks, places, runs, fresh)

    def digests(self) -> tuple[str, str]:
        """Return fingerprint and order digest: those of the table in memory."""
        columns = [
            _column(name, self.rows, word, blocks)
            for name, word, blocks in zip(self.schema.names, self._words, self._digests, strict=True)
        ]
        return root_digests("frame", (self.rows, len(columns)), columns, [])

    def _blocks(self) -> Iterator[Any]:
        """Yield tables of 262,144 rows, the last one shorter."""
        import pyarrow as pa

        waiting: list[Any] = []
        count = 0
        for batch in self._source.to_batches(batch_size=BLOCK_ROWS, batch_readahead=1, fragment_readahead=1):
            waiting.append(pa.Table.from_batches([batch]).cast(self.schema))
            count += batch.num_rows
            while count >= BLOCK_ROWS:
                table = pa.concat_tables(waiting)
                yield table.slice(0, BLOCK_ROWS).combine_chunks()
                waiting, count = [table.slice(BLOCK_ROWS)], count - BLOCK_ROWS
        if count or not self.rows:
            yield pa.concat_tables(waiting) if waiting else self.schema.empty_table()

    def _describe(self, stored: list[Any]) -> bool:
        """Note the digests of a block; tell whether the older version holds it at the same place."""
        from nbmlops.datasets.saving import missing_form

        number = self.rows // BLOCK_ROWS
        same = self._older is not None
        for at, (key, one) in enumerate(zip(self.keys, stored, strict=True)):
            word, blocks = arrow_column(one.array)
            self._words[at], self._types[at], self._facts[at] = word, type_to_text(one.array.type), one.facts
            form = missing_form(one.array)
            self._missing[at].add(form)
            self._digests[at] += blocks
            known = self._older.columns.get(key) if self._older is not None else None
            same = (
                same
                and known is not None
                and known.type == self._types[at]
                and known.form in ("none", form)
                and form != "mixed"
                and number < len(known.blocks)
                and list(known.blocks[number : number + 1]) == [block.hex() for block in blocks]
                and min(BLOCK_ROWS, known.node.rows - number * BLOCK_ROWS) == len(one.array)
            )
        return same

    def _recipe(
        self, stacks: list[Stack], places: list[tuple[int, int]], runs: list[tuple[bool, int, int]], fresh: int
    ) -> Recipe:
        columns = {}
        take = tuple((start if is_new else fresh + start, count) for is_new, start, count in runs)
        for at, key in enumerate(self.keys):
            old = self._older.columns.get(key) if self._older is not None else None
            shared = any(not is_new for is_new, _, _ in runs)
            parts: tuple[Node, ...] = ()
            where: dict[Stack, int] = {}
            if stacks:
                group, place = places[at]
                parts, where = (Node(stack=stacks[group]),), {stacks[group]: place}
            if shared and old is not None:
                parts, where = (*parts, old.node), {**old.at, **where}
            node = parts[0] if len(parts) == 1 and not shared else Node(parts=parts, take=RowMap(self.rows, take))
            forms = self._missing[at] - {"none"}
            form = "mixed" if len(forms) > 1 else next(iter(forms), "none")
            blocks = tuple(block.hex() for block in self._digests[at])
            columns[key] = Column(node, where, self._facts[at], self._types[at], form, blocks)
        schema = base64.b64encode(self.schema.serialize()).decode()
        return Recipe(self.rows, {"form": "arrow.table", "order": self.keys, "schema": schema}, columns)


def _plain_schema(schema: Any) -> Any:
    """Return a schema without dictionaries: these are not the same in every part of a file."""
    import pyarrow as pa

    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in schema
    ]
    return pa.schema(fields)
