"""The portable plan gives what DuckDB's own plan gives, in DuckDB and on Spark, from the same definitions."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import nbmlops
from nbmlops.errors import InvalidInput, MissingExtra

from .conftest import define

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbmlops.workspaces import Workspace

AGGREGATES = ["count(*)", "count(x)", "sum(x)", "mean(x)", "min(x)", "max(x)", "std(x)", "last(x, 2) as l", "sum(m)"]
VIEWS: dict[str, dict[str, Any]] = {
    "plain": {"body": "SELECT k, m, t, x, y FROM src", "ttl": "5s"},
    "late": {"body": "SELECT k, m, t, c, x, y FROM src", "created": "c"},
    "windows": {"body": "SELECT *, m AS n FROM src", "windows": ["3s", "20s"], "aggregates": AGGREGATES},
    "late_windows": {"body": "FROM src", "created": "c", "ttl": "9s", "windows": ["3s"], "aggregates": AGGREGATES},
}


def sides(rows: int, seed: int, zone: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both sides of a join with ties, duplicates, nulls, keys of two columns, and rows that arrive late."""
    random = np.random.default_rng(seed)

    def moments(count: int, until: int, missing: float) -> pd.Series:
        found = pd.Series(pd.to_datetime(random.integers(0, until, count), unit="s").astype("datetime64[us]"))
        found[random.random(count) < missing] = pd.NaT
        return found if zone is None else found.dt.tz_localize("UTC").dt.tz_convert(zone)

    source = pd.DataFrame(
        {
            "k": random.choice(["a", "b", None], rows),
            "m": random.integers(0, 2, rows),
            "t": moments(rows, 60, 0.1),
            "c": moments(rows, 80, 0.3),
            "x": np.where(random.random(rows) < 0.2, np.nan, random.integers(0, 5, rows) / 3),
            "y": random.choice(["p", "ö", None], rows),
        }
    )
    labels = pd.DataFrame(
        {"k": random.choice(["a", "b", "z", None], 80), "m": random.integers(0, 2, 80), "t": moments(80, 80, 0.1)}
    )
    return source, labels


def same(ws: Workspace, labels: pd.DataFrame, view: str, engine: Any) -> None:
    one, record = ws.features.training_set(labels, [view])
    other, peer = ws.features.training_set(labels, [view], engine=engine)
    pd.testing.assert_frame_equal(one, other, check_dtype=False, rtol=1e-9, atol=1e-12)
    assert peer.missing == record.missing
    assert peer.id == record.id


@pytest.mark.parametrize("zone", [None, "America/New_York"])
@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("rows", [0, 1, 400])
def test_the_portable_plan_gives_the_same(ws: Workspace, name: str, rows: int, zone: str | None) -> None:
    source, labels = sides(rows, rows, zone)
    define(ws, name, entity="k,m", sources={"src": source}, **VIEWS[name])
    for some in (labels, labels[:0]):
        same(ws, some, name, "portable")


def test_an_engine_that_is_not_there(ws: Workspace) -> None:
    source, labels = sides(5, 0, None)
    define(ws, "plain", entity="k,m", sources={"src": source}, **VIEWS["plain"])
    with pytest.raises(InvalidInput, match="no engine is called 'sprak'") as found:
        nbmlops.training_set(labels, ["plain"], engine="sprak")
    assert "Did you mean 'spark'?" in found.value.hint
    with pytest.raises(InvalidInput, match="is no engine"):
        nbmlops.training_set(labels, ["plain"], engine=3)


def test_without_pyspark_it_says_what_to_install(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    source, labels = sides(5, 0, None)
    define(ws, "plain", entity="k,m", sources={"src": source}, **VIEWS["plain"])
    with pytest.raises(MissingExtra, match="The engine spark needs pyspark") as found:
        nbmlops.training_set(labels, ["plain"], engine="spark")
    assert "nbmlops[spark]" in found.value.hint


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: pip install 'nbmlops[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java: apt-get install default-jre-headless")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what pyspark says when it is imported
        from pyspark.sql import SparkSession

        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "America/New_York")
            .getOrCreate()
        )
    yield session
    session.stop()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_gives_the_same_from_the_same_definitions(ws: Workspace, spark: Any, nyc: Path) -> None:
    for zone, name in ((None, "plain"), ("America/New_York", "late"), (None, "windows"), ("UTC", "late_windows")):
        source, labels = sides(300, 7, zone)
        define(ws, name, entity="k,m", sources={"src": source}, **VIEWS[name])
        same(ws, labels, name, spark)
    assert spark.conf.get("spark.sql.session.timeZone") == "America/New_York"
    assert not spark.catalog.listTables()
    source, labels = sides(300, 9, None)
    source.to_parquet("src.parquet")

    def halved(src):
        return src.mutate(x=src.x / 2)

    define(ws, "halved", halved, entity="k,m", sources={"src": "src.parquet"}, checks=["x < 100", "avg(x) < 100"])
    same(ws, labels, "halved", spark)
    weather = pd.read_csv(nyc / "weather.csv")
    flights = pd.read_csv(nyc / "flights.csv.zip", usecols=["origin", "time_hour", "carrier"])
    flights["time_hour"] = pd.to_datetime(flights["time_hour"])
    body = "SELECT origin, time_hour::TIMESTAMPTZ AS time_hour, temp, wind_speed FROM weather"
    define(ws, "weather", body, entity="origin", timestamp="time_hour", ttl="2h", sources={"weather": weather})
    same(ws, flights, "weather", spark)
