"""The statistics are SciPy's, on whatever samples; odd data get an answer or one clear error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from scipy.spatial.distance import jensenshannon

import nbmlops
from nbmlops import plugins
from nbmlops.errors import InvalidInput
from nbmlops.measures.drift import shown
from nbmlops.measures.drift.joint import changed_pairs
from nbmlops.measures.drift.tests.chi_squared import ChiSquared
from nbmlops.measures.drift.tests.jensen_shannon import JensenShannon
from nbmlops.measures.drift.tests.ks import KolmogorovSmirnov
from nbmlops.measures.drift.tests.psi import PopulationStability
from nbmlops.measures.drift.tests.wasserstein import Wasserstein

# with many ties, and with none
NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.integers(-3, 3).map(float))
SAMPLE = arrays.arrays(float, st.integers(3, 200), elements=NUMBERS).map(np.sort)
COUNTS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=12)


@given(SAMPLE, SAMPLE)
def test_numbers_are_compared_as_scipy_does(reference: np.ndarray, current: np.ndarray) -> None:
    expected = stats.ks_2samp(reference, current, method="asymp")
    found = KolmogorovSmirnov().measure(reference, current)
    assert found.value == pytest.approx(expected.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)
    distance = Wasserstein().measure(reference, current).value
    assert distance == pytest.approx(stats.wasserstein_distance(reference, current), rel=1e-9, abs=1e-9)


@given(COUNTS)
def test_counts_are_compared_as_scipy_does(counts: list[tuple[int, int]]) -> None:
    reference, current = (np.array(side) for side in zip(*counts, strict=True))
    if not reference.sum() or not current.sum():
        return
    assert JensenShannon().measure(reference, current).value == pytest.approx(
        jensenshannon(reference, current), abs=1e-9
    )
    found = ChiSquared().measure(reference, current)
    table = np.array([reference, current])[:, reference + current > 0]
    share = table.sum(axis=1).min() / table.sum()
    if (table.sum(axis=0) * share >= 5).all() and table.shape[1] > 1:
        expected = stats.chi2_contingency(table, correction=False)
        assert found.value == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
        assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)


def test_the_index_of_population_stability_is_that_of_its_formula() -> None:
    random = np.random.default_rng(0)
    reference, current = np.sort(random.normal(size=1000)), np.sort(random.normal(0.5, 1, 800))
    edges = [-np.inf, *reference[[100, 200, 300, 400, 500, 600, 700, 800, 900]], np.inf]
    r, c = (np.histogram(side, edges)[0] / len(side) for side in (reference, current))
    assert PopulationStability().measure(reference, current).value == pytest.approx(((c - r) * np.log(c / r)).sum())


def test_rank_correlations_are_scipys() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(500, 2)) @ [[1, 0.9], [0, 0.5]]
    y = random.normal(size=(500, 2))
    [found] = changed_pairs(x, y, ["a", "b"])
    before, now = (stats.spearmanr(*side.T).statistic for side in (x, y))
    assert found.reason == f"a and b: rank correlation {before:.2f} → {now:.2f}"


def test_statistics_are_plug_ins() -> None:
    for name in plugins.names("drift_tests"):
        test = plugins.get("drift_tests", name)()
        assert test.name == name
        sample = np.sort(np.random.default_rng(0).normal(size=50)) if test.takes == "numbers" else np.array([3, 4])
        assert test.measure(sample, sample).value == pytest.approx(0, abs=1e-12)


def test_all_that_are_installed_are_shown_and_decide_nothing() -> None:
    random = np.random.default_rng(0)
    before, now = random.normal(size=700), random.normal(0.2, 1, 500)
    found = nbmlops.drift({"a": before}, {"a": now})["a"]
    assert set(found.others) == {"psi", "wasserstein"}
    assert found.others["wasserstein"] == pytest.approx(stats.wasserstein_distance(before, now), abs=1e-9)
    assert (found.statistic, found.value) == ("ks", pytest.approx(stats.ks_2samp(before, now).statistic))


def test_a_statistic_that_fails_costs_nothing_but_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "broken"
        takes = "numbers"

        def measure(self, reference: object, current: object) -> None:
            raise RuntimeError("no")

    monkeypatch.setattr(shown, "_installed", lambda: (Broken(), Wasserstein()))
    sample = np.random.default_rng(0).normal(size=100)
    assert nbmlops.drift({"a": sample}, {"a": sample})["a"].others == {"wasserstein": 0.0}


ODD = {
    "no rows": (pd.DataFrame({"a": [1.0, 2.0]}), pd.DataFrame({"a": pd.Series([], dtype=float)})),
    "no rows at all": (pd.DataFrame({"a": []}), pd.DataFrame({"a": []})),
    "no columns": (pd.DataFrame(), pd.DataFrame()),
    "one row": (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]})),
    "all missing": (pd.DataFrame({"a": [None] * 100}), pd.DataFrame({"a": [np.nan] * 100})),
    "mixed": (pd.DataFrame({"a": [1, "x", None] * 50}), pd.DataFrame({"a": ["x", 1, 2.5] * 50})),
    "infinite": (pd.DataFrame({"a": [np.inf, 1.0] * 50}), pd.DataFrame({"a": [-np.inf, 2.0] * 50})),
    "only infinite": (pd.DataFrame({"a": [np.inf] * 50}), pd.DataFrame({"a": [np.inf] * 50})),
    "lists": (pd.DataFrame({"a": [[1], [2]] * 50}), pd.DataFrame({"a": [[1], [3]] * 50})),
    "large integers": (pd.DataFrame({"a": [2**62, 2**61] * 50}), pd.DataFrame({"a": [2**62, 5] * 50})),
    "times": (pd.DataFrame({"a": [pd.Timestamp(2024, 1, 1)] * 50}), pd.DataFrame({"a": ["soon"] * 50})),
    "durations": (pd.DataFrame({"a": [pd.Timedelta(1)] * 50}), pd.DataFrame({"a": [pd.Timedelta(2, "h")] * 50})),
    "constant": (pd.DataFrame({"a": [1.5] * 50}), pd.DataFrame({"a": [1.5] * 50})),
    "polars": (pl.DataFrame({"a": [1, 2] * 50}), pl.DataFrame({"a": ["x", "y"] * 50})),
    "arrow": (pa.table({"a": [True, False] * 50}), pa.table({"a": [1, 0] * 50})),
    "other names": (pd.DataFrame({0: [1, 2] * 50}), pd.DataFrame({"0": [1, 2] * 50})),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_data_get_an_answer(name: str) -> None:
    found = nbmlops.drift(*ODD[name])
    assert found.to_json()["rows"] == {"reference": len(ODD[name][0]), "current": len(ODD[name][1])}
    if name in ("no rows", "no rows at all", "no columns"):
        assert not found.drifted
        assert "too few rows to tell" in found.notes[0]


def test_two_columns_of_one_name_and_what_is_no_frame_are_errors() -> None:
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(InvalidInput, match="two columns are named 'a'"):
        nbmlops.drift(twice, twice)
    with pytest.raises(InvalidInput, match="an int is no frame"):
        nbmlops.drift(3, twice)
    with pytest.raises(InvalidInput, match="there is no column 'tme'"):
        nbmlops.drift({"time": [1.0]}, {"time": [2.0]}, time="tme")
    with pytest.raises(InvalidInput, match="windows need to know when a row was"):
        nbmlops.drift({"time": [1.0]}, {"time": [2.0]}, window="month")
    with pytest.raises(InvalidInput, match="'mont' is no window"):
        nbmlops.drift({"time": [1.0]}, {"time": [2.0]}, time="time", window="mont")


def test_few_rows_say_so() -> None:
    random = np.random.default_rng(0)
    found = nbmlops.drift({"a": random.normal(size=20)}, {"a": random.normal(1, 1, 20)})
    assert not found.drifted
    assert found["a"].reason == "too few rows to tell: 20 and 20"


def test_windows_find_when_it_happened() -> None:
    random = np.random.default_rng(0)
    time = pd.DatetimeIndex(np.datetime64("2023-01-01", "ns") + np.arange(8760) * np.timedelta64(1, "h"))
    before = pd.DataFrame({"time": time - pd.Timedelta(365, "D"), "x": random.normal(size=8760)})
    now = pd.DataFrame({"time": time.astype(str), "x": random.normal(size=8760)})
    now.loc[time >= "2023-10-01", "x"] += 1
    found = nbmlops.drift(before, now, time="time", window="month")
    assert [window.window for window in found.windows if window.drifted == ("x",)] == ["2023-10", "2023-11", "2023-12"]
    assert sum(window.rows for window in found.windows) == 8760


def test_rows_that_are_there_twice_are_found() -> None:
    random = np.random.default_rng(0)
    before, now = (pd.DataFrame({"a": random.normal(size=3000), "b": random.choice(["x", "y"], 3000)}) for _ in "12")
    now.iloc[-300:] = now.iloc[:300].to_numpy()
    [found] = nbmlops.drift(before, now).schema
    assert (found.kind, found.rows) == ("duplicates", 300)


@pytest.mark.parametrize("rows", [1000, 3000, 9000])
@pytest.mark.parametrize("times", [1, 2, 5])
def test_rows_that_were_always_there_twice_are_no_finding_in_fewer_rows(rows: int, times: int) -> None:
    """Lines of orders, each written by itself as often as it was bought."""
    random = np.random.default_rng(rows + times)
    sides = []
    for size in (9000, rows):
        price, item = np.round(random.lognormal(3, 1, size), 2), random.integers(0, 900, size)
        frame = pd.DataFrame({"price": price, "item": item, "weight": random.normal(size=size)})
        sides.append(frame.loc[np.repeat(np.arange(size), random.poisson(times, size) + 1)].head(size))
    assert nbmlops.drift(*sides).schema == ()
    now = sides[1].copy()
    now.iloc[rows // 2 :] = now.iloc[: rows - rows // 2].to_numpy()
    if times == 1:
        assert [one.kind for one in nbmlops.drift(sides[0], now).schema] == ["duplicates"]


def test_weights_order_the_ranking() -> None:
    random = np.random.default_rng(0)
    before = pd.DataFrame(random.normal(size=(2000, 3)), columns=list("abc"))
    now = pd.DataFrame(random.normal([1.5, 0.8, 0], 1, size=(2000, 3)), columns=list("abc"))
    assert [one.column for one in nbmlops.drift(before, now).columns] == ["a", "b", "c"]
    weighted = nbmlops.drift(before, now, importance={"a": 0.01, "b": 0.7})
    assert [one.column for one in weighted.columns] == ["b", "a", "c"]


def test_a_time_of_year_that_the_reference_has_not_seen_is_said() -> None:
    random = np.random.default_rng(0)
    hours = np.datetime64("2023-01-01", "ns") + np.arange(8760) * np.timedelta64(1, "h")
    year = pd.DataFrame({"at": hours, "x": random.normal(size=8760)})
    spring, summer, april = (year[year["at"].dt.month.isin(months)] for months in ([1, 2, 3, 4], [7], [4]))
    unseen = "the reference has not seen this time of year: what moves with the season shows as drift"
    assert unseen in nbmlops.drift(spring, summer, time="at").notes
    assert unseen not in nbmlops.drift(spring, april, time="at").notes


def test_what_the_target_means_now_is_said_in_the_words_of_the_data() -> None:
    random = np.random.default_rng(0)

    def flights(late_at: str) -> pd.DataFrame:
        origin = random.choice(["EWR", "JFK", "LGA"], 4000)
        late = random.random(4000) < np.where(origin == late_at, 0.7, 0.2)
        return pd.DataFrame({"origin": origin, "x": random.normal(size=4000), "y": np.where(late, "late", "on time")})

    found = nbmlops.drift(flights("EWR"), flights("JFK"), target="y").concept
    assert found is not None
    said = found.reason.removeprefix("y means something else than it did: where ")
    assert said in (
        *(f"origin is 'JFK', {label} is {how} frequent" for label, how in (("'late'", "more"), ("'on time'", "less"))),
        *(f"origin is 'EWR', {label} is {how} frequent" for label, how in (("'late'", "less"), ("'on time'", "more"))),
    )
