"""Pieces as blobs: columns as Arrow IPC with zstd, row numbers as delta-coded Parquet.

Measured on 10 million mixed rows: Arrow IPC is written in half of the time of Parquet and read in two thirds, at the
same size; row numbers of a sorted, filtered or edited version take 0.01 to 3.2 bytes each.
"""

from __future__ import annotations

import io
import mmap
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.capture.fingerprint import BLOCK_ROWS
from nbmlops.datasets.packing import is_noise, packed
from nbmlops.datasets.physical import one
from nbmlops.datasets.placing import Rows
from nbmlops.datasets.recipe import Blob, RowMap, Stack
from nbmlops.datasets.threads import in_threads
from nbmlops.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from nbmlops.artifacts import ArtifactStore

    Array = np.ndarray[Any, Any]

PIECE_BYTES = 64 << 20
MAX_RUNS = 64
_KEPT = 4


@dataclass(frozen=True)
class Group:
    """Columns that are written side by side, by their numbers."""

    columns: tuple[int, ...]
    noise: bool
    """Whether compression would not make them smaller."""


def groups_of(arrays: Sequence[Any], *, quick: bool = False) -> list[Group]:
    """Return which of the columns of one length are written side by side: as many as make no piece too large.

    With ``quick``, values that compression would hardly make smaller are not compressed, and read where they lie.
    """
    rows = len(arrays[0])
    groups: list[Group] = []
    alike = in_threads(is_noise, arrays) if quick else [False] * len(arrays)
    for noise in (False, True):
        group: list[int] = []
        size = 0
        for number in [number for number, found in enumerate(alike) if found == noise]:
            width = max(1, arrays[number].nbytes // max(1, rows)) * min(rows, BLOCK_ROWS)
            if group and size + width > PIECE_BYTES:
                groups.append(Group(tuple(group), noise))
                group, size = [], 0
            group.append(number)
            size += width
        if group:
            groups.append(Group(tuple(group), noise))
    return groups


class Pieces:
    """Reads and writes the pieces of data sets in a blob store.

    Parameters
    ----------
    blobs : ArtifactStore
        Where they are.
    told : callable, optional
        Called with the number of bytes, before compression, of each piece written.
    """

    def __init__(self, blobs: ArtifactStore, told: Callable[[int], object] | None = None) -> None:
        self._blobs = blobs
        self._told = told
        self.bytes_added = 0
        self._maps: OrderedDict[str, Array] = OrderedDict()

    def write_stacks(self, arrays: Sequence[Any], groups: Sequence[Group] | None = None) -> list[tuple[Stack, int]]:
        """Write columns of one length; give, for each, its stack and its number there.

        ``groups`` are those of other rows of the same columns (`groups_of`), where they must be stored alike.
        """
        import pyarrow as pa

        rows = len(arrays[0])
        groups = groups_of(arrays) if groups is None else groups
        tables = [
            pa.table([arrays[number] for number in group.columns], names=[str(at) for at in range(len(group.columns))])
            for group in groups
        ]
        work = [(at, start) for at in range(len(groups)) for start in range(0, rows, BLOCK_ROWS)]
        pieces = in_threads(
            lambda item: self._write_table(tables[item[0]].slice(item[1], BLOCK_ROWS), groups[item[0]].noise), work
        )
        found: dict[int, tuple[Stack, int]] = {}
        for at, group in enumerate(groups):
            stack = Stack(tuple(piece for item, piece in zip(work, pieces, strict=True) if item[0] == at))
            found |= {number: (stack, place) for place, number in enumerate(group.columns)}
        return [found[number] for number in range(len(arrays))]

    def write_one(self, array: Any) -> Blob:
        """Write a small column as one blob."""
        import pyarrow as pa

        return self._write_table(pa.table([array], names=["0"]), pack=False)

    def read_one(self, blob: Blob) -> Any:
        """Read what `write_one` wrote."""
        return self._read_table(blob, [0]).column(0)

    def read_stacks(
        self, takers: dict[tuple[Stack, int], list[tuple[int, Callable[[Any], None]]]], *, by_leaps: bool = False
    ) -> None:
        """Read blobs of stacks, each once; hand its columns, by their numbers, to those who take them.

        What they get may lie in the blob itself, and is not theirs to keep. ``by_leaps`` says that they take values
        here and there.
        """

        def read(piece: tuple[Stack, int]) -> None:
            stack, at = piece
            numbers = sorted({number for number, _ in takers[piece]})
            table = self._read_table(stack.blobs[at], numbers, by_leaps)
            for number, take in takers[piece]:
                take(one(table.column(numbers.index(number))))

        in_threads(read, takers)

    def write_map(self, positions: Array) -> RowMap:
        """Keep row numbers: in the recipe where they are few runs, else as a blob."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.parquet as pq

        breaks = np.flatnonzero(np.diff(positions) != 1) + 1
        if len(breaks) < MAX_RUNS:
            starts = np.concatenate([[0], breaks]) if len(positions) else np.zeros(0, "i8")
            counts = np.diff(np.append(starts, len(positions)))
            pairs = zip(positions[starts.astype("i8")].tolist(), counts.tolist(), strict=True)
            return RowMap(len(positions), tuple((int(start), int(count)) for start, count in pairs))
        narrow = positions.astype("i4" if positions.max() < 2**31 else "i8")
        sink = io.BytesIO()
        pq.write_table(
            pa.table({"row": narrow}),
            sink,
            compression="zstd",
            use_dictionary=False,
            column_encoding={"row": "DELTA_BINARY_PACKED"},
            write_statistics=False,
            store_schema=False,
        )
        return RowMap(len(positions), blob=self._write(sink.getbuffer(), len(positions), narrow.nbytes))

    def read_map(self, rows: RowMap) -> Array:
        """Return the row numbers that `write_map` kept."""
        if rows.blob is None:
            return Rows(list(rows.runs)).positions()
        found = self._maps.get(rows.blob.digest)
        if found is None:
            found = _read_numbers(self._bytes(rows.blob))
            self._maps[rows.blob.digest] = found
            while len(self._maps) > _KEPT:
                self._maps.popitem(last=False)
        return found

    def _write_table(self, table: Any, noise: bool = False, *, pack: bool = True) -> Blob:
        import pyarrow as pa

        columns = [one(column) for column in table.columns]
        written = pa.table([packed(column) for column in columns] if pack else columns, names=table.column_names)
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression=None if noise else "zstd", use_threads=False)
        with pa.ipc.new_file(sink, written.schema, options=options) as writer:
            writer.write_table(written)
        return self._write(memoryview(sink.getvalue()), table.num_rows, table.nbytes)

    def _write(self, data: Any, rows: int, raw: int) -> Blob:
        from blake3 import blake3

        is_new = not self._blobs.holds(f"b3:{blake3(data).hexdigest()}")
        digest, size = self._blobs.write(io.BytesIO(data))
        if is_new:
            self.bytes_added += size
        if self._told is not None:
            self._told(raw)
        return Blob(digest, rows, size)

    def _read_table(self, blob: Blob, columns: list[int], by_leaps: bool = False) -> Any:
        import pyarrow as pa

        options = pa.ipc.IpcReadOptions(included_fields=columns, use_threads=False)
        with pa.ipc.open_file(pa.BufferReader(self._bytes(blob, by_leaps)), options=options) as reader:
            return reader.read_all()

    def _bytes(self, blob: Blob, by_leaps: bool = False) -> Any:
        """Return a blob's bytes as they lie in its file, verified; nothing is copied."""
        try:
            with self._blobs.open_reader(blob.digest, again=False) as reader:
                return _mapped(reader.fileno(), by_leaps)
        except (NotFound, Conflict) as error:
            raise type(error)(error.message, "Find what is damaged: nbmlops doctor --verify") from error


def _mapped(descriptor: int, by_leaps: bool) -> mmap.mmap:
    """Return a file as it lies in memory.

    Who reads by leaps asks for its pages one by one, which costs more than all the rest; where the system can, they are
    there before.
    """
    if by_leaps and hasattr(mmap, "MAP_POPULATE"):
        return mmap.mmap(descriptor, 0, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE, prot=mmap.PROT_READ)
    return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)


def _read_numbers(data: Any) -> Array:
    """Return the only column of a Parquet file; its row groups are decoded side by side."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    facts = pq.read_metadata(pa.BufferReader(data))
    ends = np.cumsum([facts.row_group(at).num_rows for at in range(facts.num_row_groups)])
    kind = facts.schema.to_arrow_schema().field(0).type.to_pandas_dtype()
    found: Array = np.empty(facts.num_rows, kind)

    def read(at: int) -> None:
        with pq.ParquetFile(pa.BufferReader(data), metadata=facts) as file:
            column = file.read_row_group(at, use_threads=False).column(0)
        found[ends[at] - len(column) : ends[at]] = column.to_numpy()

    in_threads(read, range(facts.num_row_groups))
    return found
