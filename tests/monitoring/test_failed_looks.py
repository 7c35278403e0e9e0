"""Looks that fail, and data that are too old or claim to be from later than now."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import nbmlops.monitoring.sides
from nbmlops.display.monitor_views import LookView
from nbmlops.errors import InvalidInput, NbmlopsError, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops import Workspace


def hours(rows: int, moved: float = 0.0, start: str = "2024-01-01") -> pd.DataFrame:
    at = pd.Timestamp(start) + pd.to_timedelta(np.arange(rows), unit="h")
    return pd.DataFrame({"delay": np.random.default_rng(rows).normal(moved, 1, rows), "at": at})


@pytest.fixture
def watched(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Return a workspace with a monitor of files that are not there yet."""
    workspace.datasets.save(hours(2000).drop(columns="at"), "flights")
    workspace.monitors.create("flights@1", name="delay", source="in/*.csv", ignore=["at"])
    (tmp_path / "in").mkdir()
    return workspace


def going_on(workspace: Workspace) -> list[tuple[str, int]]:
    return [(one.kind, one.times) for one in workspace.monitors.alerts() if one.state != "over"]


def test_a_failed_look_is_an_alert_until_one_does_not_fail(watched: Workspace, tmp_path: Path) -> None:
    monitors = watched.monitors
    for times in (1, 2):
        with pytest.raises(NotFound):
            monitors.run("delay")
        assert going_on(watched) == [("failed", times)]
    [alert] = monitors.alerts()
    assert alert.reason == "the look failed: no file fits 'in/*.csv'."
    (tmp_path / "in" / "empty.csv").write_text("delay,at\n")
    with pytest.raises(InvalidInput, match=r"in/empty.csv has no rows"):
        monitors.run("delay")
    hours(500, moved=1).to_csv(tmp_path / "in" / "now.csv", index=False)
    assert monitors.run("delay").outcome == "severe"
    assert going_on(watched) == [("drift", 1)]
    (tmp_path / "in" / "torn.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(NbmlopsError):
        monitors.run("delay", pd.DataFrame({"delay": [[1], "a"] * 50, "at": 1}).groupby("at"))
    assert going_on(watched) == [("failed", 1), ("drift", 1)]
    monitors.run("delay", hours(10))  # too few rows to tell of drift; yet it did not fail
    assert going_on(watched) == [("drift", 1)]


def test_a_failed_look_starts_nothing_that_trains_again(watched: Workspace) -> None:
    with pytest.raises(NotFound):
        watched.monitors.run("delay")
    assert watched.events.list("alert") == []
    [event] = watched.events.list("failed", "delay")
    assert event.payload["kinds"] == ["failed"]
    watched.monitors.run("delay", hours(500, moved=1))
    [event] = watched.events.list("alert", "delay")
    assert event.payload["kinds"] == ["drift"]


def test_an_error_of_any_kind_is_a_failed_look_and_one_clear_error(watched: Workspace, monkeypatch, tmp_path) -> None:
    hours(500).to_csv(tmp_path / "in" / "now.csv", index=False)

    def broken(path: Path) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(nbmlops.monitoring.sides, "read_table", broken)
    with pytest.raises(NbmlopsError, match="the monitor delay could not look: RuntimeError: the disk is gone"):
        watched.monitors.run("delay")
    [check] = watched.monitors.checks()
    assert (check.outcome, check.summary) == ("failed", "RuntimeError: the disk is gone")
    assert going_on(watched) == [("failed", 1)]


def test_a_row_of_2099_does_not_make_the_rest_invisible(workspace: Workspace) -> None:
    workspace.datasets.save(hours(2000).drop(columns="at"), "flights")
    workspace.monitors.create("flights", name="week", time="at", trailing="7d", ignore=["at"])
    frame = pd.concat([hours(2000), hours(1, start="2099-01-01")], ignore_index=True)
    check = workspace.monitors.run("week", frame)
    assert (check.rows, check.outcome) == (168, "quiet")
    [words] = check.measured["later"]["words"]
    assert words.startswith("at: 1 of 2,001 rows is later than now, up to 2099-01-01 00:00")
    many = pd.concat([hours(2000), hours(100, start="2099-01-01")], ignore_index=True)
    check = workspace.monitors.run("week", many)
    assert (check.rows, check.outcome) == (168, "warn")
    assert going_on(workspace) == [("later", 1)]
    workspace.monitors.run("week", hours(2000))
    assert going_on(workspace) == []
    earlier = workspace.monitors.run("week", hours(2000), as_of="2024-02-01")
    assert earlier.measured["later"]["rows"] == 2000 - 31 * 24 - 1
    assert earlier.rows == 168
    columns = {name: list(hours(2000)[name]) for name in ("delay", "at")}
    assert workspace.monitors.run("week", columns).rows == 168


def test_old_data_are_an_alert(workspace: Workspace) -> None:
    workspace.datasets.save(hours(2000).drop(columns="at"), "flights")
    workspace.monitors.create("flights", name="fresh", time="at", max_age="2d", ignore=["at"])
    frame = hours(240)  # up to the 10th, 23:00
    assert workspace.monitors.run("fresh", frame, as_of="2024-01-12T22:00").outcome == "quiet"
    old = workspace.monitors.run("fresh", frame, as_of=datetime.datetime(2024, 1, 15, tzinfo=datetime.UTC))
    assert (old.outcome, old.summary) == ("severe", "the data are 4 days old; nothing has drifted")
    assert old.measured["freshness"]["words"] == [
        "the data are old: the newest row is of 2024-01-10 23:00, 4 days old, asked was at most 2 days"
    ]
    assert LookView(old).text().startswith("the data are old: the newest row is of 2024-01-10 23:00, 4 days old")
    assert going_on(workspace) == [("freshness", 1)]
    assert workspace.events.list("alert") == []
    workspace.monitors.run("fresh", frame, as_of="2024-01-11")
    assert going_on(workspace) == []
    with pytest.raises(InvalidInput, match="needs to know when a row was"):
        workspace.monitors.create("flights", name="x", max_age="2d")
    with pytest.raises(InvalidInput, match="'soon' is no time"):
        workspace.monitors.run("fresh", frame, as_of="soon")


def test_a_failed_look_keeps_no_other_monitor_from_looking(watched: Workspace, tmp_path: Path) -> None:
    hours(500).drop(columns="at").to_csv(tmp_path / "now.csv", index=False)
    watched.monitors.create("flights@1", name="other", source="now.csv")
    program = [sys.executable, "-m", "nbmlops", "monitors", "run", "--all", "--json"]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert [(one["monitor"], one["outcome"]) for one in json.loads(done.stdout)] == [
        ("delay", "failed"),
        ("other", "quiet"),
    ]
    done = subprocess.run([*program, "--as-of", "soon"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "'soon' is no time" in done.stderr
    assert done.stdout == ""


def test_a_monitor_of_an_earlier_release_looks(watched: Workspace) -> None:
    known = {"reference", "source", "time", "trailing", "target", "prediction", "ignore", "warn", "severe", "notify"}
    [row] = watched.database.query("SELECT facts FROM monitors")
    facts = {name: value for name, value in json.loads(row["facts"]).items() if name in known}
    watched.database.write("UPDATE monitors SET facts = ?", (json.dumps(facts),))
    assert watched.monitors.get("delay").max_age is None
    assert watched.monitors.run("delay", hours(500)).outcome == "quiet"
