"""Data beside a reference and beside rules: what is wrong is found, and nothing else."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nbmlops
from nbmlops.errors import InvalidInput
from nbmlops.validation.checking import check_frame


def reference(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "origin": rng.choice(["EWR", "JFK", "LGA"], rows),
            "carrier": pd.Categorical(rng.choice(["UA", "DL"], rows)),
            "month": rng.integers(1, 13, rows),
            "delay": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(10, 20, rows)),
            "late": rng.random(rows) < 0.2,
            "at": pd.Timestamp("2013-01-01") + pd.to_timedelta(rng.integers(0, 8760, rows), "h"),
            "flight": [f"F{number}" for number in range(rows)],
        }
    )


def kinds(frame, like=None, **options) -> dict[str, tuple[str, str]]:
    return {one.column: (one.kind, one.severity) for one in check_frame(frame, like, **options).findings}


def test_a_frame_is_like_itself_in_every_library() -> None:
    frame = reference()
    for one in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame), frame.convert_dtypes()):
        assert kinds(one, frame) == {}
        assert kinds(frame, one) == {}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), rows=st.integers(1, 400))
def test_a_part_of_the_reference_is_never_severe_but_for_missing_values(seed: int, rows: int) -> None:
    frame = reference()
    part = frame.sample(rows, random_state=seed)
    assert {one.kind for one in check_frame(part, frame).severe} <= {"nulls"}


def test_what_changed_is_found_and_told_from_what_did_not() -> None:
    before = reference()
    after = before.drop(columns="late").assign(
        extra=1,
        month=before["month"].astype(str),
        delay=before["delay"].where(before.index % 2 == 0),
        origin=before["origin"].where(before.index % 10 != 0, "SFO"),
        at=before["at"] + pd.Timedelta(days=900),
    )
    assert kinds(after, before) == {
        "late": ("missing", "severe"),
        "month": ("type", "severe"),
        "delay": ("nulls", "severe"),
        "origin": ("values", "severe"),
        "extra": ("extra", "warn"),
    }
    assert kinds(after, before, ignore=["late", "month", "delay", "origin", "extra"]) == {}


def test_a_few_rows_beyond_a_guess_only_warn_and_beyond_a_rule_do_not() -> None:
    before = reference()
    after = before.copy()
    after.loc[0, "delay"] = 9000.0
    after.loc[1, "origin"] = "SFO"
    assert kinds(after, before) == {"delay": ("range", "warn"), "origin": ("values", "warn")}
    rules = {"delay": {"max": 200}, "origin": {"values": ["EWR", "JFK", "LGA"]}}
    assert kinds(after, before, rules=rules) == {"delay": ("range", "severe"), "origin": ("values", "severe")}
    # what a rule does not speak of stays a guess
    assert kinds(after, before, rules={"delay": {"nulls": 0.5}})["delay"] == ("range", "warn")


def test_rules_alone() -> None:
    frame = reference()
    rules = {
        "month": {"type": "integer", "min": 1, "max": 12, "nulls": 0},
        "flight": {"unique": True, "type": "text"},
        "at": {"type": "time", "min": "2013-01-01", "max": datetime.datetime(2014, 1, 1)},  # noqa: DTZ001
        "note": {"required": False, "type": "text"},
    }
    assert kinds(frame, rules=rules) == {}
    broken = pd.concat([frame, frame.head(2)]).assign(month=0, at=pd.Timestamp("2012-12-31"))
    assert kinds(broken, rules=rules) == {
        "month": ("range", "severe"),
        "flight": ("unique", "severe"),
        "at": ("range", "severe"),
    }
    assert kinds(frame, rules={"gone": {}}) == {"gone": ("missing", "severe")}
    zoned = frame.assign(at=frame["at"].dt.tz_localize("Europe/Berlin", ambiguous="NaT", nonexistent="NaT"))
    assert kinds(zoned, rules={"at": {"min": "2013-06-01"}}) == {"at": ("range", "severe")}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"month": {"mni": 1}}, "min"),
        ({"month": {"type": "whole"}}, "no type"),
        ({"month": 3}, "no dictionary"),
        ({"at": {"min": "yesterday"}}, "no time"),
        ({"month": {"values": ["a"]}}, "Write them alike"),
    ],
)
def test_rules_that_mean_nothing_are_refused(rules, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        check_frame(reference(), rules=rules)


def test_whole_numbers_with_gaps_are_still_whole_numbers() -> None:
    before = pd.DataFrame({"n": [1, 2, 3, 4] * 10})
    after = before.astype(float)
    after.loc[0, "n"] = np.nan
    assert kinds(after, before) == {}
    assert kinds(after + 0.5, before) == {"n": ("type", "severe")}
    assert kinds(before, after) == {}


def test_odd_frames() -> None:
    before = reference()
    assert kinds(before.head(0), before)[""] == ("empty", "severe")
    assert kinds(before.assign(delay=[1, "x"] * 200), before)["delay"] == ("type", "severe")
    assert kinds(before.assign(delay=None), before)["delay"] == ("nulls", "severe")
    assert kinds(before.assign(delay=np.nan), before)["delay"] == ("nulls", "severe")
    with pytest.raises(InvalidInput, match="no frame"):
        check_frame([1, 2])
    with pytest.raises(InvalidInput, match="two columns"):
        check_frame(pd.concat([before, before], axis=1))


def test_a_version_of_a_data_set_is_a_reference_and_the_run_knows_what_was_found(workspace) -> None:
    before = reference()
    workspace.datasets.save(before, "flights")
    with nbmlops.track("good"):
        assert nbmlops.check_data(before.sample(200, random_state=1), "flights@1").ok
    assert workspace.runs.get("good").metrics["check_data.severe"] == 0
    with nbmlops.track("bad"), pytest.raises(InvalidInput, match="month is missing") as raised:
        nbmlops.check_data(before.drop(columns=["late", "month"]), "flights")
    assert "late is missing" in raised.value.hint
    assert workspace.runs.get("bad").metrics == {"check_data.severe": 2, "check_data.warn": 0, "check_data.rows": 400}
    found = nbmlops.check_data(before.drop(columns="late"), "flights", raises=False)
    assert found.to_json()["ok"] is False
    assert nbmlops.check_data(before, {"month": {"min": 1}}).ok  # rules where the reference stands
