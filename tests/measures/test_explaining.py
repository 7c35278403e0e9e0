"""What a model looks at: the columns that matter are found, whatever asks; what has moved is told, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.inspection import partial_dependence
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import nbmlops
from nbmlops.display.drift_view import DriftView
from nbmlops.display.explain_view import ExplainView
from nbmlops.measures.explaining import shapley, weights_of
from nbmlops.measures.explaining.dependence import dependence_of
from nbmlops.measures.explaining.inputs import Answers
from nbmlops.measures.explaining.ranking import gain
from nbmlops.measures.explaining.shapley import shared
from nbmlops.measures.explaining.trees import shared_by_trees

if TYPE_CHECKING:
    from conftest import Notebook

FEATURES = ["delay", "hour", "origin", "noise"]


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    """Whether a flight is late follows from the delay most, from the airport less, from noise not at all."""
    random = np.random.default_rng(0)
    rows = 3000
    frame = pd.DataFrame(
        {
            "delay": random.normal(10, 20, rows),
            "hour": random.integers(5, 24, rows),
            "origin": random.choice(["EWR", "JFK", "LGA"], rows),
            "noise": random.normal(size=rows),
        }
    )
    score = frame["delay"] / 10 + 1.5 * (frame["origin"] == "EWR") + random.normal(size=rows)
    frame["late"] = np.where(score > 1, "yes", "no")
    return frame


@pytest.fixture(scope="module")
def model(flights) -> Any:
    encode = make_column_transformer((OneHotEncoder(sparse_output=False), ["origin"]), remainder="passthrough")
    fitted = make_pipeline(encode, StandardScaler(), LogisticRegression(max_iter=500))
    return fitted.fit(flights.loc[:1999, FEATURES], flights.loc[:1999, "late"])


@pytest.fixture(scope="module")
def shuffled(flights, model) -> Any:
    return nbmlops.explain(model, flights[2000:], target="late", against=flights[:2000])


def test_permutation_finds_what_the_target_follows_from(shuffled) -> None:
    assert [one.column for one in shuffled.importances][:2] == ["delay", "origin"]
    assert shuffled["noise"].share < 0.02
    assert (shuffled.method, shuffled.of, shuffled.rows) == ("permutation", "roc_auc", 1000)
    assert sum(one.share for one in shuffled.importances) == pytest.approx(1)
    assert all(one.low <= one.value <= one.high for one in shuffled.importances)
    with pytest.raises(nbmlops.InvalidInput, match="Did you mean 'delay'"):
        shuffled["dely"]


def test_the_same_columns_are_looked_at_where_nothing_has_changed(shuffled) -> None:
    assert not shuffled.drift.drifted
    assert shuffled.drift.ndcg > 0.99
    assert [one.column for one in shuffled.drift.ranks][:2] == ["delay", "origin"]


def test_a_column_that_lost_its_meaning_is_attribution_drift(flights, model) -> None:
    stuck = flights[2000:].assign(delay=0.0)
    found = nbmlops.explain(model, stuck, target="late", against=flights[:2000])
    assert found.drift.drifted
    moved = {one.column: (one.reference, one.current) for one in found.drift.ranks}
    assert moved["delay"][0] == 1
    assert moved["origin"][1] == 1
    assert found.drift.ndcg < 0.9


def test_shap_adds_up_to_the_answer_of_a_pipeline_with_labels(flights, model) -> None:
    pytest.importorskip("shap")
    some = flights[2000:].reset_index(drop=True)
    found = nbmlops.explain(model, some, method="shap", rows=20, against=flights[:2000])
    assert [one.column for one in found.importances][:2] == ["delay", "origin"]
    assert found.of == "probability of yes"
    assert len(found.predictions) == 20
    asked = model.predict_proba(some.loc[[one.row for one in found.predictions], FEATURES])[:, 1]
    assert [one.answer for one in found.predictions] == pytest.approx(asked.tolist(), abs=1e-6)
    for one in found.predictions:
        assert one.base + sum(one.parts.values()) == pytest.approx(one.answer)
    assert not found.drift.drifted
    other = nbmlops.explain(model, some, method="shap", rows=3, positive="no")
    assert other.of == "probability of no"


def test_shap_of_a_linear_model_is_its_formula() -> None:
    pytest.importorskip("shap")
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.normal(size=(25, 9)), columns=list("abcdefghi"))  # too many columns for all orders
    weights = np.arange(9.0)
    model = LinearRegression().fit(rows, rows.to_numpy() @ weights)
    found = nbmlops.explain(model, rows, method="shap")
    expected = (rows - rows.mean()) * weights
    for one in found.predictions:
        assert one.parts == pytest.approx(expected.loc[one.row].to_dict(), abs=1e-8)


@pytest.mark.parametrize("labels", [2, 3, 0])
@pytest.mark.parametrize("kind", ["tree", "forest", "boosting"])
def test_shap_of_trees_is_that_of_asking(kind: str, labels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("shap")
    random = np.random.default_rng(0)
    rows = pd.DataFrame(random.normal(size=(400, 4)), columns=list("abcd"))
    amount = rows["a"] + rows["b"] * rows["c"]
    truth = pd.qcut(amount, labels, labels=False) if labels else amount
    estimators = {
        "tree": (DecisionTreeRegressor(max_depth=4), DecisionTreeClassifier(max_depth=4)),
        "forest": (RandomForestRegressor(10, random_state=0), RandomForestClassifier(10, random_state=0)),
        "boosting": (GradientBoostingRegressor(n_estimators=10), GradientBoostingClassifier(n_estimators=10)),
    }
    answers = Answers(estimators[kind][bool(labels)].fit(rows, truth))
    walked = shared(answers, rows.head(10), rows, 0)
    # margins of boosting are no probabilities: it is asked in any case
    assert (shared_by_trees(shapley._package(), answers, rows.head(10), rows.head(30)) is None) == (
        kind == "boosting" and bool(labels)
    )
    monkeypatch.setattr(shapley, "shared_by_trees", lambda *_: None)
    asked = shared(answers, rows.head(10), rows, 0)
    assert walked.values == pytest.approx(asked.values, abs=1e-5)
    assert walked.base == pytest.approx(asked.base, abs=1e-5)


def test_shap_of_several_labels_is_of_the_most_probable_one(flights) -> None:
    pytest.importorskip("shap")
    numbers = flights[["delay", "noise"]]
    model = RandomForestClassifier(10, max_depth=4, random_state=0).fit(numbers, flights["origin"])
    found = nbmlops.explain(model, numbers, method="shap", rows=5)
    assert found.of == "probabilities of all labels"
    at = numbers.iloc[[one.row for one in found.predictions]]
    assert [one.label for one in found.predictions] == model.predict(at).tolist()
    assert "positive=" in found.notes[0]
    assert not found.dependence


def test_shap_asks_with_values_of_their_own_type(flights) -> None:
    pytest.importorskip("shap")
    rows = flights[["delay", "hour", "origin"]].assign(origin=flights["origin"].astype("category"))
    rows.loc[::9, "delay"] = np.nan
    model = HistGradientBoostingClassifier(max_iter=10, categorical_features="from_dtype").fit(rows, flights["late"])
    here = rows[rows["origin"] != "JFK"].assign(origin=lambda one: one["origin"].cat.remove_unused_categories())
    found = nbmlops.explain(model, here, method="shap", rows=5, against=rows)
    asked = model.predict_proba(here.iloc[[one.row for one in found.predictions]])[:, 1]
    assert [one.answer for one in found.predictions] == pytest.approx(asked.tolist(), abs=1e-6)


def test_without_the_package_it_is_said_how_to_get_it(flights, model, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(nbmlops.NbmlopsError, match=r"pip install 'nbmlops\[explain\]'"):
        nbmlops.explain(model, flights, method="shap")


def test_dependence_is_scikit_learns(flights) -> None:
    rows = flights[["delay", "noise"]][:300]
    model = RandomForestClassifier(20, random_state=0).fit(rows, flights["late"][:300])
    found = dependence_of(Answers(model), rows, "delay")
    theirs = partial_dependence(
        model, rows, ["delay"], custom_values={"delay": np.array(found.values)}, method="brute", kind="average"
    )
    assert found.answers == pytest.approx(theirs["average"][0].tolist())


def test_dependence_of_labels_whole_numbers_and_missing_values(flights, shuffled) -> None:
    curves = {one.column: one for one in shuffled.dependence}
    airports = dict(zip(curves["origin"].values, curves["origin"].answers, strict=True))
    assert airports["EWR"] > airports["JFK"] + 0.05
    rises = np.diff(curves["delay"].answers)
    assert (rises > 0).all()
    holes = flights[["delay", "hour"]].assign(delay=flights["delay"].where(flights.index % 7 > 0))
    model = HistGradientBoostingClassifier(max_iter=5).fit(holes, flights["late"])
    found = nbmlops.explain(model, holes.assign(late=flights["late"]), target="late", rows=500)
    assert {one.column for one in found.dependence} == {"delay", "hour"}
    assert all(np.isfinite(one.answers).all() for one in found.dependence)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=8).filter(lambda one: max(one) > 1e-3), st.randoms())
@settings(max_examples=25, deadline=None)
def test_the_gain_is_one_of_the_same_ranking_and_never_more(values: list[float], random: Any) -> None:
    distinct = [value + at for at, value in enumerate(sorted(values))]
    assert gain(distinct, [2 * one + 1 for one in distinct]) == pytest.approx(1)
    other = list(distinct)
    random.shuffle(other)
    order = sorted(range(len(other)), key=lambda at: -other[at])
    best = sum(one / np.log2(at + 2) for at, one in enumerate(sorted(distinct, reverse=True)))
    expected = sum(distinct[place] / np.log2(at + 2) for at, place in enumerate(order)) / best
    assert gain(distinct, other) == pytest.approx(expected)
    assert gain(distinct, other) <= 1 + 1e-9


def test_rows_of_any_kind_and_what_is_missing(flights, model) -> None:
    import polars as pl

    some = flights[2000:2500].reset_index(drop=True)
    expected = nbmlops.explain(model, some, target="late").to_json()
    assert nbmlops.explain(model, pl.from_pandas(some), target="late").to_json() == expected
    with pytest.raises(nbmlops.InvalidInput, match="lacks origin"):
        nbmlops.explain(model, some.drop(columns="origin"), target="late")
    with pytest.raises(nbmlops.InvalidInput, match="permutation needs the truth"):
        nbmlops.explain(model, some, method="permutation")
    with pytest.raises(nbmlops.InvalidInput, match="same truth"):
        nbmlops.explain(model, some[some["late"] == "yes"], target="late")
    bare = KNeighborsClassifier().fit(some[["delay", "noise"]].to_numpy(), some["late"])
    with pytest.raises(nbmlops.InvalidInput, match="fitted on 2 columns, and the frame has 4"):
        nbmlops.explain(bare, some, target="late")
    found = nbmlops.explain(bare, some[["delay", "noise", "late"]], target="late")
    assert found.importances[0].column == "delay"


def test_a_model_of_the_registry_by_all_doors(flights, model, notebook: Notebook) -> None:
    workspace = nbmlops.workspace(create=True)
    nbmlops.register(model, "delay@champion")
    workspace.datasets.save(flights, "flights")
    found = workspace.explain("delay@champion", "flights", target="late", rows=300)
    assert nbmlops.explain("delay", "flights@1", target="late", rows=300).to_json() == found.to_json()
    notebook.shell.user_ns.update(june=flights, rf=model)
    words = "--target late --rows 300 --json"
    assert notebook.shell.run_line_magic("nbmlops", f"explain rf june {words}") == found.to_json()
    assert notebook.shell.run_line_magic("nbmlops", f"explain delay@champion june {words}") == found.to_json()
    json.dumps(found.to_json(), allow_nan=False)
    with pytest.raises(nbmlops.NotFound):
        nbmlops.explain("dely@champion", flights, target="late")


def test_drift_is_ranked_by_what_the_model_looks_at(flights, model, notebook: Notebook) -> None:
    nbmlops.register(model, "delay@champion")
    now = flights.assign(delay=flights["delay"] + 8, noise=flights["noise"] + 1.5)
    plain = nbmlops.drift(flights, now)
    assert [one.column for one in plain.drifted_columns] == ["noise", "delay"]
    for words in ({"target": "late"}, {}):  # by permutation; by the coefficients of the pipeline
        weighed = nbmlops.drift(flights, now, model="delay@champion", **words)
        assert [one.column for one in weighed.drifted_columns] == ["delay", "noise"]
        assert weighed["delay"].impact > 10 * weighed["noise"].impact
    here = nbmlops.workspace().drift(flights, now, model="delay@champion")
    assert here.to_json() == weighed.to_json()
    notebook.shell.user_ns.update(may=flights, june=now)
    view = notebook.shell.run_line_magic("drift", "may june --model delay@champion --target late")
    assert "impact" in DriftView(view.drift).text()
    with pytest.raises(nbmlops.InvalidInput, match="say the same"):
        nbmlops.drift(flights, now, model=model, importance={"delay": 1.0})


def test_importances_of_the_model_itself_do_not_depend_on_units(flights) -> None:
    rows = flights[["delay", "noise"]]
    minutes = 3 * rows["delay"] + 3 * rows["noise"]
    weights = [
        weights_of(LinearRegression().fit(frame, minutes), frame)
        for frame in (rows, rows.assign(delay=rows["delay"] / 1000))
    ]
    assert weights[0] == pytest.approx(weights[1])
    assert weights[0]["delay"] > 0.9
    with pytest.raises(nbmlops.InvalidInput, match="does not say what it looks at"):
        weights_of(KNeighborsClassifier().fit(rows, flights["late"]), rows)


def test_the_view_ranks_and_stays_small(shuffled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    view = ExplainView(shuffled, "delay@champion", "june", "may")
    text, html = view.text(), view.html()
    assert text.startswith("delay@champion (LogisticRegression) on june: roc auc is 0.")
    rows = [line.split()[0] for line in text.splitlines() if "█" in line]
    assert rows[:2] == ["delay", "origin"]
    assert "it looks at the columns that it looked at" in text
    assert html.count("<svg") == 5  # the ranking, and the dependence of four columns
    assert len(html) < 40_000
