"""The online store: at every instant it says what a training set says, and a killed writer loses nothing."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbmlops.errors import InvalidInput, NotFound
from nbmlops.workspaces import Workspace, restore

from .conftest import define

if TYPE_CHECKING:
    from pathlib import Path

START = datetime.datetime(2013, 1, 1)  # noqa: DTZ001 - times without a zone are what is tested
small = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def at(second: int | None) -> Any:
    return None if second is None else START + datetime.timedelta(seconds=second)


def frame(rows: list[dict[str, Any]]) -> pa.Table:
    kinds = {"k": pa.string(), "t": pa.timestamp("us"), "c": pa.timestamp("us"), "x": pa.float64(), "y": pa.string()}
    columns = {
        name: pa.array([at(row[name]) if name in "tc" else row[name] for row in rows], kind)
        for name, kind in kinds.items()
    }
    return pa.table(columns)


ROW = st.fixed_dictionaries(
    {
        "k": st.sampled_from(["a", "b"]),
        "t": st.one_of(st.none(), st.integers(0, 12)),
        "c": st.one_of(st.none(), st.integers(0, 12)),
        "x": st.one_of(st.none(), st.sampled_from([0.5, 1.5, -2.0])),
        "y": st.one_of(st.none(), st.sampled_from(["p", "q"])),
    }
)


def known(row: dict[str, Any], now: int) -> bool:
    return row["t"] is not None and row["t"] <= now and (row["c"] is None or row["c"] <= now)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Workspace.open(tmp_path_factory.mktemp("online"), create=True) as opened:
        yield opened


COUNT = iter(range(10**6))


@small
@given(
    base=st.lists(ROW, max_size=6),
    stream=st.lists(st.tuples(st.integers(0, 14), st.lists(ROW, max_size=4)), max_size=4),
    ttl=st.sampled_from([None, 2, 5]),
)
def test_replayed_the_online_value_is_the_offline_one_at_every_instant(
    one: Workspace, base: Any, stream: Any, ttl: int | None
) -> None:
    name = f"view{next(COUNT)}"
    define(one, name, "SELECT k, t, c, x, y FROM source", created="c", ttl=ttl, sources={"source": frame(base)})
    one.features.materialize(name, at(0))
    now = 0
    for pause, rows in stream:
        now += pause
        # what is pushed is known when it comes: an event of the future, or one not created yet, comes later
        come = [row for row in rows if known(row, now)]
        one.features.materialize(name, at(now))
        if come:
            one.features.push(name, frame(come))
        for later in (now, now + 1, now + 4):
            if later != now:
                one.features.materialize(name, at(later))
            labels = pa.table({"k": ["a", "b", "z"], "t": pa.array([at(later)] * 3, pa.timestamp("us"))})
            offline, _ = one.features.training_set(labels, [name])
            online = one.features.online.get(name, ["a", "b", "z"], at(later))
            assert [answer["values"] for answer in online] == offline.select(["x", "y"]).to_pylist(), later
        now += 4


WINDOWED = {
    "n": ("count", ""),
    "cx": ("count", "x"),
    "s": ("sum", "x"),
    "m": ("mean", "x"),
    "lo": ("min", "x"),
    "hi": ("max", "x"),
    "sd": ("std", "x"),
    "word": ("max", "y"),
}


@small
@given(
    base=st.lists(ROW, max_size=8),
    pushed=st.lists(st.lists(ROW, min_size=1, max_size=3), max_size=3),
    created=st.sampled_from([None, "c"]),
    ttl=st.sampled_from([None, 4, 12]),
)
def test_windows_are_those_of_a_training_set_at_every_instant(
    one: Workspace, base: Any, pushed: Any, created: str | None, ttl: int | None
) -> None:
    name = f"view{next(COUNT)}"
    aggregates = [f"{function}({column or '*'}) as {feature}" for feature, (function, column) in WINDOWED.items()]
    define(
        one,
        name,
        "SELECT k, t, c, x, y FROM source" if created else "SELECT k, t, x, y FROM source",
        created=created,
        ttl=ttl,
        windows=["3s", "8s"],
        aggregates=[*aggregates, "last(x, 2) as recent"],
        sources={"source": frame(base)},
    )
    one.features.materialize(name, at(0))
    for step, rows in enumerate([[], *pushed]):
        now = 5 * step
        come = [row for row in rows if row["t"] is not None and row["t"] <= now]
        one.features.materialize(name, at(now))
        if come:
            one.features.push(name, frame(come))
        for later in (now, now + 3):
            if later != now:
                one.features.materialize(name, at(later))
            labels = pa.table({"k": ["a", "b", "z"], "t": pa.array([at(later)] * 3, pa.timestamp("us"))})
            offline, _ = one.features.training_set(labels, [name])
            wanted = offline.drop_columns(["k", "t"]).to_pylist()
            for answer, row in zip(one.features.online.get(name, ["a", "b", "z"], at(later)), wanted, strict=True):
                assert answer["values"].keys() == row.keys()
                for feature, value in row.items():
                    assert answer["values"][feature] == pytest.approx(value), (feature, later, answer["key"])


def test_only_newer_rows_are_written_and_ages_are_checked(ws: Workspace) -> None:
    readings = pd.DataFrame({"k": ["a", "a", "b"], "t": [at(1), at(3), at(2)], "x": [1.0, 3.0, float("nan")]})
    define(ws, "weather", "SELECT * FROM readings", ttl="10s", namespace={"readings": readings})
    with pytest.raises(NotFound, match="nothing of weather@1 is in the online store"):
        ws.features.online.get("weather", ["a"])
    done = ws.features.materialize("weather", at(5))
    assert (done.keys, done.written, done.unchanged) == (2, 2, False)
    assert ws.features.online.get("weather", ["a", "b", "c"], at(5)) == [
        {"key": "a", "event_timestamp": at(3), "values": {"x": 3.0}},
        {"key": "b", "event_timestamp": at(2), "values": {"x": None}},
        {"key": "c", "event_timestamp": None, "values": {"x": None}},
    ]
    assert ws.features.online.get("weather", ["a"], at(13))[0]["values"] == {"x": 3.0}
    assert ws.features.online.get("weather", ["a"], at(14))[0] == {
        "key": "a",
        "event_timestamp": None,
        "values": {"x": None},
    }
    assert ws.features.materialize("weather", at(20)).unchanged
    ws.features.push("weather", {"k": "a", "t": at(2), "x": 9.0})
    assert ws.features.online.get("weather", ["a"], at(5))[0]["values"] == {"x": 3.0}
    ws.features.push("weather", [{"k": "a", "t": at(4), "x": 4.0}])
    assert ws.features.online.get("weather", ["a"], at(5))[0]["values"] == {"x": 4.0}
    labels = pd.DataFrame({"k": ["a", "a"], "t": [at(2), at(4)]})
    assert ws.features.training_set(labels, ["weather"])[0]["x"].tolist() == [9.0, 4.0]


def test_a_backup_holds_what_was_pushed(ws: Workspace, tmp_path: Path) -> None:
    readings = pd.DataFrame({"k": ["a"], "t": [at(1)], "x": [1.0]})
    define(ws, "weather", "SELECT * FROM readings", namespace={"readings": readings})
    ws.features.push("weather", {"k": "a", "t": at(2), "x": 2.0})
    ws.backup(tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "other")
    with Workspace.open(tmp_path / "other") as other:
        assert other.features.online.get("weather", ["a"], at(3))[0]["values"] == {"x": 2.0}
        labels = pd.DataFrame({"k": ["a"], "t": [at(3)]})
        assert other.features.training_set(labels, ["weather"])[0]["x"].tolist() == [2.0]
        assert other.summary()["features"] == 1


def test_a_bad_push_is_refused_whole(ws: Workspace) -> None:
    readings = pd.DataFrame({"k": ["a"], "t": [at(1)], "x": [1.0]})
    define(ws, "weather", "SELECT * FROM readings", checks=["x < 100"], namespace={"readings": readings})
    ws.features.materialize("weather", at(2))
    for rows, words in (
        ([{"k": "a", "t": at(3), "x": 3.0}, {"k": "b", "t": at(3), "x": 300.0}], "x < 100"),
        ({"k": "a", "t": at(3), "y": 1.0}, "'y' is no column of the source 'readings'"),
        ({"k": "a", "t": "soon", "x": 1.0}, "do not fit"),
    ):
        with pytest.raises(InvalidInput, match=words):
            ws.features.push("weather", rows)
    assert ws.features.online.get("weather", ["a", "b"], at(4))[0]["values"] == {"x": 1.0}
    assert ws.features.online.count(ws.features.get("weather"))["rows_pushed"] == 0


@pytest.mark.parametrize(
    "body",
    [
        "SELECT k, max(t) AS t, avg(x) AS x FROM readings GROUP BY k",
        "SELECT k, t, lag(x) OVER (PARTITION BY k ORDER BY t) AS x FROM readings",
        "SELECT * FROM readings JOIN readings AS o USING (k, t, x)",
        "SELECT k, t, x - (SELECT avg(x) FROM readings) AS x FROM readings",
    ],
)
def test_a_body_that_looks_at_several_rows_is_not_pushed_to(ws: Workspace, body: str) -> None:
    readings = pd.DataFrame({"k": ["a"], "t": [at(1)], "x": [1.0]})
    define(ws, "weather", body, namespace={"readings": readings})
    with pytest.raises(InvalidInput, match=r"(more than one row|only a view of one source)[\s\S]*materialize weather"):
        ws.features.push("weather", {"k": "a", "t": at(3), "x": 3.0})


KILLED = """
import sys
import nbmlops.features.online.materializing as m
from nbmlops.workspaces import Workspace
m.BATCH = 500
ws = Workspace.open(sys.argv[1])
ws.features.materialize("big", told=lambda done, of: print(done, flush=True))
"""


def test_a_killed_materialization_goes_on_where_it_was(ws: Workspace, tmp_path: Path) -> None:
    rows = 200_000
    source = pa.table({"k": pa.array(range(rows)), "t": pa.array([START] * rows), "x": pa.array(range(rows))})
    define(ws, "big", "SELECT * FROM source", sources={"source": source})
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(ws.path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = 0
    for line in process.stdout:
        said = int(line)
        if said >= 5_000:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()
    assert said < rows
    number = ws.features.online._file.find_view(ws.features.get("big").digest)
    there = ws.features.online._file.count(number)
    assert there >= said
    told: list[int] = []
    done = ws.features.materialize("big", told=lambda at, of: told.append(at))
    assert (told[0], done.resumed, done.keys) == (there, there, rows)
    assert done.written == rows - there
    assert ws.features.online.get("big", [0, 4_999, rows - 1])[2]["values"] == {"x": rows - 1}


def test_a_growing_file_is_followed_once(ws: Workspace, tmp_path: Path) -> None:
    define(
        ws, "clicks", "SELECT * FROM source", windows=["1h"], aggregates=["sum(x) as x"], sources={"source": frame([])}
    )
    log = tmp_path / "clicks.jsonl"
    log.write_text("")
    online = ws.features.online

    def add(text: str) -> None:
        with log.open("a") as file:
            file.write(text)

    def line(second: int, x: float) -> str:
        return json.dumps({"k": "a", "t": at(second).isoformat(), "x": x}) + "\n"

    add(line(1, 1.0) + line(2, 2.0) + line(3, 4.0)[:-5])
    assert online.follow("clicks", log, forever=False) == 2
    add(line(3, 4.0)[-5:])
    assert online.follow("clicks", log, forever=False) == 1
    assert online.follow("clicks", log, forever=False) == 0
    assert online.get("clicks", ["a"], at(9))[0]["values"] == {"x_1h": 7.0}
    add(line(4, 8.0) + "no json\n")
    with pytest.raises(InvalidInput, match="no JSON at byte"):
        online.follow("clicks", log, forever=False)
    assert online.get("clicks", ["a"], at(9))[0]["values"] == {"x_1h": 15.0}


def test_keys_of_several_columns_and_values_of_every_kind(ws: Workspace) -> None:
    body = """SELECT 'EWR' AS o, 5 AS h, TIMESTAMPTZ '2013-01-01 00:00+00' AS t, DATE '2013-02-03' AS d, true AS b,
        12.50::DECIMAL(9, 2) AS money, [1, 2] AS many, TIMESTAMP '2013-01-01 10:00' AS w, NULL::INTEGER AS nothing,
        170141183460469231731687303715884105727::HUGEINT AS big, INTERVAL 3 HOURS AS span FROM source"""
    define(ws, "kinds", body, entity="o,h", sources={"source": pa.table({"a": [1]})})
    ws.features.materialize("kinds")
    [row] = ws.features.online.get("kinds", [("EWR", 5)])
    assert row["event_timestamp"] == datetime.datetime(2013, 1, 1, tzinfo=datetime.UTC)
    values = row["values"]
    assert (values["d"], values["b"], str(values["money"])) == (datetime.date(2013, 2, 3), True, "12.50")
    assert (values["many"], values["w"], values["nothing"]) == ([1, 2], START.replace(hour=10), None)
    assert int(values["big"]) == 2**127 - 1
    assert ws.features.online.get("kinds", [{"h": 5, "o": "EWR"}])[0]["values"]["b"] is True
    with pytest.raises(InvalidInput, match="a key has 2 values"):
        ws.features.online.get("kinds", ["EWR"])
