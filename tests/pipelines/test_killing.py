"""What happens when things die: kernels, the runner, the clock, the disk. Nothing is lost, and no process is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest
from waiting import wait_until

from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def start(project, *words: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "nbmlops", "pipelines", "run", *words],
        cwd=project.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def left_in(folder: Path) -> list[str]:
    """Return the processes whose working folder this is, our own left out."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.cwd() == str(folder) and process.status() != "zombie":
                found.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue
    return found


def pids_of(project, name: str) -> int:
    wait_until(lambda: (project.folder / name).exists() and (project.folder / name).read_text())
    return int((project.folder / name).read_text())


SLEEPER = (
    "import os, subprocess, time\n"
    "child = subprocess.Popen(['sleep', '600'])\n"
    "open('child', 'w').write(str(child.pid))\n"
    "open('kernel', 'w').write(str(os.getpid()))",
    "time.sleep(600)",
)


def test_a_killed_kernel_fails_its_step_and_the_next_run_goes_on(project) -> None:
    project.notebook("first", "open('first.txt', 'w').write('1')")
    project.notebook(
        "dies",
        "import os, signal, pathlib\nif not pathlib.Path('again').exists():\n    os.kill(os.getpid(), signal.SIGKILL)",
    )
    project.pipeline("  first: {notebook: first.ipynb}\n  dies: {notebook: dies.ipynb, after: [first]}\n")
    done = project.workspace.pipelines.run("pipeline.yaml")
    assert [(step.status, step.reason) for step in done.steps][1] == ("failed", "its kernel died")
    (project.folder / "again").touch()
    done = project.workspace.pipelines.run("pipeline.yaml")
    assert [step.status for step in done.steps] == ["cached", "ran"]
    assert left_in(project.folder) == []


def test_a_killed_runner_leaves_no_process_and_a_state_that_goes_on(project) -> None:
    project.notebook("first", "open('first.txt', 'w').write('1')")
    project.notebook("sleeps", *SLEEPER)
    project.pipeline("  first: {notebook: first.ipynb}\n  sleeps: {notebook: sleeps.ipynb, after: [first]}\n")
    process = start(project)
    kernel, child = pids_of(project, "kernel"), pids_of(project, "child")
    assert psutil.pid_exists(kernel)
    assert psutil.pid_exists(child)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: left_in(project.folder) == [], 15)
    shown = project.workspace.pipelines.show("@last")
    assert (shown.status, [step.status for step in shown.steps]) == ("interrupted", ["ran", "interrupted"])
    project.notebook("sleeps", "1")
    done = project.workspace.pipelines.run("pipeline.yaml")
    assert [step.status for step in done.steps] == ["cached", "ran"]
    assert all(run.status != "running" for run in project.workspace.runs.list())


def test_ctrl_c_stops_the_kernels_and_keeps_what_is_done(project) -> None:
    project.notebook("first", "open('first.txt', 'w').write('1')")
    project.notebook("sleeps", *SLEEPER)
    project.pipeline("  first: {notebook: first.ipynb}\n  sleeps: {notebook: sleeps.ipynb, after: [first]}\n")
    process = start(project)
    pids_of(project, "kernel")
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(30) == 1
    wait_until(lambda: left_in(project.folder) == [], 15)
    shown = project.workspace.pipelines.show("@last")
    assert (shown.status, [step.status for step in shown.steps]) == ("interrupted", ["ran", "interrupted"])


def test_cancel_from_another_process(project) -> None:
    project.notebook("sleeps", *SLEEPER)
    project.pipeline("  sleeps: {notebook: sleeps.ipynb}\n")
    process = start(project)
    pids_of(project, "kernel")
    with Workspace.open(project.folder) as other:
        assert other.pipelines.cancel("@last").status == "running"
    assert process.wait(30) == 1
    assert project.workspace.pipelines.show("@last").status == "interrupted"


def test_a_notebook_that_never_ends_is_stopped_by_its_time(project) -> None:
    project.notebook("loops", "while True:\n    pass")
    project.notebook(
        "deaf",
        "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except KeyboardInterrupt:\n        pass",
    )
    project.pipeline("  loops: {notebook: loops.ipynb, timeout: 2}\n  deaf: {notebook: deaf.ipynb, timeout: 2}\n")
    done = project.workspace.pipelines.run("pipeline.yaml")
    assert [(step.status, step.reason) for step in done.steps] == [("failed", "it ran longer than 2 s")] * 2
    assert left_in(project.folder) == []


def test_an_output_of_100_mb_is_no_trouble(project) -> None:
    project.notebook("loud", "for _ in range(100):\n    print('x' * 1_000_000)", "open('done.txt', 'w').write('1')")
    project.pipeline("  loud: {notebook: loud.ipynb}\n")
    done = project.workspace.pipelines.run("pipeline.yaml")
    assert done.status == "finished", done.error
    [kept] = project.workspace.runs.show(done.steps[0].run).artifacts
    assert kept.bytes < 5_000_000
    assert b"characters were left out here" in project.workspace.artifact(kept.digest)[1]


def test_a_full_disk_fails_the_step_that_met_it(project, tmp_path) -> None:
    disk = tmp_path / "small"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=False).returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        project.notebook("fills", "open('small/big.bin', 'wb').write(b'x' * 20_000_000)")
        project.notebook("other", "open('other.txt', 'w').write('1')")
        project.pipeline("  fills: {notebook: fills.ipynb}\n  other: {notebook: other.ipynb}\n")
        done = project.workspace.pipelines.run("pipeline.yaml")
        assert [step.status for step in done.steps] == ["failed", "ran"]
        assert "No space left on device" in done.steps[0].reason
    finally:
        subprocess.run(["umount", str(disk)], check=True)
