"""What columns do together that no pair shows: found where a classifier is asked, with the right columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from test_drift_doors import command

import nbmlops
from nbmlops.measures.drift.classifier import told_apart
from nbmlops.measures.intervals import delong

if TYPE_CHECKING:
    from pathlib import Path


def unchanged(random: np.random.Generator, rows: int) -> pd.DataFrame:
    x = random.normal(size=rows)
    return pd.DataFrame(
        {
            "a": x,
            "b": x + random.normal(size=rows),
            "c": random.standard_cauchy(rows),
            "label": random.choice(list("abcd"), rows),
            "code": random.poisson(2, rows),
            "part": np.where(random.random(rows) < 0.1, np.nan, random.random(rows)),
        }
    )


def sides(seed: int, rows: int = 3000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three columns whose signs are free before; later the third is the product: every pair is as it was."""
    random = np.random.default_rng(seed)
    before, now = (pd.DataFrame(random.normal(size=(rows, 5)), columns=list("xyzuv")) for _ in "12")
    now["z"] = now["z"].abs() * np.sign(now["x"] * now["y"])
    return before, now


@pytest.mark.parametrize("seed", range(5))
def test_three_columns_that_hang_together_are_found_and_named(seed: int) -> None:
    before, now = sides(seed)
    assert not nbmlops.drift(before, now).drifted
    found = nbmlops.drift(before, now, classifier=True)
    assert [(one.kind, one.columns) for one in found.joint] == [("joint", ("x", "y", "z"))]
    assert not found.drifted_columns
    assert found.to_json() == nbmlops.drift(before, now, classifier=True).to_json()


def test_labels_of_three_columns_are_found_too() -> None:
    random = np.random.default_rng(0)
    before, now = (pd.DataFrame(random.integers(0, 2, (2000, 3)), columns=list("xyz")) for _ in "12")
    now["z"] = now["x"] ^ now["y"]
    before, now = (
        side.apply(lambda column: column.map({0: f"{column.name} no", 1: f"{column.name} yes"}))
        for side in (before, now)
    )
    assert not nbmlops.drift(before, now).drifted
    assert [one.columns for one in nbmlops.drift(before, now, classifier=True).joint] == [("x", "y", "z")]


@pytest.mark.parametrize("seed", range(100))
def test_where_nothing_has_changed_it_is_quiet(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, now = unchanged(random, 400), unchanged(random, 250)
    assert not nbmlops.drift(before, now, classifier=True).drifted


def test_columns_that_are_found_already_are_left_out() -> None:
    before, now = sides(0)
    before["moved"], now["moved"] = before["u"], now["u"] + 1
    found = nbmlops.drift(before.drop(columns="z"), now.drop(columns="z"), classifier=True)
    assert [one.column for one in found.drifted_columns] == ["moved"]
    assert found.joint == ()


def test_too_little_is_said() -> None:
    before, now = sides(0, 150)
    assert nbmlops.drift(before, now, classifier=True).notes == ("too little for a classifier: 150 rows",)
    before, now = sides(0, 400)
    alone = nbmlops.drift(before[["x"]], now[["x"]], classifier=True)
    assert alone.notes == ("too little for a classifier: fewer than two columns are left",)


def test_values_that_are_infinite_or_all_the_same_do_no_harm() -> None:
    before, now = (np.random.default_rng(seed).normal(size=(500, 3)) for seed in (1, 2))
    before[3, 0] = now[4, 0] = np.inf
    before[:, 1] = now[:, 1] = 7.0
    before[:, 2] = now[:, 2] = np.nan
    assert told_apart(before, now, ["a", "b", "c"], [False] * 3) is None


def area_under_curve(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """Return the area and its variance, 0 where that is not known, as a fold takes them."""
    area, error = delong(np.repeat([True, False], [len(positive), len(negative)]), np.concatenate([positive, negative]))
    return area, np.nan_to_num(error) ** 2


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=60),
    st.lists(st.integers(-3, 3), min_size=1, max_size=60),
)
def test_the_area_is_that_of_scikit_learn_with_ties(positive: list[int], negative: list[int]) -> None:
    truth = [1] * len(positive) + [0] * len(negative)
    auc, variance = area_under_curve(np.array(positive, float), np.array(negative, float))
    assert abs(auc - roc_auc_score(truth, [*positive, *negative])) < 1e-9
    assert variance >= 0


def test_the_variance_is_that_of_repetitions() -> None:
    random = np.random.default_rng(0)
    drawn = [area_under_curve(random.normal(0.3, 1, 200), random.normal(size=300)) for _ in range(400)]
    assert np.mean([one[1] for one in drawn]) == pytest.approx(np.var([one[0] for one in drawn]), rel=0.2)


def test_the_command_asks_for_it(tmp_path: Path) -> None:
    before, now = sides(1)
    before.to_csv(tmp_path / "may.csv", index=False)
    now.to_csv(tmp_path / "june.csv", index=False)
    done = command("drift", "may.csv", "june.csv", "--classifier", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["joint"][0]["columns"] == ["x", "y", "z"]
