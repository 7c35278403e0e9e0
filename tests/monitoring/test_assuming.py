"""What a model's run asserted, asked again of current data: only what is about its frame, and only what reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from nbmlops.monitoring.assuming import _why_not

if TYPE_CHECKING:
    from conftest import Notebook

    from nbmlops import Workspace

ASSERTS = """
features = ["hour", "distance"]
X, late = flights[features], flights["late"]
assert X["hour"].between(0, 24).all(), "hours of a day"
assert X.notna().all().all()
assert X.distance.min() > 0 and X["hour"].max() - X["hour"].min() >= 1
assert len(X) > 100
assert late.mean() < 0.9
assert __import__("os").getpid() > 0 or X.empty
"""
FIT = """
%%track fit
from sklearn.linear_model import LogisticRegression
model = LogisticRegression().fit(X, late)
"""


def flights(rows: int, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"hour": random.integers(5, 23, rows), "distance": random.lognormal(6, 0.7, rows)})
    return frame.assign(late=frame["hour"] > 15)


@pytest.fixture
def watched(workspace: Workspace, notebook: Notebook) -> Workspace:
    """Return a workspace that watches a model whose run asserts something."""
    notebook.shell.user_ns.update(flights=flights(1000))
    notebook.run(ASSERTS)
    notebook.run(FIT)
    notebook.run("%register model as delay@champion")
    workspace.monitors.create("delay@champion")
    return workspace


def test_assumptions_of_the_model_are_asked_of_current_data(watched: Workspace) -> None:
    monitors = watched.monitors
    frame = flights(500, 1)
    look = monitors.run("delay", frame)
    asked = look.measured["assumption"]
    assert look.outcome == "quiet"
    assert asked["held"] == [
        "X['hour'].between(0, 24).all()",
        "X.notna().all().all()",
        "X.distance.min() > 0 and X['hour'].max() - X['hour'].min() >= 1",
    ]
    assert asked["not_asked"] == [
        "len(X) > 100 is not asked: it is about how many rows there were",
        "late.mean() < 0.9 is not asked: it is not about X alone: late",
        "__import__('os').getpid() > 0 or X.empty is not asked: it is about how many rows there were",
    ]
    frame.loc[3, "hour"] = 25
    look = monitors.run("delay", frame)
    [alert] = [one for one in monitors.alerts() if one.kind == "assumption"]
    assert alert.column == "X['hour'].between(0, 24).all()"
    assert alert.reason == ("an assumption of the model: X['hour'].between(0, 24).all() does not hold: hours of a day")
    assert look.outcome == "severe"
    monitors.run("delay", frame.drop(columns="hour"))  # cannot be asked: the alert goes on
    assert {one.state for one in monitors.alerts() if one.kind == "assumption"} == {"open"}
    monitors.run("delay", flights(500, 2))
    assert {one.state for one in monitors.alerts()} == {"over"}


def test_current_data_of_another_kind_of_frame_are_asked_too(watched: Workspace) -> None:
    import polars as pl

    look = watched.monitors.run("delay", pl.from_pandas(flights(500, 1)))
    assert len(look.measured["assumption"]["held"]) == 3


@pytest.mark.parametrize(
    "text",
    [
        "X.__class__.__mro__",
        "X.eval('@print')",
        "X.query('hour > 1').all()",
        "X.apply(print).all()",
        "X.to_pickle('here')",
        "(lambda: X)()",
        "[one for one in X]",
        "X['hour'].map(open).all()",
        "open(X)",
        "X.all(open)",
        "'%9999999999d' % X.max()",
        "[0] * 10**9 == X",
        "('a' + 'b') * 999999999 == X",
        "list(X.columns) * 999999999 == X",
        "X.columns.all().__init__",
        "f'{X}'",
        "(X := 3)",
        "X.max",
        "True",
        "X[",
        "[X.to_pickle][0]('here')",
        "[X['hour']][0]()",
        "sorted(['here'], key=X.to_pickle)",
        "sorted(['here'], key=X.values.tofile)",
    ],
)
def test_what_does_more_than_read_is_not_evaluated(text: str) -> None:
    assert _why_not(text, "X", ["hour", "to_pickle", "tofile"]) is not None


def test_an_assumption_that_the_next_version_does_not_make_is_over(watched: Workspace, notebook: Notebook) -> None:
    monitors = watched.monitors
    frame = flights(500, 1)
    frame.loc[3, "hour"] = 25
    monitors.run("delay", frame)
    assert [one.kind for one in monitors.alerts(state="open")] == ["assumption"]
    notebook.run('X, late = flights[["hour", "distance"]].copy(), flights["late"]\nassert X["hour"].min() > 4')
    notebook.run(FIT.replace("track fit", "track anew"))
    notebook.run("%register model as delay@champion")
    look = monitors.run("delay", frame)
    assert look.reference == "delay@2"
    assert [one for one in monitors.alerts(state="open") if one.kind == "assumption"] == []
