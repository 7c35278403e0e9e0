"""Champion and challenger: metrics are scikit-learn's, intervals cover, equal models differ by nothing at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn import metrics as sk
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

import nbmlops
from nbmlops.errors import InvalidInput, NotFound
from nbmlops.validation.bootstrap import draws
from nbmlops.validation.challenging import challenge_models
from nbmlops.validation.metrics import METRICS, metric_named


class Says:
    """A model that says what it was told to, row by row: the row is its number."""

    def __init__(self, values) -> None:
        self.values = np.asarray(values)
        self.classes_ = np.array([0, 1])

    def predict(self, rows):
        return self.values[np.asarray(rows)[:, 0]]

    def predict_proba(self, rows):
        positive = self.predict(rows)
        return np.column_stack([1 - positive, positive])


def numbered(rows: int):
    return np.arange(rows).reshape(-1, 1)


SCIKIT = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "brier": sk.brier_score_loss,
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "f1": sk.f1_score,
    "precision": lambda y, p, **more: sk.precision_score(y, p, zero_division=0, **more),
    "recall": sk.recall_score,
    "f1_macro": lambda y, p, **more: sk.f1_score(y, p, average="macro", **more),
    "r2": sk.r2_score,
    "mae": sk.mean_absolute_error,
    "mse": sk.mean_squared_error,
    "rmse": sk.root_mean_squared_error,
}


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(SCIKIT)), seed=st.integers(0, 10_000), rows=st.integers(4, 60), ties=st.booleans())
def test_a_metric_of_a_draw_is_scikit_learns_of_the_drawn_rows(name: str, seed: int, rows: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    metric = metric_named(name)
    truth = rng.integers(0, 2, rows)
    truth[:2] = 0, 1
    said = {"labels": rng.integers(0, 2, rows), "values": rng.normal(size=rows)}.get(metric.needs, rng.random(rows))
    if metric.needs == "scores" and ties:
        said = said.round(1)
    if metric.needs == "values":
        truth = rng.normal(size=rows) + 1000
    counts = next(draws(np.zeros(rows, dtype=int) if metric.needs == "values" else truth, 3, seed))
    given_truth = truth.astype(bool) if metric.of_positive else truth
    given_said = said.astype(bool) if metric.of_positive and metric.needs == "labels" else said
    found = metric.make(given_truth, given_said)(counts)
    for one, drawn in zip(found, counts, strict=True):
        at = np.repeat(np.arange(rows), drawn)
        if metric.needs == "values" and len(set(at)) < 2:
            continue
        assert one == pytest.approx(SCIKIT[name](truth[at], said[at]), rel=1e-6, abs=1e-9)


def test_log_loss_is_scikit_learns_for_several_classes() -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(300, 3))
    y = np.array(["a", "b", "c"])[np.argmax(data + rng.normal(size=data.shape), axis=1)]
    model = LogisticRegression().fit(data, y)
    dull = DummyClassifier().fit(data, y)
    found = challenge_models(dull, model, data, y, metric="log_loss", repeats=50)
    assert found.challenger == pytest.approx(sk.log_loss(y, model.predict_proba(data)))
    assert found.champion == pytest.approx(sk.log_loss(y, dull.predict_proba(data)))
    assert found.difference > 0  # lower is better, and above zero is better
    assert found.low > 0
    assert found.better == 1.0


@pytest.mark.parametrize("name", sorted(METRICS))
def test_equal_models_differ_by_exactly_nothing(name: str) -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 200)
    values = (
        rng.random(200) if METRICS[name].needs in ("scores", "probabilities", "values") else rng.integers(0, 2, 200)
    )
    found = challenge_models(Says(values), Says(values), numbered(200), y, metric=name, repeats=100)
    assert (found.difference, found.low, found.high, found.better) == (0.0, 0.0, 0.0, 0.0)


def test_a_planted_difference_is_inside_of_the_interval() -> None:
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 4000)
    worse, better = y.copy(), y.copy()
    worse[rng.choice(4000, 1200, replace=False)] ^= 1  # right in 70 %
    better[rng.choice(4000, 1000, replace=False)] ^= 1  # right in 75 %
    found = challenge_models(Says(worse), Says(better), numbered(4000), y, metric="accuracy")
    assert found.difference == pytest.approx(0.05)
    assert found.low < 0.05 < found.high
    assert found.low > 0
    again = challenge_models(Says(worse), Says(better), numbered(4000), y, metric="accuracy")
    assert again == found  # the same seed, the same draws
    # the wider the confidence, the wider the interval
    wide = challenge_models(Says(worse), Says(better), numbered(4000), y, metric="accuracy", confidence=0.99)
    assert wide.low < found.low < found.high < wide.high


@pytest.mark.parametrize(("metric", "true"), [("accuracy", 0.05), ("roc_auc", None), ("mae", None)])
def test_the_interval_covers_about_as_often_as_it_says(metric: str, true: float | None) -> None:
    """The true difference is that of very many rows; of 200 samples about 90 % hold it (binomial: 83 to 96 %)."""

    def sample(rows: int, rng):
        y = rng.integers(0, 2, rows)
        common = rng.normal(size=rows)
        sides = [y * gain + common + 0.5 * rng.normal(size=rows) for gain in (0.8, 1.0)]
        if metric == "accuracy":
            sides = [(np.where(rng.random(rows) < right, y, 1 - y)) for right in (0.70, 0.75)]
        return y, sides

    def judged(y, sides, **options):
        scores = [Scores(side) if metric == "roc_auc" else Says(side) for side in sides]
        return challenge_models(*scores, numbered(len(y)), y, metric=metric, **options)

    rng = np.random.default_rng(3)
    truth = true if true is not None else judged(*sample(400_000, rng), repeats=1).difference
    inside = 0
    for _ in range(200):
        found = judged(*sample(300, rng), repeats=300, confidence=0.9, seed=int(rng.integers(1 << 30)))
        inside += found.low <= truth <= found.high
    assert 0.83 <= inside / 200 <= 0.96


class Scores(Says):
    """Has scores, and no probabilities."""

    predict_proba = property()  # type: ignore[assignment]

    def decision_function(self, rows):
        return self.values[np.asarray(rows)[:, 0]]


def test_draws_keep_the_classes_and_come_again_by_their_seed() -> None:
    strata = np.array([0] * 30 + [1] * 3)
    first = np.concatenate(list(draws(strata, 50, seed=5)))
    assert (first[:, :30].sum(axis=1) == 30).all()
    assert (first[:, 30:].sum(axis=1) == 3).all()
    assert (first == np.concatenate(list(draws(strata, 50, seed=5)))).all()
    assert not (first == np.concatenate(list(draws(strata, 50, seed=6)))).all()


def test_each_model_takes_its_own_columns_and_what_is_missing_is_said() -> None:
    rng = np.random.default_rng(4)
    data = pd.DataFrame(rng.normal(size=(200, 3)), columns=["a", "b", "c"])
    y = (data["a"] + data["c"] + rng.normal(size=200) > 0).map({True: "late", False: "punctual"})
    old, new = LogisticRegression().fit(data[["a"]], y), LinearSVC().fit(data[["c", "a"]], y)
    found = challenge_models(old, new, data, y)
    assert found.champion == pytest.approx(sk.roc_auc_score(y == "punctual", old.decision_function(data[["a"]])))
    assert found.challenger == pytest.approx(sk.roc_auc_score(y == "punctual", new.decision_function(data[["c", "a"]])))
    assert challenge_models(old, new, data, y, positive="late").challenger == pytest.approx(found.challenger)
    with pytest.raises(InvalidInput, match="X lacks c"):
        challenge_models(old, new, data[["a", "b"]], y)


def test_what_cannot_be_judged_is_said() -> None:
    data, y = numbered(10), np.array([0, 1] * 5)
    model = Says(y)
    for options, said in (
        ({"metric": "roc_au"}, "roc_auc"),
        ({"confidence": 95}, "share between 0 and 1"),
        ({"repeats": 0}, "say nothing"),
        ({"metric": "accuracy", "lower": True}, "higher where it is better"),
        ({"metric": 3}, "name or a function"),
        ({"metric": "f1", "positive": 7}, "no row of y is 7"),
    ):
        with pytest.raises(InvalidInput, match=said):
            challenge_models(model, model, data, y, **options)
    with pytest.raises(InvalidInput, match="one value for each row"):
        challenge_models(model, model, data, y[:-1])
    with pytest.raises(InvalidInput, match="of the class 1"):
        challenge_models(model, model, data, np.ones(10, dtype=int))
    with pytest.raises(InvalidInput, match="two classes"):
        challenge_models(model, model, data, np.arange(10) % 3)
    with pytest.raises(InvalidInput, match="has no predict_proba"):
        challenge_models(None, LinearRegression(), data, y, metric="brier")


def test_values_that_are_missing_or_no_numbers_are_said() -> None:
    data, y = numbered(10), np.arange(10.0)
    good, broken = Says(y), Says(np.where(y == 3, np.nan, y))
    for models, values, metric, said in (
        ((good, broken), y, "mae", "mae of the challenger is nan on these rows"),
        ((broken, good), y, "mae", "mae of the champion is nan on these rows"),
        ((good, good), np.ones(10), "r2", "r2 of the champion is nan on these rows"),
        ((good, good), np.where(y == 3, np.nan, y), "mae", "1 of 10 values of y are missing"),
        ((good, good), ["a", None] * 5, "accuracy", "5 of 10 values of y are missing"),
        ((good, good), ["a", "b"] * 5, "mae", "mae is for numbers, and y holds"),
        ((good, Says(["a"] * 10)), y, "mae", "mae is for numbers, and Says answers"),
    ):
        with pytest.raises(InvalidInput, match=said):
            challenge_models(*models, data, values, metric=metric)


def test_draws_without_a_value_count_for_neither_side() -> None:
    y = np.array([0.0] * 9 + [1.0])  # about a third of the draws lack the one, and have no r2 then
    better, worse = Says(y), Says(np.where(y == 1, 0.9, 0.1))
    found = challenge_models(worse, better, numbered(10), y, metric="r2", repeats=300)
    assert found.better == 1.0
    assert 0 < found.low <= found.high


def test_a_small_difference_has_an_interval_and_a_sparse_matrix_has_rows() -> None:
    rng = np.random.default_rng(7)
    y = rng.normal(size=200) * 1e-7
    found = challenge_models(Says(y + 2e-7), Says(y + 1e-7 * rng.random(200)), numbered(200), y, metric="mse")
    assert 0 < found.low < found.difference < found.high < 1e-12
    sparse = csr_matrix(rng.normal(size=(60, 3)))
    labels = (sparse[:, [0]].toarray().ravel() > 0).astype(int)
    model = LogisticRegression().fit(sparse, labels)
    dense = challenge_models(None, model, sparse.toarray(), labels)
    assert challenge_models(None, model, sparse, labels) == dense


def test_a_function_judges_a_y_that_is_all_alike() -> None:
    y = np.ones(20)
    found = challenge_models(Says(y + 0.5), Says(y + 0.1), numbered(20), y, metric=sk.mean_absolute_error, repeats=20)
    assert found.difference == pytest.approx(0.4)


def test_a_function_is_a_metric_too() -> None:
    rng = np.random.default_rng(5)
    y = rng.normal(size=60)

    def worst_error(truth, said):
        return float(abs(truth - said).max())

    good, bad = Says(y + 0.1), Says(y + 1.0)
    found = challenge_models(bad, good, numbered(60), y, metric=worst_error, repeats=40)
    assert found.metric == "worst_error"
    assert found.difference == pytest.approx(0.9)  # "error" in its name: lower is better
    assert challenge_models(bad, good, numbered(60), y, metric=worst_error, repeats=9, lower=False).difference < 0


@pytest.fixture
def trained(workspace):
    rng = np.random.default_rng(6)
    data = pd.DataFrame(rng.normal(size=(500, 2)), columns=["a", "b"])
    y = ((data["a"] + 0.5 * data["b"] + rng.normal(size=500)) > 0).astype(int)
    return data, y, LogisticRegression().fit(data[["a"]], y), LogisticRegression().fit(data, y)


def test_the_open_run_knows_the_challenge_and_the_first_model_has_nobody_to_beat(workspace, trained) -> None:
    data, y, old, new = trained
    with nbmlops.track("first"):
        found = nbmlops.challenge("delay@champion", old, data, y)
    assert found.champion is None
    assert "no champion yet" in str(found)
    assert list(workspace.runs.get("first").metrics) == ["challenge.challenger"]
    nbmlops.register(old, "delay@champion")
    with nbmlops.track("second"):
        found = nbmlops.challenge("delay@champion", new, data, y)
    run = workspace.runs.get("second")
    assert run.metrics == {
        "challenge.champion": found.champion,
        "challenge.challenger": found.challenger,
        "challenge.difference": found.difference,
        "challenge.low": found.low,
        "challenge.high": found.high,
        "challenge.better": found.better,
    }
    assert run.params == {"challenge.against": "delay@champion", "challenge.metric": "roc_auc"}
    assert found.low > 0
    with pytest.raises(NotFound):
        nbmlops.challenge("delay@7", new, data, y)
