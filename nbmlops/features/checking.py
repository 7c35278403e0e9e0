"""What is checked of a view's rows before they are used: columns, types, and the conditions declared with the view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.features.aggregates import window_features
from nbmlops.features.expressions import over
from nbmlops.features.records import FeatureColumn, Preview
from nbmlops.features.times import has_zone, is_time, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.features.engine import Body

UNIQUE = "unique"
"""The check that no two rows share key, time and created time."""
NOTHING = '"NULL"'
"""DuckDB's type of a column in which nothing stands: it may become any other."""
SHOWN = 5
_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL", "BOOL")


def check_columns(body: Body) -> None:
    """Raise where a view lacks its keys, its times or any feature, or where a column has no fitting type."""
    definition, columns = body.definition, body.columns
    for name in definition.entity:
        _there(name, columns, "the key", definition.name)
    for name in (definition.timestamp, *([definition.created] if definition.created else [])):
        _there(name, columns, "the time", definition.name)
        if not is_time(columns[name]):
            raise InvalidInput(
                f"{name!r} of {definition.name!r} is {columns[name]}, not a time.",
                f"CAST({name} AS TIMESTAMP) AS {name}   or TIMESTAMPTZ, where it names its zone",
            )
    if definition.created and has_zone(columns[definition.created]) != has_zone(columns[definition.timestamp]):
        raise InvalidInput(
            f"one of {definition.timestamp!r} and {definition.created!r} has a time zone, the other has none.",
            f"{definition.created}::TIMESTAMPTZ or ::TIMESTAMP makes them alike",
        )
    if not body.features and not all(one.column == "" for one in definition.aggregates):
        raise InvalidInput(
            f"{definition.name!r} has no feature: its columns are all keys and times.", "Select a column more."
        )
    for aggregate in definition.aggregates:
        if not aggregate.column:
            continue
        _there(aggregate.column, columns, "the column", definition.name)
        kind = columns[aggregate.column]
        if aggregate.function in ("sum", "mean", "std") and not any(word in kind for word in _NUMBERS):
            raise InvalidInput(
                f"{aggregate.function} of {aggregate.column!r} cannot be: it is {kind}.",
                f"CAST({aggregate.column} AS DOUBLE) AS {aggregate.column}",
            )


def _there(name: str, columns: dict[str, str], what: str, view: str) -> None:
    if name not in columns:
        listing = ", ".join(list(columns)[:20])
        raise InvalidInput(f"{what} {name!r} is no column of {view!r}.", did_you_mean(name, columns, listing))


def check_types(body: Body, preview: Preview) -> None:
    """Raise where the source gives other types than when the view was defined: what is read now is something else."""
    known = {column.name: column.type for column in feature_columns(body)}
    for column in preview.columns:
        now = known.get(column.name)
        if now != column.type and NOTHING not in (now, column.type):
            became = "is gone" if now is None else f"is {now} now"
            raise InvalidInput(
                f"{column.name!r} of {body.definition.name!r} {became}; it was {column.type} when it was defined.",
                "Look at the source, or define the view again.",
            )


def feature_columns(body: Body) -> list[FeatureColumn]:
    """Return the features of a view with their types: its columns, or what its windows give."""
    if not body.definition.windows:
        return [FeatureColumn(name, body.columns[name]) for name in body.features]
    return [
        FeatureColumn(one.name, _type_of(one.aggregate.function, body.columns.get(one.aggregate.column, "")))
        for one in window_features(body.definition)
    ]


def _type_of(function: str, kind: str) -> str:
    if function == "count":
        return "BIGINT"
    if function in ("mean", "std"):
        return "DOUBLE"
    if function == "sum":
        return "BIGINT" if "INT" in kind or "BOOL" in kind else "DOUBLE"
    return kind


def preview_of(body: Body) -> Preview:
    """Return what a view holds, told in one pass: rows, entities, the range of times, missing values, ranges."""
    definition = body.definition
    columns = [FeatureColumn(name, body.columns[name]) for name in body.features]
    keys = ", ".join(quoted(name) for name in definition.entity)
    time = quoted(definition.timestamp)
    moments = f"count(DISTINCT ({keys}, {time})) = count(*)"
    parts = ["count(*)", f"count(DISTINCT ({keys}))", f"min({time})::VARCHAR", f"max({time})::VARCHAR", moments]
    for column in columns:
        name = quoted(column.name)
        parts.append(f"1 - count({name}) / nullif(count(*), 0)")
        ranged = is_time(column.type) or any(word in column.type for word in _NUMBERS)
        parts += [f"min({name})::VARCHAR", f"max({name})::VARCHAR"] if ranged else ["NULL", "NULL"]
    [row] = body.run(f"SELECT {', '.join(parts)} FROM (\n{body.query}\n)").fetchall()
    facts = iter(row[5:])
    looked_at = tuple(
        FeatureColumn(column.name, column.type, _share(next(facts)), next(facts), next(facts)) for column in columns
    )
    if definition.windows:
        looked_at = tuple(feature_columns(body))
    return Preview(int(row[0]), int(row[1]), row[2], row[3], looked_at, bool(row[4]), dict(body.contents))


def _share(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)


def check_texts(checks: Sequence[Any], body: Body) -> tuple[str, ...]:
    """Return the checks of a view as SQL; those that are Ibis expressions are written so.

    Raises
    ------
    InvalidInput
        One of them cannot be said of the view's rows.
    """
    texts = tuple(check.strip() if isinstance(check, str) else _as_sql(check, body) for check in checks)
    for text in texts:
        if text.lower() != UNIQUE:
            _condition(body, text)
    return texts


def run_checks(body: Body) -> None:
    """Raise where a row breaks a check of its view: the batch is refused whole, with the rows shown."""
    for text in body.definition.checks:
        if text.lower() == UNIQUE:
            _check_unique(body)
        elif is_of_all(text):
            [(answer,)] = body.run(f"SELECT {text} FROM (\n{body.query}\n)").fetchall()
            if answer is False:
                raise InvalidInput(f"{body.definition.name!r} breaks its check: {text}", "Nothing of it was used.")
        else:
            _refuse(body, text, f"FROM (\n{body.query}\n) WHERE NOT ({text})")


def _check_unique(body: Body) -> None:
    definition = body.definition
    names = [*definition.entity, definition.timestamp, *([definition.created] if definition.created else [])]
    keys = ", ".join(quoted(name) for name in names)
    _refuse(
        body,
        f"{UNIQUE}: no two rows with the same {', '.join(names)}",
        f"FROM (\n{body.query}\n) QUALIFY count(*) OVER (PARTITION BY {keys}) > 1",
    )


def _refuse(body: Body, text: str, rest: str) -> None:
    found = body.run(f"SELECT * {rest} LIMIT {SHOWN}").to_arrow_table()
    if not found.num_rows:
        return
    [(count,)] = body.run(f"SELECT count(*) FROM (SELECT 1 {rest})").fetchall()
    raise InvalidInput(
        f"{count:,} row{'' if count == 1 else 's'} of {body.definition.name!r} break{'s' if count == 1 else ''} "
        f"the check: {text}",
        f"Nothing of it was used. {'The first' if count > SHOWN else 'Rows'}:\n{rows_text(found)}",
    )


def rows_text(table: Any, indent: str = "  ") -> str:
    """Return rows of an Arrow table as aligned lines."""
    names = table.column_names
    lines = [names, *([_shown(value) for value in row.values()] for row in table.to_pylist())]
    widths = [max(len(line[at]) for line in lines) for at in range(len(names))]
    return "\n".join(
        indent + "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _shown(value: Any) -> str:
    text = "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 32 else f"{text[:31]}…"


def _condition(body: Body, text: str) -> None:
    """Make sure that a check is one truth value of the view's columns, or of all of its rows."""
    relation = body.run(f"SELECT {text} AS answer FROM (\n{body.query}\n)")
    if str(relation.types[0]) != "BOOLEAN" or len(relation.columns) != 1:
        raise InvalidInput(
            f"the check {text!r} is {relation.types[0]}, neither true nor false.",
            f'"{body.features[0] if body.features else "temp"} BETWEEN -40 AND 130", "{UNIQUE}"',
        )


def is_of_all(text: str) -> bool:
    """Tell whether a check is about all rows together, such as ``avg(temp) < 100``."""
    from sqlglot import exp, parse_one

    tree = parse_one(text, dialect="duckdb")
    return any(not isinstance(found.parent, exp.Window) for found in tree.find_all(exp.AggFunc))


def _as_sql(check: Any, body: Body) -> str:
    """Write an Ibis expression, or a function that makes one of the view's table, as SQL."""
    body.connection.execute(f'CREATE OR REPLACE TEMP VIEW "nbmlops checked" AS FROM (\n{body.query}\n)')
    try:
        with over(body.connection) as backend:
            table = backend.table("nbmlops checked")
            compiled = backend.compile(table.select(answer=table.bind(check)[0]))
    except Exception as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidInput(
            f"a check cannot be said of {body.definition.name!r}: {line}", "lambda t: t.temp < 130"
        ) from error
    from sqlglot import exp, parse_one

    tree = parse_one(compiled, dialect="duckdb").expressions[0].unalias()
    for column in tree.find_all(exp.Column):
        column.set("table", None)
    return str(tree.sql(dialect="duckdb"))
