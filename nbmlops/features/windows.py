"""Trailing windows in DuckDB: what happened in ``(t - window, t]``, for every label at its time ``t``.

An event at exactly ``t`` is inside, one at exactly ``t - window`` is not. ``count``, ``sum`` and ``mean`` are running
sums, one join a window: an event enters at its time and leaves at its time plus the window, and what is inside is what
has entered less what has left. The sums are whole numbers (of floats, in steps of less than a billionth of a billionth
of the largest), so that taking one from the other loses nothing. ``min``, ``max``, ``std`` and ``last`` cannot be taken
apart again: they are RANGE windows over labels and events in one stack.

With a created time an event is known from then on, so it enters and leaves no sooner.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from nbmlops.features.aggregates import window_features
from nbmlops.features.asof import (
    FEW_LABELS,
    Seen,
    age_of_newest,
    check_sides,
    register_labels,
    rows_query,
    unit_for,
)
from nbmlops.features.spans import microseconds
from nbmlops.features.times import PER_MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.features.aggregates import WindowFeature
    from nbmlops.features.engine import Body
    from nbmlops.features.labels import Labels
    from nbmlops.features.times import Unit

RUNNING = ("count", "sum", "mean")
_BITS = 124
"""How many bits a running sum may take: DuckDB's whole numbers have 127."""
_EVENTS, _LABELS = '"nbmlops events"', '"nbmlops labels"'


def see_windows(body: Body, labels: Labels, features: Sequence[str]) -> Seen:
    """Return what each label sees of some features of a view with windows."""
    import numpy as np
    import pyarrow.compute as pc

    check_sides(body, labels)
    unit = unit_for(body, labels)
    times = register_labels(body, labels, unit)
    chosen = [one for one in window_features(body.definition) if one.name in features]
    events = _Events(body, unit, chosen, few=labels.rows <= FEW_LABELS, upto=pc.max(times).as_py())
    running = [one for one in chosen if one.aggregate.function in RUNNING and events.may_run(one)]
    ranged = [one for one in chosen if one not in running]
    columns, known = events.run(running, labels.rows)
    columns |= events.range(ranged, labels.rows)
    no_key = ~known
    too_old = np.zeros(labels.rows, dtype=bool)
    if body.definition.ttl is not None:
        found, age = age_of_newest(body, unit, times)
        too_old = found & (age > microseconds(body.definition.ttl) * PER_MICROSECOND[unit])
        columns = {name: _without(column, too_old) for name, column in columns.items()}
    return Seen({one.name: columns[one.name] for one in chosen}, no_key, too_old)


def _without(column: Any, gone: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pa.array(gone), pa.scalar(None, column.type), column)


class _Events:
    """The rows of a view as events, in a table of the body's connection."""

    def __init__(self, body: Body, unit: Unit, chosen: Sequence[WindowFeature], *, few: bool, upto: int | None) -> None:
        self._body = body
        self._unit = unit
        self._keys = [f"k{at}" for at in range(len(body.definition.entity))]
        self._alike = " AND ".join(f"l.{key} = e.{key}" for key in self._keys)
        self._values = list(dict.fromkeys(one.aggregate.column for one in chosen if one.aggregate.column))
        rows = rows_query(body, unit, self._values, few=few, upto=upto)
        body.connection.execute(f"CREATE OR REPLACE TEMP TABLE {_EVENTS} AS {rows}")
        self._late = body.definition.created is not None
        self._known = "greatest(t, coalesce(c, t))" if self._late else "t"
        self._steps = {name: self._step(at, name) for at, name in enumerate(self._values)}

    def may_run(self, feature: WindowFeature) -> bool:
        """Tell whether a feature's values can be summed as whole numbers: infinities cannot."""
        column = feature.aggregate.column
        return feature.aggregate.function == "count" or self._steps[column] is not None

    def run(self, features: Sequence[WindowFeature], rows: int) -> tuple[dict[str, Any], Any]:
        """Return features that are running sums, and which labels have any event at or before their time."""
        import numpy as np

        sums = {
            f"s{at}": f"sum({self._whole(name)})"
            for at, name in enumerate(self._values)
            if any(one.aggregate.column == name and one.aggregate.function != "count" for one in features)
        }
        sums |= {f"n{at}": f"count(f{at})" for at in range(len(self._values))} if features else {}
        sums["n"] = "count(*)"
        windows = list(dict.fromkeys(one.window for one in features))
        joins = f"ASOF LEFT JOIN ({self._running(sums, self._known)}) AS e ON {self._alike} AND l.t >= e.since"
        for at, window in enumerate(windows):
            if self._late:
                left = self._running(sums, f"greatest(t + {self._ticks(window)}, coalesce(c, t))")
                moment = "l.t"
            else:
                left, moment = self._running(sums, "t"), f"l.t - {self._ticks(window)}"
            alike = self._alike.replace("e.", f"w{at}.")
            joins += f" ASOF LEFT JOIN ({left}) AS w{at} ON {alike} AND {moment} >= w{at}.since"
        parts = [f"{self._inside(one, windows.index(one.window))} AS o{at}" for at, one in enumerate(features)]
        table = self._body.table(f"SELECT {', '.join(['l.row', 'e.n', *parts])} FROM {_LABELS} AS l {joins}")
        order = _order(table.column("row"), rows)
        columns = {one.name: table.column(f"o{at}").take(order) for at, one in enumerate(features)}
        known = np.asarray(table.column("n").take(order).is_valid())
        return {name: column.combine_chunks() for name, column in columns.items()}, known

    def range(self, features: Sequence[WindowFeature], rows: int) -> dict[str, Any]:
        """Return features that are RANGE windows; with late events, a join of each label with its window."""
        if not features:
            return {}
        names = [f"f{at}" for at in range(len(self._values))]
        if self._late:
            parts = [
                f"{self._aggregate(one)} FILTER ({self._value(one)} IS NOT NULL AND e.t > l.t - "
                f"{self._ticks(one.window)}) AS o{at}"
                for at, one in enumerate(features)
            ]
            widest = max(self._ticks(one.window) for one in features)
            query = (
                f"SELECT l.row, {', '.join(parts)} FROM {_LABELS} AS l JOIN {_EVENTS} AS e ON {self._alike} "
                f"AND e.t <= l.t AND e.t > l.t - {widest} AND coalesce(e.c, e.t) <= l.t GROUP BY l.row"
            )
        else:
            parts = []
            for at, one in enumerate(features):
                frame = f"RANGE BETWEEN {self._ticks(one.window) - 1} PRECEDING AND CURRENT ROW"
                over = f"OVER (PARTITION BY {', '.join(self._keys)} ORDER BY t {frame})"
                parts.append(f"{self._aggregate(one)} FILTER ({self._value(one)} IS NOT NULL) {over} AS o{at}")
            keys = ", ".join(self._keys)
            empty = "".join(f", NULL AS {name}" for name in names)
            stack = (
                f"SELECT {keys}, t{''.join(f', {name}' for name in names)}, NULL::BIGINT AS row FROM {_EVENTS} "
                f"UNION ALL BY NAME SELECT {keys}, t{empty}, row FROM {_LABELS}"
            )
            query = f"SELECT * FROM (SELECT row, {', '.join(parts)} FROM ({stack}) AS e) WHERE row IS NOT NULL"
        table = self._body.table(query)
        order = _order(table.column("row"), rows)
        found = {}
        for at, one in enumerate(features):
            column = table.column(f"o{at}").take(order).combine_chunks()
            found[one.name] = _place(column, one.place) if one.aggregate.function == "last" else column
        return found

    def _aggregate(self, one: WindowFeature) -> str:
        function = one.aggregate.function
        value = self._value(one)
        if function == "last":
            created = "c := coalesce(e.c, -9223372036854775807), " if self._late else ""
            return f"max(struct_pack(t := e.t, {created}v := {value}), {one.aggregate.number})"
        called = {"mean": "avg", "std": "stddev_samp"}.get(function, function)
        return f"{called}({value})"

    def _value(self, one: WindowFeature) -> str:
        return f"e.f{self._values.index(one.aggregate.column)}"

    def _running(self, sums: dict[str, str], since: str) -> str:
        over = f"OVER (PARTITION BY {', '.join(self._keys)} ORDER BY {since} RANGE UNBOUNDED PRECEDING)"
        parts = [*self._keys, f"{since} AS since", *(f"{sql} {over} AS {name}" for name, sql in sums.items())]
        return f"SELECT {', '.join(parts)} FROM {_EVENTS}"

    def _inside(self, one: WindowFeature, window: int) -> str:
        """Return the SQL of a feature: what has entered its window less what has left it."""

        def less(name: str) -> str:
            return f"(coalesce(e.{name}, 0) - coalesce(w{window}.{name}, 0))"

        function, column = one.aggregate.function, one.aggregate.column
        if not column:
            return f"{less('n')}::BIGINT"
        at = self._values.index(column)
        count = less(f"n{at}")
        if function == "count":
            return f"{count}::BIGINT"
        step = self._steps[column]
        total = less(f"s{at}")
        if function == "sum" and step == 1.0 and self._is_whole(column):
            return f"CASE WHEN {count} > 0 THEN {total}::BIGINT END"
        value = f"{total}::DOUBLE * {step!r}::DOUBLE"
        return f"CASE WHEN {count} > 0 THEN {value}{f' / {count}' if function == 'mean' else ''} END"

    def _is_whole(self, column: str) -> bool:
        kind = self._body.columns[column]
        return ("INT" in kind or kind == "BOOLEAN") and "[" not in kind

    def _step(self, at: int, column: str) -> float | None:
        """Return what one whole number stands for in a column's sums; None where it has infinities, or is no number."""
        if self._is_whole(column):
            return 1.0
        if not any(word in self._body.columns[column] for word in ("DOUBLE", "FLOAT", "DECIMAL")):
            return None
        [(most, count, finite)] = self._body.run(
            f"SELECT max(abs(f{at}::DOUBLE)), count(f{at}), bool_and(isfinite(f{at}::DOUBLE)) FROM {_EVENTS}"
        ).fetchall()
        if finite is False:
            return None
        if not most:
            return 1.0
        bits = min(_BITS - math.ceil(math.log2(count + 1)), 100)
        return 2.0 ** (math.frexp(most)[1] - bits)

    def _whole(self, column: str) -> str:
        at = self._values.index(column)
        if self._is_whole(column):
            return f"f{at}::HUGEINT"
        return f"CAST(f{at}::DOUBLE / {self._steps[column]!r}::DOUBLE AS HUGEINT)"

    def _ticks(self, window: str) -> int:
        return microseconds(window) * PER_MICROSECOND[self._unit]


def _order(numbers: Any, rows: int) -> Any:
    """Return where the row of each label stands in an answer, null where it has none."""
    import numpy as np
    import pyarrow as pa

    place = np.full(rows, -1, dtype=np.int64)
    place[numbers.to_numpy()] = np.arange(len(numbers))
    return pa.array(place, mask=place < 0)


def _place(newest: Any, place: int) -> Any:
    """Return the value at a place of each list of newest events, 1 for the newest."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = np.asarray(pc.fill_null(pc.list_value_length(newest), 0))
    starts = np.asarray(newest.offsets)[:-1]
    wanted = pa.array(starts + place - 1, mask=lengths < place)
    return newest.values.field("v").take(wanted)
