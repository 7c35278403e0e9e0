"""Pushed rows: kept for training sets, and put through the view's own expression into the online store, at once.

The rows are those of the view's source. What they become online is what the body makes of them alone, so only bodies
that make a row of a row can be pushed to; others are materialized.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.features.asof import rows_query
from nbmlops.features.checking import check_columns, run_checks
from nbmlops.features.engine import body_of, new_connection, open_body
from nbmlops.features.online.events import joined, pack_events, read_events
from nbmlops.features.online.materializing import events_of, key_of, row_values, split_by_key
from nbmlops.features.online.packing import key_packer, packer, unpacker
from nbmlops.features.online.shapes import shape_of
from nbmlops.features.row_tables import rows_table
from nbmlops.features.rowwise import check_rowwise
from nbmlops.features.times import quoted
from nbmlops.store.ids import now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.features.reading import SourceReader
    from nbmlops.features.records import FeatureView
    from nbmlops.store.online import OnlineFile, Row, Tail


@dataclass(frozen=True)
class Pushed:
    """What became of pushed rows: ``rows`` came in, ``kept`` of them have a key and a time, of ``keys`` keys."""

    view: str
    version: int
    rows: int
    kept: int
    keys: int

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops features push --json``."""
        return asdict(self)


class Pusher:
    """Takes rows for one version of a view; keeps what it knows of the source between pushes.

    Parameters
    ----------
    file : OnlineFile
        The store.
    view : FeatureView
        The version.
    reader : SourceReader
        Reads the view's source once, for its columns.

    Raises
    ------
    InvalidInput
        The view's body needs more than the pushed rows.
    """

    def __init__(self, file: OnlineFile, view: FeatureView, reader: SourceReader) -> None:
        self._file = file
        self.view = view
        with open_body(view.definition, reader) as body:
            hint = f"It cannot be pushed to. Materialize it instead: nbmlops features materialize {view.name}"
            check_rowwise(body, hint)
            check_columns(body)
            [source] = view.definition.sources
            relation = body.run(f"FROM {quoted(source.name)}")
            self._columns = dict(zip(relation.columns, map(str, relation.types), strict=True))
            self.shape = shape_of(body)
        self._number = file.add_view(view.name, view.digest, self.shape.facts())
        self._key, self._pack, self._unpack = key_packer(self.shape.entity), packer(), unpacker()

    def push(self, rows: Any, followed: tuple[str, str] | None = None) -> Pushed:
        """Take rows: all of them, or none when one breaks a check.

        Parameters
        ----------
        rows : frame, record or list of records
            With the columns of the source; a column that is left out is null.
        followed : tuple, optional
            A place that is followed, and how far it was read: noted in the same transaction.

        Raises
        ------
        InvalidInput
            The rows do not fit the source, or break a check; nothing was kept.
        """
        connection = new_connection(self.view.definition.folder)
        try:
            batch = self._batch(connection, rows)
            with body_of(self.view.definition, connection) as body:
                run_checks(body)
                features = self.shape.inputs if self.shape.windows else list(self.shape.features)
                table = body.table(rows_query(body, self.shape.unit, features, few=False, upto=None))
        finally:
            connection.close()
        content = _as_ipc(batch)
        with self._file.lock(self.view.name):
            newest: list[Row] = [] if self.shape.windows else self._newest(table)
            tails: list[Tail] = list(self._tails(table)) if self.shape.windows else []
            writes = [(self._number, newest, tails)]
            self._file.add_push(self.view.name, content, batch.num_rows, now(), writes, followed)
        keys = len(tails) if self.shape.windows else len(newest)
        return Pushed(self.view.name, self.view.version, batch.num_rows, table.num_rows, keys)

    def _batch(self, connection: Any, rows: Any) -> Any:
        """Put rows into a connection under the source's name, in the source's types; give them as Arrow."""
        import duckdb

        [source] = self.view.definition.sources
        table = rows_table(rows)
        if not table.num_columns:
            raise InvalidInput("there are no rows to push.", 'Give [{"origin": "EWR", …}], or a frame.')
        unknown = [name for name in table.column_names if name not in self._columns]
        if unknown:
            hint = did_you_mean(unknown[0], self._columns, ", ".join(self._columns))
            raise InvalidInput(f"{unknown[0]!r} is no column of the source {source.name!r}.", hint)
        parts = [
            f"CAST({quoted(name) if name in table.column_names else 'NULL'} AS {kind}) AS {quoted(name)}"
            for name, kind in self._columns.items()
        ]
        connection.register("nbmlops pushed", table)
        try:
            batch = connection.sql(f'SELECT {", ".join(parts)} FROM "nbmlops pushed"').to_arrow_table()
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise InvalidInput(f"the rows do not fit {source.name!r}: {said}", "Nothing was kept.") from error
        connection.register(source.name, batch)
        return batch

    def _newest(self, table: Any) -> list[Row]:
        """Return the newest row of each key, where it is newer than what is stored."""
        found: dict[bytes, Row] = {}
        for row in row_values(table, self.shape, self._key, self._pack):
            kept = found.get(row[0])
            if kept is None:
                stored = self._file.row(self._number, row[0])
                kept = (row[0], *stored) if stored is not None else None
            if kept is None or self._rank(row) > self._rank(kept):
                found[row[0]] = row
        return list(found.values())

    def _rank(self, row: Row) -> tuple[Any, ...]:
        """Return what decides which of two rows of a key is the newer: time, created time, values; nulls are last."""
        return row[1], (row[2] is not None, row[2] or 0), [(v is not None, v) for v in self._unpack(row[3])]

    def _tails(self, table: Any) -> Iterator[Tail]:
        for part in split_by_key(table, self.shape):
            key = key_of(part, self.shape, self._key)
            events = events_of(part, self.shape)
            stored = self._file.tail(self._number, key)
            older = read_events(stored, self._unpack) if stored is not None else None
            if older is not None:
                last = max(int(one.times[-1]) for one in (older, events) if len(one.times))
                events = joined(older, events, last - self.shape.reach)
            yield key, pack_events(events, self._pack)


def pushed_table(file: OnlineFile, view: str, first: int | None = None) -> Any:
    """Return what was pushed to a view as one Arrow table, all of it or the first pushes; None where nothing was."""
    import pyarrow as pa

    tables = [pa.ipc.open_stream(content).read_all() for content in file.pushes(view, first)]
    return pa.concat_tables(tables, promote_options="permissive") if tables else None


def _as_ipc(table: Any) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found
