"""The age of the newest row is a finding where it was asked, and never else."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from test_drift_doors import command

import nbmlops

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Notebook

DAY = datetime.timedelta(days=1)


def sides(newest: str = "2026-03-10 12:00") -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(0)
    times = pd.date_range(end=newest, periods=400, freq="h")
    before, now = (pd.DataFrame({"at": times, "x": random.normal(size=400)}) for _ in "12")
    return before.assign(at=times - 400 * pd.Timedelta("1h")), now


@pytest.mark.parametrize(
    ("as_of", "max_age", "severity"),
    [
        ("2026-03-11T00:00", "1d", None),
        ("2026-03-11T12:00", "1d", None),
        ("2026-03-11T12:01", "1d", "warn"),
        ("2026-03-12T12:00", DAY, "severe"),
        (datetime.datetime(2026, 3, 10, 14, tzinfo=datetime.UTC), 3600.0, "severe"),
        ("2026-03-01", "1h", None),
    ],
)
def test_an_older_newest_row_is_found_where_it_was_asked(as_of, max_age, severity: str | None) -> None:
    found = nbmlops.drift(*sides(), time="at", max_age=max_age, as_of=as_of).schema
    assert [(one.kind, one.column, one.severity) for one in found] == (
        [("freshness", "at", severity)] if severity else []
    )


def test_without_the_option_no_age_is_a_finding() -> None:
    assert not nbmlops.drift(*sides("1999-03-10 12:00"), time="at").drifted
    assert nbmlops.drift(*sides("1999-03-10 12:00"), time="at", max_age="1d").schema[0].severity == "severe"


@pytest.mark.parametrize("form", ["text", "seconds", "milliseconds", "zoned"])
def test_times_are_read_in_every_form(form: str) -> None:
    before, now = sides()
    seconds = (now["at"] - pd.Timestamp(0)).dt.total_seconds()
    forms = {
        "text": now["at"].astype(str),
        "seconds": seconds,
        "milliseconds": (1000 * seconds).astype("int64"),
        "zoned": now["at"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"),
    }
    for as_of, is_old in (("2026-03-11T12:00", False), ("2026-03-11T13:00", True)):
        found = nbmlops.drift(
            before.drop(columns="at"), now.assign(at=forms[form])[["at", "x"]], time="at", max_age="1d", as_of=as_of
        )
        assert [one.kind for one in found.schema if one.kind == "freshness"] == ["freshness"] * is_old


def test_one_row_of_a_wrong_year_does_not_make_old_data_new() -> None:
    before, now = sides()
    now.loc[5, "at"] = pd.Timestamp("2099-01-01")
    found = nbmlops.drift(before, now, time="at", max_age="1d", as_of="2026-03-20").schema
    assert [one.reason for one in found] == ["at: the newest row is 9.5 days old, asked was at most 1 day"]


def test_what_has_no_time_is_not_new() -> None:
    before, now = sides()
    for empty in (now.head(0), now.assign(at=pd.NaT)):
        kinds = [one.kind for one in nbmlops.drift(before, empty, time="at", max_age="1d").schema]
        assert kinds.count("freshness") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_age": "1d"}, "an age needs to know when a row was"),
        ({"time": "at", "max_age": "a day"}, "'a day' is no span of time"),
        ({"time": "at", "as_of": "2026-03-01"}, "as_of is the moment"),
        ({"time": "at", "max_age": "1d", "as_of": "noon"}, "'noon' is no time"),
    ],
)
def test_what_cannot_be_meant_is_said(options: dict[str, str], words: str) -> None:
    with pytest.raises(nbmlops.InvalidInput, match=words):
        nbmlops.drift(*sides(), **options)


def test_the_command_and_the_magic_ask_too(tmp_path: Path, notebook: Notebook) -> None:
    before, now = sides()
    before.to_csv(tmp_path / "may.csv", index=False)
    now.to_csv(tmp_path / "june.csv", index=False)
    words = ("--time", "at", "--max-age", "1d", "--as-of", "2026-03-13")
    done = command("drift", "may.csv", "june.csv", *words, "--fail-on-drift", "--json", folder=tmp_path)
    assert done.returncode == 3, done.stderr
    assert [one["kind"] for one in json.loads(done.stdout)["schema"]] == ["freshness"]
    notebook.shell.user_ns.update(may=before, june=now)
    view = notebook.shell.run_line_magic("drift", f"may june {' '.join(words)}")
    assert "at: the newest row is 2.5 days old" in view.text()
