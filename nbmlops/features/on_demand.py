"""Features on demand: computed from a request and from other views, by one body for training and serving.

The body reads a table called ``request``. Its columns are declared, such as ``due TIMESTAMP``: it can be checked when
it is defined; features of other views stand beside them as ``view__column``. A row makes a row: the same body gives a
column of a training set, and the answer to one request.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

from nbmlops.errors import InvalidInput, NotFound
from nbmlops.features.engine import body_of, new_connection
from nbmlops.features.names import parse_feature
from nbmlops.features.records import FeatureColumn, Preview
from nbmlops.features.rowwise import check_rowwise
from nbmlops.features.times import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nbmlops.features.engine import Body
    from nbmlops.features.records import Definition, FeatureView

REQUEST = "request"
_PAIR = re.compile(r'\s*("[^"]+"|\w+)\s+((?:[^,()]|\([^()]*\))+)(?:,|$)')


def request_columns(words: str | Mapping[str, str]) -> dict[str, str]:
    """Return the columns that a request is declared to have, with DuckDB's types.

    Raises
    ------
    InvalidInput
        The words are no columns with types.

    Examples
    --------
    >>> request_columns("due timestamp, price decimal(9, 2)")
    {'due': 'TIMESTAMP', 'price': 'DECIMAL(9,2)'}
    """
    pairs = _PAIR.findall(words) if isinstance(words, str) else words.items()
    text = schema_text({str(name).strip('"'): str(kind) for name, kind in pairs}) or str(words)
    connection = new_connection()
    import duckdb

    try:
        connection.execute(f"CREATE TABLE {REQUEST} ({text})")
        found = connection.execute(f"DESCRIBE {REQUEST}").fetchall()
    except duckdb.Error as error:
        raise InvalidInput(f"{text!r} is no list of columns.", '--request "due TIMESTAMP, distance DOUBLE"') from error
    finally:
        connection.close()
    return {str(name): str(kind) for name, kind, *_ in found}


def input_columns(inputs: Sequence[str], get: Callable[[str], FeatureView]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the inputs by version of their view, and their columns with types.

    Raises
    ------
    InvalidInput
        An input is itself computed on demand.
    NotFound
        There is no such view or feature.
    """
    specs, columns = [], {}
    for spec in inputs:
        name = parse_feature(spec)
        view = get(name.spec)
        if view.definition.on_demand:
            raise InvalidInput(f"{view.spec} is computed on demand, too.", "Take features of views that are stored.")
        chosen = [column for column in view.preview.columns if name.column in ("", column.name)]
        if not chosen:
            raise NotFound(f"{view.spec} has no feature {name.column!r}.", f"It has: {', '.join(view.features)}")
        for column in chosen:
            specs.append(f"{view.spec}:{column.name}")
            columns[f"{view.name}__{column.name}"] = column.type
    return tuple(specs), columns


def schema_text(columns: Mapping[str, str]) -> str:
    """Return columns with their types as SQL declares them."""
    return ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())


def preview_on_demand(body: Body) -> Preview:
    """Check the body of a view on demand, and return its features with their types.

    Raises
    ------
    InvalidInput
        A row does not make a row.
    """
    check_rowwise(body, "Define a view with keys and times instead: --entity COLUMN --timestamp COLUMN")
    return Preview(columns=tuple(FeatureColumn(name, kind) for name, kind in body.columns.items()))


class OnDemand:
    """The body of a view on demand, ready to be run on requests.

    Parameters
    ----------
    definition : Definition
        The view's.
    """

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self.columns = dict(definition.request)
        self._connection = new_connection(definition.folder)
        self._connection.execute(f"CREATE TEMP TABLE {REQUEST} ({schema_text(self.columns)})")
        body = body_of(definition, self._connection)
        self._query, self.names = body.query, tuple(body.columns)
        self._connection.execute(f"DROP TABLE {REQUEST}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def declared(self) -> list[str]:
        """The columns that a request must bring."""
        return [name for name in self.columns if name not in self._definition.taken]

    def compute(self, request: Any) -> Any:
        """Return the features of requests, an Arrow table with a row for each of theirs.

        Parameters
        ----------
        request : pyarrow.Table
            The declared columns and the inputs.

        Raises
        ------
        InvalidInput
            Its values do not fit the declared types, or a row was lost.
        """
        import duckdb

        parts = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in self.columns.items())
        connection = self._connection.cursor()  # requests may come from several threads
        try:
            connection.register("nbmlops request", request)
            connection.execute(f'CREATE OR REPLACE TEMP VIEW {REQUEST} AS SELECT {parts} FROM "nbmlops request"')
            found = connection.sql(self._query).to_arrow_table()
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise InvalidInput(f"{self._definition.name} cannot be computed: {said}", "Look at the request.") from error
        finally:
            connection.close()
        if found.num_rows != request.num_rows:
            raise InvalidInput(
                f"{self._definition.name} gave {found.num_rows} rows for {request.num_rows} of a request.",
                "A body on demand gives a row for each row: leave WHERE out, and write CASE.",
            )
        return found


def inputs_by_view(definition: Definition) -> dict[str, list[str]]:
    """Return the features that a view on demand takes of each view's version."""
    found: dict[str, list[str]] = {}
    for spec in definition.inputs:
        name = parse_feature(spec)
        found.setdefault(name.spec, []).append(name.column)
    return found
