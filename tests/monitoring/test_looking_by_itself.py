"""Monitors that look by themselves: when, once by each cause, and whatever is killed meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from waiting import wait_until

from nbmlops.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nbmlops import Workspace


def delays(moved: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame({"delay": np.random.default_rng(0).normal(moved, 1, 500)})


@pytest.fixture
def flights(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Return a workspace with a data set, and a file of data that have drifted."""
    workspace.datasets.save(delays(), "flights")
    delays(2).to_csv(tmp_path / "now.csv", index=False)
    return workspace


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts nbmlops as a process of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        program = [sys.executable, "-m", "nbmlops", *words]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        started.append(subprocess.Popen(program, cwd=tmp_path, **options))  # type: ignore[call-overload]
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def answer(process: subprocess.Popen[str]) -> str:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    return out


def test_a_monitor_says_when_it_looks_next(flights: Workspace, command) -> None:
    words = ("--name", "delay", "--source", "now.csv", "--cron", "0 6 * * *", "--timezone", "Europe/Berlin")
    answer(command("monitors", "create", "flights@1", *words))
    monitor = flights.monitors.get("delay")
    assert monitor.when == "0 6 * * * (Europe/Berlin)"
    assert monitor.next is not None
    assert json.loads(json.dumps(monitor.to_json()))["next"] == monitor.next
    [listed] = flights.monitors.list()
    assert listed.next == monitor.next
    shown = answer(command("monitors", "show", "delay"))
    assert "delay looks by itself: 0 6 * * * (Europe/Berlin); next " in shown
    assert "no scheduler is at work" in shown
    [planned] = flights.scheduler.next()
    assert (planned.name, planned.monitor, planned.next) == ("monitor:delay", "delay", monitor.next)
    assert "monitor:delay" in answer(command("scheduler", "next"))
    flights.pipelines.pause("monitor:delay")
    assert flights.monitors.get("delay").when.endswith("(paused)")


def test_a_new_version_and_a_changed_file_have_it_look_once_each(flights: Workspace, command, tmp_path: Path) -> None:
    flights.monitors.create("flights@1", name="new", source="flights", on_dataset="flights")
    flights.monitors.create("flights@1", name="file", source="now.csv", on_file="now.csv")
    assert "0 pipelines started, 0 failed" in answer(command("scheduler", "--once"))
    flights.datasets.save(delays(3), "flights")
    delays(0.01).to_csv(tmp_path / "now.csv", index=False)
    out = answer(command("scheduler", "--once"))
    assert "2 looks started, 0 failed" in out
    assert "severe: 1 of 1 columns drifted" in out
    assert [one.outcome for one in flights.monitors.checks("file")] == ["quiet"]
    [look] = flights.monitors.checks("new")
    assert (look.outcome, look.current) == ("severe", "flights@2")
    assert look.cause.startswith("flights@2, firing ")
    logged = {firing.schedule: firing for firing in flights.scheduler.log()}
    assert (logged["monitor:new"].look, logged["monitor:new"].status) == (look.id, "finished")
    assert logged["monitor:new"].found == "severe: 1 of 1 columns drifted"
    assert f"look {look.id}" in answer(command("scheduler", "log"))
    assert "0 pipelines started" in answer(command("scheduler", "--once"))
    assert len(flights.monitors.checks()) == 2


def test_a_look_by_a_cause_is_done_once(flights: Workspace) -> None:
    flights.monitors.create("flights@1", name="delay", source="now.csv")
    first, again = (flights.monitors.run("delay", cause="noon, firing 7") for _ in range(2))
    assert again.id == first.id
    assert [alert.times for alert in flights.monitors.alerts()] == [1]
    assert flights.monitors.run("delay").id != first.id
    assert flights.monitors.run("delay").cause == ""


def test_what_has_it_look_goes_with_the_monitor(flights: Workspace) -> None:
    words = {"name": "delay", "source": "now.csv"}
    flights.monitors.create("flights@1", **words, cron="@daily")
    flights.monitors.create("flights@1", **words, on_dataset="flights", replaces=True)
    assert [(one.name, one.kind) for one in flights.pipelines.schedules()] == [("monitor:delay", "dataset")]
    flights.monitors.create("flights@1", **words, replaces=True)
    assert flights.pipelines.schedules() == []
    flights.monitors.create("flights@1", **words, cron="@daily", replaces=True)
    flights.monitors.delete("delay")
    assert flights.pipelines.schedules() == []
    with pytest.raises(NotFound, match="there is no monitor 'delay'"):
        flights.monitors.get("delay")


def test_what_cannot_be_a_time_makes_no_monitor(flights: Workspace) -> None:
    create = flights.monitors.create
    with pytest.raises(InvalidInput, match="the monitor delay has no source of data"):
        create("flights@1", name="delay", cron="@daily")
    with pytest.raises(InvalidInput, match="--cron and --on-dataset are too much"):
        create("flights@1", name="delay", source="now.csv", cron="@daily", on_dataset="flights")
    with pytest.raises(InvalidInput):
        create("flights@1", name="delay", source="now.csv", cron="soon")
    with pytest.raises(InvalidInput, match="nothing says when"):
        create("flights@1", name="delay", source="now.csv", misfire="skip")
    assert flights.monitors.list() == []
    assert flights.pipelines.schedules() == []


def test_a_look_that_fails_is_a_firing_that_failed(flights: Workspace, command, tmp_path: Path) -> None:
    flights.monitors.create("flights@1", name="delay", source="gone/*.csv", on_dataset="flights")
    flights.datasets.save(delays(3), "flights")
    process = command("scheduler", "--once")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1, out
    [firing] = flights.scheduler.log()
    assert firing.status == "failed"
    assert "no file fits 'gone/*.csv'" in firing.error
    assert [(one.outcome, one.id) for one in flights.monitors.checks()] == [("failed", firing.look)]


def the_look(workspace: Workspace, scheduler: int) -> int:
    """Return the process of the look that a scheduler has started, held in the middle of it."""

    def begun() -> int | None:
        rows = workspace.database.query("SELECT pid FROM schedule_firings WHERE status = 'running'")
        return rows[0]["pid"] if rows and rows[0]["pid"] != scheduler else None

    found = wait_until(begun)
    assert isinstance(found, int)
    os.kill(found, signal.SIGSTOP)
    return found


def look_whose_scheduler_was_killed(flights: Workspace, command) -> int:
    """Return the process of a look that is stopped in the middle, and whose scheduler is dead."""
    flights.monitors.create("flights@1", name="delay", source="now.csv", on_dataset="flights")
    first = command("scheduler", "--poll", "0.1")
    wait_until(flights.scheduler.at_work)
    flights.datasets.save(delays(1), "flights")
    look = the_look(flights, first.pid)
    first.kill()
    first.communicate()
    return look


@pytest.mark.slow
def test_a_scheduler_killed_in_the_middle_of_a_look_loses_none_and_does_none_twice(flights: Workspace, command) -> None:
    look = look_whose_scheduler_was_killed(flights, command)
    flights.datasets.save(delays(2), "flights")  # while there is none
    assert flights.monitors.checks() == []
    command("scheduler", "--poll", "0.1")
    wait_until(flights.scheduler.at_work)
    time.sleep(1)
    assert [firing.status for firing in flights.scheduler.log()] == ["running"]
    os.kill(look, signal.SIGCONT)
    wait_until(lambda: [firing.status for firing in flights.scheduler.log()] == ["finished", "finished"])
    causes = [one.cause.partition(",")[0] for one in flights.monitors.checks()]
    assert causes == ["flights@3", "flights@2"]
    assert [alert.times for alert in flights.monitors.alerts()] == [2]
    assert [firing.attempts for firing in flights.scheduler.log()] == [1, 1]


@pytest.mark.slow
def test_a_look_killed_with_its_scheduler_is_said_and_done_again_when_asked(flights: Workspace, command) -> None:
    look = look_whose_scheduler_was_killed(flights, command)
    os.kill(look, signal.SIGKILL)
    process = command("scheduler", "--once")
    assert "interrupted" in process.communicate(timeout=120)[0]
    assert flights.monitors.checks() == []
    assert "1 look started" in answer(command("scheduler", "--once", "--retry-interrupted"))
    [done] = flights.monitors.checks()
    [firing] = flights.scheduler.log()
    assert (firing.status, firing.attempts, firing.look) == ("finished", 2, done.id)
