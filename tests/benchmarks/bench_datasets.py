"""What second versions of a data set cost in bytes and in time, beside writing and reading the same frame as Parquet.

Run it: ``python tests/benchmarks/bench_datasets.py [--small]``. Sizes are shares of the data's
size in memory; times are ratios to pandas' own Parquet, measured in the same run on frames as large.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from bench_fingerprint import mixed
from results import at_most, best, holds, run_alone, seconds, side_by_side

from nbmlops.capture.fingerprint import fingerprint
from nbmlops.datasets.comparing import compare
from nbmlops.workspaces import Workspace

SMALL, LARGE = 800_000, 13_000_000
SAVE, LOAD = 3.0, 1.5
DIFF_SECONDS = 5.0


def edited(frame, rows, shift=1):
    other = mixed(len(rows) + shift)[shift:].set_axis(rows)
    out = {}
    for name in frame:
        values = frame[name].array.copy()
        values[rows] = other[name].array
        out[name] = values
    return pd.DataFrame(out, index=frame.index)


def changes(frame, generator):
    rows = len(frame)
    percent = rows // 100
    more = mixed(percent + 7)[7:].assign(id=lambda f: f["id"] + 1, price=lambda f: f["price"] + 1)
    block = np.arange(rows // 2, rows // 2 + percent)
    scattered = np.sort(generator.choice(rows, percent, replace=False))
    some = generator.random(rows)
    return {
        "1 % appended": (lambda: pd.concat([frame, more], ignore_index=True), 2),
        "1 % deleted in a block": (lambda: frame.drop(index=block).reset_index(drop=True), 2),
        "1 % deleted here and there": (lambda: frame[some > 0.01].reset_index(drop=True), 2),
        "1 % edited in a block": (lambda: edited(frame, block), 2),
        "1 % edited here and there": (lambda: edited(frame, scattered, 3), 2),
        "one column of ten recomputed": (lambda: frame.assign(price=frame["price"] * 1.1), 12),
        "sorted": (lambda: frame.sort_values("price", ignore_index=True), 10),
        "filtered to 30 %": (lambda: frame[some < 0.3].reset_index(drop=True), 1),
        "a column renamed": (lambda: frame.rename(columns={"price": "cost"}), 0.01),
        "a column added": (lambda: frame.assign(added=some), 12),
    }


def main(small: bool) -> list[dict]:
    folder = Path(tempfile.mkdtemp(prefix="nbmlops-bench-"))
    try:
        with Workspace.open(folder, create=True) as ws:
            return [*versions(ws, folder, small), *difference(small)]
    finally:
        shutil.rmtree(folder)


def versions(ws, folder: Path, small: bool) -> list[dict]:
    repeats = 5
    frame = mixed(SMALL if small else LARGE)
    size = fingerprint(frame).bytes
    file = folder / "frame.parquet"

    def load_beside_parquet(own):
        # whole loads, each of which verifies and reads every piece; in turns, since each needs gigabytes of memory
        return side_by_side([lambda: ws.datasets.load(own), lambda: pd.read_parquet(file)], repeats)

    write = best(lambda: frame.to_parquet(file), repeats)
    saves = [seconds(lambda name=name: ws.datasets.save(frame, name)) for name in ("first", "again")]
    load, read = load_beside_parquet("first")
    rows = [
        at_most(f"first save of {size / 1e9:.2f} GB, × a Parquet write", min(saves) / write, SAVE, "×"),
        at_most("its load, × a Parquet read", load / read, LOAD, "×"),
    ]
    wrong = []
    for name, (change, percent) in changes(frame, np.random.default_rng(3)).items():
        data = change()
        own = f"v{len(rows)}"
        ws.datasets.save(frame, own)
        took = seconds(lambda own=own, data=data: ws.datasets.save(data, own))
        version = ws.datasets.get(own)
        rows.append(at_most(f"{name}: added, % of the size", 100 * version.bytes_added / size, percent, "%"))
        rows.append(at_most(f"{name}: save, × a Parquet write", took / write, SAVE, "×"))
        data.to_parquet(file)
        load, own_read = load_beside_parquet(own)
        rows.append(at_most(f"{name}: load, × a Parquet read of it", load / own_read, LOAD, "×"))
        if fingerprint(ws.datasets.load(own)).digest != version.fingerprint:
            wrong.append(name)
        del data
        ws.datasets.delete(own)
    rows.append(holds("versions that come back otherwise", wrong))
    return rows


def difference(small: bool) -> list[dict]:
    from nbmlops.datasets.forms import take_apart
    from nbmlops.datasets.versions import live_side

    count = 100_000 if small else 1_000_000
    frame = mixed(count)
    changed = edited(frame, np.arange(500, 500 + count // 100)).drop(index=range(100)).reset_index(drop=True)
    a, b = (live_side(take_apart(data), "data") for data in (frame, changed))
    took = best(lambda: compare(a, b), 2)
    return [at_most(f"diff of {count:,} × 10 (s)", took, DIFF_SECONDS, "s")]


if __name__ == "__main__":
    run_alone(main)
