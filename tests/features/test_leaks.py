"""A planted leak is found, and what is new since a training set; a bad batch is refused whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import nbmlops
from nbmlops.errors import InvalidInput, Leak

from .conftest import define

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace

HOURS = pd.date_range("2013-01-01", periods=40, freq="h")


@pytest.fixture
def weather() -> pd.DataFrame:
    generator = np.random.default_rng(3)
    both = [pd.DataFrame({"k": k, "t": HOURS, "x": generator.normal(size=len(HOURS))}) for k in ("a", "b")]
    return pd.concat(both, ignore_index=True)


@pytest.fixture
def labels() -> pd.DataFrame:
    return pd.DataFrame({"k": ["a", "b"] * 10, "t": HOURS[5:25] + pd.Timedelta("20min"), "y": 1})


@pytest.mark.parametrize(
    "body",
    [
        "SELECT k, t, lead(x) OVER (PARTITION BY k ORDER BY t) AS x FROM weather",
        "SELECT k, t, x - avg(x) OVER (PARTITION BY k) AS x FROM weather",
        "SELECT w.k, w.t AS t, o.x FROM weather AS w JOIN weather AS o ON w.k = o.k AND o.t = w.t + INTERVAL 2 HOUR",
        "WITH m AS (SELECT k, max(x) AS x FROM weather GROUP BY k) SELECT k, t, m.x FROM weather JOIN m USING (k)",
        "SELECT k, time AS t, lead(x) OVER (PARTITION BY k ORDER BY time) AS x FROM (SELECT *, t AS time FROM weather)",
    ],
)
def test_a_planted_leak_is_found(ws: Workspace, weather: pd.DataFrame, labels: pd.DataFrame, body: str) -> None:
    define(ws, "v", body, sources={"weather": weather})
    nbmlops.training_set(labels, ["v:x"])
    with pytest.raises(Leak, match="v:x sees the future") as found:
        nbmlops.training_set(labels, ["v:x"], check_leaks=True)
    assert "without the future" in found.value.hint
    assert "2013-01-01" in found.value.hint


def test_the_text_times_of_a_file_are_cut_too(ws: Workspace, weather: pd.DataFrame, labels: pd.DataFrame) -> None:
    weather.rename(columns={"t": "when_read"}).astype({"when_read": str}).to_csv("w.csv", index=False)
    body = "SELECT k, when_read::TIMESTAMP AS t, lead(x) OVER (PARTITION BY k ORDER BY when_read) AS x FROM 'w.csv'"
    define(ws, "v", body)
    with pytest.raises(Leak, match="sees the future"):
        nbmlops.training_set(labels, ["v:x"], check_leaks=True)


@pytest.mark.parametrize(
    "words",
    [
        {"body": "SELECT k, t, x, lag(x) OVER (PARTITION BY k ORDER BY t) AS y2, k || 'z' AS z FROM weather"},
        {"body": "SELECT k, t, x FROM weather", "ttl": "1h"},
        {"body": "SELECT * FROM weather", "windows": ["3h"], "aggregates": ["sum(x) as s", "std(x) as d"]},
        {"body": "SELECT *, t + INTERVAL 3 HOUR AS c FROM weather", "created": "c"},
    ],
)
def test_what_looks_back_is_no_leak(
    ws: Workspace, weather: pd.DataFrame, labels: pd.DataFrame, words: dict[str, Any]
) -> None:
    define(ws, "v", **words, sources={"weather": weather})
    plain = nbmlops.training_set(labels, ["v"])
    checked = nbmlops.training_set(labels, ["v"], check_leaks=True)
    pd.testing.assert_frame_equal(checked, plain)


def test_what_is_new_since_a_training_set(ws: Workspace, weather: pd.DataFrame, labels: pd.DataFrame) -> None:
    weather.to_csv("w.csv", index=False)
    define(ws, "file", "SELECT k, t::TIMESTAMP AS t, x FROM 'w.csv'")
    define(ws, "frame", "SELECT * FROM weather", sources={"weather": weather})
    made = nbmlops.training_set(labels, ["file:x", "frame:x"]).attrs["nbmlops"]
    nothing = ws.features.new_since(made, labels)
    assert not nothing.anything
    assert nothing.rows == 0
    more = pd.concat([labels, labels.assign(t=labels["t"] + pd.Timedelta("20h"))])
    assert ws.features.new_since(made, more).rows == 20
    weather.assign(x=0.0).to_csv("w.csv", index=False)
    assert ws.features.new_since(made).sources == ("file@1/w.csv",)
    define(ws, "frame", "SELECT * FROM weather", sources={"weather": weather.assign(x=1.0)})
    assert ws.features.new_since(made).sources == ("file@1/w.csv", "frame@1/weather")
    define(ws, "frame", "SELECT * FROM weather WHERE x > 0", sources={"weather": weather})
    found = ws.features.new_since(made)
    assert found.views == ("frame@1 → frame@2",)
    assert found.anything


def test_a_bad_batch_is_refused_whole(ws: Workspace, weather: pd.DataFrame, labels: pd.DataFrame) -> None:
    weather.to_csv("w.csv", index=False)
    checks = ["x BETWEEN -5 AND 5", "unique", "avg((x IS NULL)::INT) < 0.1"]
    view = define(ws, "v", "SELECT k, t::TIMESTAMP AS t, x FROM 'w.csv'", checks=checks)
    assert view.definition.checks == tuple(checks)
    nbmlops.training_set(labels, ["v"])
    bad = weather.copy()
    bad.loc[7, "x"] = 99.0
    bad.to_csv("w.csv", index=False)
    with pytest.raises(InvalidInput, match="1 row of 'v' breaks the check: x BETWEEN") as found:
        nbmlops.training_set(labels, ["v"])
    assert "99" in found.value.hint
    pd.concat([weather, weather[:3]]).to_csv("w.csv", index=False)
    with pytest.raises(InvalidInput, match="6 rows of 'v' break the check: unique"):
        nbmlops.training_set(labels, ["v"])
    weather.assign(x=weather["x"].where(weather.index > 20)).to_csv("w.csv", index=False)
    with pytest.raises(InvalidInput, match="'v' breaks its check: avg"):
        nbmlops.training_set(labels, ["v"])
    weather.assign(x="warm").to_csv("w.csv", index=False)
    with pytest.raises(InvalidInput, match="'x' of 'v' is VARCHAR now; it was DOUBLE"):
        nbmlops.training_set(labels, ["v"])
    Path("w.csv").unlink()
    with pytest.raises(nbmlops.NotFound, match=r"the source 'w.csv'"):
        nbmlops.training_set(labels, ["v"])


@pytest.mark.parametrize(
    ("check", "said"),
    [("x + 1", "neither true nor false"), ("z > 1", "does not run"), ("x >", "does not run")],
)
def test_a_check_that_says_nothing_is_refused(ws: Workspace, weather: pd.DataFrame, check: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        define(ws, "v", "SELECT * FROM weather", sources={"weather": weather}, checks=[check])
    assert ws.features.list() == []
