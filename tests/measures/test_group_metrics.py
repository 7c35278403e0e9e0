"""Group metrics: equal to fairlearn and to counting by hand, from frames of any library, with intervals that cover."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from scipy.stats.contingency import relative_risk
from sklearn import metrics as sk

from nbmlops.errors import InvalidInput
from nbmlops.measures.fairness import fairness_of
from nbmlops.measures.intervals import delong, difference, ratio, wilson


def made(seed: int, rows: int = 400):
    rng = np.random.default_rng(seed)
    groups = {"sex": rng.choice(["f", "m"], rows), "origin": rng.choice(["EWR", "JFK", "LGA"], rows, p=[0.5, 0.3, 0.2])}
    truth = rng.integers(0, 2, rows)
    shift = 0.2 * (groups["sex"] == "f") + 0.1 * (groups["origin"] == "LGA")
    scores = rng.random(rows) * 0.6 + 0.3 * truth + shift
    return truth, (scores > 0.5).astype(int), groups, scores


def by_hand(truth, said) -> dict[str, float]:
    positive, negative = truth == 1, truth == 0
    return {
        "selection_rate": np.mean(said == 1),
        "base_rate": np.mean(positive),
        "true_positive_rate": np.mean(said[positive] == 1),
        "false_positive_rate": np.mean(said[negative] == 1),
        "false_negative_rate": np.mean(said[positive] == 0),
        "accuracy": np.mean(said == truth),
        "precision": np.mean(positive[said == 1]),
        "recall": np.mean(said[positive] == 1),
    }


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_each_metric_of_each_group_is_what_counting_by_hand_gives(seed: int) -> None:
    truth, said, groups, scores = made(seed)
    found = fairness_of(truth, said, groups, scores=scores)
    for grouping in found.groupings:
        assert sum(group.rows for group in grouping.groups) == len(truth)
        for group in grouping.groups:
            rows = np.all([groups[name] == value for name, value in group.values.items()], axis=0)
            expected = by_hand(truth[rows], said[rows]) | {"count": rows.sum()}
            expected["roc_auc"] = sk.roc_auc_score(truth[rows], scores[rows])
            assert {name: one.value for name, one in group.metrics.items()} == pytest.approx(expected, abs=1e-12)
    assert {name: one.value for name, one in found.overall.metrics.items()} == pytest.approx(
        by_hand(truth, said) | {"count": len(truth), "roc_auc": sk.roc_auc_score(truth, scores)}, abs=1e-12
    )


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_gaps_are_the_largest_and_smallest_rate_by_hand(seed: int) -> None:
    truth, said, groups, _ = made(seed)
    grouping = fairness_of(truth, said, groups, small=True).by("origin")
    each = [by_hand(truth[rows], said[rows]) for rows in (groups["origin"] == name for name in ("EWR", "JFK", "LGA"))]

    def apart(rate: str) -> tuple[float, float]:
        values = [one[rate] for one in each]
        return max(values) - min(values), min(values) / max(values)

    selection, true, false = (apart(f"{name}_rate") for name in ("selection", "true_positive", "false_positive"))
    expected = {
        "demographic_parity_difference": selection[0],
        "demographic_parity_ratio": selection[1],
        "equalized_odds_difference": max(true[0], false[0]),
        "equalized_odds_ratio": min(true[1], false[1]),
        "equal_opportunity_difference": true[0],
        "accuracy_difference": apart("accuracy")[0],
    }
    assert {name: grouping.gap(name).value for name in expected} == pytest.approx(expected, abs=1e-12)
    gap = grouping.gap("demographic_parity_difference")
    rates = {group.name: group.metrics["selection_rate"].value for group in grouping.groups}
    assert rates[gap.highest] - rates[gap.lowest] == pytest.approx(gap.value, abs=1e-12)
    assert gap.low <= gap.value <= gap.high


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("columns", [("sex",), ("origin",), ("sex", "origin")])
def test_gaps_and_rates_are_fairlearns(seed: int, columns: tuple[str, ...]) -> None:
    peer = pytest.importorskip("fairlearn.metrics", reason="pip install fairlearn")
    truth, said, groups, _ = made(seed, 2000)
    sensitive = pd.DataFrame({name: groups[name] for name in columns})
    found = fairness_of(truth, said, groups).by(*columns)
    for name in (
        "demographic_parity_difference",
        "demographic_parity_ratio",
        "equalized_odds_difference",
        "equalized_odds_ratio",
        "equal_opportunity_difference",
    ):
        expected = getattr(peer, name)(truth, said, sensitive_features=sensitive)
        assert found.gap(name).value == pytest.approx(expected, abs=1e-12)
    names = ("selection_rate", "true_positive_rate", "false_positive_rate", "false_negative_rate")
    frame = peer.MetricFrame(
        metrics={name: getattr(peer, name) for name in names} | {"accuracy": sk.accuracy_score},
        y_true=truth,
        y_pred=said,
        sensitive_features=sensitive,
    )
    for group in found.groups:
        key = tuple(group.values[name] for name in columns)
        expected = frame.by_group.loc[key if len(key) > 1 else key[0]]
        for name in (*names, "accuracy"):
            assert group.metrics[name].value == pytest.approx(expected[name], abs=1e-12)


def test_errors_of_groups_are_those_of_their_rows() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(1e9, 3, 500)  # far from nothing: what large squares would swallow has to be there
    said, group = truth + rng.normal(0.3, 1, 500), rng.choice(["a", "b"], 500)
    found = fairness_of(truth, said, pd.Series(group, name="g"))
    assert found.task == "regression"
    for one in found.by("g").groups:
        errors = (said - truth)[group == one.values["g"]]
        values = {name: metric.value for name, metric in one.metrics.items()}
        assert values["mean_error"] == pytest.approx(errors.mean(), rel=1e-9)
        assert values["mae"] == pytest.approx(np.abs(errors).mean(), rel=1e-9)
        assert values["rmse"] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-9)
        assert one.metrics["mean_error"].high - values["mean_error"] == pytest.approx(
            1.9697 * errors.std(ddof=1) / len(errors) ** 0.5, rel=2e-3
        )
    gap = found.by("g").gap("mae_difference")
    assert gap.low < gap.value < gap.high


FORMS = {
    "pandas": pd.DataFrame,
    "categories": lambda data: pd.DataFrame(data).astype("category"),
    "polars": pl.DataFrame,
    "polars categories": lambda data: pl.DataFrame(data).with_columns(pl.all().cast(pl.Categorical)),
    "arrow": pa.table,
    "arrow chunks": lambda data: pa.concat_tables([pa.table(data).slice(0, 7), pa.table(data).slice(7)]),
    "arrow dictionaries": lambda data: pa.table(
        {
            name: pa.chunked_array([pa.array(values[:7]).dictionary_encode(), pa.array(values[7:]).dictionary_encode()])
            for name, values in data.items()
        }
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_frames_of_every_library_give_the_same(form: str) -> None:
    truth, said, groups, _ = made(5, 300)
    data = {name: [None if at % 11 == 0 else str(one) for at, one in enumerate(v)] for name, v in groups.items()}
    found = fairness_of(truth, said, FORMS[form](data))
    assert found == fairness_of(truth.tolist(), pl.Series(said), data)
    names = [group.name for group in found.by("sex").groups]
    assert names == ["sex = f", "sex = m", "sex = missing"]
    assert found.by("sex").groups[-1].rows == 28


def test_categories_without_rows_make_no_group_and_missing_text_is_missing() -> None:
    values = pd.Series(pd.Categorical(["a", "b", "missing", None], categories=["a", "b", "c", "missing"]), name="g")
    found = fairness_of([1, 0, 1, 0], [1, 0, 0, 0], values).by("g")
    assert [(group.name, group.rows) for group in found.groups] == [("g = a", 1), ("g = b", 1), ("g = missing", 2)]
    whole = fairness_of([1, 0, 1, 0], [1, 0, 0, 0], {"g": [1.0, np.nan, 1.0, np.nan], "all null": [None] * 4})
    assert [group.name for group in whole.by("g").groups] == ["g = 1.0", "g = missing"]
    assert whole.by("all null").gap("demographic_parity_difference").value is None


def test_small_groups_are_uncertain_and_left_out_of_gaps_unless_asked() -> None:
    truth = np.array([0, 1] * 100 + [1] * 5)
    said = np.array([0, 1, 1, 1] * 50 + [0] * 5)
    group = np.array(["a", "a", "b", "b"] * 50 + ["few"] * 5)
    found = fairness_of(truth, said, group)
    grouping = found.by("group")
    assert [one.uncertain for one in grouping.groups] == [False, False, True]
    gap = grouping.gap("demographic_parity_difference")
    assert (gap.value, gap.left_out) == (0.5, ("group = few",))
    assert fairness_of(truth, said, group, small=True).by("group").gap("demographic_parity_difference").value == 1.0
    assert "1 of fewer than 30 rows" in str(found)
    # a group without negative rows has no false positive rate, which is not one of nothing
    few = grouping.groups[-1].metrics["false_positive_rate"]
    assert (few.value, few.low, few.rows, few.uncertain) == (None, None, 0, True)
    assert json.loads(json.dumps(found.to_json()))["groupings"][0]["groups"][2]["uncertain"] is True


def test_intervals_are_the_published_ones() -> None:
    # Newcombe 1998, table II, method 10: 56/70 and 48/80, and 9/10 and 3/10
    assert difference(56 / 70, wilson(56, 70, 0.95), 48 / 80, wilson(48, 80, 0.95)) == pytest.approx(
        (0.0524, 0.3339), abs=5e-5
    )
    assert difference(0.9, wilson(9, 10, 0.95), 0.3, wilson(3, 10, 0.95)) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    expected = relative_risk(48, 80, 56, 70).confidence_interval(0.9)
    assert ratio((48, 56), (80, 70), 0.9) == pytest.approx((expected.low, expected.high), abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(8, 40), ties=st.booleans())
def test_delongs_error_is_that_of_its_definition(seed: int, rows: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.random(rows) < 0.5
    truth[:4] = True, True, False, False
    scores = rng.normal(size=rows) + truth
    scores = scores.round(0 if ties else 9)
    above, below = scores[truth], scores[~truth]
    wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
    error = math.sqrt(wins.mean(1).var(ddof=1) / len(above) + wins.mean(0).var(ddof=1) / len(below))
    area, found = delong(truth, scores)
    assert area == pytest.approx(wins.mean(), abs=1e-12)
    assert (found == pytest.approx(error, abs=1e-12)) if error else math.isnan(found)


def test_the_interval_of_the_widest_gap_holds_though_it_was_chosen() -> None:
    """Ten groups that are all alike: 95 % of the intervals of the widest gap hold nothing (binomial: 92 % at least)."""
    rng = np.random.default_rng(1)
    group, inside, naive = np.repeat(np.arange(10), 80), 0, 0
    for _ in range(200):
        said = (rng.random(800) < 0.4).astype(int)
        gap = fairness_of(None, said, group).by("group").gap("demographic_parity_difference")
        inside += gap.low <= 0 <= gap.high
        naive += gap.value < norm.ppf(0.975) * (2 * 0.4 * 0.6 / 80) ** 0.5
    assert inside >= 184
    assert naive < 120  # what an interval of two groups that were not chosen would hold


def test_rows_without_truth_are_left_out_and_counted() -> None:
    found = fairness_of([1, None, 0, 1], [1, 1, 0, 1], {"g": ["a", "b", "a", "c"]}, small=True)
    assert (found.rows, found.unlabelled) == (3, 1)
    assert [group.name for group in found.by("g").groups] == ["g = a", "g = c"]
    assert found.by("g").gap("demographic_parity_difference").left_out == ()
    alone = fairness_of(None, [1, 1, 0, 1], {"g": ["a", "b", "a", "b"]}, small=True)
    assert alone.metrics == ("selection_rate", "count")
    assert [gap.name for gap in alone.by("g").gaps] == [
        "demographic_parity_difference",
        "demographic_parity_ratio",
        "selection_rate_difference",
    ]


def test_several_labels_have_an_accuracy_and_rates_of_the_one_that_counts() -> None:
    rng = np.random.default_rng(2)
    truth, said = rng.choice(list("xyz"), (2, 300))
    group = rng.choice(["a", "b"], 300)
    found = fairness_of(truth, said, group, positive=np.str_("y")).by("group")
    for one in found.groups:
        rows = group == one.values["group"]
        assert one.metrics["accuracy"].value == pytest.approx(np.mean(truth[rows] == said[rows]))
        assert one.metrics["recall"].value == pytest.approx(np.mean(said[rows & (truth == "y")] == "y"))
    alone = fairness_of(truth, said, group, metrics=["accuracy"])
    assert alone.by("group").groups[0].metrics["accuracy"] == found.groups[0].metrics["accuracy"]
    with pytest.raises(InvalidInput, match="which one counts"):
        fairness_of(truth, said, group)


def test_many_combinations_are_counted_as_they_occur() -> None:
    rng = np.random.default_rng(3)
    groups = {f"g{at}": rng.integers(0, 40, 3000).astype(str) for at in range(5)}  # 40**5 could be
    found = fairness_of(rng.integers(0, 2, 3000), rng.integers(0, 2, 3000), groups, depth=2)
    assert len(found.groupings) == 15
    pair = found.by("g3", "g1")
    counts = pd.DataFrame(groups).groupby(["g1", "g3"]).size()
    assert {tuple(one.values.values()): one.rows for one in pair.groups} == counts.to_dict()


@pytest.mark.parametrize(
    ("truth", "said", "groups", "options", "words"),
    [
        ([], [], [], {}, "there are no rows"),
        ([1, 0], [1], ["a", "b"], {}, "one value for each row"),
        ([1, 0], [1, 0], ["a"], {}, "one value for each row"),
        ([1, 0], [1, None], ["a", "b"], {}, "1 predictions are missing"),
        ([None, None], [1, 0], ["a", "b"], {}, "no row has a truth"),
        ([1.5, np.inf], [1.0, 2.0], ["a", "b"], {}, "infinite"),
        ([1, 0], [0.3, 0.7], ["a", "b"], {}, "probability >= 0.5"),
        (1, [1, 0], ["a", "b"], {}, "truth is int"),
        ([1, 0], [1, 0], ["a", "b"], {"scores": [0.5]}, "scores 1"),
        (None, [1.5, 2.5], ["a", "b"], {"task": "regression"}, "need a truth"),
        (["y", "n"], [1, 0], ["a", "b"], {}, "not the same labels"),
        ([5, 5], [5, 5], ["a", "b"], {}, "which one counts"),
        ([1, 0], [1, 0], ["a", "b"], {"positive": 7}, "no row is 7"),
        ([1, 0], [1, 0], ["a", "b"], {"metrics": ["recal"]}, "Did you mean 'recall'"),
        ([1, 0], [1, 0], ["a", "b"], {"metrics": ["roc_auc"]}, "needs scores"),
        ([1, 0], [1, 0], ["a", "b"], {"confidence": 95}, "confidence"),
        ([1, 0], [1, 0], {"g": ["a", 1]}, {}, "several types"),
        (np.ones(99), np.ones(99), {"age": np.arange(99) / 7}, {}, "qcut"),
        (np.ones(2000), np.ones(2000), {"id": np.arange(2000).astype(str)}, {}, "identifier"),
    ],
)
def test_what_cannot_be_used_is_said(truth, said, groups, options, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        fairness_of(truth, said, groups, **options)
    assert words in str(error.value)


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [1, 1, 1, 1], [False] * 4, [True] * 4])
def test_one_class_only_is_an_answer(labels) -> None:
    found = fairness_of(labels, labels, ["a", "a", "b", "b"], small=True).by("group")
    assert found.groups[0].metrics["accuracy"].value == 1.0
    assert found.gap("demographic_parity_difference").value == 0.0
    undefined = "recall" if not labels[0] else "false_positive_rate"
    assert found.groups[0].metrics[undefined].value is None
