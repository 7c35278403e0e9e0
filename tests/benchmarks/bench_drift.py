"""Drift: false alarms on data that have not changed, and time and memory beside numpy by hand and Evidently.

Run it: ``python tests/benchmarks/bench_drift.py [--small]``. A false alarm is any finding at all, in any column, of two
samples of one population: light and heavy tails, counts, codes, labels, missing values. In full the grid is all of 300,
500, 5,000 and 200,000 rows by 10, 50 and 300 columns, 300 times each; small asks those up to 5,000 × 50, 100 times, and
a spot of the others.
"""

import importlib.util
import os
import threading
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
import psutil
from results import NOT_INSTALLED, at_most, best, run_alone, seconds, told

from nbmlops.measures.drift import drift_between

ROWS, COLUMNS = (300, 500, 5_000, 200_000), (10, 50, 300)
REPEATS, REPEATS_SMALL = 300, 100
REPEATS_SPEED = 3
SPOT = {(200_000, 10): 5, (500, 300): 5}
MOST_ALARMS = 5.0
LIMIT_SECONDS, LIMIT_MB = 5.0, 300.0
LARGE, SMALL, FEWER = 1_000_000, 200_000, 100_000


def unchanged(random: np.random.Generator, rows: int, columns: int) -> pd.DataFrame:
    """Return one sample; the same population whenever rows and columns are the same."""
    kinds = (
        lambda: random.normal(size=rows),
        lambda: random.lognormal(3, 1, rows),
        lambda: random.standard_cauchy(rows),
        lambda: np.where(random.random(rows) < 0.05, np.nan, random.random(rows)),
        lambda: random.poisson(3, rows),
        lambda: random.poisson(400, rows),
        lambda: random.choice(np.array(list("ABCDEFG")), rows, p=[0.3, 0.25, 0.2, 0.1, 0.08, 0.05, 0.02]),
        lambda: random.zipf(1.6, rows).clip(max=5000),
        lambda: random.random(rows) < 0.3,
        lambda: random.standard_t(3, rows),
    )
    return pd.DataFrame({f"c{at}": kinds[at % len(kinds)]() for at in range(columns)})


def is_alarm(rows: int, columns: int, repeat: int) -> bool:
    random = np.random.default_rng([rows, columns, repeat])
    return drift_between(unchanged(random, rows, columns), unchanged(random, rows, columns)).drifted


def alarms(rows: int, columns: int, repeats: int, pool: ProcessPoolExecutor) -> dict:
    found = pool.map(is_alarm, [rows] * repeats, [columns] * repeats, range(repeats), chunksize=max(1, repeats // 20))
    share = 100 * sum(found) / repeats
    name = f"false alarms, {rows:,} rows × {columns} columns, {repeats} times"
    # a spot is too few to judge by
    return at_most(name, share, MOST_ALARMS, "%") if repeats >= REPEATS_SMALL else told(name, share, "%")


def grid(small: bool) -> list[dict]:
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        cells = [(rows, columns) for rows in ROWS for columns in COLUMNS]
        if small:
            light = [(rows, columns, REPEATS_SMALL) for rows, columns in cells if rows <= 5000 and columns <= 50]
            return [alarms(*cell, pool) for cell in [*light, *((*cell, times) for cell, times in SPOT.items())]]
        return [alarms(*cell, REPEATS, pool) for cell in cells]


def thirty(random: np.random.Generator, rows: int) -> pd.DataFrame:
    columns = {f"n{at}": random.normal(size=rows) for at in range(20)}
    columns |= {f"i{at}": random.integers(0, 12, rows) for at in range(4)}
    columns |= {f"s{at}": random.choice(np.array(list("abcdefgh")), rows) for at in range(4)}
    columns |= {f"k{at}": pd.Categorical.from_codes(random.integers(0, 5, rows), list("vwxyz")) for at in range(2)}
    return pd.DataFrame(columns)


def by_hand(before: pd.DataFrame, now: pd.DataFrame) -> float:
    """Return the largest distance: sorted samples and bincounts, nothing else."""
    largest = 0.0
    for name in before:
        if before[name].dtype.kind == "f":
            a, b = np.sort(before[name].to_numpy()), np.sort(now[name].to_numpy())
            both = np.concatenate([a, b])
            gap = np.searchsorted(a, both, "right") / len(a) - np.searchsorted(b, both, "right") / len(b)
            largest = max(largest, float(np.abs(gap).max()))
        else:
            shares = [side[name].value_counts(normalize=True) for side in (before, now)]
            largest = max(largest, float((shares[0] - shares[1]).abs().max()))
    return largest


def speed(small: bool) -> list[dict]:
    rows = SMALL if small else LARGE
    random = np.random.default_rng(0)
    before, now = thirty(random, rows), thirty(random, rows)
    drift_between(before.head(1000), now.head(1000))  # what is imported is not measured
    peer = seconds(lambda: by_hand(before, now))
    base, highest, over = psutil.Process().memory_info().rss, [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            highest[0] = max(highest[0], (psutil.Process().memory_info().rss - base) / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    took = best(lambda: drift_between(before, now), REPEATS_SPEED)
    over.set()
    watcher.join()
    size = f"{rows:,} × 30"
    limit = LIMIT_SECONDS * rows / LARGE
    return [
        at_most(f"drift of {size}, beside numpy by hand", took, limit, "s", peer),
        at_most(f"memory above the data, {size}", highest[0], LIMIT_MB, "MB"),
        told(f"the same, beside Evidently with {FEWER:,} of the rows", took, "s", evidently(before, now)),
    ]


def evidently(before: pd.DataFrame, now: pd.DataFrame) -> float | str:
    if importlib.util.find_spec("evidently") is None:
        return NOT_INSTALLED
    from evidently import Report
    from evidently.presets import DataDriftPreset

    return seconds(lambda: Report([DataDriftPreset()]).run(now.head(FEWER), before.head(FEWER)))


def main(small: bool) -> list[dict]:
    return [*speed(small), *grid(small)]


if __name__ == "__main__":
    run_alone(main)
