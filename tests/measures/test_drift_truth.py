"""On data whose truth is known every drift is found in the right column, and nothing else is."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from drift_cases_of_rows import CASES

from nbmlops.measures.drift import Drift, drift_between
from nbmlops.measures.drift.comparing import Roles

# all five are run in CI; two, so that the whole suite stays below a quarter of an hour, wherever it is run
SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3, 4))]


def found_in(drift: Drift) -> set[str]:
    columns = {one.column for one in drift.drifted_columns} | {one.column for one in drift.schema}
    together = {"+".join(one.columns) for one in drift.joint}
    return columns | together | ({"concept"} if drift.concept else set())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", CASES)
def test_every_drift_is_found_in_the_right_column_and_nothing_else(name: str, seed: int) -> None:
    before, now, options, truth = CASES[name](np.random.default_rng([seed, zlib.crc32(name.encode())]))
    drift = drift_between(before, now, Roles(**options))
    assert found_in(drift) == truth, drift.to_json()["schema"]
    assert drift.drifted == bool(truth)
