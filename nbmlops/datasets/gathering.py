"""Columns put together while their pieces are read, with as few copies as there can be: touching memory is what costs.

A column takes each piece as it comes, from whichever thread has read it. Values of one width go straight to where they
will stay (`nbmlops.datasets.placing`). Texts that are numbers with a dictionary travel as such and are written out at
the end; what is left is taken piece by piece.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.packing import has_width, is_text, numbered, unpacked
from nbmlops.datasets.physical import one
from nbmlops.datasets.placing import PART_ROWS
from nbmlops.datasets.threads import in_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np

    from nbmlops.datasets.placing import Placement

    Array = np.ndarray[Any, Any]
    Work = list[Callable[[], object]]


ROOM_BYTES = 256 << 20
"""Columns whose rows come from everywhere are put together so many bytes at a time."""


def gathered_column(kind: Any, placement: Placement, spare: Spare) -> Flat | Stretches | Scattered:
    """Return a column of a type that is still to be put together."""
    if has_width(kind):
        return Flat(kind, placement, spare)
    return Stretches(kind, placement) if placement.in_order else Scattered(kind, placement)


def finish(columns: list[Flat | Stretches | Scattered], spare: Spare) -> list[Any]:
    """Return each column as a ChunkedArray, when all pieces have come.

    The last steps of a column are done side by side, those of several one after the other: memory that one needs no
    more is taken by the next, since fresh memory costs as much as all the rest.
    """
    for column in columns:
        for work in column.turns(spare):
            in_threads(lambda do: do(), work)
    return [column.result() for column in columns]


def in_batches(columns: Sequence[tuple[Any, Placement]]) -> list[list[int]]:
    """Return which columns are put together at a time, by their numbers: those in two steps need room beside them."""
    batches: list[list[int]] = [[]]
    room = 0
    for number, (kind, placement) in enumerate(columns):
        size = placement.rows * kind.bit_width // 8 if has_width(kind) and placement.second is not None else 0
        if size and batches[-1] and room + size > ROOM_BYTES:
            batches.append([])
            room = 0
        batches[-1].append(number)
        room += size
    return batches


class Spare:
    """Arrays that nobody needs any more, by their size."""

    def __init__(self) -> None:
        self._arrays: dict[int, list[Array]] = {}

    def give(self, array: Array) -> None:
        """Take an array that is not needed any more."""
        self._arrays.setdefault(array.nbytes, []).append(array)

    def array(self, rows: int, dtype: Any) -> Array:
        """Return an array that holds whatever it does."""
        import numpy as np

        found = self._arrays.get(rows * np.dtype(dtype).itemsize)
        return found.pop().view(dtype) if found else np.empty(rows, dtype)


class Flat:
    """A column of values of one width; its memory belongs to nobody else.

    Parameters
    ----------
    kind : DataType
        Its type; pieces may hold whole numbers in a narrower one.
    placement : Placement
        Where rows belong.
    spare : Spare
        Gives memory.
    """

    def __init__(self, kind: Any, placement: Placement, spare: Spare) -> None:
        self.kind = kind
        self.placement = placement
        self._values = spare.array(placement.rows, _dtype(kind))
        self._valid: Array | None = None
        self._laid_over = {piece for piece, _, _ in placement.late}
        self._late: dict[int, tuple[Array, Array | None]] = {}
        self._lock = Lock()

    def put(self, piece: int, array: Any) -> None:
        """Take the rows of a piece."""
        values, valid = _values(array), _valid(array)
        if valid is not None:
            self._see_missing()
        if piece in self._laid_over:
            self._late[piece] = values, valid
        for to, source in self.placement.moves.get(piece, ()):
            _move(values, source, self._values, to)
            if valid is not None and self._valid is not None:
                _move(valid, source, self._valid, to)

    def turns(self, spare: Spare) -> Iterator[Work]:
        """Yield what is to be done when all pieces have come."""
        if self.placement.second is not None:
            between, valid_between = self._values, self._valid
            self._values = spare.array(len(between), between.dtype)
            self._valid = None if valid_between is None else spare.array(len(valid_between), valid_between.dtype)
            yield self._second_steps(self.placement.second, between, valid_between)
            spare.give(between)
            if valid_between is not None:
                spare.give(valid_between)
        for piece, to, source in self.placement.late:
            values, valid = self._late[piece]
            _move(values, source, self._values, to)
            if self._valid is not None and valid is not None:
                _move(valid, source, self._valid, to)
            elif self._valid is not None:
                self._valid[to] = 1
        self._late.clear()

    def result(self) -> Any:
        """Return the column."""
        import numpy as np
        import pyarrow as pa

        values = np.packbits(self._values, bitorder="little") if pa.types.is_boolean(self.kind) else self._values
        valid = None if self._valid is None else pa.py_buffer(np.packbits(self._valid, bitorder="little"))
        array = pa.Array.from_buffers(self.kind, self.placement.rows, [valid, pa.py_buffer(values)])
        return pa.chunked_array([array], self.kind)

    def _see_missing(self) -> None:
        import numpy as np

        with self._lock:
            if self._valid is None:
                self._valid = np.ones(self.placement.rows, "u1")

    def _second_steps(self, second: list[Array], between: Array, valid_between: Array | None) -> Work:
        import numpy as np

        def fetch(number: int, start: int) -> None:
            end = min(start + PART_ROWS, self.placement.rows)
            np.take(between, second[number], out=self._values[start:end], mode="clip")
            if valid_between is not None and self._valid is not None:
                np.take(valid_between, second[number], out=self._valid[start:end], mode="clip")

        return [lambda at=at: fetch(*at) for at in self.placement.blocks()]  # type: ignore[misc]


class Stretches:
    """A column of values of many widths, of which each piece fills whole stretches.

    Parameters
    ----------
    kind : DataType
        Its type.
    placement : Placement
        Where rows belong.
    """

    def __init__(self, kind: Any, placement: Placement) -> None:
        self.kind = kind
        self.placement = placement
        self._parts: dict[int, Any] = {}

    def put(self, piece: int, array: Any) -> None:
        """Take the rows of a piece."""
        for to, source in self.placement.moves.get(piece, ()):
            assert isinstance(to, slice)
            self._parts[to.start] = unpacked(_chosen(array, source), self.kind)

    def turns(self, spare: Spare) -> Iterator[Work]:
        """Yield what is to be done when all pieces have come: nothing."""
        del spare
        yield from ()

    def result(self) -> Any:
        """Return the column."""
        import pyarrow as pa

        return pa.chunked_array([self._parts[start] for start in sorted(self._parts)], self.kind)


class Scattered:
    """A column of values of many widths, whose rows come from here and there.

    Parameters
    ----------
    kind : DataType
        Its type.
    placement : Placement
        Where rows belong.
    """

    def __init__(self, kind: Any, placement: Placement) -> None:
        self.kind = kind
        self.placement = placement
        self._pieces: dict[int, Any] = {}
        self._chunks: list[Any] = []

    def put(self, piece: int, array: Any) -> None:
        """Take a piece; texts that stand often become numbers."""
        self._pieces[piece] = numbered(array) if is_text(array.type) else array

    def turns(self, spare: Spare) -> Iterator[Work]:
        """Yield what is to be done when all pieces have come."""
        import pyarrow as pa

        dictionaries = {piece for piece, array in self._pieces.items() if pa.types.is_dictionary(array.type)}
        coded = sum(len(self._pieces[piece]) for piece in dictionaries)
        if dictionaries and 2 * coded >= sum(len(array) for array in self._pieces.values()):
            yield from self._by_number(spare)
        else:
            yield from self._by_part()

    def result(self) -> Any:
        """Return the column."""
        import pyarrow as pa

        return pa.chunked_array(self._chunks, self.kind)

    def _by_number(self, spare: Spare) -> Iterator[Work]:
        """Place the numbers of texts, in one dictionary; write the texts out in the end."""
        import numpy as np
        import pyarrow as pa

        arrays = {
            piece: array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
            for piece, array in self._pieces.items()
        }
        self._pieces.clear()
        words = [array.dictionary.cast(self.kind) for array in arrays.values()]
        numbers = [pa.DictionaryArray.from_arrays(pa.array(np.arange(len(part), dtype="i4")), part) for part in words]
        united = pa.chunked_array(numbers).unify_dictionaries()
        dictionary = united.chunk(0).dictionary
        kind = pa.int16() if len(dictionary) < 1 << 15 else pa.int32()
        codes = Flat(kind, self.placement, spare)

        def put(piece: int, table: Any) -> None:
            own = arrays[piece].indices
            codes.put(piece, table.take(own) if len(table) else own.cast(kind))

        tables = [chunk.indices.cast(kind) for chunk in united.chunks]
        yield [
            lambda piece=piece, table=table: put(piece, table)  # type: ignore[misc]
            for piece, table in zip(arrays, tables, strict=True)
        ]
        yield from codes.turns(spare)
        whole = codes.result().chunk(0)
        self._chunks = [None] * -(-self.placement.rows // PART_ROWS)

        def write_out(number: int, start: int) -> None:
            part = pa.DictionaryArray.from_arrays(whole.slice(start, PART_ROWS), dictionary)
            self._chunks[number] = part.cast(self.kind)

        yield [lambda at=at: write_out(*at) for at in self.placement.blocks()]  # type: ignore[misc]

    def _by_part(self) -> Iterator[Work]:
        """Take what each piece has, then every row from these parts."""
        import numpy as np
        import pyarrow as pa

        first = [(piece, to, source) for piece, moves in self.placement.moves.items() for to, source in moves]
        moves = [*first, *self.placement.late]
        parts: list[Any] = [None] * len(moves)

        def take(at: int) -> None:
            piece, _, source = moves[at]
            parts[at] = _chosen(unpacked(self._pieces[piece], self.kind), source)

        yield [lambda at=at: take(at) for at in range(len(moves))]  # type: ignore[misc]
        self._pieces.clear()
        places = np.empty(self.placement.rows, "i8")
        start = 0
        for own, found in ((first, parts), (self.placement.late, parts[len(first) :])):
            for (_, to, _), part in zip(own, found, strict=False):
                places[to] = np.arange(start, start + len(part))
                start += len(part)
            if own is first and self.placement.second is not None:
                places = places[np.concatenate(self.placement.second)]
        whole = one(pa.chunked_array(parts, self.kind))
        parts.clear()
        self._chunks = [None] * -(-self.placement.rows // PART_ROWS)

        def fetch(number: int, start: int) -> None:
            self._chunks[number] = one(whole.take(pa.array(places[start : start + PART_ROWS])))

        yield [lambda at=at: fetch(*at) for at in self.placement.blocks()]  # type: ignore[misc]


def _dtype(kind: Any) -> Any:
    """Return how values lie in memory; whole numbers as such, since narrower ones become theirs."""
    import pyarrow as pa

    if pa.types.is_boolean(kind):
        return "u1"
    return kind.to_pandas_dtype() if pa.types.is_integer(kind) else f"u{kind.bit_width // 8}"


def _values(array: Any) -> Array:
    import numpy as np
    import pyarrow as pa

    dtype = np.dtype(_dtype(array.type))
    buffer = array.buffers()[1]
    if buffer is None or not len(array):
        return np.zeros(len(array), dtype)
    if pa.types.is_boolean(array.type):
        return _bits(buffer, array)
    return np.frombuffer(buffer, dtype, len(array), array.offset * dtype.itemsize)


def _valid(array: Any) -> Array | None:
    return _bits(array.buffers()[0], array) if array.null_count else None


def _bits(buffer: Any, array: Any) -> Array:
    import numpy as np

    first, shift = divmod(array.offset, 8)
    packed = np.frombuffer(buffer, "u1", (shift + len(array) + 7) // 8, first)
    return np.unpackbits(packed, count=shift + len(array), bitorder="little")[shift:]


def _move(values: Array, source: Any, out: Array, to: Any) -> None:
    import numpy as np

    if isinstance(source, slice):
        out[to] = values[source]
    elif isinstance(to, slice) and values.dtype == out.dtype:
        np.take(values, source, out=out[to], mode="clip")
    else:
        out[to] = np.take(values, source)


def _chosen(array: Any, source: Any) -> Any:
    import pyarrow as pa

    if isinstance(source, slice):
        return array.slice(source.start, source.stop - source.start)
    return array.take(pa.array(source))
