"""What MLflow takes for the same work, measured in a process of its own where MLflow is installed.

Every job is done the way that is fastest for MLflow: its SQLite store, and its batch calls.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from made_runs import make_runs
from results import NOT_INSTALLED, seconds


class Answers(dict):
    """What MLflow took, by name; where it is not installed, every answer says so."""

    def __init__(self, found: dict[str, float], otherwise: str) -> None:
        super().__init__(found)
        self.otherwise = otherwise

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, default or self.otherwise)


def ask_mlflow(job: str, small: bool) -> Answers:
    """Return what MLflow takes for a job (`JOBS`)."""
    if importlib.util.find_spec("mlflow") is None:
        return Answers({}, NOT_INSTALLED)
    quiet = {
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_PYTHON_REFRESH": "quiet",
        "MLFLOW_LOGGING_LEVEL": "ERROR",
    }
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).resolve()), job, *(["--small"] if small else [])],
            cwd=folder,
            env={**os.environ, **quiet},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        print(f"MLflow failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return Answers({}, "failed")
    return Answers(json.loads(done.stdout.splitlines()[-1]), "not measured")


def _store() -> str:
    import mlflow

    uri = f"sqlite:///{Path.cwd() / 'mlflow.db'}"
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("bench")
    return uri


def cell(small: bool) -> dict[str, float]:
    """Milliseconds of start, 10 params, 10 metrics, end; and what autologging adds to a fit."""
    import mlflow

    _store()
    params = {f"param_{i}": i for i in range(10)}
    metrics = {f"metric_{i}": i / 10 for i in range(10)}

    def one() -> None:
        with mlflow.start_run():
            mlflow.log_params(params)
            mlflow.log_metrics(metrics)

    for _ in range(3):
        one()
    found = {"run": statistics.median(seconds(one) for _ in range(10 if small else 50)) * 1000}
    if importlib.util.find_spec("mlflow.sklearn") and importlib.util.find_spec("sklearn"):
        found["fit"] = _autologged_fit(2 if small else 4)
    return found


def _autologged_fit(repeats: int) -> float:
    import mlflow
    import mlflow.sklearn
    from bench_cell import FIT, SETUP

    names: dict[str, Any] = {}
    exec(SETUP, names)
    exec(FIT, names)
    bare = statistics.median(seconds(lambda: exec(FIT, names)) for _ in range(10))
    warnings.simplefilter("ignore")
    mlflow.sklearn.autolog(silent=True)
    exec(FIT, names)
    return (statistics.median(seconds(lambda: exec(FIT, names)) for _ in range(repeats)) - bare) * 1000


def metrics(small: bool) -> dict[str, float]:
    """Metrics a second, one by one and in batches of a thousand."""
    import mlflow
    from mlflow.entities import Metric

    _store()
    count, rounds = (100, 2) if small else (500, 5)
    client = mlflow.MlflowClient()
    with mlflow.start_run() as run:

        def one_by_one() -> None:
            for step in range(count):
                mlflow.log_metric("loss", step / count, step=step)

        def batch() -> None:
            stamp = time.time_ns() // 1_000_000
            client.log_batch(run.info.run_id, [Metric("curve", i / 1000, stamp, i) for i in range(1000)])

        return {
            "one_by_one": count / statistics.median(seconds(one_by_one) for _ in range(3)),
            "batches": 1000 / statistics.median(seconds(batch) for _ in range(rounds)),
        }


def search(small: bool) -> dict[str, float]:
    """Milliseconds to filter and sort 10,000 runs, the best 100 into a frame."""
    import mlflow

    _store()
    made = make_runs(10_000)
    connection = sqlite3.connect("mlflow.db")
    [(experiment,)] = connection.execute("SELECT experiment_id FROM experiments WHERE name = 'bench'").fetchall()
    with connection:
        connection.executemany(
            "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, "
            "start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id) "
            "VALUES (?, ?, 'LOCAL', '', '', 'user', 'FINISHED', ?, ?, '', 'active', '', ?)",
            [(run[0], run[1], number, number, experiment) for number, run in enumerate(made.runs)],
        )
        connection.executemany(
            "INSERT INTO params (run_uuid, key, value) VALUES (?, ?, ?)",
            [(run, name, str(value)) for run, name, value in made.params],
        )
        for table_name in ("metrics", "latest_metrics"):
            connection.executemany(
                f"INSERT INTO {table_name} (run_uuid, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, 0, 0, 0)",
                made.metrics,
            )
        connection.executemany("INSERT INTO tags (run_uuid, key, value) VALUES (?, ?, ?)", made.tags)
    connection.execute("ANALYZE")
    connection.close()

    def best_hundred() -> None:
        frame = mlflow.search_runs(
            experiment_names=["bench"],
            filter_string="metrics.auc > 0.8 and params.model = 'rf'",
            order_by=["metrics.auc DESC"],
            max_results=100,
        )
        assert len(frame) == 100, len(frame)

    best_hundred()
    return {"search": statistics.median(seconds(best_hundred) for _ in range(3 if small else 7)) * 1000}


JOBS = {"cell": cell, "metrics": metrics, "search": search}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]]("--small" in sys.argv)))
