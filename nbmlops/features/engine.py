"""A view's body, opened: its sources in a DuckDB connection of its own, and the SELECT that gives its rows."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from nbmlops.errors import InvalidInput, NbmlopsError, did_you_mean
from nbmlops.features.bodies import compiled
from nbmlops.features.expressions import load_ibis, over
from nbmlops.features.reading import pushed_name
from nbmlops.features.times import quoted
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbmlops.features.reading import SourceReader
    from nbmlops.features.records import Definition

_NEAR = re.compile(r"Candidate bindings: (.*?)(?:\n|$)")
_COLUMN = re.compile(r'[Cc]olumn "([^"]+)"')


@dataclass
class Body:
    """An open body. ``query`` is its SELECT; ``columns`` are its columns with DuckDB's types, by name.

    ``contents`` holds the fingerprint of each source as it was read. ``is_unique`` where it is known of these contents
    that no two rows share key and time.
    """

    definition: Definition
    connection: Any
    query: str
    columns: dict[str, str] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    is_unique: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    @property
    def features(self) -> list[str]:
        """The columns that are neither key nor time."""
        definition = self.definition
        others = {*definition.entity, definition.timestamp, definition.created}
        return [name for name in self.columns if name not in others]

    def run(self, sql: str) -> Any:
        """Return what a query over the body says, as a relation; DuckDB's refusal becomes one line."""
        import duckdb

        try:
            return self.connection.sql(sql)
        except duckdb.Error as error:
            raise refused(self.definition.name, error) from error

    def table(self, sql: str) -> Any:
        """Return the rows of a query as an Arrow table."""
        import duckdb

        try:
            return self.connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise refused(self.definition.name, error) from error


def open_body(definition: Definition, reader: SourceReader, until: Mapping[str, str] | None = None) -> Body:
    """Open a view's body; close it when it has been read.

    Parameters
    ----------
    until : mapping, optional
        Conditions, by source, on the rows that the body is let see.

    Raises
    ------
    InvalidInput
        The body does not fit its sources.
    NotFound
        A source is gone.
    MissingExtra
        DuckDB or Ibis is not installed.
    """
    connection = new_connection(definition.folder)
    try:
        contents = {}
        for source in definition.sources:
            condition = (until or {}).get(source.name)
            whole = source if condition is None else replace(source, name=f"nbmlops whole {source.name}")
            # only to a view of one source can be pushed
            view = definition.name if len(definition.sources) == 1 else None
            content, pushed = reader.attach_with_pushed(connection, whole, view)
            contents[source.name] = content
            if pushed:
                contents[pushed_name(source)] = pushed
            if condition is not None:
                rows = f"FROM {quoted(whole.name)} WHERE {condition}"
                connection.execute(f"CREATE TEMP VIEW {quoted(source.name)} AS {rows}")
        return body_of(definition, connection, contents)
    except BaseException:
        connection.close()
        raise


def body_of(definition: Definition, connection: Any, contents: dict[str, str] | None = None) -> Body:
    """Return the body over a connection in which its sources stand already."""
    query = definition.text.rstrip().rstrip(";")
    if definition.language == "python":
        query = _python_query(definition, connection)
    body = Body(definition, connection, query, contents=contents or {})
    relation = body.run(f"FROM (\n{query}\n)")
    body.columns = {name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}
    return body


def new_connection(folder: str = "") -> Any:
    """Return a connection that sees no names of ours, and tells times in UTC."""
    duckdb = require("duckdb", "features", "The feature store")
    connection = duckdb.connect(":memory:")
    settings = {"TimeZone": "UTC", "file_search_path": folder, "temp_directory": tempfile.gettempdir()}
    for name, value in settings.items():
        text = value.replace("'", "''")
        connection.execute(f"SET {name} = '{text}'")
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_progress_bar = false")  # in a notebook it leaves a black bar under the cell
    return connection


def refused(view: str, error: Exception) -> InvalidInput:
    """Return what DuckDB says of a query as one message with the nearest names."""
    lines = str(error).splitlines()
    said = re.sub(r"^(?:\w+ )*Error: ", "", lines[0]).strip()
    near = _NEAR.search(str(error))
    missing = _COLUMN.search(said)
    hint = "Look at what the body reads: its sources and their columns."
    if said.startswith("syntax error"):
        hint = 'A column that is called like a word of SQL stands in quotes: "at"'
    if near is not None:
        names = [word.strip(' "').rpartition(".")[2].strip('"') for word in near[1].split(",")]
        hint = did_you_mean(missing[1] if missing else "", names, ", ".join(names))
    return InvalidInput(f"the body of {view!r} does not run: {said.rstrip('.!')}.", hint)


def _python_query(definition: Definition, connection: Any) -> str:
    """Return the SELECT that a Python body stands for."""
    with over(connection) as backend:
        tables = {source.name: backend.table(source.name) for source in definition.sources}
        expression = called(definition, tables)
        backend._run_pre_execute_hooks(expression)  # noqa: SLF001 - tables that the body made of values of its own
        return str(backend.compile(expression))


def called(definition: Definition, tables: dict[str, Any]) -> Any:
    """Return the Ibis expression that a Python body makes of its sources.

    Raises
    ------
    InvalidInput
        The function fails, or gives something else than a table.
    """
    ibis = load_ibis()
    function = compiled(definition.text, definition.function)
    try:
        expression = function(**tables)
    except NbmlopsError:
        raise
    except Exception as error:
        line = str(error).splitlines()[0] if str(error) else ""
        hint = _nearest_attribute(error, tables.values())
        raise InvalidInput(
            f"the body of {definition.name!r} fails: {type(error).__name__}: {line.rstrip('.')}.", hint
        ) from error
    if not isinstance(expression, ibis.expr.types.Table):
        raise InvalidInput(
            f"the body of {definition.name!r} gives a {type(expression).__name__}, not a table.",
            "Return an Ibis table, such as flights.filter(…).select(…)",
        )
    return expression


def _nearest_attribute(error: Exception, tables: Sequence[Any] | Any) -> str:
    name = getattr(error, "name", None) or next(iter(re.findall(r"'(\w+)'", str(error))), "")
    columns = [column for table in tables for column in table.columns]
    return did_you_mean(str(name), columns, ", ".join(columns[:20]))
