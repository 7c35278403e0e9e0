"""``%%sql`` cells and ``%sql`` lines: statements over the connection that was opened last."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbmlops.pipelines.inferring.databases import connected, note_sql
from nbmlops.pipelines.inferring.values import Handle

if TYPE_CHECKING:
    from nbmlops.pipelines.inferring.walking import Walker

_ADDRESS = re.compile(r"\b(?:sqlite|duckdb)(?:\+\w+)?:///?\S*")


def run_sql_cell(walker: Walker, line: str, body: str) -> None:
    """Note what a cell or line of SQL reads and writes; an address in it is the connection from now on.

    Examples
    --------
    >>> from pathlib import Path
    >>> from nbmlops.pipelines.inferring.walking import Walker
    >>> walker = Walker(Path("."))
    >>> run_sql_cell(walker, "sqlite:///flights.db", "")
    >>> run_sql_cell(walker, "", "select * from late")
    >>> [(use.how, use.path, use.table) for use in walker.found.uses]
    [('read', 'flights.db', 'late')]
    """
    address = _ADDRESS.search(line)
    rest = line
    if address is not None:
        walker.connection = connected("database", address[0])
        rest = line.replace(address[0], "")
    handle = walker.connection if isinstance(walker.connection, Handle) else Handle("", "duckdb")
    text = f"{rest}\n{body}".strip()
    if text and not text.startswith("--"):
        note_sql(walker, handle, text)
