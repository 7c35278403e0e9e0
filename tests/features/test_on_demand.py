"""Features on demand: one body gives a column of a training set and the answer to a request."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest

import nbmlops
from nbmlops.cli import main
from nbmlops.errors import InvalidInput, NotFound
from nbmlops.features.defining import Asked

from .conftest import define

if TYPE_CHECKING:
    from nbmlops.features.records import FeatureView
    from nbmlops.workspaces import Workspace

DAY = datetime.datetime(2013, 6, 1)  # noqa: DTZ001 - times without a zone are what is tested
AGE = "SELECT year(due) - planes__built AS age, distance / 2 AS half FROM request"
BROUGHT = "due TIMESTAMP, distance DOUBLE"


def demand(ws: Workspace, name: str, body: Any, request: Any = BROUGHT, **words: Any) -> FeatureView:
    return ws.features.define(Asked(name, body, "", "", request=request, **words))


@pytest.fixture
def planes(ws: Workspace) -> Workspace:
    table = pd.DataFrame({"tail": ["N1", "N2"], "known": [DAY, DAY], "built": [1999, 2009], "seats": [149, 55]})
    define(ws, "planes", "SELECT * FROM table_", entity="tail", timestamp="known", sources={"table_": table})
    ws.features.materialize("planes")
    return ws


def labels() -> pd.DataFrame:
    at = [DAY, DAY + datetime.timedelta(days=400), DAY - datetime.timedelta(days=1)]
    return pd.DataFrame({"tail": ["N1", "N2", "N1"], "due": at, "distance": [100, 200, 300]}, index=[5, 3, 9])


def test_training_and_serving_give_the_same(planes: Workspace) -> None:
    view = demand(planes, "age", AGE, inputs=["planes:built"])
    assert [(column.name, column.type) for column in view.preview.columns] == [("age", "BIGINT"), ("half", "DOUBLE")]
    assert view.definition.inputs == ("planes@1:built",)
    result, record = planes.features.training_set(labels(), ["age", "planes:seats"], timestamp="due")
    assert list(result.columns) == ["tail", "due", "distance", "seats", "age", "half"]
    assert result.index.tolist() == [5, 3, 9]
    assert result["age"].tolist()[:2] == [14, 5]
    assert pd.isna(result["age"].iloc[2])  # nothing was known of the plane the day before
    assert result["half"].tolist() == [50.0, 100.0, 150.0]
    assert set(record.views) == {"planes@1", "age@1"}
    assert {item.column: round(item.share, 3) for item in record.missing}["age"] == 0.333
    for row in labels().head(2).to_dict("records"):
        [answer] = planes.features.online.get("age", [row], row["due"])
        age = row["due"].year - {"N1": 1999, "N2": 2009}[row["tail"]]
        assert answer["values"] == {"age": age, "half": row["distance"] / 2}
    assert planes.features.online.get("age", [{"tail": "N9", "due": DAY, "distance": 1}])[0]["values"]["age"] is None


def test_a_python_body_and_every_kind_of_frame(planes: Workspace) -> None:
    @nbmlops.feature(request={"due": "TIMESTAMP"}, inputs=["planes:built"])
    def age(request: Any) -> Any:
        """How old the plane is."""
        return request.select(age=request.due.year() - request.planes__built)

    frame = labels()
    assert nbmlops.training_set(frame, ["age"], timestamp="due")["age"].tolist()[:2] == [14, 5]
    assert nbmlops.training_set(pl.from_pandas(frame), "age", timestamp="due")["age"].to_list() == [14, 5, None]
    assert planes.features.get("age").description == "How old the plane is."


def test_a_request_alone_is_enough(ws: Workspace) -> None:
    demand(ws, "hours", "SELECT hour(due) AS hour FROM request", "due TIMESTAMP")
    assert ws.features.training_set(labels(), ["hours"])[0]["hour"].tolist() == [0, 0, 0]
    assert ws.features.online.get("hours", [{"due": DAY.replace(hour=7)}])[0]["values"] == {"hour": 7}


@pytest.mark.parametrize(
    ("body", "words", "said"),
    [
        ("SELECT avg(distance) AS d FROM request", {}, "more than one row"),
        ("SELECT distance FROM planes", {}, "reads 'request', not planes"),
        ("SELECT distnce FROM request", {}, "distnce"),
        ("SELECT 1 AS x FROM request", {"ttl": "2h"}, "has no ttl"),
        ("SELECT 1 AS x FROM request", {"inputs": ["planes:colour"]}, "no feature 'colour'"),
        ("SELECT 1 AS x FROM request", {"request": "due TYME"}, "no list of columns"),
    ],
)
def test_what_cannot_be_is_said_when_it_is_defined(planes: Workspace, body: str, words: Any, said: str) -> None:
    with pytest.raises((InvalidInput, NotFound), match=said):
        demand(planes, "bad", body, **words)
    assert "bad" not in planes.features.names()


def test_what_a_request_lacks_is_said(planes: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    demand(planes, "age", AGE, inputs=["planes:built"])
    with pytest.raises(NotFound, match="the frame has no column 'distance'"):
        planes.features.training_set(labels().drop(columns="distance"), ["age"], timestamp="due")
    with pytest.raises(InvalidInput, match="the request brings no 'tail'"):
        planes.features.online.get("age", [{"due": DAY, "distance": 1}])
    demand(planes, "some", "SELECT distance AS d FROM request WHERE distance > 150")
    with pytest.raises(InvalidInput, match="gave 2 rows for 3 of a request"):
        planes.features.training_set(labels(), ["some"], timestamp="due")
    with pytest.raises(InvalidInput, match="computed on demand"):
        planes.features.materialize("age")
    assert main(["features", "get", "age", '{"tail": "N1", "due": "2013-06-01", "distance": 8}']) == 0
    assert "half" in capsys.readouterr().out
    assert main(["features", "get", "age", "N1"]) == 1
    assert "A JSON record" in capsys.readouterr().err
