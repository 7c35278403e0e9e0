"""Materialize: the newest row of each key, or the events that windows can still see, written to the online store.

Rows are written in the order of their keys, in batches; each batch is one transaction that also says how far it came. A
materialization that was killed goes on behind the last batch when the sources still hold the same. What was pushed
while it ran is not overwritten: newest wins, and events are put together again.
"""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.features.asof import rows_query
from nbmlops.features.checking import check_columns, check_types, run_checks
from nbmlops.features.engine import open_body
from nbmlops.features.online.events import make_events, pack_events
from nbmlops.features.online.packing import key_packer, packer
from nbmlops.features.online.shapes import shape_of
from nbmlops.features.times import PER_MICROSECOND
from nbmlops.store.ids import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbmlops.features.engine import Body
    from nbmlops.features.online.shapes import Shape
    from nbmlops.features.reading import SourceReader
    from nbmlops.features.records import FeatureView
    from nbmlops.store.online import OnlineFile

    Pack = Callable[[Any], bytes]

BATCH = 20_000
"""Keys that are written in one transaction."""


@dataclass(frozen=True)
class Materialized:
    """What a materialization did. ``written`` are the keys that were new or newer, ``keys`` those it went through.

    ``resumed`` are the keys that an interrupted one had written before; ``unchanged`` that there was nothing to do.
    """

    view: str
    version: int
    keys: int
    written: int
    upto: str
    resumed: int = 0
    unchanged: bool = False
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops features materialize --json``."""
        return asdict(self)


def materialize(
    file: OnlineFile, view: FeatureView, reader: SourceReader, upto: int, told: Callable[[int, int], object]
) -> tuple[int, int, int, bool]:
    """Write what a view is at an instant; give keys, written keys, keys written before, and whether all was there.

    Parameters
    ----------
    upto : int
        The instant, in microseconds since 1970.
    told : callable
        Told how many keys are written, and of how many; what it was told of is durable.
    """
    is_alone = file.lock(view.name) if view.definition.windows else contextlib.nullcontext()
    with is_alone, open_body(view.definition, reader) as body:
        check_columns(body)
        check_types(body, view.preview)
        run_checks(body)
        shape = shape_of(body)
        number = file.add_view(view.name, view.digest, shape.facts())
        state = file.state(number)
        moment = upto * PER_MICROSECOND[shape.unit]
        contents = dict(sorted(body.contents.items()))
        half = state.get("half") or {}
        done = 0
        if half.get("contents") == contents:  # goes on as the one that was begun
            moment, done = int(half["moment"]), int(half["done"])
        elif state.get("contents") == contents and state["latest"] <= state["moment"] <= moment:
            file.write(number, moment=moment)  # nothing moved on but time
            return file.count(number), 0, 0, True
        table = _events_table(body, shape, moment) if shape.windows else _newest_table(body, shape, moment)
        latest = _latest(body, shape)
        total, written, at = _count_keys(table, shape), 0, done
        told(at, total)
        for batch in _batches(table, shape, done):
            at += len(batch)
            half = {"contents": contents, "moment": moment, "done": at}
            written += file.write(number, *((), batch) if shape.windows else (batch,), half=half)
            told(at, total)
        file.write(number, half=None, contents=contents, moment=moment, latest=latest, finished_at=now(), keys=total)
    return total, written, done, False


def _order(shape: Shape, body: Body) -> str:
    """Return which row of a key is the newest: by event time, created time, values, as in a training set."""
    created = ["c DESC NULLS LAST"] if body.definition.created is not None else []
    return ", ".join(["t DESC", *created, *(f"f{at} DESC NULLS LAST" for at in range(len(shape.features)))])


def _newest_table(body: Body, shape: Shape, moment: int) -> Any:
    keys = ", ".join(f"k{at}" for at in range(len(shape.entity)))
    return body.table(
        f"SELECT * FROM ({_known(body, shape, moment)}) "
        f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {_order(shape, body)}) = 1 ORDER BY {keys}"
    )


def _events_table(body: Body, shape: Shape, moment: int) -> Any:
    keys = ", ".join(f"k{at}" for at in range(len(shape.entity)))
    return body.table(
        f"SELECT * EXCLUDE (last) FROM (SELECT *, max(t) OVER (PARTITION BY {keys}) AS last "
        f"FROM ({_known(body, shape, moment)})) WHERE t > {moment - shape.reach} OR t = last ORDER BY {keys}, t"
    )


def _known(body: Body, shape: Shape, moment: int) -> str:
    features = shape.inputs if shape.windows else list(shape.features)
    rows = rows_query(body, shape.unit, features, few=False, upto=moment)
    return f"{rows} AND coalesce(c, t) <= {moment}" if body.definition.created is not None else rows


def _latest(body: Body, shape: Shape) -> int:
    """Return the last instant at which something of the sources becomes known."""
    rows = rows_query(body, shape.unit, [], few=False, upto=None)
    what = "greatest(t, coalesce(c, t))" if body.definition.created is not None else "t"
    [(found,)] = body.run(f"SELECT max({what}) FROM ({rows})").fetchall()
    return int(found) if found is not None else 0


def _count_keys(table: Any, shape: Shape) -> int:
    if not shape.windows:
        return int(table.num_rows)
    return len(_groups(table, shape))


def _groups(table: Any, shape: Shape) -> list[tuple[int, int]]:
    """Return where the events of each key begin and end; they stand together."""
    import numpy as np

    if not table.num_rows:
        return []
    breaks = np.zeros(table.num_rows - 1, bool)
    for at in range(len(shape.entity)):
        codes = table.column(f"k{at}").combine_chunks().dictionary_encode()
        codes = codes.combine_chunks() if hasattr(codes, "combine_chunks") else codes
        numbers = codes.indices.to_numpy(zero_copy_only=False)
        breaks |= numbers[1:] != numbers[:-1]
    starts = [0, *(np.flatnonzero(breaks) + 1).tolist()]
    return list(zip(starts, [*starts[1:], table.num_rows], strict=True))


def _batches(table: Any, shape: Shape, done: int) -> Iterator[list[Any]]:
    """Yield what is written for the keys behind the first ``done``, a batch after the other."""
    pack_key, pack = key_packer(shape.entity), packer()
    if shape.windows:
        groups = _groups(table, shape)
        for start in range(done, len(groups), BATCH):
            yield [_tail(table.slice(a, b - a), shape, pack_key, pack) for a, b in groups[start : start + BATCH]]
        return
    for start in range(done, table.num_rows, BATCH):
        yield list(row_values(table.slice(start, BATCH), shape, pack_key, pack))


def row_values(table: Any, shape: Shape, pack_key: Pack, pack: Pack) -> Iterator[tuple[bytes, int, int | None, bytes]]:
    """Yield key, event time, created time and packed features of each row of `rows_query`."""
    keys = zip(*(table.column(f"k{at}").to_pylist() for at in range(len(shape.entity))), strict=True)
    columns = [table.column(f"f{at}").to_pylist() for at in range(len(shape.features))]
    values = zip(*columns, strict=True) if columns else iter([()] * table.num_rows)
    times = table.column("t").to_pylist()
    created = table.column("c").to_pylist() if "c" in table.column_names else [None] * table.num_rows
    for key, event, known, row in zip(keys, times, created, values, strict=True):
        yield pack_key(key), event, known, pack(row)


def split_by_key(table: Any, shape: Shape) -> Iterator[Any]:
    """Yield the rows of each key, of a table in any order."""
    keys = [(f"k{at}", "ascending") for at in range(len(shape.entity))]
    together = table.sort_by(keys)
    for start, end in _groups(together, shape):
        yield together.slice(start, end - start)


def _tail(events: Any, shape: Shape, pack_key: Pack, pack: Pack) -> tuple[bytes, bytes]:
    return key_of(events, shape, pack_key), pack_events(events_of(events, shape), pack)


def key_of(events: Any, shape: Shape, pack_key: Pack) -> bytes:
    """Return the packed key of rows that share one."""
    return pack_key(tuple(events.column(f"k{at}")[0].as_py() for at in range(len(shape.entity))))


def events_of(table: Any, shape: Shape) -> Any:
    """Return rows of `rows_query` that share a key as events."""
    created = table.column("c").combine_chunks() if "c" in table.column_names else None
    columns = {name: table.column(f"f{at}").combine_chunks() for at, name in enumerate(shape.inputs)}
    return make_events(table.column("t").combine_chunks(), created, columns)
