"""The SQL of a body: one SELECT in DuckDB's dialect, parsed to know which tables it reads."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@functools.lru_cache(maxsize=64)
def parsed(text: str) -> Any:
    """Return the tree of a body's SQL.

    Raises
    ------
    InvalidInput
        It cannot be read, or is not one SELECT.
    """
    sqlglot = require("sqlglot", "features", "A feature view in SQL")
    try:
        trees = [tree for tree in sqlglot.parse(text, dialect="duckdb") if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        found = error.errors[0] if getattr(error, "errors", None) else {}
        place = f" in line {found['line']}" if found.get("line") else ""
        said = found.get("description") or str(error).splitlines()[0]
        raise InvalidInput(
            f"the SQL of the body cannot be read{place}: {said.rstrip('.')}.", "It is one SELECT, in DuckDB's dialect."
        ) from error
    if len(trees) != 1 or not isinstance(trees[0], sqlglot.exp.Query):
        raise InvalidInput(
            "the body of a feature view is one SELECT.", "SELECT origin, time_hour, temp FROM weather   (or --python)"
        )
    return trees[0]


def tables(text: str) -> list[str]:
    """Return the names of the tables that a SELECT reads, as they are written, its own WITH names left out.

    Examples
    --------
    >>> tables("WITH w AS (SELECT * FROM weather) SELECT * FROM w JOIN 'airports.csv' USING (origin)")
    ['airports.csv', 'weather']
    """
    return sorted({_name(table) for table in _real_tables(parsed(text))})


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return a SELECT that reads its tables under other names.

    Examples
    --------
    >>> renamed("SELECT weather.temp FROM weather", {"weather": "w1"})
    'SELECT weather.temp FROM w1 AS weather'
    """
    from sqlglot import exp

    tree = parsed(text).copy()
    for table in _real_tables(tree):
        other = names[table.name]
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=not table.name.isidentifier())))
        table.set("this", exp.to_identifier(other))
    return str(tree.sql(dialect="duckdb"))


def _real_tables(tree: Any) -> Iterator[Any]:
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    seen: set[int] = set()
    for scope in traverse_scope(tree):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and id(source) not in seen and isinstance(source.this, exp.Identifier):
                seen.add(id(source))
                yield source


def _name(table: Any) -> str:
    if table.db or table.catalog:
        whole = ".".join(part for part in (table.catalog, table.db, table.name) if part)
        raise InvalidInput(
            f"{whole} stands in another database.", f"Name it as a source: --source {table.name}=ADDRESS::{whole}"
        )
    return str(table.name)
