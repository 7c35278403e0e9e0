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
