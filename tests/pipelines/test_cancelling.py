"""A run is stopped only where it is: never a process that has its number by chance."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nbmlops.errors import Conflict
from nbmlops.store.processes import host_name, process_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def running(project):
    """Give a function that makes the pipeline's run one that goes on in some process."""
    project.notebook("a", "1")
    project.pipeline("  a: {notebook: a.ipynb}\n")
    run = project.workspace.pipelines.run("pipeline.yaml").id

    def owned_by(host: str, pid: int) -> None:
        process = process_of(pid)
        project.workspace.database.write(
            "UPDATE runs SET status = 'running', ended_at = NULL, host = ?, pid = ?, process_started = ?, boot_id = ? "
            "WHERE id = ?",
            (host, pid, process.started, process.boot_id, run),
        )

    return owned_by


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that waits for a word, and then ends well."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_process_here_that_has_the_number_of_one_elsewhere_lives_on(project, running, child) -> None:
    running("another-host", child.pid)
    with pytest.raises(Conflict, match=f"p runs on another host: another-host, process {child.pid}"):
        project.workspace.pipelines.cancel()
    child.communicate(b"go on\n", timeout=30)
    assert child.returncode == 0


def test_this_process_is_not_interrupted(project, running) -> None:
    running(host_name(), os.getpid())
    with pytest.raises(Conflict, match="p runs in this process"):
        project.workspace.pipelines.cancel()


def test_a_process_that_ends_meanwhile_is_said(project, running, child, monkeypatch) -> None:
    running(host_name(), child.pid)
    settle_open = project.workspace.recorder.writer.settle_open

    def settle_and_end() -> None:
        settle_open()
        child.kill()
        child.wait()

    monkeypatch.setattr(project.workspace.recorder.writer, "settle_open", settle_and_end)
    with pytest.raises(Conflict, match="p does not run any more"):
        project.workspace.pipelines.cancel()
