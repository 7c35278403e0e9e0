"""The feature store of a workspace, as ``workspace.features``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from nbmlops.capture.data import ATTRIBUTE
from nbmlops.capture.fingerprint import fingerprint
from nbmlops.errors import InvalidInput, NotFound, did_you_mean
from nbmlops.features.asof import see as see_rows
from nbmlops.features.demanded import add_on_demand, with_inputs
from nbmlops.features.names import parse_view
from nbmlops.features.news import new_since
from nbmlops.features.portable import see_portable
from nbmlops.features.recorded import Recorded, note_view
from nbmlops.features.records import NewSince, TrainingSet
from nbmlops.features.training import SPARK, Found, make_training_set
from nbmlops.features.views import Views
from nbmlops.features.windows import see_windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from nbmlops.features.asof import Seen
    from nbmlops.features.engine import Body
    from nbmlops.features.labels import Labels
    from nbmlops.features.online.materializing import Materialized
    from nbmlops.features.online.pushing import Pushed

    Told = Callable[[Pushed], object]

# inside of the class, ``list`` is its method
RowList: TypeAlias = "list[dict[str, Any]]"
TrainingSets: TypeAlias = "list[TrainingSet]"


class Features(Views):
    """The feature store of a workspace: its views, and the training sets that are made of them."""

    def training_set(
        self,
        frame: Any,
        features: Sequence[str],
        *,
        timestamp: str | None = None,
        check_leaks: bool = False,
        engine: Any = "duckdb",
        run: str | None = None,
        others: Sequence[Features] = (),
        names: Mapping[str, str] | None = None,
    ) -> tuple[Any, TrainingSet]:
        """Join features to an entity frame, right in time; see `nbmlops.training_set`.

        Parameters
        ----------
        frame : frame
            The labels: keys and times, and whatever else.
        features : sequence of str
            ``weather:temp``, ``weather@2:temp``, or ``weather`` for all of its features.
        timestamp : str, optional
            The column of the label's time; the only one of times by default.
        check_leaks : bool
            Compute again without the future; a difference is a `Leak`.
        engine : {"duckdb", "portable", "spark"} or SparkSession
            What computes it. The portable plan is what Spark runs, in DuckDB.
        run : str, optional
            The run whose data set it is, by its id.
        others : sequence of Features
            Where views are looked for that this workspace has not, such as that of a replayed run.
        names : mapping, optional
            What names stood for in a run that is replayed.

        Returns
        -------
        tuple
            The frame with the features beside its columns, and the record.
        """
        recorded = Recorded(names or {})

        def find(spec: str) -> Found:
            for place in (self, *others):
                try:
                    view = recorded.view(place.get(recorded.spec(spec)))
                except NotFound:
                    if place is (self, *others)[-1]:
                        raise
                    continue
                pushes = recorded.pushes(view, place.online.pushes(view.name))
                note_view(spec, view, pushes)
                return view, place.reader.upto(pushes)
            raise AssertionError

        name, plan = plan_of(engine)
        specs = [features] if isinstance(features, str) else list(features)
        wanted, demanded = with_inputs(specs, find)
        result, record = make_training_set(frame, wanted, timestamp, plan, leaks=check_leaks, engine=name)
        if demanded:
            result, record = add_on_demand(frame, result, record, wanted, demanded)
        self._store.keep_training_set(
            record.id, json.dumps(record.to_json()), [_numbered(spec) for spec in record.views]
        )
        if hasattr(result, "attrs"):
            result.attrs[ATTRIBUTE] = record.id
        print_ = fingerprint(result) if run is not None else None
        if run is not None and print_ is not None:
            facts = {"fingerprint": print_.digest, "rows": print_.rows, "columns": print_.columns}
            self._store.note_use(run, record.id, {**facts, "bytes": print_.bytes})
        return result, record

    def materialize(
        self, view: str, upto: Any = None, *, told: Callable[[int, int], object] = lambda *_: None
    ) -> Materialized:
        """Write a view's features to the online store; see `Online.materialize`."""
        return self.online.materialize(view, upto, told=told)

    def read(self, view: str, keys: Iterable[Any], at: Any = None) -> RowList:
        """Return the features of some keys as they are now; see `Online.get`."""
        return self.online.get(view, keys, at)

    def push(self, view: str, rows: Any) -> Pushed:
        """Push rows of a view's source; see `Online.push`."""
        return self.online.push(view, rows)

    def follow(self, view: str, file: Path, *, forever: bool = True, told: Told = lambda _: None) -> int:
        """Push what is written to a growing file of JSON lines; see `Online.follow`."""
        return self.online.follow(view, file, forever=forever, told=told)

    def get_training_set(self, id: str) -> TrainingSet:
        """Return the record of a training set by its id, or the beginning of it.

        Raises
        ------
        NotFound
            There is none, or several begin so.
        """
        return TrainingSet.from_json(json.loads(self._store.training_set(id)["facts"]))

    def list_training_sets(self) -> TrainingSets:
        """Return the training sets, newest first."""
        return [TrainingSet.from_json(json.loads(row["facts"])) for row in self._store.training_sets()]

    def new_since(self, id: str, frame: Any = None, *, timestamp: str | None = None) -> NewSince:
        """Return what has moved on since a training set: newer views, sources that hold something else, later labels.

        Parameters
        ----------
        id : str
            The training set.
        frame : frame, optional
            The labels that there are now.
        timestamp : str, optional
            The column of their time; as in the training set by default.
        """
        return new_since(self, self.get_training_set(id), frame, timestamp)


def plan_of(engine: Any) -> tuple[str, Callable[[Body, Labels, Sequence[str]], Seen]]:
    """Return the name and the plan of an engine.

    Raises
    ------
    InvalidInput
        There is no such engine.
    """
    if isinstance(engine, str):
        if engine == SPARK:
            from nbmlops.features.spark import Spark

            return SPARK, Spark().see
        plans = {"duckdb": see, "portable": see_portable}
        if engine not in plans:
            choices = [*plans, SPARK]
            raise InvalidInput(f"no engine is called {engine!r}.", did_you_mean(engine, choices, ", ".join(choices)))
        return engine, plans[engine]
    if type(engine).__module__.startswith("pyspark."):
        from nbmlops.features.spark import Spark

        return SPARK, Spark(engine).see
    raise InvalidInput(f"a {type(engine).__name__} is no engine.", "duckdb, portable, spark, or a SparkSession")


def see(body: Body, labels: Labels, features: Sequence[str]) -> Seen:
    """Return what labels see of a view's features, by DuckDB's plan."""
    return (see_windows if body.definition.windows else see_rows)(body, labels, features)


def _numbered(spec: str) -> tuple[str, int]:
    name, version = parse_view(spec)
    assert version is not None
    return name, version
