"""Monitors over REST: real ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbmlops.workspaces import Workspace


@pytest.fixture
def watched(workspace, tmp_path):
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=500)})
    (frame + 2).to_csv(tmp_path / "now.csv", index=False)
    with Workspace.open(tmp_path / ".nbmlops", create=True) as real:
        real.datasets.save(frame, "flights")
        real.monitors.create("flights@1", name="delay", source="now.csv")
        workspace.monitors = real.monitors
        yield real


async def test_a_monitor_is_shown_run_and_muted_and_its_alert_is_seen(api, watched):
    status, answer = await api("monitors")
    assert status == 200
    assert [(one["name"], one["last"]) for one in answer["monitors"]] == [("delay", None)]
    status, check = await api("monitors/delay/run", "POST")
    assert (status, check["outcome"], check["columns"]) == (200, "severe", ["x"])
    _, whole = await api(f"monitors/checks/{check['id']}")
    assert whole["drift"]["columns"][0]["column"] == "x"
    [alert] = (await api("monitors"))[1]["alerts"]
    _, seen = await api(f"monitors/alerts/{alert['id']}/acknowledge", "POST", {"note": "known"})
    assert (seen["state"], seen["note"]) == ("acknowledged", "known")
    assert (await api("monitors/delay/mute", "POST", {"span": "2d"}))[1]["muted_until"]
    assert (await api("monitors/delay/mute", "POST"))[1]["muted_until"] is None
    _, one = await api("monitors/delay")
    assert (len(one["checks"]), len(one["alerts"])) == (1, 1)


async def test_what_is_not_there_is_said(api, watched):
    assert (await api("monitors/dely"))[0] == 404
    assert (await api("monitors/checks/99"))[0] == 404
    assert (await api("monitors/checks/soon"))[0] == 422
    assert (await api("monitors/alerts/99/acknowledge", "POST"))[0] == 404
    assert (await api("monitors/delay/mute", "POST", {"span": "soon"}))[0] == 422


async def test_drift_of_two_versions(api, watched, workspace):
    watched.datasets.save(pd.DataFrame({"x": np.random.default_rng(1).normal(2, 1, 500)}), "flights")
    workspace.drift, workspace.datasets = watched.drift, watched.datasets
    status, found = await api("datasets/drift", reference="flights@1", current="flights@2")
    assert (status, found["drifted"], found["columns"][0]["column"]) == (200, True, "x")
    assert (await api("datasets/drift", reference="flights@1"))[0] == 422
    assert (await api("datasets/drift", reference="/etc/passwd.csv", current="flights"))[0] in (404, 422)


async def test_drift_takes_what_the_command_line_takes(api, workspace, tmp_path):
    random = np.random.default_rng(2)
    one = random.normal(size=2000)
    hours = pd.date_range("2013-01-01", periods=2000, freq="h")
    with Workspace.open(tmp_path / ".nbmlops", create=True) as real:
        real.datasets.save(pd.DataFrame({"a": one, "b": one * one, "hour": hours}), "flights")
        real.datasets.save(pd.DataFrame({"a": one, "b": random.permutation(one * one), "hour": hours}), "turned")
        workspace.drift, workspace.datasets = real.drift, real.datasets
        asked = {"reference": "flights@1", "current": "flights@1", "time": "hour"}
        _, old = await api("datasets/drift", **asked, max_age="1d", as_of="2013-06-01")
        assert [finding["kind"] for finding in old["schema"]] == ["freshness"]
        _, fresh = await api("datasets/drift", **asked, max_age="1d", as_of="2013-03-25")
        assert fresh["schema"] == []
        assert (await api("datasets/drift", **asked, max_age="soon"))[0] == 422
        asked |= {"current": "turned@1", "ignore": "hour"}
        _, judged = await api("datasets/drift", **asked, classifier="true")
        _, plain = await api("datasets/drift", **asked)
        assert (plain["joint"], [one["kind"] for one in judged["joint"]]) == ([], ["joint"])
        assert "tell the current rows from the reference" in judged["joint"][0]["reason"]


async def test_the_rows_behind_and_the_changes_of_a_column(api, workspace, tmp_path):
    with Workspace.open(tmp_path / ".nbmlops", create=True) as real:
        level = np.random.default_rng(3).normal(size=3000)
        real.datasets.save(pd.DataFrame({"x": level}), "flights")
        real.datasets.save(pd.DataFrame({"x": level + np.where(np.arange(3000) < 2000, 0, 3)}), "flights")
        workspace.drift_rows, workspace.changes, workspace.datasets = real.drift_rows, real.changes, real.datasets
        asked = {"reference": "flights@1", "current": "flights@2"}
        status, found = await api("datasets/drift/rows", **asked, column="x", limit="5")
        assert (status, found["column"], len(found["rows"])) == (200, "x", 5)
        assert found["rows"][0]["values"].keys() == {"x"}
        assert (await api("datasets/drift/rows", **asked))[0] == 422
        assert (await api("datasets/drift/rows", **asked, column="y"))[0] == 422
        status, found = await api("datasets/changes", dataset="flights@2", column="x")
        assert status == 200
        assert any(abs(one["row"] - 2000) < 50 for one in found["changes"])
        assert (await api("datasets/changes", dataset="flights@2"))[0] == 422
        assert (await api("datasets/changes?dataset=flights@2&column=x&method=soon"))[0] == 422
