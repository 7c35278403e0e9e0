"""Point-in-time joins: the same as the oracle on whatever Hypothesis makes, and as a query by hand on real data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import nbmlops
from nbmlops.errors import InvalidInput, NotFound
from nbmlops.workspaces import Workspace

from .conftest import define
from .oracle import seen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = 1_356_998_400_000_000  # 2013-01-01, in microseconds
SECOND = 1_000_000

small = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def sides(draw: st.DrawFn) -> dict[str, Any]:
    """Both sides of a join, with few keys and times, so that ties, duplicates and empty sides come often."""
    keys = draw(st.sampled_from([["k"], ["k", "m"]]))
    created = draw(st.booleans())
    time = st.one_of(st.none(), st.integers(0, 6))
    row = st.fixed_dictionaries(
        {
            "k": st.one_of(st.none(), st.sampled_from(["a", "b", "c"])),
            "m": st.one_of(st.none(), st.integers(0, 1)),
            "t": time,
            "c": st.one_of(st.none(), st.integers(0, 9)),
            "x": st.one_of(st.none(), st.sampled_from([0.5, 1.5, -2.0, float("inf")])),
            "y": st.one_of(st.none(), st.sampled_from(["p", "q", "ö"])),
        }
    )
    label = st.fixed_dictionaries(
        {
            "k": st.one_of(st.none(), st.sampled_from(["a", "b", "d"])),
            "m": st.one_of(st.none(), st.integers(0, 1)),
            "t": time,
        }
    )
    return {
        "keys": keys,
        "created": "c" if created else None,
        "rows": draw(st.lists(row, max_size=14)),
        "labels": draw(st.lists(label, max_size=10)),
        "ttl": draw(st.sampled_from([None, 1, 2, 5])),
        "unit": draw(st.sampled_from(["us", "ns", "ms", "s"])),
        "label_unit": draw(st.sampled_from(["us", "ns", "s"])),
        "zone": draw(st.sampled_from([None, "UTC", "America/New_York"])),
        "fine": draw(st.booleans()),
        "kind": draw(st.sampled_from(["pandas", "arrow", "polars"])),
    }


def times(values: list[int | None], unit: str, zone: str | None, fine: int = 0) -> pd.Series:
    """Return seconds as times; ``fine`` adds nanoseconds, where the unit has them."""
    whole = pd.Series(
        [pd.NaT if value is None else np.datetime64(value, "s") for value in values], dtype=f"datetime64[{unit}]"
    )
    if unit == "ns" and fine:
        whole = whole + pd.Timedelta(fine, "ns")
    return whole if zone is None else whole.dt.tz_localize("UTC").dt.tz_convert(zone)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One workspace for all that Hypothesis makes: each example defines its view anew."""
    with Workspace.open(tmp_path_factory.mktemp("home"), create=True) as opened:
        yield opened


@small
@given(case=sides())
def test_a_label_sees_what_the_oracle_says(shared: Workspace, case: dict[str, Any]) -> None:
    rows, labels = case["rows"], case["labels"]
    # a row that is one nanosecond older or younger than the second is not the same time
    fine = 1 if case["fine"] and case["unit"] == "ns" else 0
    source = pd.DataFrame(
        {
            "k": pd.array([row["k"] for row in rows], dtype="str"),
            "m": pd.array([row["m"] for row in rows], dtype="Int64"),
            "t": times([row["t"] for row in rows], case["unit"], case["zone"], fine),
            "c": times([row["c"] for row in rows], case["unit"], case["zone"]),
            "x": pd.array([row["x"] for row in rows], dtype="float64"),
            "y": pd.array([row["y"] for row in rows], dtype="str"),
        }
    )
    frame = pd.DataFrame(
        {
            "k": pd.Categorical([label["k"] for label in labels], categories=["a", "b", "d"]),
            "m": pd.array([label["m"] for label in labels], dtype="Int64"),
            "t": times([label["t"] for label in labels], case["label_unit"], case["zone"]).array,  # a series is aligned
        },
        index=pd.Index([7 * at % 5 for at in range(len(labels))], name="i"),
    )
    exact = [{**row, "t": None if row["t"] is None else row["t"] * 10**9 + fine} for row in rows]
    exact = [{**row, "c": None if row["c"] is None else row["c"] * 10**9} for row in exact]
    wanted, reasons = seen(
        exact,
        [{**label, "t": None if label["t"] is None else label["t"] * 10**9} for label in labels],
        keys=case["keys"],
        features=["x", "y"],
        created=case["created"],
        ttl=case["ttl"],
        ticks=10**9,
    )
    names = ", ".join([*case["keys"], "t", *(["c"] if case["created"] else []), "x", "y"])
    define(
        shared,
        "v",
        f"SELECT {names} FROM source",
        entity=",".join(case["keys"]),
        created=case["created"],
        ttl=case["ttl"],
        sources={"source": source},
    )
    given_ = {
        "pandas": lambda: frame,
        "arrow": lambda: pa.Table.from_pandas(frame, preserve_index=False),
        "polars": lambda: pl.from_pandas(frame),
    }[case["kind"]]()
    result, record = shared.features.training_set(given_, ["v"])
    again, same = shared.features.training_set(given_, ["v:y", "v:x"])
    assert type(result) is type(given_)
    assert (record.rows_in, record.rows_out, len(result)) == (len(labels),) * 3
    if case["kind"] == "pandas":
        pd.testing.assert_frame_equal(result[frame.columns], frame)
    got = columns_of(result, ["x", "y"])
    assert got == [(row["x"], row["y"]) for row in wanted]
    assert columns_of(again, ["x", "y"]) == got
    for item in record.missing:
        total = max(len(labels), 1)
        assert item.no_key == pytest.approx(reasons.count("no_key") / total)
        assert item.too_old == pytest.approx(reasons.count("too_old") / total)
        null = sum(row[item.column] is None and not reason for row, reason in zip(wanted, reasons, strict=True))
        assert item.null == pytest.approx(null / total)
    assert same.missing_by_ttl == record.missing_by_ttl


def columns_of(result: Any, names: list[str]) -> list[tuple[Any, ...]]:
    if isinstance(result, pl.DataFrame):
        return result.select(names).rows()
    if isinstance(result, pa.Table):
        return [tuple(row[name] for name in names) for row in result.to_pylist()]
    return [tuple(None if pd.isna(value) else value for value in row) for row in result[names].itertuples(index=False)]


def test_the_flights_of_new_york_see_their_weather(ws: Workspace, nyc: Path) -> None:
    weather = pd.read_csv(nyc / "weather.csv")
    flights = pd.read_csv(nyc / "flights.csv.zip", usecols=["origin", "time_hour", "carrier", "flight"])
    flights["time_hour"] = pd.to_datetime(flights["time_hour"])
    body = "SELECT origin, time_hour::TIMESTAMPTZ AS time_hour, temp, wind_speed, precip, visib FROM weather"
    define(ws, "weather", body, entity="origin", timestamp="time_hour", ttl="2h", namespace={"weather": weather})
    columns = ["temp", "wind_speed", "precip", "visib"]
    result = nbmlops.training_set(flights, [f"weather:{name}" for name in columns])
    assert len(result) == 336_776
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("flights", flights.reset_index())
    connection.register("weather", weather)
    fresh = ", ".join(
        f"CASE WHEN l.time_hour - w.time_hour <= INTERVAL 2 HOUR THEN w.{name} END AS {name}" for name in columns
    )
    by_hand = connection.sql(
        f"SELECT l.index, {fresh} FROM flights AS l ASOF LEFT JOIN "
        "(SELECT * REPLACE (time_hour::TIMESTAMPTZ AS time_hour) FROM weather) AS w "
        "ON l.origin = w.origin AND l.time_hour >= w.time_hour ORDER BY l.index"
    ).df()
    pd.testing.assert_frame_equal(result[columns], by_hand[columns])
    record = ws.features.get_training_set(result.attrs["nbmlops"])
    assert record.rows_in == record.rows_out == 336_776
    assert record.missing_by_ttl["temp"] == pytest.approx(844 / 336_776)
    assert result["temp"].isna().sum() == 861


def test_rows_that_arrive_late_do_not_leak(ws: Workspace) -> None:
    source = pd.DataFrame(
        {
            "k": ["a", "a", "a"],
            "t": pd.to_datetime(["2013-01-01 00:00", "2013-01-01 01:00", "2013-01-01 01:00"]),
            "c": pd.to_datetime(["2013-01-01 00:05", "2013-01-01 01:05", "2013-01-01 09:00"]),
            "x": [1, 2, 3],
        }
    )
    define(ws, "v", "SELECT * FROM source", created="c", sources={"source": source})
    moments = ["2013-01-01 01:01", "2013-01-01 01:05", "2013-01-01 08:59", "2013-01-01 09:00"]
    labels = pd.DataFrame({"k": "a", "t": pd.to_datetime(moments)})
    assert nbmlops.training_set(labels, ["v"])["x"].tolist() == [1, 2, 2, 3]


def test_names_that_clash_get_the_view_before_them(ws: Workspace) -> None:
    source = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2013-01-01"]), "x": [1], "y": [2], "z": [3]})
    define(ws, "one", "SELECT * FROM source", sources={"source": source})
    define(ws, "other", "SELECT k, t, x AS x FROM source", sources={"source": source})
    labels = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2013-01-02"]), "y": [0]})
    result = nbmlops.training_set(labels, ["one", "other:x", "one:x"])
    assert list(result.columns) == ["k", "t", "y", "one__x", "one__y", "z", "other__x"]
    with pytest.raises(InvalidInput, match="already"):
        nbmlops.training_set(labels.assign(one__y=1), ["one:y"])
    define(ws, "one", "SELECT * FROM source WHERE x > 0", sources={"source": source})
    with pytest.raises(InvalidInput, match="two versions"):
        nbmlops.training_set(labels, ["one@1:x", "one"])


@pytest.mark.parametrize(
    ("change", "features", "error", "said"),
    [
        (lambda f: f.drop(columns="k"), ["v"], NotFound, "no column 'k'"),
        (lambda f: f.drop(columns="t"), ["v"], InvalidInput, "no column of times"),
        (lambda f: f.assign(u=f["t"]).rename(columns={"t": "s"}), ["v"], InvalidInput, "2 columns of times"),
        (lambda f: f.assign(t=f["t"].dt.tz_localize("UTC")), ["v"], InvalidInput, "has a time zone"),
        (lambda f: f.assign(k=[1]), ["v"], InvalidInput, "BIGINT in the frame and VARCHAR"),
        (lambda f: f, ["w"], NotFound, "no feature view named 'w'"),
        (lambda f: f, ["v:z"], NotFound, "no feature 'z'"),
        (lambda f: f, ["v:k"], InvalidInput, "no feature"),
        (lambda f: f, ["v@7:x"], NotFound, "no version 7"),
        (lambda f: f, [], InvalidInput, "no feature was named"),
        (lambda f: 3, ["v"], InvalidInput, "not of a int"),
        (lambda f: f.set_axis(["k", "k", "t"][: len(f.columns)], axis=1), ["v"], InvalidInput, "two columns 'k'"),
    ],
)
def test_what_cannot_be_joined_is_one_message(
    ws: Workspace, change: Any, features: list[str], error: type[Exception], said: str
) -> None:
    source = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2013-01-01"]), "x": [1]})
    define(ws, "v", "SELECT * FROM source", sources={"source": source})
    labels = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2013-01-02"])})
    with pytest.raises(error, match=said):
        nbmlops.training_set(change(labels), features)


def test_texts_that_write_times_are_read(ws: Workspace) -> None:
    source = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2013-01-01"], utc=True), "x": [1]})
    define(ws, "v", "SELECT * FROM source", sources={"source": source})
    labels = pd.DataFrame({"k": ["a", "a"], "t": ["2013-01-01T05:00:00+06:00", "2013-01-01T00:00:00Z"]})
    assert nbmlops.training_set(labels, ["v"])["x"].isna().tolist() == [True, False]
    with pytest.raises(InvalidInput, match="does not write times"):
        nbmlops.training_set(labels.assign(t=["today", "late"]), ["v"])


def test_the_id_is_that_of_labels_definitions_and_sources(ws: Workspace) -> None:
    source = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2013-01-01"]), "x": [1]})
    labels = pd.DataFrame({"k": ["a"], "t": pd.to_datetime(["2013-01-02"])})

    def made(frame: pd.DataFrame = labels) -> str:
        return str(nbmlops.training_set(frame, ["v"]).attrs["nbmlops"])

    define(ws, "v", "SELECT * FROM source", sources={"source": source})
    first = made()
    assert made() == first
    assert made(labels.assign(y=1)) != first
    define(ws, "v", "SELECT * FROM source -- the same", sources={"source": source})
    assert made() == first
    define(ws, "v", "SELECT * FROM source", sources={"source": source.assign(x=2)})
    moved = made()
    assert moved != first
    assert ws.features.get("v").version == 1
    define(ws, "v", "SELECT * FROM source WHERE x > 0", sources={"source": source.assign(x=2)})
    assert made() not in (first, moved)
    assert ws.features.get_training_set(first[:10]).views == ("v@1",)
    with pytest.raises(NotFound, match="no training set"):
        ws.features.get_training_set("zz")


def test_a_time_beyond_nanoseconds_is_only_later(ws: Workspace) -> None:
    far = pd.DataFrame({"k": "a", "t": pd.Series(["2013-01-01", "9999-12-31"], dtype="datetime64[us]"), "x": [1, 2]})
    define(ws, "v", "SELECT * FROM far", ttl="1d", sources={"far": far})
    labels = pd.DataFrame(
        {"k": "a", "t": pd.to_datetime(["2013-01-01 00:00:00.000000001", "2262-01-01"], format="mixed")}
    )
    assert labels["t"].dt.unit == "ns"
    result = nbmlops.training_set(labels, ["v"])
    assert result["x"].isna().tolist() == [False, True]
    assert ws.features.get_training_set(result.attrs["nbmlops"]).missing_by_ttl == {"x": 0.5}


def test_what_a_row_is_does_not_depend_on_which_features_are_wanted(ws: Workspace) -> None:
    day = pd.Timestamp("2013-01-01")
    rows = pd.DataFrame({"k": ["a", "a"], "t": [day, day], "x": [1.0, 2.0], "y": [9.0, 3.0], "c": [day, day]})
    labels = pd.DataFrame({"k": ["a"], "t": [day]})
    for name, created in (("plain", None), ("late", "c")):
        define(
            ws,
            name,
            "SELECT * FROM rows" if created else "SELECT k, t, x, y FROM rows",
            created=created,
            sources={"rows": rows},
        )
        for wanted in ([f"{name}:x", f"{name}:y"], [f"{name}:y"], [f"{name}:y", f"{name}:x"]):
            result, _ = ws.features.training_set(labels, wanted)
            assert result["y"].tolist() == [3.0], wanted
