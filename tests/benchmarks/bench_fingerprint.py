"""Speed of fingerprints beside the plain hash of as many bytes, joblib and pandas, measured in one run.

Run it: ``python tests/benchmarks/bench_fingerprint.py [--small]``.
"""

import joblib
import numpy as np
import pandas as pd
from blake3 import blake3
from results import at_least, best, run_alone, side_by_side, told
from sklearn.ensemble import RandomForestClassifier

from nbmlops.capture.fingerprint import fingerprint, object_digest

SMALL, LARGE = 1_000_000, 10_000_000
ROOM = 4.4
"""GB/s of plain hashing, from which the budget of 4 GB/s can be asked for at all."""


def mixed(rows):
    generator = np.random.default_rng(0)
    words = np.array([f"w{i:06d}" * (1 + i % 3) for i in range(5000)])
    seconds = pd.to_timedelta(generator.integers(0, 10**9, rows), unit="s")
    return pd.DataFrame(
        {
            "id": generator.integers(0, 10**12, rows),
            "count": generator.integers(0, 100, rows).astype("i4"),
            "price": generator.random(rows),
            "rate": np.where(generator.random(rows) < 0.05, np.nan, generator.random(rows)),
            "small": generator.random(rows).astype("f4"),
            "flag": generator.random(rows) < 0.5,
            "time": pd.Timestamp("2020-01-01") + seconds,
            "name": pd.Series(words[generator.integers(0, 5000, rows)]),
            "kind": pd.Categorical.from_codes(generator.integers(0, 20, rows), [f"c{i}" for i in range(20)]),
            "nullable": pd.array(generator.integers(0, 9, rows), dtype="Int64"),
        }
    )


def main(small: bool) -> list[dict]:
    repeats = 10
    frame = mixed(SMALL if small else LARGE)
    gigabytes = fingerprint(frame).bytes / 1e9
    floats = pd.DataFrame({"x": frame["price"]})
    size = fingerprint(floats).bytes / 1e9
    same_bytes = np.random.default_rng(1).integers(0, 2**62, int(gigabytes * 1e9 / 8)).view("u1")
    all_columns, one_column, plain = side_by_side(
        [lambda: fingerprint(frame), lambda: fingerprint(floats), lambda: blake3(same_bytes).digest()],
        repeats,
    )
    ours, plain = gigabytes / all_columns, gigabytes / plain
    tenth = frame.iloc[: len(frame) // 10].reset_index(drop=True)
    part = fingerprint(tenth).bytes / 1e9
    by_joblib = part / best(lambda: joblib.hash(tenth), 1)
    by_pandas = part / best(lambda: pd.util.hash_pandas_object(tenth), 1)
    data = np.random.default_rng(0).normal(size=(150, 4))
    forest = RandomForestClassifier(100, random_state=0).fit(data, data[:, 0] > 0)
    digest, by_pickle = best(lambda: object_digest(forest), 10), best(lambda: joblib.hash(forest), 3)
    return [
        at_least("10 mixed columns, beside plain blake3 (GB/s)", ours, plain, 0.5),
        at_least("10 mixed columns, beside joblib.hash (GB/s)", ours, by_joblib, 4.0),
        at_least("10 mixed columns, beside pandas' hash (GB/s)", ours, by_pandas, 5.0),
        at_least("one float column, beside plain blake3 (GB/s)", size / one_column, plain, 0.6),
        at_least(
            "object_digest of 100 trees, beside joblib.hash (per ms)",
            1 / digest / 1e3,
            1 / by_pickle / 1e3,
            1.0,
        ),
        # Speed in bytes is the machine's as much as ours: judged only where plain hashing has room for it.
        at_least("4 GB/s on one core", ours, 4.0, 1.0) if plain > ROOM else told("4 GB/s on one core", ours, "GB/s"),
    ]


if __name__ == "__main__":
    run_alone(main)
