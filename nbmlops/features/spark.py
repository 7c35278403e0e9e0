"""The portable plan on Spark: the same definitions, unchanged, where one machine is outgrown.

Files of Parquet are read by Spark itself; what another source holds is read here and handed over. SQL is written for
Spark by Ibis, functions of Ibis tables run as they are.
"""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.features.checking import UNIQUE, is_of_all
from nbmlops.features.engine import called
from nbmlops.features.portable import Engine, see_by
from nbmlops.features.reading import files_in
from nbmlops.features.statements import renamed
from nbmlops.features.times import quoted
from nbmlops.plugins import require
from nbmlops.store.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbmlops.features.asof import Seen
    from nbmlops.features.engine import Body
    from nbmlops.features.labels import Labels
    from nbmlops.features.records import Source

MICROSECONDS = "unix_micros"
"""Spark's function for the microseconds since 1970."""
_TIME_ZONE = "spark.sql.session.timeZone"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what pyspark and newer releases of pandas say of each other: what goes through them here is tested."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


class Spark:
    """A session of Spark's that looks features up.

    Parameters
    ----------
    session : SparkSession, optional
        The one that runs, or a new one by default.
    """

    def __init__(self, session: Any = None) -> None:
        sql = require("pyspark.sql", "spark", "The engine spark")
        self.session = session if session is not None else sql.SparkSession.builder.getOrCreate()

    def see(self, body: Body, labels: Labels, features: Sequence[str]) -> Seen:
        """Return what labels see of a view's features."""
        ibis = require("ibis", "features", "The engine spark")
        with _quiet(), self._in_utc(), self._named() as name:
            backend = ibis.pyspark.connect(self.session)
            rows = self._rows(backend, body, name)
            self._check(backend, body, rows, name("checked"))
            shipped = name("labels")

            def ship(table: Any) -> Any:
                self.session.createDataFrame(table).createOrReplaceTempView(shipped)
                return backend.table(shipped)

            return see_by(body, labels, features, rows, Engine(MICROSECONDS, ship, backend.to_pyarrow))

    @contextlib.contextmanager
    def _in_utc(self) -> Iterator[None]:
        """Let the session tell times in UTC while we use it."""
        before = self.session.conf.get(_TIME_ZONE)
        self.session.conf.set(_TIME_ZONE, "UTC")
        try:
            yield
        finally:
            self.session.conf.set(_TIME_ZONE, before)

    @contextlib.contextmanager
    def _named(self) -> Iterator[Any]:
        """Give names for temporary views that nobody else has, and take the views away at the end."""
        made: list[str] = []

        def name(word: str) -> str:
            made.append(f"nbmlops_{new_id()}_{word}")
            return made[-1]

        try:
            yield name
        finally:
            for view in made:
                self.session.catalog.dropTempView(view)

    def _rows(self, backend: Any, body: Body, name: Any) -> Any:
        definition = body.definition
        views = {}
        for at, source in enumerate(definition.sources):
            views[source.name] = name(f"source_{at}")
            self._read(body, source).createOrReplaceTempView(views[source.name])
        if definition.language == "python":
            return called(definition, {source: backend.table(view) for source, view in views.items()})
        return backend.sql(renamed(definition.text, views), dialect="duckdb")

    def _read(self, body: Body, source: Source) -> Any:
        if source.kind in ("file", "folder"):
            path = Path(source.address)
            files = [path] if source.kind == "file" else files_in(path)
            if all(file.suffix.lower() in (".parquet", ".pq") for file in files):
                return self.session.read.parquet(*(str(file) for file in files))
        return self.session.createDataFrame(body.table(f"FROM {quoted(source.name)}"))

    def _check(self, backend: Any, body: Body, rows: Any, view: str) -> None:
        """Raise where a row breaks a check of its view, as `nbmlops.features.checking.run_checks` does."""
        definition = body.definition
        if not definition.checks:
            return
        self.session.sql(str(backend.compile(rows))).createOrReplaceTempView(view)
        for text in definition.checks:
            if text.lower() == UNIQUE:
                keys = [*definition.entity, definition.timestamp, *([definition.created] if definition.created else [])]
                names = ", ".join(quoted(key) for key in keys)
                query = f"SELECT count(*) AS n FROM (SELECT {names} FROM {view} GROUP BY {names} HAVING count(*) > 1)"
            elif is_of_all(text):
                query = f"SELECT CASE WHEN {text} THEN 0 ELSE 1 END AS n FROM {view}"
            else:
                query = f"SELECT count(*) AS n FROM {view} WHERE NOT ({text})"
            [broken] = backend.to_pyarrow(backend.sql(query, dialect="duckdb")).column("n").to_pylist()
            if broken:
                raise InvalidInput(
                    f"{definition.name!r} breaks its check: {text}",
                    "Nothing of it was used. Define it again to see the rows.",
                )
