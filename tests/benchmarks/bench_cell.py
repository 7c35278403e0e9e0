"""What tracking adds to a cell, in a real IPython shell: the same cell tracked, untracked and not followed, in turns.

Run it: ``python tests/benchmarks/bench_cell.py [--small]``. The shell runs in a process of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mlflow_peer import ask_mlflow
from results import at_most, run_alone, seconds, told, undisturbed

SETUP = """
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

draw = np.random.default_rng(7)
y = np.repeat([0, 1], 75)
X = pd.DataFrame(
    draw.normal(size=(150, 4)) + y[:, None] * [0.8, -0.4, 1.2, 0.6],
    columns=["sepal length", "sepal width", "petal length", "petal width"],
)
"""
FIT = """
model = LogisticRegression(C=1.0, max_iter=200).fit(X, y)
chances = model.predict_proba(X)[:, 1]
auc = roc_auc_score(y, chances)
f1 = f1_score(y, chances > 0.5)
"""
BIG = """
frame = pd.DataFrame(draw.random((1_000_000, 4)), columns=list("abcd")).assign(name="some text")
"""
MANY_NAMES = "\n".join(f"constant_{i} = {i}" for i in range(100))
PLAIN_SCHEMA = """
CREATE TABLE runs (id TEXT PRIMARY KEY, status TEXT, started REAL, ended REAL);
CREATE TABLE params (run_id TEXT, name TEXT, value, PRIMARY KEY (run_id, name)) WITHOUT ROWID;
CREATE TABLE metrics (run_id TEXT, name TEXT, value REAL, step INTEGER, timestamp INTEGER);
CREATE INDEX metrics_by_run ON metrics (run_id, name, step);
"""


class Shell:
    """An IPython shell with nbmlops loaded, and the time that its registry takes."""

    def __init__(self) -> None:
        from IPython.core.interactiveshell import InteractiveShell

        self.shell = InteractiveShell.instance(colors="nocolor", history_length=0)
        self.shell.history_manager.enabled = False
        self.in_registry = 0.0
        self._number = 0

    @property
    def session(self) -> Any:
        from nbmlops.magics.session import session_of

        return session_of(self.shell)

    def run(self, code: str) -> float:
        """Run a cell; give the seconds it took. A number makes each cell's text a new one, as in real work."""
        self._number += 1
        code = f"{code}\n# {self._number}"
        start = time.perf_counter()
        result = self.shell.run_cell(code, store_history=True)
        took = time.perf_counter() - start
        assert result.success, result.error_in_exec or result.error_before_exec
        return took

    def watch_registry(self) -> None:
        """Add up the time inside of the writes of a run's begin and end."""
        from nbmlops.store.runs import RunWriter

        for name in ("create", "close"):
            setattr(RunWriter, name, self._timed(getattr(RunWriter, name)))

    def _timed(self, method: Any) -> Any:
        def timed(*arguments: Any) -> Any:
            start = time.perf_counter()
            try:
                return method(*arguments)
            finally:
                self.in_registry += time.perf_counter() - start

        return timed

    def follow(self, on: bool) -> None:
        """Let nbmlops follow the cells, or not. The patches stay: without an observer they do nothing.

        Taking them off and on for each cell would change some hundred classes, and Python's caches of their methods
        with them, which slows both sides.
        """
        events, session = self.shell.events, self.session
        change = events.register if on else events.unregister
        change("pre_run_cell", session.before_cell)
        change("post_run_cell", session.after_cell)

    def cost(self, code: str, repeats: int) -> dict[str, float]:
        """Return the milliseconds of a cell without nbmlops, what it adds, and the registry's part in that."""
        times: dict[str, list[float]] = {"plain": [], "untracked": [], "tracked": [], "registry": []}
        for turn in range(repeats + 3):
            self.follow(False)
            plain = self.run(code)
            self.follow(True)
            untracked = self.run(code)
            self.in_registry = 0.0
            tracked = self.run(f"%%track bench\n{code}")
            in_registry = self.in_registry
            # in real work the next cell comes seconds later
            self.session.workspace.recorder.background.wait()
            if turn >= 3:  # the first ones fill caches
                for name, took in zip(times, (plain, untracked, tracked, in_registry), strict=True):
                    times[name].append(took)
        found = {name: undisturbed(values) * 1000 for name, values in times.items()}
        return {
            "plain": found["plain"],
            "untracked": found["untracked"] - found["plain"],
            "added": found["tracked"] - found["plain"],
            "registry": found["registry"],
        }

    def cost_of_a_frame(self, repeats: int) -> dict[str, float]:
        """Return the milliseconds that a large frame in the namespace adds to cells that do not read it."""
        names = self.shell.user_ns
        self.run(BIG)
        frame = names.pop("frame")
        found = {}
        for kind, code in (("tracked", "%%track bench\npass"), ("untracked", "pass")):
            differences = []
            for _ in range(repeats):
                without = self.run(code)
                self.session.workspace.recorder.background.wait()
                names["frame"] = frame
                differences.append(self.run(code) - without)
                self.session.workspace.recorder.background.wait()
                del names["frame"]
            found[kind] = statistics.median(differences) * 1000
        return found


def inside(small: bool) -> dict[str, Any]:
    """Measure; in the process that has the shell, in a folder of its own."""
    repeats = 24 if small else 80
    found: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        shell = Shell()
        shell.shell.run_line_magic("load_ext", "nbmlops")
        shell.watch_registry()
        found["new"] = shell.cost("pass", repeats)
        # early, since what a session of many cells adds has a row of its own
        subprocess.run(["git", "init", "-q"], check=False)
        Path("notebook.txt").write_text("text")
        found["git"] = shell.cost("pass", repeats)
        shutil.rmtree(".git")
        shell.run(SETUP)
        shell.run(MANY_NAMES)
        found["empty"] = shell.cost("pass", repeats)
        found["fit"] = shell.cost(FIT, repeats)
        found["big"] = shell.cost_of_a_frame(repeats)
        for _ in range(400 if small else 1000):
            shell.run("pass")
        found["late"] = shell.cost("pass", repeats)
        shell.shell.run_line_magic("unload_ext", "nbmlops")
    return found


def plain_sqlite(small: bool) -> float:
    """Return the milliseconds of start, 10 params, 10 metrics and end, each its own statement, in plain SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(PLAIN_SCHEMA)

        def one() -> None:
            run = os.urandom(16).hex()
            connection.execute("INSERT INTO runs VALUES (?, 'running', ?, NULL)", (run, time.time()))
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO params VALUES (?, ?, ?)", [(run, f"param_{i}", i) for i in range(10)])
            connection.execute("COMMIT")
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO metrics VALUES (?, ?, ?, 0, 0)", [(run, f"metric_{i}", i / 10) for i in range(10)]
            )
            connection.execute("COMMIT")
            connection.execute("UPDATE runs SET status = 'finished', ended = ? WHERE id = ?", (time.time(), run))

        took = statistics.median(seconds(one) for _ in range(50 if small else 500)) * 1000
        connection.close()
    return took


def in_a_shell(small: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NBMLOPS_", "JPY_"))}
        # one thread: on a busy machine the threads of BLAS wait for each other far longer than the fit takes
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        environment = {**kept, **threads, "NBMLOPS_HOME": folder, "IPYTHONDIR": f"{folder}/ipython"}
        done = subprocess.run(
            [sys.executable, str(Path(__file__).resolve()), "--inside", *(["--small"] if small else [])],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main(small: bool) -> list[dict]:
    found = in_a_shell(small)
    by_hand, peer = plain_sqlite(small), ask_mlflow("cell", small)
    new, empty, fit, big = (found[name] for name in ("new", "empty", "fit", "big"))
    return [
        at_most("empty tracked cell, in a new notebook", new["added"], 5),
        at_most("empty tracked cell, pandas and scikit-learn imported, 100 names", empty["added"], 5),
        at_most("empty tracked cell, in a git repository", found["git"]["added"], 5),
        at_most(
            f"empty tracked cell after {400 if small else 1000:,} more cells, × the same before",
            found["late"]["added"] / empty["added"],
            2.0,
            "×",
        ),
        told("empty tracked cell, beside MLflow: a run of 10 + 10", empty["added"], "ms", peer.get("run")),
        at_most("its registry part, beside plain SQLite: a run of 10 + 10", empty["registry"], 1, "ms", by_hand),
        at_most(f"default tracked fit, on a cell of {fit['plain']:.1f} ms", fit["added"], 15),
        told("default tracked fit, beside MLflow's autolog", fit["added"], "ms", peer.get("fit")),
        told("registry part of the fit, beside plain SQLite: a run of 10 + 10", fit["registry"], "ms", by_hand),
        at_most("a frame of a million rows adds to a tracked cell that does not read it", big["tracked"], 0.5),
        at_most("a frame of a million rows adds to an untracked cell", big["untracked"], 0.5),
        at_most("empty cell, not tracked", empty["untracked"], 1),
        told("the same fit, not tracked", fit["untracked"]),
    ]


if __name__ == "__main__":
    if "--inside" in sys.argv:
        answers = inside("--small" in sys.argv)
        print(json.dumps(answers))
    else:
        run_alone(main)
