"""Schedulers that die, that are two, that are stopped: no job runs twice, none is lost, and the state is said."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


class Place:
    """A workspace whose pipeline notes that it began, and goes on when the file ``go`` is there."""

    def __init__(self, project) -> None:
        self.folder: Path = project.folder
        self.workspace = project.workspace
        self.started: list[subprocess.Popen[str]] = []
        project.notebook(
            "a",
            "open('began', 'a').write(f'{k}\\n')",
            "import pathlib, time\nwhile not pathlib.Path('go').exists():\n    time.sleep(0.1)",
            "open('done', 'a').write(f'{k}\\n')",
            parameters="k = 0",
        )
        project.pipeline("  a: {notebook: a.ipynb, cache: false}\n")

    def start(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "nbmlops", "scheduler", *words],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().split() if path.exists() else []

    def log(self):
        return self.workspace.scheduler.log()

    def kill(self, process: subprocess.Popen[str]) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def place(project) -> Iterator[Place]:
    made = Place(project)
    yield made
    (made.folder / "go").touch()
    for process in made.started:
        if process.poll() is None:
            process.kill()
            process.communicate()
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.cwd() == str(made.folder):
                process.kill()
        except (psutil.Error, OSError):
            continue


def test_two_at_once_run_each_job_once(place) -> None:
    (place.folder / "go").touch()
    place.workspace.pipelines.schedule(name="retrain", on_event="go")
    for number in (1, 2):
        place.workspace.events.emit("go", payload={"k": number})
    processes = [place.start("--once") for _ in range(3)]
    for process in processes:
        out, _ = process.communicate(timeout=240)
        assert process.returncode == 0, out
    assert place.lines("done") == ["1", "2"]
    assert [(firing.status, firing.attempts) for firing in place.log()] == [("finished", 1)] * 2
    assert not list((place.workspace.path / "scheduler").iterdir())


def test_a_killed_scheduler_loses_nothing_and_the_next_one_takes_its_job_up(place) -> None:
    place.workspace.pipelines.schedule(name="retrain", on_event="go")
    first = place.start("--poll", "0.2")
    wait_until(place.workspace.scheduler.at_work, 120)
    place.workspace.events.emit("go", payload={"k": 1})
    wait_until(lambda: place.lines("began"), 120)
    place.kill(first)
    assert place.workspace.scheduler.at_work() is None
    place.workspace.events.emit("go", payload={"k": 2})  # while there is none
    assert [firing.status for firing in place.log()] == ["running"]
    place.start("--poll", "0.2")
    time.sleep(3)
    assert place.lines("began") == ["1"]
    (place.folder / "go").touch()
    wait_until(lambda: [firing.status for firing in place.log()] == ["finished", "finished"], 120)
    assert place.lines("began") == place.lines("done") == ["1", "2"]
    assert [firing.run_name for firing in place.log()] == ["p·2", "p"]
    assert [run.cause for run in place.workspace.pipelines.list()] == [
        "schedule retrain, event 2, go",
        "schedule retrain, event 1, go",
    ]


def test_a_job_that_is_killed_with_its_scheduler_is_not_run_again_unless_asked(place) -> None:
    place.workspace.pipelines.schedule(name="retrain", on_event="go")
    place.workspace.events.emit("go", payload={"k": 1})
    first = place.start("--poll", "0.2")
    wait_until(lambda: place.lines("began"), 120)
    [row] = place.workspace.database.query("SELECT pid FROM schedule_firings")
    place.kill(first)
    os.kill(row["pid"], signal.SIGKILL)
    (place.folder / "go").touch()
    second = place.start("--once")
    out, _ = second.communicate(timeout=120)
    assert "interrupted" in out
    assert "--retry-interrupted" in out
    [firing] = place.log()
    assert (firing.status, firing.error) == ("interrupted", "its process ended without a word")
    assert place.lines("began") == ["1"]
    third = place.start("--once", "--retry-interrupted")
    out, _ = third.communicate(timeout=120)
    assert third.returncode == 0, out
    [firing] = place.log()
    assert (firing.status, firing.attempts, place.lines("done")) == ("finished", 2, ["1"])


def test_a_second_scheduler_says_that_there_is_one_and_ctrl_c_ends_it(place) -> None:
    place.workspace.pipelines.schedule(name="retrain", on_event="go")
    first = place.start("--poll", "0.2")
    process = wait_until(place.workspace.scheduler.at_work, 120)
    assert process.pid == first.pid
    second = place.start()
    out, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"a scheduler is at work in this workspace: process {first.pid}" in out
    place.workspace.events.emit("go", payload={"k": 1})
    wait_until(lambda: place.lines("began"), 120)
    os.kill(first.pid, signal.SIGINT)
    out, _ = first.communicate(timeout=30)
    assert first.returncode == 0, out
    assert "1 pipeline still running" in out
    assert "Traceback" not in out
    assert place.workspace.scheduler.at_work() is None
    (place.folder / "go").touch()
    wait_until(lambda: [firing.status for firing in place.log()] == ["finished"], 120)


def test_a_pipeline_that_fails_is_a_state_and_not_the_end_of_the_scheduler(place, project) -> None:
    place.workspace.pipelines.schedule(name="retrain", on_event="go")
    project.notebook("a", "1 / 0")
    place.workspace.events.emit("go")
    process = place.start("--once", "--json")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    record = json.loads(out.splitlines()[-1])
    assert (record["started"], record["failed"]) == (1, 1)
    [firing] = place.log()
    assert firing.status == "failed"
    assert "ZeroDivisionError" in firing.error
    (place.folder / "pipeline.yaml").write_text("steps: 1")
    place.workspace.events.emit("go")
    process = place.start("--once")
    process.communicate(timeout=120)
    [firing, _] = place.log()
    assert firing.status == "failed"
    assert firing.run is None
    assert "pipeline.yaml" in firing.error


def test_killed_again_and_again_each_job_still_runs_at_most_once_and_none_is_forgotten(place) -> None:
    (place.folder / "go").touch()
    place.workspace.pipelines.schedule(name="retrain", on_event="go")
    events = [place.workspace.events.emit("go", payload={"k": number}) for number in range(1, 5)]
    chance = random.Random(4)
    for _ in range(5):
        process = place.start("--poll", "0.1")
        time.sleep(1.0 + 3.0 * chance.random())
        place.kill(process)
    wait_until(lambda: not [firing for firing in place.log() if firing.status == "running"], 120)
    last = place.start("--once")
    out, _ = last.communicate(timeout=240)
    found = {firing.cause: firing for firing in place.log()}
    assert found.keys() == {f"event {event.id}" for event in events}, out
    done = place.lines("done")
    assert sorted(set(done)) == sorted(done)
    finished = [firing for firing in found.values() if firing.status == "finished"]
    assert sorted(str(firing.params["k"]) for firing in finished) == sorted(done)
    assert all(firing.status in ("finished", "interrupted") for firing in found.values())


CLAIMS = """
import sys
from nbmlops.store.processes import this_process
from nbmlops.store.schedules import ScheduleStore
from nbmlops.workspaces import Workspace
with Workspace.open() as workspace:
    store = ScheduleStore(workspace.database)
    schedule = store.find("retrain")["id"]
    sys.stdin.read(1)
    for number in range(100):
        cause = {"cause": str(number), "at": "", "words": "", "params": {}, "facts": {}}
        while not any(row["cause"] == str(number) for row in store.firings("retrain")):
            firing = store.claim(schedule, cause, [], this_process())
            if firing is not None:
                print(number, flush=True)
                store.close(firing, "finished")
"""


def test_processes_that_claim_the_same_causes_at_once_get_each_once(place) -> None:
    place.workspace.pipelines.schedule(name="retrain", on_event="go")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIMS], cwd=place.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    outs = []
    for process in processes:
        process.stdin.write("x")
        process.stdin.flush()
    for process in processes:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        outs.append(out.split())
    assert sorted(int(number) for out in outs for number in out) == list(range(100))
    assert [firing.status for firing in place.log()] == ["finished"] * 100
