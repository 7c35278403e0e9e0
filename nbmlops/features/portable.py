"""The plan for any engine that Ibis speaks to: no ASOF JOIN, only windows and joins on equal values.

Labels and rows are stacked and ordered by time; the rows before each label are counted; and the row of that number is
joined. Times are whole microseconds, so that every engine compares the same numbers. Windows are RANGE windows over the
stack; where late rows make that impossible, labels are joined with the rows of their windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.features.aggregates import window_features
from nbmlops.features.asof import Seen, check_sides, unit_for
from nbmlops.features.checking import feature_columns
from nbmlops.features.expressions import load_ibis, over
from nbmlops.features.spans import microseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbmlops.features.aggregates import WindowFeature
    from nbmlops.features.engine import Body
    from nbmlops.features.labels import Labels
    from nbmlops.features.records import Definition

DUCKDB_MICROSECONDS = "epoch_us"
"""DuckDB's function for the microseconds since 1970."""


def see_portable(body: Body, labels: Labels, features: Sequence[str]) -> Seen:
    """Return what labels see of a view's features, by the portable plan in DuckDB: the peer of its own plan."""
    body.connection.execute(f'CREATE OR REPLACE TEMP VIEW "nbmlops body" AS FROM (\n{body.query}\n)')
    with over(body.connection) as backend:

        def ship(table: Any) -> Any:
            body.connection.register("nbmlops shipped", table)
            return backend.table("nbmlops shipped")

        engine = Engine(DUCKDB_MICROSECONDS, ship, lambda expression: body.table(str(backend.compile(expression))))
        return see_by(body, labels, features, backend.table("nbmlops body"), engine)


@dataclass(frozen=True)
class Engine:
    """What the plan needs of an engine beside Ibis.

    ``to_microseconds`` is its function for the microseconds since 1970 of a time in UTC; ``ship`` makes a table of an
    Arrow table; ``run`` gives the rows of an expression as one.
    """

    to_microseconds: str
    ship: Callable[[Any], Any]
    run: Callable[[Any], Any]


def see_by(body: Body, labels: Labels, features: Sequence[str], rows: Any, engine: Engine) -> Seen:
    """Return what labels see of a view's features.

    Parameters
    ----------
    rows : ibis table
        The view's body, in the engine.
    """
    import numpy as np
    import pyarrow as pa

    check_sides(body, labels)
    if labels.unit == "ns" or unit_for(body, labels) == "ns":
        raise InvalidInput(
            "times below the microsecond are for DuckDB's own plan.", "Round them, or leave out engine=…"
        )
    plan = Plan(load_ibis(), body.definition, rows, engine.ship(_shipped(body.definition, labels)), engine)
    windows = [one for one in window_features(body.definition) if one.name in features]
    answer = plan.windows(windows) if body.definition.windows else plan.newest(features, body.features)
    table = engine.run(answer)
    place = np.full(labels.rows, -1, dtype=np.int64)
    place[table.column("row").to_numpy()] = np.arange(table.num_rows)
    order = pa.array(place, mask=place < 0)
    taken = {name: table.column(name).combine_chunks().take(order) for name in table.column_names}
    taken = {name: part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part for name, part in taken.items()}
    age = np.asarray(taken["age"].fill_null(-1).cast(pa.int64()))
    ttl = body.definition.ttl
    too_old = (age > microseconds(ttl)) if ttl is not None else np.zeros(labels.rows, dtype=bool)
    columns = {name: _emptied(taken[f"o{at}"], too_old) for at, name in enumerate(features)}
    for one in windows:
        if one.aggregate.function in ("count", "sum", "mean", "std"):
            column = columns[one.name].cast(_type_of(one, body))
            columns[one.name] = _emptied(column.fill_null(0), too_old) if one.aggregate.function == "count" else column
    return Seen(columns, age < 0, too_old)


def _type_of(one: WindowFeature, body: Body) -> Any:
    """Return the Arrow type that DuckDB's own plan gives a computed feature: engines sum into types of their own."""
    import pyarrow as pa

    kinds = {column.name: column.type for column in feature_columns(body)}
    return pa.int64() if kinds[one.name] == "BIGINT" else pa.float64()


def _emptied(column: Any, gone: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pa.array(gone), pa.scalar(None, column.type), column)


def _shipped(definition: Definition, labels: Labels) -> Any:
    """Return the labels that can see anything: keys, time and number of each, as an Arrow table."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = {f"k{at}": labels.key(name, definition.name) for at, name in enumerate(definition.entity)}
    columns |= {"t": labels.times, "row": pa.array(np.arange(labels.rows, dtype=np.int64))}
    whole = reduce(pc.and_, (pc.is_valid(column) for column in columns.values()))
    return pa.table(columns).filter(whole)


@dataclass
class Plan:
    """The expressions of one view and its labels."""

    ibis: Any
    definition: Definition
    body: Any
    labels: Any
    engine: Engine

    def __post_init__(self) -> None:
        self.keys = [f"k{at}" for at in range(len(self.definition.entity))]

    def newest(self, features: Sequence[str], every: Sequence[str]) -> Any:
        """Return, for each label, the features of the newest row that was there: ``row``, ``age``, ``o0`` …."""
        ibis = self.ibis
        every = [*features, *(name for name in every if name not in features)]
        events = self._events(every)
        order = [ibis.asc("t"), *(ibis.asc(name, nulls_first=True) for name in ("c", *_numbered("f", every)))]
        events = events.mutate(
            place=ibis.row_number().over(group_by=self.keys, order_by=order) + 1,
        )
        so_far = ibis.window(group_by=self.keys, order_by="since", range=(None, 0))
        best = events.mutate(best=events.place.max().over(so_far)).group_by([*self.keys, "since"])
        steps = best.aggregate(best=lambda t: t.best.max())
        steps = steps.mutate(n=ibis.row_number().over(group_by=self.keys, order_by="since") + 1)
        counted = self._counted(steps.select(*self.keys, "since"))
        found = counted.inner_join(steps, [*self.keys, "n"]).select(*self.keys, "row", "t", place="best")
        seen = found.inner_join(events.rename(event="t"), [*self.keys, "place"])
        outputs = {f"o{at}": seen[f"f{at}"] for at in range(len(features))}
        return seen.select("row", age=seen.t - seen.event, **outputs)

    def windows(self, features: Sequence[WindowFeature]) -> Any:
        """Return, for each label, what its windows give: ``row``, ``age`` of the newest event, ``o0`` …."""
        names = list(dict.fromkeys(one.aggregate.column for one in features if one.aggregate.column))
        events = self._events(names)
        answer = self._ages(events)
        late = self.definition.created is not None
        stacked = [at for at, one in enumerate(features) if not late and one.aggregate.function != "last"]
        parts = [self._stacked(events, features, names, stacked)] if stacked else []
        rest = [at for at in range(len(features)) if at not in stacked]
        joined = [at for at in rest if features[at].aggregate.function != "last"]
        parts += [self._joined(events, features, names, joined)] if joined else []
        parts += [self._last(events, features[at], names, f"o{at}") for at in rest if at not in joined]
        for part in parts:
            own = [name for name in part.columns if name != "row"]
            answer = answer.left_join(part, "row").select(*answer.columns, *own)
        return answer

    def _events(self, features: Sequence[str]) -> Any:
        """Return the rows of the view that can be seen: keys, ``t``, ``c``, ``since`` and ``f0`` …."""
        ibis, definition = self.ibis, self.definition
        columns = {}
        for key, name in zip(self.keys, definition.entity, strict=True):
            typed = not (self.body[name].type().is_unknown() or self.body[name].type().is_null())
            # a column in which nothing stands has no type that could be compared
            columns[key] = self.body[name] if typed else self.body[name].cast(self.labels[key].type())
        columns["t"] = self._ticks(self.body[definition.timestamp])
        created = definition.created
        columns["c"] = ibis.null("int64") if created is None else self._ticks(self.body[created])
        columns |= {f"f{at}": self.body[name] for at, name in enumerate(features)}
        rows = self.body.select(**columns)
        rows = rows.filter([rows[name].notnull() for name in [*self.keys, "t"]])
        return rows.mutate(since=ibis.greatest(rows.t, ibis.coalesce(rows.c, rows.t)))

    def _ticks(self, column: Any) -> Any:
        function = self.ibis.udf.scalar.builtin(
            _as_ticks, name=self.engine.to_microseconds, signature=((_UTC,), "int64")
        )
        return function(column.cast(_UTC))

    def _counted(self, moments: Any) -> Any:
        """Return the labels with ``n``: how many moments of their key are not later than they are."""
        ibis = self.ibis
        stack = self.labels.mutate(since=self.labels.t, event=0).union(
            moments.mutate(t=ibis.null("int64"), row=ibis.null("int64"), event=1).select(
                *self.keys, "t", "row", "since", "event"
            )
        )
        before = ibis.window(group_by=self.keys, order_by="since", range=(None, 0))
        counted = stack.mutate(n=stack.event.sum().over(before))
        return counted.filter(counted.row.notnull()).select(*self.keys, "row", "t", "n")

    def _ages(self, events: Any) -> Any:
        """Return every label that was given, with the age of its newest event, null where it has none."""
        known = events.select(*self.keys, event="t", since="since")
        steps = known.mutate(
            newest=known.event.max().over(self.ibis.window(group_by=self.keys, order_by="since", range=(None, 0)))
        )
        steps = steps.group_by([*self.keys, "since"]).aggregate(newest=lambda t: t.newest.max())
        steps = steps.mutate(n=self.ibis.row_number().over(group_by=self.keys, order_by="since") + 1)
        counted = self._counted(steps.select(*self.keys, "since"))
        found = counted.left_join(steps.drop("since"), [*self.keys, "n"])
        return found.select("row", age=found.t - found.newest)

    def _stacked(self, events: Any, features: Sequence[WindowFeature], names: list[str], places: list[int]) -> Any:
        ibis = self.ibis
        values = _numbered("f", names)
        empty = {name: ibis.null(events[name].type()) for name in values}
        stack = self.labels.mutate(event=ibis.null("int64"), **empty).select(*self.keys, "t", "row", "event", *values)
        stack = stack.union(
            events.mutate(row=ibis.null("int64"), event=ibis.literal(1, "int64")).select(
                *self.keys, "t", "row", "event", *values
            )
        )
        outputs = {}
        for at in places:
            width = microseconds(features[at].window)
            window = ibis.window(group_by=self.keys, order_by="t", range=(-(width - 1), 0))
            outputs[f"o{at}"] = self._aggregate(stack, features[at], names).over(window)
        answer = stack.mutate(**outputs)
        return answer.filter(answer.row.notnull()).select("row", *outputs)

    def _joined(self, events: Any, features: Sequence[WindowFeature], names: list[str], places: list[int]) -> Any:
        widest = max(microseconds(features[at].window) for at in places)
        inside = self._inside(events, widest).mutate(event=self.ibis.literal(1, "int64"))
        outputs = {}
        for at in places:
            near = inside.happened > inside.t - microseconds(features[at].window)
            outputs[f"o{at}"] = self._aggregate(inside, features[at], names, near)
        return inside.group_by("row").aggregate(**outputs)

    def _inside(self, events: Any, width: int) -> Any:
        """Return pairs of a label and an event that it knows of in its window."""
        pairs = self.labels.inner_join(events.rename(happened="t"), self.keys)
        known = [pairs.happened <= pairs.t, pairs.happened > pairs.t - width, pairs.since <= pairs.t]
        return pairs.filter(known)

    def _last(self, events: Any, one: WindowFeature, names: list[str], output: str) -> Any:
        ibis, value = self.ibis, f"f{names.index(one.aggregate.column)}"
        width = microseconds(one.window)
        whole = events.filter(events[value].notnull())
        if self.definition.created is not None:
            inside = self._inside(whole, width)
            newest = [ibis.desc("happened"), ibis.desc("c", nulls_first=False), ibis.desc(value)]
            ranked = inside.mutate(place=ibis.row_number().over(group_by="row", order_by=newest) + 1)
            return ranked.filter(ranked.place == one.place).select("row", **{output: ranked[value]})
        numbered = whole.mutate(n=ibis.row_number().over(group_by=self.keys, order_by=["t", value]) + 1)
        counted = self._counted(whole.select(*self.keys, since="t"))
        counted = counted.mutate(n=counted.n - (one.place - 1))
        found = counted.inner_join(numbered.rename(happened="t"), [*self.keys, "n"])
        return found.filter(found.happened > found.t - width).select("row", **{output: found[value]})

    def _aggregate(self, table: Any, one: WindowFeature, names: list[str], where: Any = None) -> Any:
        function, column = one.aggregate.function, one.aggregate.column
        value = table.event if not column else table[f"f{names.index(column)}"]
        if value.type().is_boolean() and function in ("sum", "mean", "std"):
            value = value.cast("int64")
        if function == "std":
            return value.std(where=where, how="sample")
        return getattr(value, function)(where=where)


_UTC = "timestamp('UTC')"


def _as_ticks(moment: Any) -> int:
    """Stand for an engine's function; its body is never run."""
    raise NotImplementedError(moment)


def _numbered(letter: str, names: Sequence[str]) -> list[str]:
    return [f"{letter}{at}" for at in range(len(names))]
