"""Monitors that judge the model: measured with labels, estimated without, groups beside one another; none by chance."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from nbmlops.display.monitor_views import LookView
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops import Workspace

WORDS = {"truth": "late", "probability": "p"}


def scored(rows: int = 3000, *, seed: int = 0, right: float = 1.0, sharp: float = 2.0) -> pd.DataFrame:
    """Return flights whose probabilities mean what they say in a share of the rows, and are far from even if sharp."""
    random = np.random.default_rng(seed)
    x = random.normal(size=rows)
    p = 1 / (1 + np.exp(-sharp * x))
    late = random.random(rows) < np.where(random.random(rows) < right, p, 0.5)
    groups = random.choice(["AA", "UA"], rows)
    return pd.DataFrame({"x": x, "p": p, "said": p >= 0.5, "late": late, "carrier": groups})


@pytest.fixture
def flights(workspace: Workspace) -> Workspace:
    workspace.datasets.save(scored(), "flights")
    return workspace


def going_on(workspace: Workspace) -> list[tuple[str, str, str]]:
    return [(one.kind, one.column, one.severity) for one in workspace.monitors.alerts() if one.state != "over"]


def test_labels_measure_the_model_and_its_whole_interval_has_to_be_below(flights: Workspace) -> None:
    flights.monitors.create("flights", name="delay", metric="auc", floor=0.7, ignore=["said", "carrier"], **WORDS)
    good = flights.monitors.run("delay", scored(seed=1))
    assert good.outcome == "quiet"
    assert good.measured["performance"]["method"] == "measured"
    bad = flights.monitors.run("delay", scored(seed=2, right=0.2))
    assert ("performance", "roc_auc", "severe") in going_on(flights)
    assert bad.outcome == "severe"
    record = bad.measured["performance"]
    assert record["low"] < record["value"] < record["high"] < record["limit"] == 0.7
    assert f"roc_auc {record['value']:.3g} below 0.7" in bad.summary
    before = going_on(flights)
    flights.monitors.run("delay", scored(seed=3).drop(columns="late"))  # its labels come later
    assert set(going_on(flights)) == set(before)  # an estimate ends nothing that labels have shown
    flights.monitors.run("delay", scored(seed=4))
    assert going_on(flights) == []


def test_what_may_be_chance_is_no_alarm(flights: Workspace) -> None:
    flights.monitors.create("flights", name="delay", metric="roc_auc", floor=0.85, ignore=["said", "carrier"], **WORDS)
    alarms = 0
    for seed in range(20):
        look = flights.monitors.run("delay", scored(200, seed=100 + seed))
        alarms += any(one["beyond"] for one in [look.measured["performance"]])
        assert look.measured["performance"]["low"] < 0.85
    assert alarms <= 2  # the model is as good as the limit: a bare comparison would cry at every other look
    few = flights.monitors.run("delay", scored(20, right=0.0))
    assert few.measured["performance"]["words"][0].endswith("too few to tell")


def test_without_labels_it_is_estimated_and_said_to_be(flights: Workspace) -> None:
    flights.monitors.create("flights", name="delay", metric="roc_auc", drop=0.05, ignore=["x"], **WORDS)
    frame = scored(seed=5, sharp=0.3).drop(columns="late")
    look = flights.monitors.run("delay", frame)
    record = look.measured["performance"]
    assert record["method"] == "CBPE"
    assert record["labelled"] == 0
    words = record["words"]
    assert words[0].startswith("roc_auc is likely ")
    assert words[0].endswith("estimated without labels (CBPE)")
    assert "p(y|x)" in words[1]
    assert ("performance", "roc_auc, estimated", "warn") in going_on(flights)
    assert "missing" not in {kind for kind, _, _ in going_on(flights)}  # labels that come later are not missed


def test_some_labels_are_measured_and_are_no_missing_values(flights: Workspace) -> None:
    flights.monitors.create("flights", name="delay", metric="roc_auc", drop=0.05, ignore=["said", "carrier"], **WORDS)
    frame = scored(seed=6).assign(late=lambda one: one["late"].astype(object).where(one.index < 1000))
    look = flights.monitors.run("delay", frame)
    assert (look.outcome, look.measured["performance"]["labelled"]) == ("quiet", 1000)


def test_a_model_without_rows_is_measured_and_cannot_be_estimated(workspace: Workspace, notebook) -> None:
    frame = scored(2000)
    notebook.shell.user_ns.update(X=frame[["x"]], late=frame["late"])
    fit = "from sklearn.linear_model import LogisticRegression\nmodel = LogisticRegression().fit(X, late)"
    notebook.run(f"%%track fit\n{fit}")
    notebook.run("%register model as delay@champion")
    monitors = workspace.monitors
    monitors.create("delay@champion", metric="roc_auc", floor=0.7, prediction="said", by="carrier", **WORDS)
    look = monitors.run("delay", scored(seed=7))
    assert (look.outcome, look.drift["schema"]) == ("quiet", [])  # what is there to judge by is no new column
    monitors.run("delay", scored(seed=8, right=0.0))
    assert [(one.kind, one.state) for one in monitors.alerts()] == [("performance", "open")]
    blind = monitors.run("delay", scored(seed=9).drop(columns="late"))
    assert "only a profile" in blind.measured["performance"]["words"][0]
    assert [one.state for one in monitors.alerts()] == ["open"]  # what cannot be told ends nothing
    with pytest.raises(InvalidInput, match="only a profile is kept"):
        monitors.create("delay@champion", name="x", metric="roc_auc", drop=0.1, **WORDS)
    with pytest.raises(InvalidInput, match="is a model, and no rows"):
        monitors.create("delay@champion", name="x", metric="roc_auc", drop=0.1, tested_on="delay@1", **WORDS)
    workspace.datasets.save(scored(seed=20), "tested")
    monitors.create("delay@champion", name="x", metric="roc_auc", drop=0.1, tested_on="tested@1", **WORDS)
    unlabelled = monitors.run("x", scored(seed=9).drop(columns="late"))
    assert unlabelled.measured["performance"]["method"] == "CBPE"
    assert unlabelled.measured["performance"]["beyond"] is False


def test_groups_that_fare_unlike_are_an_alert(flights: Workspace) -> None:
    monitors = flights.monitors
    monitors.create("flights", name="fair", truth="late", prediction="said", by=["carrier"], gap=0.1)
    assert monitors.run("fair", scored(seed=10)).outcome == "quiet"
    unlike = scored(seed=11)
    unlike.loc[unlike["carrier"] == "AA", "said"] = True
    look = monitors.run("fair", unlike)
    names = {one.column for one in monitors.alerts() if one.kind == "fairness"}
    assert names == {"carrier: demographic_parity_difference", "carrier: equalized_odds_difference"}
    assert "demographic parity by carrier apart by" in look.summary
    monitors.run("fair", unlike.drop(columns="late"))
    going = {column for kind, column, _ in going_on(flights) if kind == "fairness"}
    assert going == names  # odds cannot be told without labels: they are not over
    monitors.run("fair", scored(seed=12))
    assert going_on(flights) == []


def test_an_error_must_not_rise_above_its_limit(workspace: Workspace) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"delay": random.normal(10, 5, 1000)}).assign(said=lambda one: one["delay"] + 1)
    workspace.datasets.save(frame, "delays")
    workspace.monitors.create("delays", name="mae", truth="delay", prediction="said", metric="mae", floor=2.0)
    assert workspace.monitors.run("mae", frame).outcome == "quiet"
    look = workspace.monitors.run("mae", frame.assign(said=lambda one: one["delay"] - 4))
    assert "mae 4 above 2" in look.summary


def test_words_that_cannot_be_are_refused(flights: Workspace) -> None:
    create = flights.monitors.create
    for words, message in [
        ({"floor": 0.7}, "floor of what is not said"),
        ({"metric": "auk", "floor": 0.7, **WORDS}, "there is no metric 'auk' to watch"),
        ({"metric": "auc", **WORDS}, "a metric is watched against one limit"),
        ({"metric": "auc", "floor": 0.7}, "compared with the truth"),
        ({"metric": "auc", "floor": 0.7, "truth": "late", "prediction": "said"}, "roc_auc is made of probabilities"),
        ({"metric": "auc", "drop": -1.0, **WORDS}, "a drop is more than nothing"),
        ({"metric": "auc", "floor": float("nan"), **WORDS}, "a limit of nan is never passed"),
        ({"by": "carrier"}, "told by what was predicted"),
        ({"by": "carrier", "prediction": "said", "gap": 2.0}, "a gap is a share"),
    ]:
        with pytest.raises(InvalidInput, match=message):
            create("flights", name="x", **words)
    create("flights", name="x", metric="auc", floor=0.7, **WORDS)
    with pytest.raises(InvalidInput, match="the data have no column 'p'"):
        flights.monitors.run("x", scored(100).drop(columns="p"))


def test_a_look_is_shown_with_what_it_measured(flights: Workspace, tmp_path: Path) -> None:
    scored(seed=2, right=0.2).to_csv(tmp_path / "now.csv", index=False)

    def command(*words: str) -> str:
        program = [sys.executable, "-m", "nbmlops", "monitors", *words]
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    words = "--truth late --probability p --prediction said --metric auc --floor 0.7 --by carrier --gap 0.1".split()
    command("create", "flights@1", "--name", "delay", "--source", "now.csv", *words)
    command("run", "delay")
    shown = command("look", "1")
    assert "performance: roc_auc is 0." in shown
    assert "below 0.7, on 3,000 labelled rows" in " ".join(shown.split())
    assert "fairness: by carrier: demographic_parity_difference" in shown
    assert "now.csv (3,000 rows) against flights@1" in shown
    assert json.loads(command("look", "1", "--json"))["measured"]["performance"]["beyond"] is True
    html = LookView(flights.monitors.check(1)).html()
    assert "<b>performance</b>" in html
    assert "<script" not in html
