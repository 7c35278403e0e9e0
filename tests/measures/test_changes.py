"""Where a stream changed: planted changes are found near where they are, unchanged ones left in peace; every door."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from test_drift_doors import command

import nbmlops
from nbmlops.display.changes_view import ChangesView

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook

    from nbmlops.measures.drift.changes import Method

DRAWS = {
    "normal": lambda random, rows: random.normal(50, 9, rows),
    "lognormal": lambda random, rows: random.lognormal(3, 1, rows),
    "cauchy": lambda random, rows: random.standard_cauchy(rows),
    "rare": lambda random, rows: random.random(rows) < 0.03,
    "count": lambda random, rows: random.poisson(2, rows),
}


@pytest.mark.parametrize("method", ["adwin", "page-hinkley"])
@pytest.mark.parametrize("kind", DRAWS)
def test_a_stream_that_does_not_change_is_left_in_peace(kind: str, method: Method) -> None:
    told = [
        nbmlops.changes({"x": DRAWS[kind](np.random.default_rng(seed), 2000)}, "x", method=method).changes
        for seed in range(100)
    ]
    assert sum(map(bool, told)) <= 1


@pytest.mark.parametrize("method", ["adwin", "page-hinkley"])
@pytest.mark.parametrize("seed", range(10))
def test_planted_changes_are_found_near_where_they_are(seed: int, method: Method) -> None:
    random = np.random.default_rng(seed)
    x = 1000 + 20 * np.concatenate([random.normal(0, 1, 2000), random.normal(1, 1, 1500), random.normal(-0.5, 1, 1500)])
    found = nbmlops.changes({"x": x}, "x", method=method).changes
    assert len(found) == 2
    assert [abs(one.row - at) <= 40 for one, at in zip(found, (2000, 3500), strict=True)] == [True, True]
    assert all(one.row < one.noticed < one.row + 400 for one in found)
    assert [one.before for one in found] == pytest.approx([1000, 1020], abs=3)
    assert [one.after for one in found] == pytest.approx([1020, 990], abs=3)


def test_a_long_stream_is_told_in_blocks() -> None:
    x = np.random.default_rng(0).normal(size=350_000)
    x[200_000:] += 0.3
    [found] = nbmlops.changes({"x": x}, "x").changes
    assert abs(found.row - 200_000) < 500
    assert found.after - found.before == pytest.approx(0.3, abs=0.02)


def stream() -> pd.DataFrame:
    random = np.random.default_rng(0)
    times = pd.date_range("2026-01-01", periods=1500, freq="h")
    frame = pd.DataFrame({"at": times, "x": np.concatenate([random.normal(size=1000), random.normal(2, 1, 500)])})
    frame.loc[[5, 1200], "x"] = [np.nan, np.inf]
    return frame


def test_rows_are_taken_in_the_order_of_time_and_named_by_where_they_stand() -> None:
    shuffled = stream().sample(frac=1, random_state=0).reset_index(drop=True)
    [found] = nbmlops.changes(shuffled, "x", time="at").changes
    assert shuffled["at"][found.row].isoformat() == found.time
    assert abs(pd.Timestamp(found.time) - stream()["at"][1000]) < pd.Timedelta("20h")
    assert nbmlops.changes(shuffled, "x").changes == ()
    assert nbmlops.changes(shuffled, "x").rows == 1498


@pytest.mark.parametrize("x", [[], [1.0] * 500, [None] * 500, [0.0, 1.0] * 20])
def test_too_little_and_the_same_are_no_change(x: list[float | None]) -> None:
    assert nbmlops.changes({"x": x}, "x").changes == ()


def test_what_cannot_be_asked_is_said() -> None:
    with pytest.raises(nbmlops.InvalidInput, match="there is no column 'y'"):
        nbmlops.changes({"x": [1.0]}, "y")
    with pytest.raises(nbmlops.InvalidInput, match="'x' holds no numbers"):
        nbmlops.changes({"x": ["a", "b"]}, "x")
    with pytest.raises(nbmlops.InvalidInput, match="'adwim' is no method"):
        nbmlops.changes({"x": [1.0]}, "x", method="adwim")  # type: ignore[arg-type]


def test_the_command_says_where_and_shows_it(tmp_path: Path, notebook: Notebook) -> None:
    stream().to_csv(tmp_path / "june.csv", index=False)
    words = ("changes", "june.csv", "--column", "x", "--time", "at")
    told = command(*words, folder=tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[0] == "x: the mean has changed 1 time in 1,498 rows (adwin)"
    record = json.loads(command(*words, "--method", "page-hinkley", "--json", folder=tmp_path).stdout)
    assert record["method"] == "page-hinkley"
    assert abs(record["changes"][0]["row"] - 1000) < 20
    notebook.shell.user_ns["june"] = stream()
    view = notebook.shell.run_line_magic("nbmlops", "changes june --column x")
    assert isinstance(view, ChangesView)
    assert "<table" in view.html()
    assert ChangesView(nbmlops.changes({"<b>": [1.0] * 99}, "<b>")).html().count("&lt;b&gt;") == 1
