"""What reading features by key costs, beside the same look into SQLite by hand.

Run it: ``python tests/benchmarks/bench_online.py [--small]``. Feast takes 148 µs for it, packed SQLite 6 µs (measured).
"""

import tempfile
from pathlib import Path

import msgpack
import numpy as np
import pyarrow as pa
from results import at_most, best, run_alone

from nbmlops.features.defining import Asked
from nbmlops.workspaces import Workspace

SMALL, LARGE = 50_000, 1_000_000
READS = 10_000
MICROSECONDS = 10.0
BESIDE = 3.0


def main(small: bool) -> list[dict]:
    keys = SMALL if small else LARGE
    generator = np.random.default_rng(0)
    columns = {f"x{number}": pa.array(generator.random(keys)) for number in range(8)}
    source = pa.table(
        {
            "key": pa.array([f"key{number}" for number in range(keys)]),
            "at": pa.array(np.full(keys, np.datetime64("now", "us"))),
            **columns,
            "word": pa.array([f"w{number % 7}" for number in range(keys)]),
        }
    )
    with (
        tempfile.TemporaryDirectory(prefix="nbmlops-bench-") as folder,
        Workspace.open(Path(folder), create=True) as ws,
    ):
        asked = Asked("view", "SELECT * FROM source", "key", "at", ttl="30d", sources={"source": source})
        ws.features.define(asked)
        took = best(lambda: ws.features.materialize("view"), 1)
        view = ws.features.online.view("view")
        wanted = [f"key{number}" for number in generator.integers(0, keys, READS)]
        execute = ws.features.online._file.connection.execute

        def by_hand() -> None:
            for key in wanted:
                found = execute(
                    "SELECT event_time, row FROM newest WHERE view = 1 AND key = ?", (msgpack.packb((key,)),)
                )
                msgpack.unpackb(found.fetchone()[1])

        def ours() -> None:
            for key in wanted:
                view.get(key)

        for function in (by_hand, ours):
            function()
        plain, own = (min(best(function, 1) for _ in range(5)) / READS for function in (by_hand, ours))
        many = best(lambda: view.get_many(wanted), 3) / READS
        ws.features.online.close()
    return [
        at_most("read of one key, 9 features, TTL and types (µs)", own * 1e6, MICROSECONDS, "µs"),
        at_most("read of one key, × SQLite and msgpack by hand", own / plain, BESIDE, "×"),
        at_most("read of many keys, each (µs)", many * 1e6, MICROSECONDS, "µs"),
        at_most(f"materialize {keys:,} keys, µs a key", took / keys * 1e6, 50, "µs"),
    ]


if __name__ == "__main__":
    run_alone(main)
