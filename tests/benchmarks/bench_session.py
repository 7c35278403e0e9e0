"""What following a long session costs: untracked cells among 300 names and gigabytes of frames.

Run it: ``python tests/benchmarks/bench_session.py [--small]``. The history is driven directly; an IPython shell adds
nothing to it.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any

from results import at_most, run_alone, told

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

CELLS = (
    "total_{i} = {i} + 1",
    "big_0.head()",
    "mean_{i} = big_1['c1'].mean()",
    "part_{i} = small['a'][:3].tolist()",
    "small['n{i}'] = small['a'] * {i}",
    "names.append({i})",
    "model.fit(small[['a', 'b']], small['y'])",
    "out_{i} = clean(small)",
    "def f_{i}(x):\n    return x * scale",
    "value_{i} = helper({i})",
)


class Session:
    """A namespace and its history."""

    def __init__(self, gigabytes: float) -> None:
        import numpy as np
        import pandas as pd
        from sklearn.linear_model import LinearRegression

        from nbmlops.capture.cells import ExecutedCell
        from nbmlops.capture.slicing.history import History

        self.make = ExecutedCell
        rows = int(gigabytes * 1e9 / 5 / 8 / 10)
        names: dict[str, Any] = {"__name__": "__main__", "pd": pd, "np": np, "scale": 3, "names": []}
        for index in range(5):
            names[f"big_{index}"] = pd.DataFrame(np.full((rows, 10), 1.5), columns=[f"c{i}" for i in range(10)])
        draw = np.random.default_rng(0)
        names["small"] = pd.DataFrame(draw.normal(size=(900, 2)), columns=["a", "b"]).assign(y=1.0, text="some text")
        names["model"] = LinearRegression()
        names.update({f"name_{index}": [index, str(index)] for index in range(200)})
        exec("def clean(d):\n    d = d.copy()\n    d['a'] = 0\n    return d", names)
        exec("def helper(x):\n    return x * scale", names)
        self.names = names
        self.history = History(names)

    def run(self, code: str) -> float:
        cell = self.make(code, code)
        start = time.perf_counter()
        self.history.before(cell)
        took = time.perf_counter() - start
        exec(compile(code, "<cell>", "exec"), self.names)
        start = time.perf_counter()
        self.history.after(cell)
        return took + time.perf_counter() - start


def main(small: bool) -> list[dict[str, Any]]:
    session = Session(0.3 if small else 5.0)
    for code in CELLS:
        session.run(code.format(i="warm"[:0] + "0"))
    times: dict[str, list[float]] = {code: [] for code in CELLS}
    for number in range(300):
        code = CELLS[number % len(CELLS)]
        times[code].append(session.run(code.format(i=number + 1)) * 1000)
    assert not session.history.problems, session.history.problems
    everything = [took for one in times.values() for took in one]
    last = [one[-1] for one in times.values()]
    empty = [session.run("pass") * 1000 for _ in range(30)]
    big = [session.run("big_2.loc[0, 'c1'] = 2.5") * 1000 for _ in range(10)]
    start = time.perf_counter()
    session.history.slice_of(session.history.cells[-1])
    sliced = (time.perf_counter() - start) * 1000
    rows = [
        at_most("an untracked cell, median of 300", statistics.median(everything), 20.0),
        at_most("an untracked cell, the slowest kind of the last ten", max(last), 20.0),
        at_most("an empty cell", statistics.median(empty), 2.0),
        at_most("a change of a frame too large to check", statistics.median(big), 20.0),
        at_most("the slice of the last cell", sliced, 20.0),
    ]
    return rows + [told(f"  {code.splitlines()[0][:44]}", statistics.median(took)) for code, took in times.items()]


if __name__ == "__main__":
    run_alone(main)
