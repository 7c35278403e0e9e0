"""The same pipeline on a Dask cluster: a real scheduler and real workers, of which one is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from waiting import wait_until

from nbmlops.errors import InvalidInput, WorkspaceUnusable

pytestmark = pytest.mark.slow


@pytest.fixture
def address(tmp_path_factory):
    """Start a scheduler and two workers, as processes of their own, and give the scheduler's address."""
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": file.parent}
    scheduler = subprocess.Popen(
        [sys.executable, "-m", "dask", "scheduler", "--scheduler-file", str(file), "--port", "0", "--no-dashboard"],
        **quiet,
    )
    workers = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "dask", "worker", "--scheduler-file", str(file), "--nthreads", "1"),
                *("--no-dashboard", "--memory-limit", "1GiB"),
            ],
            **quiet,
        )
        for _ in range(2)
    ]
    try:
        from distributed import Client

        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        with Client(scheduler_file=str(file), timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
            yield client.scheduler.address
    finally:
        for process in (*workers, scheduler):
            process.terminate()
        for process in (*workers, scheduler):
            process.wait(20)


def left_in(folder) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.cwd() == str(folder) and process.status() != "zombie":
                words = " ".join(process.cmdline())
                found += [] if "resource_tracker" in words else [words]  # Python's own, and ends with this process
        except (psutil.Error, OSError):
            continue
    return found


def test_the_same_pipeline_gives_the_same_there_and_is_cached_here(project, address) -> None:
    project.diamond()
    pipelines = project.workspace.pipelines
    done = pipelines.run("pipeline.yaml", on=address)
    assert done.status == "finished", done.error
    assert ([step.status for step in done.steps], project.read("d.txt")) == (["ran"] * 4, "a1ba1c")
    assert [step.metrics for step in done.steps][-1] == {"auc": 0.7}
    again = pipelines.run("pipeline.yaml")
    assert [step.status for step in again.steps] == ["cached"] * 4
    assert [one.kept for one in project.workspace.runs.show(done.steps[-1].run).outputs] == ["kept"]
    project.notebook("c", "1 / 0")
    failed = pipelines.run("pipeline.yaml", on=address)
    assert [step.status for step in failed.steps] == ["cached", "cached", "failed", "skipped"]
    assert failed.steps[2].reason == "cell [1]: ZeroDivisionError: division by zero"


def test_a_worker_that_is_killed_in_the_middle_is_survived(project, address) -> None:
    project.notebook(
        "long",
        "import os, pathlib, time",
        "first = not pathlib.Path('kernel').exists()\nopen('kernel', 'w').write(f'{os.getpid()} {os.getppid()}')",
        "time.sleep(600 if first else 0)",
        "open('out.txt', 'w').write('done')",
    )
    project.pipeline("  long: {notebook: long.ipynb}\n")
    found = []
    runner = threading.Thread(target=lambda: found.append(project.workspace.pipelines.run("pipeline.yaml", on=address)))
    runner.start()
    wait_until(lambda: (project.folder / "kernel").exists() and project.read("kernel"))
    kernel, worker = (int(word) for word in project.read("kernel").split())
    os.kill(worker, signal.SIGKILL)
    runner.join(90)
    assert not runner.is_alive()
    assert (found[0].status, project.read("out.txt")) == ("finished", "done"), found[0].error
    wait_until(lambda: not psutil.pid_exists(kernel), 20)
    wait_until(lambda: left_in(project.folder) == [], 20)
    every = [run.status for run in project.workspace.runs.list() if run.name.startswith("long")]
    assert sorted(every) == ["finished", "interrupted"]


def test_a_cancelled_run_stops_the_kernels_there(project, address) -> None:
    project.notebook("long", "import os, time\nopen('kernel', 'w').write(str(os.getpid()))", "time.sleep(600)")
    project.pipeline("  long: {notebook: long.ipynb}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "nbmlops", "pipelines", "run", "--on", address],
        cwd=project.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: (project.folder / "kernel").exists() and project.read("kernel"))
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 1
    wait_until(lambda: left_in(project.folder) == [], 20)
    assert project.workspace.pipelines.show("@last").status == "interrupted"


def test_a_cluster_of_this_machine_grows_from_nothing(project) -> None:
    project.diamond()
    around = dict(os.environ)
    done = project.workspace.pipelines.run("pipeline.yaml", on="dask:2")
    assert dict(os.environ) == around  # Dask sets the hash seed and the number of threads for its workers
    assert (done.status, project.read("d.txt")) == ("finished", "a1ba1c"), done.error
    assert left_in(project.folder) == []


def test_what_cannot_be_reached_is_said(project) -> None:
    project.diamond()
    with pytest.raises(InvalidInput, match="there is no engine 'slurm'"):
        project.workspace.pipelines.run("pipeline.yaml", on="slurm")
    with pytest.raises(WorkspaceUnusable, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        project.workspace.pipelines.run("pipeline.yaml", on="tcp://127.0.0.1:9")
