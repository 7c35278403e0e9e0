"""Monitors through their life: a model's own profile, looks, alerts that go on and end, who is told."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import nbmlops
from nbmlops.errors import AlreadyExists, Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook

    from nbmlops import Workspace

FIT = """
%%track forest
from sklearn.ensemble import RandomForestClassifier
model = RandomForestClassifier(5, random_state=0).fit(X, late)
"""


def month(random: np.random.Generator, rows: int = 1500, moved: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "distance": random.lognormal(6 + moved, 0.7, rows),
            "hour": random.integers(5, 23, rows),
            "temp": random.normal(15, 8, rows),
        }
    )


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def watched(workspace: Workspace, random: np.random.Generator) -> Workspace:
    """Return a workspace with a monitor of a data set."""
    workspace.datasets.save(month(random), "flights")
    workspace.monitors.create("flights@1", name="delay")
    return workspace


def registered(notebook: Notebook, random: np.random.Generator) -> None:
    """Train a model on a month of flights and register it."""
    frame = month(random, 4000)
    notebook.shell.user_ns.update(X=frame, late=pd.Series(frame["hour"] > 15, name="late"))
    notebook.run(FIT)
    notebook.run("%register model as delay@champion")


def test_a_model_is_watched_by_what_it_was_trained_on(notebook: Notebook, random, tmp_path: Path) -> None:
    registered(notebook, random)
    version = nbmlops.workspace().models.get("delay@champion")  # at once: nothing of the fit is lost
    assert [one["name"] for one in version.signature["inputs"]] == ["distance", "hour", "temp"]
    [monitor] = notebook.shell.run_line_magic("nbmlops", "monitors create delay@champion --source data/*.parquet")
    assert (monitor.name, monitor.reference) == ("delay", "delay@champion")
    (tmp_path / "data").mkdir()
    month(random).to_parquet(tmp_path / "data" / "1.parquet")
    [quiet] = notebook.shell.run_line_magic("nbmlops", "monitors run delay")
    assert (quiet.outcome, quiet.reference, quiet.current) == ("quiet", "delay@1", "data/1.parquet")
    month(random, moved=0.5).to_parquet(tmp_path / "data" / "2.parquet")
    [moved] = notebook.shell.run_line_magic("nbmlops", "monitors run delay")
    assert (moved.outcome, moved.columns, moved.current) == ("severe", ("distance",), "data/2.parquet")
    assert [one["statistic"] for one in moved.drift["columns"] if one["drifted"]] == ["binned_ks"]
    shown = notebook.shell.run_line_magic("nbmlops", f"monitors look {moved.id}")
    assert "distance" in shown.text()
    assert "the reference is a profile of 2,000 rows, which stand for all" in shown.text()  # it was fitted on 4,000


def test_an_alert_goes_on_until_it_is_over(watched: Workspace, random) -> None:
    monitors = watched.monitors
    for times in (1, 2):
        monitors.run("delay", month(random, moved=0.3))
        [alert] = monitors.alerts()
        assert (alert.column, alert.state, alert.times) == ("distance", "open", times)
    seen = monitors.acknowledge(alert.id, "a new route")
    assert (seen.state, seen.note) == ("acknowledged", "a new route")
    with pytest.raises(Conflict, match=f"alert {alert.id} was acknowledged before by {seen.acknowledged_by}: nothing"):
        monitors.acknowledge(alert.id, "another note")
    assert monitors.alerts()[0].note == "a new route"
    monitors.run("delay", month(random, moved=0.3))
    assert [one.state for one in monitors.alerts()] == ["acknowledged"]
    monitors.run("delay", month(random))
    assert [one.state for one in monitors.alerts()] == ["over"]
    with pytest.raises(Conflict, match=f"alert {alert.id} is over: nothing was noted"):
        monitors.acknowledge(alert.id)
    monitors.run("delay", month(random, moved=0.3))
    assert [one.state for one in monitors.alerts()] == ["open", "over"]
    assert [one.outcome for one in monitors.checks("delay")] == ["severe", "quiet", "severe", "severe", "severe"]


def test_an_acknowledged_warning_that_becomes_severe_is_raised_again(watched: Workspace, random) -> None:
    monitors = watched.monitors
    monitors.run("delay", month(random, 8000, moved=0.13))
    [alert] = monitors.alerts()
    assert alert.severity == "warn"
    monitors.acknowledge(alert.id)
    monitors.run("delay", month(random, 8000, moved=0.6))
    [alert] = monitors.alerts()
    assert (alert.severity, alert.state) == ("severe", "open")
    assert [event.payload["severity"] for event in watched.events.list("alert")] == ["severe", "warn"]


def test_an_alert_is_an_event_once_and_none_while_muted(watched: Workspace, random) -> None:
    monitors = watched.monitors
    for _ in range(3):
        monitors.run("delay", month(random, moved=0.5))
    [event] = watched.events.list("alert", "delay")
    assert event.payload["columns"] == ["distance"]
    assert event.payload["severity"] == "severe"
    monitors.run("delay", month(random))
    assert monitors.mute("delay", "2d").muted_until is not None
    check = monitors.run("delay", month(random, moved=0.5))
    assert check.outcome == "severe"
    assert [one.state for one in monitors.alerts()] == ["open", "over"]
    assert len(watched.events.list("alert")) == 1
    assert monitors.unmute("delay").muted_until is None
    monitors.run("delay", month(random, moved=0.5))  # it goes on, and nobody was told
    assert len(watched.events.list("alert")) == 2


def test_a_look_that_cannot_tell_ends_nothing(watched: Workspace, random) -> None:
    monitors = watched.monitors
    monitors.run("delay", month(random, moved=0.5))
    for rows in (0, 10):
        monitors.run("delay", month(random, rows))
        assert [one.state for one in monitors.alerts()] == ["open"]
    monitors.run("delay", month(random).assign(distance=np.nan))
    assert "distance" in {one.column for one in monitors.alerts(state="open")}


def test_only_the_trailing_rows_are_looked_at(workspace: Workspace, random, tmp_path: Path) -> None:
    days = pd.DatetimeIndex(np.datetime64("2024-01-01", "ns") + np.arange(3000) * np.timedelta64(1, "h"))
    before = month(random, 3000).assign(at=days - pd.Timedelta(365, "D"))
    now = pd.concat([month(random, 2000), month(random, 1000, 0.6)], ignore_index=True).assign(at=days)
    now.to_csv(tmp_path / "now.csv", index=False)
    workspace.datasets.save(before, "flights")
    workspace.monitors.create("flights", name="whole", source="now.csv", time="at")
    workspace.monitors.create("flights", name="week", source="now.csv", time="at", trailing="7d")
    whole, week = (workspace.monitors.run(name) for name in ("whole", "week"))
    assert (whole.rows, week.rows) == (3000, 168)
    assert week.columns == ("distance",)
    assert week.drift["columns"][0]["value"] > whole.drift["columns"][0]["value"]


def test_a_self_test_counts_false_alarms(watched: Workspace, notebook: Notebook, random) -> None:
    found = watched.monitors.test("delay", times=40, rows=500)
    assert found.times == 40
    assert found.alarms <= 2
    registered(notebook, random)
    watched.monitors.create("delay@champion", name="model")
    assert watched.monitors.test("model", times=40, rows=500).alarms <= 2


def test_a_look_that_fails_is_kept_and_ends_no_alert(watched: Workspace, random, tmp_path: Path) -> None:
    watched.monitors.create("flights@1", name="files", source="in/*.csv")
    watched.monitors.run("files", month(random, moved=0.5))
    with pytest.raises(NotFound, match="no file fits"):
        watched.monitors.run("files")
    assert [one.outcome for one in watched.monitors.checks("files")] == ["failed", "severe"]
    assert [(one.kind, one.state) for one in watched.monitors.alerts("files")] == [
        ("failed", "open"),
        ("drift", "open"),
    ]


def test_bad_input_has_one_clear_error(watched: Workspace) -> None:
    monitors = watched.monitors
    with pytest.raises(AlreadyExists, match="there is a monitor delay already"):
        monitors.create("flights@1", name="delay")
    with pytest.raises(NotFound, match="'nothing' is no model, data set or file"):
        monitors.create("nothing")
    with pytest.raises(InvalidInput, match="0 < warn <= severe < 1"):
        monitors.create("flights", name="x", warn=0.5)
    with pytest.raises(InvalidInput, match="trailing rows need to know when a row was"):
        monitors.create("flights", name="x", trailing="7d")
    with pytest.raises(NotFound, match="there is no monitor 'dely'") as told:
        monitors.run("dely")
    assert "delay" in told.value.hint
    with pytest.raises(InvalidInput, match="has no source of its own"):
        monitors.run("delay")
    assert monitors.checks("delay") == []  # nothing was looked at
    with pytest.raises(NotFound, match="there is no alert 7"):
        monitors.acknowledge(7)
    with pytest.raises(NotFound, match="there is no look 7"):
        monitors.check(7)
    monitors.delete("delay")
    assert monitors.list() == []


def test_columns_that_are_nowhere_are_told_at_once_when_a_monitor_is_set_up(
    workspace: Workspace, notebook: Notebook, random, tmp_path: Path
) -> None:
    rows = month(random, 500).assign(late=True, when=pd.Timestamp("2024-01-01"), sex="f", city="Paris")
    workspace.datasets.save(rows, "flights")
    monitors = workspace.monitors
    words = {"target": "lat", "time": "whn", "by": "sxe", "prediction": "said"}
    with pytest.raises(InvalidInput) as told:
        monitors.create("flights", name="x", **words)
    assert told.value.message == "there are no columns 'lat' (--target), 'whn' (--time), 'sxe' (--by)."
    assert told.value.hint.startswith(
        "Did you mean 'late' and 'when' and 'sex'?  There are: distance, hour, temp, late"
    )
    rows.to_csv(tmp_path / "now.csv", index=False)
    with pytest.raises(InvalidInput, match=r"'said' \(--prediction\), 'sxe' \(--by\), 'foo' \(--ignore\)"):
        monitors.create("flights", name="x", source="now.csv", ignore=["foo"], **words)  # where there are data, each
    with pytest.raises(InvalidInput, match="'city' holds no times"):
        monitors.create("flights", name="x", time="city")
    registered(notebook, random)
    with pytest.raises(InvalidInput, match=r"no column 'lat' \(--target\)") as told:
        monitors.create("delay@champion", name="x", target="lat")
    assert "Did you mean 'late'?" in told.value.hint
    with pytest.raises(InvalidInput, match=r"no column 'whn' \(--time\)"):
        monitors.create("delay@champion", name="x", time="whn", source="now.csv")
    assert monitors.list() == []
    # what a profile has not, and the data or later ones may have
    monitors.create("delay@champion", name="x", time="when", source="now.csv", target="late", truth="arrived")
    monitors.create("delay@champion", name="y", time="when", prediction="said", by="carrier", source="none/*.csv")
    assert monitors.names() == ["x", "y"]


RUN = """
import sys
import numpy as np, pandas as pd
import nbmlops
frame = pd.read_parquet(sys.argv[1])
for _ in range(5):
    nbmlops.workspace().monitors.run("delay", frame)
"""


def test_processes_that_look_at_once_raise_one_alert(watched: Workspace, random, tmp_path: Path) -> None:
    month(random, moved=0.5).to_parquet(tmp_path / "now.parquet")
    several = [
        subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path / "now.parquet")], cwd=tmp_path) for _ in range(3)
    ]
    assert [process.wait(120) for process in several] == [0, 0, 0]
    [alert] = watched.monitors.alerts()
    assert alert.times == 15
    assert len(watched.monitors.checks("delay")) == 15
    assert len(watched.events.list("alert")) == 1


def test_the_command_line_says_what_it_found(watched: Workspace, random, tmp_path: Path) -> None:
    month(random, moved=0.5).to_csv(tmp_path / "june.csv", index=False)

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "nbmlops", "monitors", *words]
        return subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)

    done = command("run", "delay", "june.csv", "--json", "--fail-on-drift")
    assert done.returncode == 3, done.stderr
    [check] = json.loads(done.stdout)
    assert {name: check[name] for name in ("monitor", "outcome", "columns", "current")} == {
        "monitor": "delay",
        "outcome": "severe",
        "columns": ["distance"],
        "current": "june.csv",
    }
    [alert] = json.loads(command("alerts", "--json").stdout)
    assert alert["reason"].startswith("distance: median ")
    assert "seen by" in command("acknowledge", str(alert["id"]), "--note", "known").stdout
    assert "1 of 3 columns drifted" in command("list").stdout
    assert "false alarm" in command("test", "delay", "--times", "3", "--rows", "200").stdout
    assert command("delete", "delay").returncode == 1
    assert "is put away" in command("delete", "delay", "--yes").stdout
