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
def test_a_part_of_the_reference_is_never_severe_but_where_a_few_rows_lack_many_values(seed: int, rows: int) -> None:
    frame = reference()
    part = frame.sample(rows, random_state=seed)
    assert {one.kind for one in check_frame(part, frame).severe} <= ({"nulls"} if rows < 40 else set())


def test_a_small_batch_lacks_more_values_by_chance_and_a_written_share_is_meant() -> None:
    rng = np.random.default_rng(0)
    before = pd.DataFrame({"x": np.where(rng.random(10_000) < 0.03, np.nan, 1.0)})
    batches = [before.sample(10, random_state=seed) for seed in range(500)]
    assert sum(not check_frame(batch, before).ok for batch in batches) <= 5
    halves = pd.DataFrame({"x": [np.nan, 1.0] * 10})
    [found] = check_frame(halves, before).severe
    assert found.reason == "x: 50.0% of the values are missing, and 26.1% at most were expected"
    one = pd.DataFrame({"x": [np.nan] + [1.0] * 9})
    assert kinds(one, before) == {}
    assert kinds(one, before, rules={"x": {"nulls": 0.08}}) == {"x": ("nulls", "severe")}


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
        ({"month": {"values": [2**70]}}, "Write them alike"),
        ({"origin": {"values": "EWR"}}, "values of 'origin' cannot be 'EWR'"),
        ({"month": {"values": 3}}, "values of 'month' cannot be 3"),
        ({"delay": {"nulls": "5%"}}, "nulls of 'delay' cannot be '5%'"),
        ({"delay": {"nulls": 5}}, "nulls of 'delay' cannot be 5"),
        ({"flight": {"unique": "no"}}, "unique of 'flight' cannot be 'no'"),
        ({"flight": {"required": 0}}, "required of 'flight' cannot be 0"),
        ({"origin": {"min": 1}}, "the limit 1 of 'origin' cannot be compared with text"),
        ({"month": {"min": "1"}}, "the limit '1' of 'month' cannot be compared with integer"),
        ({"late": {"max": 1}}, "the limit 1 of 'late' cannot be compared with boolean"),
        ({"delay": {"max": 2**70}}, "is no limit"),
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


def test_columns_of_every_type_of_arrow_are_like_themselves() -> None:
    columns = {
        "lists": pa.array([[1], [1, 2], None]),
        "structs": pa.array([{"a": 1}, {"a": 2}, None]),
        "maps": pa.array([[("a", 1)], [], None], type=pa.map_(pa.string(), pa.int64())),
        "halves": pa.array(np.array([1, 2, np.nan], np.float16)),
        "bytes": pa.array([b"a", b"b", None]),
        "decimals": pa.array([1, 2, None]).cast(pa.decimal128(21, 2)),
        "times of day": pa.array([datetime.time(1), datetime.time(2), None]),
        "large": pa.array([2**60, 2**60 + 1, None]),
        "unsigned": pa.array([2**64 - 1, 3, None], type=pa.uint64()),
    }
    table = pa.table(columns)
    assert kinds(table, table) == {}
    periods = pd.DataFrame({"month": pd.period_range("2020-01", periods=3, freq="M")})
    assert kinds(periods, periods) == {}
    with pytest.raises(InvalidInput, match="whether values of 'lists' come twice cannot be told"):
        check_frame(table, rules={"lists": {"unique": True}})


def test_large_whole_numbers_are_beyond_a_limit_or_not() -> None:
    before = pd.DataFrame({"id": [2**60, 2**60 + 100]})
    [found] = check_frame(pd.DataFrame({"id": [2**60, 2**62]}), before).severe
    assert found.reason == "id: 1 of 2 rows are above 1.15292e+18: up to 4611686018427387904"
    exact = pd.DataFrame({"id": [2**60, 2**60 + 1]})
    assert kinds(exact, rules={"id": {"max": 2**60 + 1}}) == {}
    assert check_frame(exact, rules={"id": {"max": 2**60}}).severe[0].rows == 1
    assert kinds(exact, rules={"id": {"max": 2**70, "min": 0.5}}) == {}


def test_a_column_that_is_to_be_of_another_type_has_no_limits_of_the_reference() -> None:
    before = pd.DataFrame({"code": range(100), "origin": ["a", "b"] * 50})
    after = pd.DataFrame({"code": [f"c{at}" for at in range(100)], "origin": range(100)})
    assert kinds(after, before, rules={"code": {"type": "text"}, "origin": {"type": "integer"}}) == {}
    # of the same type they stay
    wild = before.assign(code=10_000)
    assert kinds(wild, before, rules={"code": {"type": "integer"}}) == {"code": ("range", "severe")}
    assert kinds(wild, before, rules={"code": {"type": "number"}}) == {"code": ("range", "severe")}


def test_a_time_without_a_zone_is_not_compared_with_one_that_has_it() -> None:
    zoned = pd.DataFrame({"at": pd.to_datetime(["2026-01-01", "2026-02-01"], utc=True)})
    naive = datetime.datetime(2026, 1, 15)  # noqa: DTZ001
    with pytest.raises(InvalidInput, match="cannot be compared with time"):
        check_frame(zoned, rules={"at": {"max": naive}})
    assert check_frame(zoned, rules={"at": {"max": naive.replace(tzinfo=datetime.UTC)}}).severe[0].rows == 1


def test_rows_are_counted_whatever_is_in_the_columns() -> None:
    mixed = pd.DataFrame({"a": [1, "x"], "b": ["y", 2.0]})
    found = check_frame(mixed, mixed)
    assert (found.rows, found.findings) == (2, ())
    assert check_frame({"a": [2**70, 1, 2]}).rows == 3


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
