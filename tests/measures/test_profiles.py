"""A profile stands for the rows it was made of: later data are judged by it as they would be by them."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from drift_cases import usual
from drift_cases_of_rows import CASES, NEEDS_ROWS
from hypothesis import given
from hypothesis import strategies as st

from nbmlops.measures.drift.against_profile import drift_from_profile
from nbmlops.measures.drift.comparing import drift_between
from nbmlops.measures.drift.profile import Profile, merged, profile_of
from nbmlops.measures.drift.sides import REST

if TYPE_CHECKING:
    from nbmlops.measures.drift import Drift

WITHOUT_ROLES = [
    name
    for name, make in CASES.items()
    if name not in NEEDS_ROWS and not make(np.random.default_rng(0))[2] and "million" not in name
]


def found_in(drift: Drift) -> set[str]:
    columns = {one.column for one in drift.drifted_columns} | {one.column for one in drift.schema}
    return columns | {"+".join(one.columns) for one in drift.joint}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", WITHOUT_ROLES)
def test_what_has_drifted_is_found_without_the_rows(name: str, seed: int) -> None:
    before, now, _, truth = CASES[name](np.random.default_rng([seed, zlib.crc32(name.encode())]))
    profile = Profile.from_json(json.loads(json.dumps(profile_of(before).to_json())))
    assert found_in(drift_from_profile(profile, now)) == truth


def test_it_is_small_and_holds_no_rows() -> None:
    frame = pd.concat([usual(np.random.default_rng(at), 20_000).add_suffix(f"_{at}") for at in range(3)], axis=1)
    written = json.dumps(profile_of(frame).to_json())
    assert len(written) < 60_000
    assert profile_of(frame).basis == 10_000


def test_labels_beyond_those_that_are_kept_are_taken_together() -> None:
    random = np.random.default_rng(0)
    before, now, other = (pd.DataFrame({"tail": random.zipf(1.4, 9000).clip(max=3000).astype(str)}) for _ in "123")
    profile = profile_of(before)
    assert profile.columns["tail"].labels[-1] == REST
    assert 20 < len(profile.columns["tail"].labels) < 201
    assert not drift_from_profile(profile, now).drifted
    other.loc[:3000, "tail"] = "2999"
    assert [one.column for one in drift_from_profile(profile, other).drifted_columns] == ["tail"]


def test_a_distance_at_the_points_is_no_larger_than_the_exact_one_and_near_it() -> None:
    random = np.random.default_rng(0)
    for by in (0.0, 0.1, 0.5):
        before, now = pd.DataFrame({"x": random.normal(size=5000)}), pd.DataFrame({"x": random.normal(by, 1, 5000)})
        exact = drift_between(before, now)["x"].value
        near = drift_from_profile(profile_of(before), now)["x"].value
        assert exact - 1 / 64 <= near <= exact + 1e-9


PARTS = st.lists(st.lists(st.integers(-50, 50), min_size=1, max_size=60), min_size=2, max_size=4)


@given(PARTS)
def test_few_values_merge_exactly_and_in_any_order(parts: list[list[int]]) -> None:
    def joined(order: list[list[int]]) -> Profile:
        profile = profile_of({"a": np.array(order[0]), "b": np.array(order[0]).astype(str)})
        for part in order[1:]:
            profile = merged(profile, profile_of({"a": np.array(part), "b": np.array(part).astype(str)}))
        return profile

    every = np.array([value for part in parts for value in part])
    whole = profile_of({"a": every, "b": every.astype(str)})
    for found in (joined(parts), joined(parts[::-1])):
        assert found.rows == whole.rows
        for one, other in ((found.columns["b"], whole.columns["b"]),):
            assert dict(zip(one.labels, one.counts, strict=True)) == dict(zip(other.labels, other.counts, strict=True))
        if len(set(every.tolist())) <= 64:
            assert found.columns["a"].points == whole.columns["a"].points
            assert found.columns["a"].counts == whole.columns["a"].counts


def test_many_values_merge_nearly() -> None:
    random = np.random.default_rng(0)
    months = [random.normal(at, 1, 4000) for at in range(4)]
    profile = profile_of({"x": months[0]})
    for month in months[1:]:
        profile = merged(profile, profile_of({"x": month}))
    found = profile.columns["x"]
    shares = np.cumsum(found.counts) / sum(found.counts)
    exact = np.searchsorted(np.sort(np.concatenate(months)), found.points, side="right") / 16_000
    assert np.abs(shares - exact).max() < 0.02


def test_a_target_may_be_missing_and_a_time_may_come() -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=500), "y": random.normal(size=500)})
    profile = profile_of(frame, target="y")
    assert not drift_from_profile(profile, frame[["a"]]).drifted
    frame["y"] += 2
    assert [one.role for one in drift_from_profile(profile, frame).drifted_columns] == ["target"]


def test_no_rows_and_nothing_known() -> None:
    profile = profile_of(pd.DataFrame({"a": pd.Series([], dtype=float), "b": pd.Series([], dtype=object)}))
    assert not drift_from_profile(profile, {"a": [1.0] * 50, "b": ["x"] * 50}).drifted


def test_infinite_numbers_are_kept_as_json_knows_them() -> None:
    frame = pd.DataFrame({"a": [np.inf, -np.inf, *np.random.default_rng(0).normal(size=998)]})
    profile = profile_of(frame)
    assert Profile.from_json(json.loads(json.dumps(profile.to_json(), allow_nan=False))) == profile
    assert found_in(drift_from_profile(profile, frame)) == set()


def test_large_numbers_that_are_near_each_other_stay_apart() -> None:
    random = np.random.default_rng(0)
    before, now = ({"id": 1e9 + random.integers(0, 10, 2000), "at": 1e12 + random.normal(size=2000)} for _ in range(2))
    assert found_in(drift_from_profile(profile_of(before), now)) == set()
    assert found_in(drift_from_profile(profile_of(before), {**now, "at": now["at"] + 0.5})) == {"at"}
