"""Performance: metrics are scikit-learn's, on all rows and on each part; intervals cover about as often as they say."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from nbmlops.errors import InvalidInput
from nbmlops.measures.performance import performance_of


def two_classes(seed: int, rows: int):
    rng = np.random.default_rng(seed)
    probability = rng.beta(2, 3, rows)
    truth = (rng.random(rows) < probability).astype(int)
    truth[:2] = 0, 1
    return truth, probability


def scikit(truth, said, probability) -> dict[str, float]:
    return {
        "accuracy": sk.accuracy_score(truth, said),
        "f1": sk.f1_score(truth, said),
        "precision": sk.precision_score(truth, said, zero_division=np.nan),
        "recall": sk.recall_score(truth, said),
        "roc_auc": sk.roc_auc_score(truth, probability),
        "log_loss": sk.log_loss(truth, probability),
        "brier": sk.brier_score_loss(truth, probability),
    }


def values(part) -> dict[str, float]:
    return {name: np.nan if one.value is None else one.value for name, one in part.scores.items()}


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(10, 200))
def test_metrics_of_labels_and_probabilities_are_scikit_learns(seed: int, rows: int) -> None:
    truth, probability = two_classes(seed, rows)
    said = (probability >= 0.5).astype(int)
    found = performance_of(truth, said, probability, repeats=20)
    assert values(found.whole) == pytest.approx(scikit(truth, said, probability), abs=1e-9, nan_ok=True)
    # labels are made of probabilities where there are none, and two columns say the same
    assert performance_of(truth, None, np.column_stack([1 - probability, probability]), repeats=20) == found
    assert performance_of(pl.Series(truth), probability=pd.Series(probability), repeats=20) == found


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(5, 200), far=st.sampled_from([0.0, 1e6]))
def test_metrics_of_amounts_and_of_several_classes_are_scikit_learns(seed: int, rows: int, far: float) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.normal(far, 2, rows)
    said = truth + rng.normal(0.1, 1, rows)
    expected = {
        "mae": sk.mean_absolute_error(truth, said),
        "rmse": sk.root_mean_squared_error(truth, said),
        "r2": sk.r2_score(truth, said),
    }
    assert values(performance_of(truth, said).whole) == pytest.approx(expected, rel=1e-6, abs=1e-6)
    truth, said = rng.choice(list("abc"), (2, rows + 30))
    expected = {
        "accuracy": sk.accuracy_score(truth, said),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, said),
        "f1_macro": sk.f1_score(truth, said, average="macro"),
    }
    assert values(performance_of(truth, said, repeats=20).whole) == pytest.approx(expected, abs=1e-9)


def test_each_window_and_slice_is_judged_on_its_rows_in_order() -> None:
    truth, probability = two_classes(1, 900)
    days = pd.Series(pd.date_range("2013-01-15", periods=900, freq="2h").to_numpy()).sample(frac=1, random_state=0)
    months = days.dt.to_period("M")
    origin = np.random.default_rng(2).choice(["EWR", "JFK"], 900)
    found = performance_of(truth, None, probability, windows=months, slices=pd.DataFrame({"origin": origin}))
    assert [part.name for part in found.windows] == [f"window = 2013-0{at}" for at in (1, 2, 3)]
    assert [part.values for part in found.slices] == [{"origin": "EWR"}, {"origin": "JFK"}]
    assert sum(part.rows for part in found.windows) == sum(part.rows for part in found.slices) == 900
    said = (probability >= 0.5).astype(int)
    for part, rows in zip(found.windows, [(months == f"2013-0{at}").to_numpy() for at in (1, 2, 3)], strict=True):
        expected = scikit(truth[rows], said[rows], probability[rows])
        assert values(part) == pytest.approx(expected, abs=1e-9)
        assert part.rows == rows.sum()
    assert json.loads(json.dumps(found.to_json()))["whole"]["scores"]["accuracy"]["interval"] == "Wilson 1927"


def test_rows_without_truth_are_left_out_and_counted() -> None:
    truth, probability = two_classes(3, 100)
    known = [None if at % 4 == 0 else int(one) for at, one in enumerate(truth)]
    found = performance_of(known, None, probability, windows=np.arange(100) // 50)
    rows = np.arange(100) % 4 != 0
    assert (found.rows, found.unlabelled) == (75, 25)
    expected = scikit(truth[rows], (probability >= 0.5).astype(int)[rows], probability[rows])
    assert values(found.whole) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["accuracy", "f1", "precision", "recall", "roc_auc", "log_loss", "brier"])
def test_intervals_of_labels_cover_about_as_often_as_they_say(name: str) -> None:
    """Of 200 samples about 90 % hold what very many rows give (binomial: 83 to 96 %)."""
    truth, probability = two_classes(4, 400_000)
    true = performance_of(truth, None, probability, metrics=[name], repeats=1).whole.scores[name].value
    inside = 0
    for seed in range(200):
        truth, probability = two_classes(1000 + seed, 250)
        score = performance_of(truth, None, probability, metrics=[name], repeats=300, confidence=0.9).whole.scores[name]
        inside += score.low <= true <= score.high
    assert 0.83 <= inside / 200 <= 0.96


@pytest.mark.parametrize("name", ["mae", "rmse", "r2"])
def test_intervals_of_amounts_cover_about_as_often_as_they_say(name: str) -> None:
    rng = np.random.default_rng(5)

    def sample(rows: int):
        truth = rng.normal(0, 2, rows)
        return truth, truth + rng.normal(0, 1, rows) * (1 + 0.3 * np.abs(truth))

    true = performance_of(*sample(400_000), metrics=[name]).whole.scores[name].value
    inside = 0
    for _ in range(200):
        score = performance_of(*sample(250), metrics=[name], confidence=0.9).whole.scores[name]
        inside += score.low <= true <= score.high
    assert 0.83 <= inside / 200 <= 0.96


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_only_is_an_answer(label: int) -> None:
    found = performance_of([label] * 4, [label] * 4, [0.2, 0.4, 0.1, 0.3]).whole.scores
    assert found["accuracy"].value == 1.0
    assert found["roc_auc"].value is None
    assert found["log_loss"].value == pytest.approx(sk.log_loss([label] * 4, [0.2, 0.4, 0.1, 0.3], labels=[0, 1]))
    assert (found["f1"].value, found["recall"].value) == ((1.0, 1.0) if label else (None, None))
    alike = performance_of([2.5] * 4, [2.5, 2.5, 2.0, 3.0], task="regression").whole.scores
    assert alike["r2"].value is None
    assert performance_of([1], [1]).whole.scores["accuracy"].value == 1.0


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        (([], []), {}, "there are no rows"),
        (([1, 0], None), {}, "nothing that was predicted"),
        (([1, 0], [1]), {}, "one value for each row"),
        (([1, 0], [1, 0]), {"windows": [1]}, "windows 1"),
        (([1, 0], [1, 0]), {"slices": {"g": [1]}}, "'g' 1"),
        (([None, None], [1, 0]), {}, "no row has a truth"),
        (([1, 0], [1, None]), {}, "1 predictions are missing"),
        (([1.5, 2.5], [1, None]), {}, "1 predictions are missing"),
        (([1.5, np.inf], [1.0, 2.0]), {}, "infinite"),
        (([1, 0], None, [0.5, np.inf]), {}, "infinite"),
        (([1, 0], None, [0.5, 2.5]), {}, "between 0 and 1"),
        (([1, 0], None, [0.5, np.nan]), {}, "1 probabilities are missing"),
        (([1, 0, 2], None, np.ones((3, 3)) / 3), {}, "of several labels"),
        (([1, 0, 2], None, [0.1, 0.2, 0.3]), {}, "which one counts"),
        (([1, 0], [1, 0]), {"metrics": ["auc"]}, "no metric 'auc'"),
        (([1, 0], [1, 0]), {"confidence": 1}, "confidence"),
    ],
)
def test_what_cannot_be_used_is_said(given, options, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        performance_of(*given, **options)
    assert words in str(error.value)
