"""Time of ``import nbmlops`` in fresh interpreters, net of the bare interpreter, beside other libraries.

Run it: ``python tests/benchmarks/bench_import.py [--small]``.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import tempfile

from results import NOT_INSTALLED, at_most, holds, in_turns, run_alone, told

LIMIT = 0.1
HEAVY = ("pandas", "numpy", "IPython", "sqlite_utils")
PEERS = ("narwhals", "sqlite_utils", "mlflow")
API = "import nbmlops; nbmlops.track"


def fresh(code: str, folder: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def heavy_after(code: str, folder: str) -> list[str]:
    """Return which heavy packages a statement loads."""
    asked = f"{code}; import sys; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.split()


def main(small: bool) -> list[dict]:
    repeats = 5 if small else 7
    with tempfile.TemporaryDirectory() as folder:
        there = [name for name in PEERS if importlib.util.find_spec(name)]
        codes = ["pass", "import nbmlops", API, *(f"import {name}" for name in there if name != "mlflow")]
        for code in codes:  # once, so that the byte code of all of them is written
            fresh(code, folder)
        times = in_turns([lambda code=code: fresh(code, folder) for code in codes], repeats)
        net = {
            code: statistics.median(time - bare for time, bare in zip(one, times[0], strict=True))
            for code, one in zip(codes, times, strict=True)
        }
        if "mlflow" in there:
            fresh("import mlflow", folder)
            [slow, bare] = in_turns([lambda: fresh("import mlflow", folder), lambda: fresh("pass", folder)], 3)
            net["import mlflow"] = statistics.median(slow) - statistics.median(bare)
        rows = [at_most("import nbmlops", net["import nbmlops"], LIMIT, "s")]
        rows += [
            told(f"import nbmlops, beside {name}", net["import nbmlops"], "s", net.get(f"import {name}", NOT_INSTALLED))
            for name in PEERS
        ]
        rows += [
            told("import nbmlops and its Python API (nbmlops.track)", net[API], "s"),
            holds("heavy packages that import nbmlops loads", heavy_after("import nbmlops", folder)),
            holds("heavy packages that nbmlops.track loads", heavy_after(API, folder)),
        ]
    return rows


if __name__ == "__main__":
    run_alone(main)
