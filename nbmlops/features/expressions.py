"""Ibis over an open connection: what it says by way of a deprecated call of DuckDB's is not the user's concern."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Any

from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Iterator


def load_ibis() -> Any:
    """Return Ibis, or raise with what to install."""
    return require("ibis", "features", "A feature view in Python")


@contextlib.contextmanager
def over(connection: Any) -> Iterator[Any]:
    """Give Ibis' DuckDB backend over a connection, which stays open."""
    ibis = load_ibis()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"fetch_\w+\(\) is deprecated", DeprecationWarning)  # of DuckDB 2, by Ibis 12
        yield ibis.duckdb.from_connection(connection)
