"""The join of DuckDB: which row of a view each label sees, by ASOF JOIN over keys and times alone.

Only keys, times and numbers of rows go through the join; the features are then fetched by number, so their types stay
what they are and the order of the labels is kept without sorting. Of several rows with one key and time the one that
was created last counts; where that is equal too, the one with the greatest values, so that the answer does not depend
on the order in which a source gives its rows.

With a created time a row is there from ``max(event time, created)`` on; what a label sees is the newest event among the
rows that were there at its time, found by a running maximum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.features.checking import NOTHING
from nbmlops.features.times import PER_MICROSECOND, has_zone, may_be_finer, quoted, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.features.engine import Body
    from nbmlops.features.labels import Labels
    from nbmlops.features.times import Unit

FEW_LABELS = 100_000
"""Up to so many labels, rows of other keys are left out before anything else is done."""


@dataclass
class Seen:
    """What the labels see of a view: Arrow columns by feature, and why there is nothing, as arrays of truth values."""

    columns: dict[str, Any]
    no_key: Any
    too_old: Any


def check_sides(body: Body, labels: Labels) -> None:
    """Raise where keys or times of the two sides cannot be compared."""
    definition = body.definition
    zoned = has_zone(body.columns[definition.timestamp])
    if zoned != labels.zoned:
        with_zone, without = (
            (f"{definition.name}.{definition.timestamp}", f"the frame's {labels.timestamp}")
            if zoned
            else (f"the frame's {labels.timestamp}", f"{definition.name}.{definition.timestamp}")
        )
        raise InvalidInput(
            f"{with_zone} has a time zone, {without} has none.",
            f"frame[{labels.timestamp!r}] = frame[{labels.timestamp!r}]"
            + (".dt.tz_localize('UTC')" if zoned else ".dt.tz_convert('UTC').dt.tz_localize(None)")
            + "   with the zone that it is in",
        )
    for name in definition.entity:
        there = str(body.connection.from_arrow(_table(k=labels.key(name, definition.name))).types[0])
        here = body.columns[name]
        if NOTHING not in (there, here) and _family(there) != _family(here):
            raise InvalidInput(
                f"the key {name!r} is {there} in the frame and {here} in {definition.name!r}.",
                f"Make them alike: frame[{name!r}].astype(…)",
            )


def _family(kind: str) -> str:
    if any(word in kind for word in ("INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL")):
        return "number"
    if kind.startswith(("VARCHAR", "ENUM", "UUID")):
        return "text"
    return "time" if kind.startswith(("TIMESTAMP", "DATE")) else kind


def unit_for(body: Body, labels: Labels) -> Unit:
    """Return what the times of both sides are counted in."""
    if labels.unit == "ns":
        return "ns"
    definition = body.definition
    fine = [
        name
        for name in (definition.timestamp, definition.created)
        if name is not None and may_be_finer(body.columns[name])
    ]
    if not fine:
        return "us"
    tests = " OR ".join(f"epoch_ns({quoted(name)}) % 1000 <> 0" for name in fine)
    [(found,)] = body.run(f"SELECT bool_or({tests}) FROM (\n{body.query}\n)").fetchall()
    return "ns" if found else "us"


def register_labels(body: Body, labels: Labels, unit: Unit) -> Any:
    """Put keys, times and row numbers of the labels into the body's connection; give the times in ``unit``."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    times = labels.times
    if unit != labels.unit:
        times = pc.multiply_checked(times, 1000)
    keys = {f"k{at}": labels.key(name, body.definition.name) for at, name in enumerate(body.definition.entity)}
    numbers = pa.array(np.arange(labels.rows, dtype=np.int64))
    body.connection.register("nbmlops labels", _table(**keys, t=times, row=numbers))
    return times


def rows_query(body: Body, unit: Unit, features: Sequence[str], *, few: bool, upto: int | None) -> str:
    """Return the SELECT of a view's usable rows: keys ``k0`` …, event time ``t``, created ``c``, features ``f0`` ….

    Rows without a key or a time are left out: nothing can see them.

    Parameters
    ----------
    few : bool
        Leave out rows whose keys no label has.
    upto : int, optional
        Leave out what happened later.
    """
    definition = body.definition
    time = ticks(definition.timestamp, body.columns[definition.timestamp], unit)
    parts = [f"{quoted(name)} AS k{at}" for at, name in enumerate(definition.entity)]
    parts.append(f"{time} AS t")
    if definition.created is not None:
        parts.append(f"{ticks(definition.created, body.columns[definition.created], unit)} AS c")
    parts += [f"{quoted(name)} AS f{at}" for at, name in enumerate(features)]
    keys = [f"k{at}" for at in range(len(definition.entity))]
    tests = [f"{name} IS NOT NULL" for name in [*keys, "t"]]
    tests += [f"t <= {upto}"] if upto is not None else []
    tests += [f'({", ".join(keys)}) IN (SELECT ({", ".join(keys)}) FROM "nbmlops labels")'] if few else []
    return f"SELECT * FROM (SELECT {', '.join(parts)} FROM (\n{body.query}\n)) WHERE {' AND '.join(tests)}"


def see(body: Body, labels: Labels, features: Sequence[str]) -> Seen:
    """Return what each label sees of some features of a view without windows."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    check_sides(body, labels)
    unit = unit_for(body, labels)
    times = register_labels(body, labels, unit)
    rows = _Rows(body, unit, features, few=labels.rows <= FEW_LABELS, upto=pc.max(times).as_py())
    number, age = rows.join(times)
    found = number >= 0
    too_old = np.zeros(labels.rows, dtype=bool)
    if body.definition.ttl is not None:
        from nbmlops.features.spans import microseconds

        too_old = found & (age > microseconds(body.definition.ttl) * PER_MICROSECOND[unit])
    wanted = pa.array(np.where(found, number, 0), mask=~found | too_old)
    columns = {name: _taken(rows.table.column(f"f{at}"), wanted) for at, name in enumerate(features)}
    return Seen(columns, ~found, too_old)


def age_of_newest(body: Body, unit: Unit, times: Any) -> tuple[Any, Any]:
    """Return which labels see any row of a view, and how old the newest is; the labels are registered already."""
    import pyarrow.compute as pc

    rows = _Rows(body, unit, [], few=len(times) <= FEW_LABELS, upto=pc.max(times).as_py())
    number, age = rows.join(times)
    return number >= 0, age


class _Rows:
    """The rows of a view in memory, one a key and time, and the table of DuckDB's that the labels are joined to."""

    def __init__(self, body: Body, unit: Unit, features: Sequence[str], *, few: bool, upto: int | None) -> None:
        self._body = body
        self._keys = ", ".join(f"k{at}" for at in range(len(body.definition.entity)))
        all_features = body.features  # whatever is wanted: what one row is must not depend on that
        wanted = [f"f{all_features.index(name)} AS f{at}" for at, name in enumerate(features)]
        chosen = ", ".join([self._keys, "t", *wanted])
        if body.definition.created is None:
            self.table = body.table(rows_query(body, unit, features, few=few, upto=upto))
            self._number()
            if not body.is_unique and self._has_ties():
                rows = rows_query(body, unit, all_features, few=few, upto=upto)
                order = ", ".join(f"f{at} DESC NULLS LAST" for at in range(len(all_features))) or "t"
                self.table = body.table(
                    f"SELECT {chosen} FROM (SELECT *, row_number() "
                    f"OVER (PARTITION BY {self._keys}, t ORDER BY {order}) AS place FROM ({rows})) WHERE place = 1"
                )
                self._number()
            self._source = f'SELECT {self._keys}, t AS since, number FROM "nbmlops rows"'
        else:
            rows = rows_query(body, unit, all_features, few=few, upto=upto)
            order = ", ".join(f"{name} NULLS FIRST" for name in ("c", *(f"f{at}" for at in range(len(all_features)))))
            self.table = body.table(
                f"SELECT {chosen}, c, place FROM (SELECT *, row_number() "
                f"OVER (PARTITION BY {self._keys} ORDER BY t, {order}) AS place FROM ({rows}))"
            )
            self._number()
            self._source = (
                f"SELECT {self._keys}, since, any_value(number) AS number FROM ("
                f"SELECT {self._keys}, greatest(t, coalesce(c, t)) AS since, "
                f"arg_max(number, place) OVER (PARTITION BY {self._keys} ORDER BY greatest(t, coalesce(c, t)) "
                f'RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number FROM "nbmlops rows"'
                f") GROUP BY {self._keys}, since"
            )

    def join(self, times: Any) -> tuple[Any, Any]:
        """Return the number of the row that each label sees, -1 for none, and how old that row is."""
        import numpy as np
        import pyarrow.compute as pc

        keys = self._keys.split(", ")
        alike = " AND ".join(f"l.{key} = r.{key}" for key in keys)
        joined = self._body.table(
            f'SELECT l.row, r.number FROM "nbmlops labels" AS l ASOF JOIN ({self._source}) AS r '
            f"ON {alike} AND l.t >= r.since"
        )
        number = np.full(len(times), -1, dtype=np.int64)
        number[joined.column("row").to_numpy()] = joined.column("number").to_numpy()
        age = np.zeros(len(times), dtype=np.int64)
        found = number >= 0
        own = np.asarray(pc.fill_null(times, 0))
        age[found] = own[found] - self.table.column("t").to_numpy()[number[found]]
        return number, age

    def _number(self) -> None:
        import numpy as np
        import pyarrow as pa

        names = [name for name in self.table.column_names if not name.startswith("f")]
        numbers = pa.array(np.arange(self.table.num_rows, dtype=np.int64))
        self._body.connection.register("nbmlops rows", self.table.select(names).append_column("number", numbers))

    def _has_ties(self) -> bool:
        [(most,)] = self._body.run(
            f'SELECT max(n) FROM (SELECT count(*) AS n FROM "nbmlops rows" GROUP BY {self._keys}, t)'
        ).fetchall()
        return most is not None and most > 1


def _taken(column: Any, wanted: Any) -> Any:
    """Return the values of a column at row numbers; null where there is none."""
    import pyarrow as pa

    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    if not len(whole):
        return pa.nulls(len(wanted), whole.type)
    return whole.take(wanted)


def _table(**columns: Any) -> Any:
    import pyarrow as pa

    return pa.table(columns)
