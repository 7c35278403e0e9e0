"""Metrics logged one by one and in batches, beside plain SQLite with the same tables, indexes and pragmas.

Run it: ``python tests/benchmarks/bench_metrics.py [--small]``.
"""

from __future__ import annotations

import itertools
import sqlite3
import tempfile
import time
from pathlib import Path

import numpy as np
from mlflow_peer import ask_mlflow
from results import at_least, run_alone, told, typical

import nbmlops
from nbmlops.store.database import Database

INSERT = "INSERT INTO metrics (run_id, name, value, step, timestamp) VALUES (?, ?, ?, ?, ?)"
RUN = "0" * 32


def plain(folder: Path) -> sqlite3.Connection:
    """Return a connection to a registry of its own, made by the same migrations and opened with the same pragmas."""
    folder.mkdir()
    database = Database(folder)
    pragmas = {
        name: database.rows(f"PRAGMA {name}")[0][0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "cache_size", "wal_autocheckpoint")
    }
    database.close()
    connection = sqlite3.connect(database.path, isolation_level=None)
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name} = {value}")
    connection.execute("INSERT INTO experiments VALUES ('bench', '2026-01-01')")
    connection.execute(
        "INSERT INTO runs (id, experiment, base, ordinal, status, started_at) "
        "VALUES (?, 'bench', 'run', 1, 'running', '2026-01-01')",
        [RUN],
    )
    return connection


def main(small: bool) -> list[dict]:
    size, batch, repeats = (500, 10_000, 5) if small else (2_000, 50_000, 15)
    steps = itertools.count()
    values = np.random.default_rng(0).random(max(size, batch)).tolist()
    array = np.array(values[:batch])

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connection = plain(folder / "plain")

        def plain_one_by_one():
            for value in values[:size]:
                connection.execute(INSERT, (RUN, "loss", value, next(steps), time.time_ns() // 1_000_000))

        def plain_three():
            for value in values[: size // 3]:
                step, stamp = next(steps), time.time_ns() // 1_000_000
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(INSERT, [(RUN, metric, value, step, stamp) for metric in ("loss", "auc", "f1")])
                connection.execute("COMMIT")

        def plain_batch():
            stamp = time.time_ns() // 1_000_000
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                INSERT, [(RUN, "curve", value, step, stamp) for value, step in zip(values[:batch], steps, strict=False)]
            )
            connection.execute("COMMIT")

        with nbmlops.workspace(folder / "ours", create=True) as workspace, workspace.track("bench") as run:

            def one_by_one():
                for value in values[:size]:
                    run.log(loss=value)

            def three():
                for value in values[: size // 3]:
                    run.log(loss=value, auc=value, f1=value)

            singly = typical([one_by_one, plain_one_by_one], repeats)
            threes = typical([three, plain_three], repeats)
            # the curve goes on from batch to batch on both sides, so that the indexes grow alike
            batches = typical([lambda: run.log_series("curve", values[:batch]), plain_batch], repeats)
            arrays = typical([lambda: run.log_series("curve", array), plain_batch], repeats)
            there = connection.execute("SELECT count(*) FROM metrics").fetchone()[0]
            written = workspace.database.rows("SELECT count(*) FROM metrics")[0][0]
            assert there == written, (there, written)
        connection.close()
        peer = ask_mlflow("metrics", small)
    ours, theirs = (size / time for time in singly)
    series, many = (batch / time for time in batches)
    from_array, many_too = (batch / time for time in arrays)
    calls, statements = (size // 3 * 3 / time for time in threes)
    return [
        at_least("one by one, durable at once, beside plain SQLite", ours, theirs, 0.5, "/s"),
        at_least("log_series of a list, beside plain SQLite's executemany", series, many, 0.5, "/s"),
        at_least("log_series of an array, beside plain SQLite's executemany", from_array, many_too, 0.5, "/s"),
        told("three metrics in one call, beside plain SQLite in one transaction", calls, "/s", statements),
        told("one by one, beside MLflow", ours, "/s", peer.get("one_by_one")),
        told("in batches, beside MLflow's log_batch", series, "/s", peer.get("batches")),
    ]


if __name__ == "__main__":
    run_alone(main)
