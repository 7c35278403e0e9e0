"""The feature store over REST: a real one."""

from __future__ import annotations

import pandas as pd
import pytest

from nbmlops.features.defining import Asked
from nbmlops.workspaces import Workspace


@pytest.fixture
def stored(workspace, tmp_path):
    readings = pd.DataFrame(
        {"origin": ["EWR", "JFK"], "at": pd.to_datetime(["2013-01-01 05:00", "2013-01-01 06:00"]), "temp": [39.0, 41.0]}
    )
    with Workspace.open(tmp_path / "stored", create=True) as real:
        asked = Asked("weather", "SELECT * FROM readings", "origin", "at", namespace={"readings": readings})
        real.features.define(asked, description="Readings by the hour")
        workspace.features = real.features
        yield real


async def test_catalogue(api, stored):
    status, answer = await api("features")
    assert status == 200
    assert [(view["name"], view["version"]) for view in answer["features"]] == [("weather", 1)]
    assert len((await api("features", search="hour"))[1]["features"]) == 1
    assert (await api("features", search="nothing"))[1]["features"] == []
    status, answer = await api("features/weather")
    assert (status, answer["online"]["keys"], answer["versions"]) == (200, 0, ["weather@1"])
    assert [column["name"] for column in answer["view"]["columns"]] == ["temp"]


async def test_values_push_and_materialize(api, stored):
    status, answer = await api("features/weather/values", key="EWR")
    assert (status, answer["error"]["code"]) == (404, "not_found")
    status, answer = await api("features/weather/materialize", "POST", {})
    assert (status, answer["written"]) == (200, 2)
    status, answer = await api("features/weather/values", key="EWR")
    assert answer["values"] == [{"key": "EWR", "event_timestamp": "2013-01-01T05:00:00", "values": {"temp": 39.0}}]
    rows = [{"origin": "EWR", "at": "2013-01-01T07:00", "temp": 45}]
    status, answer = await api("features/weather/push", "POST", {"rows": rows})
    assert (status, answer["rows"], answer["keys"]) == (200, 1, 1)
    assert (await api("features/weather/values", key="EWR"))[1]["values"][0]["values"] == {"temp": 45.0}


async def test_a_training_set_of_a_few_rows(api, stored):
    rows = [{"origin": "EWR", "at": "2013-01-01T05:30"}, {"origin": "XXX", "at": "2013-01-01T05:30"}]
    status, answer = await api("features/training-set", "POST", {"rows": rows, "features": ["weather:temp"]})
    assert status == 200
    assert (answer["rows_in"], answer["rows_out"], answer["missing_by_ttl"]) == (2, 2, {"temp": 0.0})
    assert [row["temp"] for row in answer["rows"]] == [39.0, None]
    status, answer = await api("features/training-set", "POST", {"rows": rows, "features": ["weather:tmp"]})
    assert (status, "tmp" in answer["error"]["message"]) == (404, True)


@pytest.mark.parametrize("body", [{}, {"rows": []}, {"rows": ["EWR"]}, {"rows": [{"colour": 1}]}, {"row": [{}]}])
async def test_bad_pushes_are_refused(api, stored, body):
    status, answer = await api("features/weather/push", "POST", body)
    assert (status, answer["error"]["code"]) == (422, "invalid_input")
