"""Runs that read databases replay on what the databases held then: SQLite, SQLAlchemy, DuckDB."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

import nbmlops

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Notebook


def _sqlite(path: Path, value: int) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DROP TABLE IF EXISTS flights")
        connection.execute("CREATE TABLE flights AS SELECT ? AS delay", (value,))
    connection.close()


def _duckdb(path: Path, value: int) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE OR REPLACE TABLE flights AS SELECT ? AS delay", [value])


READS: dict[str, tuple[Callable[[Path, int], None], str]] = {
    "sqlite3": (
        _sqlite,
        "import sqlite3, pandas as pd\nconnection = sqlite3.connect('f.db')\n"
        "df = pd.read_sql('SELECT * FROM flights', connection)\nconnection.close()",
    ),
    "sqlalchemy": (
        _sqlite,
        "import sqlalchemy, pandas as pd\nengine = sqlalchemy.create_engine('sqlite:///f.db')\n"
        "df = pd.read_sql_query('SELECT * FROM flights', engine)\nengine.dispose()",
    ),
    "sqlalchemy url": (
        _sqlite,
        "import sqlalchemy, pandas as pd\nfrom pathlib import Path\n"
        "df = pd.read_sql_table('flights', f'sqlite:///{Path(\"f.db\").absolute()}')",
    ),
    "duckdb": (
        _duckdb,
        "import duckdb\nconnection = duckdb.connect('f.db', read_only=True)\n"
        "df = connection.execute('FROM flights').df()\nconnection.close()",
    ),
}


@pytest.mark.parametrize("name", READS)
def test_a_database_is_replayed_as_it_was(name: str, notebook: Notebook, tmp_path: Path) -> None:
    write, code = READS[name]
    if name.startswith("sqlalchemy"):
        pytest.importorskip("sqlalchemy")
    write(tmp_path / "f.db", 3)
    notebook.run(code)
    notebook.run("%%track mean\nm = float(df.delay.mean())")
    nbmlops.workspace().recorder.background.wait()
    assert [one.named for one in nbmlops.runs().show("mean").inputs if one.kind == "file"] == ["f.db"]
    assert nbmlops.reproduce("mean").verdict == "identical"
    write(tmp_path / "f.db", 5)
    replay = nbmlops.reproduce("mean")
    assert replay.verdict == "identical", replay.reason
    assert [factor.factor for factor in replay.factors] == ["data"]
    assert nbmlops.workspace().reproduce("mean", current_data=True).verdict == "diverged"
