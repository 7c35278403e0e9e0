"""From a finding to its rows: which they are, in what words, through every door."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars
import pytest
from test_drift_doors import command

import nbmlops
from nbmlops.display.drift_view import DriftView
from nbmlops.measures.drift.behind import rows_behind_all

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook


@pytest.fixture
def sides() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(0)
    before, now = (
        pd.DataFrame({"distance": random.uniform(0, 2000, 3000), "origin": random.choice(["EWR", "JFK"], 3000)})
        for _ in "12"
    )
    now.loc[now.index[:900], "distance"] = random.uniform(1500, 1600, 900)
    now.loc[now.index[50:90], "origin"] = "LGA"
    return before, now.set_axis(now.index + 10_000)


def test_a_shift_is_told_by_the_stretch_that_gained_and_has_its_rows(sides) -> None:
    before, now = sides
    found = nbmlops.drift_rows(before, now, "distance")
    assert [one.kind for one in found.findings] == ["shift"]
    inside = now["distance"].iloc[list(found.places)]
    assert inside.min() > 1450
    assert inside.max() < 1650
    assert set(range(900)) <= set(found.places)
    share = len(found.places) / len(now)
    assert f"{share:.0%} of the rows" in found.findings[0].reason
    above, upto = (float(one.replace(",", "")) for one in re.findall(r"\d,\d{3}", found.findings[0].reason)[:2])
    was = ((before["distance"] > above) & (before["distance"] <= upto)).mean()
    assert list(found.places) == np.flatnonzero((now["distance"] > above) & (now["distance"] <= upto)).tolist()
    assert f"was {was:.0%}" in found.findings[0].reason
    pd.testing.assert_frame_equal(found.frame, now.iloc[list(found.places)])


def test_each_kind_of_finding_has_its_own_rows(sides) -> None:
    before, now = sides
    now = now.reset_index(drop=True)
    unseen = nbmlops.drift_rows(before, now, "origin")
    assert unseen.places[:40] == tuple(range(50, 90))
    assert [one.kind for one in unseen.findings] == ["unseen"]
    odd = before.copy()
    odd.loc[[7, 19, 23, 42], "distance"] = [9e6, 8e6, -7e6, 1e7]
    assert nbmlops.drift_rows(before, odd, "distance").places == (42, 7, 19, 23)
    odd.loc[odd.index[100:300], "distance"] = np.nan
    assert {one.kind: len(one.places) for one in nbmlops.drift_rows(before, odd, "distance").findings} == {
        "nulls": 200,
        "range": 4,
    }
    mixed = before.astype({"distance": object})
    mixed.loc[[3, 5, 8, 9], "distance"] = "far"
    assert nbmlops.drift_rows(before, mixed, "distance").places == (3, 5, 8, 9)
    infinite = before.copy()
    infinite.loc[11, "distance"] = np.inf
    assert nbmlops.drift_rows(before, infinite, "distance").places == (11,)
    metres = before.copy()
    metres["distance"] += 500
    small = metres.copy()
    small.loc[small.index[:100], "distance"] /= 1000
    assert sorted(nbmlops.drift_rows(metres, small, "distance").places) == list(range(100))


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_spans_of_time_have_their_rows_whatever_their_unit(unit: str) -> None:
    random = np.random.default_rng(0)
    before, now = (
        pd.DataFrame(
            {"took": pd.to_timedelta(random.integers(500, 1500, 2000), unit="s").astype(f"timedelta64[{unit}]")}
        )
        for _ in "12"
    )
    now.loc[now.index[:800], "took"] += pd.Timedelta(hours=1)
    found = {one.kind: one for one in nbmlops.drift_rows(before, now, "took").findings}
    assert set(found) == {"range", "shift"}
    assert sorted(found["range"].places) == list(range(800))
    assert found["shift"].places == tuple(range(800))


def test_labels_of_several_types_have_their_rows() -> None:
    labels = np.random.default_rng(0).choice(["a", "b", "c"], 2000).tolist()
    found = nbmlops.drift_rows({"t": labels}, {"t": [*labels[:1900], *[7] * 100]}, "t")
    assert {one.kind: one.places for one in found.findings} == {
        "type": tuple(range(1900, 2000)),
        "unseen": tuple(range(1900, 2000)),
    }
    found = nbmlops.drift_rows({"t": [*labels, *[7] * 50]}, {"t": [*labels, *[8] * 50]}, "t")
    assert [(one.kind, one.places) for one in found.findings] == [("unseen", tuple(range(2000, 2050)))]


def test_columns_that_are_named_by_numbers_have_their_rows() -> None:
    labels = ["a", "b"] * 500
    assert nbmlops.drift_rows({0: labels}, {0: [*labels, *[7] * 100]}, "0").places == tuple(range(1000, 1100))


@pytest.mark.parametrize("seed", range(20))
def test_what_has_not_drifted_has_no_rows(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, now = (pd.DataFrame({"x": random.normal(size=500)}) for _ in "12")
    found = nbmlops.drift_rows(before, now, "x")
    assert (found.findings, found.places, len(found.frame), str(found)) == ((), (), 0, "x: nothing was found")


def test_frames_of_every_library_give_the_same_rows(sides) -> None:
    before, now = (side.reset_index(drop=True) for side in sides)
    expected = nbmlops.drift_rows(before, now, "origin", limit=3)
    for other in (polars.from_pandas(now), now.to_dict("list")):
        found = nbmlops.drift_rows(before, other, "origin", limit=3)
        assert found.places == expected.places
        assert found.frame.astype(str).equals(expected.frame.astype(str))


def test_what_cannot_be_asked_is_said(sides) -> None:
    with pytest.raises(nbmlops.InvalidInput, match="there is no column 'distanc'"):
        nbmlops.drift_rows(*sides, "distanc")
    with pytest.raises(nbmlops.InvalidInput, match="limit of 0 rows"):
        nbmlops.drift_rows(*sides, "distance", limit=0)
    with pytest.raises(nbmlops.InvalidInput, match="'origin' is ignored"):
        nbmlops.drift_rows(*sides, "origin", ignore=["origin"])


def test_the_command_lists_rows_and_writes_them(sides, tmp_path: Path) -> None:
    for name, side in zip(("may.csv", "june.csv"), sides, strict=True):
        side.to_csv(tmp_path / name, index=False)
    words = ("drift", "may.csv", "june.csv", "--rows", "origin")
    told = command(*words, "--limit", "3", folder=tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[0] == "origin: 40 rows hold 'LGA', never seen before (40 rows)"
    assert told.stdout.count("LGA") == 4
    record = json.loads(command(*words, "--limit", "2", "--json", folder=tmp_path).stdout)
    assert [one["row"] for one in record["rows"]] == [50, 51]
    assert record["rows"][0]["values"]["origin"] == "LGA"
    written = command(*words, "--out", "rows.csv", "--fail-on-drift", folder=tmp_path)
    assert (written.returncode, written.stderr) == (3, "40 rows written to rows.csv\n")
    assert command(*words, "--out", "rows.csv", "--json", folder=tmp_path).stderr == ""
    written = pd.read_csv(tmp_path / "rows.csv", index_col="row")
    assert list(written.index) == list(range(50, 90))
    assert set(written["origin"]) == {"LGA"}
    wrong = command("drift", "may.csv", "june.csv", "--limit", "3", folder=tmp_path)
    assert (wrong.returncode, wrong.stderr.splitlines()[0]) == (1, "InvalidInput: --limit is of rows.")
    for option in (("--model", "delay"), ("--window", "day")):
        wrong = command(*words, *option, folder=tmp_path)
        assert (wrong.returncode, wrong.stderr.splitlines()[1].strip()) == (1, f"Leave out {option[0]}.")


def test_the_magic_shows_rows_folded_under_the_report(sides, notebook: Notebook) -> None:
    notebook.shell.user_ns.update(may=sides[0], june=sides[1])
    view = notebook.shell.run_line_magic("drift", "may june")
    html = view.html()
    assert "<summary>rows: <bdi>origin: 40 rows hold &#x27;LGA&#x27;, never seen before" in html
    assert "10,050" in html or "10050" in html
    rows = notebook.shell.run_line_magic("drift", "may june --rows distance --limit 5")
    assert len(rows.frame) == 5


def test_the_report_with_its_rows_stays_small() -> None:
    random = np.random.default_rng(0)
    wide = [
        pd.DataFrame(random.normal(by, 1, size=(500, 300)), columns=[f"<b>{at}{'x' * 60}" for at in range(300)])
        for by in (0, 1)
    ]
    drift = nbmlops.drift(*wide)
    behind = rows_behind_all(*wide, drift, limit=5)
    html = DriftView(drift, behind=behind).html()
    assert len(html) < 100_000
    assert "<b>1" not in html
