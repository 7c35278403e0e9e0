"""Run the benchmarks: ``python -m tests.benchmarks [--small] [names…]``, from the root of the project.

Each ``bench_NAME.py`` beside this file is one benchmark with ``main(small) -> rows``. One aligned table is printed. The
exit code is 1 where a budget is missed; with ``--small`` only where it is missed by more than twice, since shared
machines are noisy, and in two tries, since they may be held up for seconds.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
import time
import traceback
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from results import better, holds, machine, missed, table  # noqa: E402


def names() -> list[str]:
    return sorted(file.stem.removeprefix("bench_") for file in FOLDER.glob("bench_*.py"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--small", action="store_true", help="less data, fewer repeats, budgets twice as wide")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(names())} (all by default)")
    arguments = parser.parse_args()
    chosen = [name.removeprefix("bench_") for name in arguments.names] or names()
    unknown = sorted(set(chosen) - set(names()))
    if unknown:
        parser.error(f"no benchmark named {', '.join(unknown)}; there are {', '.join(names())}")
    print(machine(), flush=True)
    rows = []
    for name in chosen:
        start = time.perf_counter()
        found = rows_of(name, arguments.small)
        if arguments.small and missed(found, small=True):
            print(f"{name}: once more, since it was far off", file=sys.stderr, flush=True)
            found = better(found, rows_of(name, arguments.small))
        rows += [{**row, "name": f"{name}: {row['name']}"} for row in found]
        print(f"{name} took {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
        gc.collect()
    print(table(rows))
    judged = [row for row in rows if row["rule"]]
    over = [row for row in judged if not row["ok"]]
    failing = missed(judged, small=arguments.small)
    mode = "small" if arguments.small else "full"
    verdict = "FAILED" if failing else "passed"
    for row in failing:
        print(f"beyond what is allowed: {row['name']}, {row['factor']:.1f} × its budget")
    print(
        f"benchmarks {verdict} ({mode}): {len(judged) - len(over)} of {len(judged)} budgets kept"
        f"{'' if not over else f', {len(over)} missed, {len(failing)} beyond what is allowed'}; {machine()}"
    )
    return 1 if failing else 0


def rows_of(name: str, small: bool) -> list[dict]:
    """Run one benchmark; one that fails has a row that says so."""
    try:
        return importlib.import_module(f"bench_{name}").main(small)
    except Exception as error:
        traceback.print_exc()
        return [holds("it ran to its end", [f"{type(error).__name__}: {error}"])]


if __name__ == "__main__":
    raise SystemExit(main())
