"""Rows that do not belong, and streams that change: found when they are there, and not when they are not."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from nbmlops.display.threats_view import ThreatsView
from nbmlops.errors import InvalidInput
from nbmlops.measures.drift.streams import Adwin, PageHinkley
from nbmlops.measures.threats import threats_in

if TYPE_CHECKING:
    from pathlib import Path


def flights(random: np.random.Generator, rows: int = 4000) -> pd.DataFrame:
    distance = random.lognormal(6, 0.6, rows)
    return pd.DataFrame(
        {
            "distance": distance,
            "air_time": distance / 7.5 + random.normal(0, 8, rows),
            "carrier": random.choice(["AA", "UA", "B6"], rows),
            "late": random.random(rows) < 0.2,
        }
    )


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_are_far_out_are_listed_with_the_columns_that_say_so(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, now = flights(random), flights(random, 1000)
    now.loc[[7, 500], "distance"] = 60_000.0
    found = threats_in(before, now)
    assert {one.row for one in found.found[:2]} == {7, 500}
    assert all("distance" in one.columns for one in found.found[:2])
    assert found.out_of_distribution <= 2 + 8  # one in a thousand is expected by chance


def test_rows_of_the_same_kind_are_as_rare_as_they_should_be() -> None:
    shares = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        found = threats_in(flights(random), flights(random, 2000))
        shares.append(found.out_of_distribution / found.rows)
    assert np.mean(shares) < 0.003


def test_known_rows_with_another_label_are_found() -> None:
    random = np.random.default_rng(0)
    before, now = flights(random), flights(random, 500)
    poisoned = before.head(20).assign(late=lambda rows: ~rows["late"])
    found = threats_in(before, pd.concat([now, poisoned], ignore_index=True), target="late")
    flipped = [one.row for one in found.found if one.kind == "flipped_label"]
    assert (found.flipped, flipped) == (20, list(range(500, 520)))
    assert threats_in(before, now, target="late").flipped == 0


def test_what_cannot_be_told_is_an_error() -> None:
    with pytest.raises(InvalidInput, match="too few rows to tell"):
        threats_in({"a": [1.0]}, {"a": [1.0]})
    with pytest.raises(InvalidInput, match="no column of numbers or labels in common"):
        threats_in({"a": [1.0] * 60}, {"b": [1.0] * 60})
    with pytest.raises(InvalidInput, match="there is no column 'late' on both sides"):
        threats_in({"a": [1.0] * 60}, {"a": [1.0] * 60}, target="late")


def changes(test: Adwin | PageHinkley, values: np.ndarray) -> list[int]:
    return [at for at, value in enumerate(values.tolist()) if test.update(value)]


@pytest.mark.parametrize("seed", range(5))
def test_a_stream_that_jumps_is_told_soon_after(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = np.concatenate([random.normal(size=3000), random.normal(1, 1, 2000)])
    adwin = Adwin()
    found = changes(adwin, values)
    assert 3000 < found[0] < 3200
    assert adwin.mean == pytest.approx(1, abs=0.15)
    [at] = changes(PageHinkley(slack=0.25, threshold=25), values)
    assert 3000 < at < 3200


def test_a_stream_that_does_not_change_is_left_in_peace() -> None:
    random = np.random.default_rng(0)
    cut = sum(bool(changes(Adwin(), random.normal(size=5000))) for _ in range(20))
    assert cut <= 1
    assert not changes(PageHinkley(slack=0.25, threshold=25), random.normal(size=20_000))


def test_a_window_remembers_mean_and_width_exactly_and_in_little_memory() -> None:
    values = np.random.default_rng(0).random(20_000)
    adwin = Adwin()
    assert not changes(adwin, values)
    assert adwin.width == 20_000
    assert adwin.mean == pytest.approx(values.mean())
    assert adwin._squares == pytest.approx(values.var() * 20_000)
    assert sum(map(len, adwin._rows)) < 6 * 16


def test_it_cuts_where_river_does() -> None:
    drift = pytest.importorskip("river.drift")
    random = np.random.default_rng(0)
    values = np.concatenate([random.random(2000), random.random(2000) + 0.4])
    theirs, ours = drift.ADWIN(delta=0.002), Adwin(delta=0.002)
    told = []
    for at, value in enumerate(values.tolist()):
        theirs.update(value)
        if theirs.drift_detected:
            told.append(at)
    assert abs(changes(ours, values)[0] - told[0]) <= 64


def test_the_command_lists_rows_with_their_evidence(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    before, now = flights(random), flights(random, 500)
    now.loc[7, "distance"] = 60_000.0
    before.to_parquet(tmp_path / "may.parquet")
    pd.concat([now, before.head(2).assign(late=lambda rows: ~rows["late"])]).to_parquet(tmp_path / "june.parquet")
    program = [sys.executable, "-m", "nbmlops", "threats", "may.parquet", "june.parquet", "--target", "late"]
    told = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "2 rows known under another label" in " ".join(told.split())
    assert "✗ other label" in told
    found = json.loads(subprocess.run([*program, "--json"], cwd=tmp_path, capture_output=True, check=True).stdout)
    assert [one["row"] for one in found["found"]][:3] == [500, 501, 7]
    assert "<table" in ThreatsView(threats_in(before, now)).html()
