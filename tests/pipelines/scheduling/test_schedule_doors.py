"""The command line of schedules, the scheduler and events."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from nbmlops.cli import main


@pytest.fixture
def told(project, capsys):
    """Run a command; give its exit code and what it has printed."""
    project.notebook("a", "1", parameters="k = 1")
    project.pipeline("  a: {notebook: a.ipynb}\n")

    def run(*words: str) -> tuple[int, str]:
        code = main(list(words))
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return run


def test_a_schedule_is_made_shown_replaced_and_taken_away(told) -> None:
    code, out = told(
        "pipelines", "schedule", "--name", "nightly", "--cron", "0 3 * * *", "--timezone", "UTC", "-p", "k=2"
    )
    assert code == 0
    assert "nightly: p is started by 0 3 * * * (UTC)" in out
    code, out = told("pipelines", "schedules", "--json")
    [record] = json.loads(out)
    assert (record["name"], record["params"], record["kind"], record["enabled"]) == ("nightly", {"k": 2}, "cron", True)
    assert record["next"].endswith("T03:00:00+00:00")
    code, out = told("pipelines", "schedule", "--name", "nightly", "--cron", "@hourly")
    assert code == 1
    assert "Replace the schedule nightly" in out
    assert told("pipelines", "schedule", "--name", "nightly", "--on-alert", "delay", "--yes")[0] == 0
    _, out = told("pipelines", "schedules")
    assert "an event alert of delay" in out
    assert told("pipelines", "pause", "nightly")[0] == 0
    assert "paused" in told("pipelines", "schedules")[1]
    assert told("pipelines", "unpause", "nightly")[0] == 0
    assert told("pipelines", "unschedule", "nightly")[0] == 0
    assert "nothing is scheduled here" in told("scheduler", "next")[1]
    code, out = told("pipelines", "unschedule", "nightl")
    assert code == 1
    assert "there is no schedule" in out


def test_a_date_among_the_parameters_of_a_schedule_is_said(told) -> None:
    words = ("pipelines", "schedule", "--name", "daily", "--on-event", "go", "-p")
    code, out = told(*words, "k=2026-01-01")
    assert code == 1
    assert "the parameter k of a schedule has to be JSON" in out
    assert """Put text in quotes: -p "day='2026-01-01'\"""" in out
    assert "Traceback" not in out
    assert told(*words, "k='2026-01-01'")[0] == 0
    code, out = told("events", "emit", "go", "-p", "k=2026-01-01")
    assert code == 1
    assert "the payload of an event has to be JSON" in out


def test_what_is_next_says_whether_a_scheduler_is_at_work(told, project) -> None:
    told("pipelines", "schedule", "--name", "late", "--cron", "0 3 * * *", "--timezone", "UTC")
    told("pipelines", "schedule", "--name", "soon", "--cron", "* * * * *", "--timezone", "UTC")
    told("pipelines", "schedule", "--name", "waits", "--on-event", "go")
    code, out = told("scheduler", "next", "--json")
    assert [record["name"] for record in json.loads(out)] == ["soon", "late", "waits"]
    told("events", "emit", "go", "now", "-p", "k=3")
    code, out = told("scheduler", "next")
    assert code == 0
    assert out.splitlines()[1].split()[1] == "waits"
    assert "no scheduler is at work" in out


def test_events_are_emitted_and_listed(told) -> None:
    _, out = told("events", "emit", "alert", "delay", "-p", "psi=0.31", "-p", "columns=[a, b]", "--json")
    assert json.loads(out)["payload"] == {"psi": 0.31, "columns": ["a", "b"]}
    told("events", "emit", "labels", "queue")
    assert [event["kind"] for event in json.loads(told("events", "list", "--json")[1])] == ["labels", "alert"]
    assert [event["name"] for event in json.loads(told("events", "list", "alert", "--json")[1])] == ["delay"]
    assert told("events", "emit", "a b")[0] == 1


def test_files_for_cron_and_systemd_are_written_once(told, tmp_path) -> None:
    told("pipelines", "schedule", "--name", "nightly", "--cron", "0 3 * * *", "--timezone", "UTC")
    folder = tmp_path / "units"
    assert told("scheduler", "print", "systemd", "--out", str(folder))[0] == 1
    folder.mkdir()
    code, out = told("scheduler", "print", "systemd", "--out", str(folder))
    assert code == 0
    assert "enable --now nbmlops-nightly.timer" in out
    assert sorted(path.name for path in folder.iterdir()) == ["nbmlops-nightly.service", "nbmlops-nightly.timer"]
    assert told("scheduler", "print", "systemd", "--out", str(folder))[0] == 1
    assert told("scheduler", "print", "systemd", "--out", str(folder), "--force")[0] == 0
    assert "0 3 * * *" in told("scheduler", "print", "crontab")[1]


def test_once_with_nothing_due_ends_at_once(told) -> None:
    told("pipelines", "schedule", "--name", "nightly", "--cron", "0 3 1 1 *", "--timezone", "UTC")
    code, out = told("scheduler", "--once", "--only=nightly")
    assert (code, out.strip()) == (0, "0 pipelines started, 0 failed")
    assert told("scheduler", "--once", "--only=other")[0] == 1
    assert told("scheduler", "log") == (0, "no schedule has started anything here\n")


def test_the_log_of_a_schedule_that_never_was_is_no_empty_list(told) -> None:
    told("pipelines", "schedule", "--name", "nightly", "--cron", "0 3 1 1 *", "--timezone", "UTC")
    assert told("pipelines", "unschedule", "nightly")[0] == 0
    code, out = told("scheduler", "log", "nightyl")
    assert code == 1
    assert "there is no schedule 'nightyl'." in out
    assert "Did you mean 'nightly'?" in out
    assert told("scheduler", "log", "nightly", "--json") == (0, "[]\n")


@pytest.mark.parametrize(
    ("option", "name", "near", "said"),
    [
        ("--on-alert", "delai", "delay", "there is no monitor 'delai' yet. Did you mean 'delay'?"),
        ("--on-event", "alert:delai", "alert:delay", "there is no monitor 'delai' yet. Did you mean 'delay'?"),
        ("--on-dataset", "fligts", "flights", "there is no data set 'fligts' yet. Did you mean 'flights'?"),
        ("--on-pipeline", "loda", "load", "there is no pipeline 'loda' yet. Did you mean 'load'?"),
    ],
)
def test_what_is_waited_for_and_is_not_there_is_said(told, project, option, name, near, said) -> None:
    workspace = project.workspace
    workspace.datasets.save(pd.DataFrame({"delay": [1.0, 2.0]}), "flights")
    workspace.monitors.create("flights@1", name="delay")
    (project.folder / "load.yaml").write_text("pipeline: load\nsteps: {a: {notebook: a.ipynb}}\n")
    assert told("pipelines", "schedule", "load.yaml", "--cron", "@daily")[0] == 0
    code, out = told("pipelines", "schedule", option, name)
    assert (code, said in out.splitlines()) == (0, True)
    code, out = told("pipelines", "schedules")
    assert said.split(".")[0] in " ".join(out.split())
    code, out = told("pipelines", "schedule", option, near, "--yes")
    assert code == 0
    assert "there is no" not in out
    assert "there is no" not in told("pipelines", "schedules")[1]


def test_a_monitor_that_waits_for_what_is_not_there_says_so(told, project) -> None:
    project.workspace.datasets.save(pd.DataFrame({"delay": [1.0, 2.0]}), "flights")
    words = ("monitors", "create", "flights@1", "--source", "flights", "--on-dataset")
    code, out = told(*words, "fligts", "--name", "delay")
    assert code == 0
    assert "delay: there is no data set 'fligts' yet. Did you mean 'flights'?" in out
    assert "there is no data set 'fligts' yet. Did you mean 'flights'?" in told("monitors", "show", "delay")[1]
    assert "there is no" not in told(*words, "flights", "--name", "other", "--json")[1]
