"""Drift through its doors: files and data sets, command line, magic, route; what is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import nbmlops
from nbmlops.display.drift_view import DriftView
from nbmlops.magics.completion import complete

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook


@pytest.fixture
def sides() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(0)
    before, now = (
        pd.DataFrame({"delay": random.normal(10, 5, 2000), "origin": random.choice(["EWR", "JFK"], 2000)}) for _ in "12"
    )
    now["delay"] += 4
    return before, now


def command(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-m", "nbmlops", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_files_need_no_workspace(sides, tmp_path: Path) -> None:
    sides[0].to_csv(tmp_path / "may.csv", index=False)
    sides[1].to_parquet(tmp_path / "june.parquet")
    done = command("drift", "may.csv", "june.parquet", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["drifted"] is True
    assert found["rows"] == {"reference": 2000, "current": 2000}
    first = found["columns"][0]
    assert {name: first[name] for name in ("column", "kind", "statistic", "threshold", "severity", "drifted")} == {
        "column": "delay",
        "kind": "number",
        "statistic": "ks",
        "threshold": 0.05,
        "severity": "severe",
        "drifted": True,
    }
    assert first["value"] > 0.2
    assert first["p_value"] < 1e-9
    assert first["reason"].startswith("median ")
    assert (found["schema"], found["joint"], found["concept"]) == ([], [], None)
    assert not (tmp_path / ".nbmlops").exists()


def test_a_check_answers_no_by_its_exit_code(sides, tmp_path: Path) -> None:
    for name, side in zip(("may.csv", "june.csv"), sides, strict=True):
        side.to_csv(tmp_path / name, index=False)
    told = command("drift", "may.csv", "june.csv", "--fail-on-drift", folder=tmp_path)
    assert told.returncode == 3
    assert told.stdout.splitlines()[0].startswith("1 of 2 columns drifted: june.csv (2,000 rows) against may.csv")
    assert command("drift", "may.csv", "may.csv", "--fail-on-drift", folder=tmp_path).returncode == 0
    wrong = command("drift", "may.csv", "jun.csv", folder=tmp_path)
    assert (wrong.returncode, wrong.stderr.splitlines()[0]) == (1, "NotFound: there is no file jun.csv.")


def test_versions_of_a_data_set_are_compared(sides, workspace: nbmlops.Workspace) -> None:
    for side in sides:
        workspace.datasets.save(side, "flights")
    found = workspace.drift("flights@1", "flights@2")
    assert [one.column for one in found.drifted_columns] == ["delay"]
    assert nbmlops.drift("flights@1", sides[1])["delay"].value == found["delay"].value


def test_the_magic_compares_frames_of_the_notebook(sides, notebook: Notebook) -> None:
    notebook.shell.user_ns.update(may=sides[0], june=sides[1])
    found = notebook.shell.run_line_magic("drift", "may june --ignore origin")
    assert [one.column for one in found.columns] == ["delay"]
    assert notebook.shell.run_line_magic("nbmlops", "drift may june --json")["drifted"] is True


def test_a_variable_that_is_written_wrong_is_told(sides, notebook: Notebook) -> None:
    notebook.shell.user_ns.update(january=sides[0], february=sides[1], forest=SimpleNamespace(predict=len))
    for line, name in (("drift january februray", "february"), ("nbmlops explain forset january", "forest")):
        magic, _, words = line.partition(" ")
        with pytest.raises(nbmlops.NotFound, match=r"there is no variable and no (data set 'feb|model 'for)") as told:
            notebook.shell.run_line_magic(magic, words)
        assert f"Did you mean '{name}'?" in told.value.hint
    with pytest.raises(nbmlops.NotFound, match=r"januar\.csv"):
        notebook.shell.run_line_magic("drift", "januar.csv february")


def test_tab_knows_frames_columns_and_options(sides, notebook: Notebook) -> None:
    notebook.shell.user_ns.update(may=sides[0], june=sides[1])
    session = SimpleNamespace(shell=notebook.shell, workspace=nbmlops.workspace())
    assert complete(session, "%drift ma") == ["may"]
    assert {"--time", "--target"} <= set(complete(session, "%drift may june --t"))
    assert set(complete(session, "%drift may june --time del")) == {"delay"}


def test_what_is_shown_is_small_and_nothing_is_one_line(sides, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    quiet = DriftView(nbmlops.drift(sides[0], sides[0]))
    assert quiet.text() == (
        "nothing has drifted: current (2,000 rows) against reference (2,000 rows), 2 columns compared"
    )
    assert quiet.html().count("<p>") == 1
    random = np.random.default_rng(0)
    wide = [
        pd.DataFrame(random.normal(by, 1, size=(500, 300)), columns=[f"<b>{at}" for at in range(300)]) for by in (0, 1)
    ]
    html = DriftView(nbmlops.drift(*wide)).html()
    assert len(html) < 100_000
    assert "<b>1" not in html


def test_a_number_that_is_no_time_is_said(sides) -> None:
    before, now = (side.assign(at=1.7e9 + np.arange(len(side)) * 3600.0) for side in sides)
    now.loc[3, "at"] = -1e300
    with pytest.raises(nbmlops.InvalidInput, match=r"at: -1e\+300 is no time"):
        nbmlops.drift(before, now, time="at", window="month")


@pytest.mark.parametrize("rows", [0, 10])
def test_what_too_few_rows_cannot_tell_is_no_all_clear(rows: int, sides, tmp_path: Path) -> None:
    sides[0].to_parquet(tmp_path / "may.parquet")
    sides[0].head(rows).to_parquet(tmp_path / "june.parquet")
    done = command("drift", "may.parquet", "june.parquet", "--fail-on-drift", folder=tmp_path)
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith(
        f"too few rows to tell: 2,000 and {rows}; june.parquet ({rows} rows) against may.parq"
    )
    assert done.stdout.count("too few rows") == 1
    found = nbmlops.drift(sides[0], sides[0].head(rows))
    assert (found.drifted, found.summary) == (False, f"too few rows to tell: 2,000 and {rows}")
    assert found.to_json()["untold"] == found.summary
    assert nbmlops.drift(*sides).untold == ""


def test_windows_are_a_table_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    days = pd.date_range("2021-01-01", "2022-12-31 23:00", freq="h")
    before, now = (pd.DataFrame({"at": days, "x": random.normal(size=len(days)), "still": 1.0}) for _ in "12")
    now.loc[now["at"] >= "2022-11-01", "x"] += 1
    found = nbmlops.drift(before, now, time="at", window="month")
    for width, months in ((100, 10), (60, 5)):
        monkeypatch.setenv("COLUMNS", str(width))
        lines = DriftView(found).text().splitlines()
        at = lines.index("by window: distance from the reference")
        names, values = lines[at + 1].split(), lines[at + 2].split()
        assert (names[0], names[-1], values[0]) == ("column", "2022-12", "x")
        assert [float(one) > 0.3 for one in values[1:]] == [name > "2022-10" for name in names[1:]]
        assert len(names) > months
        assert lines[at + 3] == f"  no room here for {24 - len(names) + 1} older windows"
        assert all(len(line) <= width for line in lines)


def test_a_report_that_is_written_is_said(sides, tmp_path: Path) -> None:
    for name, side in zip(("may.csv", "june.csv"), sides, strict=True):
        side.to_csv(tmp_path / name, index=False)
    words = ("drift", "may.csv", "june.csv", "--out", "drift.html")
    assert command(*words, folder=tmp_path).stderr == "written to drift.html\n"
    assert command(*words, "--json", folder=tmp_path).stderr == ""


NO_TIMES = {
    "city": ["Paris", "Rome", "March", "Oslo"],  # one of which can be read as a date
    "weekday": ["Mon", "Tue", "May", "Sun"],
    "age": [17, 34, 51, 90],
    "open": [True, False, True, True],
}


@pytest.mark.parametrize("column", NO_TIMES)
def test_a_column_that_is_no_time_is_one_error_wherever_a_time_is_asked_for(column: str, sides) -> None:
    """Taken for a time it would not be compared, and its drift not be told."""
    values = [*NO_TIMES[column][:1] * 11, *NO_TIMES[column]] * 100
    frame = pd.DataFrame({column: values, "x": range(1500), "said": [0, 1, 1] * 500, "late": [0, 1, 0] * 500})
    doors = (
        lambda: nbmlops.drift(frame, frame, time=column),
        lambda: nbmlops.drift(frame.drop(columns=column), frame, time=column),
        lambda: nbmlops.drift_rows(frame, frame, "x", time=column),
        lambda: nbmlops.changes(frame, "x", time=column),
        lambda: nbmlops.performance(frame, truth="late", prediction="said", time=column, window="month"),
    )
    for door in doors:
        with pytest.raises(nbmlops.InvalidInput, match=f"'{column}' holds no times") as told:
            door()
        assert "since 1970" in told.value.hint


@pytest.mark.parametrize("written", ["%d/%m/%Y", "%d %B %Y", "%Y-%m-%dT%H:%M:%SZ", "%a, %d %b %Y %H:%M"])
def test_dates_are_read_in_other_words_too(written: str, sides) -> None:
    days = pd.date_range("2025-03-01", periods=2000, freq="D").strftime(written)
    gaps = days.where(np.arange(2000) % 3 > 0, "")
    for at in (days, gaps):
        found = nbmlops.drift(*(side.assign(at=at) for side in sides), time="at", window="year")
        assert found.windows[0].window == "2025"


def test_columns_of_different_lengths_are_said() -> None:
    odd = {"a": [1, 2, 3], "b": [1, 2]}
    with pytest.raises(nbmlops.InvalidInput, match="'a' has 3 rows, 'b' has 2"):
        nbmlops.drift(odd, odd)


def test_rows_that_count_once_are_said(sides) -> None:
    found = nbmlops.drift(
        sides[0], sides[0].assign(delay=np.sort(sides[1]["delay"]) - 4).loc[lambda rows: rows.index.repeat(3)]
    )
    assert [one.kind for one in found.schema] == ["duplicates"]
    assert found.notes == ("rows that are the same count once: 2,000 of 6,000 of the current data",)
