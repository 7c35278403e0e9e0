"""Filtering and sorting many runs, the best 100 into a frame, beside SQL and pandas written by hand.

Run it: ``python tests/benchmarks/bench_filter.py [--small]``.
"""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import pandas as pd
from made_runs import MadeRuns, make_runs
from mlflow_peer import ask_mlflow
from results import at_most, run_alone, told, typical

import nbmlops
from nbmlops.workspaces import Workspace

LIMITS = {10_000: 15.0, 20_000: 25.0, 100_000: 100.0}
"""Milliseconds by how many runs there are; that of 20,000 lies on the line between the others."""

QUERIES = {
    "metric and param, best 100": ("auc > 0.8 and model = rf", "auc"),
    "a param, newest 100": ("model = rf", None),
    "a param, best 100": ("max_depth = 7", "f1"),
    "a tag, best 100": ("tag.stage = production", "auc"),
    "no filter, newest 100": ("", None),
    "no filter, best 100": ("", "auc"),
    "no filter, sorted by a param": ("", "learning_rate"),
    "few matches, newest": ("auc > 0.93 and model = rf and max_depth = 7", None),
    "few matches, best": ("auc > 0.93 and model = rf and max_depth = 7", "loss"),
    "name ~ text, newest 100": ("name ~ tuned", None),
    "name ~ text, best 100": ("name ~ tuned", "auc"),
    "a param ~ text, best 100": ("source ~ 2025/36", "auc"),
    "either of two, best 100": ("auc > 0.9 or loss < 0.01", "f1"),
    "a field, longest 100": ("status = finished", "-duration_s"),
}
BY_HAND = """
    SELECT r.id, r.name, r.experiment, r.status, r.started_at, r.duration_s
    FROM last_metrics AS a JOIN runs AS r ON r.id = a.run_id
    JOIN params AS p ON p.run_id = r.id AND p.name = 'model' AND p.value = 'rf'
    WHERE a.name = 'auc' AND a.value > 0.8 AND r.deleted_at IS NULL AND r.archived_at IS NULL
    ORDER BY a.value DESC LIMIT 100
"""


def fill(workspace: Workspace, made: MadeRuns) -> None:
    """Write runs by SQL, in the order in which tracking would have written them."""
    kinds = {"str": "str", "int": "int", "float": "float"}
    connection = workspace.database.connection
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    connection.execute("BEGIN IMMEDIATE")
    experiments = {(run[3], run[5]) for run in made.runs}
    connection.executemany("INSERT OR IGNORE INTO experiments VALUES (?, ?)", sorted(experiments))
    connection.executemany(
        "INSERT INTO runs (id, base, ordinal, experiment, status, started_at, duration_s) VALUES (?, ?, ?, ?, ?, ?, ?)",
        made.runs,
    )
    connection.executemany(
        "INSERT INTO params (run_id, name, value, kind) VALUES (?, ?, ?, ?)",
        [(run, name, value, kinds[type(value).__name__]) for run, name, value in made.params],
    )
    for table_name in ("metrics", "last_metrics"):
        connection.executemany(
            f"INSERT INTO {table_name} (run_id, name, value, step, timestamp) VALUES (?, ?, ?, 0, 0)", made.metrics
        )
    connection.executemany("INSERT INTO tags (run_id, name, value) VALUES (?, ?, ?)", made.tags)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def by_hand(connection: sqlite3.Connection) -> pd.DataFrame:
    """Return what the first query does, as someone would write it who knows the tables."""
    rows = connection.execute(BY_HAND).fetchall()
    names = ("id", "name", "experiment", "status", "started_at", "duration_s")
    records = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    marks = ", ".join("?" * len(records))
    for table_name, group in (("last_metrics", "metrics"), ("params", "params"), ("tags", "tags")):
        for run, name, value in connection.execute(
            f"SELECT run_id, name, value FROM {table_name} WHERE run_id IN ({marks})", list(records)
        ):
            records[run][f"{group}.{name}"] = value
    frame = pd.DataFrame(list(records.values()))
    frame["started_at"] = pd.to_datetime(frame["started_at"], format="ISO8601")
    return frame


def measure(count: int, repeats: int) -> tuple[list[dict], float]:
    """Return rows for so many runs, and the milliseconds of the first query."""
    rows, first = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        with nbmlops.workspace(Path(folder), create=True) as filled:
            fill(filled, make_runs(count))
        with Workspace(filled.path) as workspace:  # opened anew: with the pragmas that everyone has
            connection = sqlite3.connect(workspace.database.path)
            expected = by_hand(connection)
            for title, (filter_text, sort) in QUERIES.items():

                def ours(filter_text=filter_text, sort=sort):
                    return workspace.runs.frame(filter_text, sort=sort, limit=100)

                found = ours()
                label = f"{count:,} runs, {title} ({len(found)} found)"
                if not first:
                    assert list(found["id"]) == list(expected["id"]), "another answer than by hand"
                    assert set(found.columns) == set(expected.columns)
                    times = typical([ours, lambda: by_hand(connection)], repeats)
                    first = times[0] * 1000
                    rows.append(at_most(label, first, LIMITS[count], "ms", times[1] * 1000))
                else:
                    rows.append(at_most(label, typical([ours], repeats)[0] * 1000, LIMITS[count]))
            connection.close()
    return rows, first


def main(small: bool) -> list[dict]:
    rows, first = measure(10_000, 7 if small else 15)
    rows.append(
        told("10,000 runs, beside MLflow's search_runs", first, "ms", ask_mlflow("search", small).get("search"))
    )
    return rows + measure(20_000 if small else 100_000, 7)[0]


if __name__ == "__main__":
    run_alone(main)
