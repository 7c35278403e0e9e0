"""Queries: what a database answers, as a frame."""

from __future__ import annotations

import importlib
import sqlite3
from typing import Any

from nbmlops.errors import InvalidInput, MissingExtra


def run_query(sql: str, connection: Any) -> Any:
    """Return the answer to a query as a frame.

    Parameters
    ----------
    sql : str
        The query.
    connection : object
        Of sqlite3 or DuckDB, an engine or connection of SQLAlchemy, or a URL for SQLAlchemy.

    Raises
    ------
    InvalidInput
        The database refused it.

    Examples
    --------
    >>> run_query("SELECT 1 AS a", sqlite3.connect(":memory:"))["a"].tolist()
    [1]
    """
    import pandas as pd

    if type(connection).__module__.partition(".")[0] in ("duckdb", "_duckdb"):
        return connection.execute(sql).df()
    own = _engine(connection) if isinstance(connection, str) else None
    try:
        return pd.read_sql_query(sql, connection if own is None else own)
    except (pd.errors.DatabaseError, sqlite3.Error, ValueError) as error:
        said = str(error).splitlines()[-1]
        raise InvalidInput(f"the query was not answered: {said}", "Try it in the database itself.") from error
    finally:
        if own is not None:
            own.dispose()  # a pool that nobody closes keeps connections open


def _engine(url: str) -> Any:
    return needed("sqlalchemy", "a database by its URL").create_engine(url)


def needed(module: str, what: str) -> Any:
    """Return a module that is not installed with nbmlops; `MissingExtra` says what wants it.

    Examples
    --------
    >>> needed("sqlite3", "a query").__name__
    'sqlite3'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(f"{what} needs {module}.", f"pip install {module}") from error
