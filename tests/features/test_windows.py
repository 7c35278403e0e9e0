"""Trailing windows: the same as the oracle, ties at both edges and late events included; exact where floats are not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import nbmlops
from nbmlops.errors import InvalidInput
from nbmlops.workspaces import Workspace

from .conftest import define
from .oracle import known, windowed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AGGREGATES = {
    "count(*) as n": ("count", ""),
    "count(x) as nx": ("count", "x"),
    "sum(x) as s": ("sum", "x"),
    "mean(x) as m": ("mean", "x"),
    "min(x) as lo": ("min", "x"),
    "max(x) as hi": ("max", "x"),
    "std(x) as sd": ("std", "x"),
    "last(x, 2) as l": ("last", "x"),
    "sum(i) as si": ("sum", "i"),
}
few = settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
row = st.fixed_dictionaries(
    {
        "k": st.one_of(st.none(), st.sampled_from(["a", "b"])),
        "t": st.one_of(st.none(), st.integers(0, 8)),
        "c": st.one_of(st.none(), st.integers(0, 10)),
        "x": st.one_of(st.none(), st.sampled_from([0.1, 0.2, -3.0, 1e9, 7.25])),
        "i": st.one_of(st.none(), st.integers(-3, 3)),
    }
)
label = st.fixed_dictionaries(
    {"k": st.one_of(st.none(), st.sampled_from(["a", "b", "z"])), "t": st.one_of(st.none(), st.integers(0, 9))}
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with Workspace.open(tmp_path_factory.mktemp("home"), create=True) as opened:
        yield opened


def seconds(values: list[int | None]) -> pd.Series:
    return pd.Series([pd.NaT if one is None else np.datetime64(one, "s") for one in values], dtype="datetime64[us]")


def frames(rows: list[dict[str, Any]], labels: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    source = pd.DataFrame(
        {
            "k": pd.array([one["k"] for one in rows], dtype="str"),
            "t": seconds([one["t"] for one in rows]),
            "c": seconds([one["c"] for one in rows]),
            "x": pd.array([one["x"] for one in rows], dtype="float64"),
            "i": pd.array([one["i"] for one in rows], dtype="Int64"),
        }
    )
    frame = pd.DataFrame(
        {"k": pd.array([one["k"] for one in labels], dtype="str"), "t": seconds([one["t"] for one in labels])}
    )
    return source, frame


@few
@given(
    rows=st.lists(row, max_size=12),
    labels=st.lists(label, max_size=8),
    late=st.booleans(),
    ttl=st.sampled_from([None, 2]),
)
def test_windows_are_what_the_oracle_says(
    shared: Workspace, rows: list[dict[str, Any]], labels: list[dict[str, Any]], late: bool, ttl: int | None
) -> None:
    source, frame = frames(rows, labels)
    created = "c" if late else None
    define(
        shared,
        "v",
        f"SELECT k, t, {'c, ' if late else ''}x, i FROM source",
        created=created,
        ttl=ttl,
        windows=["1s", "3s", "100s"],
        aggregates=list(AGGREGATES),
        sources={"source": source},
    )
    result, record = shared.features.training_set(frame, ["v"])
    assert len(result) == record.rows_out == len(labels)
    for at, one in enumerate(labels):
        there = known(rows, one, ["k"], "t", created)
        too_old = ttl is not None and there and one["t"] - max(row["t"] for row in there) > ttl
        for words, (function, column) in AGGREGATES.items():
            name = words.rpartition(" as ")[2]
            for window in (1, 3, 100):
                wanted = windowed(rows, one, function, column, window, keys=["k"], created=created)
                span = {1: "1s", 3: "3s", 100: "1m40s"}[window]
                for place in (1, 2) if function == "last" else (0,):
                    expected = wanted[max(place - 1, 0)] if len(wanted) >= max(place, 1) else None
                    expected = None if too_old else expected
                    got = result[f"{name}_{span}{f'_{place}' if place else ''}"].iloc[at]
                    if expected is None:
                        assert pd.isna(got), (words, window, one)
                    elif function in ("min", "max", "last", "count"):
                        assert got == expected, (words, window, one)
                    else:
                        assert math.isclose(got, expected, rel_tol=1e-9, abs_tol=1e-15), (words, window, one, got)


def test_sums_lose_nothing_to_what_has_left_the_window(ws: Workspace) -> None:
    """In floats, 1e16 + 0.1 - 1e16 is not 0.1."""
    source = pd.DataFrame({"k": "a", "t": seconds([0, 10, 11]), "x": [1e16, 0.1, 0.2]})
    define(ws, "v", "SELECT * FROM source", windows=["5s"], aggregates=["sum(x) as s"], sources={"source": source})
    labels = pd.DataFrame({"k": "a", "t": seconds([10, 12])})
    assert nbmlops.training_set(labels, ["v"])["s_5s"].tolist() == pytest.approx([0.1, 0.3], rel=1e-12)


def test_infinities_stay_in_their_window(ws: Workspace) -> None:
    source = pd.DataFrame({"k": "a", "t": seconds([0, 10]), "x": [math.inf, 2.0]})
    define(ws, "v", "SELECT * FROM source", windows=["5s"], aggregates=["mean(x) as m"], sources={"source": source})
    labels = pd.DataFrame({"k": "a", "t": seconds([1, 12])})
    assert nbmlops.training_set(labels, ["v"])["m_5s"].tolist() == [math.inf, 2.0]


def test_the_trailing_delays_of_the_airports_of_new_york(ws: Workspace, nyc: Path) -> None:
    flights = pd.read_csv(nyc / "flights.csv.zip", usecols=["origin", "time_hour", "dep_delay", "minute"])
    flights["moment"] = pd.to_datetime(flights["time_hour"]) + pd.to_timedelta(flights["minute"], unit="min")
    flights = flights[["origin", "moment", "dep_delay"]]
    define(
        ws,
        "delays",
        "SELECT origin, moment, dep_delay FROM flights",
        entity="origin",
        timestamp="moment",
        windows=["1h", "6h", "24h"],
        aggregates=["mean(dep_delay) as delay", "count(dep_delay) as departures", "max(dep_delay) as worst"],
        namespace={"flights": flights},
    )
    result = nbmlops.training_set(flights, ["delays"])
    assert len(result) == 336_776
    ordered = flights.sort_values(["origin", "moment"], kind="stable")
    for window in ("1h", "6h", "24h"):
        rolled = ordered.set_index("moment").groupby("origin")["dep_delay"].rolling(window, closed="right")
        for name, peer in {"delay": rolled.mean(), "departures": rolled.count(), "worst": rolled.max()}.items():
            # of flights at one instant, pandas knows all only at the last of them
            last = pd.Series(peer.to_numpy(), index=ordered.index).groupby([ordered["origin"], ordered["moment"]])
            wanted = last.transform("last").reindex(flights.index)
            np.testing.assert_allclose(result[f"{name}_{window}"], wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"windows": ["1h"]}, "windows and aggregates go together"),
        ({"aggregates": ["mean(x)"]}, "windows and aggregates go together"),
        ({"windows": ["1h"], "aggregates": ["median(x)"]}, "no aggregate is called 'median'"),
        ({"windows": ["1h"], "aggregates": ["mean x"]}, "cannot be read"),
        ({"windows": ["1h"], "aggregates": ["mean(z)"]}, "'z' is no column"),
        ({"windows": ["1h"], "aggregates": ["mean(k)"]}, "it is VARCHAR"),
        ({"windows": ["1h"], "aggregates": ["mean(*)"]}, "mean wants a column"),
        ({"windows": ["1h"], "aggregates": ["mean(x, 3)"]}, "only last takes a number"),
        ({"windows": ["1h", "60m"], "aggregates": ["mean(x)"]}, "two windows"),
        ({"windows": ["soon"], "aggregates": ["mean(x)"]}, "no span of time"),
    ],
)
def test_what_no_window_can_be_is_one_message(ws: Workspace, words: dict[str, Any], said: str) -> None:
    source = pd.DataFrame({"k": "a", "t": seconds([0]), "x": [1.0]})
    with pytest.raises(InvalidInput, match=said):
        define(ws, "v", "SELECT * FROM source", sources={"source": source}, **words)
    assert ws.features.list() == []
