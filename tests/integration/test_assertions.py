"""Assertions for test cells, with real models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from nbmlops.errors import InvalidInput
from nbmlops.testing import (
    assert_directional,
    assert_invariant,
    assert_latency,
    assert_predicts,
    assert_slices,
)

X = pd.DataFrame({"age": np.arange(40.0), "noise": np.tile([0.0, 1.0], 20), "city": ["a"] * 30 + ["b"] * 10})
Y = (X["age"] > 19).astype(int)
NUMBERS = X[["age", "noise"]]


@pytest.fixture(scope="module")
def classifier() -> LogisticRegression:
    return LogisticRegression(max_iter=1000).fit(NUMBERS, Y)


def test_known_answers_are_labels_numbers_and_rows_of_numbers(classifier: LogisticRegression) -> None:
    assert_predicts(classifier, NUMBERS.iloc[[0, 39]], [0, 1])
    assert_predicts(classifier.predict_proba, NUMBERS.iloc[[0]], [[1.0, 0.0]], atol=0.2)
    with pytest.raises(AssertionError, match="1 of 2 answers differ: row 1 is 1, expected 0"):
        assert_predicts(classifier, NUMBERS.iloc[[0, 39]], [0, 0])
    with pytest.raises(AssertionError, match=r"\(2,\) answers, expected \(1,\)"):
        assert_predicts(classifier, NUMBERS.iloc[[0, 39]], [0])
    assert_predicts(lambda rows: ["x", "y"], [1, 2], ["x", "y"])
    assert_predicts(lambda rows: [float("nan")], [1], [float("nan")])


def test_what_must_not_matter_and_what_must(classifier: LogisticRegression) -> None:
    model = LinearRegression().fit(NUMBERS, 2 * X["age"])
    assert_invariant(model, NUMBERS, "noise", [0, 1, 5], atol=1e-6)
    with pytest.raises(AssertionError, match="the answer depends on age: 40 of 40 rows change with age = 100"):
        assert_invariant(model, NUMBERS, "age", [100])
    assert_directional(model, NUMBERS, "age", 1, "increase")
    with pytest.raises(AssertionError, match="40 of 40 rows increase"):
        assert_directional(model, NUMBERS, "age", 1, "decrease")
    with pytest.raises(AssertionError, match="none of 40 rows changes"):
        assert_directional(model, NUMBERS, "noise", 1, "increase", atol=1e-6)
    with pytest.raises(InvalidInput, match="the frame has no column 'ages'"):
        assert_invariant(model, NUMBERS, "ages", [1])
    assert list(NUMBERS["noise"].unique()) == [0, 1]  # the frame is as it was


def test_a_slice_that_is_worse_than_the_whole_is_named(classifier: LogisticRegression) -> None:
    truth = Y.where(X["city"] == "a", 1 - Y)  # in b the model is wrong throughout
    assert_slices(classifier, NUMBERS, Y, X["city"], "accuracy", at_least=0.9)
    with pytest.raises(AssertionError, match=r"accuracy is below 0.7 in 1 of 2 slices: b 0 \(10 rows\)"):
        assert_slices(classifier, NUMBERS, truth, X["city"], "accuracy", at_least=0.7)
    assert_slices(classifier, NUMBERS, truth, X["city"], "accuracy", at_least=0.7, min_rows=11)
    assert_slices(classifier, NUMBERS, Y, lambda rows: rows["age"] % 2, "auc", at_least=0.9)
    assert_slices(classifier, NUMBERS, Y, "noise", lambda truth, found: float((truth == found).mean()), at_least=0.9)
    with (  # one class alone has no curve: not a number, which is not enough
        pytest.warns(match="Only one class"),
        pytest.raises(AssertionError, match=r"roc_auc is below 0\.5 in 1 of 2 slices: b nan"),
    ):
        assert_slices(classifier, NUMBERS, Y, X["city"], "roc_auc", at_least=0.5)
    with pytest.raises(InvalidInput, match="'acuracy' is no scorer"):
        assert_slices(classifier, NUMBERS, Y, X["city"], "acuracy", at_least=0.5)
    with pytest.raises(InvalidInput, match="2 slices are named for 40 rows"):
        assert_slices(classifier, NUMBERS, Y, ["a", "b"], "accuracy", at_least=0.5)


def test_options_of_a_scorer_count_for_functions_too(classifier: LogisticRegression) -> None:
    three = (X["age"] // 14).astype(int)
    assert_slices(lambda rows: rows["age"] // 14, X, three, "noise", "f1_macro", at_least=1.0)
    with pytest.raises(AssertionError, match="f1_macro is below 1 in 2 of 2 slices"):
        assert_slices(lambda rows: rows["age"] // 20, X, three, "noise", "f1_macro", at_least=1.0)
    with pytest.raises(InvalidInput, match="the frame has no column 'nope'"):
        assert_slices(classifier, X, Y, "nope", "accuracy", at_least=0.5)
    with pytest.raises(InvalidInput, match="a ndarray has no columns by name"):
        assert_slices(classifier, NUMBERS.to_numpy(), Y, "age", "accuracy", at_least=0.5)


def test_what_asks_nothing_does_not_pass() -> None:
    def numbers(rows: pd.DataFrame) -> pd.Series:
        return rows["age"]

    with pytest.raises(InvalidInput, match="age takes no value"):
        assert_invariant(numbers, X, "age", [])
    for asked in (
        lambda: assert_invariant(numbers, X.head(0), "noise", [1]),
        lambda: assert_directional(numbers, X.head(0), "age", 1, "increase"),
        lambda: assert_predicts(numbers, X.head(0), []),
    ):
        with pytest.raises(InvalidInput, match="there are no rows"):
            asked()
    for asked in (
        lambda: assert_predicts(lambda rows: 5.0, X, 6.0),
        lambda: assert_invariant(lambda rows: 5.0, X, "age", [1]),
        lambda: assert_directional(lambda rows: 5.0, X, "age", 1, "increase"),
    ):
        with pytest.raises(InvalidInput, match=r"one answer for all rows: 5\.0"):
            asked()
    with pytest.raises(InvalidInput, match="the frame has no column 'ages'"):
        assert_directional(numbers, X, "ages", 1, "increase")


def test_an_answer_that_is_no_number_goes_the_wrong_way() -> None:
    def broken(rows: pd.DataFrame) -> pd.Series:
        return rows["age"].where(rows["age"] != 3.0)

    with pytest.raises(AssertionError, match=r"2 of 40 rows decrease or are no number \(row 2: 2\.0 → nan\)"):
        assert_directional(broken, X, "age", 1, "increase")


def test_time_is_measured_on_what_is_asked(classifier: LogisticRegression) -> None:
    asked = []
    assert_latency(asked.append, NUMBERS.iloc[[0]], p95_ms=10_000, requests=20)
    assert len(asked) == 25  # the first ones warm up
    with pytest.raises(AssertionError, match="at most 0 ms"):
        assert_latency(classifier, NUMBERS.iloc[[0]], p95_ms=0, requests=5)
    with pytest.raises(InvalidInput, match="a list does not predict"):
        assert_latency([1], NUMBERS.iloc[[0]], p95_ms=1)
