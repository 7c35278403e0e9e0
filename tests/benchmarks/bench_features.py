"""Point-in-time joins and trailing windows beside DuckDB by hand and pandas: millions of labels, as many rows.

Run it: ``python tests/benchmarks/bench_features.py [--small]``. All sides read the same Parquet file of features and
the same frame of labels, and give a frame with ten more columns. By hand is the shortest query that gives the same
values; it keeps neither the order of the labels nor says what is missing.
"""

import os
import shutil
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from results import at_least, holds, run_alone, side_by_side, told

from nbmlops.features.defining import Asked
from nbmlops.workspaces import Workspace

SMALL, LARGE = 1_000_000, 10_000_000
COLUMNS = [f"f{at}" for at in range(10)]
TTL_SECONDS = 200
JOIN = 0.9
WINDOWS = ["1h", "24h"]


def sides(rows: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(0)
    keys, span = max(rows // 1000, 1), 10**9 // 1000

    def half() -> dict:
        moments = random.integers(0, span, rows) * 1_000_000 + random.permutation(rows) % 1_000_000
        return {"k": random.integers(0, keys, rows), "t": moments.astype("datetime64[us]")}

    return pd.DataFrame({**half(), "y": random.random(rows)}), pd.DataFrame(
        {**half(), **{name: random.random(rows) for name in COLUMNS}}
    )


def main(small: bool) -> list[dict]:
    folder = Path(tempfile.mkdtemp(prefix="nbmlops-bench-"))
    before = Path.cwd()
    try:
        os.chdir(folder)
        with Workspace.open(folder, create=True) as ws:
            labels, rows = sides(SMALL if small else LARGE)
            rows.to_parquet("rows.parquet", index=False)
            del rows
            return [*joins(ws, labels), *windows(ws, labels.head(len(labels) // 10))]
    finally:
        os.chdir(before)
        shutil.rmtree(folder)


def joins(ws, labels: pd.DataFrame) -> list[dict]:
    body = "SELECT * FROM 'rows.parquet'"
    ws.features.define(Asked("v", body, "k", "t", ttl=f"{TTL_SECONDS}s"))
    fresh = ", ".join(
        f"CASE WHEN l.t - r.t <= INTERVAL {TTL_SECONDS} SECOND THEN r.{name} END AS {name}" for name in COLUMNS
    )
    query = f"SELECT l.*, {fresh} FROM labels AS l ASOF LEFT JOIN 'rows.parquet' AS r ON l.k = r.k AND l.t >= r.t"

    def by_hand() -> pd.DataFrame:
        connection = duckdb.connect()
        connection.register("labels", labels)
        return connection.sql(query).df()

    def by_pandas() -> pd.DataFrame:
        rows = pd.read_parquet("rows.parquet").sort_values("t")
        joined = pd.merge_asof(
            labels.reset_index().sort_values("t"), rows, on="t", by="k", tolerance=pd.Timedelta(TTL_SECONDS, "s")
        )
        return joined.set_index("index").sort_index()

    ours = ws.features.training_set(labels, ["v"])[0]
    peer = by_hand().sort_values(["k", "t", "y"], ignore_index=True)
    mine = ours.sort_values(["k", "t", "y"], ignore_index=True)
    wrong = [name for name in ["k", "t", "y", *COLUMNS] if not mine[name].equals(peer[name])]
    del ours, peer, mine
    functions = [lambda: ws.features.training_set(labels, ["v"]), by_hand, by_pandas]
    times = side_by_side(functions, 3 if len(labels) <= SMALL else 2)
    speed = [len(labels) / taken / 1e6 for taken in times]
    return [
        at_least(f"join of {len(labels):,} × {len(labels):,} × 10 (million rows a second)", speed[0], speed[1], JOIN),
        told("the same in pandas", speed[0], "M/s", speed[2]),
        holds("columns that are not what DuckDB by hand gives", wrong),
    ]


def windows(ws, labels: pd.DataFrame) -> list[dict]:
    aggregates = ["mean(f0) as mean", "count(f0) as count", "max(f0) as most"]
    ws.features.define(
        Asked("w", "SELECT k, t, f0 FROM 'rows.parquet'", "k", "t", windows=WINDOWS, aggregates=aggregates)
    )
    parts = []
    for window in WINDOWS:
        span = f"r.t > l.t - INTERVAL {window[:-1]} HOUR"
        parts += [f"avg(r.f0) FILTER ({span}) AS mean_{window}", f"count(r.f0) FILTER ({span}) AS count_{window}"]
        parts.append(f"max(r.f0) FILTER ({span}) AS most_{window}")
    query = (
        f"SELECT l.row, {', '.join(parts)} FROM labels AS l LEFT JOIN 'rows.parquet' AS r ON l.k = r.k AND r.t <= l.t "
        "AND r.t > l.t - INTERVAL 24 HOUR GROUP BY l.row ORDER BY l.row"
    )
    numbered = labels[["k", "t"]].assign(row=np.arange(len(labels)))

    def by_hand() -> pd.DataFrame:
        connection = duckdb.connect()
        connection.register("labels", numbered)
        return connection.sql(query).df()

    ours, peer = ws.features.training_set(labels, ["w"])[0], by_hand()
    names = [f"{name}_{window}" for name in ("mean", "count", "most") for window in WINDOWS]
    wrong = [name for name in names if not np.allclose(ours[name], peer[name], rtol=1e-9, equal_nan=True)]
    times = side_by_side([lambda: ws.features.training_set(labels, ["w"]), by_hand], 2)
    return [
        at_least(f"6 windows for {len(labels):,} labels (thousand labels a second)", *_speed(labels, times), JOIN),
        holds("windows that are not what DuckDB by hand gives", wrong),
    ]


def _speed(labels: pd.DataFrame, times: list[float]) -> tuple[float, float]:
    return len(labels) / times[0] / 1e3, len(labels) / times[1] / 1e3


if __name__ == "__main__":
    run_alone(main)
