"""A process that dies leaves no run that says *running* for ever, and loses nothing that it logged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from nbmlops.store.runs import NewRun

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from nbmlops.workspaces import Workspace

LOGS_FOR_EVER = """
import nbmlops
with nbmlops.track("victim") as run:
    for step in range(10_000_000):
        run.log(loss=float(step), step=step)
        print(step, flush=True)
"""


def test_sigkill_while_logging_loses_no_metric_whose_log_returned(workspace: Workspace, tmp_path: Path) -> None:
    for after in (50, 333, 1000):
        process = subprocess.Popen(
            [sys.executable, "-c", LOGS_FOR_EVER],
            env={**os.environ, "NBMLOPS_HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        confirmed = -1
        for line in process.stdout:
            confirmed = int(line)
            if confirmed >= after:
                process.send_signal(signal.SIGKILL)
                break
        for line in process.stdout:
            if line.endswith("\n"):
                confirmed = int(line)
        process.wait()
        process.stdout.close()
        run = workspace.runs.get("victim")
        assert run.status == "interrupted"
        assert run.duration_s is not None
        points = workspace.runs.metrics("victim")["loss"]
        assert [point.step for point in points][: confirmed + 1] == list(range(confirmed + 1))
        assert run.metrics["loss"] == points[-1].value
    assert workspace.verify() == []


def test_a_living_process_keeps_its_run_and_shows_its_last_metric(workspace: Workspace) -> None:
    with workspace.track("alive") as run:
        run.log(loss=3.0)
        run.log(loss=2.0)
        [seen] = workspace.runs.list("loss < 3")
        assert (seen.status, seen.metrics) == ("running", {"loss": 2.0})


def test_a_process_number_that_was_given_again_does_not_keep_a_run_alive(workspace: Workspace) -> None:
    run, _ = workspace.recorder.writer.create(NewRun("old", "default"))
    workspace.database.write("UPDATE runs SET process_started = process_started - 1000 WHERE id = ?", (run,))
    assert workspace.runs.get("old").status == "interrupted"


def test_a_run_of_another_host_counts_by_its_heartbeat(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = workspace.recorder.writer.create(NewRun("far", "default"))
    workspace.database.write("UPDATE runs SET host = 'elsewhere' WHERE id = ?", (run,))
    assert workspace.runs.get("far").status == "running"
    workspace.database.write("UPDATE runs SET heartbeat_at = '2020-01-01T00:00:00+00:00' WHERE id = ?", (run,))
    assert workspace.runs.get("far").status == "interrupted"
