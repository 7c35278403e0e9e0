"""The online store and the catalogue through the command line: what is said, and the records of scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from nbmlops.cli import main

from .conftest import define

if TYPE_CHECKING:
    from pathlib import Path

    from nbmlops.workspaces import Workspace


@pytest.fixture
def weather(ws: Workspace, nyc: Path) -> Workspace:
    """The weather of New York as a view of files, found by another process too."""
    body = """SELECT origin, make_timestamp(year, month, day, hour, 0, 0) AS time_hour, temp, wind_speed, visib
        FROM weather"""
    tags = {"team": "ops"}
    define(
        ws, "weather", body, entity="origin", timestamp="time_hour", ttl="2h", sources={"weather": nyc / "weather.csv"}
    )
    ws.features._store.describe("weather", tags, "ann", "Hourly readings at the airports")
    flights = pd.DataFrame({"carrier": ["UA"], "t": pd.to_datetime(["2013-01-01 05:00"]), "dep_delay": [7.0]})
    define(
        ws,
        "carrier_delays",
        "SELECT * FROM flights",
        entity="carrier",
        windows=["24h"],
        aggregates=["mean(dep_delay) as delay"],
        namespace={"flights": flights},
    )
    return ws


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main([*words, "--json"]) == code, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_materialize_and_get(weather: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    done = answer(capsys, "features", "materialize", "weather", "--upto", "2013-06-01 12:00")
    assert (done["keys"], done["written"], done["unchanged"]) == (3, 3, False)
    found = answer(capsys, "features", "get", "weather", "EWR", "XXX", "--at", "2013-06-01 12:30")
    assert found[0]["key"] == "EWR"
    assert found[0]["event_timestamp"] == "2013-06-01T12:00:00"
    assert found[0]["values"].keys() == {"temp", "wind_speed", "visib"}
    assert found[1] == {"key": "XXX", "event_timestamp": None, "values": dict.fromkeys(found[0]["values"])}
    assert main(["features", "get", "weather", "EWR", "--at", "2013-06-01 12:30"]) == 0
    assert "2013-06-01 12:00:00" in capsys.readouterr().out
    assert main(["features", "get", "weather", "EWR,5"]) == 0
    assert main(["features", "get", "carrier_delays", "UA"]) == 1
    assert "features materialize carrier_delays" in capsys.readouterr().err


def test_push_and_follow(weather: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "more.csv"
    file.write_text("carrier,t,dep_delay\nUA,2013-01-01 06:00,9\nAA,2013-01-01 06:00,3\n")
    pushed = answer(capsys, "features", "push", "carrier_delays", str(file))
    assert pushed == {"view": "carrier_delays", "version": 1, "rows": 2, "kept": 2, "keys": 2}
    log = tmp_path / "log.jsonl"
    log.write_text('{"carrier": "UA", "t": "2013-01-01T07:00", "dep_delay": 11}\n')
    assert answer(capsys, "features", "follow", "carrier_delays", str(log), "--once")["rows"] == 1
    answer(capsys, "features", "materialize", "carrier_delays", "--upto", "2013-01-01 08:00")
    found = answer(capsys, "features", "get", "carrier_delays", "UA", "--at", "2013-01-01 08:00")
    assert found[0]["values"] == {"delay_24h": 9.0}
    log.rename(tmp_path / "log.1")  # as logs are rotated
    log.write_text('{"carrier": "UA", "t": "2013-01-01T07:30", "colour": 11}\n')
    assert main(["features", "follow", "carrier_delays", str(log), "--once"]) == 1
    assert "no column of the source" in capsys.readouterr().err


def test_search(weather: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    def names(*words: str) -> list[str]:
        return [view["name"] for view in answer(capsys, "features", "search", *words)]

    assert names("delay") == ["carrier_delays"]
    assert names("readings") == ["weather"]
    assert names("wind") == names("ann") == names("ops") == ["weather"]
    assert names("hourly", "temp") == ["weather"]
    assert names("origin", "delay") == []
    assert main(["features", "search", "?"]) == 1
