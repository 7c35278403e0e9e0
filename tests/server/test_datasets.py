"""Data sets over REST: real ones, read only."""

from __future__ import annotations

import pandas as pd
import pytest

from nbmlops.workspaces import Workspace


@pytest.fixture
def stored(workspace, tmp_path):
    with Workspace.open(tmp_path / "stored", create=True) as real:
        real.datasets.save(pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]}), "flights", "first")
        real.datasets.save(pd.DataFrame({"a": [1, 5, 3], "b": ["x", "y", "z"]}), "flights")
        workspace.datasets = real.datasets
        yield real


async def test_list_and_versions(api, stored):
    status, answer = await api("datasets")
    assert status == 200
    assert [(one["dataset"], one["version"], one["rows"]) for one in answer["datasets"]] == [("flights", 2, 3)]
    status, answer = await api("datasets/flights@1")
    assert status == 200
    assert answer["version"]["note"] == "first"
    assert answer["types"] == {"a": "int64", "b": "string"}
    assert [one["version"] for one in answer["versions"]] == [2, 1]


async def test_diff(api, stored):
    status, answer = await api("datasets/diff", a="flights@1", b="flights@2")
    assert status == 200
    assert (answer["rows_added"], answer["rows_removed"], answer["rows_changed"]) == (0, 0, 1)
    assert [(one["column"], one["change"]) for one in answer["columns"]] == [("a", "changed")]
    assert (await api("datasets/diff", a="flights@1", b="flights@2", on="b"))[1]["rows_changed"] == 1


async def test_errors(api, stored):
    status, answer = await api("datasets/flihgts")
    assert status == 404
    assert "Did you mean 'flights'" in answer["error"]["hint"]
    assert (await api("datasets/diff", a="flights@1"))[0] == 422
    assert (await api("datasets/diff", a="/etc/passwd", b="flights"))[0] == 422
    assert (await api("datasets/diff", a="flights@1", b="flights@2", on="c"))[0] == 404
