"""The online store and the catalogue through the command line: what is said, and the records of scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from nbmlops.cli import main
from nbmlops.errors import InvalidInput

from .conftest import define

if TYPE_CHECKING:
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


def test_a_search_that_finds_nothing_does_not_say_that_there_is_nothing(
    weather: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["features", "search", "zebra", "stripes"]) == 0
    said = capsys.readouterr().out
    assert "No feature view has 'zebra stripes' in it" in said
    assert "%feature list" in said


def test_names_and_numbers_in_a_narrow_terminal(
    weather: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "readings_of_every_airport_that_there_is"
    body = "SELECT 1 AS k, TIMESTAMP '2013-01-01' AS t, -93.0::DOUBLE / 29 AS low, 1956.0::DOUBLE AS year"
    define(weather, long, body)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["features", "list"]) == 0
    said = capsys.readouterr().out
    assert f"{long}@1" in said
    assert "carrier_delays@1" in said
    assert all(len(line) <= 80 for line in said.splitlines())
    assert main(["features", "show", long]) == 0
    said = capsys.readouterr().out
    assert "−3.207 … −3.207" in said
    assert "1956 … 1956" in said
    assert "1 row of 1 key (k)" in said


def test_get_says_why_there_is_nothing(weather: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    weather.features.materialize("weather", "2013-06-01 12:00")
    assert main(["features", "get", "weather", "EWR", "XXX"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "nothing is online for 2 keys at that instant, or it is older than 2h; --at TIME" in said
    assert main(["features", "get", "weather", "EWR", "--at", "2013-06-01 12:30"]) == 0
    assert "nothing is online" not in capsys.readouterr().out
    with pytest.raises(InvalidInput, match="'EWR' is no list of keys"):
        weather.features.online.get("weather", "EWR")


def test_a_request_is_shown_with_all_that_it_must_bring(weather: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    weather.features.materialize("weather", "2013-06-01 12:00")
    body = "SELECT weather__temp + plus AS warmer FROM request"
    define(weather, "warmer", body, entity="", timestamp="", request="plus DOUBLE", inputs=["weather:temp"])
    assert main(["features", "get", "warmer", "EWR"]) == 1
    assert '{"plus": "…", "origin": "…"}' in capsys.readouterr().err
    assert main(["features", "list"]) == 0
    assert "on demand" in next(line for line in capsys.readouterr().out.splitlines() if "warmer@1" in line)


def test_rows_without_key_or_time_are_told(
    weather: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"carrier": "UA", "dep_delay": 1}\n{"carrier": "UA", "t": "2013-01-01T07:00", "dep_delay": 2}\n')
    assert main(["features", "push", "carrier_delays", str(file)]) == 0
    said = capsys.readouterr().out
    assert "2 rows pushed, 1 key changed online" in said
    assert "1 row will not be seen: without key or time" in said
    with pytest.raises(InvalidInput, match="there are no rows to push"):
        weather.features.push("carrier_delays", [])


def test_wrong_files_and_words_are_answered_with_what_to_do(
    weather: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*words: str) -> str:
        assert main(list(words)) == 1
        return " ".join(capsys.readouterr().err.split())

    table, body, rows = Path("w.csv"), tmp_path / "body.sql", tmp_path / "rows.json"
    rows.write_text("[]")
    assert "End it on one of: .csv, .tsv" in refused("features", "push", "carrier_delays", str(rows))
    body.write_bytes(b"SELECT '\xff' AS k")
    assert "cannot be read as text" in refused("features", "define", "bytes", str(body))
    body.write_text("SELECT origin, tempp FROM weather")
    table.write_text("origin,t,temp\nEWR,2013-01-01 05:00,1\n")
    words = (str(body), "--entity", "origin", "--timestamp", "t", "--source", "weather=w.csv")
    said = refused("features", "define", "typo", *words)
    assert "not found in FROM clause. Did you mean 'temp'?" in said
    assert "--tag wants KEY=VALUE" in refused("features", "define", "typo", *words, "--tag", "x")
    body.write_text("SELECT origin, t, temp FROM weather")
    assert main(["features", "define", "local", *words]) == 0
    assert main(["features", "push", "local", "w.csv"]) == 0
    table.unlink()
    said = refused("features", "materialize", "local")
    assert "the source 'weather': there is no file" in said
    assert "put it back, or define the view again" in said
    assert "nbmlops features list" in refused("features", "undelete", "never")
