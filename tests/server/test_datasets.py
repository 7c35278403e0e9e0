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


async def test_a_model_on_groups_and_over_time(api, workspace, stored):
    frame = pd.DataFrame({"late": [1, 0] * 40, "said": [1, 1, 0, 0] * 20, "sex": ["f"] * 40 + ["m"] * 40})
    stored.datasets.save(frame.assign(day=["2013-01-01"] * 40 + ["2013-02-01"] * 40), "scored")
    workspace.fairness, workspace.performance = stored.fairness, stored.performance
    status, answer = await api(
        "datasets/fairness", dataset="scored@1", truth="late", prediction="said", by="sex", positive="0"
    )
    assert status == 200
    assert answer == stored.fairness("scored", truth="late", prediction="said", by="sex", positive=0).to_json()
    status, answer = await api(
        "datasets/performance", dataset="scored", truth="late", prediction="said", time="day", window="month", by="sex"
    )
    assert status == 200
    assert [part["values"] for part in answer["measured"]["windows"]] == [{"window": "2013-01"}, {"window": "2013-02"}]
    assert [part["rows"] for part in answer["measured"]["slices"]] == [40, 40]


async def test_what_is_judged_is_a_version_and_no_file(api, workspace, stored, tmp_path):
    pd.DataFrame({"late": [1, 0], "said": [1, 1]}).to_csv(tmp_path / "here.csv")
    workspace.fairness, workspace.performance = stored.fairness, stored.performance
    for route, words in (("fairness", {"prediction": "said", "by": "late"}), ("performance", {"truth": "late"})):
        assert (await api(f"datasets/{route}", dataset=str(tmp_path / "here.csv"), **words))[0] == 422
        assert (await api(f"datasets/{route}", dataset="flihgts", **words))[0] == 404
        assert (await api(f"datasets/{route}", dataset="flights"))[0] == 422
