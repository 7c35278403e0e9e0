"""Estimates without labels: near the truth where inputs change, blind to a change of what they mean, as they say."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.special import expit
from sklearn import metrics as sk

from nbmlops.errors import InvalidInput
from nbmlops.measures.performance import estimate_performance
from nbmlops.measures.performance.calibration import binned, calibration_of, calibrator
from nbmlops.measures.performance.cbpe import Expected

SAID = {
    "as they are": expit,
    "too sure": lambda odds: expit(2 * odds + 0.7),
    "cubed": lambda odds: expit(odds) ** 3,
}


def late(seed: int, rows: int, shift: float, said="as they are", means: float = 1.0):
    """Flights whose odds of being late are known; ``means`` is what the odds have to do with being late."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(shift, 1.5, rows)
    truth = (rng.random(rows) < expit(means * odds)).astype(int)
    return pd.DataFrame({"late": truth, "chance": SAID[said](odds)})


def scikit(frame) -> dict[str, float]:
    truth, said = frame.late, frame.chance >= 0.5
    return {
        "accuracy": sk.accuracy_score(truth, said),
        "f1": sk.f1_score(truth, said),
        "precision": sk.precision_score(truth, said),
        "recall": sk.recall_score(truth, said),
        "roc_auc": sk.roc_auc_score(truth, frame.chance),
        "log_loss": sk.log_loss(truth, frame.chance),
        "brier": sk.brier_score_loss(truth, frame.chance),
    }


def test_what_is_expected_is_the_mean_over_labels_by_hand() -> None:
    rng = np.random.default_rng(0)
    known = late(0, 3000, 0)
    expected = Expected(known.late.to_numpy() == 1, known.chance.to_numpy(), 0.95, 0)
    assert expected.kind == "none"
    chance = rng.random(40).round(2)
    said = chance >= 0.4
    names = ("accuracy", "f1", "precision", "recall", "roc_auc", "log_loss", "brier")
    found = {name: one.value for name, one in expected.scores(names, said, chance).items()}
    right, wrong, missed = (chance * said).sum(), ((1 - chance) * said).sum(), (chance * ~said).sum()
    pairs = chance[:, None] * (1 - chance)
    order = (chance[:, None] > chance) + 0.5 * (chance[:, None] == chance)
    sure = np.clip(chance, np.finfo(float).eps, 1 - np.finfo(float).eps)
    assert found == pytest.approx(
        {
            "accuracy": np.where(said, chance, 1 - chance).mean(),
            "f1": 2 * right / (2 * right + wrong + missed),
            "precision": right / (right + wrong),
            "recall": right / (right + missed),
            "roc_auc": (pairs * order).sum() / pairs.sum(),
            "log_loss": -(chance * np.log(sure) + (1 - chance) * np.log(1 - sure)).mean(),
            "brier": (chance * (1 - chance) ** 2 + (1 - chance) * chance**2).mean(),
        },
        abs=1e-9,
    )


@pytest.mark.parametrize("said", SAID)
def test_where_inputs_change_the_estimate_is_near_the_truth(said: str) -> None:
    """Of 8 data sets at least 6 hold each metric of the labels at 95 % (binomial: fewer in one of 170)."""
    inside = dict.fromkeys(scikit(late(0, 100, 0)), 0)
    nearer = 0
    for seed in range(8):
        before, after = late(seed, 3000, 0, said), late(100 + seed, 2000, 1.5, said)
        found = estimate_performance(before, after[["chance"]], truth="late", probability="chance", seed=seed)
        assert found.method == "CBPE"
        assert said == "as they are" or found.calibration != "none"
        truth = scikit(after)
        assert found.reference == pytest.approx(scikit(before), abs=1e-9)
        for name, score in found.whole.scores.items():
            inside[name] += score.low <= truth[name] <= score.high
            assert score.low <= score.value <= score.high
        known = found.reference["f1"]
        nearer += abs(found.whole.scores["f1"].value - truth["f1"]) < abs(known - truth["f1"])
    assert min(inside.values()) >= 6, inside
    assert nearer == 8


def test_a_change_of_what_inputs_mean_is_not_seen_and_the_record_says_so() -> None:
    before, after = late(1, 4000, 0), late(2, 4000, 0, means=-0.2)
    found = estimate_performance(before, after, truth="late", probability="chance")
    score, truth = found.whole.scores["accuracy"], scikit(after)["accuracy"]
    assert score.low - truth > 0.2  # far off, by design
    assert "p(y|x)" in found.limits
    assert found.limits in str(found)
    assert json.loads(json.dumps(found.to_json()))["limits"] == found.limits


def test_calibration_is_done_where_it_is_needed_and_makes_probabilities_true() -> None:
    kinds = []
    for seed in range(12):
        known = late(seed, 2000, 0)
        kinds.append(calibration_of(known.late.to_numpy() == 1, known.chance.to_numpy(), seed))
    assert kinds.count("none") >= 9  # each is disturbed by chance in one of twenty, by one of two tests
    steps = np.random.default_rng(0).random(20_000)
    true = np.select([steps < 0.3, steps < 0.6], [0.1, 0.7], 0.4)  # no smooth curve
    truth = np.random.default_rng(1).random(20_000) < true
    assert calibration_of(truth, steps, 0) == "isotonic"
    rising = np.sort(true)
    truth = np.random.default_rng(2).random(20_000) < rising
    ordered = np.sort(steps)
    rows = binned(truth, ordered)
    found = calibrator("isotonic", rows, rows.positive, rows.negative)(ordered)
    assert np.abs(found - rising).mean() < 0.02


def amounts(seed: int, rows: int, shift: float, noise: float = 1.0):
    rng = np.random.default_rng(seed)
    distance, origin = rng.normal(shift, 1, rows), rng.choice(["EWR", "JFK"], rows)
    spread = noise * (0.5 + np.abs(distance) + (origin == "EWR"))
    truth = 2 * distance + rng.normal(size=rows) * spread
    return pd.DataFrame({"delay": truth, "said": 2 * distance, "distance": distance, "origin": origin})


def test_errors_of_amounts_are_estimated_where_inputs_change_and_a_change_of_meaning_is_not_seen() -> None:
    inside = dict.fromkeys(("mae", "rmse"), 0)
    for seed in range(4):
        before, after = amounts(seed, 2000, 0), amounts(50 + seed, 2000, 1)
        found = estimate_performance(
            before, after.drop(columns="delay"), truth="delay", prediction="said", metrics=["mae", "rmse"], seed=seed
        )
        truth = {
            "mae": sk.mean_absolute_error(after.delay, after.said),
            "rmse": sk.root_mean_squared_error(after.delay, after.said),
        }
        for name, score in found.whole.scores.items():
            inside[name] += score.low <= truth[name] <= score.high
            assert abs(score.value - truth[name]) < abs(found.reference[name] - truth[name])
    assert found.method == "DLE"
    assert min(inside.values()) >= 3, inside
    other = amounts(99, 2000, 0, noise=3)
    blind = estimate_performance(before, other, truth="delay", prediction="said", metrics=["mae"])
    assert blind.whole.scores["mae"].high < 0.6 * sk.mean_absolute_error(other.delay, other.said)
    assert "p(y|x)" in blind.limits


def test_windows_are_estimated_each_and_every_library_gives_the_same() -> None:
    before = late(3, 2000, 0)
    after = pd.concat([late(at, 800, at, "as they are").assign(month=at) for at in (1, 2)])
    found = estimate_performance(before, after, truth="late", probability="chance", window="month", metrics=["f1"])
    assert [part.name for part in found.windows] == ["month = 1", "month = 2"]
    for at, part in enumerate(found.windows, start=1):
        score = part.scores["f1"]
        assert score.low <= scikit(after[after.month == at])["f1"] <= score.high
    options = {"truth": "late", "probability": "chance", "window": "month", "metrics": ["f1"]}
    again = estimate_performance(pl.from_pandas(before), pl.from_pandas(after), **options)
    assert again == found
    # labels of two words, rows of the reference that have none yet, and a column of predictions
    words = before.assign(
        late=np.where(before.late == 1, "yes", "no"), said=np.where(before.chance >= 0.5, "yes", "no")
    )
    words.loc[:9, "late"] = None
    now = after.assign(said=np.where(after.chance >= 0.5, "yes", "no"))
    named = estimate_performance(words, now, truth="late", prediction="said", probability="chance", metrics=["f1"])
    assert (named.positive, named.reference_rows) == ("yes", 1990)
    assert named.whole.scores["f1"].value == pytest.approx(found.whole.scores["f1"].value, abs=0.02)


@pytest.mark.parametrize(
    ("before", "after", "options", "words"),
    [
        ({"y": [], "p": []}, {"p": [0.5]}, {"probability": "p"}, "there are no rows"),
        ({"y": [0, 1] * 50, "p": [0.5] * 100}, {"p": []}, {"probability": "p"}, "there are no rows"),
        ({"y": [0, 1] * 50, "p": [0.5] * 99}, {"p": [0.5]}, {"probability": "p"}, "one value for each row"),
        ({"y": [0, 1] * 50, "p": [0.5] * 100}, {"q": [0.5]}, {"probability": "p"}, "current has no column 'p'"),
        ({"y": [1] * 100, "p": [0.5] * 100}, {"p": [0.5]}, {"probability": "p"}, "the rarer label"),
        ({"y": [None] * 9, "p": [0.5] * 9}, {"p": [0.5]}, {"probability": "p"}, "no row has a truth"),
        ({"y": [0, 1] * 50, "p": [0.5] * 100}, {"p": [np.inf]}, {"probability": "p"}, "infinite"),
        ({"y": [0, 1] * 50, "p": [0.5] * 100}, {"p": [None]}, {"probability": "p"}, "are missing"),
        ({"y": [0, 1, 2] * 50, "p": [0.5] * 150}, {"p": [0.5]}, {"probability": "p"}, "which one counts"),
        ({"y": [1.5] * 50, "s": [1.0] * 50}, {"s": [1.0]}, {"prediction": "s"}, "too few for a model"),
        ({"y": [1.5] * 200, "s": [1.0] * 200}, {"s": [None]}, {"prediction": "s"}, "predictions are missing"),
        ({"y": [1.5], "s": [1.0]}, {"s": [1.0]}, {"prediction": "s", "metrics": ["r2"]}, "without truth"),
        ({"y": [1]}, {"p": [1]}, {}, "nothing that was predicted"),
    ],
)
def test_what_cannot_be_used_is_said(before, after, options, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        estimate_performance(before, after, truth="y", **options)
    assert words in str(error.value)


def test_errors_depend_on_columns_of_any_kind_and_on_none_of_mixed_values() -> None:
    rng = np.random.default_rng(6)
    days = pd.date_range("2013-01-01", periods=600, freq="h")
    before = pd.DataFrame({"delay": rng.normal(size=600), "said": 0.0, "day": days, "origin": ["EWR", "JFK"] * 300})
    before["mixed"], before["windy"] = [1, "gusts"] * 300, [True, None] * 300
    now = pd.DataFrame({"said": [0.0, 1.0], "day": pd.to_datetime(["2014-01-01", None]), "origin": ["LGA", None]})
    now["mixed"], now["windy"] = [1, 2], [False, None]
    found = estimate_performance(before, now, truth="delay", prediction="said", metrics=["mae"]).whole
    assert (found.rows, found.uncertain) == (2, True)
    assert found.scores["mae"].low < 0.8 < found.scores["mae"].high  # of a normal distribution


def test_one_row_and_one_sure_answer_are_answers() -> None:
    before = late(4, 500, 0)
    one = estimate_performance(before, {"chance": [0.2]}, truth="late", probability="chance").whole
    assert (one.rows, one.uncertain) == (1, True)
    assert one.scores["accuracy"].low <= one.scores["accuracy"].value <= one.scores["accuracy"].high
    sure = before.assign(chance=before.late.astype(float))
    found = estimate_performance(sure, {"chance": [0.0, 1.0, 1.0]}, truth="late", probability="chance").whole
    assert found.scores["accuracy"].value == pytest.approx(1.0, abs=1e-3)
